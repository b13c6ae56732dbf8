/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the template as a whole: the file, its top level, and what must hold across functions
 * (unique routes, concurrency that adds up). Functions, events and metadata are read by the files
 * beside it. Immutable once read. */
#include "platform/far-template-private.h"

#include <gio/gio.h>
#include <string.h>

#define TRANSFORM "AWS::Serverless-2016-10-31"
#define FORMAT_VERSION "2010-09-09"
#define FUNCTION_TYPE "AWS::Serverless::Function"
#define QUEUE_TYPE "AWS::SQS::Queue"
#define DESCRIPTION_LEN_MAX 1024 /* CloudFormation's */
#define ID_LEN_MAX 64
/* Lambda keeps 100 of an account's for functions without a reservation. */
#define UNRESERVED_MIN 100

G_DEFINE_QUARK (far-template-error-quark, far_template_error)

void
far_template_event_free (FarTemplateEvent *event)
{
  g_free (event->name);
  g_free (event->method);
  g_free (event->path);
  g_clear_pointer (&event->schedule, far_schedule_free);
  g_free (event->input);
  g_free (event->queue);
  g_free (event);
}

void
far_template_service_free (FarTemplateService *service)
{
  g_free (service->name);
  g_strfreev (service->commands);
  g_free (service);
}

void
far_template_store_free (FarTemplateStore *store)
{
  g_free (store->name);
  g_free (store->path);
  g_free (store->mount);
  g_free (store);
}

void
far_template_function_free (FarTemplateFunction *function)
{
  g_free (function->name);
  g_free (function->description);
  g_free (function->alias);
  g_free (function->dead_letter);
  g_free (function->role);
  g_free (function->code_sha256);
  g_free (function->async.on_success);
  g_free (function->async.on_failure);
  g_free (function->url.cors);
  g_free (function->code_dir);
  g_free (function->handler);
  g_free (function->runtime);
  g_strfreev (function->env);
  g_strfreev (function->egress);
  g_free (function->without_secrets);
  g_clear_pointer (&function->events, g_ptr_array_unref);
  g_clear_pointer (&function->services, g_ptr_array_unref);
  g_clear_pointer (&function->stores, g_ptr_array_unref);
  g_free (function);
}

FarTemplateFunction *
far_template_function_copy (const FarTemplateFunction *function)
{
  FarTemplateFunction *copy = g_memdup2 (function, sizeof *function);

  copy->name = g_strdup (function->name);
  copy->description = g_strdup (function->description);
  copy->alias = g_strdup (function->alias);
  copy->dead_letter = g_strdup (function->dead_letter);
  copy->role = g_strdup (function->role);
  copy->code_sha256 = g_strdup (function->code_sha256);
  copy->async.on_success = g_strdup (function->async.on_success);
  copy->async.on_failure = g_strdup (function->async.on_failure);
  copy->url.cors = g_strdup (function->url.cors);
  copy->code_dir = g_strdup (function->code_dir);
  copy->handler = g_strdup (function->handler);
  copy->runtime = g_strdup (function->runtime);
  copy->env = g_strdupv (function->env);
  copy->egress = g_strdupv (function->egress);
  copy->without_secrets = g_strdup (function->without_secrets);
  copy->events = g_ptr_array_ref (function->events);
  copy->services = g_ptr_array_ref (function->services);
  copy->stores = g_ptr_array_ref (function->stores);
  return copy;
}

static gboolean
check_constant (FarTemplateReader *reader, const FarYamlNode *root, const char *key,
                const char *value)
{
  const FarYamlNode *node = far_yaml_get (root, key);
  const char *text;

  if (node == NULL)
    return TRUE;
  if (!far_template_read_text (reader, node, key, 256, &text))
    return FALSE;
  if (strcmp (text, value) != 0)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "%s “%s” is not known; write %s", key, text, value);
  return TRUE;
}

static gboolean
check_id (FarTemplateReader *reader, const FarYamlNode *id)
{
  const char *at = id->text;

  while (g_ascii_isalnum (*at))
    at++;
  if (at == id->text || *at != '\0' || strlen (id->text) > ID_LEN_MAX)
    return far_template_fail (reader, id, FAR_TEMPLATE_ERROR_VALUE,
                              "“%s” is no logical id; use 1 to %d letters and digits", id->text,
                              ID_LEN_MAX);
  return TRUE;
}

static gboolean
add_queue (FarTemplateReader *reader, FarTemplate *self, const FarYamlNode *id,
           const FarYamlNode *resource)
{
  FarQueueSpec *queue;
  guint i;

  if (self->queues->len == FAR_QUEUES_MAX)
    return far_template_fail (reader, id, FAR_TEMPLATE_ERROR_VALUE,
                              "more than %d queues; split the template", FAR_QUEUES_MAX);
  queue = far_template_read_queue (reader, id, resource);
  if (queue == NULL)
    return FALSE;
  for (i = 0; i < self->queues->len; i++)
    if (strcmp (((FarQueueSpec *) g_ptr_array_index (self->queues, i))->name, queue->name) == 0)
      {
        far_template_fail (reader, id, FAR_TEMPLATE_ERROR_VALUE,
                           "the queue %s has the name of another; change its QueueName",
                           id->text);
        far_queue_spec_free (queue);
        return FALSE;
      }
  g_ptr_array_add (self->queues, queue);
  return TRUE;
}

static gboolean
read_resource (FarTemplateReader *reader, FarTemplate *self, const FarYamlNode *id,
               const FarYamlNode *resource, const FarYamlNode *globals)
{
  static const char *const keys[] = { "Type", "Properties", "Metadata", NULL };
  FarTemplateFunction *function;
  const FarYamlNode *type;
  const char *type_text;

  if (!check_id (reader, id) ||
      !far_template_check_kind (reader, resource, id->text, FAR_YAML_MAPPING))
    return FALSE;
  type = far_template_need (reader, resource, id->text, "Type");
  if (type == NULL || !far_template_read_text (reader, type, "Type", 256, &type_text))
    return FALSE;
  if (strcmp (type_text, QUEUE_TYPE) == 0)
    return add_queue (reader, self, id, resource);
  if (strcmp (type_text, FUNCTION_TYPE) != 0)
    return far_template_fail (reader, type, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                              "resource type %s is not run here, only " FUNCTION_TYPE " and "
                              QUEUE_TYPE " are; move %s to another template", type_text, id->text);
  if (!far_template_check_keys (reader, resource, id->text, keys))
    return FALSE;
  if (self->functions->len == FAR_TEMPLATE_FUNCTIONS_MAX)
    return far_template_fail (reader, id, FAR_TEMPLATE_ERROR_VALUE,
                              "more than %d functions; split the template",
                              FAR_TEMPLATE_FUNCTIONS_MAX);
  function = far_template_read_function (reader, id, resource, globals);
  if (function == NULL)
    return FALSE;
  g_ptr_array_add (self->functions, function);
  return TRUE;
}

static const FarYamlNode *
events_node (const FarYamlNode *resources, const char *function, const char *event)
{
  const FarYamlNode *properties = far_yaml_get (far_yaml_get (resources, function), "Properties");

  return far_yaml_get (far_yaml_get (properties, "Events"), event);
}

/* API Gateway refuses a route that two functions have; so is one that differs only in the names of
 * its parameters. */
static gboolean
check_routes (FarTemplateReader *reader, FarTemplate *self, const FarYamlNode *resources)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint i, j;

  for (i = 0; i < self->functions->len; i++)
    {
      FarTemplateFunction *function = g_ptr_array_index (self->functions, i);

      for (j = 0; j < function->events->len; j++)
        {
          FarTemplateEvent *event = g_ptr_array_index (function->events, j);
          FarTemplateFunction *other;
          char *shape;

          if (event->kind != FAR_TEMPLATE_EVENT_HTTP)
            continue;
          shape = far_template_event_shape (event);
          other = g_hash_table_lookup (seen, shape);
          if (other != NULL)
            {
              g_free (shape);
              return far_template_fail (reader,
                                        events_node (resources, function->name, event->name),
                                        FAR_TEMPLATE_ERROR_VALUE,
                                        "the route %s %s is taken by %s already; change one",
                                        event->method, event->path, other->name);
            }
          g_hash_table_insert (seen, shape, function);
        }
    }
  return TRUE;
}

static gboolean
check_concurrency (FarTemplateReader *reader, FarTemplate *self, const FarYamlNode *resources)
{
  int total_max = (int) self->account_concurrency - UNRESERVED_MIN;
  int total = 0;
  guint i;

  for (i = 0; i < self->functions->len; i++)
    {
      FarTemplateFunction *function = g_ptr_array_index (self->functions, i);

      total += function->reserved_concurrency >= 0 ? function->reserved_concurrency
                                                   : (int) function->provisioned;
      if (total > total_max)
        return far_template_fail (reader, far_yaml_get (resources, function->name),
                                  FAR_TEMPLATE_ERROR_VALUE,
                                  "with %s the functions reserve a concurrency of %d, more than "
                                  "the %d that Lambda gives out; reserve less", function->name,
                                  total, total_max);
    }
  return TRUE;
}

static gboolean
read_top (FarTemplateReader *reader, FarTemplate *self, const FarYamlNode *root)
{
  static const char *const keys[] = { "AWSTemplateFormatVersion", "Transform", "Description",
                                      "Globals", "Metadata", "Resources", NULL };
  const FarYamlNode *globals, *resources, *description, *metadata;
  const char *text;
  guint i;

  if (!far_template_check_kind (reader, root, "a template", FAR_YAML_MAPPING) ||
      !far_template_check_keys (reader, root, "a template", keys) ||
      far_template_need (reader, root, "a template", "Transform") == NULL ||
      !check_constant (reader, root, "AWSTemplateFormatVersion", FORMAT_VERSION) ||
      !check_constant (reader, root, "Transform", TRANSFORM))
    return FALSE;
  description = far_yaml_get (root, "Description");
  if (description != NULL)
    {
      if (!far_template_read_text (reader, description, "Description", DESCRIPTION_LEN_MAX, &text))
        return FALSE;
      self->description = g_strdup (text);
    }
  metadata = far_yaml_get (root, "Metadata");
  if (metadata != NULL && !far_template_read_account (reader, metadata, self))
    return FALSE;
  globals = far_yaml_get (root, "Globals");
  if (globals != NULL)
    {
      if (!far_template_check_globals (reader, globals))
        return FALSE;
      globals = far_yaml_get (globals, "Function");
    }
  resources = far_template_need (reader, root, "a template", "Resources");
  if (resources == NULL ||
      !far_template_check_kind (reader, resources, "Resources", FAR_YAML_MAPPING))
    return FALSE;
  if (far_yaml_n (resources) == 0)
    return far_template_fail (reader, resources, FAR_TEMPLATE_ERROR_VALUE,
                              "no resources; describe at least one function");
  reader->resources = resources;
  for (i = 0; i < far_yaml_n (resources); i++)
    if (!read_resource (reader, self, far_yaml_key (resources, i), far_yaml_value (resources, i),
                        globals))
      return FALSE;
  return check_routes (reader, self, resources) && check_concurrency (reader, self, resources)
         && far_template_check_faults (reader, self);
}

FarTemplate *
far_template_parse (const char *text, gsize n_bytes, const char *name, const char *base_dir,
                    GError **error)
{
  g_autoptr (GPtrArray) fault_nodes = g_ptr_array_new ();
  FarTemplateReader reader = { .name = name, .error = error, .fault_nodes = fault_nodes };
  g_autoptr (FarTemplate) self = NULL;
  g_autoptr (FarYamlNode) root = NULL;
  g_autoptr (GError) yaml_error = NULL;

  g_return_val_if_fail (name != NULL && base_dir != NULL, NULL);

  root = far_yaml_parse (text, n_bytes, name, &yaml_error);
  if (root == NULL)
    {
      g_set_error_literal (error, FAR_TEMPLATE_ERROR, FAR_TEMPLATE_ERROR_SYNTAX,
                           yaml_error->message);
      return NULL;
    }
  self = g_new0 (FarTemplate, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->path = g_strdup (name);
  self->account_concurrency = FAR_TEMPLATE_CONCURRENCY_MAX;
  self->account_requests = FAR_TEMPLATE_REQUESTS_MIN;
  self->base_dir = g_canonicalize_filename (base_dir, NULL);
  self->functions = g_ptr_array_new_with_free_func ((GDestroyNotify) far_template_function_free);
  self->queues = g_ptr_array_new_with_free_func ((GDestroyNotify) far_queue_spec_free);
  self->faults = g_ptr_array_new_with_free_func ((GDestroyNotify) far_fault_spec_free);
  reader.faults = self->faults;
  reader.base_dir = self->base_dir;
  return read_top (&reader, self, root) ? g_steal_pointer (&self) : NULL;
}

FarTemplate *
far_template_load (const char *path, GError **error)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *base_dir = g_path_get_dirname (absolute);
  g_autoptr (GFile) file = g_file_new_for_path (absolute);
  g_autoptr (GError) read_error = NULL;
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, &read_error);
  g_autofree char *text = NULL;
  gsize n_bytes;

  if (stream != NULL)
    {
      text = g_malloc (FAR_TEMPLATE_SIZE_MAX + 1);
      if (g_input_stream_read_all (G_INPUT_STREAM (stream), text, FAR_TEMPLATE_SIZE_MAX + 1,
                                   &n_bytes, NULL, &read_error) &&
          n_bytes <= FAR_TEMPLATE_SIZE_MAX)
        return far_template_parse (text, n_bytes, absolute, base_dir, error);
    }
  if (read_error != NULL)
    g_set_error (error, FAR_TEMPLATE_ERROR, FAR_TEMPLATE_ERROR_READ,
                 "The template cannot be read: %s; name another with --template",
                 read_error->message);
  else
    g_set_error (error, FAR_TEMPLATE_ERROR, FAR_TEMPLATE_ERROR_READ,
                 "%s: larger than %d bytes; split the template", absolute, FAR_TEMPLATE_SIZE_MAX);
  return NULL;
}

FarTemplate *
far_template_ref (FarTemplate *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
far_template_unref (FarTemplate *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_free (self->path);
  g_free (self->base_dir);
  g_free (self->description);
  g_ptr_array_unref (self->functions);
  g_ptr_array_unref (self->queues);
  g_ptr_array_unref (self->faults);
  g_free (self);
}

guint
far_template_n_faults (FarTemplate *self)
{
  return self->faults->len;
}

const FarFaultSpec *
far_template_get_fault (FarTemplate *self, guint index)
{
  g_return_val_if_fail (index < self->faults->len, NULL);

  return g_ptr_array_index (self->faults, index);
}

const char *
far_template_get_path (FarTemplate *self)
{
  return self->path;
}

const char *
far_template_get_base_dir (FarTemplate *self)
{
  return self->base_dir;
}

const char *
far_template_get_description (FarTemplate *self)
{
  return self->description;
}

guint
far_template_get_account_concurrency (FarTemplate *self)
{
  return self->account_concurrency;
}

guint
far_template_get_account_requests (FarTemplate *self)
{
  return self->account_requests;
}

guint
far_template_n_queues (FarTemplate *self)
{
  return self->queues->len;
}

const FarQueueSpec *
far_template_get_queue (FarTemplate *self, guint index)
{
  g_return_val_if_fail (index < self->queues->len, NULL);

  return g_ptr_array_index (self->queues, index);
}

guint
far_template_n_functions (FarTemplate *self)
{
  return self->functions->len;
}

const FarTemplateFunction *
far_template_get_function (FarTemplate *self, guint index)
{
  g_return_val_if_fail (index < self->functions->len, NULL);

  return g_ptr_array_index (self->functions, index);
}

const FarTemplateFunction *
far_template_find_function (FarTemplate *self, const char *name)
{
  guint i;

  for (i = 0; i < self->functions->len; i++)
    {
      const FarTemplateFunction *function = g_ptr_array_index (self->functions, i);

      if (strcmp (function->name, name) == 0)
        return function;
    }
  return NULL;
}

gboolean
far_template_has_route (FarTemplate *self, const char *route)
{
  guint i;
  guint j;

  for (i = 0; i < self->functions->len; i++)
    {
      const FarTemplateFunction *function = g_ptr_array_index (self->functions, i);

      for (j = 0; j < function->events->len; j++)
        {
          const FarTemplateEvent *event = g_ptr_array_index (function->events, j);
          g_autofree char *key = NULL;

          if (event->kind != FAR_TEMPLATE_EVENT_HTTP)
            continue;
          key = strcmp (event->path, "$default") == 0
                    ? g_strdup (event->path)
                    : g_strconcat (event->method, " ", event->path, NULL);
          if (strcmp (key, route) == 0)
            return TRUE;
        }
    }
  return FALSE;
}
