/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small strict parser for what the Runtime API answers.
 *
 * Invariants: every string it gives out ends inside the text it was given; two lengths, or a length
 * beside a coding, are refused. Thread: any; no state. */
#include "lambda/far-http-head.h"

#include <string.h>

#include "lambda/far-lambda.h"

#define CHUNK_LINE_MAX 256
#define CHUNK_MAX (8 * 1024 * 1024)

static gboolean
fail (GError    **error,
      const char *what)
{
  g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_PROTOCOL, "HTTP: %s", what);
  return FALSE;
}

static gboolean
parse_status (FarHttpHead *head,
              const char  *line,
              GError     **error)
{
  if (strlen (line) < 12 || !g_str_has_prefix (line, "HTTP/1.1 ") || !g_ascii_isdigit (line[9]) ||
      !g_ascii_isdigit (line[10]) || !g_ascii_isdigit (line[11]) ||
      (line[12] != '\0' && line[12] != ' '))
    return fail (error, "not a status line of HTTP/1.1");
  head->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  return TRUE;
}

static gboolean
is_token (const char *text)
{
  if (text[0] == '\0')
    return FALSE;
  for (; *text; text++)
    if (!g_ascii_isalnum (*text) && strchr ("!#$%&'*+-.^_`|~", *text) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
parse_field (FarHttpHead *head,
             char        *line,
             GError     **error)
{
  char *colon = strchr (line, ':');
  char *value;

  if (colon == NULL)
    return fail (error, "a header without a colon");
  *colon = '\0';
  if (!is_token (line))
    return fail (error, "a header with a malformed name");
  for (char *c = line; *c; c++)
    *c = g_ascii_tolower (*c);
  for (value = colon + 1; *value == ' ' || *value == '\t'; value++)
    continue;
  for (char *end = value + strlen (value); end > value && strchr (" \t", end[-1]); end--)
    end[-1] = '\0';
  if (head->n_fields == FAR_HTTP_HEAD_FIELDS_MAX)
    return fail (error, "too many headers");
  if ((strcmp (line, "content-length") == 0 || strcmp (line, "transfer-encoding") == 0) &&
      (far_http_head_get (head, "content-length") || far_http_head_get (head, "transfer-encoding")))
    return fail (error, "an ambiguous length");
  head->fields[head->n_fields].name = line;
  head->fields[head->n_fields].value = value;
  head->n_fields++;
  return TRUE;
}

gboolean
far_http_head_parse (FarHttpHead *head,
                     char        *text,
                     gsize        n_bytes,
                     GError     **error)
{
  gboolean first = TRUE;

  head->status = 0;
  head->n_fields = 0;
  if (memchr (text, '\0', n_bytes) != NULL)
    return fail (error, "a NUL in the head");
  while (n_bytes >= 2)
    {
      char *end = g_strstr_len (text, n_bytes, "\r\n");

      if (end == NULL)
        return fail (error, "a line that does not end");
      if (end == text)
        {
          if (first)
            return fail (error, "no status line");
          return TRUE;
        }
      *end = '\0';
      if (strpbrk (text, "\r\n") != NULL)
        return fail (error, "a stray line end");
      if (!(first ? parse_status (head, text, error) : parse_field (head, text, error)))
        return FALSE;
      first = FALSE;
      n_bytes -= end + 2 - text;
      text = end + 2;
    }
  return fail (error, "a head that does not end");
}

const char *
far_http_head_get (const FarHttpHead *head,
                   const char        *name)
{
  for (guint i = 0; i < head->n_fields; i++)
    if (strcmp (head->fields[i].name, name) == 0)
      return head->fields[i].value;
  return NULL;
}

gboolean
far_http_head_is_chunked (const FarHttpHead *head)
{
  const char *coding = far_http_head_get (head, "transfer-encoding");

  return coding != NULL && g_ascii_strcasecmp (coding, "chunked") == 0;
}

gboolean
far_http_head_keeps_alive (const FarHttpHead *head)
{
  const char *connection = far_http_head_get (head, "connection");

  return connection == NULL || g_ascii_strcasecmp (connection, "close") != 0;
}

/* A size or trailer line. Returns: bytes of it with its end, 0 if it is not all there. */
static gboolean
take_line (const char *data,
           gsize       n_bytes,
           gsize      *ret_length,
           GError    **error)
{
  const char *end = g_strstr_len (data, n_bytes, "\r\n");

  *ret_length = end ? (gsize) (end + 2 - data) : 0;
  return end != NULL || n_bytes <= CHUNK_LINE_MAX || fail (error, "a chunk line is too long");
}

static gboolean
parse_chunk_size (FarHttpChunks *chunks,
                  const char    *line,
                  GError       **error)
{
  gsize size = 0;
  guint digits = 0;

  for (; g_ascii_isxdigit (*line) && digits < 8; line++, digits++)
    size = size * 16 + g_ascii_xdigit_value (*line);
  if (digits == 0 || (*line != '\r' && *line != ';') || size > CHUNK_MAX)
    return fail (error, "a malformed chunk size");
  chunks->left = size;
  chunks->state = size > 0 ? FAR_HTTP_CHUNK_DATA : FAR_HTTP_CHUNK_TRAILER;
  return TRUE;
}

/* One step. *ret_taken is 0 when more bytes are needed. */
static gboolean
step (FarHttpChunks *chunks,
      const char    *data,
      gsize          n_bytes,
      char          *out,
      gsize         *ret_taken,
      gsize         *ret_decoded,
      GError       **error)
{
  *ret_taken = 0;
  *ret_decoded = 0;
  switch (chunks->state)
    {
    case FAR_HTTP_CHUNK_SIZE:
      return take_line (data, n_bytes, ret_taken, error) &&
             (*ret_taken == 0 || parse_chunk_size (chunks, data, error));

    case FAR_HTTP_CHUNK_DATA:
      *ret_taken = *ret_decoded = MIN (n_bytes, chunks->left);
      memmove (out, data, *ret_decoded);
      chunks->left -= *ret_decoded;
      if (chunks->left == 0)
        chunks->state = FAR_HTTP_CHUNK_DATA_END;
      return TRUE;

    case FAR_HTTP_CHUNK_DATA_END:
      if (n_bytes < 2)
        return TRUE;
      if (data[0] != '\r' || data[1] != '\n')
        return fail (error, "a chunk longer than announced");
      *ret_taken = 2;
      chunks->state = FAR_HTTP_CHUNK_SIZE;
      return TRUE;

    case FAR_HTTP_CHUNK_TRAILER:
      if (!take_line (data, n_bytes, ret_taken, error))
        return FALSE;
      chunks->done = *ret_taken == 2;
      return TRUE;

    default:
      g_assert_not_reached ();
    }
}

gboolean
far_http_chunks_decode (FarHttpChunks *chunks,
                        const char    *data,
                        gsize          n_bytes,
                        char          *out,
                        gsize         *ret_taken,
                        gsize         *ret_decoded,
                        GError       **error)
{
  gsize taken, decoded;

  *ret_taken = 0;
  *ret_decoded = 0;
  do
    {
      if (!step (chunks, data + *ret_taken, n_bytes - *ret_taken, out + *ret_decoded, &taken,
                 &decoded, error))
        return FALSE;
      *ret_taken += taken;
      *ret_decoded += decoded;
    }
  while (taken > 0 && !chunks->done);
  return TRUE;
}
