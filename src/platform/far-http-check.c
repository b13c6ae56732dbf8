/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks of a request's head (RFC 9110, RFC 9112). The library underneath is lenient: it takes
 * Content-Length beside Transfer-Encoding, several Hosts, and names with spaces in them. */
#include "platform/far-http-check.h"

#include <string.h>

#include "platform/far-http-server.h"

void
far_http_head_clear (FarHttpHead *self)
{
  g_clear_pointer (&self->more, g_free);
  self->n_fields = 0;
}

/* RFC 9110, 5.6.2. */
static gboolean
is_token (const char *text, gsize n_bytes)
{
  gsize i;

  for (i = 0; i < n_bytes; i++)
    if (!g_ascii_isalnum (text[i])
        && (text[i] == '\0' || strchr ("!#$%&'*+-.^_`|~", text[i]) == NULL))
      return FALSE;
  return n_bytes > 0;
}

static gboolean
is_field_value (const char *text, gsize n_bytes)
{
  gsize i;

  for (i = 0; i < n_bytes; i++)
    if (((guchar) text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
      return FALSE;
  return TRUE;
}

gboolean
far_http_head_add (FarHttpHead *self, const char *name, gsize n_name, const char *value,
                   gsize n_value)
{
  FarHttpField *field;

  if (value == NULL)
    value = "";
  if (!is_token (name, n_name) || !is_field_value (value, n_value))
    self->malformed = TRUE;
  if (self->n_fields >= FAR_HTTP_HEADERS_MAX)
    {
      self->n_fields = FAR_HTTP_HEADERS_MAX + 1;
      return FALSE;
    }
  if (self->n_fields == FAR_HTTP_FIELDS_INLINE)
    self->more = g_new (FarHttpField, FAR_HTTP_HEADERS_MAX - FAR_HTTP_FIELDS_INLINE);
  field = self->n_fields < FAR_HTTP_FIELDS_INLINE
              ? &self->first[self->n_fields]
              : &self->more[self->n_fields - FAR_HTTP_FIELDS_INLINE];
  field->name = name;
  field->value = value;
  self->n_fields++;
  return TRUE;
}

const FarHttpField *
far_http_head_nth (const FarHttpHead *self, guint index)
{
  g_assert (index < self->n_fields);
  return index < FAR_HTTP_FIELDS_INLINE ? &self->first[index]
                                        : &self->more[index - FAR_HTTP_FIELDS_INLINE];
}

static const char *
find_counted (const FarHttpHead *self, const char *name, guint *ret_n)
{
  const char *value = NULL;
  guint i;

  *ret_n = 0;
  for (i = 0; i < self->n_fields; i++)
    {
      const FarHttpField *field = far_http_head_nth (self, i);

      if (g_ascii_strcasecmp (field->name, name) != 0)
        continue;
      if (value == NULL)
        value = field->value;
      (*ret_n)++;
    }
  return value;
}

const char *
far_http_head_find (const FarHttpHead *self, const char *name)
{
  guint i;

  for (i = 0; i < self->n_fields; i++)
    {
      const FarHttpField *field = far_http_head_nth (self, i);

      if (g_ascii_strcasecmp (field->name, name) == 0)
        return field->value;
    }
  return NULL;
}

/* "host", "host:port" or "[address]:port" against names without port. */
static gboolean
host_allowed (const char *host, const char *const *hosts)
{
  const char *end = host[0] == '[' ? strchr (host, ']') : NULL;
  gsize n;
  guint i;

  end = end != NULL ? end + 1 : host + strcspn (host, ":/");
  n = end - host;
  if (*end != '\0' && (*end != ':' || strspn (end + 1, "0123456789") != strlen (end + 1)))
    return FALSE;
  for (i = 0; hosts[i] != NULL; i++)
    if (strlen (hosts[i]) == n && g_ascii_strncasecmp (hosts[i], host, n) == 0)
      return TRUE;
  return FALSE;
}

static guint
check_host (const FarHttpHead *self, const char *version, const char *const *hosts,
            const char **ret_message)
{
  const char *origin = far_http_head_find (self, "Origin");
  const char *host;
  guint n;

  host = find_counted (self, "Host", &n);
  if (n > 1 || (n == 0 && strcmp (version, "HTTP/1.0") != 0))
    {
      *ret_message = "Exactly one Host header is needed.";
      return 400;
    }
  if (hosts == NULL)
    return 0;
  if (host == NULL || !host_allowed (host, hosts))
    {
      *ret_message = "The Host header names no host that is served here.";
      return 403;
    }
  if (origin != NULL && !self->takes_origin)
    {
      const char *authority = strstr (origin, "://");

      if (authority == NULL || !host_allowed (authority + 3, hosts))
        {
          *ret_message = "Requests from the pages of another origin are not served.";
          return 403;
        }
    }
  return 0;
}

static guint
check_length (FarHttpHead *self, const char *version, gsize body_max, const char **ret_message)
{
  guint n_lengths;
  guint n_encodings;
  const char *length = find_counted (self, "Content-Length", &n_lengths);
  const char *encoding = find_counted (self, "Transfer-Encoding", &n_encodings);

  if (n_lengths > 1 || n_encodings > 1 || (length != NULL && encoding != NULL)
      || (encoding != NULL && strcmp (version, "HTTP/1.0") == 0))
    {
      *ret_message = "The length of the body is ambiguous: send one Content-Length or one "
                     "Transfer-Encoding.";
      return 400;
    }
  self->has_body = encoding != NULL;
  if (encoding != NULL && g_ascii_strcasecmp (encoding, "chunked") != 0)
    {
      *ret_message = "The only transfer encoding that is understood is “chunked”.";
      return 501;
    }
  if (length != NULL)
    {
      gsize n = strspn (length, "0123456789");

      if (n == 0 || n > 18 || length[n] != '\0')
        {
          self->has_body = TRUE;
          *ret_message = n > 18 ? "The body is larger than this API takes."
                                : "Content-Length is not a number.";
          return n > 18 ? 413 : 400;
        }
      self->content_length = g_ascii_strtoull (length, NULL, 10);
      self->has_body = self->content_length > 0;
    }
  if (self->content_length > body_max)
    {
      *ret_message = "The body is larger than this API takes.";
      return 413;
    }
  return 0;
}

guint
far_http_head_check (FarHttpHead *self, const char *path, const char *version,
                     const char *const *hosts, gsize body_max, const char **ret_message)
{
  const char *expect;
  guint status;

  if (self->n_fields > FAR_HTTP_HEADERS_MAX)
    {
      self->n_fields = FAR_HTTP_HEADERS_MAX;
      self->has_body = TRUE;
      *ret_message = "The request has too many headers.";
      return 431;
    }
  /* First, so that has_body is known whatever else is wrong. */
  status = check_length (self, version, body_max, ret_message);
  if (status != 0)
    return status;
  if (self->n_bytes > FAR_HTTP_HEAD_MAX)
    {
      *ret_message = "The headers are larger than this API takes.";
      return 431;
    }
  if (self->target_bytes > FAR_HTTP_TARGET_MAX)
    {
      *ret_message = "The path and query are longer than this API takes.";
      return 414;
    }
  if (self->malformed)
    {
      *ret_message = "A header has characters that may not be there.";
      return 400;
    }
  if (path[0] != '/' || !is_field_value (path, strlen (path)) || strchr (path, ' ') != NULL)
    {
      *ret_message = "The request's target is not a path.";
      return 400;
    }
  expect = far_http_head_find (self, "Expect");
  if (expect != NULL && g_ascii_strcasecmp (expect, "100-continue") != 0)
    {
      *ret_message = "The only expectation that can be met is “100-continue”.";
      return 417;
    }
  return check_host (self, version, hosts, ret_message);
}
