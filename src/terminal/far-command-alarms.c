/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl alarms: list, add, remove, enable, disable, test, history. Exits with 1 if an alarm
 * is raised, so that a script can ask. */
#include <stdio.h>
#include <string.h>

#include "client/far-telemetry-types.h"
#include "terminal/far-asking.h"
#include "terminal/far-range.h"

typedef struct {
  char  *name;
  char  *function;
  char  *webhook;
  char  *no_data;
  char  *clear;
  gint64 window_s;
  gint64 for_s;
  gint64 clear_for_s;
  gint64 n_min;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->name);
  g_free (self->function);
  g_free (self->webhook);
  g_free (self->no_data);
  g_free (self->clear);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static char *
with_unit (gboolean known, gint64 value, const char *unit)
{
  if (!known)
    return g_strdup ("not reported");
  if (strcmp (unit, "us") == 0)
    return far_terminal_duration (value);
  if (strcmp (unit, "ppm") == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT ".%02d %%", value / 10000,
                            (int) (value / 100 % 100));
  return strcmp (unit, "count") == 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, value)
                                     : g_strdup_printf ("%" G_GINT64_FORMAT " %s", value, unit);
}

static int
print_list (FarTerminal *self, const FarAsking *asking, GPtrArray *alarms)
{
  static const char *const titles[] = { "STATE", "SINCE", "ID", "WHAT", "IS", "LIMIT", NULL };
  FarTable *table = far_table_new ("lrllrr", titles);
  int code = FAR_EXIT_OK;
  guint i;

  for (i = 0; i < alarms->len; i++)
    {
      const FarAlarmInfo *alarm = g_ptr_array_index (alarms, i);
      g_autofree char *limit = with_unit (TRUE, alarm->threshold, alarm->unit);
      g_autofree char *name = far_terminal_clean (alarm->name);

      if (alarm->enabled && strcmp (alarm->state, "alarm") == 0)
        code = FAR_EXIT_FAILED;
      far_table_add (table, g_strdup (alarm->enabled ? alarm->state : "disabled"),
                     far_range_format_time (alarm->since_us, asking->now_us, asking->zone),
                     far_terminal_clean (alarm->id), g_steal_pointer (&name),
                     with_unit (alarm->has_value, alarm->value, alarm->unit),
                     g_strdup_printf ("%s %s", strcmp (alarm->compare, "below") == 0 ? "≥" : "≤",
                                      limit));
    }
  far_table_print (table, self);
  return code;
}

static int
list (FarTerminal *self, const FarAsking *asking)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, "/v1/alarms", &error);
  g_autoptr (GPtrArray) alarms = NULL;
  guint i;

  if (node != NULL)
    alarms = far_alarms_parse (json_node_get_object (node), &error);
  if (alarms == NULL)
    return far_terminal_fail (error);
  if (!self->json)
    return print_list (self, asking, alarms);
  far_asking_print (node);
  for (i = 0; i < alarms->len; i++)
    {
      const FarAlarmInfo *alarm = g_ptr_array_index (alarms, i);

      if (alarm->enabled && strcmp (alarm->state, "alarm") == 0)
        return FAR_EXIT_FAILED;
    }
  return FAR_EXIT_OK;
}

/* Sends and shows what came of it. */
static int
act (FarTerminal *self, const char *method, const char *id, const char *end, FarJsonWriter *body,
     const char *done)
{
  g_autofree char *escaped = id != NULL ? g_uri_escape_string (id, NULL, FALSE) : NULL;
  g_autofree char *url = g_strconcat ("/v1/alarms", id != NULL ? "/" : "",
                                      id != NULL ? escaped : "", end, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_send (self, method, url, body, &error);

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_asking_print (node);
  else
    puts (done);
  return FAR_EXIT_OK;
}

static gboolean
parse_number (const char *text, gint64 *ret_value)
{
  return text != NULL &&
         g_ascii_string_to_signed (text, 10, -G_MAXINT64, G_MAXINT64, ret_value, NULL);
}

/* add METRIC above|below LIMIT */
static int
add (FarTerminal *self, int argc, char **argv, const Options *options)
{
  g_auto (FarJsonWriter) writer = { 0 };
  gint64 threshold, clear = 0;

  if (argc != 5 || !parse_number (argv[4], &threshold) ||
      (options->clear != NULL && !parse_number (options->clear, &clear)))
    return far_terminal_usage ("say add METRIC above|below LIMIT, with whole numbers in the "
                               "metric's unit; see farthingctl alarms --help");
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "name", options->name != NULL ? options->name : argv[2]);
  far_json_add_string (&writer, "metric", argv[2]);
  far_json_add_string (&writer, "compare", argv[3]);
  far_json_add_int (&writer, "threshold", threshold);
  if (options->clear != NULL)
    far_json_add_int (&writer, "clear", clear);
  far_json_add_string (&writer, "function", options->function);
  far_json_add_string (&writer, "webhook", options->webhook);
  far_json_add_string (&writer, "no_data",
                       options->no_data != NULL ? options->no_data : "no_data");
  far_json_add_int (&writer, "window_s", options->window_s);
  far_json_add_int (&writer, "for_s", options->for_s);
  far_json_add_int (&writer, "clear_for_s", options->clear_for_s);
  far_json_add_int (&writer, "n_min", options->n_min);
  far_json_end_object (&writer);
  return act (self, "POST", NULL, "", &writer, "Added.");
}

/* The rule as it is, with enabled changed. */
static int
set_enabled (FarTerminal *self, const char *id, gboolean enabled)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, "/v1/alarms", &error);
  JsonArray *alarms;
  guint i;

  if (node == NULL)
    return far_terminal_fail (error);
  alarms = json_object_get_array_member (json_node_get_object (node), "alarms");
  for (i = 0; alarms != NULL && i < json_array_get_length (alarms); i++)
    {
      JsonObject *alarm = json_array_get_object_element (alarms, i);
      g_autoptr (JsonNode) changed = NULL;
      g_auto (FarJsonWriter) writer = { 0 };

      if (g_strcmp0 (json_object_get_string_member_with_default (alarm, "id", ""), id) != 0)
        continue;
      json_object_set_boolean_member (alarm, "enabled", enabled);
      changed = json_node_init_object (json_node_alloc (), alarm);
      far_json_writer_init (&writer);
      far_json_add_node (&writer, NULL, changed);
      return act (self, "PUT", id, "", &writer, enabled ? "Enabled." : "Disabled.");
    }
  g_printerr ("farthingctl: there is no alarm “%s”; see farthingctl alarms\n", id);
  return FAR_EXIT_FAILED;
}

static int
history (FarTerminal *self, const FarAsking *asking, const char *id)
{
  static const char *const titles[] = { "TIME", "STATE", "WHAT", NULL };
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *url = g_strdup_printf ("/v1/alarms/%s/history", escaped);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, url, &error);
  JsonArray *changes;
  FarTable *table;
  guint i;

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  changes = json_object_get_array_member (json_node_get_object (node), "history");
  table = far_table_new ("lll", titles);
  for (i = 0; changes != NULL && i < json_array_get_length (changes); i++)
    {
      JsonObject *one = json_array_get_object_element (changes, i);

      far_table_add (table,
                     far_range_format_time (json_object_get_int_member (one, "time_us"),
                                            asking->now_us, asking->zone),
                     g_strdup (json_object_get_string_member (one, "state")),
                     far_terminal_clean (json_object_get_string_member (one, "text")));
    }
  far_table_print (table, self);
  return FAR_EXIT_OK;
}

int
far_command_alarms (FarTerminal *self, int argc, char **argv)
{
  g_auto (FarAsking) asking = { 0 };
  g_auto (Options) options = { .window_s = 300 };
  const GOptionEntry entries[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, "For people", "TEXT" },
    { "function", 0, 0, G_OPTION_ARG_STRING, &options.function, "Of this one only", "NAME" },
    { "window", 0, 0, G_OPTION_ARG_INT64, &options.window_s, "Taken from so many seconds (300)",
      "S" },
    { "clear", 0, 0, G_OPTION_ARG_STRING, &options.clear, "Ends only beyond this", "LIMIT" },
    { "for", 0, 0, G_OPTION_ARG_INT64, &options.for_s, "Only after so long (0)", "S" },
    { "clear-for", 0, 0, G_OPTION_ARG_INT64, &options.clear_for_s, "Ends only after (0)", "S" },
    { "min-samples", 0, 0, G_OPTION_ARG_INT64, &options.n_min, "Fewer are no data (0)", "N" },
    { "no-data", 0, 0, G_OPTION_ARG_STRING, &options.no_data,
      "What no data means: no_data, ok, alarm, keep", "STATE" },
    { "webhook", 0, 0, G_OPTION_ARG_STRING, &options.webhook, "Tell this address", "URL" },
    { "zone", 0, 0, G_OPTION_ARG_STRING, &asking.zone_name, "Time zone (the machine's)", "NAME" },
    G_OPTION_ENTRY_NULL
  };
  const char *what;
  int code;

  if (!far_terminal_parse (self, far_command_find ("alarms"), entries, &argc, &argv, &code))
    return code;
  what = argc > 1 ? argv[1] : "list";
  code = far_asking_open (&asking, self, "1h");
  if (code != FAR_EXIT_OK)
    return code;
  if (strcmp (what, "list") == 0 && argc <= 2)
    return list (self, &asking);
  if (strcmp (what, "add") == 0)
    return add (self, argc, argv, &options);
  if (argc != 3)
    return far_terminal_usage ("say list, add, remove ID, enable ID, disable ID, test ID or "
                               "history ID");
  if (strcmp (what, "remove") == 0)
    return act (self, "DELETE", argv[2], "", NULL, "Removed.");
  if (strcmp (what, "enable") == 0 || strcmp (what, "disable") == 0)
    return set_enabled (self, argv[2], *what == 'e');
  if (strcmp (what, "test") == 0)
    return act (self, "POST", argv[2], "/test", NULL, "A test message is on its way.");
  if (strcmp (what, "history") == 0)
    return history (self, &asking, argv[2]);
  return far_terminal_usage ("there is no “alarms %s”; see farthingctl alarms --help", what);
}
