/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of Metadata.Farthing.Faults: a list of
 * {Kind, Target (this function if absent), Delay, Probability, Seconds, Seed}. No state. */
#include "platform/far-template-private.h"

#include <string.h>

#define PPM 1000000

/* "0.25"; from 0.000001 to 1. */
static gboolean
parse_probability (const char *text, guint *ret_ppm)
{
  char *rest;
  guint64 whole = g_ascii_strtoull (text, &rest, 10);
  guint64 value = MIN (whole, 2) * PPM;
  guint unit = PPM;

  if (*rest == '.')
    for (rest++; g_ascii_isdigit (*rest); rest++)
      {
        unit /= 10;
        value += unit * (guint) (*rest - '0');
      }
  *ret_ppm = (guint) value;
  return g_ascii_isdigit (*text) && *rest == '\0' && value >= 1 && value <= PPM;
}

static gboolean
read_probability (FarTemplateReader *reader, const FarYamlNode *node, FarFaultSpec *spec)
{
  const char *text;

  spec->probability_ppm = FAR_FAULT_ALWAYS_PPM;
  if (node == NULL)
    return TRUE;
  return far_template_read_text (reader, node, "Probability", 16, &text) &&
         (parse_probability (text, &spec->probability_ppm) ||
          far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE,
                             "Probability is “%s”; write a number from 0.000001 to 1", text));
}

static gboolean
read_words (FarTemplateReader *reader, const FarYamlNode *node, const char *function,
            FarFaultSpec *spec, GError **error)
{
  const FarYamlNode *kind = far_template_need (reader, node, "a fault", "Kind");
  const FarYamlNode *target = far_yaml_get (node, "Target");
  const FarYamlNode *delay = far_yaml_get (node, "Delay");
  const char *text;

  if (kind == NULL || !far_template_read_text (reader, kind, "Kind", 32, &text) ||
      !far_fault_kind_parse (text, &spec->kind, error))
    return FALSE;
  if (target == NULL)
    spec->target = g_strconcat ("function:", function, NULL);
  else if (far_template_read_text (reader, target, "Target", FAR_FAULT_TARGET_MAX, &text))
    spec->target = g_strdup (text);
  else
    return FALSE;
  return delay == NULL || (far_template_read_text (reader, delay, "Delay", 64, &text) &&
                           far_fault_delay_parse (text, &spec->delay, error));
}

static gboolean
read_fault (FarTemplateReader *reader, const FarYamlNode *node, const char *function)
{
  static const char *const keys[] = { "Kind",    "Target", "Delay", "Probability",
                                      "Seconds", "Seed",   NULL };
  g_autoptr (FarFaultSpec) spec = g_new0 (FarFaultSpec, 1);
  g_autoptr (GError) error = NULL;
  const FarYamlNode *value;
  guint number = 0;

  if (!far_template_check_keys (reader, node, "a fault", keys) ||
      !read_probability (reader, far_yaml_get (node, "Probability"), spec))
    return FALSE;
  value = far_yaml_get (node, "Seconds");
  if (value != NULL && !far_template_read_uint (reader, value, "Seconds", 1,
                                                FAR_FAULT_DURATION_MAX_S, &number))
    return FALSE;
  spec->duration_s = number;
  number = 1;
  value = far_yaml_get (node, "Seed");
  if (value != NULL && !far_template_read_uint (reader, value, "Seed", 0, G_MAXINT, &number))
    return FALSE;
  spec->seed = number;
  if (!read_words (reader, node, function, spec, &error) ||
      !far_fault_spec_check (spec, &error))
    return error == NULL ? FALSE
                         : far_template_fail (reader, node, FAR_TEMPLATE_ERROR_VALUE, "%s",
                                              error->message);
  g_ptr_array_add (reader->faults, g_steal_pointer (&spec));
  g_ptr_array_add (reader->fault_nodes, (gpointer) node);
  return TRUE;
}

gboolean
far_template_read_faults (FarTemplateReader *reader, const FarYamlNode *list, const char *function)
{
  guint i;

  if (!far_template_check_kind (reader, list, "Faults", FAR_YAML_SEQUENCE))
    return FALSE;
  for (i = 0; i < far_yaml_n (list); i++)
    {
      if (reader->faults->len >= FAR_TEMPLATE_FAULTS_MAX)
        return far_template_fail (reader, list, FAR_TEMPLATE_ERROR_VALUE,
                                  "more than %d faults in this template; remove some",
                                  FAR_TEMPLATE_FAULTS_MAX);
      if (!read_fault (reader, far_yaml_item (list, i), function))
        return FALSE;
    }
  return TRUE;
}

gboolean
far_template_check_faults (FarTemplateReader *reader, FarTemplate *self)
{
  guint i;

  for (i = 0; i < self->faults->len; i++)
    {
      const char *target = ((FarFaultSpec *) g_ptr_array_index (self->faults, i))->target;
      const char *name = strchr (target, ':');

      if (name == NULL
          || (g_str_has_prefix (target, "function:")
              && far_template_find_function (self, name + 1) != NULL)
          || (g_str_has_prefix (target, "route:") && far_template_has_route (self, name + 1)))
        continue;
      return far_template_fail (reader, g_ptr_array_index (reader->fault_nodes, i),
                                FAR_TEMPLATE_ERROR_VALUE,
                                "the fault on %s would hit nothing: name a function or a route of "
                                "this template", target);
    }
  return TRUE;
}
