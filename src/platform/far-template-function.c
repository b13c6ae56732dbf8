/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of one function: its own properties over those of Globals, each checked against
 * Lambda's documented limits. No state. */
#include "platform/far-template-private.h"

#include <string.h>

#include "platform/far-interpreters.h"
#include "platform/far-local-secrets.h"

#define RUNTIME "provided.al2023"
#define HANDLER_LEN_MAX 128
#define CODE_URI_LEN_MAX 1024
#define ENV_NAME_LEN_MAX 128
#define DESCRIPTION_LEN_MAX 256
#define ALIAS_LEN_MAX 128

/* Lambda sets these itself and refuses them in a function's configuration. */
static const char *const reserved_env[] = {
  "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "FARTHING_RUNTIME",
  "FARTHING_TEST_CLOCK", NULL,
};
#define SERVICE_ENV_PREFIX "FARTHING_SERVICE_"

static const char *const global_keys[] = {
  "CodeUri", "Handler", "Runtime", "MemorySize", "Timeout", "Environment", "EphemeralStorage",
  "ReservedConcurrentExecutions", NULL,
};

static const char *const property_keys[] = {
  "CodeUri", "Handler", "Runtime", "MemorySize", "Timeout", "Environment", "EphemeralStorage",
  "Description", "ReservedConcurrentExecutions", "ProvisionedConcurrencyConfig", "AutoPublishAlias",
  "EventInvokeConfig", "DeadLetterQueue", "FunctionUrlConfig", "Events", NULL,
};

const char *
far_template_refuses_variable (const char *name)
{
  const char *at = name;

  if (g_strv_contains (reserved_env, name) || g_str_has_prefix (name, SERVICE_ENV_PREFIX))
    return "is set by the platform itself; choose another name";
  if (g_ascii_isalpha (*at))
    while (g_ascii_isalnum (*at) || *at == '_')
      at++;
  if (*at != '\0' || at - name < 2 || at - name > ENV_NAME_LEN_MAX)
    return "is no name of a variable; use 2 to 128 letters, digits and _, a letter first";
  return NULL;
}

gsize
far_template_measure_env (GPtrArray *env)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  for (i = 0; i < env->len; i++)
    {
      const char *equals = strchr (env->pdata[i], '=');
      g_autofree char *name = g_strndup (env->pdata[i], equals - (char *) env->pdata[i]);

      far_json_add_string (&writer, name, equals + 1);
    }
  far_json_end_object (&writer);
  return writer.text->len;
}

static gboolean
check_env_name (FarTemplateReader *reader, const FarYamlNode *key)
{
  const char *why = far_template_refuses_variable (key->text);

  return why == NULL
         || far_template_fail (reader, key, FAR_TEMPLATE_ERROR_VALUE, "“%s” %s", key->text, why);
}

/* Adds or overrides; names keeps name → index in env. */
static gboolean
read_env (FarTemplateReader *reader, const FarYamlNode *environment, GPtrArray *env,
          GHashTable *names)
{
  static const char *const keys[] = { "Variables", NULL };
  const FarYamlNode *variables;
  guint i;

  if (!far_template_check_keys (reader, environment, "Environment", keys))
    return FALSE;
  variables = far_template_need (reader, environment, "Environment", "Variables");
  if (variables == NULL ||
      !far_template_check_kind (reader, variables, "Variables", FAR_YAML_MAPPING))
    return FALSE;
  for (i = 0; i < far_yaml_n (variables); i++)
    {
      const FarYamlNode *key = far_yaml_key (variables, i), *value = far_yaml_value (variables, i);
      gpointer index;
      char *pair;

      if (!check_env_name (reader, key) ||
          !far_template_check_kind (reader, value, key->text, FAR_YAML_SCALAR))
        return FALSE;
      if (far_local_secrets_refuses (value->text) != NULL)
        return far_template_fail (reader, value, FAR_TEMPLATE_ERROR_VALUE, "%s %s", key->text,
                                  far_local_secrets_refuses (value->text));
      pair = g_strdup_printf ("%s=%s", key->text, value->text);
      if (g_hash_table_lookup_extended (names, key->text, NULL, &index))
        {
          g_free (env->pdata[GPOINTER_TO_UINT (index)]);
          env->pdata[GPOINTER_TO_UINT (index)] = pair;
          continue;
        }
      g_hash_table_insert (names, key->text, GUINT_TO_POINTER (env->len));
      g_ptr_array_add (env, pair);
    }
  return TRUE;
}

static gboolean
read_environment (FarTemplateReader *reader, const FarYamlNode *id, const FarYamlNode *own,
                  const FarYamlNode *global, FarTemplateFunction *function)
{
  g_autoptr (GPtrArray) env = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  gsize n_bytes;

  if ((global != NULL && !read_env (reader, global, env, names)) ||
      (own != NULL && !read_env (reader, own, env, names)))
    return FALSE;
  n_bytes = far_template_measure_env (env);
  if (n_bytes > FAR_TEMPLATE_ENV_BYTES_MAX)
    return far_template_fail (reader, own != NULL ? own : id, FAR_TEMPLATE_ERROR_VALUE,
                              "the variables of %s take %" G_GSIZE_FORMAT " bytes as JSON, Lambda "
                              "allows %d; shorten them", id->text, n_bytes,
                              FAR_TEMPLATE_ENV_BYTES_MAX);
  g_ptr_array_add (env, NULL);
  g_strfreev (function->env);
  function->env = (char **) g_ptr_array_free (g_steal_pointer (&env), FALSE);
  return TRUE;
}

static gboolean
read_code_uri (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  const char *text;

  if (!far_template_read_text (reader, node, "CodeUri", CODE_URI_LEN_MAX, &text))
    return FALSE;
  if (strstr (text, "://") != NULL)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "CodeUri “%s” is not on this machine; name a folder", text);
  function->code_dir = g_canonicalize_filename (text, reader->base_dir);
  return TRUE;
}

static gboolean
read_handler (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  const char *text, *at;

  if (!far_template_read_text (reader, node, "Handler", HANDLER_LEN_MAX, &text))
    return FALSE;
  for (at = text; *at != '\0'; at++)
    if (g_ascii_isspace (*at) || g_ascii_iscntrl (*at))
      return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                                "Handler has a space in it; remove it");
  function->handler = g_strdup (text);
  return TRUE;
}

gboolean
far_template_knows_runtime (const char *runtime)
{
  return strcmp (runtime, RUNTIME) == 0 || far_interpreters_is_managed (runtime);
}

static gboolean
read_runtime (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  const char *text;

  if (!far_template_read_text (reader, node, "Runtime", 64, &text))
    return FALSE;
  if (!far_template_knows_runtime (text))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "Runtime %s is not run here; use %s, or build the function for "
                              RUNTIME, text, far_interpreters_known ());
  function->runtime = g_strdup (text);
  return TRUE;
}

static gboolean
read_reserved (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  guint value;

  if (!far_template_read_uint (reader, node, "ReservedConcurrentExecutions", 0,
                               FAR_TEMPLATE_CONCURRENCY_MAX, &value))
    return FALSE;
  function->reserved_concurrency = (int) value;
  return TRUE;
}

static gboolean
read_tmp (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  static const char *const keys[] = { "Size", NULL };
  const FarYamlNode *size;

  if (!far_template_check_keys (reader, node, "EphemeralStorage", keys))
    return FALSE;
  size = far_template_need (reader, node, "EphemeralStorage", "Size");
  return size != NULL && far_template_read_uint (reader, size, "Size", FAR_TEMPLATE_TMP_MB_MIN,
                                                 FAR_TEMPLATE_TMP_MB_MAX, &function->tmp_mb);
}

/* A value of the function's own, else of Globals. */
static const FarYamlNode *
pick (const FarYamlNode *own, const FarYamlNode *globals, const char *key)
{
  const FarYamlNode *node = far_yaml_get (own, key);

  return node != NULL ? node : far_yaml_get (globals, key);
}

static gboolean
read_description (FarTemplateReader *reader, const FarYamlNode *node,
                  FarTemplateFunction *function)
{
  const char *text;

  if (!far_template_read_text (reader, node, "Description", DESCRIPTION_LEN_MAX, &text))
    return FALSE;
  function->description = g_strdup (text);
  return TRUE;
}

/* SAM wants one beside ProvisionedConcurrencyConfig. It stands for $LATEST here. */
static gboolean
read_alias (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateFunction *function)
{
  const char *text, *at;

  if (!far_template_read_text (reader, node, "AutoPublishAlias", ALIAS_LEN_MAX, &text))
    return FALSE;
  for (at = text; g_ascii_isalnum (*at) || *at == '-' || *at == '_'; at++)
    ;
  if (*at != '\0' || strspn (text, "0123456789") == strlen (text))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "AutoPublishAlias is “%s”; use letters, digits, - and _, and not "
                              "digits alone", text);
  function->alias = g_strdup (text);
  return TRUE;
}

static gboolean
read_more (FarTemplateReader *reader, const FarYamlNode *own, FarTemplateFunction *function)
{
  static const struct {
    const char *key;
    gboolean (*read) (FarTemplateReader *, const FarYamlNode *, FarTemplateFunction *);
  } more[] = {
    { "Description", read_description },
    { "AutoPublishAlias", read_alias },
    { "ProvisionedConcurrencyConfig", far_template_read_provisioned },
    { "EventInvokeConfig", far_template_read_async },
    { "DeadLetterQueue", far_template_read_dead_letter },
    { "FunctionUrlConfig", far_template_read_url },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (more); i++)
    {
      const FarYamlNode *node = far_yaml_get (own, more[i].key);

      if (node != NULL && !more[i].read (reader, node, function))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_properties (FarTemplateReader *reader, const FarYamlNode *id, const FarYamlNode *own,
                 const FarYamlNode *globals, FarTemplateFunction *function)
{
  static const struct {
    const char *key;
    gboolean (*read) (FarTemplateReader *, const FarYamlNode *, FarTemplateFunction *);
  } needed[] = {
    { "CodeUri", read_code_uri }, { "Handler", read_handler }, { "Runtime", read_runtime },
  };
  const FarYamlNode *node;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      node = pick (own, globals, needed[i].key);
      if (node == NULL)
        return far_template_need (reader, own, id->text, needed[i].key) != NULL;
      if (!needed[i].read (reader, node, function))
        return FALSE;
    }
  node = pick (own, globals, "MemorySize");
  if (node != NULL &&
      !far_template_read_uint (reader, node, "MemorySize", FAR_TEMPLATE_MEMORY_MB_MIN,
                               FAR_TEMPLATE_MEMORY_MB_MAX, &function->memory_mb))
    return FALSE;
  node = pick (own, globals, "Timeout");
  if (node != NULL && !far_template_read_uint (reader, node, "Timeout", 1,
                                               FAR_TEMPLATE_TIMEOUT_S_MAX, &function->timeout_s))
    return FALSE;
  node = pick (own, globals, "EphemeralStorage");
  if (node != NULL && !read_tmp (reader, node, function))
    return FALSE;
  node = pick (own, globals, "ReservedConcurrentExecutions");
  if (node != NULL && !read_reserved (reader, node, function))
    return FALSE;
  if (!read_more (reader, own, function))
    return FALSE;
  node = far_yaml_get (own, "Events");
  if (node != NULL && !far_template_read_events (reader, node, function->events))
    return FALSE;
  return read_environment (reader, id, far_yaml_get (own, "Environment"),
                           far_yaml_get (globals, "Environment"), function);
}

gboolean
far_template_check_globals (FarTemplateReader *reader, const FarYamlNode *globals)
{
  static const char *const keys[] = { "Function", NULL };
  const FarYamlNode *function;

  if (!far_template_check_keys (reader, globals, "Globals", keys))
    return FALSE;
  function = far_template_need (reader, globals, "Globals", "Function");
  return function != NULL &&
         far_template_check_keys (reader, function, "Globals.Function", global_keys);
}

FarTemplateFunction *
far_template_function_new (void)
{
  FarTemplateFunction *function = g_new0 (FarTemplateFunction, 1);

  function->memory_mb = FAR_TEMPLATE_MEMORY_MB_DEFAULT;
  function->tmp_mb = FAR_TEMPLATE_TMP_MB_MIN;
  function->timeout_s = FAR_TEMPLATE_TIMEOUT_S_DEFAULT;
  function->reserved_concurrency = -1;
  function->async.retries = -1;
  function->env = g_new0 (char *, 1);
  function->events = g_ptr_array_new_with_free_func ((GDestroyNotify) far_template_event_free);
  function->services = g_ptr_array_new_with_free_func ((GDestroyNotify) far_template_service_free);
  function->stores = g_ptr_array_new_with_free_func ((GDestroyNotify) far_template_store_free);
  return function;
}

FarTemplateFunction *
far_template_read_function (FarTemplateReader *reader, const FarYamlNode *id,
                            const FarYamlNode *resource, const FarYamlNode *globals)
{
  FarTemplateFunction *function;
  const FarYamlNode *properties, *metadata;

  properties = far_template_need (reader, resource, id->text, "Properties");
  if (properties == NULL ||
      !far_template_check_keys (reader, properties, "a function's Properties", property_keys))
    return NULL;
  function = far_template_function_new ();
  function->name = g_strdup (id->text);
  function->line = id->line;
  metadata = far_yaml_get (resource, "Metadata");
  if (!read_properties (reader, id, properties, globals, function) ||
      (metadata != NULL && !far_template_read_metadata (reader, metadata, function)))
    {
      far_template_function_free (function);
      return NULL;
    }
  return function;
}
