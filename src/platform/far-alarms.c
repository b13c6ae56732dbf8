/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the alarms: their file, their evaluation, what happens when one changes.
 *
 * The file holds the rules and the states, so that a restart neither forgets an alarm nor tells of
 * it again. It is written whole, beside and renamed. */
#include "platform/far-alarms-private.h"

#include <string.h>

#include "telemetry/far-query.h"

#define FILE_NAME "alarms.json"
#define SECRET_NAME "webhook.secret"
#define FILE_BYTES_MAX (1024 * 1024)

G_DEFINE_QUARK (far-alarms-error-quark, far_alarms_error)

/* What a live publication dies of. */
static const char *const builtin_rules[] = {
  "{\"id\":\"disk\",\"name\":\"The disk is nearly full\",\"metric\":\"disk_free_ppm\","
  "\"compare\":\"below\",\"threshold\":50000,\"clear\":80000,\"window_s\":0}",
  "{\"id\":\"wal\",\"name\":\"A database is not checkpointed\",\"metric\":\"wal_bytes\","
  "\"compare\":\"above\",\"threshold\":268435456,\"clear\":134217728,\"for_s\":60,\"window_s\":0}",
  "{\"id\":\"telemetry-dropped\",\"name\":\"Telemetry is dropped\","
  "\"metric\":\"telemetry_dropped\",\"compare\":\"above\",\"threshold\":0,\"window_s\":0}",
  "{\"id\":\"degraded\",\"name\":\"A helper program does not come back\","
  "\"metric\":\"degraded_s\",\"compare\":\"above\",\"threshold\":10,\"window_s\":0}",
  "{\"id\":\"webhook-age\",\"name\":\"Payment notices are not worked in\","
  "\"metric\":\"webhook_age_s\",\"compare\":\"above\",\"threshold\":900,\"window_s\":0}",
  "{\"id\":\"dead-letters\",\"name\":\"Events failed for good\",\"metric\":\"dead_letters\","
  "\"compare\":\"above\",\"threshold\":0,\"window_s\":0}",
  "{\"id\":\"payout-mismatch\",\"name\":\"Payouts do not match the books\","
  "\"metric\":\"payout_mismatch_micros\",\"compare\":\"above\",\"threshold\":0,\"window_s\":0}",
  "{\"id\":\"ledger\",\"name\":\"The ledger does not verify\",\"metric\":\"ledger_broken\","
  "\"compare\":\"above\",\"threshold\":0,\"window_s\":0}",
  "{\"id\":\"errors\",\"name\":\"Invocations fail\",\"metric\":\"error_ppm\","
  "\"compare\":\"above\",\"threshold\":50000,\"clear\":20000,\"for_s\":60,\"clear_for_s\":60,"
  "\"n_min\":20,\"no_data\":\"ok\"}",
  "{\"id\":\"throttles\",\"name\":\"Requests are refused\",\"metric\":\"throttle_ppm\","
  "\"compare\":\"above\",\"threshold\":10000,\"clear\":1000,\"for_s\":60,\"clear_for_s\":60,"
  "\"n_min\":20,\"no_data\":\"ok\"}",
};

/* ---- Entries ---- */

static void
entry_free (FarAlarmEntry *entry)
{
  far_alarm_free (entry->alarm);
  g_free (entry);
}

void
far_alarm_entry_drop (FarAlarmEntry *entry)
{
  entry->owner = NULL;
  entry->removed = TRUE;
  if (!entry->asking)
    entry_free (entry);
}

FarAlarmEntry *
far_alarms_find_entry (FarAlarms *self, const char *id)
{
  guint i;

  for (i = 0; i < self->entries->len; i++)
    {
      FarAlarmEntry *entry = g_ptr_array_index (self->entries, i);

      if (strcmp (entry->alarm->rule.id, id) == 0)
        return entry;
    }
  return NULL;
}

FarAlarmEntry *
far_alarms_add_entry (FarAlarms *self, FarAlarmRule *rule)
{
  FarAlarmEntry *entry = g_new0 (FarAlarmEntry, 1);

  entry->owner = self;
  entry->alarm = far_alarm_new (rule, far_clock_now_us (self->clock));
  g_ptr_array_add (self->entries, entry);
  return entry;
}

/* ---- The file ---- */

gboolean
far_alarms_save (FarAlarms *self, GError **error)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "alarms");
  for (i = 0; i < self->entries->len; i++)
    {
      const FarAlarm *alarm = ((FarAlarmEntry *) g_ptr_array_index (self->entries, i))->alarm;

      far_json_begin_object (&writer, NULL);
      far_alarm_rule_write (&alarm->rule, &writer);
      far_json_add_string (&writer, "state", far_alarm_state_to_string (alarm->state));
      far_json_add_int (&writer, "since_us", alarm->since_us);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  return g_file_set_contents_full (self->path, writer.text->str, (gssize) writer.text->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static gboolean
load_one (FarAlarms *self, JsonObject *object, GError **error)
{
  g_auto (FarAlarmRule) rule = { 0 };
  const char *state;
  gint64 since_us;
  gboolean builtin;
  FarAlarmEntry *entry;
  guint i;

  if (!far_alarm_rule_parse (object, NULL, &rule, error) ||
      !far_json_get_bool (object, "builtin", &builtin, error) ||
      !far_json_get_string (object, "state", 16, &state, error) ||
      !far_json_get_int (object, "since_us", 0, G_MAXINT64, &since_us, error))
    return FALSE;
  if (rule.id == NULL)
    return TRUE;
  rule.builtin = builtin;
  entry = far_alarms_find_entry (self, rule.id);
  if (entry != NULL)
    far_alarm_set_rule (entry->alarm, &rule);
  else if (!builtin)
    entry = far_alarms_add_entry (self, &rule);
  for (i = 0; entry != NULL && i < FAR_ALARM_N_STATES; i++)
    if (strcmp (state, far_alarm_state_to_string (i)) == 0)
      far_alarm_restore (entry->alarm, i, since_us);
  return TRUE;
}

static gboolean
load (FarAlarms *self, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autoptr (GError) why = NULL;
  JsonArray *alarms;
  gsize length;
  guint i;

  if (!g_file_test (self->path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (g_file_get_contents (self->path, &text, &length, &why))
    root = far_json_parse_object (text, length, FILE_BYTES_MAX, &why);
  if (root != NULL && far_json_get_array (json_node_get_object (root), "alarms", FAR_ALARMS_MAX,
                                          &alarms, &why))
    {
      for (i = 0; why == NULL && i < json_array_get_length (alarms); i++)
        if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (alarms, i)))
          load_one (self, json_array_get_object_element (alarms, i), &why);
    }
  if (why == NULL)
    return TRUE;
  g_set_error (error, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_FILE,
               "The alarms in %s cannot be read: %s. Mend the file, or move it away to begin with "
               "the ones that are built in", self->path, why->message);
  return FALSE;
}

static void
add_builtin (FarAlarms *self)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (builtin_rules); i++)
    {
      g_autoptr (JsonNode) node = far_json_parse_object (builtin_rules[i],
                                                         strlen (builtin_rules[i]), 4096, NULL);
      FarAlarmRule rule;

      if (!far_alarm_rule_parse (json_node_get_object (node), NULL, &rule, NULL))
        g_assert_not_reached ();
      rule.builtin = TRUE;
      far_alarms_add_entry (self, &rule);
    }
}

/* ---- What happens when one changes ---- */

void
far_alarms_send_webhook (FarAlarms *self, const FarAlarm *alarm, const char *type,
                         FarAlarmState from)
{
  const FarAlarmMetric *metric = far_alarms_find_metric (alarm->rule.metric);
  g_autofree char *text = far_alarm_describe (alarm, metric != NULL ? metric->unit : "");
  g_auto (FarJsonWriter) writer = { 0 };

  if (alarm->rule.webhook == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "type", type);
  far_json_add_time (&writer, "timestamp", far_clock_now_us (self->clock));
  far_json_begin_object (&writer, "data");
  far_json_add_string (&writer, "alarm", alarm->rule.id);
  far_json_add_string (&writer, "name", alarm->rule.name);
  far_json_add_string (&writer, "metric", alarm->rule.metric);
  far_json_add_string (&writer, "function", alarm->rule.function);
  far_json_add_string (&writer, "from", far_alarm_state_to_string (from));
  far_json_add_string (&writer, "state", far_alarm_state_to_string (alarm->state));
  if (alarm->has_value)
    far_json_add_int (&writer, "value", alarm->value);
  else
    far_json_add_null (&writer, "value");
  far_json_add_int (&writer, "threshold", alarm->rule.threshold);
  far_json_add_string (&writer, "text", text);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  far_webhooks_send (self->webhooks, alarm->rule.webhook, writer.text->str);
}

/* What it became is the annotation's kind: "alarm", "alarm_ok", "alarm_no_data". */
static void
annotate (FarAlarms *self, const FarAlarm *alarm)
{
  static const char *const kinds[FAR_ALARM_N_STATES] = { "alarm_ok", "alarm", "alarm_no_data" };
  const FarAlarmMetric *metric = far_alarms_find_metric (alarm->rule.metric);
  g_autofree char *text = far_alarm_describe (alarm, metric != NULL ? metric->unit : "");
  const FarAnnotation annotation = {
    .time_us = far_clock_now_us (self->clock),
    .kind = kinds[alarm->state],
    .function = alarm->rule.function,
    .text = text,
    .subject = alarm->rule.id,
  };

  far_telemetry_annotate (self->telemetry, &annotation);
}

/* TRUE if its state changed. */
static gboolean
take_figure (FarAlarmEntry *entry, gboolean has_value, gint64 value, guint64 n)
{
  FarAlarms *self = entry->owner;
  FarAlarm *alarm = entry->alarm;
  FarAlarmState from;

  if (!far_alarm_evaluate (alarm, has_value, value, n, far_clock_now_us (self->clock), &from))
    return FALSE;
  /* That a new alarm is well, or has nothing to go by, is no news. */
  if (alarm->state == FAR_ALARM_ALARM || from == FAR_ALARM_ALARM)
    {
      annotate (self, alarm);
      far_alarms_send_webhook (self, alarm, "alarm", from);
    }
  if (self->changed != NULL)
    self->changed (alarm, from, self->user_data);
  return TRUE;
}

static void
on_webhook_failed (const char *url, const char *why, gpointer user_data)
{
  FarAlarms *self = user_data;
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  /* The path may be a secret. */
  g_autofree char *text = g_strdup_printf ("The webhook at %s was given up: %s",
                                           uri != NULL ? g_uri_get_host (uri) : "?", why);
  const FarAnnotation annotation = {
    .time_us = far_clock_now_us (self->clock),
    .kind = "webhook_failed",
    .text = text,
  };

  far_telemetry_annotate (self->telemetry, &annotation);
}

/* ---- Evaluation ---- */

static void
on_summary (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarAlarmEntry *entry = user_data;
  g_autoptr (FarSummary) summary = far_telemetry_summary_finish (NULL, result, NULL);

  entry->asking = FALSE;
  if (entry->removed)
    {
      entry_free (entry);
      return;
    }
  if (summary != NULL)
    entry->has_value = far_alarm_read_aggregate (&summary->total, entry->alarm->rule.metric,
                                                 &entry->value, &entry->n);
}

/* The last answer counts until the next one is here. */
static void
ask_database (FarAlarmEntry *entry, gint64 now_us)
{
  FarAlarms *self = entry->owner;
  const FarAlarmRule *rule = &entry->alarm->rule;
  const FarSummaryQuery query = {
    .function = rule->function,
    .from_us = MAX (now_us - (gint64) rule->window_s * G_USEC_PER_SEC, 0),
    .to_us = now_us + 1,
  };

  if (entry->asking || (entry->asked_us != 0 && now_us >= entry->asked_us &&
                        now_us - entry->asked_us < FAR_ALARMS_LONG_INTERVAL_S * G_USEC_PER_SEC))
    return;
  entry->asking = TRUE;
  entry->asked_us = now_us;
  far_telemetry_summary_async (self->telemetry, &query, self->closing, on_summary, entry);
}

static gboolean
evaluate_one (FarAlarms *self, FarAlarmEntry *entry, gint64 now_us)
{
  const FarAlarmRule *rule = &entry->alarm->rule;
  g_auto (FarAggregate) recent = FAR_AGGREGATE_INIT;
  gboolean has_value;
  gint64 value = 0;
  guint64 n = 0;
  guint gauge;

  for (gauge = 0; gauge < FAR_GAUGE_N; gauge++)
    if (strcmp (rule->metric, far_alarms_nth_metric (gauge)->name) == 0)
      return take_figure (entry, self->gauges.known[gauge], self->gauges.values[gauge],
                          G_MAXUINT64);
  if (rule->window_s > FAR_TELEMETRY_WINDOW_MAX_S)
    {
      ask_database (entry, now_us);
      return take_figure (entry, entry->has_value, entry->value, entry->n);
    }
  far_telemetry_recent (self->telemetry, rule->function, MAX (rule->window_s, 1), &recent);
  has_value = far_alarm_read_aggregate (&recent, rule->metric, &value, &n);
  return take_figure (entry, has_value, value, n);
}

void
far_alarms_evaluate (FarAlarms *self)
{
  gint64 now_us = far_clock_now_us (self->clock);
  gboolean changed = FALSE;
  guint i;

  far_gauges_measure (&self->gauges, far_platform_get_data_dir (self->platform), self->platform,
                      self->telemetry, now_us);
  for (i = 0; i < self->entries->len; i++)
    {
      FarAlarmEntry *entry = g_ptr_array_index (self->entries, i);

      if (entry->alarm->rule.enabled)
        changed = evaluate_one (self, entry, now_us) || changed;
    }
  /* A full disk is one of the things there are alarms for: it is not one more error here. */
  if (changed)
    far_alarms_save (self, NULL);
}

static gboolean
on_timer (gpointer user_data)
{
  far_alarms_evaluate (user_data);
  return G_SOURCE_CONTINUE;
}

void
far_alarms_report (FarAlarms *self, FarGauge gauge, gint64 value)
{
  g_return_if_fail ((guint) gauge < FAR_GAUGE_N);

  self->gauges.known[gauge] = TRUE;
  self->gauges.values[gauge] = value;
}

void
far_alarms_forget (FarAlarms *self, FarGauge gauge)
{
  g_return_if_fail ((guint) gauge < FAR_GAUGE_N);

  self->gauges.known[gauge] = FALSE;
}

/* ---- Life ---- */

FarAlarms *
far_alarms_new (const char *dir, FarPlatform *platform, FarTelemetry *telemetry, GError **error)
{
  FarAlarms *self = g_new0 (FarAlarms, 1);

  self->platform = platform;
  self->telemetry = telemetry;
  self->clock = far_clock_ref (far_platform_get_clock (platform));
  self->path = g_build_filename (dir, FILE_NAME, NULL);
  self->secret_path = g_build_filename (dir, SECRET_NAME, NULL);
  self->entries = g_ptr_array_new ();
  self->closing = g_cancellable_new ();
  add_builtin (self);
  self->webhooks = far_webhooks_new (self->secret_path, self->clock, on_webhook_failed, self,
                                     error);
  if (self->webhooks == NULL || !load (self, error))
    {
      far_alarms_free (self);
      return NULL;
    }
  self->timer = g_timeout_add (FAR_ALARMS_INTERVAL_MS, on_timer, self);
  return self;
}

void
far_alarms_free (FarAlarms *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_cancellable_cancel (self->closing);
  g_clear_pointer (&self->webhooks, far_webhooks_free);
  g_ptr_array_set_free_func (self->entries, (GDestroyNotify) far_alarm_entry_drop);
  g_ptr_array_unref (self->entries);
  g_object_unref (self->closing);
  far_clock_unref (self->clock);
  g_free (self->path);
  g_free (self->secret_path);
  g_free (self);
}

void
far_alarms_observe (FarAlarms *self, FarAlarmsChanged changed, gpointer user_data)
{
  self->changed = changed;
  self->user_data = user_data;
}

guint
far_alarms_n (FarAlarms *self)
{
  return self->entries->len;
}

const FarAlarm *
far_alarms_nth (FarAlarms *self, guint index)
{
  return ((FarAlarmEntry *) g_ptr_array_index (self->entries, index))->alarm;
}

const FarAlarm *
far_alarms_find (FarAlarms *self, const char *id)
{
  FarAlarmEntry *entry = far_alarms_find_entry (self, id);

  return entry != NULL ? entry->alarm : NULL;
}

const char *
far_alarms_secret_path (FarAlarms *self)
{
  return self->secret_path;
}
