/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The harness (see the header). The fake bookkeeper is a thread behind a socket pair that answers
 * from a queue, so that the functions' real client is what speaks to it. */
#include "function-harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-crypto.h"
#include "base/far-frame.h"
#include "base/far-id.h"
#include "lambda/far-bookkeeper-client.h"
#include "lambda/far-lambda-private.h"
#include "net/far-http-signature.h"

#define CLOSE_CONNECTION "close"

struct _Harness {
  const FarLambdaFunction *function;
  gpointer                 state;
  FarClock                *clock;
  int                      fake_fd; /* -1: another bookkeeper */
  GThread                 *fake;
  GAsyncQueue             *answers;
  GMutex                   lock;
  GPtrArray               *asked; /* (element-type JsonNode) */
  int                      log_fd;
};

static gpointer
answer_forever (gpointer data)
{
  Harness *self = data;

  for (;;)
    {
      g_autofree char *request = NULL;
      g_autofree char *answer = NULL;
      gsize n_bytes;

      request = far_frame_read (self->fake_fd, &n_bytes, 600 * G_USEC_PER_SEC, NULL);
      if (request == NULL)
        return NULL;
      g_mutex_lock (&self->lock);
      g_ptr_array_add (self->asked, far_json_parse (request, n_bytes, FAR_FRAME_MAX, NULL));
      g_mutex_unlock (&self->lock);
      answer = g_async_queue_try_pop (self->answers);
      if (answer == NULL)
        g_error ("the function asked what the test did not expect: %s", request);
      if (strcmp (answer, CLOSE_CONNECTION) == 0)
        {
          shutdown (self->fake_fd, SHUT_RDWR);
          return NULL;
        }
      far_frame_write (self->fake_fd, answer, strlen (answer), G_USEC_PER_SEC, NULL);
    }
}

char *
harness_demo (void)
{
  return g_build_filename (g_getenv ("FARTHING_SOURCE_ROOT"), "data", "publication", NULL);
}

static int
start_fake (Harness *self)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self->fake_fd = fds[1];
  self->answers = g_async_queue_new_full (g_free);
  self->fake = g_thread_new ("bookkeeper", answer_forever, self);
  return fds[0];
}

Harness *
harness_new (const FarLambdaFunction *function,
             const char              *publication,
             int                      bookkeeper_fd)
{
  Harness *self = g_new0 (Harness, 1);
  g_autofree char *log_path = NULL;
  g_autofree char *service = NULL;
  g_autoptr (GError) error = NULL;

  self->function = function;
  self->clock = far_clock_new_manual (HARNESS_START_US);
  self->asked = g_ptr_array_new_with_free_func ((GDestroyNotify) json_node_unref);
  g_mutex_init (&self->lock);
  self->log_fd = g_file_open_tmp ("far-log-XXXXXX", &log_path, NULL);
  g_assert_cmpint (self->log_fd, >=, 0);
  unlink (log_path);
  self->fake_fd = -1;
  service = g_strdup_printf ("fd:%d", bookkeeper_fd >= 0 ? bookkeeper_fd : start_fake (self));
  g_setenv (FAR_BOOKKEEPER_ENV, service, TRUE);
  g_setenv ("FARTHING_STORE_PUBLICATION", publication, TRUE);
  if (function->init != NULL && !function->init (&self->state, &error))
    g_error ("init: %s", error->message);
  if (function->start != NULL && !function->start (self->state, &error))
    g_error ("start: %s", error->message);
  return self;
}

void
harness_free (Harness *self)
{
  if (self->function->finish != NULL)
    self->function->finish (self->state);
  if (self->fake != NULL)
    {
      shutdown (self->fake_fd, SHUT_RDWR);
      g_thread_join (self->fake);
      g_assert_cmpint (g_async_queue_length (self->answers), ==, 0); /* all was asked for */
      g_async_queue_unref (self->answers);
      close (self->fake_fd);
    }
  g_ptr_array_unref (self->asked);
  g_mutex_clear (&self->lock);
  far_clock_unref (self->clock);
  close (self->log_fd);
  g_free (self);
}

FarClock *
harness_clock (Harness *self)
{
  return self->clock;
}

void
harness_expect (Harness    *self,
                const char *answer)
{
  g_async_queue_push (self->answers, g_strdup (answer != NULL ? answer : CLOSE_CONNECTION));
}

guint
harness_n_asked (Harness *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->asked->len;
  g_mutex_unlock (&self->lock);
  return n;
}

JsonObject *
harness_asked (Harness *self,
               guint    i)
{
  JsonObject *object;

  g_mutex_lock (&self->lock);
  g_assert_cmpuint (i, <, self->asked->len);
  object = json_node_get_object (g_ptr_array_index (self->asked, i));
  g_mutex_unlock (&self->lock);
  return object;
}

static void
make_key (guint8 signer,
          guint8 private_key[FAR_ED25519_KEY_LEN],
          guint8 public_key[FAR_ED25519_KEY_LEN])
{
  memset (private_key, signer, FAR_ED25519_KEY_LEN);
  far_ed25519_public (private_key, public_key);
}

char *
harness_reader (guint8 signer)
{
  guint8 private_key[FAR_ED25519_KEY_LEN], public_key[FAR_ED25519_KEY_LEN];

  make_key (signer, private_key, public_key);
  return far_hex_encode (public_key, sizeof public_key);
}

static void
add_signature (Harness              *self,
               const HarnessRequest *request,
               FarJsonWriter        *writer)
{
  guint8 private_key[FAR_ED25519_KEY_LEN], public_key[FAR_ED25519_KEY_LEN];
  g_autoptr (FarHttpSignatureFields) fields = NULL;
  FarHttpSignable signable = {
    .method = request->method,
    .path = request->signed_path != NULL ? request->signed_path : request->path,
    .query = request->query,
    .body = request->body,
    .n_body = request->body != NULL ? strlen (request->body) : 0,
  };

  if (request->signer == 0)
    return;
  make_key (request->signer, private_key, public_key);
  fields = far_http_signature_sign (&signable, private_key, public_key,
                                    far_clock_now_us (self->clock) - request->signed_ago_us);
  far_json_add_string (writer, "signature-input", fields->signature_input);
  far_json_add_string (writer, "signature", fields->signature);
  if (fields->content_digest != NULL)
    far_json_add_string (writer, "content-digest", fields->content_digest);
}

static JsonNode *
make_event (Harness              *self,
            const HarnessRequest *request)
{
  g_auto (FarJsonWriter) writer = { NULL };
  g_autofree char *text = NULL;
  g_autofree char *route = g_strdup_printf ("%s %s", request->method, request->path);
  JsonNode *node;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "version", "2.0");
  far_json_add_string (&writer, "routeKey", route);
  far_json_add_string (&writer, "rawPath", request->path);
  far_json_add_string (&writer, "rawQueryString", request->query != NULL ? request->query : "");
  far_json_begin_object (&writer, "headers");
  add_signature (self, request, &writer);
  if (request->header != NULL)
    far_json_add_string (&writer, request->header, request->header_value);
  if (request->idempotency_key != NULL)
    far_json_add_string (&writer, "idempotency-key", request->idempotency_key);
  far_json_end_object (&writer);
  if (request->query != NULL && strchr (request->query, '=') != NULL)
    {
      g_auto (GStrv) pair = g_strsplit (request->query, "=", 2);

      far_json_begin_object (&writer, "queryStringParameters");
      far_json_add_string (&writer, pair[0], pair[1]);
      far_json_end_object (&writer);
    }
  if (request->parameter != NULL)
    {
      far_json_begin_object (&writer, "pathParameters");
      far_json_add_string (&writer, request->parameter, request->value);
      far_json_end_object (&writer);
    }
  far_json_begin_object (&writer, "requestContext");
  far_json_begin_object (&writer, "http");
  far_json_add_string (&writer, "method", request->method);
  far_json_add_string (&writer, "sourceIp", "127.0.0.1");
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  if (request->body != NULL)
    {
      g_autofree char *body = g_strdup (request->body);

      if (request->tamper)
        body[strlen (body) - 2] ^= 1;
      far_json_add_string (&writer, "body", body);
    }
  far_json_add_bool (&writer, "isBase64Encoded", FALSE);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, NULL);
  node = far_json_parse (text, strlen (text), FAR_JSON_SIZE_MAX, NULL);
  g_assert_nonnull (node);
  return node;
}

/* Standard output is where functions log. */
static int
divert_logs (Harness *self)
{
  int saved;

  fflush (stdout);
  saved = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  g_assert_cmpint (dup2 (self->log_fd, STDOUT_FILENO), ==, STDOUT_FILENO);
  return saved;
}

static void
restore_output (int saved)
{
  fflush (stdout);
  g_assert_cmpint (dup2 (saved, STDOUT_FILENO), ==, STDOUT_FILENO);
  close (saved);
}

static FarLambdaContext
make_context (Harness *self)
{
  return (FarLambdaContext){
    .request_id = "11111111-2222-3333-4444-555555555555",
    .function_arn = "arn:aws:lambda:local:000000000000:function:Test",
    .deadline_us = far_clock_now_us (self->clock) + 60 * G_USEC_PER_SEC,
    .clock = self->clock,
    .state = self->state,
  };
}

HarnessAnswer *
harness_call (Harness              *self,
              const HarnessRequest *request)
{
  HarnessAnswer *answer = g_new0 (HarnessAnswer, 1);
  g_autoptr (JsonNode) event = make_event (self, request);
  g_autoptr (FarLambdaRequest) lambda_request = NULL;
  g_autoptr (FarLambdaResponse) response = far_lambda_response_new ();
  g_autoptr (GString) raw = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  FarLambdaContext context = make_context (self);
  g_autofree char *text = NULL;
  FarJsonWriter writer;
  JsonObject *object;
  const char *body;
  gboolean done;
  gsize n_text;
  int saved;

  far_json_writer_init (&writer);
  far_json_add_node (&writer, NULL, event);
  text = far_json_writer_steal (&writer, &n_text);
  lambda_request = far_lambda_request_new (text, n_text, &error);
  g_assert_no_error (error);
  saved = divert_logs (self);
  done = self->function->http (&context, lambda_request, response, &error);
  restore_output (saved);
  if (!done)
    {
      g_assert_nonnull (error);
      answer->status = 500;
      answer->raw = g_strdup (error->message);
      return answer;
    }
  far_lambda_response_write (response, raw);
  answer->raw = g_strdup (raw->str);
  answer->event = far_json_parse_object (raw->str, raw->len, FAR_JSON_SIZE_MAX, &error);
  g_assert_no_error (error);
  object = json_node_get_object (answer->event);
  answer->status = json_object_get_int_member (object, "statusCode");
  body = json_object_get_string_member (object, "body");
  if (json_object_get_boolean_member (object, "isBase64Encoded"))
    answer->body = (char *) g_base64_decode (body, &answer->n_body);
  else
    {
      answer->body = g_strdup (body);
      answer->n_body = strlen (body);
      answer->json = far_json_parse_object (body, strlen (body), FAR_JSON_SIZE_MAX, NULL);
    }
  return answer;
}

void
harness_answer_free (HarnessAnswer *answer)
{
  g_free (answer->raw);
  g_free (answer->body);
  g_clear_pointer (&answer->json, json_node_unref);
  g_clear_pointer (&answer->event, json_node_unref);
  g_free (answer);
}

const char *
harness_answer_header (HarnessAnswer *answer,
                       const char    *name)
{
  JsonObject *headers =
    json_object_get_object_member (json_node_get_object (answer->event), "headers");

  return json_object_get_string_member_with_default (headers, name, "");
}

static const char *
error_member (HarnessAnswer *answer,
              const char    *name)
{
  JsonObject *error;

  if (answer->json == NULL ||
      !far_json_get_object (json_node_get_object (answer->json), "error", &error, NULL))
    return "";
  return json_object_get_string_member_with_default (error, name, "");
}

const char *
harness_answer_code (HarnessAnswer *answer)
{
  return error_member (answer, "code");
}

const char *
harness_answer_message (HarnessAnswer *answer)
{
  return error_member (answer, "message");
}

char *
harness_event (Harness     *self,
               const char  *event,
               GError     **error)
{
  g_autoptr (GString) result = g_string_new (NULL);
  FarLambdaContext context = make_context (self);
  int saved = divert_logs (self);
  gboolean done = self->function->event (&context, event, strlen (event), result, error);

  restore_output (saved);
  return done ? g_string_free (g_steal_pointer (&result), FALSE) : NULL;
}

char *
harness_logs (Harness *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char bytes[4096];
  off_t at = 0;
  gssize n;

  while ((n = pread (self->log_fd, bytes, sizeof bytes, at)) > 0)
    {
      g_string_append_len (text, bytes, n);
      at += n;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
