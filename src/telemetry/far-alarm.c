/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the state machine of an alarm and the JSON form of its rule. */
#include "telemetry/far-alarm.h"

#include <string.h>

G_DEFINE_QUARK (far-alarm-error-quark, far_alarm_error)

static const char *const state_names[FAR_ALARM_N_STATES] = { "ok", "alarm", "no_data" };
static const char *const no_data_names[] = { "no_data", "ok", "alarm", "keep" };

const char *
far_alarm_state_to_string (FarAlarmState state)
{
  g_return_val_if_fail ((guint) state < FAR_ALARM_N_STATES, NULL);

  return state_names[state];
}

void
far_alarm_rule_clear (FarAlarmRule *rule)
{
  g_free (rule->id);
  g_free (rule->name);
  g_free (rule->metric);
  g_free (rule->function);
  g_free (rule->webhook);
  memset (rule, 0, sizeof *rule);
}

/* ---- A rule from JSON ---- */

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, FAR_ALARM_ERROR, FAR_ALARM_ERROR_RULE, text);
  return FALSE;
}

/* Absent and null leave what is there. */
static gboolean
take_text (JsonObject *object, const char *name, gsize len_max, char **text, GError **error)
{
  const char *value;

  if (!far_json_has (object, name))
    return TRUE;
  if (!far_json_get_string (object, name, len_max, &value, error))
    return FALSE;
  *text = *value != '\0' ? g_strdup (value) : NULL;
  return TRUE;
}

static gboolean
take_int (JsonObject *object, const char *name, gint64 max, gint64 *value, GError **error)
{
  return !far_json_has (object, name) || far_json_get_int (object, name, 0, max, value, error);
}

static gboolean
take_flag (JsonObject *object, const char *name, gboolean *value, GError **error)
{
  return !far_json_has (object, name) || far_json_get_bool (object, name, value, error);
}

static gboolean
take_words (JsonObject *object, FarAlarmRule *rule, GError **error)
{
  const char *compare, *no_data = no_data_names[0];
  guint i;

  if (!far_json_get_string (object, "compare", 16, &compare, error) ||
      (far_json_has (object, "no_data") &&
       !far_json_get_string (object, "no_data", 16, &no_data, error)))
    return FALSE;
  rule->below = strcmp (compare, "below") == 0;
  if (!rule->below && strcmp (compare, "above") != 0)
    return refuse (error, "compare must be “above” or “below”");
  for (i = 0; i < G_N_ELEMENTS (no_data_names); i++)
    if (strcmp (no_data, no_data_names[i]) == 0)
      {
        rule->no_data = i;
        return TRUE;
      }
  return refuse (error, "no_data must be “no_data”, “ok”, “alarm” or “keep”");
}

static gboolean
take_limits (JsonObject *object, FarAlarmRule *rule, GError **error)
{
  gint64 window_s = 300, for_s = 0, clear_for_s = 0, n_min = 0;

  if (!far_json_get_int (object, "threshold", -G_MAXINT64, G_MAXINT64, &rule->threshold, error) ||
      !take_int (object, "window_s", FAR_ALARM_WINDOW_S_MAX, &window_s, error) ||
      !take_int (object, "for_s", FAR_ALARM_FOR_S_MAX, &for_s, error) ||
      !take_int (object, "clear_for_s", FAR_ALARM_FOR_S_MAX, &clear_for_s, error) ||
      !take_int (object, "n_min", G_MAXINT32, &n_min, error))
    return FALSE;
  rule->window_s = (guint) window_s;
  rule->for_s = (guint) for_s;
  rule->clear_for_s = (guint) clear_for_s;
  rule->n_min = (guint64) n_min;
  rule->clear = rule->threshold;
  rule->has_clear = far_json_has (object, "clear");
  if (!rule->has_clear)
    return TRUE;
  if (!far_json_get_int (object, "clear", -G_MAXINT64, G_MAXINT64, &rule->clear, error))
    return FALSE;
  if (rule->below ? rule->clear < rule->threshold : rule->clear > rule->threshold)
    return refuse (error, "clear must lie on the good side of threshold: below it with “above”, "
                          "above it with “below”");
  return TRUE;
}

static gboolean
is_id (const char *id)
{
  return id != NULL && *id != '\0' && strlen (id) <= FAR_ALARM_ID_MAX &&
         strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen (id);
}

gboolean
far_alarm_rule_parse (JsonObject *object, const char *id, FarAlarmRule *ret_rule, GError **error)
{
  g_auto (FarAlarmRule) rule = { .enabled = TRUE };

  if (id != NULL)
    rule.id = g_strdup (id);
  else if (!take_text (object, "id", FAR_ALARM_ID_MAX, &rule.id, error))
    return FALSE;
  if (rule.id != NULL && !is_id (rule.id))
    return refuse (error, "id must be lower-case letters, digits and “-”");
  if (!take_text (object, "name", FAR_ALARM_NAME_MAX, &rule.name, error) ||
      !take_text (object, "metric", FAR_ALARM_METRIC_MAX, &rule.metric, error) ||
      !take_text (object, "function", FAR_ALARM_NAME_MAX, &rule.function, error) ||
      !take_text (object, "webhook", FAR_ALARM_URL_MAX, &rule.webhook, error) ||
      !take_flag (object, "enabled", &rule.enabled, error) ||
      !take_words (object, &rule, error) || !take_limits (object, &rule, error))
    return FALSE;
  if (rule.name == NULL || rule.metric == NULL)
    return refuse (error, "name and metric are needed");
  *ret_rule = rule;
  memset (&rule, 0, sizeof rule);
  return TRUE;
}

void
far_alarm_rule_write (const FarAlarmRule *rule, FarJsonWriter *writer)
{
  far_json_add_string (writer, "id", rule->id);
  far_json_add_string (writer, "name", rule->name);
  far_json_add_bool (writer, "enabled", rule->enabled);
  far_json_add_bool (writer, "builtin", rule->builtin);
  far_json_add_string (writer, "metric", rule->metric);
  far_json_add_string (writer, "function", rule->function);
  far_json_add_int (writer, "window_s", rule->window_s);
  far_json_add_string (writer, "compare", rule->below ? "below" : "above");
  far_json_add_int (writer, "threshold", rule->threshold);
  if (rule->has_clear)
    far_json_add_int (writer, "clear", rule->clear);
  else
    far_json_add_null (writer, "clear");
  far_json_add_int (writer, "for_s", rule->for_s);
  far_json_add_int (writer, "clear_for_s", rule->clear_for_s);
  far_json_add_int (writer, "n_min", (gint64) rule->n_min);
  far_json_add_string (writer, "no_data", no_data_names[rule->no_data]);
  far_json_add_string (writer, "webhook", rule->webhook);
}

/* ---- States ---- */

FarAlarm *
far_alarm_new (FarAlarmRule *rule, gint64 now_us)
{
  FarAlarm *self = g_new0 (FarAlarm, 1);

  self->rule = *rule;
  memset (rule, 0, sizeof *rule);
  self->state = self->wanted = FAR_ALARM_NO_DATA;
  self->since_us = self->wanted_us = now_us;
  return self;
}

void
far_alarm_free (FarAlarm *self)
{
  if (self == NULL)
    return;
  far_alarm_rule_clear (&self->rule);
  g_free (self);
}

void
far_alarm_restore (FarAlarm *self, FarAlarmState state, gint64 since_us)
{
  self->state = self->wanted = state;
  self->since_us = since_us;
}

void
far_alarm_set_rule (FarAlarm *self, FarAlarmRule *rule)
{
  far_alarm_rule_clear (&self->rule);
  self->rule = *rule;
  memset (rule, 0, sizeof *rule);
  self->wanted = self->state;
}

static FarAlarmState
read_figure (const FarAlarm *self, gboolean has_value, gint64 value, guint64 n)
{
  const FarAlarmRule *rule = &self->rule;
  gint64 limit;

  if (!has_value || n < rule->n_min)
    switch (rule->no_data)
      {
      case FAR_NO_DATA_OK:
        return FAR_ALARM_OK;
      case FAR_NO_DATA_ALARM:
        return FAR_ALARM_ALARM;
      case FAR_NO_DATA_KEEP:
        return self->state;
      case FAR_NO_DATA_SAYS_SO:
      default:
        return FAR_ALARM_NO_DATA;
      }
  /* An alarm ends only beyond clear. */
  limit = self->state == FAR_ALARM_ALARM ? rule->clear : rule->threshold;
  if (rule->below)
    return value < limit ? FAR_ALARM_ALARM : FAR_ALARM_OK;
  return value > limit ? FAR_ALARM_ALARM : FAR_ALARM_OK;
}

/* How long the figure must have said so. The first figure after no data counts at once unless it
 * raises the alarm. */
static gint64
patience_us (const FarAlarm *self)
{
  switch (self->wanted)
    {
    case FAR_ALARM_ALARM:
      return (gint64) self->rule.for_s * G_USEC_PER_SEC;
    case FAR_ALARM_OK:
      return self->state == FAR_ALARM_ALARM ? (gint64) self->rule.clear_for_s * G_USEC_PER_SEC : 0;
    case FAR_ALARM_NO_DATA:
    default:
      return (gint64) MAX (self->rule.for_s, self->rule.clear_for_s) * G_USEC_PER_SEC;
    }
}

gboolean
far_alarm_evaluate (FarAlarm *self, gboolean has_value, gint64 value, guint64 n, gint64 now_us,
                    FarAlarmState *ret_from)
{
  FarAlarmState wanted = read_figure (self, has_value, value, n);

  self->has_value = has_value;
  self->value = has_value ? value : 0;
  self->n = n;
  /* A clock that was set back must not make the wait endless. */
  if (wanted != self->wanted || now_us < self->wanted_us)
    {
      self->wanted = wanted;
      self->wanted_us = now_us;
    }
  if (wanted == self->state || now_us - self->wanted_us < patience_us (self))
    return FALSE;
  *ret_from = self->state;
  self->state = wanted;
  self->since_us = now_us;
  return TRUE;
}

char *
far_alarm_describe (const FarAlarm *self, const char *unit)
{
  const FarAlarmRule *rule = &self->rule;
  const char *of = rule->function != NULL ? rule->function : "all functions";
  gboolean counts = g_str_equal (unit, "count"); /* of things that the metric names */
  g_autofree char *where = rule->window_s > 0 ? g_strdup_printf (" of %s", of) : g_strdup ("");

  if (!self->has_value)
    return g_strdup_printf ("%s: %s%s is not reported", rule->name, rule->metric, where);
  return g_strdup_printf ("%s: %s%s is %" G_GINT64_FORMAT "%s%s, the limit is %s %"
                          G_GINT64_FORMAT, rule->name, rule->metric, where, self->value,
                          counts ? "" : " ", counts ? "" : unit,
                          rule->below ? "at least" : "at most", rule->threshold);
}
