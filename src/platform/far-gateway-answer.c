/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a response without building a tree of it: a body can have 6 MB, and the loop serves
 * everybody. The text is checked whole first (far_json_check_grammar()), so what follows only has
 * to find its way: members are visited in order, nested values are skipped by their brackets. */
#include "platform/far-gateway-answer.h"

#include <string.h>

#include "base/far-json-scanner.h"
#include "base/far-json.h"

#define HEADERS_MAX 100

typedef struct {
  FarJsonScanner scanner;
  gboolean       has_status;
  gint64         status;
  gboolean       base64;
  gboolean       has_type;
  GString       *body; /* unescaped; NULL = none */
  GPtrArray     *names;
  GPtrArray     *values;
  gsize          head_bytes;
} Answer;

/* Text that was checked: its strings never fail to be read. */
static void
begin_reading (FarJsonScanner *scanner, const char *payload, gsize n_payload)
{
  far_json_scanner_init (scanner, payload, n_payload, NULL);
  scanner->lax = TRUE;
}

/* Behind the colon of a member, or at an element: over one value. */
static void
skip_value (FarJsonScanner *scanner)
{
  FarJsonSpan span;
  gboolean scratch;
  guint depth = 0;

  do
    {
      char c;

      far_json_skip_space (scanner);
      c = far_json_peek (scanner);
      if (c == '"')
        far_json_scan_string (scanner, &span, &scratch);
      else
        {
          depth += c == '{' || c == '[';
          depth -= c == '}' || c == ']';
          scanner->next++;
          if (strchr ("{}[],:", c) == NULL)
            while (scanner->next < scanner->end && strchr (",:]} \t\r\n", *scanner->next) == NULL)
              scanner->next++;
        }
    }
  while (depth > 0 && scanner->next < scanner->end);
}

static char *
dup_span (const FarJsonSpan *span)
{
  return g_strndup (span->text, span->n_bytes);
}

/* A value as a header carries it: a string's text, a number's or word's own. NULL for others. */
static char *
take_scalar (FarJsonScanner *scanner)
{
  FarJsonSpan span;
  gboolean scratch;
  char c;

  far_json_skip_space (scanner);
  c = far_json_peek (scanner);
  if (c == '"')
    return far_json_scan_string (scanner, &span, &scratch) ? dup_span (&span) : NULL;
  if (c == '{' || c == '[')
    return NULL;
  span.text = scanner->next;
  skip_value (scanner);
  span.n_bytes = scanner->next - span.text;
  return dup_span (&span);
}

static gboolean
is_own_header (const char *name)
{
  static const char *const names[] = { "connection", "content-length", "keep-alive", "te",
                                       "trailer", "transfer-encoding", "upgrade" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

/* Takes both. FALSE when there are too many. */
static gboolean
add_field (Answer *answer, char *name, char *value)
{
  g_ptr_array_add (answer->names, name);
  g_ptr_array_add (answer->values, value);
  answer->head_bytes += strlen (name) + strlen (value) + 4;
  answer->has_type |= g_ascii_strcasecmp (name, "content-type") == 0;
  return answer->names->len <= HEADERS_MAX && answer->head_bytes <= FAR_HTTP_RESPONSE_HEAD_MAX;
}

/* Behind an opening bracket or an element: whether another follows. */
static gboolean
more (FarJsonScanner *scanner, char close)
{
  far_json_skip_space (scanner);
  if (far_json_take (scanner, close))
    return FALSE;
  far_json_take (scanner, ',');
  far_json_skip_space (scanner);
  return TRUE;
}

static char *
take_name (FarJsonScanner *scanner)
{
  FarJsonSpan span;
  gboolean scratch;
  char *name;

  if (!far_json_scan_string (scanner, &span, &scratch))
    return NULL;
  name = dup_span (&span);
  far_json_skip_space (scanner);
  far_json_take (scanner, ':');
  far_json_skip_space (scanner);
  return name;
}

static gboolean
take_headers (Answer *answer)
{
  FarJsonScanner *scanner = &answer->scanner;

  if (far_json_peek (scanner) == 'n')
    {
      skip_value (scanner);
      return TRUE;
    }
  if (!far_json_take (scanner, '{'))
    return FALSE;
  while (more (scanner, '}'))
    {
      g_autofree char *name = take_name (scanner);
      g_autofree char *value = name != NULL ? take_scalar (scanner) : NULL;

      if (value == NULL)
        return FALSE;
      if (!is_own_header (name)
          && !add_field (answer, g_steal_pointer (&name), g_steal_pointer (&value)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_cookies (Answer *answer)
{
  FarJsonScanner *scanner = &answer->scanner;

  if (far_json_peek (scanner) == 'n')
    {
      skip_value (scanner);
      return TRUE;
    }
  if (!far_json_take (scanner, '['))
    return FALSE;
  while (more (scanner, ']'))
    {
      char *value = take_scalar (scanner);

      if (value == NULL || !add_field (answer, g_strdup ("Set-Cookie"), value))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_body (Answer *answer)
{
  FarJsonSpan span;
  gboolean scratch;

  if (far_json_peek (&answer->scanner) == 'n')
    {
      skip_value (&answer->scanner);
      return TRUE;
    }
  if (far_json_peek (&answer->scanner) != '"'
      || !far_json_scan_string (&answer->scanner, &span, &scratch))
    return FALSE;
  if (answer->body != NULL) /* there twice */
    g_string_free (answer->body, TRUE);
  answer->body = g_string_new_len (span.text, span.n_bytes);
  return TRUE;
}

static gboolean
take_member (Answer *answer, const char *name)
{
  FarJsonScanner *scanner = &answer->scanner;

  if (strcmp (name, "statusCode") == 0)
    {
      FarJsonNumber number;

      if (!far_json_scan_number (scanner, &number) || !number.is_integer)
        return FALSE;
      answer->has_status = TRUE;
      answer->status = number.integer;
      return number.integer >= 200 && number.integer <= 599;
    }
  if (strcmp (name, "headers") == 0)
    return take_headers (answer);
  if (strcmp (name, "cookies") == 0)
    return take_cookies (answer);
  if (strcmp (name, "body") == 0)
    return take_body (answer);
  if (strcmp (name, "isBase64Encoded") == 0)
    {
      char c = far_json_peek (scanner);

      answer->base64 = c == 't';
      skip_value (scanner);
      return c == 't' || c == 'f' || c == 'n';
    }
  skip_value (scanner);
  return TRUE;
}

/* A whole look at the top level first: without statusCode the members mean nothing. */
static gboolean
has_status (const char *payload, gsize n_payload)
{
  FarJsonScanner scanner;
  gboolean found = FALSE;

  begin_reading (&scanner, payload, n_payload);
  far_json_skip_space (&scanner);
  if (far_json_take (&scanner, '{'))
    while (!found && more (&scanner, '}'))
      {
        g_autofree char *name = take_name (&scanner);

        found = name != NULL && strcmp (name, "statusCode") == 0;
        skip_value (&scanner);
      }
  far_json_scanner_clear (&scanner);
  return found;
}

/* Takes response. NULL if a header cannot be. */
static FarHttpResponse *
add_headers (Answer *answer, FarHttpResponse *response)
{
  guint i;

  for (i = 0; i < answer->names->len; i++)
    if (!far_http_response_add_header (response, g_ptr_array_index (answer->names, i),
                                       g_ptr_array_index (answer->values, i)))
      {
        far_http_response_free (response);
        return NULL;
      }
  return response;
}

static FarHttpResponse *
build (Answer *answer)
{
  FarHttpResponse *response;
  gsize n_body = answer->body != NULL ? answer->body->len : 0;
  char *body = answer->body != NULL ? g_string_free (g_steal_pointer (&answer->body), FALSE)
                                    : g_strdup ("");

  if (answer->base64 && n_body > 0)
    g_base64_decode_inplace (body, &n_body);
  response = add_headers (answer, far_http_response_new_take (body, n_body));
  if (response != NULL && !answer->has_type && n_body > 0)
    far_http_response_add_header (response, "Content-Type", "text/plain;charset=utf-8");
  return response;
}

static FarHttpResponse *
whole (char *payload, gsize n_payload)
{
  FarHttpResponse *response = far_http_response_new_take (payload, n_payload);

  far_http_response_add_header (response, "Content-Type", "application/json");
  return response;
}

/* A JSON string stands for its text. */
static FarHttpResponse *
plain (char *payload, gsize n_payload)
{
  FarJsonScanner scanner;
  FarJsonSpan span;
  gboolean scratch;

  begin_reading (&scanner, payload, n_payload);
  far_json_skip_space (&scanner);
  if (far_json_peek (&scanner) == '"' && far_json_scan_string (&scanner, &span, &scratch))
    {
      char *text = g_malloc (span.n_bytes + 1);

      memcpy (text, span.text, span.n_bytes); /* it may have a NUL in it */
      n_payload = span.n_bytes;
      g_free (payload);
      payload = text;
    }
  far_json_scanner_clear (&scanner);
  return whole (payload, n_payload);
}

/* Reads a response's members. FALSE if one cannot be. */
static gboolean
read_members (Answer *answer, const char *payload, gsize n_payload)
{
  gboolean good = TRUE;

  answer->names = g_ptr_array_new_with_free_func (g_free);
  answer->values = g_ptr_array_new_with_free_func (g_free);
  begin_reading (&answer->scanner, payload, n_payload);
  far_json_skip_space (&answer->scanner);
  good = far_json_take (&answer->scanner, '{');
  while (good && more (&answer->scanner, '}'))
    {
      g_autofree char *name = take_name (&answer->scanner);

      good = name != NULL && take_member (answer, name);
    }
  far_json_scanner_clear (&answer->scanner);
  return good;
}

static void
answer_clear (Answer *answer)
{
  if (answer->body != NULL)
    g_string_free (answer->body, TRUE);
  g_ptr_array_unref (answer->names);
  g_ptr_array_unref (answer->values);
}

FarHttpResponse *
far_gateway_answer (char *payload, gsize n_payload, guint *ret_status)
{
  g_autofree char *owned = payload;
  FarHttpResponse *response = NULL;
  Answer answer = { 0 };

  *ret_status = 200;
  if (n_payload == 0)
    return whole (g_steal_pointer (&owned), 0);
  if (!far_json_check_grammar (payload, n_payload, NULL))
    return NULL;
  if (!has_status (payload, n_payload))
    return plain (g_steal_pointer (&owned), n_payload);
  if (read_members (&answer, payload, n_payload))
    response = build (&answer);
  if (response != NULL)
    *ret_status = answer.status;
  answer_clear (&answer);
  return response;
}

FarHttpResponse *
far_gateway_answer_stream (const char *payload, gsize n_payload, guint *ret_status,
                           FarHttpStream **ret_stream)
{
  FarHttpResponse *response = NULL;
  Answer answer = { .status = 200 };

  *ret_stream = NULL;
  if (!far_json_check_grammar (payload, n_payload, NULL))
    return NULL;
  if (read_members (&answer, payload, n_payload))
    {
      response = add_headers (&answer, far_http_response_new_stream (ret_stream));
      *ret_status = answer.status;
    }
  if (response == NULL && *ret_stream != NULL)
    far_http_stream_end (g_steal_pointer (ret_stream), FALSE);
  answer_clear (&answer);
  return response;
}
