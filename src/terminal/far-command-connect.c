/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl connect: deployments that are watched. */
#include <stdio.h>
#include <string.h>

#include "base/far-crypto.h"
#include "client/far-deployments.h"
#include "terminal/far-connect.h"
#include "terminal/far-take-secret.h"

static void
wipe (gpointer text)
{
  far_secret_wipe (text, strlen (text));
  g_free (text);
}

/* ---- What is to be watched ---- */

typedef struct {
  char **secret_names; /* as given */
  char  *name;
  char  *money;
  GHashTable *settings;
  GHashTable *secrets;
} Given;

static void
given_clear (Given *given)
{
  g_strfreev (given->secret_names);
  g_free (given->name);
  g_free (given->money);
  g_clear_pointer (&given->settings, g_hash_table_unref);
  g_clear_pointer (&given->secrets, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

/* KEY=VALUE …; what looks like a secret is refused, because others can read a command line. */
static gboolean
take_settings (Given *given, int argc, char **argv, int *ret_exit)
{
  guint i;

  given->settings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  given->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
  for (i = 0; i < (guint) argc; i++)
    {
      g_auto (GStrv) parts = g_strsplit (argv[i], "=", 2);

      if (parts[0] == NULL || parts[1] == NULL)
        {
          *ret_exit = far_terminal_usage ("“%s” is no setting; write KEY=VALUE", argv[i]);
          return FALSE;
        }
      if (strcmp (parts[0], "token") == 0 || strcmp (parts[0], "password") == 0 ||
          strstr (parts[0], "secret") != NULL)
        {
          *ret_exit = far_terminal_usage ("a secret does not belong on the command line, where "
                                          "others can read it; give --secret %s", parts[0]);
          return FALSE;
        }
      g_hash_table_insert (given->settings, g_strdup (parts[0]), g_strdup (parts[1]));
    }
  for (i = 0; given->secret_names != NULL && given->secret_names[i] != NULL; i++)
    if (!far_terminal_take_secret (given->secrets, given->secret_names[i], ret_exit))
      return FALSE;
  return TRUE;
}

/* ---- Printing ---- */

void
far_connect_add_info (FarJsonWriter *w, const FarDeploymentInfo *info)
{
  guint i;

  far_json_begin_object (w, NULL);
  far_json_add_string (w, "id", info->id);
  far_json_add_string (w, "kind", info->kind);
  far_json_add_string (w, "name", info->name);
  far_json_add_string (w, "url", info->url);
  far_json_add_string (w, "money", info->money);
  far_json_add_string (w, "state", info->state);
  far_json_add_string (w, "message", *info->message != '\0' ? info->message : NULL);
  far_json_add_int (w, "functions", info->functions);
  if (info->sample_us > 0)
    far_json_add_time (w, "sample", info->sample_us);
  else
    far_json_add_null (w, "sample");
  if (info->age_us >= 0)
    far_json_add_int (w, "age_us", info->age_us);
  else
    far_json_add_null (w, "age_us");
  far_json_add_string (w, "quantiles", info->quantiles);
  far_json_begin_array (w, "reports");
  for (i = 0; info->reports[i] != NULL; i++)
    far_json_add_string (w, NULL, info->reports[i]);
  far_json_end_array (w);
  far_json_begin_array (w, "missing");
  for (i = 0; i < info->missing->len; i++)
    {
      const FarDeploymentGap *gap = g_ptr_array_index (info->missing, i);

      far_json_begin_object (w, NULL);
      far_json_add_string (w, "what", gap->what);
      far_json_add_string (w, "reason", gap->reason);
      far_json_end_object (w);
    }
  far_json_end_array (w);
  far_json_add_bool (w, "cursor", info->cursor);
  if (info->cost_picodollars >= 0)
    {
      far_json_add_int (w, "cost_picodollars", info->cost_picodollars);
      far_json_add_int (w, "budget_picodollars", info->budget_picodollars);
    }
  far_json_end_object (w);
}

char *
far_connect_age (const FarDeploymentInfo *info)
{
  if (info->age_us < 0)
    return g_strdup ("–");
  if (info->age_us < G_USEC_PER_SEC)
    return g_strdup ("now");
  if (info->age_us < 120 * (gint64) G_USEC_PER_SEC)
    return g_strdup_printf ("%d s", (int) (info->age_us / G_USEC_PER_SEC));
  if (info->age_us < 7200 * (gint64) G_USEC_PER_SEC)
    return g_strdup_printf ("%d min", (int) (info->age_us / G_USEC_PER_SEC / 60));
  return g_strdup_printf ("%" G_GINT64_FORMAT " h", info->age_us / G_USEC_PER_SEC / 3600);
}

static void
print_list (FarTerminal *self, GPtrArray *list)
{
  static const char *const titles[] = { "ID", "KIND", "STATE", "NEWEST", "FUNCTIONS", "MONEY",
                                        "WHERE", NULL };
  FarTable *table;
  guint i;

  if (self->json)
    {
      g_auto (FarJsonWriter) w = { 0 };

      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_begin_array (&w, "deployments");
      for (i = 0; i < list->len; i++)
        far_connect_add_info (&w, g_ptr_array_index (list, i));
      far_json_end_array (&w);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
      return;
    }
  table = far_table_new ("lllrrll", titles);
  for (i = 0; i < list->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (list, i);

      far_table_add (table, far_terminal_clean (info->id), far_terminal_clean (info->kind),
                     far_terminal_clean (info->state), far_connect_age (info),
                     g_strdup_printf ("%" G_GINT64_FORMAT, info->functions),
                     far_terminal_clean (info->money), far_terminal_clean (info->url));
    }
  far_table_print (table, self);
  for (i = 0; i < list->len; i++)
    {
      const FarDeploymentInfo *info = g_ptr_array_index (list, i);
      g_autofree char *message = far_terminal_clean (info->message);

      if (*message != '\0')
        fprintf (stderr, "%s\n", message);
    }
}

static int
print_test (FarTerminal *self, const FarDeploymentTest *test)
{
  g_auto (FarJsonWriter) w = { 0 };
  guint i;

  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_bool (&w, "ok", test->ok);
      far_json_add_string (&w, "message", *test->message != '\0' ? test->message : NULL);
      far_json_add_int (&w, "functions", test->functions);
      far_json_begin_array (&w, "checks");
      for (i = 0; i < test->checks->len; i++)
        {
          const FarDeploymentCheck *check = g_ptr_array_index (test->checks, i);

          far_json_begin_object (&w, NULL);
          far_json_add_string (&w, "name", check->name);
          far_json_add_bool (&w, "ok", check->ok);
          far_json_add_string (&w, "message", check->message);
          far_json_end_object (&w);
        }
      far_json_end_array (&w);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
      return test->ok ? FAR_EXIT_OK : FAR_EXIT_FAILED;
    }
  for (i = 0; i < test->checks->len; i++)
    {
      const FarDeploymentCheck *check = g_ptr_array_index (test->checks, i);
      g_autofree char *message = far_terminal_clean (check->message);

      printf ("%s  %s\n", check->ok ? "ok   " : "WRONG", message);
    }
  if (*test->message != '\0')
    {
      g_autofree char *message = far_terminal_clean (test->message);

      printf ("WRONG  %s\n", message);
    }
  else
    printf ("%" G_GINT64_FORMAT " functions\n", test->functions);
  return test->ok ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}

/* ---- Commands ---- */

static int
run_list (FarTerminal *self)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };

  far_platform_client_load_deployments_async (self->platform, NULL, far_wait_done, &wait);
  list = far_platform_client_load_deployments_finish (self->platform, far_wait_for (&wait),
                                                      &error);
  if (list == NULL)
    return far_terminal_fail (error);
  print_list (self, list);
  return FAR_EXIT_OK;
}

static int
run_remove (FarTerminal *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };

  far_platform_client_remove_deployment_async (self->platform, id, NULL, far_wait_done, &wait);
  if (!far_platform_client_remove_deployment_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "removed", id);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
    }
  else
    far_terminal_say (self, "“%s” is not watched any more; its secrets are forgotten.", id);
  return FAR_EXIT_OK;
}

static int
run_test (FarTerminal *self, const FarDeploymentSpec *spec)
{
  g_autoptr (FarDeploymentTest) test = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };

  far_platform_client_test_deployment_async (self->platform, spec, NULL, far_wait_done, &wait);
  test = far_platform_client_test_deployment_finish (self->platform, far_wait_for (&wait),
                                                     &error);
  return test != NULL ? print_test (self, test) : far_terminal_fail (error);
}

static int
run_add (FarTerminal *self, const FarDeploymentSpec *spec)
{
  g_autoptr (FarDeploymentInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };

  far_platform_client_add_deployment_async (self->platform, spec, NULL, far_wait_done, &wait);
  info = far_platform_client_add_deployment_finish (self->platform, far_wait_for (&wait), &error);
  if (info == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_json_writer_init (&w);
      far_connect_add_info (&w, info);
      far_terminal_print_json (&w);
    }
  else
    far_terminal_say (self, "“%s” is watched now; farthingctl connect list shows how it is.",
                      info->id);
  return FAR_EXIT_OK;
}

static gboolean
is_command (const char *what, int argc)
{
  static const struct { const char *name; int min, max; } known[] = {
    { "list", 0, 2 },   { "add", 4, G_MAXINT },  { "test", 3, G_MAXINT },
    { "remove", 3, 3 }, { "earnings", 3, 3 },    { "verify", 3, 3 },
    { "show", 3, 3 },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].name, what) == 0)
      return argc >= known[i].min && argc <= known[i].max;
  return FALSE;
}

int
far_command_connect (FarTerminal *self, int argc, char **argv)
{
  g_auto (Given) given = { 0 };
  const GOptionEntry entries[] = {
    { "secret", 0, 0, G_OPTION_ARG_STRING_ARRAY, &given.secret_names,
      "Ask for it here; =- reads a line of standard input, =FILE a file", "NAME[=-|=FILE]" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &given.name, "What to call it on screens", "NAME" },
    { "money", 0, 0, G_OPTION_ARG_STRING, &given.money, "Whether its money is real",
      "test|live|none" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  FarDeploymentSpec spec = { 0 };
  const char *what;
  int code;

  if (!far_terminal_parse (self, far_command_find ("connect"), entries, &argc, &argv, &code))
    return code;
  what = argc > 1 ? argv[1] : "list";
  if (!is_command (what, argc))
    return far_terminal_usage ("connect list | show ID | add ID KIND KEY=VALUE… | test ID [KIND "
                               "KEY=VALUE…] | remove ID | earnings ID | verify ID; see "
                               "farthingctl connect --help");
  spec.id = argc > 2 ? argv[2] : NULL;
  spec.kind = argc > 3 ? argv[3] : NULL;
  if (!take_settings (&given, MAX (argc - 4, 0), argv + MIN (argc, 4), &code))
    return code;
  spec.name = given.name;
  spec.money = given.money;
  spec.settings = given.settings;
  spec.secrets = given.secrets;
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  if (strcmp (what, "add") == 0)
    return run_add (self, &spec);
  if (strcmp (what, "test") == 0)
    return run_test (self, &spec);
  if (strcmp (what, "show") == 0)
    return far_connect_show (self, spec.id);
  if (strcmp (what, "verify") == 0)
    return far_connect_verify (self, spec.id);
  if (strcmp (what, "earnings") == 0)
    return far_connect_earnings (self, spec.id);
  return strcmp (what, "remove") == 0 ? run_remove (self, spec.id) : run_list (self);
}
