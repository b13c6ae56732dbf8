/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between farthingctl and the books (see the header). */
#include "terminal/far-money-call.h"

#include <stdio.h>
#include <string.h>

#include "base/far-paths.h"
#include "terminal/far-connect.h"

JsonObject *
far_terminal_money (FarTerminal *self, const char *command, JsonObject *fields, GError **error)
{
  g_autoptr (JsonObject) owned = fields;
  g_auto (FarWait) wait = { 0 };

  if (self->platform == NULL && far_terminal_connect (self, FALSE, error) == NULL)
    return NULL;
  far_platform_client_money_async (self->platform, command, owned, NULL, far_wait_done, &wait);
  return far_platform_client_money_finish (self->platform, far_wait_for (&wait), error);
}

gboolean
far_terminal_witness (FarTerminal *self, GError **error)
{
  g_autofree FarLedgerContact *contact = NULL;

  if (self->witnessed)
    return TRUE;
  if (self->platform == NULL && far_terminal_connect (self, FALSE, error) == NULL)
    return FALSE;
  contact = far_terminal_meet (self, NULL, error);
  if (contact == NULL)
    {
      if (error != NULL && far_witness_error_is_alarm (*error))
        g_prefix_error (error, "No figure of this ledger is to be believed: ");
      return FALSE;
    }
  if (contact->finding == FAR_WITNESS_REPLACED)
    fputs ("farthingctl: another ledger is here than before; both hold test money\n", stderr);
  self->witnessed = TRUE;
  return TRUE;
}

JsonObject *
far_terminal_figures (FarTerminal *self, const char *command, JsonObject *fields, GError **error)
{
  if (far_terminal_witness (self, error))
    return far_terminal_money (self, command, fields, error);
  if (fields != NULL)
    json_object_unref (fields);
  return NULL;
}

JsonObject *
far_terminal_publishers (FarTerminal *self, GError **error)
{
  g_autoptr (JsonObject) all = json_object_new ();
  JsonArray *publishers = json_array_new ();
  gint64 offset = 0;

  json_object_set_array_member (all, "publishers", publishers);
  do
    {
      g_autoptr (JsonObject) page = NULL;
      JsonObject *fields = json_object_new ();

      json_object_set_int_member (fields, "offset", offset);
      page = far_terminal_figures (self, "publisher.list", fields, error);
      if (page == NULL)
        return NULL;
      for (guint i = 0; i < far_answer_length (page, "publishers"); i++)
        json_array_add_object_element (publishers,
                                       json_object_ref (far_answer_nth (page, "publishers", i)));
      offset = far_answer_int (page, "next_offset");
    }
  while (offset > 0);
  return g_steal_pointer (&all);
}

void
far_terminal_print_answer (JsonObject *answer)
{
  g_auto (FarJsonWriter) w = { 0 };
  g_autoptr (GList) members = json_object_get_members (answer);

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  for (const GList *l = members; l != NULL; l = l->next)
    if (strcmp (l->data, "ok") != 0)
      far_json_add_node (&w, l->data, json_object_get_member (answer, l->data));
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

JsonNode *
far_terminal_bookkeeper (const char *const *arguments, gboolean *ret_ok, GError **error)
{
  g_autofree char *program = far_paths_find_libexec ("farthing-bookkeeper", error);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *out = NULL;
  JsonNode *node;
  int status = 0;

  if (program == NULL)
    return NULL;
  g_ptr_array_add (argv, program);
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add (argv, (gpointer) *arguments);
  g_ptr_array_add (argv, NULL);
  if (!g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL,
                     &status, error))
    return NULL;
  *ret_ok = g_spawn_check_wait_status (status, NULL);
  node = far_json_parse_object (out, strlen (out), FAR_JSON_SIZE_MAX, error);
  if (node == NULL)
    g_prefix_error (error, "farthing-bookkeeper did not answer: ");
  return node;
}

const char *
far_answer_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
           ? json_node_get_string (node) : "";
}

gint64
far_answer_int (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64
           ? json_node_get_int (node) : 0;
}

gint64
far_answer_micros (JsonObject *object, const char *name)
{
  gint64 micros = 0;

  far_micros_parse (far_answer_text (object, name), &micros, NULL);
  return micros;
}

static JsonArray *
array_of (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

guint
far_answer_length (JsonObject *object, const char *name)
{
  JsonArray *array = array_of (object, name);

  return array != NULL ? json_array_get_length (array) : 0;
}

JsonObject *
far_answer_nth (JsonObject *object, const char *name, guint n)
{
  return json_array_get_object_element (array_of (object, name), n);
}

char *
far_answer_exact (gint64 micros)
{
  const guint64 magnitude = micros < 0 ? -(guint64) micros : (guint64) micros;

  return g_strdup_printf ("%s%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT, micros < 0 ? "-" : "",
                          magnitude / FAR_MICROS_PER_UNIT, magnitude % FAR_MICROS_PER_UNIT);
}

char *
far_answer_amount (JsonObject *object, const char *name, const char *currency)
{
  return far_micros_to_decimal (far_answer_micros (object, name), currency);
}

char *
far_answer_time (JsonObject *object, const char *name)
{
  gint64 time_us = far_answer_int (object, name);

  return time_us != 0 ? far_terminal_time (time_us) : g_strdup ("");
}
