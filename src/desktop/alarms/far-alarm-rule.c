/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform checks rules; nothing is checked twice. */
#include "desktop/alarms/far-alarm-rule.h"

#include "base/far-json.h"

/**
 * far_alarm_rule_init:
 * @info: its strings are borrowed for as long as @self is used
 */
void
far_alarm_rule_init (FarAlarmRule *self, const FarAlarmInfo *info)
{
  *self = (FarAlarmRule) {
    .name = info->name,
    .metric = info->metric,
    .function = info->function,
    .compare = info->compare,
    .no_data = info->no_data,
    .webhook = info->webhook,
    .window_s = info->window_s,
    .threshold = info->threshold,
    .clear = info->clear,
    .for_s = info->for_s,
    .clear_for_s = info->clear_for_s,
    .n_min = info->n_min,
    .enabled = info->enabled,
  };
}

static void
add_nullable (FarJsonWriter *writer, const char *name, const char *text)
{
  if (text == NULL || text[0] == '\0')
    far_json_add_null (writer, name);
  else
    far_json_add_string (writer, name, text);
}

/* Returns: (transfer full) */
GBytes *
far_alarm_rule_to_json (const FarAlarmRule *self)
{
  g_auto (FarJsonWriter) writer = { 0 };
  gsize length;
  char *text;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "name", self->name);
  far_json_add_bool (&writer, "enabled", self->enabled);
  far_json_add_string (&writer, "metric", self->metric);
  add_nullable (&writer, "function", self->function);
  far_json_add_string (&writer, "compare", self->compare);
  far_json_add_int (&writer, "threshold", self->threshold);
  if (self->clear != self->threshold)
    far_json_add_int (&writer, "clear", self->clear);
  else
    far_json_add_null (&writer, "clear");
  far_json_add_int (&writer, "window_s", self->window_s);
  far_json_add_int (&writer, "for_s", self->for_s);
  far_json_add_int (&writer, "clear_for_s", self->clear_for_s);
  far_json_add_int (&writer, "n_min", self->n_min);
  far_json_add_string (&writer, "no_data", self->no_data);
  add_nullable (&writer, "webhook", self->webhook);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, &length);
  return g_bytes_new_take (text, length);
}
