/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer to an HTTP API event, as payload format 2.0 wants it. Thread: any. */
#include "lambda/far-lambda-private.h"

#include <string.h>

#define HEADERS_MAX 64

struct _FarLambdaResponse {
  guint     status;
  guint     n_headers;
  struct {
    char *name;
    char *value;
  } headers[HEADERS_MAX];
  char     *body; /* text, or base64 */
  gsize     body_len;
  gboolean  base64;
};

FarLambdaResponse *
far_lambda_response_new (void)
{
  FarLambdaResponse *self = g_new0 (FarLambdaResponse, 1);

  self->status = 200;
  return self;
}

void
far_lambda_response_free (FarLambdaResponse *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->n_headers; i++)
    {
      g_free (self->headers[i].name);
      g_free (self->headers[i].value);
    }
  g_free (self->body);
  g_free (self);
}

void
far_lambda_response_set_status (FarLambdaResponse *self,
                                guint              status)
{
  g_return_if_fail (status >= 100 && status <= 599);

  self->status = status;
}

static gboolean
is_token (const char *text)
{
  for (const char *c = text; *c; c++)
    if (!g_ascii_isalnum (*c) && strchr ("!#$%&'*+-.^_`|~", *c) == NULL)
      return FALSE;
  return text[0] != '\0';
}

void
far_lambda_response_set_header (FarLambdaResponse *self,
                                const char        *name,
                                const char        *value)
{
  g_autofree char *lower = NULL;

  g_return_if_fail (name != NULL && is_token (name));
  g_return_if_fail (value != NULL && strpbrk (value, "\r\n") == NULL);

  lower = g_ascii_strdown (name, -1);
  for (guint i = 0; i < self->n_headers; i++)
    {
      if (strcmp (self->headers[i].name, lower) == 0)
        {
          g_free (self->headers[i].value);
          self->headers[i].value = g_strdup (value);
          return;
        }
    }
  g_return_if_fail (self->n_headers < HEADERS_MAX);
  self->headers[self->n_headers].name = g_steal_pointer (&lower);
  self->headers[self->n_headers].value = g_strdup (value);
  self->n_headers++;
}

static void
take_body (FarLambdaResponse *self,
           const char        *content_type,
           char              *body,
           gsize              n_bytes,
           gboolean           base64)
{
  g_free (self->body);
  self->body = body;
  self->body_len = n_bytes;
  self->base64 = base64;
  far_lambda_response_set_header (self, "content-type", content_type);
}

void
far_lambda_response_set_json (FarLambdaResponse *self,
                              FarJsonWriter     *writer)
{
  gsize n_bytes = 0;
  char *text = far_json_writer_steal (writer, &n_bytes);

  take_body (self, "application/json", text, n_bytes, FALSE);
}

void
far_lambda_response_set_text (FarLambdaResponse *self,
                              const char        *content_type,
                              const char        *text)
{
  take_body (self, content_type, g_strdup (text), strlen (text), FALSE);
}

void
far_lambda_response_set_bytes (FarLambdaResponse *self,
                               const char        *content_type,
                               const guint8      *bytes,
                               gsize              n_bytes)
{
  char *text = g_base64_encode (bytes, n_bytes);

  take_body (self, content_type, text, strlen (text), TRUE);
}

void
far_lambda_response_set_error (FarLambdaResponse *self,
                               guint              status,
                               const char        *code,
                               const char        *message_format,
                               ...)
{
  g_autofree char *message = NULL;
  g_auto (FarJsonWriter) writer = { NULL };
  va_list arguments;

  va_start (arguments, message_format);
  message = g_strdup_vprintf (message_format, arguments);
  va_end (arguments);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "error");
  far_json_add_string (&writer, "code", code);
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  far_lambda_response_set_status (self, status);
  far_lambda_response_set_json (self, &writer);
}

void
far_lambda_response_write (FarLambdaResponse *self,
                           GString           *result)
{
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_int (&writer, "statusCode", self->status);
  far_json_begin_object (&writer, "headers");
  for (guint i = 0; i < self->n_headers; i++)
    far_json_add_string (&writer, self->headers[i].name, self->headers[i].value);
  far_json_end_object (&writer);
  far_json_add_bool (&writer, "isBase64Encoded", self->base64);
  far_json_add_string_len (&writer, "body", self->body ? self->body : "", self->body_len);
  far_json_end_object (&writer);
  g_string_append_len (result, writer.text->str, writer.text->len);
}
