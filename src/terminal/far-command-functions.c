/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl functions describe, deploy, delete: Lambda's control plane over the control
 * socket. */
#include <stdio.h>
#include <string.h>

#include "terminal/far-asking.h"

#define FUNCTIONS "/2015-03-31/functions"
#define ZIP_BYTES_MAX (50 * 1024 * 1024)
#define ROLE "arn:aws:iam::000000000000:role/farthing"
#define STATUS_NOT_FOUND 404

/* One operation. Returns: its status, or -1 with an exit code; ret_node: (transfer full): its
 * body. */
static int
operate (FarTerminal *self, const char *method, const char *path, FarJsonWriter *body,
         JsonNode **ret_node, int *ret_exit)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *escaped = g_uri_escape_string (path, "/", FALSE);
  g_autofree char *url = g_strconcat ("/v1/lambda?method=", method, "&path=", escaped, NULL);
  g_autoptr (JsonNode) answer = far_asking_send (self, "POST", url, body, &error);
  JsonNode *node;

  if (answer == NULL)
    {
      *ret_exit = far_terminal_fail (error);
      return -1;
    }
  node = json_object_get_member (json_node_get_object (answer), "body");
  *ret_node = node != NULL ? json_node_copy (node) : NULL;
  return (int) json_object_get_int_member_with_default (json_node_get_object (answer), "status",
                                                        500);
}

static int
refuse (JsonNode *node, int status)
{
  const char *message = node != NULL && JSON_NODE_HOLDS_OBJECT (node)
                            ? json_object_get_string_member_with_default (
                                  json_node_get_object (node), "Message", "")
                            : "";
  g_autofree char *clean = far_terminal_clean (message);

  fprintf (stderr, "farthingctl: %s (%d)\n", clean, status);
  if (status == STATUS_NOT_FOUND)
    return FAR_EXIT_NO_INPUT;
  return status == 429 || status >= 500 ? FAR_EXIT_TEMPORARY : FAR_EXIT_FAILED;
}

static char *
path_of (const char *name, const char *suffix)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  return g_strconcat (FUNCTIONS "/", escaped, suffix, NULL);
}

/* ---- describe ---- */

static void
print_config (JsonObject *function, JsonObject *config)
{
  static const struct { const char *member; const char *title; } lines[] = {
    { "FunctionArn", "ARN" },       { "Runtime", "runtime" },   { "Handler", "handler" },
    { "Description", "description" }, { "State", "state" },     { "LastModified", "changed" },
    { "CodeSha256", "code SHA-256" },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      const char *text
          = json_object_get_string_member_with_default (config, lines[i].member, "");
      g_autofree char *clean = far_terminal_clean (text);

      if (*text != '\0')
        printf ("  %-13s %s\n", lines[i].title, clean);
    }
  printf ("  %-13s %" G_GINT64_FORMAT " MB\n", "memory",
          json_object_get_int_member_with_default (config, "MemorySize", 0));
  printf ("  %-13s %" G_GINT64_FORMAT " s\n", "timeout",
          json_object_get_int_member_with_default (config, "Timeout", 0));
  if (json_object_has_member (config, "EphemeralStorage"))
    printf ("  %-13s %" G_GINT64_FORMAT " MB\n", "/tmp",
            json_object_get_int_member_with_default (
                json_object_get_object_member (config, "EphemeralStorage"), "Size", 0));
  if (json_object_has_member (function, "Concurrency"))
    printf ("  %-13s %" G_GINT64_FORMAT " at once\n", "reserved",
            json_object_get_int_member_with_default (
                json_object_get_object_member (function, "Concurrency"),
                "ReservedConcurrentExecutions", 0));
}

static int
describe (FarTerminal *self, const char *name)
{
  g_autofree char *path = path_of (name, "");
  g_autoptr (JsonNode) node = NULL;
  int code = FAR_EXIT_SOFTWARE;
  int status = operate (self, "GET", path, NULL, &node, &code);
  JsonObject *config;

  if (status < 0)
    return code;
  if (status != 200)
    return refuse (node, status);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  config = json_object_get_object_member (json_node_get_object (node), "Configuration");
  puts (name);
  print_config (json_node_get_object (node), config);
  return FAR_EXIT_OK;
}

/* ---- deploy ---- */

static gboolean
add_environment (FarJsonWriter *w, char **env)
{
  guint i;

  far_json_begin_object (w, "Environment");
  far_json_begin_object (w, "Variables");
  for (i = 0; env[i] != NULL; i++)
    {
      const char *equals = strchr (env[i], '=');
      g_autofree char *name = equals != NULL ? g_strndup (env[i], equals - env[i]) : NULL;

      if (name == NULL)
        return FALSE;
      far_json_add_string (w, name, equals + 1);
    }
  far_json_end_object (w);
  far_json_end_object (w);
  return TRUE;
}

static gboolean
add_config (FarJsonWriter *w, const FarDeployOptions *options)
{
  if (options->runtime != NULL)
    far_json_add_string (w, "Runtime", options->runtime);
  if (options->handler != NULL)
    far_json_add_string (w, "Handler", options->handler);
  if (options->description != NULL)
    far_json_add_string (w, "Description", options->description);
  if (options->memory_mb > 0)
    far_json_add_int (w, "MemorySize", options->memory_mb);
  if (options->timeout_s > 0)
    far_json_add_int (w, "Timeout", options->timeout_s);
  return options->env == NULL || add_environment (w, options->env);
}

static gboolean
has_config (const FarDeployOptions *options)
{
  return options->runtime != NULL || options->handler != NULL || options->description != NULL
         || options->memory_mb > 0 || options->timeout_s > 0 || options->env != NULL;
}

/* Returns: (transfer full) (nullable): the file in base64 */
static char *
read_zip (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  gsize n;

  if (!g_file_get_contents (path, &data, &n, &error))
    fprintf (stderr, "farthingctl: %s\n", error->message);
  else if (n > ZIP_BYTES_MAX)
    fprintf (stderr, "farthingctl: %s has more than the 50 MB that Lambda takes\n", path);
  else
    return g_base64_encode ((const guchar *) data, n);
  return NULL;
}

static int
finish (FarTerminal *self, JsonNode *node, int status, int code, const char *name,
        const char *what)
{
  if (status < 0)
    return code;
  if (status >= 300)
    return refuse (node, status);
  if (self->json && node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    far_asking_print (node);
  else if (!self->json)
    printf ("%s was %s\n", name, what);
  return FAR_EXIT_OK;
}

static int
create (FarTerminal *self, const char *name, const FarDeployOptions *options)
{
  g_autofree char *zip = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  int code = FAR_EXIT_SOFTWARE;
  int status;

  if (options->zip == NULL || options->runtime == NULL)
    return far_terminal_usage ("%s is not there yet; say --zip FILE and --runtime NAME", name);
  zip = read_zip (options->zip);
  if (zip == NULL)
    return FAR_EXIT_NO_INPUT;
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "FunctionName", name);
  far_json_add_string (&w, "Role", ROLE);
  if (options->handler == NULL)
    far_json_add_string (&w, "Handler",
                         g_str_has_prefix (options->runtime, "provided") ? "bootstrap"
                                                                         : "index.handler");
  far_json_begin_object (&w, "Code");
  far_json_add_string (&w, "ZipFile", zip);
  far_json_end_object (&w);
  if (!add_config (&w, options))
    return far_terminal_usage ("--env takes NAME=value");
  far_json_end_object (&w);
  status = operate (self, "POST", FUNCTIONS, &w, &node, &code);
  return finish (self, node, status, code, name, "made");
}

static int
update (FarTerminal *self, const char *name, const FarDeployOptions *options)
{
  g_autoptr (JsonNode) node = NULL;
  int code = FAR_EXIT_SOFTWARE;
  int status = 200;

  if (options->zip == NULL && !has_config (options))
    return far_terminal_usage ("say what is to change: --zip FILE, --memory MB, …");
  if (has_config (options))
    {
      g_autofree char *path = path_of (name, "/configuration");
      g_auto (FarJsonWriter) w = { 0 };

      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      if (!add_config (&w, options))
        return far_terminal_usage ("--env takes NAME=value");
      far_json_end_object (&w);
      status = operate (self, "PUT", path, &w, &node, &code);
    }
  if (status == 200 && options->zip != NULL)
    {
      g_autofree char *path = path_of (name, "/code");
      g_autofree char *zip = read_zip (options->zip);
      g_auto (FarJsonWriter) w = { 0 };

      if (zip == NULL)
        return FAR_EXIT_NO_INPUT;
      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "ZipFile", zip);
      far_json_end_object (&w);
      g_clear_pointer (&node, json_node_unref);
      status = operate (self, "PUT", path, &w, &node, &code);
    }
  return finish (self, node, status, code, name, "changed");
}

int
far_functions_change (FarTerminal *self, int argc, char **argv, const FarDeployOptions *options)
{
  g_autofree char *path = NULL;
  g_autoptr (JsonNode) node = NULL;
  int code = FAR_EXIT_SOFTWARE;
  int status;

  if (argc != 2)
    return far_terminal_usage ("say farthingctl functions describe|deploy|delete NAME");
  path = path_of (argv[1], "");
  if (strcmp (argv[0], "describe") == 0)
    return describe (self, argv[1]);
  if (strcmp (argv[0], "delete") == 0)
    {
      status = operate (self, "DELETE", path, NULL, &node, &code);
      return finish (self, node, status, code, argv[1], "deleted");
    }
  if (strcmp (argv[0], "deploy") != 0)
    return far_terminal_usage ("functions takes describe, deploy or delete, not “%s”", argv[0]);
  status = operate (self, "GET", path, NULL, &node, &code);
  if (status < 0)
    return code;
  return status == STATUS_NOT_FOUND ? create (self, argv[1], options)
                                    : update (self, argv[1], options);
}
