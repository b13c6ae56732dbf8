/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON that is only passed on: the grammar of RFC 8259 and UTF-8, and nothing beyond them. Whoever
 * receives it may read names that are there twice, integers of any length and lone surrogates in
 * its own way, and may have a stack that is as deep as the text.
 *
 * No recursion: the open brackets lie on a stack of bytes. No state outside the call; any thread.
 */
#include "farthing-config.h"

#include "base/far-json.h"

#include "base/far-json-scanner.h"

/* What may stand next. */
typedef enum {
  VALUE,
  FIRST_ELEMENT, /* or the end of the array */
  FIRST_NAME,    /* or the end of the object */
  NAME,
  BEHIND_VALUE,
} Place;

static gboolean
skip_scalar (FarJsonScanner *scanner)
{
  gboolean is_integer;

  switch (far_json_peek (scanner))
    {
    case '"':
      return far_json_skip_string (scanner);
    case 't':
      return far_json_scan_word (scanner, "true");
    case 'f':
      return far_json_scan_word (scanner, "false");
    case 'n':
      return far_json_scan_word (scanner, "null");
    default:
      return far_json_skip_number (scanner, &is_integer);
    }
}

static gboolean
skip_name (FarJsonScanner *scanner)
{
  if (far_json_peek (scanner) != '"')
    return far_json_fail_expected (scanner, "a string in double quotes");
  if (!far_json_skip_string (scanner))
    return FALSE;
  far_json_skip_space (scanner);
  return far_json_take (scanner, ':') || far_json_fail_expected (scanner, "\":\"");
}

/* open: the brackets that are, innermost last. */
static gboolean
step (FarJsonScanner *scanner,
      GString        *open,
      Place          *place)
{
  char innermost = open->len > 0 ? open->str[open->len - 1] : '\0';

  if ((*place != VALUE && *place != NAME && innermost == '{' && far_json_take (scanner, '}')) ||
      (*place != VALUE && innermost == '[' && far_json_take (scanner, ']')))
    {
      g_string_truncate (open, open->len - 1);
      *place = BEHIND_VALUE;
      return TRUE;
    }
  switch (*place)
    {
    case BEHIND_VALUE:
      *place = innermost == '{' ? NAME : VALUE;
      return far_json_take (scanner, ',') ||
             far_json_fail_expected (scanner, innermost == '{' ? "\",\" or \"}\""
                                                               : "\",\" or \"]\"");
    case FIRST_NAME:
    case NAME:
      *place = VALUE;
      return skip_name (scanner);
    case FIRST_ELEMENT:
    case VALUE:
    default:
      break;
    }
  *place = BEHIND_VALUE;
  if (far_json_peek (scanner) != '{' && far_json_peek (scanner) != '[')
    return skip_scalar (scanner);
  *place = far_json_peek (scanner) == '{' ? FIRST_NAME : FIRST_ELEMENT;
  g_string_append_c (open, *scanner->next++);
  return TRUE;
}

/**
 * far_json_check_grammar:
 * @data: (array length=n_bytes) (nullable): foreign bytes; they need not end in a NUL
 * @n_bytes: their number
 * @error: SYNTAX of %FAR_JSON_ERROR
 *
 * For text that is passed on as it is; what reads it takes a scanner that is lax.
 *
 * Returns: TRUE if it is one JSON value as the file comment says
 */
gboolean
far_json_check_grammar (const char  *data,
                        gsize        n_bytes,
                        GError     **error)
{
  g_autoptr (GString) open = g_string_new (NULL);
  Place place = VALUE;
  FarJsonScanner scanner;
  gboolean ok = TRUE;

  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  far_json_scanner_init (&scanner, data, n_bytes, error);
  far_json_skip_space (&scanner);
  while (ok && !(place == BEHIND_VALUE && open->len == 0))
    {
      ok = step (&scanner, open, &place);
      far_json_skip_space (&scanner);
    }
  if (ok && scanner.next != scanner.end)
    ok = far_json_fail_expected (&scanner, "the end");
  far_json_scanner_clear (&scanner);
  return ok;
}
