/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl secret: what functions need and no template may say, as a payment provider's key. It
 * goes in here and is never shown again; names are. */
#include <stdio.h>
#include <string.h>

#include "base/far-crypto.h"
#include "terminal/far-asking.h"
#include "terminal/far-money-call.h"
#include "terminal/far-take-secret.h"

/* Returns: (transfer full): the functions that refer to it */
static char *
users_of (JsonObject *secret)
{
  JsonArray *functions = json_object_get_array_member (secret, "functions");
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = functions != NULL ? json_array_get_length (functions) : 0;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ",
                            json_array_get_string_element (functions, i));
  return n > 0 ? far_terminal_clean (text->str) : g_strdup ("no function");
}

/* Returns: (transfer none): where it is, for people */
static const char *
place_of (JsonObject *secret)
{
  static const char *const words[][2] = {
    { "keyring", "the keyring" }, { "file", "secrets/local" }, { "credential", "systemd" }
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (far_answer_text (secret, "place"), words[i][0]) == 0)
      return words[i][1];
  return "missing";
}

static void
print_secrets (FarTerminal *self, JsonObject *root)
{
  static const char *const titles[] = { "SECRET", "KEPT IN", "USED BY", NULL };
  guint n = far_answer_length (root, "secrets");
  FarTable *table;

  if (n == 0)
    {
      puts ("No function needs a secret, and none is kept.");
      return;
    }
  table = far_table_new ("lll", titles);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *secret = far_answer_nth (root, "secrets", i);

      far_table_add (table, far_terminal_clean (far_answer_text (secret, "name")),
                     g_strdup (place_of (secret)), users_of (secret));
    }
  far_table_print (table, self);
  for (guint i = 0; i < n; i++)
    {
      JsonObject *secret = far_answer_nth (root, "secrets", i);

      if (*far_answer_text (secret, "place") == '\0')
        far_terminal_say (self, "Missing; put it there with: farthingctl secret set %s",
                          far_answer_text (secret, "name"));
    }
}

static int
list (FarTerminal *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, "/v1/secrets", &error);

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_asking_print (node);
  else
    print_secrets (self, json_node_get_object (node));
  return FAR_EXIT_OK;
}

/* Returns: (transfer full): its address; a name that is none is refused there */
static char *
url_of (const char *name)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  return g_strconcat ("/v1/secrets/", escaped, NULL);
}

static void
wipe (gpointer text)
{
  far_secret_wipe (text, strlen (text));
  g_free (text);
}

/* Returns: (transfer full) (nullable): what is there now */
static JsonNode *
put (FarTerminal *self, const char *name, const char *text, GError **error)
{
  g_autofree char *url = url_of (name);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (FarJsonWriter) body = { 0 };
  g_auto (FarWait) wait = { 0 };
  gsize length;
  char *json;

  far_json_writer_init (&body);
  far_json_begin_object (&body, NULL);
  far_json_add_string (&body, "text", text);
  far_json_end_object (&body);
  json = far_json_writer_steal (&body, &length);
  bytes = g_bytes_new_with_free_func (json, length, wipe, json);
  far_platform_client_request_async (self->platform, "PUT", url, bytes, NULL, far_wait_done, &wait);
  return far_platform_client_request_finish (self->platform, far_wait_for (&wait), error);
}

static int
set (FarTerminal *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *users = NULL;
  char *text;
  int code;

  /* Nothing is asked for that nobody can take. */
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  text = far_terminal_ask_secret (name, &code);
  if (text == NULL)
    return code;
  node = put (self, name, text, &error);
  wipe (text);
  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  users = users_of (json_node_get_object (node));
  printf ("“%s” is kept in %s, for %s.\n", name, place_of (json_node_get_object (node)), users);
  return FAR_EXIT_OK;
}

static int
remove_one (FarTerminal *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = url_of (name);
  g_autoptr (JsonNode) node = far_asking_send (self, "DELETE", url, NULL, &error);
  g_autofree char *users = NULL;

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  users = users_of (json_node_get_object (node));
  if (far_answer_length (json_node_get_object (node), "functions") > 0)
    printf ("“%s” is forgotten. %s cannot start without it.\n", name, users);
  else
    printf ("“%s” is forgotten.\n", name);
  return FAR_EXIT_OK;
}

int
far_command_secret (FarTerminal *self, int argc, char **argv)
{
  const char *verb;
  int code;

  if (!far_terminal_parse (self, far_command_find ("secret"), NULL, &argc, &argv, &code))
    return code;
  verb = argc > 1 ? argv[1] : "list";
  if (strcmp (verb, "list") == 0 && argc <= 2)
    return list (self);
  if (strcmp (verb, "set") == 0 && argc == 3)
    return set (self, argv[2]);
  if (strcmp (verb, "remove") == 0 && argc == 3)
    return remove_one (self, argv[2]);
  if (strcmp (verb, "set") == 0 && argc > 3)
    return far_terminal_usage ("a secret does not belong on the command line, where others can "
                               "read it: farthingctl secret set NAME asks for it, or reads a line "
                               "of standard input");
  return far_terminal_usage ("secret list | set NAME | remove NAME; see farthingctl secret --help");
}
