/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answers about alarms: list, add, change, delete, test, history. */
#include "platform/far-control-private.h"

#include <string.h>

#include "platform/far-alarms.h"
#include "telemetry/far-query.h"

#define HISTORY_DEFAULT 100

void
far_control_add_alarm (FarJsonWriter *writer, const char *name, const FarAlarm *alarm)
{
  const FarAlarmMetric *metric = far_alarms_find_metric (alarm->rule.metric);
  const char *unit = metric != NULL ? metric->unit : "";
  g_autofree char *text = far_alarm_describe (alarm, unit);

  far_json_begin_object (writer, name);
  far_alarm_rule_write (&alarm->rule, writer);
  far_json_add_string (writer, "unit", unit);
  far_json_add_string (writer, "state", far_alarm_state_to_string (alarm->state));
  far_json_add_bool (writer, "pending", alarm->wanted != alarm->state);
  far_json_add_int (writer, "since_us", alarm->since_us);
  if (alarm->has_value)
    far_json_add_int (writer, "value", alarm->value);
  else
    far_json_add_null (writer, "value");
  if (alarm->n != G_MAXUINT64)
    far_json_add_int (writer, "n", (gint64) alarm->n);
  else
    far_json_add_null (writer, "n");
  far_json_add_string (writer, "text", text);
  far_json_end_object (writer);
}

/* NULL, and answered, where there are no alarms. */
static FarAlarms *
need_alarms (FarControlRequest *request)
{
  FarAlarms *alarms = request->control->alarms;

  if (alarms == NULL)
    far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "no_alarms",
                       "This platform evaluates no alarms");
  return alarms;
}

static const FarAlarm *
need_alarm (FarControlRequest *request, FarAlarms **ret_alarms)
{
  FarAlarms *alarms = need_alarms (request);
  const FarAlarm *alarm = alarms != NULL ? far_alarms_find (alarms, request->name) : NULL;

  *ret_alarms = alarms;
  if (alarms != NULL && alarm == NULL)
    far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_alarm",
                       "There is no alarm “%s”; GET /v1/alarms lists them", request->name);
  return alarm;
}

static void
answer_alarm (FarControlRequest *request, guint status, const FarAlarm *alarm)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_control_add_alarm (&writer, NULL, alarm);
  far_control_answer (request, status, &writer);
}

static void
answer_empty (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_alarms (FarControlRequest *request)
{
  FarAlarms *alarms = need_alarms (request);
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  if (alarms == NULL)
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "alarms");
  for (i = 0; i < far_alarms_n (alarms); i++)
    far_control_add_alarm (&writer, NULL, far_alarms_nth (alarms, i));
  far_json_end_array (&writer);
  far_json_begin_array (&writer, "metrics");
  for (i = 0; i < far_alarms_n_metrics (); i++)
    {
      const FarAlarmMetric *metric = far_alarms_nth_metric (i);

      far_json_begin_object (&writer, NULL);
      far_json_add_string (&writer, "name", metric->name);
      far_json_add_string (&writer, "unit", metric->unit);
      far_json_add_string (&writer, "kind", metric->system ? "system" : "function");
      far_json_add_string (&writer, "description", metric->description);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_add_string (&writer, "webhook_secret", far_alarms_secret_path (alarms));
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

/* Takes error. */
static void
refuse (FarControlRequest *request, GError *error)
{
  g_autoptr (GError) taken = error;

  if (g_error_matches (taken, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_EXISTS) ||
      g_error_matches (taken, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_BUILTIN))
    far_control_error (request, SOUP_STATUS_CONFLICT, "conflict", "%s", taken->message);
  else if (taken->domain == G_FILE_ERROR)
    far_control_error (request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "%s",
                       taken->message);
  else
    far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", taken->message);
}

void
far_control_add_alarm_rule (FarControlRequest *request)
{
  FarAlarms *alarms = need_alarms (request);
  g_auto (FarAlarmRule) rule = { 0 };
  const FarAlarm *alarm = NULL;
  GError *error = NULL;

  if (alarms == NULL)
    return;
  if (far_alarm_rule_parse (json_node_get_object (request->body), NULL, &rule, &error))
    alarm = far_alarms_add (alarms, &rule, &error);
  if (alarm != NULL)
    answer_alarm (request, SOUP_STATUS_CREATED, alarm);
  else
    refuse (request, error);
}

void
far_control_put_alarm (FarControlRequest *request)
{
  FarAlarms *alarms;
  const FarAlarm *alarm = need_alarm (request, &alarms);
  g_auto (FarAlarmRule) rule = { 0 };
  GError *error = NULL;

  if (alarm == NULL)
    return;
  alarm = NULL;
  if (far_alarm_rule_parse (json_node_get_object (request->body), request->name, &rule, &error))
    alarm = far_alarms_replace (alarms, &rule, &error);
  if (alarm != NULL)
    answer_alarm (request, SOUP_STATUS_OK, alarm);
  else
    refuse (request, error);
}

void
far_control_delete_alarm (FarControlRequest *request)
{
  FarAlarms *alarms;
  GError *error = NULL;

  if (need_alarm (request, &alarms) == NULL)
    return;
  if (far_alarms_remove (alarms, request->name, &error))
    answer_empty (request);
  else
    refuse (request, error);
}

void
far_control_test_alarm (FarControlRequest *request)
{
  FarAlarms *alarms;

  if (need_alarm (request, &alarms) == NULL)
    return;
  if (far_alarms_test (alarms, request->name))
    answer_empty (request);
  else
    far_control_error (request, SOUP_STATUS_CONFLICT, "conflict",
                       "The alarm “%s” has no webhook, or too many messages are waiting",
                       request->name);
}

/* ---- History: the annotations that the alarm left ---- */

static const char *
state_of_kind (const char *kind)
{
  if (strcmp (kind, "alarm") == 0)
    return "alarm";
  if (strcmp (kind, "alarm_ok") == 0)
    return "ok";
  return strcmp (kind, "alarm_no_data") == 0 ? "no_data" : NULL;
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_auto (FarJsonWriter) writer = { 0 };
  GError *error = NULL;
  g_autoptr (GPtrArray) found = far_telemetry_annotations_finish (NULL, result, &error);
  guint i;

  if (!far_control_take (request, found != NULL, error))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "history");
  for (i = found->len; i > 0; i--)
    {
      const FarAnnotationRecord *record = g_ptr_array_index (found, i - 1);
      const char *state = state_of_kind (record->kind);

      if (state == NULL)
        continue;
      far_json_begin_object (&writer, NULL);
      far_json_add_int (&writer, "time_us", record->time_us);
      far_json_add_string (&writer, "state", state);
      far_json_add_string (&writer, "text", record->text);
      far_json_end_object (&writer);
    }
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_alarm_history (FarControlRequest *request)
{
  FarAnnotationQuery query = { 0 };
  FarAlarms *alarms;
  gint64 limit;

  if (need_alarm (request, &alarms) == NULL ||
      !far_control_query_int (request, "limit", 1, FAR_CONTROL_LIMIT_MAX, HISTORY_DEFAULT,
                              &limit))
    return;
  query.subject = request->name;
  query.limit = (guint) limit;
  far_control_request_pause (request);
  far_telemetry_annotations_async (request->control->telemetry, &query, request->cancellable,
                                   on_history, request);
}
