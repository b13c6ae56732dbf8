/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns patterns of CloudWatch Logs, after its user guide's pages on filter patterns and on the
 * regular expressions in them: between two %, letters, digits and a few symbols stand for
 * themselves, a class is [Aa], any other character of ASCII is \xHH, those beyond cannot be there,
 * there are no groups, and a match may be anywhere in the line. */
#include "sources/far-aws-pattern.h"

#include <string.h>

#define CLASS_LEN 4 /* "[Aa]", "\x20" */
#define RUN_MAX ((FAR_AWS_PATTERN_MAX - 2) / CLASS_LEN)

/* The longest piece of ASCII; 0 = none. */
static gsize
longest_run (const char *text, const char **ret_run)
{
  gsize longest = 0;

  while (*text != '\0')
    {
      gsize length = 0;

      while (text[length] != '\0' && (guchar) text[length] < 0x80)
        length++;
      if (length > longest)
        {
          longest = length;
          *ret_run = text;
        }
      text += MAX (length, 1);
    }
  return MIN (longest, RUN_MAX);
}

char *
far_aws_pattern_any_case (const char *text)
{
  const char *run = text;
  gsize length = longest_run (text, &run), i;
  GString *pattern;

  if (length == 0)
    return NULL;
  pattern = g_string_new ("%");
  for (i = 0; i < length; i++)
    if (g_ascii_isalpha (run[i]))
      g_string_append_printf (pattern, "[%c%c]", g_ascii_toupper (run[i]),
                              g_ascii_tolower (run[i]));
    else if (g_ascii_isdigit (run[i]))
      g_string_append_c (pattern, run[i]);
    else
      g_string_append_printf (pattern, "\\x%02X", (guint) (guchar) run[i]);
  g_string_append_c (pattern, '%');
  return g_string_free (pattern, FALSE);
}

/* Quoted, as it would be words otherwise. */
char *
far_aws_pattern_exact (const char *text)
{
  GString *pattern;

  if (*text == '\0')
    return NULL;
  pattern = g_string_new ("\"");
  for (; *text != '\0'; text++)
    {
      if (*text == '"' || *text == '\\')
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *text);
    }
  g_string_append_c (pattern, '"');
  return g_string_free (pattern, FALSE);
}
