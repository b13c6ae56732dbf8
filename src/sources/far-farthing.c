/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kind "farthingd": another Farthing, through its control API over TLS with a scoped token;
 * and, where market_url is set, its earnings through the market's own API.
 *
 * Single records come by a cursor: `at` of the record before, and the number of the newest that was
 * stored under an earlier time than others before it, because the clock over there was set back.
 * An older one refuses the latter, and is asked without: then such records are not told of.
 * The other side keeps records for a week, so that up to a week of silence is caught up without
 * gaps or doubles. Main thread. */
#include "sources/far-source-private.h"

#include <string.h>

#include "base/far-json.h"
#include "sources/far-farthing-answer.h"

#define PAGE 1000
#define FAR_TYPE_FARTHING (far_farthing_get_type ())
G_DECLARE_FINAL_TYPE (FarFarthing, far_farthing, FAR, FARTHING, FarSource)

struct _FarFarthing {
  FarSource parent_instance;
  FarSourceHttp *http;
  FarSourceHttp *market; /* nullable */
  gboolean       older;  /* it knows of no records that lie behind others; until it fails */
};

G_DEFINE_FINAL_TYPE (FarFarthing, far_farthing, FAR_TYPE_SOURCE)

static void
far_farthing_describe (FarSource *source, FarSourceAbilities *ret)
{
  FarFarthing *self = FAR_FARTHING (source);
  guint n = 0;

  ret->metrics = (1u << FAR_METRIC_N) - 1;
  ret->quantiles = FAR_EXACTNESS_SKETCH;
  ret->cursor = TRUE;
  ret->logs = TRUE;
  ret->invoke = TRUE;
  ret->records = TRUE;
  ret->missing[n++] = (FarSourceMissing){ "spans", "what a function told of its own calls stays "
                                          "where it ran" };
  if (self->market == NULL)
    ret->missing[n++] = (FarSourceMissing){ "earnings", "no market_url is set" };
  if (self->older)
    ret->missing[n++] = (FarSourceMissing){ "history", "it is of a version that does not tell what "
                                            "it recorded after its clock was set back" };
}

/* ---- One question ---- */

/* The root of an answer; NULL with the deployment's name in the error. */
static JsonNode *
take_object (GObject *object, GAsyncResult *result, GError **error)
{
  FarSource *source = FAR_SOURCE (object);
  g_autoptr (FarHttpReply) reply = far_source_http_ask_finish (source, result, error);
  g_autoptr (GError) why = NULL;
  JsonNode *root;
  gsize n_bytes;
  const char *data;

  if (reply == NULL)
    return NULL;
  data = g_bytes_get_data (far_http_reply_get_body (reply), &n_bytes);
  root = far_json_parse_object (data != NULL ? data : "", n_bytes, FAR_SOURCE_REPLY_MAX, &why);
  if (root == NULL)
    far_source_set_error (source, error, FAR_SOURCE_ERROR_ANSWER,
                          "the answer is not that of a farthingd: %s", why->message);
  return root;
}

static void
ask (FarSourceHttp *http, const char *path, GTask *task, GAsyncReadyCallback callback)
{
  FarSourceAsk question = { .method = "GET", .path = path, .idempotent = TRUE };

  far_source_http_ask_async (http, &question, g_task_get_cancellable (task), callback, task);
}

/* ---- Is it there? ---- */

static gboolean
read_status (FarSource *source, JsonObject *status, FarSourceProbe *probe, gint64 took_us,
             GError **error)
{
  gint64 now_us, n_functions;
  const char *state, *version;

  if (!far_json_get_int (status, "now_us", 1, G_MAXINT64 / 2, &now_us, NULL) ||
      !far_json_get_int (status, "functions", 0, FAR_SOURCE_FUNCTIONS_MAX, &n_functions, NULL) ||
      !far_json_get_string (status, "state", 32, &state, NULL) ||
      !far_json_get_string (status, "version", 64, &version, NULL))
    {
      far_source_set_error (source, error, FAR_SOURCE_ERROR_ANSWER,
                            "what answers is no farthingd, or of another version");
      return FALSE;
    }
  probe->n_functions = (guint) n_functions;
  probe->skew_us = now_us - far_source_now_us (source);
  /* Told as of our clock: the newest figures are those of now. */
  probe->sample_us = far_source_now_us (source);
  far_source_probe_add (probe, "answers", TRUE, took_us, "farthingd %.32s answers, %.16s", version,
                        state);
  far_source_probe_add (probe, "running", strcmp (state, "running") == 0, took_us,
                        "its state is “%.16s”", state);
  return TRUE;
}

static void
on_probed (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  gint64 began_us = GPOINTER_TO_SIZE (g_task_get_task_data (task));
  g_autoptr (FarSourceProbe) probe = far_source_probe_new ();
  GError *error = NULL;
  g_autoptr (JsonNode) root = take_object (object, result, &error);

  if (root != NULL && read_status (FAR_SOURCE (object), json_node_get_object (root), probe,
                                   g_get_monotonic_time () - began_us, &error))
    g_task_return_pointer (task, g_steal_pointer (&probe), (GDestroyNotify) far_source_probe_free);
  else
    g_task_return_error (task, error);
}

static void
far_farthing_probe (FarSource *source, GTask *task)
{
  g_task_set_task_data (task, GSIZE_TO_POINTER ((gsize) g_get_monotonic_time ()), NULL);
  ask (FAR_FARTHING (source)->http, "/v1/status", task, on_probed);
}

/* ---- Functions ---- */

static void
on_functions (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GError) wrong = NULL;
  g_autoptr (JsonNode) root = take_object (object, result, &error);
  const char *function = g_task_get_task_data (task);
  GPtrArray *found = NULL;
  guint i;

  if (root != NULL)
    found = far_farthing_parse_functions (json_node_get_object (root), &wrong);
  if (wrong != NULL)
    error = far_source_error (FAR_SOURCE (object), wrong->code, "%s", wrong->message);
  for (i = found != NULL && function != NULL ? found->len : 0; i > 0; i--)
    if (strcmp (((FarSourceFunction *) g_ptr_array_index (found, i - 1))->name, function) != 0)
      g_ptr_array_remove_index (found, i - 1);
  if (found != NULL)
    g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static void
far_farthing_functions (FarSource *source, const char *function, gint64 from_us, gint64 to_us,
                        GTask *task)
{
  g_task_set_task_data (task, g_strdup (function), g_free);
  ask (FAR_FARTHING (source)->http, "/v1/functions", task, on_functions);
}

/* ---- Records ---- */

static void ask_records (FarFarthing *self, GTask *task);

static void
on_records (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarFarthing *self = FAR_FARTHING (object);
  const char *cursor = g_task_get_task_data (task);
  g_autoptr (FarSourceBatch) batch = far_source_batch_new ();
  GError *error = NULL;
  g_autoptr (GError) wrong = NULL;
  g_autoptr (JsonNode) root = take_object (object, result, &error);

  batch->cursor = g_strdup (cursor);
  if (error != NULL && !self->older && strstr (error->message, FAR_FARTHING_BEHIND) != NULL)
    {
      g_error_free (error);
      self->older = TRUE;
      ask_records (self, g_steal_pointer (&task));
      return;
    }
  if (root != NULL &&
      !far_farthing_parse_records (json_node_get_object (root), batch, &wrong))
    error = far_source_error (FAR_SOURCE (object), wrong->code, "%s", wrong->message);
  if (error != NULL)
    {
      /* Whoever answers next may be a newer one. */
      self->older = FALSE;
      g_task_return_error (task, error);
      return;
    }
  batch->more = batch->records->len >= PAGE;
  g_task_return_pointer (task, g_steal_pointer (&batch), (GDestroyNotify) far_source_batch_free);
}

/* Takes task. */
static void
ask_records (FarFarthing *self, GTask *task)
{
  g_autofree char *where = far_farthing_cursor_to_query (g_task_get_task_data (task),
                                                         !self->older);
  g_autofree char *path = g_strdup_printf ("/v1/invocations?%s&limit=%d", where, PAGE);

  ask (self->http, path, task, on_records);
}

static void
far_farthing_pull (FarSource *source, const char *cursor, GTask *task)
{
  g_task_set_task_data (task, g_strdup (cursor != NULL ? cursor : "0"), g_free);
  ask_records (FAR_FARTHING (source), task);
}

/* ---- Logs ---- */

static void
on_logs (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
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
      FarSourceLogLine *line = far_farthing_parse_line (text, length);

      if (line != NULL)
        g_ptr_array_add (lines, line);
      text += length + 1;
    }
  g_task_return_pointer (task, g_steal_pointer (&lines), (GDestroyNotify) g_ptr_array_unref);
}

static void
far_farthing_logs (FarSource *source, const FarSourceLogQuery *query, GTask *task)
{
  GString *path = g_string_new ("/v1/logs?");
  FarSourceAsk question = { .method = "GET", .idempotent = TRUE, .plain = TRUE };

  g_string_append_printf (path, "limit=%u&from_us=%" G_GINT64_FORMAT "&to_us=%" G_GINT64_FORMAT,
                          MIN (query->limit, FAR_SOURCE_LOGS_MAX), query->from_us, query->to_us);
  if (query->function != NULL)
    {
      g_string_append (path, "&function=");
      g_string_append_uri_escaped (path, query->function, NULL, FALSE);
    }
  if (query->contains != NULL)
    {
      g_string_append (path, "&contains=");
      g_string_append_uri_escaped (path, query->contains, NULL, FALSE);
    }
  question.path = path->str;
  far_source_http_ask_async (FAR_FARTHING (source)->http, &question,
                             g_task_get_cancellable (task), on_logs, task);
  g_string_free (path, TRUE);
}

/* ---- Invoke ---- */

static void
on_invoked (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (JsonNode) root = take_object (object, result, &error);
  g_autoptr (FarSourceInvoked) invoked = NULL;
  const char *payload, *text;
  gint64 status;

  if (root != NULL &&
      (!far_json_get_int (json_node_get_object (root), "status", 0, 999, &status, NULL) ||
       !far_json_get_string (json_node_get_object (root), "payload", FAR_SOURCE_REPLY_MAX,
                             &payload, NULL)))
    error = far_source_error (FAR_SOURCE (object), FAR_SOURCE_ERROR_ANSWER,
                              "the answer to an invocation cannot be understood");
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  invoked = g_new0 (FarSourceInvoked, 1);
  invoked->status = (guint) status;
  invoked->payload = g_bytes_new (payload, strlen (payload));
  if (far_json_has (json_node_get_object (root), "function_error") &&
      far_json_get_string (json_node_get_object (root), "function_error", 64, &text, NULL))
    invoked->function_error = g_strdup (text);
  if (far_json_has (json_node_get_object (root), "request_id") &&
      far_json_get_string (json_node_get_object (root), "request_id", 64, &text, NULL))
    invoked->request_id = g_strdup (text);
  g_task_return_pointer (task, g_steal_pointer (&invoked),
                         (GDestroyNotify) far_source_invoked_free);
}

static void
far_farthing_invoke (FarSource *source, const char *function, GBytes *payload, gboolean async,
                     GTask *task)
{
  g_autofree char *name = g_uri_escape_string (function, NULL, FALSE);
  g_autofree char *path = g_strdup_printf ("/v1/functions/%s/invocations?type=%s", name,
                                           async ? "Event" : "RequestResponse");
  FarSourceAsk question = { .method = "POST", .path = path, .body = payload,
                            .content_type = "application/json" };

  far_source_http_ask_async (FAR_FARTHING (source)->http, &question,
                             g_task_get_cancellable (task), on_invoked, task);
}

/* ---- Money ---- */

static void
on_money (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  JsonNode *root = take_object (object, result, &error);

  if (root != NULL)
    g_task_return_pointer (task, root, (GDestroyNotify) json_node_unref);
  else
    g_task_return_error (task, error);
}

/* Whom to ask what: journal and margin are the control API's, the rest the market's. */
static char *
money_path (FarSourceMoney what, const char *query, gboolean *ret_market)
{
  static const char *const paths[] = {
    [FAR_SOURCE_EARNINGS] = "/earnings", [FAR_SOURCE_JOURNAL] = "/v1/journal",
    [FAR_SOURCE_MARGIN] = "/v1/margin", [FAR_SOURCE_PAYOUTS] = "/payouts",
    [FAR_SOURCE_TRACE] = "/earnings/trace", [FAR_SOURCE_STATEMENT] = "/statements",
  };

  *ret_market = what != FAR_SOURCE_JOURNAL && what != FAR_SOURCE_MARGIN;
  if (query == NULL)
    return g_strdup (paths[what]);
  return g_strconcat (paths[what], what == FAR_SOURCE_STATEMENT ? "/" : "?", query, NULL);
}

static void
far_farthing_money (FarSource *source, FarSourceMoney what, const char *query, GTask *task)
{
  FarFarthing *self = FAR_FARTHING (source);
  gboolean of_market;
  g_autofree char *path = money_path (what, query, &of_market);

  if (!of_market)
    ask (self->http, path, task, on_money);
  else if (self->market != NULL)
    ask (self->market, path, task, on_money);
  else
    {
      g_task_return_error (task, far_source_error (source, FAR_SOURCE_ERROR_UNSUPPORTED,
                                                   "no market_url is set, so that its earnings "
                                                   "cannot be asked for"));
      g_object_unref (task);
    }
}

/* ---- Settings ---- */

/* The market is reached at an address and with a token of its own, by the same trust. */
static gboolean
configure_market (FarFarthing *self, const FarSourceConfig *config, GError **error)
{
  static const char *const shared[] = { "ca_file", "pin", "timeout_s" };
  g_autoptr (GHashTable) settings = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  FarSourceConfig market = *config;
  guint i;

  if (far_source_setting (config, "market_url") == NULL)
    return TRUE;
  g_hash_table_insert (settings, (char *) "url",
                       (char *) far_source_setting (config, "market_url"));
  for (i = 0; i < G_N_ELEMENTS (shared); i++)
    if (far_source_setting (config, shared[i]) != NULL)
      g_hash_table_insert (settings, (char *) shared[i],
                           (char *) far_source_setting (config, shared[i]));
  if (far_source_secret (config, "publisher_token") != NULL)
    g_hash_table_insert (secrets, (char *) "token",
                         (char *) far_source_secret (config, "publisher_token"));
  market.settings = settings;
  market.secrets = secrets;
  self->market = far_source_http_new (FAR_SOURCE (self), &market, "", error);
  return self->market != NULL;
}

gboolean
far_farthing_configure (FarSource *source, const FarSourceConfig *config, GError **error)
{
  FarFarthing *self = FAR_FARTHING (source);

  if (far_source_secret (config, "token") == NULL)
    {
      far_source_set_error (source, error, FAR_SOURCE_ERROR_SETTINGS,
                            "the secret “token” is missing; make one over there with "
                            "“farthingctl token add”");
      return FALSE;
    }
  self->http = far_source_http_new (source, config, "", error);
  return self->http != NULL && configure_market (self, config, error);
}

/* ---- The type ---- */

static void
far_farthing_finalize (GObject *object)
{
  FarFarthing *self = FAR_FARTHING (object);

  g_clear_pointer (&self->http, far_source_http_free);
  g_clear_pointer (&self->market, far_source_http_free);
  G_OBJECT_CLASS (far_farthing_parent_class)->finalize (object);
}

static void
far_farthing_class_init (FarFarthingClass *class)
{
  FarSourceClass *source_class = FAR_SOURCE_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = far_farthing_finalize;
  source_class->describe = far_farthing_describe;
  source_class->probe = far_farthing_probe;
  source_class->functions = far_farthing_functions;
  source_class->logs = far_farthing_logs;
  source_class->invoke = far_farthing_invoke;
  source_class->pull = far_farthing_pull;
  source_class->money = far_farthing_money;
}

static void
far_farthing_init (FarFarthing *self)
{
}
