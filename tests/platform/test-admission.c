/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rates, provisioned instances, functions that are exchanged and deleted while they run. */
#include <signal.h>
#include <string.h>

#include "dispatcher-fixture.h"
#include "platform/far-bucket.h"

static void
test_bucket (void)
{
  FarBucket bucket = { 0 };
  gint64 now_us = 5000000;
  guint i;

  for (i = 0; i < 20; i++)
    g_assert_true (far_bucket_take (&bucket, 10, 20, now_us));
  g_assert_false (far_bucket_take (&bucket, 10, 20, now_us));
  g_assert_false (far_bucket_take (&bucket, 10, 20, now_us + 99999));
  g_assert_true (far_bucket_take (&bucket, 10, 20, now_us + 100000));
  g_assert_false (far_bucket_take (&bucket, 10, 20, now_us + 100000));
  far_bucket_give (&bucket);
  g_assert_true (far_bucket_take (&bucket, 10, 20, now_us + 100000));
  /* A long rest fills it, and no more than that; a clock that goes back changes nothing. */
  now_us += G_GINT64_CONSTANT (1) << 60;
  for (i = 0; i < 20; i++)
    g_assert_true (far_bucket_take (&bucket, 10, 20, now_us));
  g_assert_false (far_bucket_take (&bucket, 10, 20, now_us - G_USEC_PER_SEC));
  g_assert_false (far_bucket_take (&bucket, 0, 0, now_us));
}

/* Lambda's ten a second of a reserve of two: more than that needs a second for each call. */
static void
test_request_rate (Fixture *f, gconstpointer data)
{
  Answer *last = answer_new (f);
  guint i;

  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", last);
  for (i = 0; i < 5000 && last->status != 429; i++)
    {
      ask_next (0);
      serve (0, "1", "2");
      g_assert_true (last->done);
      last = answer_new (f);
      invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", last);
    }
  g_assert_cmpuint (i, >=, 19);
  g_assert_cmpuint (last->status, ==, 429);
  g_assert_cmpstr (last->reason, ==, "ReservedFunctionInvocationRateLimitExceeded");
}

static void
provision (Fixture *f, const char *name, guint provisioned)
{
  FarFunction *function = far_dispatcher_find (f->dispatcher, name);
  FarTemplateFunction *spec = far_template_function_copy (function->spec);

  spec->provisioned = provisioned;
  far_dispatcher_update (f->dispatcher, function, spec, FALSE);
}

static void
test_provisioned (Fixture *f, gconstpointer data)
{
  FarFunction *function = far_dispatcher_find (f->dispatcher, "Shop");
  guint before = far_dispatcher_get_unreserved_max (f->dispatcher);
  Answer *answer = answer_new (f);

  provision (f, "Shop", 2);
  g_assert_cmpuint (far_dispatcher_get_unreserved_max (f->dispatcher), ==, before - 2);
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  ask_next (0);
  ask_next (1);
  g_assert_cmpuint (function->state.idle, ==, 2);
  invoke (f, "Shop", FAR_INVOKE_REQUEST_RESPONSE, "1", answer);
  serve (1, "1", "\"one\"");
  g_assert_true (answer->done);
  /* Nobody waited for a start, though it was the instance's first call. */
  g_assert_false (g_array_index (f->records, FarInvocation, 0).cold);
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).init_us, ==, 0);
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  /* One that is lost comes back. */
  fake_end (0, SIGKILL);
  while (fake_n_instances () == 2)
    g_main_context_iteration (NULL, TRUE);
  provision (f, "Shop", 0);
  g_assert_cmpuint (far_dispatcher_get_unreserved_max (f->dispatcher), ==, before);
}

static void
test_renew (Fixture *f, gconstpointer data)
{
  FarFunction *function = far_dispatcher_find (f->dispatcher, "Shop");
  guint n_before = fake_n_sandboxes ();
  Answer *old = answer_new (f);
  Answer *young = answer_new (f);
  FarTemplateFunction *spec;

  invoke (f, "Shop", FAR_INVOKE_REQUEST_RESPONSE, "1", old);
  ask_next (0);
  spec = far_template_function_copy (function->spec);
  spec->memory_mb = 512;
  far_dispatcher_update (f->dispatcher, function, spec, TRUE);
  invoke (f, "Shop", FAR_INVOKE_REQUEST_RESPONSE, "2", young);
  g_assert_cmpuint (fake_n_sandboxes (), ==, n_before + 1);
  g_assert_cmpuint (fake_n_instances (), ==, 2);
  serve (0, "1", "\"old\"");
  g_assert_cmpstr (old->payload, ==, "\"old\"");
  ask_next (0);
  g_assert_true (fake_was_killed (0));
  fake_end (0, SIGKILL);
  spin ();
  g_assert_true (fake_sandbox_is_closed (2)); /* the third function's first */
  ask_next (1);
  serve (1, "2", "\"young\"");
  g_assert_cmpstr (young->payload, ==, "\"young\"");
  g_assert_cmpuint (g_array_index (f->records, FarInvocation, 1).memory_mb, ==, 512);
}

static void
test_add_and_remove (Fixture *f, gconstpointer data)
{
  FarFunction *echo = far_dispatcher_find (f->dispatcher, "Echo");
  guint n = far_dispatcher_n_functions (f->dispatcher);
  g_autoptr (FarTemplateFunction) spec = far_template_function_copy (echo->spec);
  Answer *running = answer_new (f);
  Answer *waiting = answer_new (f);
  Answer *late = answer_new (f);
  FarFunction *made;

  g_assert_null (far_dispatcher_add (f->dispatcher, spec));
  g_free (spec->name);
  spec->name = g_strdup ("Made");
  spec->timeout_s = 30;
  made = far_dispatcher_add (f->dispatcher, spec);
  g_assert_true (far_dispatcher_find (f->dispatcher, "Made") == made);
  invoke (f, "Made", FAR_INVOKE_REQUEST_RESPONSE, "1", running);
  ask_next (0);
  invoke (f, "Made", FAR_INVOKE_REQUEST_RESPONSE, "2", waiting);
  far_dispatcher_remove (f->dispatcher, made);
  g_assert_cmpuint (far_dispatcher_n_functions (f->dispatcher), ==, n);
  invoke (f, "Made", FAR_INVOKE_REQUEST_RESPONSE, "3", late);
  g_assert_cmpuint (late->status, ==, 404);
  g_assert_cmpuint (waiting->status, ==, 500);
  g_assert_false (running->done);
  serve (0, "1", "\"last\"");
  g_assert_cmpstr (running->payload, ==, "\"last\"");
  ask_next (0);
  fake_end (0, SIGKILL);
  fake_end (1, SIGKILL);
  spin ();
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/admission/bucket", test_bucket);
  ADD ("/admission/request-rate", test_request_rate);
  ADD ("/admission/provisioned", test_provisioned);
  ADD ("/admission/renew", test_renew);
  ADD ("/admission/add-and-remove", test_add_and_remove);
  return g_test_run ();
}
