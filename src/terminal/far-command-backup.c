/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl backup and restore: copies of the books and their way back. */
#include <stdio.h>

#include "terminal/far-money-call.h"

int
far_command_backup (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = NULL;
  g_autofree char *directory = NULL;
  JsonObject *fields;
  int code;

  if (!far_terminal_parse (self, far_command_find ("backup"), NULL, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return far_terminal_usage ("say where to: farthingctl backup DIR (a new folder)");
  directory = g_canonicalize_filename (argv[1], NULL);
  fields = json_object_new ();
  json_object_set_string_member (fields, "directory", directory);
  answer = far_terminal_money (self, "ledger.backup", fields, &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_terminal_print_answer (answer);
  else
    printf ("%" G_GINT64_FORMAT " transfers, %" G_GINT64_FORMAT " bytes, verified, in %s\n"
            "It holds the ledger's signing key: keep it where nobody else can read it\n",
            far_answer_int (answer, "transfers"), far_answer_int (answer, "bytes"), directory);
  return FAR_EXIT_OK;
}

int
far_command_restore (FarTerminal *self, int argc, char **argv)
{
  gboolean replace = FALSE, lose_newer = FALSE, ok = FALSE;
  const GOptionEntry entries[] = {
    { "replace", 0, 0, G_OPTION_ARG_NONE, &replace, "Put books that are there aside", NULL },
    { "lose-newer", 0, 0, G_OPTION_ARG_NONE, &lose_newer,
      "Even if they have rows that the backup has not", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *directory = NULL;
  JsonObject *answer;
  const char *arguments[8];
  guint n = 0;
  int code;

  if (!far_terminal_parse (self, far_command_find ("restore"), entries, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return far_terminal_usage ("say from where: farthingctl restore DIR");
  directory = g_canonicalize_filename (argv[1], NULL);
  arguments[n++] = "--data-dir";
  arguments[n++] = self->data_dir;
  arguments[n++] = "--restore";
  arguments[n++] = directory;
  if (replace)
    arguments[n++] = "--replace";
  if (lose_newer)
    arguments[n++] = "--lose-newer";
  arguments[n] = NULL;
  node = far_terminal_bookkeeper (arguments, &ok, &error);
  if (node == NULL)
    return far_terminal_fail (error);
  answer = json_node_get_object (node);
  if (self->json)
    far_terminal_print_answer (answer);
  else if (ok)
    {
      const char *replaced = far_answer_text (answer, "replaced");

      printf ("%" G_GINT64_FORMAT " transfers are back in %s, verified\n",
              far_answer_int (answer, "transfers"), self->data_dir);
      if (*replaced != '\0')
        printf ("What was there before is in %s (%" G_GINT64_FORMAT " newer rows)\n", replaced,
                far_answer_int (answer, "lost_rows"));
    }
  else
    fprintf (stderr, "farthingctl: %s\n", far_answer_text (answer, "message"));
  return ok ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}
