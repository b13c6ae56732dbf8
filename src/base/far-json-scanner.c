/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lexical half of the strict JSON reader: space, words, numbers and strings. A scanner is three
 * pointers into the caller's bytes and one scratch buffer; no byte at or beyond `end` is read. */
#include "farthing-config.h"

#include "base/far-json-scanner.h"

#include <math.h>
#include <string.h>

#define NUMBER_LEN_MAX 128

/* data NULL is taken for empty. The error's place is kept, not the error. */
void
far_json_scanner_init (FarJsonScanner  *scanner,
                       const char      *data,
                       gsize            n_bytes,
                       GError         **error)
{
  scanner->start = scanner->next = data != NULL ? data : "";
  scanner->end = scanner->start + n_bytes;
  scanner->scratch = NULL;
  scanner->error = error;
  scanner->lax = FALSE;
}

void
far_json_scanner_clear (FarJsonScanner *scanner)
{
  if (scanner->scratch != NULL)
    g_string_free (scanner->scratch, TRUE);
  scanner->scratch = NULL;
}

gboolean
far_json_fail (FarJsonScanner *scanner,
               FarJsonError    code,
               const char     *format,
               ...)
{
  g_autofree char *reason = NULL;
  va_list arguments;

  va_start (arguments, format);
  reason = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (scanner->error, FAR_JSON_ERROR, code, "JSON, byte %" G_GSIZE_FORMAT ": %s",
               (gsize) (scanner->next - scanner->start), reason);
  return FALSE;
}

gboolean
far_json_fail_expected (FarJsonScanner *scanner,
                        const char     *expected)
{
  return far_json_fail (scanner, FAR_JSON_ERROR_SYNTAX, "%s was expected", expected);
}

void
far_json_skip_space (FarJsonScanner *scanner)
{
  while (scanner->next < scanner->end &&
         (*scanner->next == ' ' || *scanner->next == '\n' || *scanner->next == '\r' ||
          *scanner->next == '\t'))
    scanner->next++;
}

char
far_json_peek (const FarJsonScanner *scanner)
{
  return scanner->next < scanner->end ? *scanner->next : '\0';
}

gboolean
far_json_take (FarJsonScanner *scanner,
               char            c)
{
  if (far_json_peek (scanner) != c)
    return FALSE;
  scanner->next++;
  return TRUE;
}

gboolean
far_json_scan_word (FarJsonScanner *scanner,
                    const char     *word)
{
  gsize length = strlen (word);

  if ((gsize) (scanner->end - scanner->next) < length ||
      memcmp (scanner->next, word, length) != 0)
    return far_json_fail_expected (scanner, "a value");
  scanner->next += length;
  return TRUE;
}

/* ---- strings ---- */

static gboolean
take_hex4 (FarJsonScanner *scanner,
           guint          *ret_unit)
{
  guint unit = 0;

  if (scanner->end - scanner->next < 4)
    return FALSE;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (scanner->next[i]);

      if (digit < 0)
        return FALSE;
      unit = unit << 4 | (guint) digit;
    }
  scanner->next += 4;
  *ret_unit = unit;
  return TRUE;
}

static gboolean
take_low_surrogate (FarJsonScanner *scanner,
                    guint          *ret_low)
{
  const char *begin = scanner->next;

  if (far_json_take (scanner, '\\') && far_json_take (scanner, 'u') &&
      take_hex4 (scanner, ret_low) && *ret_low >= 0xdc00 && *ret_low <= 0xdfff)
    return TRUE;
  if (scanner->lax)
    scanner->next = begin;
  return FALSE;
}

/* Behind "\u", lax. */
static gboolean
scan_any_unit (FarJsonScanner *scanner,
               guint           unit)
{
  guint low;

  if (unit == 0)
    g_string_append_c (scanner->scratch, '\0');
  else if (unit >= 0xd800 && unit <= 0xdbff && take_low_surrogate (scanner, &low))
    g_string_append_unichar (scanner->scratch,
                             0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  else
    g_string_append_unichar (scanner->scratch, unit >= 0xd800 && unit <= 0xdfff ? 0xfffd : unit);
  return TRUE;
}

/* Behind "\u": one UTF-16 unit, or two that make one character. */
static gboolean
scan_unicode_escape (FarJsonScanner *scanner)
{
  guint unit, low;

  if (!take_hex4 (scanner, &unit))
    return far_json_fail_expected (scanner, "four hex digits");
  if (scanner->lax)
    return scan_any_unit (scanner, unit);
  if (unit == 0)
    return far_json_fail (scanner, FAR_JSON_ERROR_SYNTAX, "U+0000 is not accepted; leave it out");
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return far_json_fail_expected (scanner, "a high surrogate before the low one");
  if (unit >= 0xd800 && unit <= 0xdbff)
    {
      if (!take_low_surrogate (scanner, &low))
        return far_json_fail_expected (scanner, "a low surrogate behind the high one");
      unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
  g_string_append_unichar (scanner->scratch, unit);
  return TRUE;
}

static gboolean
scan_escape (FarJsonScanner *scanner)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  char escape = far_json_peek (scanner);
  const char *found;

  if (far_json_take (scanner, 'u'))
    return scan_unicode_escape (scanner);
  found = escape != '\0' ? strchr (from, escape) : NULL;
  if (found == NULL)
    return far_json_fail_expected (scanner, "one of \" \\ / b f n r t u behind a backslash");
  scanner->next++;
  g_string_append_c (scanner->scratch, to[found - from]);
  return TRUE;
}

/* Bytes that stand for themselves, up to a quote or backslash; they must be whole UTF-8. */
static gboolean
scan_plain (FarJsonScanner *scanner)
{
  const char *begin = scanner->next;
  gboolean ascii = TRUE;
  const char *valid_end;

  while (scanner->next < scanner->end && *scanner->next != '"' && *scanner->next != '\\')
    {
      if ((guchar) *scanner->next < 0x20)
        return far_json_fail (scanner, FAR_JSON_ERROR_SYNTAX,
                              "a control character must be escaped");
      if ((guchar) *scanner->next >= 0x80)
        ascii = FALSE;
      scanner->next++;
    }
  if (!ascii && !g_utf8_validate_len (begin, (gsize) (scanner->next - begin), &valid_end))
    {
      scanner->next = valid_end;
      return far_json_fail (scanner, FAR_JSON_ERROR_SYNTAX, "the text is not UTF-8");
    }
  return TRUE;
}

gboolean
far_json_scan_string (FarJsonScanner *scanner,
                      FarJsonSpan    *ret_string,
                      gboolean       *ret_in_scratch)
{
  const char *begin = scanner->next + 1;
  gboolean in_scratch = FALSE;

  if (!far_json_take (scanner, '"'))
    return far_json_fail_expected (scanner, "a string in double quotes");

  while (TRUE)
    {
      const char *chunk = scanner->next;

      if (!scan_plain (scanner))
        return FALSE;
      if (scanner->next == scanner->end)
        return far_json_fail_expected (scanner, "the string's closing quote");
      if (!in_scratch && *scanner->next == '"')
        {
          *ret_string = (FarJsonSpan) { begin, (gsize) (scanner->next - begin) };
          break;
        }
      if (!in_scratch)
        {
          if (scanner->scratch == NULL)
            scanner->scratch = g_string_new (NULL);
          g_string_truncate (scanner->scratch, 0);
          in_scratch = TRUE;
        }
      g_string_append_len (scanner->scratch, chunk, scanner->next - chunk);
      if (*scanner->next == '"')
        {
          *ret_string = (FarJsonSpan) { scanner->scratch->str, scanner->scratch->len };
          break;
        }
      scanner->next++;
      if (!scan_escape (scanner))
        return FALSE;
    }

  scanner->next++;
  *ret_in_scratch = in_scratch;
  return TRUE;
}

gboolean
far_json_skip_string (FarJsonScanner *scanner)
{
  guint unit;

  scanner->next++;
  while (scan_plain (scanner))
    {
      char c = far_json_peek (scanner);

      if (scanner->next == scanner->end)
        return far_json_fail_expected (scanner, "the string's closing quote");
      scanner->next++;
      if (c == '"')
        return TRUE;
      c = far_json_peek (scanner);
      if (c == '\0' || strchr ("\"\\/bfnrtu", c) == NULL)
        return far_json_fail_expected (scanner, "one of \" \\ / b f n r t u behind a backslash");
      scanner->next++;
      if (c == 'u' && !take_hex4 (scanner, &unit))
        return far_json_fail_expected (scanner, "four hex digits");
    }
  return FALSE;
}

/* ---- numbers ---- */

static gsize
skip_digits (FarJsonScanner *scanner)
{
  const char *begin = scanner->next;

  while (g_ascii_isdigit (far_json_peek (scanner)))
    scanner->next++;
  return (gsize) (scanner->next - begin);
}

gboolean
far_json_skip_number (FarJsonScanner *scanner,
                      gboolean       *ret_is_integer)
{
  gboolean is_integer = TRUE;

  (void) far_json_take (scanner, '-');
  if (!far_json_take (scanner, '0') && skip_digits (scanner) == 0)
    return far_json_fail_expected (scanner, "a value");
  if (g_ascii_isdigit (far_json_peek (scanner)))
    return far_json_fail (scanner, FAR_JSON_ERROR_SYNTAX, "a number must not begin with 0");
  if (far_json_take (scanner, '.'))
    {
      is_integer = FALSE;
      if (skip_digits (scanner) == 0)
        return far_json_fail_expected (scanner, "a digit behind the point");
    }
  if (far_json_take (scanner, 'e') || far_json_take (scanner, 'E'))
    {
      is_integer = FALSE;
      if (!far_json_take (scanner, '+'))
        (void) far_json_take (scanner, '-');
      if (skip_digits (scanner) == 0)
        return far_json_fail_expected (scanner, "a digit in the exponent");
    }

  *ret_is_integer = is_integer;
  return TRUE;
}

gboolean
far_json_scan_number (FarJsonScanner *scanner,
                      FarJsonNumber  *ret_number)
{
  const char *begin = scanner->next;
  char text[NUMBER_LEN_MAX + 1];
  FarJsonNumber number = { FALSE, };
  gsize length;

  if (!far_json_skip_number (scanner, &number.is_integer))
    return FALSE;
  length = (gsize) (scanner->next - begin);
  if (length > NUMBER_LEN_MAX)
    return far_json_fail (scanner, FAR_JSON_ERROR_RANGE, "a number has more than %d characters",
                          NUMBER_LEN_MAX);
  memcpy (text, begin, length);
  text[length] = '\0';

  if (!number.is_integer)
    {
      number.real = g_ascii_strtod (text, NULL);
      if (!isfinite (number.real))
        return far_json_fail (scanner, FAR_JSON_ERROR_RANGE, "the number is too large");
    }
  else if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number.integer, NULL))
    return far_json_fail (scanner, FAR_JSON_ERROR_RANGE,
                          "the integer does not fit into 64 bits; send it as a string");

  *ret_number = number;
  return TRUE;
}
