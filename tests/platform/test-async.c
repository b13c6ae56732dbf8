/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asynchronous events: their limits, dead letters, destinations, and what is left after a stop; the
 * queues they end in. */
#include <signal.h>
#include <string.h>

#include "base/far-json.h"
#include "dispatcher-fixture.h"

#define ARN(name) FAR_QUEUE_ARN_PREFIX name

static FarQueue *
add_queue (Fixture *f, const char *name, guint receives_max, const char *dead)
{
  const FarQueueSpec spec = {
    .name = (char *) name, .visibility_s = 30, .retention_s = FAR_QUEUE_RETENTION_S,
    .receives_max = receives_max, .dead_letter = (char *) dead,
  };

  return far_queues_add (f->queues, &spec);
}

static FarTemplateFunction *
copy_of (Fixture *f, const char *name)
{
  return far_template_function_copy (far_dispatcher_find (f->dispatcher, name)->spec);
}

static void
change (Fixture *f, FarTemplateFunction *spec)
{
  far_dispatcher_update (f->dispatcher, far_dispatcher_find (f->dispatcher, spec->name), spec,
                         FALSE);
}

static void
move_on (Fixture *f, gint64 seconds)
{
  far_clock_advance (f->clock, seconds * G_USEC_PER_SEC, NULL);
  far_async_queue_wake (f->queue);
  settle (f);
}

static JsonObject *
parse (const FarMessage *message, JsonNode **ret_node)
{
  *ret_node = far_json_parse_object (message->body, message->n_body, FAR_QUEUE_MESSAGE_MAX, NULL);
  g_assert_nonnull (*ret_node);
  return json_node_get_object (*ret_node);
}

static void
fail_call (guint index)
{
  g_autofree char *event = receive (index);
  g_autofree char *id = header_of (event, "Lambda-Runtime-Aws-Request-Id");
  g_autofree char *path = g_strdup_printf ("invocation/%s/error", id);
  g_autofree char *answer = NULL;

  post (index, path, "Lambda-Runtime-Function-Error-Type: Mine\r\n",
        "{\"errorType\":\"Mine\",\"trace\":[\"errorMessage\"],\"errorMessage\":\"on purpose\"}");
  answer = receive (index);
  ask_next (index);
}

static void
test_success (Fixture *f, gconstpointer data)
{
  FarQueue *queue = add_queue (f, "done", 0, NULL);
  FarTemplateFunction *spec = copy_of (f, "Shop");
  Answer *answer = answer_new (f);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *record;
  JsonObject *context;

  spec->async.on_success = g_strdup (ARN ("done"));
  change (f, spec);
  invoke (f, "Shop", FAR_INVOKE_EVENT, "{\"a\":1}", answer);
  settle (f);
  ask_next (0);
  serve (0, "{\"a\":1}", "{\"b\":2}");
  settle (f);
  g_assert_cmpuint (far_queue_n_visible (queue), ==, 1);
  record = parse (far_queue_peek (queue, 0), &node);
  g_assert_cmpstr (json_object_get_string_member (record, "version"), ==, "1.0");
  context = json_object_get_object_member (record, "requestContext");
  g_assert_cmpstr (json_object_get_string_member (context, "condition"), ==, "Success");
  g_assert_cmpint (json_object_get_int_member (context, "approximateInvokeCount"), ==, 1);
  g_assert_true (g_str_has_suffix (json_object_get_string_member (context, "functionArn"),
                                   ":Shop:$LATEST"));
  g_assert_cmpint (json_object_get_int_member (
                       json_object_get_object_member (record, "responsePayload"), "b"), ==, 2);
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 0);
}

static void
test_failure (Fixture *f, gconstpointer data)
{
  FarQueue *failed = add_queue (f, "failed", 0, NULL);
  FarQueue *dead = add_queue (f, "dead", 0, NULL);
  FarTemplateFunction *spec = copy_of (f, "Shop");
  Answer *answer = answer_new (f);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *context;

  spec->async.on_failure = g_strdup (ARN ("failed"));
  spec->async.retries = 1;
  spec->dead_letter = g_strdup (ARN ("dead"));
  change (f, spec);
  invoke (f, "Shop", FAR_INVOKE_EVENT, "{\"a\":1}", answer);
  settle (f);
  ask_next (0);
  fail_call (0);
  g_assert_cmpuint (far_queue_n_messages (failed), ==, 0);
  move_on (f, 60);
  fail_call (0);
  settle (f);
  context = json_object_get_object_member (parse (far_queue_peek (failed, 0), &node),
                                           "requestContext");
  g_assert_cmpstr (json_object_get_string_member (context, "condition"), ==, "RetriesExhausted");
  g_assert_cmpint (json_object_get_int_member (context, "approximateInvokeCount"), ==, 2);
  g_assert_cmpstr (far_queue_peek (dead, 0)->body, ==, "{\"a\":1}");
  g_assert_nonnull (strstr (far_queue_peek (dead, 0)->attributes, "\"RequestID\""));
  g_assert_nonnull (strstr (far_queue_peek (dead, 0)->attributes,
                            "\"ErrorMessage\":{\"stringValue\":\"on purpose\","));
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 0);
}

/* A function that is slow with many events keeps none of another's waiting. */
static void
test_lanes (Fixture *f, gconstpointer data)
{
  FarFunction *shop = far_dispatcher_find (f->dispatcher, "Shop");
  FarFunction *echo = far_dispatcher_find (f->dispatcher, "Echo");
  guint i;

  for (i = 0; i < 2 * FAR_ASYNC_OF_FUNCTION_MAX; i++)
    invoke (f, "Shop", FAR_INVOKE_EVENT, "{}", answer_new (f));
  settle (f);
  g_assert_cmpuint (shop->state.in_flight, ==, FAR_ASYNC_OF_FUNCTION_MAX);
  g_assert_cmpuint (shop->state.async_queued, ==, 2 * FAR_ASYNC_OF_FUNCTION_MAX);
  invoke (f, "Echo", FAR_INVOKE_EVENT, "{}", answer_new (f));
  settle (f);
  g_assert_cmpuint (echo->state.in_flight, ==, 1);
}

static void
test_too_old (Fixture *f, gconstpointer data)
{
  FarQueue *failed = add_queue (f, "failed", 0, NULL);
  FarTemplateFunction *spec = copy_of (f, "Shop");
  Answer *answer = answer_new (f);

  spec->async.on_failure = g_strdup (ARN ("failed"));
  spec->async.age_s = 60;
  change (f, spec);
  invoke (f, "Shop", FAR_INVOKE_EVENT, "{}", answer);
  settle (f);
  ask_next (0);
  far_clock_advance (f->clock, 5 * G_USEC_PER_SEC, NULL);
  fail_call (0);
  settle (f);
  g_assert_nonnull (strstr (far_queue_peek (failed, 0)->body, "EventAgeExceeded"));
}

/* Hours and days fit: an event is tried for six hours, a message kept for four days. */
static void
test_long_times (Fixture *f, gconstpointer data)
{
  FarQueue *queue = add_queue (f, "kept", 0, NULL);
  Answer *answer = answer_new (f);
  g_autoptr (GPtrArray) kept = NULL;
  g_autoptr (GPtrArray) gone = NULL;
  FarId id;

  g_assert_true (far_queue_send (queue, "x", 1, NULL, -1, &id, NULL, NULL, NULL));
  fake_refuse (FAR_SPAWNER_ERROR_BUSY, TRUE);
  invoke (f, "Shop", FAR_INVOKE_EVENT, "{\"late\":1}", answer);
  settle (f);
  move_on (f, 6 * 3600 - 60);
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 1);
  move_on (f, 600);
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 0);
  far_clock_advance (f->clock, G_GINT64_CONSTANT (3) * 86400 * G_USEC_PER_SEC, NULL);
  kept = far_queue_receive (queue, 1, G_MAXSIZE);
  g_assert_cmpuint (kept->len, ==, 1);
  g_assert_true (far_queue_release (queue, &id, FAR_QUEUE_VISIBILITY_MAX_S));
  g_assert_cmpint (far_queue_next_us (queue) - far_clock_now_us (f->clock), ==,
                   (gint64) FAR_QUEUE_VISIBILITY_MAX_S * G_USEC_PER_SEC);
  far_clock_advance (f->clock, G_GINT64_CONSTANT (2) * 86400 * G_USEC_PER_SEC, NULL);
  gone = far_queue_receive (queue, 1, G_MAXSIZE);
  g_assert_cmpuint (gone->len, ==, 0);
  g_assert_cmpuint (far_queue_n_messages (queue), ==, 0);
}

static void
test_closed (Fixture *f, gconstpointer data)
{
  FarQueue *dead = add_queue (f, "dead", 0, NULL);
  FarTemplateFunction *spec = copy_of (f, "Closed");
  Answer *answer = answer_new (f);

  spec->dead_letter = g_strdup (ARN ("dead"));
  change (f, spec);
  invoke (f, "Closed", FAR_INVOKE_EVENT, "{\"c\":1}", answer);
  settle (f);
  g_assert_cmpuint (answer->status, ==, 202);
  g_assert_cmpstr (far_queue_peek (dead, 0)->body, ==, "{\"c\":1}");
}

/* What was accepted is there for the next platform, with what it had tried. */
static void
test_taken_up (Fixture *f, gconstpointer data)
{
  Answer *answer = answer_new (f);
  GError *error = NULL;

  invoke (f, "Shop", FAR_INVOKE_EVENT, "{\"kept\":1}", answer);
  settle (f);
  ask_next (0);
  fail_call (0);
  settle (f);
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 1);
  far_async_queue_free (f->queue);
  far_platform_store_close (f->store);
  f->store = far_platform_store_open (f->loop, f->dir, &error);
  g_assert_no_error (error);
  f->queue = far_async_queue_new (f->loop, f->dispatcher, f->store, f->queues);
  g_assert_true (far_async_queue_load (f->queue, &error));
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 1);
  far_queues_free (f->queues);
  f->queues = far_queues_new (f->store, f->clock);
  move_on (f, 59);
  g_assert_cmpuint (f->records->len, ==, 1);
  move_on (f, 1);
  serve (0, "{\"kept\":1}", "true");
  settle (f);
  g_assert_cmpuint (far_async_queue_length (f->queue), ==, 0);
}

static void
test_queue (Fixture *f, gconstpointer data)
{
  FarQueue *dead = add_queue (f, "dead", 0, NULL);
  FarQueue *queue = add_queue (f, "work", 2, "dead");
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_autoptr (GPtrArray) third = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *large = g_strnfill (FAR_QUEUE_MESSAGE_MAX + 1, 'x');
  FarId id;
  guint i;

  for (i = 0; i < 3; i++)
    g_assert_true (far_queue_send (queue, "abc" + i, 3 - i, NULL, -1, &id, NULL, NULL, NULL));
  g_assert_true (far_queue_send (queue, "later", 5, NULL, 60, NULL, NULL, NULL, NULL));
  g_assert_false (far_queue_send (queue, large, strlen (large), NULL, -1, NULL, NULL, NULL,
                                  &error));
  g_assert_error (error, FAR_QUEUE_ERROR, FAR_QUEUE_ERROR_SIZE);
  g_clear_error (&error);
  g_assert_false (far_queue_send (queue, "\1", 1, NULL, -1, NULL, NULL, NULL, &error));
  g_assert_error (error, FAR_QUEUE_ERROR, FAR_QUEUE_ERROR_VALUE);
  settle (f);
  first = far_queue_receive (queue, 2, G_MAXSIZE);
  g_assert_cmpuint (first->len, ==, 2);
  g_assert_cmpuint (far_queue_n_visible (queue), ==, 1);
  g_assert_true (far_queue_delete (queue, &((FarMessage *) first->pdata[0])->id));
  g_assert_false (far_queue_delete (queue, &(FarId){ { 0 } }));
  far_clock_advance (f->clock, 30 * G_USEC_PER_SEC, NULL);
  second = far_queue_receive (queue, 10, G_MAXSIZE);
  g_assert_cmpuint (second->len, ==, 2);
  far_clock_advance (f->clock, 30 * G_USEC_PER_SEC, NULL);
  /* One was received twice: it goes to the dead letters; one once; one was delayed. */
  third = far_queue_receive (queue, 10, G_MAXSIZE);
  g_assert_cmpuint (third->len, ==, 2);
  g_assert_cmpuint (far_queue_n_visible (dead), ==, 1);
  g_assert_cmpuint (far_queue_redrive (dead, queue, 10), ==, 1);
  g_assert_cmpuint (far_queue_n_visible (queue), ==, 1);
  g_assert_cmpuint (far_queue_purge (queue), ==, 3);
  settle (f);
}

static gboolean
keep_version_1 (FarDb *db, gpointer data, GError **error)
{
  return far_db_exec (db, "SELECT kind, key, json FROM document", error)
         && far_db_exec (db, "SELECT id, queue, body, attributes, sent_us, visible_us, n_received"
                             " FROM message", error)
         && far_db_exec (db, "SELECT id, function, payload, due_us, n_errors FROM event", error);
}

static void
on_checked (gpointer data, const GError *error)
{
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

/* The first version's tables, under the names that later migrations start from; a write that fails
 * fails alone. */
static gboolean
fail_apply (FarDb *db, gpointer data, GError **error)
{
  return far_db_exec (db, "INSERT INTO document (kind, key, json) VALUES ('lost', 'x', '1')", error)
         && far_db_exec (db, "INSERT INTO nothing VALUES (1)", error);
}

static void
on_failed (gpointer data, const GError *error)
{
  g_assert_nonnull (error);
  *(gboolean *) data = TRUE;
}

static gboolean
count_visit (const char *key, const char *json, gpointer user_data, GError **error)
{
  ++*(guint *) user_data;
  return TRUE;
}

static void
test_store (Fixture *f, gconstpointer data)
{
  gboolean checked = FALSE;
  gboolean failed = FALSE;
  guint n = 0;
  guint n_lost = 0;

  far_platform_store_write (f->store, fail_apply, on_failed, &failed, NULL);
  far_platform_store_put (f->store, "kept", "a", "1", NULL, NULL);
  far_platform_store_put (f->store, "kept", "b", "1", NULL, NULL);
  far_platform_store_put (f->store, "kept", "a", NULL, NULL, NULL);
  far_platform_store_write (f->store, keep_version_1, on_checked, &checked, NULL);
  settle (f);
  g_assert_true (checked && failed);
  far_platform_store_close (f->store);
  f->store = far_platform_store_open (f->loop, f->dir, NULL);
  g_assert_true (far_platform_store_each (f->store, "kept", count_visit, &n, NULL));
  g_assert_true (far_platform_store_each (f->store, "lost", count_visit, &n_lost, NULL));
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (n_lost, ==, 0);
  far_async_queue_free (f->queue);
  far_queues_free (f->queues);
  f->queues = far_queues_new (f->store, f->clock);
  f->queue = far_async_queue_new (f->loop, f->dispatcher, f->store, f->queues);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/async/success", test_success);
  ADD ("/async/failure", test_failure);
  ADD ("/async/lanes", test_lanes);
  ADD ("/async/too-old", test_too_old);
  ADD ("/async/long-times", test_long_times);
  ADD ("/async/closed", test_closed);
  ADD ("/async/taken-up", test_taken_up);
  ADD ("/async/queue", test_queue);
  ADD ("/async/store", test_store);
  return g_test_run ();
}
