/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API in frames, as an instance sees it that the test plays: events, answers, and what
 * is refused. */
#include <string.h>

#include "dispatcher-fixture.h"
#include "platform/far-faults.h"

#define NO_ID "00000000-0000-4000-8000-000000000000"
#define PIECE_MAX 40

static void
test_event (Fixture *f, gconstpointer data)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("{\"a\":\"\xc3\xa9\"}", 10);
  const FarInvokeRequest request = { .function = "Two", .payload = payload,
                                     .type = FAR_INVOKE_REQUEST_RESPONSE,
                                     .client_context = "{\"client\":\"it\"}" };
  FarRuntimeFrame first, second;
  g_autoptr (GByteArray) bytes = NULL;
  g_autoptr (GByteArray) again = NULL;
  char id[FAR_UUID_LEN + 1];

  far_invoke (f->dispatcher, f->queue, &request, NULL, NULL);
  ask_next_frame (0);
  bytes = receive_frame (0, &first);
  g_assert_cmpint (first.kind, ==, FAR_RUNTIME_EVENT);
  g_assert_cmpint (first.number, ==, G_GINT64_CONSTANT (1700000030000));
  g_assert_cmpstr (first.name, ==, "arn:aws:lambda:us-east-1:000000000000:function:Two");
  g_assert_true (g_regex_match_simple ("^Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};"
                                       "Sampled=1$", first.note, 0, 0));
  g_assert_cmpstr (first.context, ==, "{\"client\":\"it\"}");
  g_assert_cmpmem (first.payload, first.n_payload, "{\"a\":\"\xc3\xa9\"}", 10);
  assert_silent (0);

  call_of (f, "Two", "[2]");
  respond_frame (0, first.id, "1");
  g_assert_cmpuint (f->records->len, ==, 1);
  far_id_to_uuid (&g_array_index (f->records, FarInvocation, 0).request_id, id);
  g_assert_cmpstr (first.id, ==, id);
  again = receive_frame (0, &second);
  g_assert_cmpstr (second.id, !=, id);
  g_assert_null (second.context);
  g_assert_cmpmem (second.payload, second.n_payload, "[2]", 3);
}

/* What waits is given to who has just answered, and to nobody else. */
static void
test_response_asks (Fixture *f, gconstpointer data)
{
  Answer *one = call_of (f, "Echo", "1");
  Answer *two = call_of (f, "Echo", "2");
  Answer *three;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;

  ask_next_frame (0);
  first = take_event_frame (0, "1");
  respond_frame (0, first, "\"one\"");
  g_assert_cmpstr (one->payload, ==, "\"one\"");
  g_assert_null (one->function_error);
  g_assert_cmpuint (f->records->len, ==, 1);
  g_assert_false (two->done);
  second = take_event_frame (0, "2");
  respond_frame (0, second, "");
  g_assert_true (two->done);
  g_assert_cmpstr (two->payload, ==, "");
  assert_silent (0);
  g_assert_cmpuint (far_dispatcher_find (f->dispatcher, "Echo")->state.idle, ==, 1);

  three = call_of (f, "Echo", "3");
  third = take_event_frame (0, "3");
  g_assert_false (three->done);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  Answer *answer = call_of (f, "Two", "{}");
  const FarRuntimeFrame init = { .kind = FAR_RUNTIME_INIT_ERROR, .name = "A.B", .payload = "{}",
                                 .n_payload = 2 };
  FarRuntimeFrame wrong = { .kind = FAR_RUNTIME_RESPONSE, .payload = "0", .n_payload = 1,
                            .note = "a:article=wrong" };
  const char *const ids[] = { NULL, "", "x", NO_ID, NO_ID "0" };
  g_autofree char *id = NULL;
  g_autofree char *part = NULL;
  guint i;

  /* Nothing to answer yet. */
  wrong.id = NO_ID;
  send_frame (0, &wrong);
  assert_status_frame (0, 400);
  ask_next_frame (0);
  id = take_event_frame (0, "{}");
  part = g_strndup (id, FAR_UUID_LEN - 1);
  for (i = 0; i <= G_N_ELEMENTS (ids); i++)
    {
      wrong.id = i < G_N_ELEMENTS (ids) ? ids[i] : part;
      wrong.kind = FAR_RUNTIME_RESPONSE;
      send_frame (0, &wrong);
      assert_status_frame (0, 400);
      wrong.kind = FAR_RUNTIME_ERROR;
      send_frame (0, &wrong);
      assert_status_frame (0, 400);
    }
  ask_next_frame (0);
  assert_status_frame (0, 403);
  send_frame (0, &init);
  assert_status_frame (0, 403);
  g_assert_false (answer->done);

  respond_frame (0, id, "1");
  g_assert_cmpstr (answer->payload, ==, "1");
  assert_silent (0);
  /* It has asked with its response; and that one is over. */
  ask_next_frame (0);
  assert_status_frame (0, 403);
  respond_frame (0, id, "2");
  assert_status_frame (0, 400);
  send_frame (0, &init);
  assert_status_frame (0, 403);
  g_assert_cmpstr (f->told->str, ==, "- ");
  g_assert_cmpuint (f->notes->len, ==, 0);
  g_assert_false (fake_was_killed (0));
}

/* number: 0: the payload itself is too large, else told to be so large */
static void
check_oversize (Fixture *f, guint index, FarRuntimeKind kind, gint64 number)
{
  g_autofree char *large = g_malloc0 (FAR_PAYLOAD_SYNC_MAX + 1);
  Answer *answer = call_of (f, "Two", "{}");
  Answer *next;
  g_autofree char *id = take_event_frame (index, "{}");
  g_autofree char *after = NULL;
  const FarRuntimeFrame frame = { .kind = kind, .id = id, .name = "A.B", .number = number,
                                  .note = "a:k=v", .payload = large,
                                  .n_payload = number == 0 ? FAR_PAYLOAD_SYNC_MAX + 1 : 0 };

  send_frame (index, &frame);
  assert_status_frame (index, 413);
  g_assert_cmpstr (answer->function_error, ==, "Unhandled");
  g_assert_nonnull (strstr (answer->payload, "\"Function.ResponseSizeTooLarge\""));
  /* Answered, but not asked again. */
  respond_frame (index, id, "2");
  assert_status_frame (index, 403);
  next = call_of (f, "Two", "[]");
  assert_silent (index);
  ask_next_frame (index);
  after = take_event_frame (index, "[]");
  respond_frame (index, after, "3");
  g_assert_cmpstr (next->payload, ==, "3");
}

static void
test_oversize (Fixture *f, gconstpointer data)
{
  g_autofree char *most = g_strnfill (FAR_PAYLOAD_SYNC_MAX, ' ');
  Answer *answer = call_of (f, "Two", "{}");
  g_autofree char *id = NULL;

  ask_next_frame (0);
  id = take_event_frame (0, "{}");
  respond_frame (0, id, most);
  g_assert_null (answer->function_error);
  g_assert_cmpmem (answer->payload, strlen (answer->payload), most, FAR_PAYLOAD_SYNC_MAX);

  /* Two may run two at once: the second event waits for this instance all the same. */
  check_oversize (f, 0, FAR_RUNTIME_RESPONSE, 0);
  check_oversize (f, 0, FAR_RUNTIME_RESPONSE, FAR_PAYLOAD_SYNC_MAX + 1);
  check_oversize (f, 0, FAR_RUNTIME_RESPONSE, G_MAXINT64);
  check_oversize (f, 0, FAR_RUNTIME_ERROR, FAR_PAYLOAD_SYNC_MAX + 1);
  g_assert_cmpstr (f->error_types->str, ==,
                   "- Function.ResponseSizeTooLarge - Function.ResponseSizeTooLarge - "
                   "Function.ResponseSizeTooLarge - Function.ResponseSizeTooLarge - ");
  g_assert_cmpstr (f->told->str, ==, "- a:k=v - a:k=v - a:k=v - a:k=v - ");
}

static void
test_errors (Fixture *f, gconstpointer data)
{
  g_autofree char *long_type = g_strnfill (FAR_ERROR_TYPE_MAX + 50, 't');
  g_autofree char *cut_type = g_strnfill (FAR_ERROR_TYPE_MAX, 't');
  g_autofree char *expected = g_strdup_printf ("Shop.Closed Unhandled %s ", cut_type);
  const char *const types[] = { "Shop.Closed", NULL, long_type };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++)
    {
      Answer *answer = call_of (f, "Echo", "{}");
      FarRuntimeFrame frame = { .kind = FAR_RUNTIME_ERROR, .name = types[i],
                                .payload = "{\"errorMessage\":\"no\"}", .n_payload = 21 };
      g_autofree char *id = NULL;

      if (i == 0)
        ask_next_frame (0);
      frame.id = id = take_event_frame (0, "{}");
      send_frame (0, &frame);
      assert_silent (0); /* it is also the request for the next event */
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (answer->function_error, ==, "Unhandled");
      g_assert_cmpstr (answer->payload, ==, "{\"errorMessage\":\"no\"}");
      g_assert_cmpuint (f->records->len, ==, i + 1);
      g_assert_cmpint (g_array_index (f->records, FarInvocation, i).outcome, ==,
                       FAR_INVOCATION_FUNCTION_ERROR);
    }
  g_assert_cmpstr (f->error_types->str, ==, expected);
}

static void
test_init_error (Fixture *f, gconstpointer data)
{
  Answer *told = call_of (f, "Two", "1");
  const FarRuntimeFrame frame = { .kind = FAR_RUNTIME_INIT_ERROR, .name = "Init.Table",
                                  .payload = "{\"errorType\":\"Init.Table\"}!", .n_payload = 26 };

  send_frame (0, &frame);
  assert_status_frame (0, 202);
  g_assert_false (told->done);
  fake_end (0, 1 << 8);
  g_assert_cmpstr (told->payload, ==, "{\"errorType\":\"Init.Table\"}");
  g_assert_cmpint (g_array_index (f->records, FarInvocation, 0).outcome, ==,
                   FAR_INVOCATION_INIT_ERROR);
}

static void
test_notes (Fixture *f, gconstpointer data)
{
  static const FarRuntimeKind kinds[] = { FAR_RUNTIME_RESPONSE, FAR_RUNTIME_ERROR };
  guint i;

  for (i = 0; i < 3; i++)
    {
      g_autofree char *id = NULL;
      FarRuntimeFrame frame = { .kind = kinds[i % 2], .payload = "1", .n_payload = 1,
                                .note = i < 2 ? "a:article=the-ferry" : NULL };

      call_of (f, "Echo", "{}");
      if (i == 0)
        ask_next_frame (0);
      frame.id = id = take_event_frame (0, "{}");
      send_frame (0, &frame);
      spin ();
    }
  g_assert_cmpstr (f->told->str, ==, "a:article=the-ferry a:article=the-ferry - ");
}

/* Sends bytes in pieces of one size, the loop having a turn after each. */
static void
send_pieces (guint index, GByteArray *bytes, guint piece)
{
  guint at;

  for (at = 0; at < bytes->len; at += piece)
    {
      send_bytes (index, bytes->data + at, MIN (piece, bytes->len - at));
      spin ();
    }
}

/* piece: G_MAXUINT: all in one */
static void
check_pieces (Fixture *f, guint piece)
{
  g_autofree char *payload = g_strdup_printf ("{\"pieces\":%u}", piece);
  Answer *answer = call_of (f, "Echo", payload);
  g_autofree char *id = take_event_frame (0, payload);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const FarRuntimeFrame wrong = response_to (NO_ID, "\xf7\xf7");
  FarRuntimeFrame right = response_to (id, payload);

  right.note = "a:k=v";
  append_frame (bytes, &ask_frame);
  append_frame (bytes, &wrong);
  append_frame (bytes, &right);
  append_frame (bytes, &ask_frame);
  send_pieces (0, bytes, piece);
  assert_status_frame (0, 403);
  assert_status_frame (0, 400);
  assert_status_frame (0, 403);
  assert_silent (0);
  g_assert_true (answer->done);
  g_assert_cmpstr (answer->payload, ==, payload);
}

static void
test_pieces (Fixture *f, gconstpointer data)
{
  Answer *first = call_of (f, "Echo", "{}");
  g_autoptr (GByteArray) begin = frame_bytes (&ask_frame);
  g_autofree char *id = NULL;
  guint piece;

  send_pieces (0, begin, 1);
  id = take_event_frame (0, "{}");
  respond_frame (0, id, "1");
  g_assert_true (first->done);
  for (piece = 1; piece <= PIECE_MAX; piece++)
    check_pieces (f, piece);
  check_pieces (f, G_MAXUINT);
  g_assert_cmpuint (fake_n_instances (), ==, 1);
}

/* A frame larger than one read, small ones before and behind it, and large ones again. */
static void
test_large_response (Fixture *f, gconstpointer data)
{
  g_autofree char *large = g_strnfill (1000000, 'l');
  guint i;

  for (i = 0; i < 3; i++)
    {
      Answer *answer = call_of (f, "Echo", "{}");
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autofree char *id = NULL;
      FarRuntimeFrame frame;

      if (i == 0)
        ask_next_frame (0);
      id = take_event_frame (0, "{}");
      frame = response_to (id, large);
      append_frame (bytes, &ask_frame);
      append_frame (bytes, &frame);
      append_frame (bytes, &ask_frame);
      send_bytes (0, bytes->data, bytes->len);
      assert_status_frame (0, 403);
      assert_status_frame (0, 403);
      g_assert_cmpstr (answer->payload, ==, large);
    }
}

static void
add_fault (Fixture *f, FarFaultKind kind, const char *delay)
{
  g_autoptr (FarFaultSpec) spec = g_new0 (FarFaultSpec, 1);
  g_autoptr (GError) error = NULL;

  spec->target = g_strdup ("function:Echo");
  spec->kind = kind;
  spec->probability_ppm = FAR_FAULT_ALWAYS_PPM;
  spec->seed = 1;
  if (delay != NULL)
    g_assert_true (far_fault_delay_parse (delay, &spec->delay, NULL));
  far_faults_add (far_dispatcher_get_faults (f->dispatcher), spec, &error);
  g_assert_no_error (error);
}

/* An event that a fault holds back: the instance is still asking. */
static void
test_faults (Fixture *f, gconstpointer data)
{
  Answer *answer;
  g_autofree char *id = NULL;

  add_fault (f, FAR_FAULT_ERROR_ANSWER, NULL);
  answer = call_of (f, "Echo", "1");
  ask_next_frame (0);
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (strstr (answer->payload, "Farthing.InjectedError"));
  ask_next_frame (0);
  assert_status_frame (0, 403);

  far_faults_clear (far_dispatcher_get_faults (f->dispatcher));
  add_fault (f, FAR_FAULT_LATENCY, "20ms");
  answer = call_of (f, "Echo", "2");
  ask_next_frame (0);
  assert_status_frame (0, 403);
  id = take_event_frame (0, "2");
  respond_frame (0, id, "2");
  g_assert_cmpstr (answer->payload, ==, "2");
}

/* A start that a fault makes longer: the instance has asked, once. */
static void
test_slow_start (Fixture *f, gconstpointer data)
{
  Answer *answer = call_of (f, "Echo", "1");
  g_autofree char *id = NULL;

  add_fault (f, FAR_FAULT_SLOW_START, "20ms");
  ask_next_frame (0);
  ask_next_frame (0);
  assert_status_frame (0, 403);
  id = take_event_frame (0, "1");
  respond_frame (0, id, "2");
  g_assert_cmpstr (answer->payload, ==, "2");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/runtime-stream/event", test_event);
  ADD ("/runtime-stream/response-asks", test_response_asks);
  ADD ("/runtime-stream/refused", test_refused);
  ADD ("/runtime-stream/oversize", test_oversize);
  ADD ("/runtime-stream/errors", test_errors);
  ADD ("/runtime-stream/init-error", test_init_error);
  ADD ("/runtime-stream/notes", test_notes);
  ADD ("/runtime-stream/pieces", test_pieces);
  ADD ("/runtime-stream/large-response", test_large_response);
  ADD ("/runtime-stream/faults", test_faults);
  ADD ("/runtime-stream/slow-start", test_slow_start);
  return g_test_run ();
}
