/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the profiles and how their terms become PromQL. Metric names are those of the systems' own
 * documentation: docs.openfaas.com (metrics), knative.dev (service metrics; from 1.20 on the
 * OpenTelemetry ones), ours. */
#include "sources/far-promql.h"

#include <string.h>

#define WINDOW "$w"
#define US_PER_S 1e6
#define US_PER_MS 1e3
#define ROLE_BIT(role) (1u << (role))

static const FarPromProfile profiles[] = {
  {
    .name = "openfaas",
    .label = "function_name",
    .us_per_unit = US_PER_S,
    .terms = {
      [FAR_PROM_INVOCATIONS] = { "gateway_function_invocation_total{code!=\"429\"}" },
      [FAR_PROM_ERRORS] = { "gateway_function_invocation_total{code=~\"5..\"}" },
      [FAR_PROM_THROTTLES] = { "gateway_function_invocation_total{code=\"429\"}" },
      [FAR_PROM_BUCKETS] = { "gateway_functions_seconds_bucket" },
      [FAR_PROM_INSTANCES] = { "gateway_service_count" },
    },
    .zero = ROLE_BIT (FAR_PROM_ERRORS) | ROLE_BIT (FAR_PROM_THROTTLES),
  },
  {
    .name = "knative",
    .label = "configuration_name",
    .us_per_unit = US_PER_MS,
    .terms = {
      [FAR_PROM_INVOCATIONS] = { "revision_app_request_count{response_code!=\"429\"}" },
      [FAR_PROM_ERRORS] = { "revision_app_request_count{response_code_class=\"5xx\"}" },
      [FAR_PROM_THROTTLES] = { "revision_app_request_count{response_code=\"429\"}" },
      [FAR_PROM_BUCKETS] = { "revision_app_request_latencies_bucket" },
      [FAR_PROM_INSTANCES] = { "autoscaler_actual_pods" },
    },
    .zero = ROLE_BIT (FAR_PROM_ERRORS) | ROLE_BIT (FAR_PROM_THROTTLES),
  },
  {
    .name = "knative-otel",
    .label = "kn_configuration_name",
    .us_per_unit = US_PER_S,
    .terms = {
      [FAR_PROM_INVOCATIONS] =
        { "kn_serving_invocation_duration_seconds_count{http_response_status_code!=\"429\"}" },
      [FAR_PROM_ERRORS] =
        { "kn_serving_invocation_duration_seconds_count{http_response_status_code=~\"5..\"}" },
      [FAR_PROM_THROTTLES] =
        { "kn_serving_invocation_duration_seconds_count{http_response_status_code=\"429\"}" },
      [FAR_PROM_BUCKETS] = { "kn_serving_invocation_duration_seconds_bucket" },
    },
    .zero = ROLE_BIT (FAR_PROM_ERRORS) | ROLE_BIT (FAR_PROM_THROTTLES),
  },
  {
    .name = "farthing",
    .label = "function",
    .us_per_unit = US_PER_S,
    .terms = {
      [FAR_PROM_INVOCATIONS] = { "farthing_invocations_total" },
      [FAR_PROM_ERRORS] = { "farthing_function_errors_total", "farthing_timeouts_total",
                            "farthing_crashes_total", "farthing_init_errors_total" },
      [FAR_PROM_THROTTLES] = { "farthing_throttles_total" },
      [FAR_PROM_COLD_STARTS] = { "farthing_cold_starts_total" },
      [FAR_PROM_GB_S] = { "farthing_billed_gigabyte_seconds_total" },
      [FAR_PROM_BUCKETS] = { "farthing_duration_seconds_bucket" },
      [FAR_PROM_CONCURRENCY] = { "farthing_concurrent_invocations" },
      [FAR_PROM_INSTANCES] = { "farthing_instances" },
    },
  },
};

const FarPromProfile *
far_prom_profile_find (const char *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (profiles); i++)
    if (strcmp (profiles[i].name, name) == 0)
      return &profiles[i];
  return NULL;
}

gboolean
far_prom_is_label (const char *text)
{
  const char *p;

  if (!g_ascii_isalpha (*text) && *text != '_')
    return FALSE;
  for (p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_')
      return FALSE;
  return strlen (text) <= 128;
}

static gboolean
is_expression (const char *term)
{
  return strstr (term, WINDOW) != NULL;
}

static void
append_quoted (GString *text, const char *value)
{
  g_string_append_c (text, '"');
  for (; *value != '\0'; value++)
    {
      if (*value == '\n')
        g_string_append (text, "\\n");
      else
        {
          if (*value == '"' || *value == '\\')
            g_string_append_c (text, '\\');
          g_string_append_c (text, *value);
        }
    }
  g_string_append_c (text, '"');
}

/* A selector with one matcher more. */
static void
append_selector (GString *text, const char *term, const char *label, const char *function)
{
  gsize length = strlen (term);

  if (function == NULL)
    {
      g_string_append (text, term);
      return;
    }
  if (length > 0 && term[length - 1] == '}')
    {
      g_string_append_len (text, term, (gssize) length - 1);
      if (length > 1 && term[length - 2] != '{')
        g_string_append_c (text, ',');
    }
  else
    {
      g_string_append (text, term);
      g_string_append_c (text, '{');
    }
  g_string_append_printf (text, "%s=", label);
  append_quoted (text, function);
  g_string_append_c (text, '}');
}

static void
append_expression (GString *text, const char *term, gint64 window_s)
{
  g_autofree char *window = g_strdup_printf ("%" G_GINT64_FORMAT "s", window_s);
  g_auto (GStrv) parts = g_strsplit (term, WINDOW, -1);
  g_autofree char *whole = g_strjoinv (window, parts);

  g_string_append (text, whole);
}

static gboolean
is_gauge (FarPromRole role)
{
  return role == FAR_PROM_CONCURRENCY || role == FAR_PROM_INSTANCES;
}

char *
far_prom_query (const FarPromProfile *profile, FarPromRole role, const char *function,
                gint64 window_s, gboolean all)
{
  const char *const *terms = profile->terms[role];
  g_autofree char *by = NULL;
  GString *text;
  guint i;

  g_return_val_if_fail (window_s > 0, NULL);

  if (terms[0] == NULL)
    return NULL;
  if (role == FAR_PROM_BUCKETS)
    by = all ? g_strdup ("le") : g_strdup_printf ("%s, le", profile->label);
  else
    by = all ? g_strdup ("") : g_strdup (profile->label);
  text = g_string_new (NULL);
  for (i = 0; i < FAR_PROM_TERMS_MAX && terms[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append (text, " + ");
      g_string_append_printf (text, "sum by (%s) (", by);
      if (is_expression (terms[i]))
        append_expression (text, terms[i], window_s);
      else
        {
          g_string_append (text, is_gauge (role) ? "max_over_time(" : "increase(");
          append_selector (text, terms[i], profile->label, function);
          g_string_append_printf (text, "[%" G_GINT64_FORMAT "s])", window_s);
        }
      g_string_append_c (text, ')');
    }
  return g_string_free (text, FALSE);
}

char *
far_prom_query_gauge (const FarPromProfile *profile, FarPromRole role)
{
  const char *term = profile->terms[role][0];

  return term != NULL ? g_strdup_printf ("sum by (%s) (%s)", profile->label, term) : NULL;
}

char *
far_prom_query_newest (const FarPromProfile *profile, gboolean long_ago)
{
  const char *term = profile->terms[FAR_PROM_INVOCATIONS][0];

  if (is_expression (term))
    {
      g_autoptr (GString) text = g_string_new (NULL);

      append_expression (text, term, 300);
      return g_strdup_printf (long_ago ? "max(max_over_time(timestamp(%s)[6h:1m]))"
                                       : "max(timestamp(%s))", text->str);
    }
  return g_strdup_printf (long_ago ? "max(max_over_time(timestamp(%s)[6h:1m]))"
                                   : "max(timestamp(%s))", term);
}

char *
far_prom_query_scrapes (const FarPromProfile *profile)
{
  const char *term = profile->terms[FAR_PROM_INVOCATIONS][0];

  return is_expression (term) ? NULL : g_strdup_printf ("max(count_over_time(%s[10m]))", term);
}

char *
far_prom_query_functions (const FarPromProfile *profile, gint64 window_s)
{
  const char *term = profile->terms[FAR_PROM_INVOCATIONS][0];
  g_autoptr (GString) text = g_string_new (NULL);

  if (!is_expression (term))
    return g_strdup_printf ("count by (%s) (count_over_time(%s[%" G_GINT64_FORMAT "s]))",
                            profile->label, term, window_s);
  append_expression (text, term, window_s);
  return g_strdup_printf ("count by (%s) (%s)", profile->label, text->str);
}
