/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faults on demand: their words, their distributions, their seeds, and what they do to calls. */
#include <signal.h>
#include <string.h>

#include "dispatcher-fixture.h"
#include "platform/far-faults.h"

#define DRAWS 20000

static void
test_delays (void)
{
  static const char *const good[] = { "20ms", "1s", "7us", "uniform(5ms,50ms)", "exponential(20ms)",
                                      "normal(50ms,10ms)", "lognormal(20ms,200ms)" };
  static const char *const bad[] = { "", "20", "-1ms", "ms", "901s", "uniform(5ms)", "20ms ",
                                     "uniform(5ms,1ms)", "exponential(0ms)", "gamma(1ms)",
                                     "normal(1ms,2ms,3ms)", "lognormal(20ms,200ms",
                                     "99999999999999999999s" };
  FarFaultDelay delay;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;

      g_assert_true (far_fault_delay_parse (good[i], &delay, &error));
      g_assert_no_error (error);
      text = far_fault_delay_to_string (&delay);
      g_assert_cmpstr (text, ==, good[i]);
    }
  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_fault_delay_parse (bad[i], &delay, &error));
      g_assert_error (error, FAR_FAULT_ERROR, FAR_FAULT_ERROR_VALUE);
    }
}

/* Share of what is drawn that lies below us, in percent. */
static guint
percent_below (const char *text, gint64 us)
{
  FarFaultDelay delay;
  FarRng rng;
  guint below = 0;
  guint i;

  g_assert_true (far_fault_delay_parse (text, &delay, NULL));
  far_rng_init (&rng, 5, 0);
  for (i = 0; i < DRAWS; i++)
    below += far_fault_delay_draw (&delay, &rng) < us;
  return below * 100 / DRAWS;
}

static void
test_distributions (void)
{
  g_assert_cmpuint (percent_below ("20ms", 20000), ==, 0);
  g_assert_cmpuint (percent_below ("20ms", 20001), ==, 100);
  g_assert_cmpuint (ABS ((int) percent_below ("uniform(10ms,20ms)", 15000) - 50), <=, 2);
  g_assert_cmpuint (ABS ((int) percent_below ("exponential(20ms)", 20000) - 63), <=, 2);
  g_assert_cmpuint (ABS ((int) percent_below ("normal(50ms,10ms)", 60000) - 84), <=, 2);
  g_assert_cmpuint (ABS ((int) percent_below ("lognormal(20ms,200ms)", 20000) - 50), <=, 2);
  g_assert_cmpuint (ABS ((int) percent_below ("lognormal(20ms,200ms)", 200000) - 98), <=, 1);
}

static guint
add (Fixture *f, const char *target, FarFaultKind kind, const char *delay, guint ppm, guint64 seed)
{
  g_autoptr (FarFaultSpec) spec = g_new0 (FarFaultSpec, 1);
  g_autoptr (GError) error = NULL;
  guint id;

  spec->target = g_strdup (target);
  spec->kind = kind;
  spec->probability_ppm = ppm;
  spec->seed = seed;
  if (delay != NULL)
    g_assert_true (far_fault_delay_parse (delay, &spec->delay, NULL));
  id = far_faults_add (far_dispatcher_get_faults (f->dispatcher), spec, &error);
  g_assert_no_error (error);
  return id;
}

static void
clear (Fixture *f)
{
  far_faults_clear (far_dispatcher_get_faults (f->dispatcher));
}

static void
test_error (Fixture *f, gconstpointer data)
{
  Answer *hit = answer_new (f);
  Answer *other = answer_new (f);
  Answer *after = answer_new (f);

  add (f, "function:Two", FAR_FAULT_ERROR_ANSWER, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", hit);
  ask_next (0);
  spin ();
  while (!hit->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (hit->function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (hit->payload, "Farthing.InjectedError"));
  /* Nobody else's, and the instance has seen nothing: it takes the next one. */
  invoke (f, "Echo", FAR_INVOKE_REQUEST_RESPONSE, "1", other);
  ask_next (1);
  serve (1, "1", "1");
  g_assert_cmpstr (other->payload, ==, "1");
  clear (f);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "2", after);
  serve (0, "2", "2");
  g_assert_cmpstr (after->payload, ==, "2");
}

static void
test_refusals (Fixture *f, gconstpointer data)
{
  Answer *throttled = answer_new (f);
  Answer *out = answer_new (f);

  add (f, "platform", FAR_FAULT_THROTTLE, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", throttled);
  g_assert_true (throttled->done);
  g_assert_cmpuint (throttled->status, ==, 429);
  g_assert_cmpstr (throttled->reason, ==, "CallerRateLimitExceeded");
  clear (f);
  add (f, "platform", FAR_FAULT_OUTAGE, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", out);
  g_assert_true (out->done);
  g_assert_cmpuint (out->status, >=, 500);
  g_assert_cmpuint (fake_n_instances (), ==, 0);
}

static void
test_crash (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);

  add (f, "function:Two", FAR_FAULT_CRASH, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", answer);
  ask_next (0);
  while (!fake_was_killed (0))
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (answer->done);
  fake_end (0, SIGKILL);
  g_assert_true (answer->done);
  g_assert_nonnull (strstr (answer->payload, "Runtime.ExitError"));
}

static void
test_latency (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  gint64 began_us;

  add (f, "function:Two", FAR_FAULT_LATENCY, "50ms", FAR_FAULT_ALWAYS_PPM, 1);
  add (f, "function:Two", FAR_FAULT_SLOW_START, "30ms", FAR_FAULT_ALWAYS_PPM, 1);
  began_us = g_get_monotonic_time ();
  invoke (f, "Two", FAR_INVOKE_REQUEST_RESPONSE, "1", answer);
  ask_next (0);
  serve (0, "1", "1");
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, 80000);
  g_assert_cmpstr (answer->payload, ==, "1");
  /* The time is the call's, and the start's. */
  g_assert_cmpuint (f->records->len, ==, 1);
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).init_us, >=, 30000);
}

/* Which of many throttles of one seed hit. */
static char *
pattern_of (Fixture *f, guint64 seed)
{
  GString *pattern = g_string_new (NULL);
  guint i;

  add (f, "platform", FAR_FAULT_OUTAGE, NULL, 300000, seed);
  for (i = 0; i < 200; i++)
    {
      FarFunction *function = far_dispatcher_find (f->dispatcher, "Two");
      FarCall call = { .function = function };
      FarFaultKind kind;

      g_string_append_c (pattern, far_faults_refuse (far_dispatcher_get_faults (f->dispatcher),
                                                     &call, &kind) ? 'x' : '.');
    }
  clear (f);
  return g_string_free (pattern, FALSE);
}

static void
test_seeds (Fixture *f, gconstpointer data)
{
  g_autofree char *one = pattern_of (f, 1);
  g_autofree char *again = pattern_of (f, 1);
  g_autofree char *two = pattern_of (f, 2);
  guint hits = 0;
  const char *at;

  g_assert_cmpstr (one, ==, again);
  g_assert_cmpstr (one, !=, two);
  for (at = one; *at != '\0'; at++)
    hits += *at == 'x';
  g_assert_cmpuint (hits, >, 35);
  g_assert_cmpuint (hits, <, 90);
}

/* Is a call of function by that route refused? */
static gboolean
is_hit (Fixture *f, FarFunction *function, const char *route)
{
  FarCall call = { .function = function, .route = route };
  FarFaultKind kind;

  return far_faults_refuse (far_dispatcher_get_faults (f->dispatcher), &call, &kind);
}

/* A route's fault hits calls by that route alone, the provider's hits the provider. */
static void
test_targets (Fixture *f, gconstpointer data)
{
  FarFunction *shop = far_dispatcher_find (f->dispatcher, "Shop");
  g_autoptr (FarTemplateFunction) spec = far_template_function_copy (shop->spec);
  FarFunction *provider;

  g_free (spec->name);
  spec->name = g_strdup ("Provider");
  provider = far_dispatcher_add (f->dispatcher, spec);
  add (f, "route:POST /shop/{item}", FAR_FAULT_OUTAGE, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  g_assert_true (is_hit (f, shop, "POST /shop/{item}"));
  g_assert_false (is_hit (f, shop, "GET /"));
  g_assert_false (is_hit (f, shop, NULL));
  clear (f);
  add (f, "provider", FAR_FAULT_THROTTLE, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  g_assert_true (is_hit (f, provider, "ANY /provider/{proxy+}"));
  g_assert_false (is_hit (f, shop, "POST /shop/{item}"));
  clear (f);
  add (f, "function:Shop", FAR_FAULT_OUTAGE, NULL, FAR_FAULT_ALWAYS_PPM, 1);
  g_assert_true (is_hit (f, shop, NULL));
  g_assert_false (is_hit (f, provider, NULL));
}

/* Beginning and end are kept, with all that is needed to have it again. */
static void
test_annotations (Fixture *f, gconstpointer data)
{
  FarFunction *two = far_dispatcher_find (f->dispatcher, "Two");

  add (f, "function:Two", FAR_FAULT_OUTAGE, NULL, 250000, 7);
  add (f, "platform", FAR_FAULT_LATENCY, "uniform(5ms,50ms)", FAR_FAULT_ALWAYS_PPM, 8);
  while (!is_hit (f, two, NULL))
    ;
  clear (f);
  g_assert_cmpuint (f->notes->len, ==, 4);
  g_assert_cmpstr (f->notes->pdata[0], ==, "fault Two: Fault 1 began: outage on function:Two, "
                                           "250000 in 1,000,000, seed 7");
  g_assert_cmpstr (f->notes->pdata[1], ==, "fault -: Fault 2 began: latency uniform(5ms,50ms) on "
                                           "platform, seed 8");
  g_assert_true (g_str_has_prefix (f->notes->pdata[2], "fault Two: Fault 1 ended: outage on "
                                                       "function:Two, 250000 in 1,000,000; it hit "
                                                       "1 of "));
  g_assert_cmpstr (f->notes->pdata[3], ==, "fault -: Fault 2 ended: latency uniform(5ms,50ms) on "
                                           "platform; it hit 0 of 0");
}

static void
count_fault (const FarFaultState *fault, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_ends (Fixture *f, gconstpointer data)
{
  FarFaults *faults = far_dispatcher_get_faults (f->dispatcher);
  FarFaultSpec spec = { .kind = FAR_FAULT_OUTAGE, .target = (char *) "platform", .duration_s = 1,
                        .probability_ppm = FAR_FAULT_ALWAYS_PPM };
  g_autoptr (GError) error = NULL;
  guint n = 1;

  g_assert_cmpuint (far_faults_add (faults, &spec, NULL), >, 0);
  while (n > 0)
    {
      g_main_context_iteration (NULL, TRUE);
      n = 0;
      far_faults_foreach (faults, count_fault, &n);
    }
  g_assert_false (far_faults_remove (faults, 1));
  /* Live money. */
  g_assert_cmpuint (far_faults_add (faults, &spec, NULL), >, 0);
  far_faults_set_live (faults, TRUE);
  far_faults_foreach (faults, count_fault, &n);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpuint (far_faults_add (faults, &spec, &error), ==, 0);
  g_assert_error (error, FAR_FAULTS_ERROR, FAR_FAULTS_ERROR_LIVE);
}

static void
test_refused_specs (void)
{
  static const struct {
    FarFaultSpec spec;
  } bad[] = {
    { { FAR_FAULT_OUTAGE, (char *) "moon", 1, { 0 }, 0, 0 } },
    { { FAR_FAULT_OUTAGE, (char *) "function:", 1, { 0 }, 0, 0 } },
    { { FAR_FAULT_OUTAGE, (char *) "route:GET", 1, { 0 }, 0, 0 } },
    { { FAR_FAULT_OUTAGE, (char *) "platform", 0, { 0 }, 0, 0 } },
    { { FAR_FAULT_OUTAGE, (char *) "platform", 1000001, { 0 }, 0, 0 } },
    { { FAR_FAULT_OUTAGE, (char *) "platform", 1, { FAR_FAULT_CONSTANT, 5, 0 }, 0, 0 } },
    { { FAR_FAULT_LATENCY, (char *) "platform", 1, { 0 }, 0, 0 } },
    { { FAR_FAULT_OUTAGE, (char *) "platform", 1, { 0 }, 0, -1 } },
    { { FAR_FAULT_SLOW_START, (char *) "route:GET /a", 1, { FAR_FAULT_CONSTANT, 5, 0 }, 0, 0 } },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_fault_spec_check (&bad[i].spec, &error));
      g_assert_error (error, FAR_FAULT_ERROR, FAR_FAULT_ERROR_VALUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/faults/delays", test_delays);
  g_test_add_func ("/faults/distributions", test_distributions);
  g_test_add_func ("/faults/refused-specs", test_refused_specs);
  ADD ("/faults/error", test_error);
  ADD ("/faults/refusals", test_refusals);
  ADD ("/faults/crash", test_crash);
  ADD ("/faults/latency", test_latency);
  ADD ("/faults/seeds", test_seeds);
  ADD ("/faults/targets", test_targets);
  ADD ("/faults/annotations", test_annotations);
  ADD ("/faults/ends", test_ends);
  return g_test_run ();
}
