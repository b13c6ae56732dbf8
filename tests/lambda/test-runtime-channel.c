/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API's client in frames, against a platform of canned ones: what it says, byte for
 * byte, and what it makes of every answer, whole and in pieces. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-runtime-frame.h"
#include "lambda/far-lambda-private.h"
#include "lambda/far-runtime-client.h"

#define STEPS_MAX 5
#define HEADER FAR_RUNTIME_FRAME_HEADER
#define WHOLE G_MAXSIZE
#define ANY (-1)

/* What the client is to say next, and what that is answered with. */
typedef struct {
  GByteArray *expected;
  GByteArray *answer;
} Step;

typedef struct {
  int               fd;
  gsize             piece; /* of the answers */
  Step              steps[STEPS_MAX];
  guint             n_steps;
  GThread          *thread;
  FarRuntimeClient *client;
} Platform;

static void
hear (int fd, const GByteArray *expected)
{
  g_autofree guint8 *got = g_malloc (expected->len + 1);
  gsize at = 0;

  while (at < expected->len)
    {
      ssize_t n = recv (fd, got + at, expected->len - at, 0);

      g_assert_cmpint (n, >, 0);
      at += (gsize) n;
    }
  g_assert_cmpmem (got, at, expected->data, expected->len);
}

static void
say (int fd, const GByteArray *answer, gsize piece)
{
  gsize at, n;

  for (at = 0; at < answer->len; at += n)
    {
      n = MIN (piece, answer->len - at);
      /* Whoever has understood enough goes. */
      if (send (fd, answer->data + at, n, MSG_NOSIGNAL) != (ssize_t) n)
        return;
    }
}

static gpointer
play (gpointer data)
{
  Platform *self = data;
  guint8 more;
  guint i;

  for (i = 0; i < self->n_steps; i++)
    {
      hear (self->fd, self->steps[i].expected);
      say (self->fd, self->steps[i].answer, self->piece);
    }
  shutdown (self->fd, SHUT_WR);
  /* And nothing else. */
  g_assert_cmpint (recv (self->fd, &more, 1, 0), <=, 0);
  return NULL;
}

static GByteArray *
bytes_of (const FarRuntimeFrame *frame)
{
  guint8 header[HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  guint n_parts = far_runtime_frame_pack (frame, header, vector);
  GByteArray *bytes = g_byte_array_new ();
  guint i;

  for (i = 0; i < n_parts; i++)
    g_byte_array_append (bytes, vector[i].iov_base, (guint) vector[i].iov_len);
  return bytes;
}

static GByteArray *
literal (const void *data, gsize n_bytes)
{
  return g_byte_array_append (g_byte_array_new (), data, (guint) n_bytes);
}

/* expected, answer: (transfer full) */
static void
add_step (Platform *self, GByteArray *expected, GByteArray *answer)
{
  g_assert_cmpuint (self->n_steps, <, STEPS_MAX);
  self->steps[self->n_steps++] = (Step) { expected, answer };
}

static void
start (Platform *self)
{
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  self->fd = ends[1];
  self->client = far_runtime_client_new_for_channel (ends[0]);
  self->thread = g_thread_new ("platform", play, self);
}

static void
finish (Platform *self)
{
  guint i;

  far_runtime_client_free (self->client);
  g_thread_join (self->thread);
  close (self->fd);
  for (i = 0; i < self->n_steps; i++)
    {
      g_byte_array_unref (self->steps[i].expected);
      g_byte_array_unref (self->steps[i].answer);
    }
}

static const guint8 next_bytes[HEADER] = { 0xf7, 0, 0, 1 };

static GByteArray *
asks_next (void)
{
  return literal (next_bytes, HEADER);
}

static GByteArray *
nothing (void)
{
  return g_byte_array_new ();
}

static GByteArray *
status (gint64 number)
{
  const FarRuntimeFrame frame = { .kind = FAR_RUNTIME_STATUS, .number = number };

  return bytes_of (&frame);
}

static const FarRuntimeFrame event = {
  .kind = FAR_RUNTIME_EVENT, .number = G_GINT64_CONSTANT (1542409706888), .id = "8476a536-e9f4",
  .name = "arn:aws:lambda:us-east-1:1:function:x", .note = "Root=1-5bef4de7;Sampled=1",
  .context = "{\"c\":1}", .payload = "{\"a\":1}", .n_payload = 7,
};

/* expected_code: -1: it gets the event, which stands in ret until the platform is finished */
static void
check_next (Platform *self, int expected_code, FarRuntimeInvocation *ret)
{
  g_autoptr (GError) error = NULL;
  gboolean ok;

  *ret = (FarRuntimeInvocation) { .request_id = "untouched" };
  ok = far_runtime_client_next (self->client, ret, &error);
  if (expected_code < 0)
    {
      g_assert_no_error (error);
      g_assert_true (ok);
      return;
    }
  g_assert_error (error, FAR_LAMBDA_ERROR, expected_code);
  g_assert_false (ok);
  g_assert_cmpstr (ret->request_id, ==, "untouched");
}

static void
assert_event (const FarRuntimeInvocation *next, const FarRuntimeFrame *said)
{
  g_assert_cmpstr (next->request_id, ==, said->id);
  g_assert_cmpstr (next->function_arn, ==, said->name != NULL ? said->name : "");
  g_assert_cmpstr (next->trace_id, ==, said->note);
  g_assert_cmpstr (next->client_context, ==, said->context);
  g_assert_cmpint (next->deadline_ms, ==, said->number);
  g_assert_cmpmem (next->event, next->n_bytes, said->payload, said->n_payload);
  g_assert_cmpint (next->event[next->n_bytes], ==, '\0');
}

static void
check_event (const FarRuntimeFrame *said, gsize piece)
{
  Platform platform = { .piece = piece };
  FarRuntimeInvocation next;

  add_step (&platform, asks_next (), bytes_of (said));
  start (&platform);
  check_next (&platform, ANY, &next);
  assert_event (&next, said);
  finish (&platform);
}

static void
test_next (void)
{
  const FarRuntimeFrame bare = { .kind = FAR_RUNTIME_EVENT, .id = "i", .payload = "",
                                 .number = G_MAXINT64 / 1000 };
  g_autofree char *longest = g_strnfill (128, 'i');
  FarRuntimeFrame long_id = event;
  gsize piece;

  for (piece = 1; piece <= 130; piece++)
    {
      check_event (&event, piece);
      check_event (&bare, piece);
    }
  check_event (&event, WHOLE);
  long_id.id = longest;
  check_event (&long_id, WHOLE);
}

/* A megabyte, then little again: the buffer has moved and shrunk meanwhile. */
static void
test_long_event (void)
{
  g_autofree char *payload = g_strnfill (1024 * 1024, 'e');
  const FarRuntimeFrame response = { .kind = FAR_RUNTIME_RESPONSE, .id = "8476a536-e9f4",
                                     .payload = payload, .n_payload = 1024 * 1024 };
  FarRuntimeFrame large = event;
  Platform platform = { .piece = 4096 };
  FarRuntimeInvocation next;
  guint i;

  large.payload = payload;
  large.n_payload = response.n_payload;
  add_step (&platform, asks_next (), bytes_of (&large));
  add_step (&platform, bytes_of (&response), bytes_of (&event));
  add_step (&platform, bytes_of (&response), bytes_of (&large));
  start (&platform);
  for (i = 0; i < 3; i++)
    {
      check_next (&platform, ANY, &next);
      assert_event (&next, i == 1 ? &event : &large);
      if (i < 2)
        g_assert_true (far_runtime_client_respond (platform.client, event.id, payload,
                                                   response.n_payload, NULL, NULL));
    }
  finish (&platform);
}

/* A response is also the request for the next event. */
static const guint8 response_bytes[] = {
  0xf7, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 7,
  0, 0, 0, 0, 0, 0, 0, 0,
  'i', 'd', '-', '1', 0, 'a', ':', 'k', '=', 'v', 0, '{', '"', 'b', '"', ':', '2', '}',
};

/* The answer to a response, and to what that makes the client ask. answer, second: (transfer full);
 * second: (nullable) */
static void
check_response (GByteArray *answer, GByteArray *second, gsize piece, int expected_code)
{
  Platform platform = { .piece = piece };
  g_autoptr (GError) error = NULL;
  FarRuntimeInvocation next;

  add_step (&platform, literal (response_bytes, sizeof response_bytes), answer);
  if (second != NULL)
    add_step (&platform, asks_next (), second);
  start (&platform);
  g_assert_true (far_runtime_client_respond (platform.client, "id-1", "{\"b\":2}", 7, "a:k=v",
                                             &error));
  g_assert_no_error (error);
  check_next (&platform, expected_code, &next);
  if (expected_code < 0)
    assert_event (&next, &event);
  finish (&platform);
}

static void
test_respond (void)
{
  static const gint64 statuses[] = { 0, 200, 202, 400, 403, 412, 414, 500, -413 };
  gsize piece;
  guint i;

  for (piece = 1; piece <= HEADER + 1; piece++)
    {
      check_response (bytes_of (&event), NULL, piece, ANY);
      /* Too large: booked by the platform, and the instance goes on. */
      check_response (status (413), bytes_of (&event), piece, ANY);
    }
  check_response (status (413), status (403), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_response (status (413), status (413), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_response (status (413), nothing (), WHOLE, FAR_LAMBDA_ERROR_CLOSED);
  check_response (nothing (), NULL, WHOLE, FAR_LAMBDA_ERROR_CLOSED);
  for (i = 0; i < G_N_ELEMENTS (statuses); i++)
    check_response (status (statuses[i]), NULL, WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
}

/* It asks with each answer, and else by itself. */
static void
test_in_turn (void)
{
  Platform platform = { .piece = 11 };
  FarRuntimeInvocation next;
  guint i;

  add_step (&platform, asks_next (), bytes_of (&event));
  add_step (&platform, literal (response_bytes, sizeof response_bytes), bytes_of (&event));
  add_step (&platform, literal (response_bytes, sizeof response_bytes), status (413));
  add_step (&platform, asks_next (), bytes_of (&event));
  add_step (&platform, asks_next (), bytes_of (&event));
  start (&platform);
  for (i = 0; i < 4; i++)
    {
      check_next (&platform, ANY, &next);
      assert_event (&next, &event);
      if (i < 2)
        g_assert_true (far_runtime_client_respond (platform.client, "id-1", "{\"b\":2}", 7,
                                                   "a:k=v", NULL));
    }
  finish (&platform);
}

static const guint8 after_event[] = { 'x' };

/* (transfer full): an event, changed */
static GByteArray *
event_with (const char *id, gint64 deadline_ms)
{
  FarRuntimeFrame frame = event;

  frame.id = id;
  frame.number = deadline_ms;
  return bytes_of (&frame);
}

static GByteArray *
event_of_kind (guint kind)
{
  GByteArray *bytes = bytes_of (&event);

  bytes->data[3] = (guint8) kind;
  return bytes;
}

static void
check_refused (GByteArray *answer, gsize piece, int expected_code)
{
  Platform platform = { .piece = piece };
  FarRuntimeInvocation next;

  add_step (&platform, asks_next (), answer);
  start (&platform);
  check_next (&platform, expected_code, &next);
  finish (&platform);
}

static void
test_refused (void)
{
  static const guint8 large_id[HEADER] = { 0xf7, 0, 0, FAR_RUNTIME_EVENT, 0, 1, 0, 1 };
  g_autofree char *long_id = g_strnfill (129, 'i');
  const char *const ids[] = { NULL, "", "a/../b", "a b", "a\r\n", "\xc3\xa9", long_id };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (ids); i++)
    check_refused (event_with (ids[i], 1), 50, FAR_LAMBDA_ERROR_PROTOCOL);
  check_refused (event_with ("i", -1), 50, FAR_LAMBDA_ERROR_PROTOCOL);
  check_refused (event_with ("i", G_MAXINT64 / 1000 + 1), 50, FAR_LAMBDA_ERROR_PROTOCOL);
  for (i = 0; i < 8; i++)
    if (i != FAR_RUNTIME_EVENT)
      check_refused (event_of_kind (i), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_refused (literal ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38), 1,
                 FAR_LAMBDA_ERROR_PROTOCOL);
  check_refused (literal (large_id, HEADER), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
}

/* A text that does not end; more than was announced; less, and then nothing. */
static void
test_lengths (void)
{
  GByteArray *open = bytes_of (&event);
  GByteArray *more = bytes_of (&event);
  GByteArray *two = bytes_of (&event);
  GByteArray *late = status (413);
  const gsize n_whole = two->len;
  const gsize cuts[] = { 0, 1, HEADER - 1, HEADER, HEADER + 1, n_whole - 1 };
  guint i;

  open->data[HEADER + strlen (event.id)] = 'x';
  check_refused (open, 7, FAR_LAMBDA_ERROR_PROTOCOL);
  g_byte_array_append (more, after_event, sizeof after_event);
  check_refused (more, WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  g_byte_array_set_size (two, 2 * (guint) n_whole);
  memcpy (two->data + n_whole, two->data, n_whole);
  check_refused (two, WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  g_byte_array_append (late, after_event, sizeof after_event);
  check_response (late, NULL, WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  for (i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      GByteArray *cut = bytes_of (&event);

      g_byte_array_set_size (cut, (guint) cuts[i]);
      check_refused (cut, 9, FAR_LAMBDA_ERROR_CLOSED);
    }
}

static void
test_closed (void)
{
  g_autoptr (FarRuntimeClient) client = NULL;
  FarRuntimeInvocation next;
  int ends[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
  close (ends[1]);
  client = far_runtime_client_new_for_channel (ends[0]);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (i == 0 ? far_runtime_client_next (client, &next, &error)
                             : i == 1 ? far_runtime_client_respond (client, "i", "1", 1, NULL,
                                                                    &error)
                                      : far_runtime_client_fail (client, NULL, "A.B", "no", NULL,
                                                                 &error));
      g_assert_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_CLOSED);
    }
}

#define FAILURE_BODY \
  "{\"errorMessage\":\"a \\\"reason\\\"\",\"errorType\":\"Function.Kind\",\"stackTrace\":[]}"

/* answer: (transfer full). What an init error is answered with. */
static void
check_init_error (GByteArray *answer, gsize piece, int expected_code)
{
  const FarRuntimeFrame frame = { .kind = FAR_RUNTIME_INIT_ERROR, .name = "Function.Kind",
                                  .payload = FAILURE_BODY, .n_payload = strlen (FAILURE_BODY) };
  Platform platform = { .piece = piece };
  g_autoptr (GError) error = NULL;
  gboolean ok;

  add_step (&platform, bytes_of (&frame), answer);
  start (&platform);
  ok = far_runtime_client_fail (platform.client, NULL, "Function.Kind", "a \"reason\"", NULL,
                                &error);
  if (expected_code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, FAR_LAMBDA_ERROR, expected_code);
  g_assert_true (ok == (expected_code < 0));
  finish (&platform);
}

static void
test_init_error (void)
{
  gsize piece;

  /* It waits until this has come, whatever its pieces. */
  for (piece = 1; piece <= HEADER; piece++)
    check_init_error (status (202), piece, ANY);
  check_init_error (status (403), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_init_error (status (413), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_init_error (event_with ("i", 202), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_init_error (literal (next_bytes, HEADER), WHOLE, FAR_LAMBDA_ERROR_PROTOCOL);
  check_init_error (nothing (), WHOLE, FAR_LAMBDA_ERROR_CLOSED);
}

/* An error of one event asks for the next as well. */
static void
test_error (void)
{
  const FarRuntimeFrame frame = { .kind = FAR_RUNTIME_ERROR, .id = "id-1", .name = "Function.Kind",
                                  .note = "a:k=v", .payload = FAILURE_BODY,
                                  .n_payload = strlen (FAILURE_BODY) };
  Platform platform = { .piece = 5 };
  FarRuntimeInvocation next;

  add_step (&platform, bytes_of (&frame), bytes_of (&event));
  start (&platform);
  g_assert_true (far_runtime_client_fail (platform.client, "id-1", "Function.Kind",
                                          "a \"reason\"", "a:k=v", NULL));
  check_next (&platform, ANY, &next);
  assert_event (&next, &event);
  finish (&platform);
}

/* What is too large for a frame is told by its size, without a byte of it. */
static void
test_too_large (void)
{
  const gsize max = FAR_RUNTIME_FRAME_PAYLOAD_MAX;
  const gsize n_message = max - (strlen (FAILURE_BODY) - strlen ("a \\\"reason\\\"")) + 1;
  g_autofree char *body = g_malloc0 (max + 1);
  g_autofree char *message = g_strnfill (n_message, 'm');
  const FarRuntimeFrame whole = { .kind = FAR_RUNTIME_RESPONSE, .id = "id", .payload = body,
                                  .n_payload = max };
  const FarRuntimeFrame told = { .kind = FAR_RUNTIME_RESPONSE, .id = "id",
                                 .number = (gint64) max + 1, .note = "a:k=v" };
  const FarRuntimeFrame failed = { .kind = FAR_RUNTIME_ERROR, .id = "id", .name = "Function.Kind",
                                   .number = (gint64) max + 1 };
  Platform platform = { .piece = WHOLE };
  FarRuntimeInvocation next;

  add_step (&platform, bytes_of (&whole), bytes_of (&event));
  add_step (&platform, bytes_of (&told), bytes_of (&event));
  add_step (&platform, bytes_of (&failed), status (413));
  add_step (&platform, asks_next (), bytes_of (&event));
  start (&platform);
  g_assert_true (far_runtime_client_respond (platform.client, "id", body, max, NULL, NULL));
  check_next (&platform, ANY, &next);
  g_assert_true (far_runtime_client_respond (platform.client, "id", body, max + 1, "a:k=v", NULL));
  check_next (&platform, ANY, &next);
  g_assert_true (far_runtime_client_fail (platform.client, "id", "Function.Kind", message, NULL,
                                          NULL));
  check_next (&platform, ANY, &next);
  finish (&platform);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runtime-channel/next", test_next);
  g_test_add_func ("/runtime-channel/long-event", test_long_event);
  g_test_add_func ("/runtime-channel/respond", test_respond);
  g_test_add_func ("/runtime-channel/in-turn", test_in_turn);
  g_test_add_func ("/runtime-channel/refused", test_refused);
  g_test_add_func ("/runtime-channel/lengths", test_lengths);
  g_test_add_func ("/runtime-channel/closed", test_closed);
  g_test_add_func ("/runtime-channel/init-error", test_init_error);
  g_test_add_func ("/runtime-channel/error", test_error);
  g_test_add_func ("/runtime-channel/too-large", test_too_large);
  return g_test_run ();
}
