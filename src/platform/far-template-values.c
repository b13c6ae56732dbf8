/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the template reader's checks of single values, and the wording of its errors. No state. */
#include "platform/far-template-private.h"

#include <string.h>

gboolean
far_template_fail (FarTemplateReader *reader, const FarYamlNode *node, FarTemplateError code,
                   const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (reader->error, FAR_TEMPLATE_ERROR, code, "%s:%u:%u: %s", reader->name, node->line,
               node->column, message);
  return FALSE;
}

static const char *
kind_name (FarYamlKind kind)
{
  switch (kind)
    {
    case FAR_YAML_SCALAR:
      return "a single value";
    case FAR_YAML_SEQUENCE:
      return "a list (lines that begin with “- ”)";
    case FAR_YAML_MAPPING:
      return "a mapping (lines of “Key: value”)";
    default:
      g_assert_not_reached ();
    }
}

/* "!Sub" and {"Fn::Sub": …} are two ways to write the same. */
static gboolean
check_intrinsic (FarTemplateReader *reader, const FarYamlNode *node, const char *what)
{
  const char *name = NULL;

  if (node->tag != NULL)
    name = node->tag;
  else if (node->kind == FAR_YAML_MAPPING && far_yaml_n (node) == 1)
    {
      const char *key = far_yaml_key (node, 0)->text;

      if (strcmp (key, "Ref") == 0 || g_str_has_prefix (key, "Fn::"))
        name = key;
    }
  if (name == NULL)
    return TRUE;
  return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                            "%s is given by %s, which is not understood here; write the value "
                            "itself", what, name);
}

gboolean
far_template_check_kind (FarTemplateReader *reader, const FarYamlNode *node, const char *what,
                         FarYamlKind kind)
{
  if (!check_intrinsic (reader, node, what))
    return FALSE;
  if (far_yaml_is_null (node))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "%s is empty; give it a value or remove it", what);
  if (node->kind != kind)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE, "%s is %s; make it %s", what,
                              kind_name (node->kind), kind_name (kind));
  return TRUE;
}

gboolean
far_template_check_keys (FarTemplateReader *reader, const FarYamlNode *node, const char *where,
                         const char *const *keys)
{
  guint i;

  if (!far_template_check_kind (reader, node, where, FAR_YAML_MAPPING))
    return FALSE;
  for (i = 0; i < far_yaml_n (node); i++)
    {
      const FarYamlNode *key = far_yaml_key (node, i);

      if (key->tag != NULL)
        return check_intrinsic (reader, key, "a key");
      if (!g_strv_contains (keys, key->text))
        {
          g_autofree char *known = g_strjoinv (", ", (char **) keys);

          return far_template_fail (reader, key, FAR_TEMPLATE_ERROR_UNSUPPORTED,
                                    "%s is not supported in %s; remove it (known are %s)",
                                    key->text, where, known);
        }
    }
  return TRUE;
}

FarYamlNode *
far_template_need (FarTemplateReader *reader, const FarYamlNode *mapping, const char *where,
                   const char *key)
{
  FarYamlNode *node = far_yaml_get (mapping, key);

  if (node == NULL)
    far_template_fail (reader, mapping, FAR_TEMPLATE_ERROR_VALUE,
                       "%s has no %s, which it needs; add it", where, key);
  return node;
}

gboolean
far_template_read_text (FarTemplateReader *reader, const FarYamlNode *node, const char *what,
                        gsize len_max, const char **ret_text)
{
  if (!far_template_check_kind (reader, node, what, FAR_YAML_SCALAR))
    return FALSE;
  if (*node->text == '\0')
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "%s is empty; give it a value or remove it", what);
  if (strlen (node->text) > len_max)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "%s is longer than %" G_GSIZE_FORMAT " bytes; shorten it", what,
                              len_max);
  *ret_text = node->text;
  return TRUE;
}

gboolean
far_template_read_uint (FarTemplateReader *reader, const FarYamlNode *node, const char *what,
                        guint min, guint max, guint *ret_value)
{
  const char *text;
  guint64 value;

  if (!far_template_read_text (reader, node, what, 64, &text))
    return FALSE;
  /* No sign, no leading zero (octal to some readers of YAML), no exponent. */
  if (!g_ascii_isdigit (*text) || (*text == '0' && text[1] != '\0') ||
      !g_ascii_string_to_unsigned (text, 10, min, max, &value, NULL))
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "%s is “%s”; write a whole number from %u to %u", what, text, min,
                              max);
  *ret_value = (guint) value;
  return TRUE;
}

gboolean
far_template_read_bool (FarTemplateReader *reader, const FarYamlNode *node, const char *what,
                        gboolean *ret_value)
{
  const char *text;

  if (!far_template_read_text (reader, node, what, 64, &text))
    return FALSE;
  if (strcmp (text, "true") != 0 && strcmp (text, "false") != 0)
    return far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                              "%s is “%s”; write true or false", what, text);
  *ret_value = *text == 't';
  return TRUE;
}
