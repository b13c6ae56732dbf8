/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of Metadata.Farthing: what SAM has no words for. No state. */
#include "platform/far-template-private.h"

#include <string.h>

#include "base/far-json.h"
#include "platform/far-egress.h"

#define NAME_LEN_MAX 32
#define PATH_LEN_MAX 1024
#define MOUNT_PREFIX "/mnt/"

/* What the platform can grant, and whether commands are chosen from it. */
static const struct {
  const char *name;
  gboolean    has_commands;
} known_services[] = {
  { "bookkeeper", TRUE },
  { "gateway", FALSE },
};

/* Lower-case words: "pledge", "view.reserve". */
static gboolean
is_word (const char *text, const char *others)
{
  const char *at = text;

  if (!g_ascii_islower (*at))
    return FALSE;
  while (g_ascii_islower (*at) || g_ascii_isdigit (*at) || (*at != '\0' && strchr (others, *at)))
    at++;
  return *at == '\0';
}

static gboolean
read_commands (FarTemplateReader *reader, const FarYamlNode *commands, FarTemplateService *service)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  guint i, j;

  if (!far_template_check_kind (reader, commands, "Commands", FAR_YAML_SEQUENCE))
    return FALSE;
  if (far_yaml_n (commands) == 0 || far_yaml_n (commands) > FAR_TEMPLATE_COMMANDS_MAX)
    return far_template_fail (reader, commands, FAR_TEMPLATE_ERROR_VALUE,
                              "Commands has %u entries; name 1 to %d", far_yaml_n (commands),
                              FAR_TEMPLATE_COMMANDS_MAX);
  for (i = 0; i < far_yaml_n (commands); i++)
    {
      const FarYamlNode *node = far_yaml_item (commands, i);
      const char *text;

      if (!far_template_read_text (reader, node, "a command", NAME_LEN_MAX, &text))
        return FALSE;
      if (!is_word (text, "._"))
        return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                  "“%s” is no command; use lower-case letters, digits, . and _",
                                  text);
      for (j = 0; j < list->len; j++)
        if (strcmp (list->pdata[j], text) == 0)
          return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                    "the command %s stands twice; remove one", text);
      g_ptr_array_add (list, g_strdup (text));
    }
  g_ptr_array_add (list, NULL);
  service->commands = (char **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
  return TRUE;
}

static gboolean
read_service (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateService *service)
{
  static const char *const keys[] = { "Name", "Commands", NULL };
  const FarYamlNode *name, *commands;
  const char *text;
  guint i;

  if (!far_template_check_keys (reader, node, "a service", keys))
    return FALSE;
  name = far_template_need (reader, node, "a service", "Name");
  if (name == NULL || !far_template_read_text (reader, name, "Name", NAME_LEN_MAX, &text))
    return FALSE;
  for (i = 0; i < G_N_ELEMENTS (known_services); i++)
    if (strcmp (known_services[i].name, text) == 0)
      break;
  if (i == G_N_ELEMENTS (known_services))
    return far_template_fail (reader, name, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "there is no service “%s”; use bookkeeper or gateway", text);
  service->name = g_strdup (text);
  commands = far_yaml_get (node, "Commands");
  if (!known_services[i].has_commands)
    {
      service->commands = g_new0 (char *, 1);
      if (commands != NULL)
        return far_template_fail (reader, commands, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                                  "the service %s has no commands to choose from; remove Commands",
                                  text);
      return TRUE;
    }
  commands = far_template_need (reader, node, text, "Commands");
  return commands != NULL && read_commands (reader, commands, service);
}

static gboolean
read_mount (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateStore *store)
{
  const char *text, *at;

  if (!far_template_read_text (reader, node, "Mount", PATH_LEN_MAX, &text))
    return FALSE;
  at = g_str_has_prefix (text, MOUNT_PREFIX) ? text + strlen (MOUNT_PREFIX) : text;
  if (at == text || *at == '.' || *at == '\0')
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "Mount is “%s”; write " MOUNT_PREFIX "NAME", text);
  for (; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && strchr ("-_.", *at) == NULL)
      return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                "Mount is “%s”; after " MOUNT_PREFIX " use letters, digits and -_. "
                                "only", text);
  store->mount = g_strdup (text);
  return TRUE;
}

static gboolean
read_store_path (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateStore *store)
{
  const char *text;

  if (!far_template_read_text (reader, node, "Path", PATH_LEN_MAX, &text))
    return FALSE;
  if (g_path_is_absolute (text))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "Path is “%s”; name a folder relative to the template", text);
  store->path = g_canonicalize_filename (text, reader->base_dir);
  if (strcmp (store->path, reader->base_dir) != 0)
    {
      g_autofree char *inside = g_strdup_printf ("%s/", reader->base_dir);

      if (!g_str_has_prefix (store->path, inside))
        return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                  "Path “%s” leads out of the template's folder; keep stores "
                                  "inside it", text);
    }
  return TRUE;
}

static gboolean
read_store (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateStore *store)
{
  static const char *const keys[] = { "Name", "Path", "Mount", "Access", NULL };
  const FarYamlNode *values[4];
  const char *text;
  guint i;

  if (!far_template_check_keys (reader, node, "a store", keys))
    return FALSE;
  for (i = 0; keys[i] != NULL; i++)
    {
      values[i] = far_template_need (reader, node, "a store", keys[i]);
      if (values[i] == NULL)
        return FALSE;
    }
  if (!far_template_read_text (reader, values[0], "Name", NAME_LEN_MAX, &text))
    return FALSE;
  if (!is_word (text, "-"))
    return far_template_fail (reader, values[0], FAR_TEMPLATE_ERROR_VALUE,
                              "“%s” is no name of a store; use lower-case letters, digits and -",
                              text);
  store->name = g_strdup (text);
  if (!read_store_path (reader, values[1], store) || !read_mount (reader, values[2], store) ||
      !far_template_read_text (reader, values[3], "Access", 16, &text))
    return FALSE;
  if (strcmp (text, "read") != 0 && strcmp (text, "write") != 0)
    return far_template_fail (reader, values[3], FAR_TEMPLATE_ERROR_VALUE,
                              "Access is “%s”; write read or write", text);
  store->writable = *text == 'w';
  return TRUE;
}

static gboolean
read_services (FarTemplateReader *reader, const FarYamlNode *list, FarTemplateFunction *function)
{
  guint i, j;

  if (!far_template_check_kind (reader, list, "Services", FAR_YAML_SEQUENCE))
    return FALSE;
  for (i = 0; i < far_yaml_n (list); i++)
    {
      FarTemplateService *service = g_new0 (FarTemplateService, 1);
      const FarYamlNode *node = far_yaml_item (list, i);

      g_ptr_array_add (function->services, service);
      if (!read_service (reader, node, service))
        return FALSE;
      for (j = 0; j < i; j++)
        {
          const FarTemplateService *other = g_ptr_array_index (function->services, j);

          if (strcmp (other->name, service->name) == 0)
            return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                      "the service %s stands twice; put its commands together",
                                      service->name);
        }
    }
  return TRUE;
}

static gboolean
read_stores (FarTemplateReader *reader, const FarYamlNode *list, FarTemplateFunction *function)
{
  guint i, j;

  if (!far_template_check_kind (reader, list, "Stores", FAR_YAML_SEQUENCE))
    return FALSE;
  if (far_yaml_n (list) > FAR_TEMPLATE_STORES_MAX)
    return far_template_fail (reader, list, FAR_TEMPLATE_ERROR_VALUE,
                              "more than %d stores; put folders together",
                              FAR_TEMPLATE_STORES_MAX);
  for (i = 0; i < far_yaml_n (list); i++)
    {
      FarTemplateStore *store = g_new0 (FarTemplateStore, 1);
      const FarYamlNode *node = far_yaml_item (list, i);

      g_ptr_array_add (function->stores, store);
      if (!read_store (reader, node, store))
        return FALSE;
      for (j = 0; j < i; j++)
        {
          const FarTemplateStore *other = g_ptr_array_index (function->stores, j);

          if (strcmp (other->name, store->name) == 0 || strcmp (other->mount, store->mount) == 0)
            return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                      "the store %s has the name or mount of another; change it",
                                      store->name);
        }
    }
  return TRUE;
}

gboolean
far_template_read_account (FarTemplateReader *reader, const FarYamlNode *metadata,
                           FarTemplate *self)
{
  static const char *const top_keys[] = { "Farthing", NULL };
  static const char *const keys[] = { "Account", NULL };
  static const char *const account_keys[] = { "ConcurrentExecutions", "RequestsPerConcurrency",
                                              NULL };
  const FarYamlNode *farthing, *account, *node;

  if (!far_template_check_keys (reader, metadata, "Metadata", top_keys))
    return FALSE;
  farthing = far_template_need (reader, metadata, "Metadata", "Farthing");
  if (farthing == NULL || !far_template_check_keys (reader, farthing, "Metadata.Farthing", keys))
    return FALSE;
  account = far_template_need (reader, farthing, "Metadata.Farthing", "Account");
  if (account == NULL || !far_template_check_keys (reader, account, "Account", account_keys))
    return FALSE;
  node = far_yaml_get (account, "ConcurrentExecutions");
  if (node != NULL
      && !far_template_read_uint (reader, node, "ConcurrentExecutions",
                                  FAR_TEMPLATE_ACCOUNT_CONCURRENCY_MIN,
                                  FAR_TEMPLATE_ACCOUNT_CONCURRENCY_MAX,
                                  &self->account_concurrency))
    return FALSE;
  node = far_yaml_get (account, "RequestsPerConcurrency");
  return node == NULL
         || far_template_read_uint (reader, node, "RequestsPerConcurrency",
                                    FAR_TEMPLATE_REQUESTS_MIN, FAR_TEMPLATE_REQUESTS_MAX,
                                    &self->account_requests);
}

static gboolean
read_egress (FarTemplateReader *reader, const FarYamlNode *list, FarTemplateFunction *function)
{
  guint i;

  if (!far_template_check_kind (reader, list, "Egress", FAR_YAML_SEQUENCE))
    return FALSE;
  if (function->fork_server)
    return far_template_fail (reader, list, FAR_TEMPLATE_ERROR_VALUE,
                              "a function with ForkServer has no sockets to reach anything with; "
                              "remove ForkServer or Egress");
  if (far_yaml_n (list) > FAR_EGRESS_GRANTS_MAX)
    return far_template_fail (reader, list, FAR_TEMPLATE_ERROR_VALUE,
                              "more than %d grants; write *.domain", FAR_EGRESS_GRANTS_MAX);
  function->egress = g_new0 (char *, far_yaml_n (list) + 1);
  for (i = 0; i < far_yaml_n (list); i++)
    {
      const FarYamlNode *node = far_yaml_item (list, i);
      const char *text;

      if (!far_template_read_text (reader, node, "Egress", FAR_EGRESS_GRANT_MAX, &text))
        return FALSE;
      if (!far_egress_grant_is_valid (text))
        return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                  "“%s” is nothing to reach; write platform, internet, a host "
                                  "(api.example.org, *.example.org, either with :port) or "
                                  "127.0.0.1:port", text);
      function->egress[i] = g_strdup (text);
    }
  return TRUE;
}

/* A body for callers, in the words of whoever wrote the function. */
static gboolean
read_without_secrets (FarTemplateReader *reader, const FarYamlNode *node,
                      FarTemplateFunction *function)
{
  g_autoptr (JsonNode) body = NULL;
  g_autoptr (GError) wrong = NULL;
  const char *text;

  if (!far_template_read_text (reader, node, "WithoutSecrets", FAR_TEMPLATE_BODY_MAX, &text))
    return FALSE;
  body = far_json_parse_object (text, strlen (text), FAR_TEMPLATE_BODY_MAX, &wrong);
  if (body == NULL)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "WithoutSecrets is the JSON object that callers are answered while "
                              "a secret is missing: %s", wrong->message);
  function->without_secrets = g_strdup (text);
  return TRUE;
}

gboolean
far_template_read_metadata (FarTemplateReader *reader, const FarYamlNode *metadata,
                            FarTemplateFunction *function)
{
  static const char *const top_keys[] = { "Farthing", NULL };
  static const char *const keys[] = { "ForkServer", "Freeze", "Services",
                                       "Stores", "Faults", "Egress", "WithoutSecrets", NULL };
  const FarYamlNode *farthing, *node;

  if (!far_template_check_keys (reader, metadata, "Metadata", top_keys))
    return FALSE;
  farthing = far_template_need (reader, metadata, "Metadata", "Farthing");
  if (farthing == NULL || !far_template_check_keys (reader, farthing, "Metadata.Farthing", keys))
    return FALSE;
  node = far_yaml_get (farthing, "ForkServer");
  if (node != NULL && !far_template_read_bool (reader, node, "ForkServer", &function->fork_server))
    return FALSE;
  node = far_yaml_get (farthing, "Freeze");
  if (node != NULL && !far_template_read_bool (reader, node, "Freeze", &function->freeze))
    return FALSE;
  node = far_yaml_get (farthing, "Services");
  if (node != NULL && !read_services (reader, node, function))
    return FALSE;
  node = far_yaml_get (farthing, "Stores");
  if (node != NULL && !read_stores (reader, node, function))
    return FALSE;
  node = far_yaml_get (farthing, "Egress");
  if (node != NULL && !read_egress (reader, node, function))
    return FALSE;
  node = far_yaml_get (farthing, "WithoutSecrets");
  if (node != NULL && !read_without_secrets (reader, node, function))
    return FALSE;
  node = far_yaml_get (farthing, "Faults");
  return node == NULL || far_template_read_faults (reader, node, function->name);
}
