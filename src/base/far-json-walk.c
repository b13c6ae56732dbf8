/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of an object without a tree: spans of text that far_json_check() has accepted, one after
 * the other. For those who are asked thousands of times a second and want a handful of members.
 * Nothing is read beyond the span, whatever is in it; what is found in text that was not checked
 * means nothing. No state; any thread. */
#include "farthing-config.h"

#include "base/far-json.h"

#include <string.h>

#include "base/far-json-scanner.h"

static const char *
skip_space (const char *next,
            const char *end)
{
  while (next < end && (*next == ' ' || *next == '\t' || *next == '\n' || *next == '\r'))
    next++;
  return next;
}

/* From the opening quote to behind the closing one. */
static const char *
skip_string (const char *next,
             const char *end)
{
  for (next++; next < end && *next != '"'; next++)
    if (*next == '\\')
      next++;
  return next < end ? next + 1 : end;
}

/* From the opening brace or bracket to behind its counterpart: they are in pairs. */
static const char *
skip_container (const char *next,
                const char *end)
{
  guint depth = 0;

  while (next < end)
    {
      if (*next == '"')
        {
          next = skip_string (next, end);
          continue;
        }
      if (*next == '{' || *next == '[')
        depth++;
      else if (*next == '}' || *next == ']')
        depth--;
      next++;
      if (depth == 0)
        break;
    }
  return next;
}

static const char *
skip_value (const char *next,
            const char *end)
{
  if (next == end)
    return end;
  if (*next == '"')
    return skip_string (next, end);
  if (*next == '{' || *next == '[')
    return skip_container (next, end);
  while (next < end && strchr (",}] \t\r\n", *next) == NULL)
    next++;
  return next;
}

/**
 * far_json_walk:
 * @rest: (inout): an object's span at first, what is left of it afterwards
 * @ret_name: (out caller-allocates): the name of the next member, a string for
 *   far_json_copy_string()
 * @ret_value: (out caller-allocates): its value, of any type
 *
 * Returns: FALSE when there is no further member, or where @rest is no object
 */
gboolean
far_json_walk (FarJsonSpan *rest,
               FarJsonSpan *ret_name,
               FarJsonSpan *ret_value)
{
  const char *next, *end;

  g_return_val_if_fail (rest != NULL && ret_name != NULL && ret_value != NULL, FALSE);

  end = rest->text + rest->n_bytes;
  next = skip_space (rest->text, end);
  if (next == end || (*next != '{' && *next != ','))
    return FALSE;
  next = skip_space (next + 1, end);
  if (next == end || *next != '"')
    return FALSE;
  ret_name->text = next;
  next = skip_string (next, end);
  ret_name->n_bytes = (gsize) (next - ret_name->text);

  next = skip_space (next, end);
  if (next == end || *next != ':')
    return FALSE;
  next = skip_space (next + 1, end);
  ret_value->text = next;
  next = skip_value (next, end);
  ret_value->n_bytes = (gsize) (next - ret_value->text);
  *rest = (FarJsonSpan) { next, (gsize) (end - next) };
  return TRUE;
}

/**
 * far_json_span_is:
 * @string: a member's name, or its value
 * @text: plain ASCII without quotes and backslashes
 *
 * Returns: TRUE if @string is a string and says @text
 */
gboolean
far_json_span_is (FarJsonSpan  string,
                  const char  *text)
{
  gsize n_bytes = strlen (text);
  g_autofree char *copy = NULL;

  if (string.n_bytes < 2 || string.text[0] != '"')
    return FALSE;
  if (string.n_bytes == n_bytes + 2)
    return memcmp (string.text + 1, text, n_bytes) == 0;
  if (string.n_bytes < n_bytes + 2 || memchr (string.text, '\\', string.n_bytes) == NULL)
    return FALSE;
  copy = g_malloc (string.n_bytes);
  return far_json_copy_string (string, copy) == (gssize) n_bytes && strcmp (copy, text) == 0;
}

/**
 * far_json_copy_string:
 * @string: a member's name, or its value
 * @ret_copy: (out caller-allocates) (array): room for as many bytes as @string has
 *
 * Writes what the string says, with a NUL behind it: its escapes are longer than what they stand
 * for.
 *
 * Returns: its length in bytes; -1 where @string is another value
 */
gssize
far_json_copy_string (FarJsonSpan  string,
                      char        *ret_copy)
{
  g_return_val_if_fail (ret_copy != NULL, -1);

  if (string.n_bytes < 2 || string.text[0] != '"')
    return -1;
  if (memchr (string.text, '\\', string.n_bytes) != NULL)
    {
      FarJsonScanner scanner;
      gboolean in_scratch;
      FarJsonSpan plain;
      gssize n_bytes = -1;

      far_json_scanner_init (&scanner, string.text, string.n_bytes, NULL);
      if (far_json_scan_string (&scanner, &plain, &in_scratch) && plain.n_bytes < string.n_bytes)
        {
          n_bytes = (gssize) plain.n_bytes;
          memcpy (ret_copy, plain.text, plain.n_bytes);
          ret_copy[n_bytes] = '\0';
        }
      far_json_scanner_clear (&scanner);
      return n_bytes;
    }
  memcpy (ret_copy, string.text + 1, string.n_bytes - 2);
  ret_copy[string.n_bytes - 2] = '\0';
  return (gssize) string.n_bytes - 2;
}
