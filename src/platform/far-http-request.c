/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarHttpRequest: what was asked. Thread: the loop's. */
#include "platform/far-http-listener.h"
#include "platform/far-http-private.h"

const char *
far_http_request_get_method (FarHttpRequest *self)
{
  return self->method;
}

const char *
far_http_request_get_path (FarHttpRequest *self)
{
  return self->target;
}

const char *
far_http_request_get_query (FarHttpRequest *self)
{
  return self->query;
}

const char *
far_http_request_get_version (FarHttpRequest *self)
{
  return self->version;
}

const char *
far_http_request_get_header (FarHttpRequest *self, const char *name)
{
  return far_http_head_find (&self->head, name);
}

guint
far_http_request_n_headers (FarHttpRequest *self)
{
  return self->head.n_fields;
}

void
far_http_request_nth_header (FarHttpRequest *self, guint index, const char **ret_name,
                             const char **ret_value)
{
  const FarHttpField *field = far_http_head_nth (&self->head, index);

  *ret_name = field->name;
  *ret_value = field->value;
}

const char *
far_http_request_get_body (FarHttpRequest *self, gsize *ret_n_bytes)
{
  *ret_n_bytes = self->body != NULL ? self->body->len : 0;
  return self->body != NULL ? self->body->str : "";
}

char *
far_http_request_steal_body (FarHttpRequest *self, gsize *ret_n_bytes)
{
  GString *body = g_steal_pointer (&self->body);

  *ret_n_bytes = body != NULL ? body->len : 0;
  return body != NULL ? g_string_free (body, FALSE) : g_strdup ("");
}

gint64
far_http_request_get_arrival_us (FarHttpRequest *self)
{
  return self->arrival_us;
}

void
far_http_request_set_data (FarHttpRequest *self, gpointer data)
{
  self->data = data;
}

gpointer
far_http_request_get_data (FarHttpRequest *self)
{
  return self->data;
}

void
far_http_request_get_client (FarHttpRequest *self, char *ret_address, gsize size)
{
  far_http_format_address (self->connection->address, ret_address, size);
}
