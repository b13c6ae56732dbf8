/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kind "aws": functions from Lambda, figures from CloudWatch's metrics, lines from its Logs.
 *
 * Asking costs money, so that nothing final is asked for twice, what is looked at is asked for once
 * a minute, the rest every five, and nothing at all once the month's budget is spent. Main
 * thread. */
#include "sources/far-aws-private.h"

#include <string.h>

#define PROBE_WINDOW_US (G_GINT64_CONSTANT (3) * 3600 * G_USEC_PER_SEC)
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define BUDGET_MICROS_MAX (G_GINT64_CONSTANT (1000) * 1000000)

G_DEFINE_FINAL_TYPE (FarAws, far_aws, FAR_TYPE_SOURCE)

static void
far_aws_describe (FarSource *source, FarSourceAbilities *ret)
{
  static const FarSourceMissing missing[] = {
    { "invocations", "CloudWatch tells figures, not single invocations; logs have REPORT lines" },
    { "cold_starts", "for one function at a time, counted from its REPORT lines" },
    { "cost", "for one function at a time, from the time it ran and the memory it has now" },
    { "memory", "in REPORT lines only" },
    { "instances", "Lambda does not tell them" },
    { "earnings", "money comes from a ledger alone" },
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (missing) < FAR_SOURCE_MISSING_MAX);
  ret->metrics = FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS) | FAR_METRIC_MASK (FAR_METRIC_ERRORS) |
                 FAR_METRIC_MASK (FAR_METRIC_THROTTLES) |
                 FAR_METRIC_MASK (FAR_METRIC_COLD_STARTS) | FAR_METRIC_MASK (FAR_METRIC_P50) |
                 FAR_METRIC_MASK (FAR_METRIC_P90) | FAR_METRIC_MASK (FAR_METRIC_P99) |
                 FAR_METRIC_MASK (FAR_METRIC_CONCURRENCY) | FAR_METRIC_MASK (FAR_METRIC_MB_MS) |
                 FAR_METRIC_MASK (FAR_METRIC_COST);
  ret->quantiles = FAR_EXACTNESS_PROVIDER;
  ret->counts = "exact; a minute without a data point is a minute without calls, and the last "
                "three minutes may still change";
  ret->cursor = TRUE;
  ret->logs = TRUE;
  memcpy (ret->missing, missing, sizeof missing);
}

static gboolean
far_aws_get_cost (FarSource *source, gint64 *ret_spent, gint64 *ret_budget)
{
  FarAws *self = FAR_AWS (source);

  *ret_spent = self->spent_picodollars;
  *ret_budget = self->budget_picodollars;
  return TRUE;
}

/* ---- Is it there? ---- */

typedef struct {
  gint64  began_us;
  gint64  from_us, to_us;
  GArray *wanted;
  guint   n_functions;
} Probing;

static void
probing_free (gpointer data)
{
  g_clear_pointer (&((Probing *) data)->wanted, g_array_unref);
  g_free (data);
}

/* Of a minute, its end. */
static gint64
newest_sample (FarAws *self, const Probing *probing)
{
  const FarAwsSeries *series = far_aws_need_series (self, NULL, "Invocations", "Sum", 0, MINUTE_US,
                                                    FAR_AWS_VISIBLE_US);
  gint64 at;

  for (at = probing->to_us - probing->to_us % MINUTE_US; at >= probing->from_us; at -= MINUTE_US)
    if (far_aws_series_get (series, at, 0) > 0)
      return MIN (at + MINUTE_US, probing->to_us);
  return 0;
}

static void
on_probe_metrics (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarAws *self = FAR_AWS (object);
  Probing *probing = g_task_get_task_data (task);
  gint64 took_us = g_get_monotonic_time () - probing->began_us;
  GError *error = NULL;
  FarSourceProbe *probe;

  if (!far_aws_metrics_finish (self, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  probe = far_source_probe_new ();
  probe->n_functions = probing->n_functions;
  probe->sample_us = newest_sample (self, probing);
  probe->skew_us = far_source_http_get_skew_us (self->http[FAR_AWS_LAMBDA]);
  far_source_probe_add (probe, "lambda", TRUE, took_us, "%u functions in %s", probe->n_functions,
                        self->region);
  far_source_probe_add (probe, "cloudwatch", TRUE, took_us, probe->sample_us != 0
                        ? "CloudWatch has figures"
                        : "CloudWatch answers; nothing was called in the last three hours");
  g_task_return_pointer (task, probe, (GDestroyNotify) far_source_probe_free);
}

static void
on_probe_listed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  FarAws *self = FAR_AWS (object);
  Probing *probing = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) functions = far_aws_list_finish (self, result, &error);

  if (functions == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  probing->n_functions = functions->len;
  probing->to_us = far_source_now_us (FAR_SOURCE (self));
  probing->from_us = probing->to_us - PROBE_WINDOW_US;
  probing->from_us -= probing->from_us % MINUTE_US;
  probing->wanted = far_aws_wanted_new ();
  far_aws_wanted_add (probing->wanted, NULL, "Invocations", "Sum",
                      far_aws_need_series (self, NULL, "Invocations", "Sum", 0, MINUTE_US,
                                           FAR_AWS_VISIBLE_US));
  far_aws_metrics_async (self, probing->wanted, probing->from_us, probing->to_us, MINUTE_US,
                         g_task_get_cancellable (task), on_probe_metrics, task);
}

static void
far_aws_probe (FarSource *source, GTask *task)
{
  Probing *probing = g_new0 (Probing, 1);

  probing->began_us = g_get_monotonic_time ();
  g_task_set_task_data (task, probing, probing_free);
  far_aws_list_async (FAR_AWS (source), g_task_get_cancellable (task), on_probe_listed, task);
}

/* ---- Settings ---- */

static gboolean
is_region (const char *text)
{
  const char *p;

  for (p = text; *p != '\0'; p++)
    if (!g_ascii_islower (*p) && !g_ascii_isdigit (*p) && *p != '-')
      return FALSE;
  return p > text && p - text <= 32;
}

static gboolean
configure_service (FarAws *self, const FarSourceConfig *config, FarAwsService service,
                   GError **error)
{
  static const char *const hosts[] = { "lambda", "monitoring", "logs" };
  g_autoptr (GHashTable) settings = g_hash_table_new (g_str_hash, g_str_equal);
  const char *endpoint = far_source_setting (config, "endpoint");
  g_autofree char *url = endpoint != NULL
    ? g_strdup (endpoint)
    : g_strdup_printf ("https://%s.%s.%s", hosts[service], self->region,
                       g_str_has_prefix (self->region, "cn-") ? "amazonaws.com.cn"
                                                              : "amazonaws.com");
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  FarSourceConfig one = *config;

  g_hash_table_insert (settings, (char *) "url", url);
  if (far_source_setting (config, "ca_file") != NULL)
    g_hash_table_insert (settings, (char *) "ca_file",
                         (char *) far_source_setting (config, "ca_file"));
  if (far_source_setting (config, "timeout_s") != NULL)
    g_hash_table_insert (settings, (char *) "timeout_s",
                         (char *) far_source_setting (config, "timeout_s"));
  one.settings = settings;
  one.secrets = NULL;
  self->http[service] = far_source_http_new (FAR_SOURCE (self), &one, "", error);
  if (self->http[service] == NULL)
    return FALSE;
  if (!far_source_http_is_private (self->http[service]))
    {
      far_source_set_error (FAR_SOURCE (self), error, FAR_SOURCE_ERROR_SETTINGS,
                            "signed requests go to an https endpoint, or to this machine");
      return FALSE;
    }
  self->host[service] = g_uri_get_port (uri) > 0
    ? g_strdup_printf ("%s:%d", g_uri_get_host (uri), g_uri_get_port (uri))
    : g_strdup (g_uri_get_host (uri));
  return TRUE;
}

static gboolean
read_from (FarAws *self, const FarSourceConfig *config, FarAwsFrom *ret_from, GError **error)
{
  static const char *const names[] = { "any", "environment", "profile", "process" };
  const char *text = far_source_setting (config, "credentials");
  guint i;

  *ret_from = FAR_AWS_FROM_ANYWHERE;
  if (text == NULL)
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], text) == 0)
      {
        *ret_from = (FarAwsFrom) i;
        return TRUE;
      }
  far_source_set_error (FAR_SOURCE (self), error, FAR_SOURCE_ERROR_SETTINGS,
                        "credentials is “%s”; it is environment, profile, process or any", text);
  return FALSE;
}

gboolean
far_aws_configure (FarSource *source, const FarSourceConfig *config, GError **error)
{
  FarAws *self = FAR_AWS (source);
  const char *region = far_source_setting (config, "region");
  gint64 budget_micros;
  FarAwsFrom from;
  guint i;

  if (region == NULL || !is_region (region))
    {
      far_source_set_error (source, error, FAR_SOURCE_ERROR_SETTINGS,
                            "region is “%s”; give one such as eu-central-1",
                            region != NULL ? region : "");
      return FALSE;
    }
  self->region = g_strdup (region);
  self->prefix = g_strdup (far_source_setting (config, "functions_prefix"));
  self->state_path = g_strdup (config->state_path);
  if (!read_from (self, config, &from, error) ||
      !far_source_setting_int (config, "budget_micros_per_month", 0, BUDGET_MICROS_MAX,
                               FAR_AWS_BUDGET_MICROS_DEFAULT, &budget_micros, error))
    return FALSE;
  self->budget_picodollars = budget_micros * 1000000;
  self->credentials = far_aws_credentials_new (from, far_source_setting (config, "profile"),
                                               config->clock);
  for (i = 0; i < FAR_AWS_N_SERVICES; i++)
    if (!configure_service (self, config, i, error))
      return FALSE;
  far_aws_read_account (self);
  return TRUE;
}

/* ---- The type ---- */

static void
far_aws_finalize (GObject *object)
{
  FarAws *self = FAR_AWS (object);
  guint i;

  for (i = 0; i < FAR_AWS_N_SERVICES; i++)
    {
      g_clear_pointer (&self->http[i], far_source_http_free);
      g_free (self->host[i]);
    }
  g_free (self->region);
  g_free (self->prefix);
  g_free (self->state_path);
  far_aws_credentials_free (self->credentials);
  far_aws_cache_free (self->cache);
  g_clear_pointer (&self->functions, g_ptr_array_unref);
  G_OBJECT_CLASS (far_aws_parent_class)->finalize (object);
}

static void
far_aws_class_init (FarAwsClass *class)
{
  FarSourceClass *source_class = FAR_SOURCE_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = far_aws_finalize;
  source_class->describe = far_aws_describe;
  source_class->probe = far_aws_probe;
  source_class->functions = far_aws_functions;
  source_class->series = far_aws_series;
  source_class->logs = far_aws_logs;
  source_class->get_cost = far_aws_get_cost;
}

static void
far_aws_init (FarAws *self)
{
  self->cache = far_aws_cache_new ();
}
