/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of YAML by libyaml's events into a tree with places.
 *
 * Invariants: a mapping's items come in pairs and its keys are distinct scalars; depth, number of
 * nodes and size are bounded; every string is valid UTF-8 without NUL. No state; any thread. */
#include "platform/far-yaml.h"

#include <string.h>
#include <yaml.h>

typedef struct {
  yaml_parser_t parser;
  const char   *name;
  guint         n_nodes;
  GError      **error;
} Reader;

G_DEFINE_QUARK (far-yaml-error-quark, far_yaml_error)

void
far_yaml_free (FarYamlNode *node)
{
  if (node == NULL)
    return;
  g_clear_pointer (&node->items, g_ptr_array_unref);
  g_free (node->text);
  g_free (node->tag);
  g_free (node);
}

guint
far_yaml_n (const FarYamlNode *node)
{
  if (node->kind == FAR_YAML_SCALAR)
    return 0;
  return node->kind == FAR_YAML_MAPPING ? node->items->len / 2 : node->items->len;
}

FarYamlNode *
far_yaml_key (const FarYamlNode *mapping, guint index)
{
  g_return_val_if_fail (mapping->kind == FAR_YAML_MAPPING, NULL);

  return g_ptr_array_index (mapping->items, 2 * index);
}

FarYamlNode *
far_yaml_value (const FarYamlNode *mapping, guint index)
{
  g_return_val_if_fail (mapping->kind == FAR_YAML_MAPPING, NULL);

  return g_ptr_array_index (mapping->items, 2 * index + 1);
}

FarYamlNode *
far_yaml_item (const FarYamlNode *sequence, guint index)
{
  g_return_val_if_fail (sequence->kind == FAR_YAML_SEQUENCE, NULL);

  return g_ptr_array_index (sequence->items, index);
}

FarYamlNode *
far_yaml_get (const FarYamlNode *node, const char *key)
{
  guint i;

  if (node == NULL || node->kind != FAR_YAML_MAPPING)
    return NULL;
  for (i = 0; i < far_yaml_n (node); i++)
    if (strcmp (far_yaml_key (node, i)->text, key) == 0)
      return far_yaml_value (node, i);
  return NULL;
}

gboolean
far_yaml_is_null (const FarYamlNode *node)
{
  return node->kind == FAR_YAML_SCALAR && node->plain &&
         (*node->text == '\0' || strcmp (node->text, "~") == 0 ||
          strcmp (node->text, "null") == 0);
}

static gboolean G_GNUC_PRINTF (4, 5)
fail (Reader *reader, const yaml_mark_t *mark, FarYamlError code, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (reader->error, FAR_YAML_ERROR, code, "%s:%u:%u: %s", reader->name,
               (guint) mark->line + 1, (guint) mark->column + 1, message);
  return FALSE;
}

static gboolean
next_event (Reader *reader, yaml_event_t *event)
{
  const yaml_parser_t *parser = &reader->parser;
  const yaml_mark_t *mark = &parser->problem_mark;

  if (yaml_parser_parse (&reader->parser, event))
    return TRUE;
  if (parser->error == YAML_READER_ERROR)
    mark = &parser->mark;
  return fail (reader, mark, FAR_YAML_ERROR_SYNTAX, "%s%s%s; mend the YAML here",
               parser->problem != NULL ? parser->problem : "this cannot be read",
               parser->context != NULL ? " " : "",
               parser->context != NULL ? parser->context : "");
}

static FarYamlNode *
new_node (Reader *reader, const yaml_event_t *event, FarYamlKind kind, const yaml_char_t *anchor,
          const yaml_char_t *tag)
{
  FarYamlNode *node;

  if (anchor != NULL)
    {
      fail (reader, &event->start_mark, FAR_YAML_ERROR_UNSUPPORTED,
            "anchor &%s: anchors and aliases are not taken; write the value where it is needed",
            (const char *) anchor);
      return NULL;
    }
  if (++reader->n_nodes > FAR_YAML_NODES_MAX)
    {
      fail (reader, &event->start_mark, FAR_YAML_ERROR_LIMIT,
            "more than %d values; split the file", FAR_YAML_NODES_MAX);
      return NULL;
    }
  node = g_new0 (FarYamlNode, 1);
  node->kind = kind;
  node->line = (guint) event->start_mark.line + 1;
  node->column = (guint) event->start_mark.column + 1;
  node->tag = g_strdup ((const char *) tag);
  if (kind != FAR_YAML_SCALAR)
    node->items = g_ptr_array_new_with_free_func ((GDestroyNotify) far_yaml_free);
  return node;
}

static FarYamlNode *
read_scalar (Reader *reader, const yaml_event_t *event)
{
  FarYamlNode *node = new_node (reader, event, FAR_YAML_SCALAR, event->data.scalar.anchor,
                                event->data.scalar.tag);
  const char *text = (const char *) event->data.scalar.value;

  if (node == NULL)
    return NULL;
  if (!g_utf8_validate_len (text, event->data.scalar.length, NULL))
    {
      fail (reader, &event->start_mark, FAR_YAML_ERROR_UNSUPPORTED,
            "a NUL or invalid character in a value; remove it");
      far_yaml_free (node);
      return NULL;
    }
  node->text = g_strndup (text, event->data.scalar.length);
  node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  return node;
}

/* A mapping checks each key as it comes, before its value is read. */
static gboolean
check_key (Reader *reader, const FarYamlNode *mapping, GHashTable *keys, const FarYamlNode *key,
           const yaml_mark_t *mark)
{
  if (key->kind != FAR_YAML_SCALAR)
    return fail (reader, mark, FAR_YAML_ERROR_UNSUPPORTED,
                 "a key that is a list or mapping; keys are plain words");
  if (strlen (key->text) > FAR_YAML_KEY_MAX)
    return fail (reader, mark, FAR_YAML_ERROR_LIMIT, "a key of more than %d bytes; shorten it",
                 FAR_YAML_KEY_MAX);
  if (key->plain && strcmp (key->text, "<<") == 0)
    return fail (reader, mark, FAR_YAML_ERROR_UNSUPPORTED,
                 "merge keys are not taken; write the values where they are needed");
  if (!g_hash_table_add (keys, key->text))
    {
      guint i;

      for (i = 0; i + 1 < mapping->items->len; i += 2)
        {
          const FarYamlNode *other = g_ptr_array_index (mapping->items, i);

          if (strcmp (other->text, key->text) == 0)
            return fail (reader, mark, FAR_YAML_ERROR_UNSUPPORTED,
                         "%s stands twice, first in line %u; remove one", key->text, other->line);
        }
      g_assert_not_reached ();
    }
  return TRUE;
}

static FarYamlNode *read_node (Reader *reader, const yaml_event_t *event, guint depth);

static gboolean
read_items (Reader *reader, FarYamlNode *node, guint depth)
{
  yaml_event_type_t end = node->kind == FAR_YAML_MAPPING ? YAML_MAPPING_END_EVENT
                                                         : YAML_SEQUENCE_END_EVENT;
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean done = FALSE;

  while (!done)
    {
      yaml_event_t event;
      FarYamlNode *item = NULL;
      gboolean is_key = node->kind == FAR_YAML_MAPPING && node->items->len % 2 == 0;
      gboolean ok;

      if (!next_event (reader, &event))
        return FALSE;
      done = event.type == end;
      ok = done || (item = read_node (reader, &event, depth + 1)) != NULL;
      if (item != NULL && is_key && !check_key (reader, node, keys, item, &event.start_mark))
        ok = FALSE;
      if (item != NULL)
        g_ptr_array_add (node->items, item);
      yaml_event_delete (&event);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

static FarYamlNode *
read_node (Reader *reader, const yaml_event_t *event, guint depth)
{
  g_autoptr (FarYamlNode) node = NULL;

  if (event->type == YAML_ALIAS_EVENT)
    {
      fail (reader, &event->start_mark, FAR_YAML_ERROR_UNSUPPORTED,
            "alias *%s: anchors and aliases are not taken; write the value where it is needed",
            (const char *) event->data.alias.anchor);
      return NULL;
    }
  if (event->type == YAML_SCALAR_EVENT)
    return read_scalar (reader, event);
  if (depth >= FAR_YAML_DEPTH_MAX)
    {
      fail (reader, &event->start_mark, FAR_YAML_ERROR_LIMIT,
            "nested deeper than %d levels; flatten it", FAR_YAML_DEPTH_MAX);
      return NULL;
    }
  if (event->type == YAML_MAPPING_START_EVENT)
    node = new_node (reader, event, FAR_YAML_MAPPING, event->data.mapping_start.anchor,
                     event->data.mapping_start.tag);
  else if (event->type == YAML_SEQUENCE_START_EVENT)
    node = new_node (reader, event, FAR_YAML_SEQUENCE, event->data.sequence_start.anchor,
                     event->data.sequence_start.tag);
  else
    g_assert_not_reached ();
  if (node == NULL || !read_items (reader, node, depth))
    return NULL;
  return g_steal_pointer (&node);
}

/* Skips one event that must be of the given type, for the frame around a document. */
static gboolean
expect (Reader *reader, yaml_event_type_t type, const char *otherwise)
{
  yaml_event_t event;
  gboolean ok;

  if (!next_event (reader, &event))
    return FALSE;
  ok = event.type == type;
  if (!ok)
    fail (reader, &event.start_mark, FAR_YAML_ERROR_SYNTAX, "%s", otherwise);
  yaml_event_delete (&event);
  return ok;
}

static FarYamlNode *
read_document (Reader *reader)
{
  g_autoptr (FarYamlNode) root = NULL;
  yaml_event_t event;

  if (!expect (reader, YAML_STREAM_START_EVENT, "this is no YAML") ||
      !expect (reader, YAML_DOCUMENT_START_EVENT, "the file is empty; fill it") ||
      !next_event (reader, &event))
    return NULL;
  root = read_node (reader, &event, 0);
  yaml_event_delete (&event);
  if (root == NULL ||
      !expect (reader, YAML_DOCUMENT_END_EVENT, "the document does not end here") ||
      !expect (reader, YAML_STREAM_END_EVENT, "a second document; keep one in a file"))
    return NULL;
  return g_steal_pointer (&root);
}

FarYamlNode *
far_yaml_parse (const char *data, gsize n_bytes, const char *name, GError **error)
{
  Reader reader = { .name = name, .error = error };
  FarYamlNode *root;

  g_return_val_if_fail (name != NULL, NULL);

  if (n_bytes > FAR_YAML_SIZE_MAX)
    {
      g_set_error (error, FAR_YAML_ERROR, FAR_YAML_ERROR_LIMIT,
                   "%s: larger than %d bytes; split the file", name, FAR_YAML_SIZE_MAX);
      return NULL;
    }
  if (!yaml_parser_initialize (&reader.parser))
    g_error ("out of memory");
  yaml_parser_set_input_string (&reader.parser, (const guchar *) data, n_bytes);
  root = read_document (&reader);
  yaml_parser_delete (&reader.parser);
  return root;
}
