/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kind "prometheus": any system whose metrics a Prometheus HTTP API serves (Prometheus,
 * VictoriaMetrics, managed ones), by a profile or by PromQL of one's own.
 *
 * Nothing is stored here: the server has the history, so that a question about any time goes to
 * it, and what it has no samples of is a gap. Each question becomes a batch of queries, one a role
 * of the profile, that run side by side. Counters are asked for as increase() over windows of at
 * least two scrapes, which survives resets; quantiles are computed here from the buckets'
 * increases, because the band and the number of samples are wanted too. Main thread. */
#include "sources/far-prometheus-private.h"

#include <math.h>
#include <string.h>

#define INTERVAL_S_DEFAULT 60 /* Prometheus' own, until it is known */
#define INTERVAL_S_MAX 3600
#define SCRAPES_WINDOW_S 600
#define FUNCTIONS_WINDOW_S 3600

G_DEFINE_FINAL_TYPE (FarPrometheus, far_prometheus, FAR_TYPE_SOURCE)

gint64
far_prometheus_now_s (FarPrometheus *self)
{
  return far_source_now_us (FAR_SOURCE (self)) / G_USEC_PER_SEC;
}

/* ---- What it can ---- */

guint
far_prom_role_metrics (const FarPromProfile *profile, FarPromRole role)
{
  static const guint masks[FAR_PROM_N_ROLES] = {
    [FAR_PROM_INVOCATIONS] = FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS),
    [FAR_PROM_ERRORS] = FAR_METRIC_MASK (FAR_METRIC_ERRORS),
    [FAR_PROM_THROTTLES] = FAR_METRIC_MASK (FAR_METRIC_THROTTLES),
    [FAR_PROM_COLD_STARTS] = FAR_METRIC_MASK (FAR_METRIC_COLD_STARTS),
    [FAR_PROM_GB_S] = FAR_METRIC_MASK (FAR_METRIC_MB_MS) | FAR_METRIC_MASK (FAR_METRIC_COST),
    [FAR_PROM_BUCKETS] = FAR_METRIC_MASK (FAR_METRIC_P50) | FAR_METRIC_MASK (FAR_METRIC_P90) |
                         FAR_METRIC_MASK (FAR_METRIC_P99),
    [FAR_PROM_CONCURRENCY] = FAR_METRIC_MASK (FAR_METRIC_CONCURRENCY),
    [FAR_PROM_INSTANCES] = 0,
  };

  return profile->terms[role][0] != NULL ? masks[role] : 0;
}

guint
far_prom_profile_metrics (const FarPromProfile *profile)
{
  guint mask = 0, role;

  for (role = 0; role < FAR_PROM_N_ROLES; role++)
    mask |= far_prom_role_metrics (profile, role);
  return mask;
}

static void
far_prometheus_describe (FarSource *source, FarSourceAbilities *ret)
{
  static const struct { FarMetric metric; const char *what; } optional[] = {
    { FAR_METRIC_ERRORS, "errors" },           { FAR_METRIC_THROTTLES, "throttles" },
    { FAR_METRIC_COLD_STARTS, "cold_starts" }, { FAR_METRIC_P50, "quantiles" },
    { FAR_METRIC_CONCURRENCY, "concurrency" }, { FAR_METRIC_COST, "cost" },
  };
  FarPrometheus *self = FAR_PROMETHEUS (source);
  guint n = 0, i;

  ret->metrics = far_prom_profile_metrics (&self->profile);
  ret->quantiles = self->profile.terms[FAR_PROM_BUCKETS][0] != NULL ? FAR_EXACTNESS_BUCKET
                                                                    : FAR_EXACTNESS_NONE;
  ret->counts = "increase() of counters, which the server extrapolates between scrapes";
  for (i = 0; i < G_N_ELEMENTS (optional); i++)
    if ((ret->metrics & FAR_METRIC_MASK (optional[i].metric)) == 0)
      ret->missing[n++] = (FarSourceMissing){ optional[i].what,
                                              "this profile has no metric of it" };
  ret->missing[n++] = (FarSourceMissing){ "memory", "metrics do not say it" };
  ret->missing[n++] = (FarSourceMissing){ "invocations", "metrics are not single invocations" };
  ret->missing[n++] = (FarSourceMissing){ "logs", "metrics have no lines" };
  ret->missing[n++] = (FarSourceMissing){ "earnings", "money comes from a ledger alone" };
}

/* ---- Is it there? ---- */

enum { PROBE_NEWEST, PROBE_OLD, PROBE_OTHER, PROBE_SCRAPES, PROBE_FUNCTIONS };

/* The largest value of a vector; NaN of an empty one. */
static double
vector_max (GPtrArray *series)
{
  double most = NAN;
  guint i, j;

  for (i = 0; series != NULL && i < series->len; i++)
    {
      const FarPromSeries *one = g_ptr_array_index (series, i);

      for (j = 0; j < one->points->len; j++)
        most = fmax (most, g_array_index (one->points, FarPromPoint, j).value);
    }
  return most;
}

static void
learn_interval (FarPrometheus *self, double scrapes)
{
  if (self->interval_given || !(scrapes >= 2))
    return;
  self->interval_s = (gint64) CLAMP (ceil (SCRAPES_WINDOW_S / scrapes), 1, INTERVAL_S_MAX);
}

static guint
n_named (GPtrArray *series)
{
  guint n = 0, i;

  for (i = 0; series != NULL && i < series->len; i++)
    n += ((FarPromSeries *) g_ptr_array_index (series, i))->function != NULL;
  return n;
}

static void
probe_done (FarPromBatch *batch)
{
  FarPrometheus *self = batch->self;
  FarSourceProbe *probe = far_source_probe_new ();
  gint64 took_us = g_get_monotonic_time () - batch->began_us;
  double newest = vector_max (far_prom_batch_find (batch, PROBE_NEWEST));

  if (isnan (newest) && self->other != NULL &&
      !isnan (vector_max (far_prom_batch_find (batch, PROBE_OTHER))))
    {
      self->profile = *self->other;
      self->other = NULL;
      newest = vector_max (far_prom_batch_find (batch, PROBE_OTHER));
    }
  if (isnan (newest))
    newest = vector_max (far_prom_batch_find (batch, PROBE_OLD));
  if (newest > 0 && newest < 1e12)
    probe->sample_us = (gint64) (newest * G_USEC_PER_SEC);
  probe->skew_us = far_source_http_get_skew_us (self->http);
  probe->n_functions = n_named (far_prom_batch_find (batch, PROBE_FUNCTIONS));
  learn_interval (self, vector_max (far_prom_batch_find (batch, PROBE_SCRAPES)));
  far_source_probe_add (probe, "answers", TRUE, took_us, "%s answers queries",
                        far_source_http_get_url (self->http));
  if (probe->sample_us != 0)
    far_source_probe_add (probe, "metrics", TRUE, took_us,
                          "has metrics of the profile “%s”, about every %" G_GINT64_FORMAT " s",
                          self->profile.name, self->interval_s);
  else
    far_source_probe_add (probe, "metrics", FALSE, took_us,
                          "no metric of the profile “%s” in the last 6 hours; is it scraped, and "
                          "is the profile the right one?", self->profile.name);
  g_task_return_pointer (batch->task, probe, (GDestroyNotify) far_source_probe_free);
}

static void
far_prometheus_probe (FarSource *source, GTask *task)
{
  FarPrometheus *self = FAR_PROMETHEUS (source);
  FarPromBatch *batch = far_prom_batch_new (self, task, probe_done);
  gint64 now = far_prometheus_now_s (self);

  far_prom_batch_ask (batch, PROBE_NEWEST, far_prom_query_newest (&self->profile, FALSE), 0, now,
                      0);
  far_prom_batch_ask (batch, PROBE_OLD, far_prom_query_newest (&self->profile, TRUE), 0, now, 0);
  if (self->other != NULL)
    far_prom_batch_ask (batch, PROBE_OTHER, far_prom_query_newest (self->other, FALSE), 0, now, 0);
  far_prom_batch_ask (batch, PROBE_SCRAPES, far_prom_query_scrapes (&self->profile), 0, now, 0);
  far_prom_batch_ask (batch, PROBE_FUNCTIONS,
             far_prom_query_functions (&self->profile, FUNCTIONS_WINDOW_S), 0, now, 0);
  far_prom_batch_release (batch);
}

/* ---- Settings ---- */

static const char *
keep (FarPrometheus *self, const char *text)
{
  char *copy = g_strdup (text);

  g_ptr_array_add (self->strings, copy);
  return copy;
}

static gboolean
read_custom (FarPrometheus *self, const FarSourceConfig *config, GError **error)
{
  static const struct { const char *setting; FarPromRole role; } roles[] = {
    { "invocations", FAR_PROM_INVOCATIONS }, { "errors", FAR_PROM_ERRORS },
    { "throttles", FAR_PROM_THROTTLES },     { "cold_starts", FAR_PROM_COLD_STARTS },
    { "duration_bucket", FAR_PROM_BUCKETS }, { "concurrency", FAR_PROM_CONCURRENCY },
  };
  const char *label = far_source_setting (config, "function_label");
  const char *unit = far_source_setting (config, "duration_unit");
  guint i;

  if (label == NULL || !far_prom_is_label (label) ||
      far_source_setting (config, "invocations") == NULL ||
      (unit != NULL && strcmp (unit, "s") != 0 && strcmp (unit, "ms") != 0))
    {
      far_source_set_error (FAR_SOURCE (self), error, FAR_SOURCE_ERROR_SETTINGS,
                            "the profile “custom” needs function_label (the label that names the "
                            "function) and invocations (a selector, or PromQL with $w for the "
                            "window); duration_unit is s or ms");
      return FALSE;
    }
  self->profile.name = "custom";
  self->profile.label = keep (self, label);
  self->profile.us_per_unit = g_strcmp0 (unit, "ms") == 0 ? 1e3 : 1e6;
  for (i = 0; i < G_N_ELEMENTS (roles); i++)
    if (far_source_setting (config, roles[i].setting) != NULL)
      self->profile.terms[roles[i].role][0] =
        keep (self, far_source_setting (config, roles[i].setting));
  return TRUE;
}

gboolean
far_prometheus_configure (FarSource *source, const FarSourceConfig *config, GError **error)
{
  FarPrometheus *self = FAR_PROMETHEUS (source);
  const char *profile = far_source_setting (config, "profile");
  const FarPromProfile *known = profile != NULL ? far_prom_profile_find (profile) : NULL;

  if (known != NULL)
    self->profile = *known;
  else if (g_strcmp0 (profile, "custom") != 0)
    {
      far_source_set_error (source, error, FAR_SOURCE_ERROR_SETTINGS,
                            "profile is “%s”; it is one of openfaas, knative, knative-otel, "
                            "farthing, custom", profile != NULL ? profile : "");
      return FALSE;
    }
  else if (!read_custom (self, config, error))
    return FALSE;
  if (g_strcmp0 (profile, "knative") == 0)
    self->other = far_prom_profile_find ("knative-otel");
  self->interval_given = far_source_setting (config, "interval_s") != NULL;
  if (!far_source_setting_int (config, "interval_s", 1, INTERVAL_S_MAX, INTERVAL_S_DEFAULT,
                               &self->interval_s, error))
    return FALSE;
  self->http = far_source_http_new (source, config, "admin", error);
  return self->http != NULL;
}

/* ---- The type ---- */

static void
far_prometheus_finalize (GObject *object)
{
  FarPrometheus *self = FAR_PROMETHEUS (object);

  g_clear_pointer (&self->http, far_source_http_free);
  g_clear_pointer (&self->strings, g_ptr_array_unref);
  G_OBJECT_CLASS (far_prometheus_parent_class)->finalize (object);
}

static void
far_prometheus_class_init (FarPrometheusClass *class)
{
  FarSourceClass *source_class = FAR_SOURCE_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = far_prometheus_finalize;
  source_class->describe = far_prometheus_describe;
  source_class->probe = far_prometheus_probe;
  source_class->functions = far_prometheus_functions;
  source_class->series = far_prometheus_series;
  source_class->heat = far_prometheus_heat;
}

static void
far_prometheus_init (FarPrometheus *self)
{
  self->strings = g_ptr_array_new_with_free_func (g_free);
}
