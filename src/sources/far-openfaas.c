/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kind "openfaas": a gateway's own REST API, with basic authentication.
 *
 * It tells how often each function was called so far, and nothing of how long that took (its
 * Prometheus does: kind "prometheus", profile "openfaas"). So each probe is a sighting of the
 * counters; what happened while nobody looked is a gap. Main thread. */
#include "sources/far-source-private.h"

#include <math.h>
#include <string.h>

#include "sources/far-counter-log.h"
#include "sources/far-openfaas-answer.h"

#define GAP_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define FAR_TYPE_OPENFAAS (far_openfaas_get_type ())
G_DECLARE_FINAL_TYPE (FarOpenfaas, far_openfaas, FAR, OPENFAAS, FarSource)

typedef struct {
  FarCounterLog log;
  gint64 replicas;
  gint64 memory_mb;
} Function;

struct _FarOpenfaas {
  FarSource parent_instance;
  FarSourceHttp *http;
  GHashTable *functions; /* name → Function */
  gint64 seen_us;        /* the last sighting */
};

G_DEFINE_FINAL_TYPE (FarOpenfaas, far_openfaas, FAR_TYPE_SOURCE)

static void
far_openfaas_describe (FarSource *source, FarSourceAbilities *ret)
{
  static const FarSourceMissing missing[] = {
    { "errors", "a gateway counts calls, not how they ended; watch its Prometheus for that" },
    { "throttles", "a gateway counts calls, not how they ended" },
    { "quantiles", "a gateway does not tell how long calls took; its Prometheus does" },
    { "cold_starts", "OpenFaaS does not count them" },
    { "cost", "there is no list price" },
    { "invocations", "a gateway does not tell single calls" },
    { "history", "counted from when the watching began; what was missed is a gap" },
    { "earnings", "money comes from a ledger alone" },
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (missing) < FAR_SOURCE_MISSING_MAX);
  ret->metrics = FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS);
  ret->quantiles = FAR_EXACTNESS_NONE;
  ret->counts = "differences of the gateway's counters between two looks";
  ret->logs = TRUE;
  ret->invoke = TRUE;
  memcpy (ret->missing, missing, sizeof missing);
}

static void
function_free (gpointer data)
{
  Function *function = data;

  far_counter_log_clear (&function->log);
  g_free (function);
}

/* ---- A look at the counters ---- */

static void
take_look (FarOpenfaas *self, GPtrArray *found, gint64 now_us)
{
  g_autoptr (GHashTable) there = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer name;
  guint i;

  for (i = 0; i < found->len; i++)
    {
      const FarOpenfaasFunction *one = g_ptr_array_index (found, i);
      Function *function = g_hash_table_lookup (self->functions, one->name);

      if (function == NULL)
        {
          function = g_new0 (Function, 1);
          far_counter_log_init (&function->log, GAP_US);
          g_hash_table_insert (self->functions, g_strdup (one->name), function);
        }
      far_counter_log_add (&function->log, now_us, one->invocations);
      function->replicas = one->replicas;
      function->memory_mb = one->memory_mb;
      g_hash_table_add (there, one->name);
    }
  /* One that was deleted is not listed any more. */
  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (there, name))
      g_hash_table_iter_remove (&iter);
  self->seen_us = now_us;
}

static GPtrArray *
read_functions (FarOpenfaas *self, FarHttpReply *reply, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  gsize n_bytes;
  const char *data = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  GPtrArray *found = far_openfaas_parse_functions (data != NULL ? data : "", n_bytes, &wrong);

  if (found == NULL)
    far_source_set_error (FAR_SOURCE (self), error, wrong->code, "%s", wrong->message);
  return found;
}

static void
on_probed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarOpenfaas *self = FAR_OPENFAAS (object);
  GError *error = NULL;
  g_autoptr (FarHttpReply) reply = far_source_http_ask_finish (FAR_SOURCE (object), result,
                                                               &error);
  g_autoptr (GPtrArray) found = reply != NULL ? read_functions (self, reply, &error) : NULL;
  gint64 now_us = far_source_now_us (FAR_SOURCE (object));
  FarSourceProbe *probe;

  if (found == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  take_look (self, found, now_us);
  probe = far_source_probe_new ();
  probe->sample_us = now_us;
  probe->n_functions = found->len;
  probe->skew_us = far_source_http_get_skew_us (self->http);
  far_source_probe_add (probe, "answers", TRUE,
                        g_get_monotonic_time () -
                          (gint64) GPOINTER_TO_SIZE (g_task_get_task_data (task)),
                        "%s answers as an OpenFaaS gateway",
                        far_source_http_get_url (self->http));
  g_task_return_pointer (task, probe, (GDestroyNotify) far_source_probe_free);
}

static void
far_openfaas_probe (FarSource *source, GTask *task)
{
  FarSourceAsk ask = { .method = "GET", .path = "/system/functions", .idempotent = TRUE };

  g_task_set_task_data (task, GSIZE_TO_POINTER ((gsize) g_get_monotonic_time ()), NULL);
  far_source_http_ask_async (FAR_OPENFAAS (source)->http, &ask, g_task_get_cancellable (task),
                             on_probed, task);
}

/* ---- Figures, of what was seen ---- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(FarSourceFunction *const *) a)->name, (*(FarSourceFunction *const *) b)->name);
}

/* Counted is what was watched of the window; of none of it, nothing is known. */
static FarSourceFunction *
make_function (const char *name, const Function *function, gint64 from_us, gint64 to_us)
{
  FarSourceFunction *one = far_source_function_new (name);
  const GArray *seen = function->log.seen;
  gint64 first_us = seen->len > 0 ? g_array_index (seen, FarCounterSeen, 0).time_us : to_us;
  gint64 start_us = MAX (from_us, first_us);
  double count = 0;

  if (start_us < to_us)
    far_counter_log_series (&function->log, start_us, to_us - start_us, to_us, &count, 1);
  one->values[FAR_METRIC_INVOCATIONS] = seen->len > 1 && start_us < to_us ? count : NAN;
  one->counted_from_us = start_us > from_us ? start_us : 0;
  one->instances = function->replicas;
  one->memory_mb = function->memory_mb;
  return one;
}

static void
far_openfaas_functions (FarSource *source, const char *only, gint64 from_us, gint64 to_us,
                        GTask *task)
{
  FarOpenfaas *self = FAR_OPENFAAS (source);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_function_free);
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (only == NULL || strcmp (only, name) == 0)
      g_ptr_array_add (list, make_function (name, value, from_us, to_us));
  g_ptr_array_sort (list, compare_names);
  g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
  g_object_unref (task);
}

/* A function that was not there, or not seen, leaves the sum of the others as it is; a point that
 * none was seen in is a gap. */
static void
add_points (FarSourceSeries *series, const Function *function)
{
  g_autofree double *points = g_new0 (double, series->n_points);
  double *sum = series->values[FAR_METRIC_INVOCATIONS];
  guint i;

  far_counter_log_series (&function->log, series->from_us, series->step_us, series->now_us, points,
                          series->n_points);
  for (i = 0; i < series->n_points; i++)
    if (!isnan (points[i]))
      sum[i] = isnan (sum[i]) ? points[i] : sum[i] + points[i];
}

static void
far_openfaas_series (FarSource *source, const FarSourceSeriesQuery *query, GTask *task)
{
  FarOpenfaas *self = FAR_OPENFAAS (source);
  FarSourceSeries *series =
    far_source_series_new (query->from_us, query->to_us, query->step_us,
                           far_source_now_us (source), FAR_METRIC_MASK (FAR_METRIC_INVOCATIONS));
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, self->functions);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (query->function == NULL || strcmp (query->function, name) == 0)
      add_points (series, value);
  series->provisional_from_us = self->seen_us;
  g_task_return_pointer (task, series, (GDestroyNotify) far_source_series_free);
  g_object_unref (task);
}

/* ---- Logs ---- */

typedef struct {
  char  *contains; /* nullable: in small letters */
  gint64 to_us;
} LogsAsked;

static void
logs_asked_free (gpointer data)
{
  g_free (((LogsAsked *) data)->contains);
  g_free (data);
}

static gboolean
is_wanted (const LogsAsked *asked, const FarSourceLogLine *line)
{
  return line != NULL && line->time_us < asked->to_us &&
         far_source_log_line_contains (line, asked->contains);
}

static void
on_logs (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  LogsAsked *asked = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (FarHttpReply) reply = far_source_http_ask_finish (FAR_SOURCE (object), result,
                                                               &error);
  g_autoptr (GPtrArray) lines = NULL;
  const char *text, *end;
  gsize n_bytes;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  lines = g_ptr_array_new_with_free_func ((GDestroyNotify) far_source_log_line_free);
  text = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  for (end = text + n_bytes; text != NULL && text < end && lines->len < FAR_SOURCE_LOGS_MAX;)
    {
      const char *stop = memchr (text, '\n', (gsize) (end - text));
      gsize length = stop != NULL ? (gsize) (stop - text) : (gsize) (end - text);
      FarSourceLogLine *line = far_openfaas_parse_line (text, length);

      if (is_wanted (asked, line))
        g_ptr_array_add (lines, line);
      else
        g_clear_pointer (&line, far_source_log_line_free);
      text += length + 1;
    }
  g_task_return_pointer (task, g_steal_pointer (&lines), (GDestroyNotify) g_ptr_array_unref);
}

static void
far_openfaas_logs (FarSource *source, const FarSourceLogQuery *query, GTask *task)
{
  g_autofree char *since = far_time_to_rfc3339 (query->from_us);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  FarSourceAsk ask = { .method = "GET", .idempotent = TRUE, .plain = TRUE };
  LogsAsked *asked;

  if (query->function == NULL)
    {
      g_task_return_error (task, far_source_error (source, FAR_SOURCE_ERROR_UNSUPPORTED,
                                                   "an OpenFaaS gateway has logs of one function "
                                                   "at a time; name one"));
      g_object_unref (task);
      return;
    }
  name = g_uri_escape_string (query->function, NULL, FALSE);
  path = g_strdup_printf ("/system/logs?name=%s&since=%s&tail=%u&follow=false", name, since,
                          MIN (query->limit, FAR_SOURCE_LOGS_MAX));
  ask.path = path;
  asked = g_new0 (LogsAsked, 1);
  asked->contains = query->contains != NULL ? g_ascii_strdown (query->contains, -1) : NULL;
  asked->to_us = query->to_us > 0 ? query->to_us : G_MAXINT64;
  g_task_set_task_data (task, asked, logs_asked_free);
  far_source_http_ask_async (FAR_OPENFAAS (source)->http, &ask, g_task_get_cancellable (task),
                             on_logs, task);
}

/* ---- Invoke ---- */

static void
on_invoked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (FarHttpReply) reply = far_source_http_ask_finish (FAR_SOURCE (object), result,
                                                               &error);
  FarSourceInvoked *invoked;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  invoked = g_new0 (FarSourceInvoked, 1);
  invoked->status = far_http_reply_get_status (reply);
  invoked->payload = g_bytes_ref (far_http_reply_get_body (reply));
  invoked->request_id = g_strdup (far_http_reply_get_header (reply, "X-Call-Id"));
  if (invoked->status >= 500)
    invoked->function_error = g_strdup ("Unhandled");
  g_task_return_pointer (task, invoked, (GDestroyNotify) far_source_invoked_free);
}

static void
far_openfaas_invoke (FarSource *source, const char *function, GBytes *payload, gboolean async,
                     GTask *task)
{
  g_autofree char *name = g_uri_escape_string (function, NULL, FALSE);
  g_autofree char *path = g_strconcat (async ? "/async-function/" : "/function/", name, NULL);
  FarSourceAsk ask = { .method = "POST", .path = path, .body = payload, .any_status = TRUE,
                       .content_type = "application/json", .plain = TRUE };

  far_source_http_ask_async (FAR_OPENFAAS (source)->http, &ask, g_task_get_cancellable (task),
                             on_invoked, task);
}

/* ---- The type ---- */

gboolean
far_openfaas_configure (FarSource *source, const FarSourceConfig *config, GError **error)
{
  FarOpenfaas *self = FAR_OPENFAAS (source);

  self->http = far_source_http_new (source, config, "admin", error);
  return self->http != NULL;
}

static void
far_openfaas_finalize (GObject *object)
{
  FarOpenfaas *self = FAR_OPENFAAS (object);

  g_clear_pointer (&self->http, far_source_http_free);
  g_clear_pointer (&self->functions, g_hash_table_unref);
  G_OBJECT_CLASS (far_openfaas_parent_class)->finalize (object);
}

static void
far_openfaas_class_init (FarOpenfaasClass *class)
{
  FarSourceClass *source_class = FAR_SOURCE_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = far_openfaas_finalize;
  source_class->describe = far_openfaas_describe;
  source_class->probe = far_openfaas_probe;
  source_class->functions = far_openfaas_functions;
  source_class->series = far_openfaas_series;
  source_class->logs = far_openfaas_logs;
  source_class->invoke = far_openfaas_invoke;
}

static void
far_openfaas_init (FarOpenfaas *self)
{
  self->functions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, function_free);
}
