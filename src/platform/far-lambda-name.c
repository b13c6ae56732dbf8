/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How requests name functions: which one is meant, and what is wrong with a name that means none,
 * in the order in which Lambda looks. Region and account of an ARN are not compared: code that
 * names functions of the account that it will run in runs here as it is. */
#include "platform/far-lambda-control.h"

#include <string.h>

#include "platform/far-lambda-private.h"

#define QUALIFIER_MAX 128
#define REGION_PATTERN "(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}"
#define NAME_PATTERN \
  "(arn:(aws[a-zA-Z-]*)?:lambda:)?(" REGION_PATTERN ":)?(\\d{12}:)?(function:)?" \
  "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
#define QUALIFIER_PATTERN "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"

static gboolean
matches (const char *text, const char *pattern)
{
  g_autofree char *whole = g_strdup_printf ("^(?:%s)$", pattern);

  return g_regex_match_simple (whole, text, G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0);
}

/* As REGION_PATTERN has it; this is asked at each call that names more than a function. */
static gboolean
is_region (const char *text)
{
  gsize n;

  if (g_str_has_prefix (text, "eusc-"))
    text += strlen ("eusc-");
  if (!g_ascii_islower (text[0]) || !g_ascii_islower (text[1]) || text[2] != '-')
    return FALSE;
  text += 3;
  if (g_str_has_prefix (text, "gov-"))
    text += strlen ("gov-");
  else if (g_str_has_prefix (text, "iso") && text[g_ascii_islower (text[3]) ? 4 : 3] == '-')
    text += g_ascii_islower (text[3]) ? 5 : 4;
  n = strspn (text, G_CSET_a_2_z);
  return n > 0 && text[n] == '-' && g_ascii_isdigit (text[n + 1]) && text[n + 2] == '\0';
}

static gboolean
is_account (const char *text)
{
  return strlen (text) == 12 && strspn (text, "0123456789") == 12;
}

char *
far_lambda_parse_name (const char *text, char **ret_qualifier)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 10);
  guint n = g_strv_length (parts);
  guint at = 0;

  *ret_qualifier = NULL;
  if (n > 3 && strcmp (parts[0], "arn") == 0 && strcmp (parts[2], "lambda") == 0)
    at = 3;
  if (at + 1 < n && is_region (parts[at]))
    at++;
  if (at + 1 < n && is_account (parts[at]))
    at++;
  if (at + 1 < n && strcmp (parts[at], "function") == 0)
    at++;
  if (n > at + 2 || n <= at)
    return NULL;
  if (n == at + 2)
    *ret_qualifier = g_strdup (parts[at + 1]);
  return g_strdup (parts[at]);
}

static gboolean
is_latest (FarFunction *function, const char *qualifier)
{
  return qualifier == NULL || strcmp (qualifier, "$LATEST") == 0
         || g_strcmp0 (qualifier, function->spec->alias) == 0;
}

FarFunction *
far_lambda_find_function (FarDispatcher *dispatcher, const char *text, const char *query)
{
  g_autofree char *own = NULL;
  g_autofree char *asked = far_lambda_query_value (query, "Qualifier");
  g_autofree char *name = far_lambda_parse_name (text, &own);
  FarFunction *function = name != NULL ? far_dispatcher_find (dispatcher, name) : NULL;

  if (function == NULL || (own != NULL && asked != NULL && strcmp (own, asked) != 0))
    return NULL;
  return is_latest (function, own) && is_latest (function, asked) ? function : NULL;
}

/* Returns: (transfer full) (nullable): NULL if value is as it should be */
static char *
check_pattern (const char *member, const char *value, const char *pattern)
{
  return matches (value, pattern)
             ? NULL
             : g_strdup_printf ("1 validation error detected: Value '%s' at '%s' failed to satisfy "
                                "constraint: Member must satisfy regular expression pattern: %s",
                                value, member, pattern);
}

static char *
check_qualifier (const char *qualifier)
{
  if (qualifier == NULL)
    return NULL;
  if (strlen (qualifier) > QUALIFIER_MAX)
    return g_strdup_printf ("1 validation error detected: Value '%s' at 'qualifier' failed to "
                            "satisfy constraint: Member must have length less than or equal to %d",
                            qualifier, QUALIFIER_MAX);
  return check_pattern ("qualifier", qualifier, QUALIFIER_PATTERN);
}

guint
far_lambda_explain_name (const char *text, const char *query, const char **ret_type,
                         char **ret_message)
{
  g_autofree char *asked = far_lambda_query_value (query, "Qualifier");
  g_autofree char *own = NULL;
  g_autofree char *name = NULL;
  const char *qualifier;

  *ret_type = "ValidationException";
  *ret_message = check_qualifier (asked);
  if (*ret_message == NULL)
    *ret_message = check_pattern ("functionName", text, NAME_PATTERN);
  if (*ret_message != NULL)
    return 400;
  name = far_lambda_parse_name (text, &own);
  if (own != NULL && asked != NULL && strcmp (own, asked) != 0)
    {
      *ret_type = "InvalidParameterValueException";
      *ret_message = g_strdup ("The derived qualifier from the function name does not match the "
                               "specified qualifier.");
      return 400;
    }
  qualifier = own != NULL ? own : asked;
  *ret_type = "ResourceNotFoundException";
  *ret_message = g_strdup_printf ("Function not found: arn:aws:lambda:%s:%s:function:%s%s%s",
                                  FAR_AWS_REGION, FAR_AWS_ACCOUNT, name != NULL ? name : text,
                                  qualifier != NULL ? ":" : "",
                                  qualifier != NULL ? qualifier : "");
  return 404;
}
