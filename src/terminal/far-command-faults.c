/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl faults: what is broken on purpose. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-terminal.h"

typedef struct {
  char  *delay;
  char  *probability;
  gint64 seconds;
  gint64 seed;
} Options;

/* Returns: (transfer full) (nullable) */
static JsonNode *
ask (FarTerminal *self, const char *method, const char *url, GBytes *body, GError **error)
{
  g_auto (FarWait) wait = { 0 };

  if (far_terminal_connect (self, FALSE, error) == NULL)
    return NULL;
  far_platform_client_request_async (self->platform, method, url, body, NULL, far_wait_done,
                                     &wait);
  return far_platform_client_request_finish (self->platform, far_wait_for (&wait), error);
}

static char *
dup_member (JsonObject *fault, const char *name)
{
  const char *text = json_object_get_string_member_with_default (fault, name, NULL);

  return text != NULL ? far_terminal_clean (text) : g_strdup ("–");
}

static void
print_faults (FarTerminal *self, JsonNode *root)
{
  static const char *const titles[] = { "ID", "TARGET", "FAULT", "DELAY", "CHANCE", "LEFT", "HIT",
                                        NULL };
  JsonArray *faults = json_object_get_array_member (json_node_get_object (root), "faults");
  guint n = faults != NULL ? json_array_get_length (faults) : 0;
  FarTable *table;
  guint i;

  if (n == 0)
    {
      puts ("Nothing is broken on purpose.");
      return;
    }
  table = far_table_new ("rlllrrr", titles);
  for (i = 0; i < n; i++)
    {
      JsonObject *fault = json_array_get_object_element (faults, i);
      gint64 left_s = json_object_get_int_member_with_default (fault, "left_s", -1);
      gint64 ppm = json_object_get_int_member (fault, "probability_ppm");
      gint64 id = json_object_get_int_member (fault, "id");

      far_table_add (table, g_strdup_printf ("%" G_GINT64_FORMAT, id),
                     dup_member (fault, "target"), dup_member (fault, "kind"),
                     dup_member (fault, "delay"),
                     g_strdup_printf ("%" G_GINT64_FORMAT ".%02" G_GINT64_FORMAT " %%", ppm / 10000,
                                      ppm / 100 % 100),
                     left_s >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " s", left_s)
                                 : g_strdup ("–"),
                     g_strdup_printf ("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT,
                                      json_object_get_int_member (fault, "injected"),
                                      json_object_get_int_member (fault, "matched")));
    }
  far_table_print (table, self);
}

static int
run (FarTerminal *self, const char *method, const char *url, GBytes *body)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = ask (self, method, url, body, &error);
  g_auto (FarJsonWriter) w = { 0 };

  if (root == NULL)
    return far_terminal_fail (error);
  if (!self->json)
    {
      print_faults (self, root);
      return FAR_EXIT_OK;
    }
  far_json_writer_init (&w);
  far_json_add_node (&w, NULL, root);
  far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

/* "0.25", "25%" → 250000. FALSE if it is neither. */
static gboolean
parse_probability (const char *text, gint64 *ret_ppm)
{
  gboolean percent = g_str_has_suffix (text, "%");
  gint64 unit = percent ? 10000 : 1000000;
  char *rest;
  guint64 whole = g_ascii_strtoull (text, &rest, 10);
  gint64 value;

  if (!g_ascii_isdigit (*text) || whole > 100)
    return FALSE;
  value = (gint64) whole * unit;
  if (*rest == '.')
    for (rest++; g_ascii_isdigit (*rest); rest++)
      {
        unit /= 10;
        value += unit * (*rest - '0');
      }
  *ret_ppm = value;
  return strcmp (rest, percent ? "%" : "") == 0 && value >= 1 && value <= 1000000;
}

static int
add (FarTerminal *self, const char *target, const char *kind, const Options *options)
{
  g_auto (FarJsonWriter) w = { 0 };
  g_autoptr (GBytes) body = NULL;
  gint64 ppm = 1000000;
  char *text;
  gsize n;

  if (options->probability != NULL && !parse_probability (options->probability, &ppm))
    return far_terminal_usage ("--probability is from 0.000001 to 1, or a percentage: 25%%");
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "target", target);
  far_json_add_string (&w, "kind", kind);
  if (options->delay != NULL)
    far_json_add_string (&w, "delay", options->delay);
  far_json_add_int (&w, "probability_ppm", ppm);
  far_json_add_int (&w, "duration_s", options->seconds);
  far_json_add_int (&w, "seed", options->seed);
  far_json_end_object (&w);
  text = far_json_writer_steal (&w, &n);
  body = g_bytes_new_take (text, n);
  return run (self, "POST", "/v1/faults", body);
}

static int
clear (FarTerminal *self, const char *id)
{
  g_autofree char *url = NULL;
  guint64 number;

  if (id == NULL)
    return run (self, "DELETE", "/v1/faults", NULL);
  if (!g_ascii_string_to_unsigned (id, 10, 1, G_MAXUINT, &number, NULL))
    return far_terminal_usage ("a fault's id is a number; farthingctl faults lists them");
  url = g_strdup_printf ("/v1/faults?id=%" G_GUINT64_FORMAT, number);
  return run (self, "DELETE", url, NULL);
}

int
far_command_faults (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *delay = NULL;
  g_autofree char *probability = NULL;
  Options options = { .seed = 1 };
  const GOptionEntry entries[] = {
    { "delay", 0, 0, G_OPTION_ARG_STRING, &delay,
      "20ms, uniform(5ms,50ms), exponential(20ms), normal(50ms,10ms), lognormal(20ms,200ms)",
      "DELAY" },
    { "probability", 0, 0, G_OPTION_ARG_STRING, &probability, "Of each call: 0.1 or 10%", "P" },
    { "duration", 0, 0, G_OPTION_ARG_INT64, &options.seconds, "Seconds; else until it is cleared",
      "S" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed, "Hits the same calls again", "N" },
    G_OPTION_ENTRY_NULL
  };
  const char *verb;
  int result = FAR_EXIT_USAGE;
  int code;

  if (!far_terminal_parse (self, far_command_find ("faults"), entries, &argc, &argv, &code))
    return code;
  options.delay = delay;
  options.probability = probability;
  verb = argc > 1 ? argv[1] : "list";
  if (strcmp (verb, "list") == 0 && argc <= 2)
    result = run (self, "GET", "/v1/faults", NULL);
  else if (strcmp (verb, "add") == 0 && argc == 4)
    result = add (self, argv[2], argv[3], &options);
  else if (strcmp (verb, "clear") == 0 && argc <= 3)
    result = clear (self, argc == 3 ? argv[2] : NULL);
  else
    far_terminal_usage ("faults takes list, add TARGET KIND, or clear [ID]");
  return result;
}
