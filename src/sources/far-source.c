/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the table of kinds, what all sources share, and the asynchronous faces of their virtual
 * functions. */
#include "sources/far-source-private.h"

#include <string.h>

typedef struct {
  char     *id;
  const FarSourceKind *kind;
  FarClock *clock;
} FarSourcePrivate;

G_DEFINE_QUARK (far-source-error-quark, far_source_error)
G_DEFINE_TYPE_WITH_PRIVATE (FarSource, far_source, G_TYPE_OBJECT)

#define PRIVATE(self) ((FarSourcePrivate *) far_source_get_instance_private (self))

static const char *const prometheus_settings[] = {
  "url", "profile", "ca_file", "pin", "user", "timeout_s", "interval_s", "function_label",
  "invocations", "errors", "throttles", "cold_starts", "concurrency", "duration_bucket",
  "duration_unit", NULL
};
static const char *const http_secrets[] = { "token", "password", NULL };

static const char *const farthingd_settings[] = {
  "url", "ca_file", "pin", "timeout_s", "market_url", NULL
};
static const char *const farthingd_secrets[] = { "token", "publisher_token", NULL };

static const char *const openfaas_settings[] = {
  "url", "ca_file", "pin", "timeout_s", "user", NULL
};

static const char *const aws_settings[] = {
  "region", "profile", "credentials", "endpoint", "ca_file", "timeout_s", "functions_prefix",
  "budget_micros_per_month", NULL
};
static const char *const no_secrets[] = { NULL };

static const char *const otlp_settings[] = { "service_name", NULL };

static const FarSourceKind kinds[] = {
  { "farthingd", far_farthing_get_type, farthingd_settings, farthingd_secrets,
    far_farthing_configure },
  { "prometheus", far_prometheus_get_type, prometheus_settings, http_secrets,
    far_prometheus_configure },
  { "openfaas", far_openfaas_get_type, openfaas_settings, http_secrets, far_openfaas_configure },
  { "otlp", far_otlp_source_get_type, otlp_settings, no_secrets, far_otlp_source_configure },
  { "aws", far_aws_get_type, aws_settings, no_secrets, far_aws_configure },
};

const char *const *
far_source_kinds (void)
{
  static const char *names[G_N_ELEMENTS (kinds) + 1];
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    names[i] = kinds[i].name;
  return names;
}

static void
far_source_finalize (GObject *object)
{
  FarSourcePrivate *private = PRIVATE (FAR_SOURCE (object));

  g_free (private->id);
  g_clear_pointer (&private->clock, far_clock_unref);
  G_OBJECT_CLASS (far_source_parent_class)->finalize (object);
}

static void
far_source_class_init (FarSourceClass *class)
{
  G_OBJECT_CLASS (class)->finalize = far_source_finalize;
}

static void
far_source_init (FarSource *self)
{
}

/* ---- Settings ---- */

const char *
far_source_setting (const FarSourceConfig *config, const char *name)
{
  const char *value = config->settings != NULL ? g_hash_table_lookup (config->settings, name)
                                               : NULL;

  return value != NULL && *value != '\0' ? value : NULL;
}

const char *
far_source_secret (const FarSourceConfig *config, const char *name)
{
  const char *value = config->secrets != NULL ? g_hash_table_lookup (config->secrets, name) : NULL;

  return value != NULL && *value != '\0' ? value : NULL;
}

gboolean
far_source_setting_int (const FarSourceConfig *config, const char *name, gint64 min, gint64 max,
                        gint64 otherwise, gint64 *ret_value, GError **error)
{
  const char *text = far_source_setting (config, name);

  *ret_value = otherwise;
  if (text == NULL || g_ascii_string_to_signed (text, 10, min, max, ret_value, NULL))
    return TRUE;
  g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
               "%s: %s is “%s”; give a whole number from %" G_GINT64_FORMAT " to %"
               G_GINT64_FORMAT, config->id, name, text, min, max);
  return FALSE;
}

static gboolean
check_names (const FarSourceConfig *config, GHashTable *given, const char *const *known,
             const char *what, GError **error)
{
  GHashTableIter iter;
  gpointer name, value;

  if (given == NULL)
    return TRUE;
  g_hash_table_iter_init (&iter, given);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autofree char *list = g_strjoinv (", ", (char **) known);

      if (g_strv_contains (known, name) && strlen (value) <= FAR_SOURCE_SETTING_MAX)
        continue;
      g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                   g_strv_contains (known, name)
                     ? "%s: the %s “%s” is longer than a kilobyte (known: %s)"
                     : "%s: there is no %s “%s” for this kind; it takes %s",
                   config->id, what, (const char *) name, *list != '\0' ? list : "none");
      return FALSE;
    }
  return TRUE;
}

static const FarSourceKind *
find_kind (const char *name)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i].name, name) == 0)
      return &kinds[i];
  return NULL;
}

FarSource *
far_source_new (const FarSourceConfig *config, GError **error)
{
  const FarSourceKind *kind = find_kind (config->kind);
  g_autoptr (FarSource) self = NULL;

  if (kind == NULL)
    {
      g_autofree char *list = g_strjoinv (", ", (char **) far_source_kinds ());

      g_set_error (error, FAR_SOURCE_ERROR, FAR_SOURCE_ERROR_SETTINGS,
                   "%s: there is no kind “%s”; it is one of %s", config->id,
                   config->kind != NULL ? config->kind : "", list);
      return NULL;
    }
  if (!check_names (config, config->settings, kind->settings, "setting", error) ||
      !check_names (config, config->secrets, kind->secrets, "secret", error))
    return NULL;
  self = g_object_new (kind->get_type (), NULL);
  PRIVATE (self)->id = g_strdup (config->id);
  PRIVATE (self)->kind = kind;
  PRIVATE (self)->clock = far_clock_ref (config->clock);
  if (!kind->configure (self, config, error))
    return NULL;
  return g_steal_pointer (&self);
}

const char *
far_source_get_id (FarSource *self)
{
  return PRIVATE (self)->id;
}

const char *
far_source_get_kind (FarSource *self)
{
  return PRIVATE (self)->kind->name;
}

FarClock *
far_source_get_clock (FarSource *self)
{
  return PRIVATE (self)->clock;
}

gint64
far_source_now_us (FarSource *self)
{
  return far_clock_now_us (PRIVATE (self)->clock);
}

void
far_source_describe (FarSource *self, FarSourceAbilities *ret_abilities)
{
  memset (ret_abilities, 0, sizeof *ret_abilities);
  FAR_SOURCE_GET_CLASS (self)->describe (self, ret_abilities);
}

gboolean
far_source_get_cost (FarSource *self, gint64 *ret_spent_picodollars,
                     gint64 *ret_budget_picodollars)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);

  return class->get_cost != NULL &&
         class->get_cost (self, ret_spent_picodollars, ret_budget_picodollars);
}

/* ---- Errors ---- */

static GError *
new_error (FarSource *self, FarSourceError code, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);

  return g_error_new (FAR_SOURCE_ERROR, code, "%s: %s", PRIVATE (self)->id, text);
}

GError *
far_source_error (FarSource *self, FarSourceError code, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = new_error (self, code, format, args);
  va_end (args);
  return error;
}

void
far_source_set_error (FarSource *self, GError **error, FarSourceError code, const char *format,
                      ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, new_error (self, code, format, args));
  va_end (args);
}

/* ---- Questions ---- */

static GTask *
new_task (FarSource *self, gboolean can, const char *what, GCancellable *cancellable,
          GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  if (can)
    return task;
  g_task_return_error (task, far_source_error (self, FAR_SOURCE_ERROR_UNSUPPORTED,
                                               "%s has no %s", PRIVATE (self)->kind->name, what));
  g_object_unref (task);
  return NULL;
}

static gpointer
finish (FarSource *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
far_source_probe_async (FarSource *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  FAR_SOURCE_GET_CLASS (self)->probe (self, g_task_new (self, cancellable, callback, user_data));
}

FarSourceProbe *
far_source_probe_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

void
far_source_functions_async (FarSource *self, const char *function, gint64 from_us, gint64 to_us,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->functions != NULL, "list of functions", cancellable,
                          callback, user_data);

  if (task != NULL)
    class->functions (self, function, from_us, to_us, task);
}

GPtrArray *
far_source_functions_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

/* FALSE: task has ended. */
static gboolean
check_steps (FarSource *self, const FarSourceSeriesQuery *query, GTask *task)
{
  if (query->step_us < G_USEC_PER_SEC || query->from_us >= query->to_us || query->from_us < 0 ||
      (query->to_us - query->from_us) / query->step_us >= FAR_SOURCE_POINTS_MAX - 1)
    {
      g_task_return_error (task, far_source_error (self, FAR_SOURCE_ERROR_QUERY,
                                                   "a series has at most %d points of whole "
                                                   "seconds; ask for a longer step",
                                                   FAR_SOURCE_POINTS_MAX - 2));
      g_object_unref (task);
      return FALSE;
    }
  return TRUE;
}

void
far_source_series_async (FarSource *self, const FarSourceSeriesQuery *query,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->series != NULL, "series", cancellable, callback, user_data);

  if (task != NULL && check_steps (self, query, task))
    class->series (self, query, task);
}

void
far_source_heat_async (FarSource *self, const FarSourceSeriesQuery *query,
                       GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->heat != NULL,
                          "histograms of durations, of which heat maps are made", cancellable,
                          callback, user_data);

  if (task != NULL && check_steps (self, query, task))
    class->heat (self, query, task);
}

FarSourceHeat *
far_source_heat_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

FarSourceSeries *
far_source_series_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

void
far_source_logs_async (FarSource *self, const FarSourceLogQuery *query, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->logs != NULL, "logs", cancellable, callback, user_data);

  if (task != NULL)
    class->logs (self, query, task);
}

GPtrArray *
far_source_logs_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

void
far_source_invoke_async (FarSource *self, const char *function, GBytes *payload, gboolean async,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->invoke != NULL, "way to invoke", cancellable, callback,
                          user_data);

  if (task != NULL)
    class->invoke (self, function, payload, async, task);
}

FarSourceInvoked *
far_source_invoke_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

void
far_source_pull_async (FarSource *self, const char *cursor, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->pull != NULL, "single records", cancellable, callback,
                          user_data);

  if (task != NULL)
    class->pull (self, cursor, task);
}

FarSourceBatch *
far_source_pull_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}

void
far_source_money_async (FarSource *self, FarSourceMoney what, const char *query,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
  FarSourceClass *class = FAR_SOURCE_GET_CLASS (self);
  GTask *task = new_task (self, class->money != NULL, "ledger, from which money comes alone",
                          cancellable, callback, user_data);

  if (task != NULL)
    class->money (self, what, query, task);
}

JsonNode *
far_source_money_finish (FarSource *self, GAsyncResult *result, GError **error)
{
  return finish (self, result, error);
}
