/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl token: who may ask this platform over the network. */
#include <stdio.h>
#include <string.h>

#include "client/far-tokens.h"
#include "terminal/far-terminal.h"

#define SCOPE_DEFAULT "telemetry:read"

static int
run_list (FarTerminal *self)
{
  static const char *const titles[] = { "NAME", "SCOPES", "MADE", NULL };
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };
  FarTable *table = NULL;
  guint i;

  far_platform_client_load_tokens_async (self->platform, NULL, far_wait_done, &wait);
  list = far_platform_client_load_tokens_finish (self->platform, far_wait_for (&wait), &error);
  if (list == NULL)
    return far_terminal_fail (error);
  if (!self->json)
    table = far_table_new ("lll", titles);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_begin_array (&w, "tokens");
  for (i = 0; i < list->len; i++)
    {
      const FarTokenInfo *info = g_ptr_array_index (list, i);

      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "name", info->name);
      far_json_add_string (&w, "scopes", info->scopes);
      far_json_add_time (&w, "created", info->created_us);
      far_json_end_object (&w);
      if (table != NULL)
        far_table_add (table, far_terminal_clean (info->name), far_terminal_clean (info->scopes),
                       far_time_to_rfc3339 (info->created_us));
    }
  far_json_end_array (&w);
  far_json_end_object (&w);
  if (table != NULL)
    far_table_print (table, self);
  else
    far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

/* The token alone goes to stdout, so that it can be led into a file. */
static int
run_add (FarTerminal *self, const char *name, const char *scopes)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };

  far_platform_client_add_token_async (self->platform, name, scopes, NULL, far_wait_done, &wait);
  token = far_platform_client_add_token_finish (self->platform, far_wait_for (&wait), &error);
  if (token == NULL)
    return far_terminal_fail (error);
  if (!self->json)
    {
      far_terminal_say (self, "This is shown once; whoever has it may read with the scopes %s:",
                        scopes);
      puts (token);
      return FAR_EXIT_OK;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "name", name);
  far_json_add_string (&w, "token", token);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

static int
run_remove (FarTerminal *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };

  far_platform_client_remove_token_async (self->platform, name, NULL, far_wait_done, &wait);
  if (!far_platform_client_remove_token_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "removed", name);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
    }
  else
    far_terminal_say (self, "The token “%s” opens nothing any more.", name);
  return FAR_EXIT_OK;
}

int
far_command_token (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *scopes = NULL;
  const GOptionEntry entries[] = {
    { "scope", 0, 0, G_OPTION_ARG_STRING, &scopes,
      "telemetry:read (the default), logs:read, functions:invoke, earnings:read; with commas",
      "SCOPES" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  const char *what;
  int code;

  if (!far_terminal_parse (self, far_command_find ("token"), entries, &argc, &argv, &code))
    return code;
  what = argc > 1 ? argv[1] : "list";
  if (strcmp (what, "list") == 0 ? argc > 2
                                 : argc != 3 || (strcmp (what, "add") != 0 &&
                                                 strcmp (what, "remove") != 0))
    return far_terminal_usage ("token list | add NAME [--scope SCOPES] | remove NAME");
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  if (strcmp (what, "add") == 0)
    return run_add (self, argv[2], scopes != NULL ? scopes : SCOPE_DEFAULT);
  return strcmp (what, "remove") == 0 ? run_remove (self, argv[2]) : run_list (self);
}
