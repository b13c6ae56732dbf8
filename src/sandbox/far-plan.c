/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan of a sandbox and its wire form.
 *
 * Invariant: a plan that far_plan_parse() returns has passed far_plan_check(). Thread: any. */
#include "sandbox/far-plan.h"

#include <string.h>

G_DEFINE_QUARK (far-plan-error-quark, far_plan_error)

#define PLAN_TYPE "(ssasssasa(ssb)uuuubbbb)"

FarPlan *
far_plan_new (void)
{
  return g_new0 (FarPlan, 1);
}

void
far_plan_free (FarPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->function);
  g_free (plan->code_dir);
  g_strfreev (plan->command);
  g_free (plan->runtime_dir);
  g_free (plan->lang_dir);
  g_strfreev (plan->environment);
  for (guint i = 0; i < plan->n_stores; i++)
    {
      g_free (plan->stores[i].host_path);
      g_free (plan->stores[i].mount);
    }
  g_free (plan);
}

GVariant *
far_plan_to_bytes (const FarPlan *plan)
{
  static const char *const none[] = { NULL };
  GVariantBuilder stores;

  g_return_val_if_fail (plan != NULL, NULL);

  g_variant_builder_init (&stores, G_VARIANT_TYPE ("a(ssb)"));
  for (guint i = 0; i < plan->n_stores; i++)
    g_variant_builder_add (&stores, "(ssb)", plan->stores[i].host_path, plan->stores[i].mount,
                           plan->stores[i].writable);
  return g_variant_new ("(ss^asss^asa(ssb)uuuubbbb)", plan->function, plan->code_dir,
                        plan->command ? (const char *const *) plan->command : none,
                        plan->runtime_dir ? plan->runtime_dir : "",
                        plan->lang_dir ? plan->lang_dir : "",
                        plan->environment ? (const char *const *) plan->environment : none,
                        &stores, plan->n_services, plan->memory_mb, plan->tmp_mb,
                        plan->instances_max, plan->fork_server, plan->has_clock,
                        plan->standby, plan->egress);
}

/* Absolute, and no component that leads elsewhere than it says. */
static gboolean
path_is_plain (const char *path)
{
  return path[0] == '/' && path[1] != '\0' && strstr (path, "//") == NULL &&
         strstr (path, "/./") == NULL && strstr (path, "/../") == NULL &&
         !g_str_has_suffix (path, "/..") && !g_str_has_suffix (path, "/.") &&
         !g_str_has_suffix (path, "/");
}

static gboolean
fail (GError    **error,
      const char *what,
      const char *which)
{
  g_set_error (error, FAR_PLAN_ERROR, FAR_PLAN_ERROR_INVALID, "%s: %s", what, which);
  return FALSE;
}

static gboolean
check_folders (const FarPlan *plan,
               GError       **error)
{
  const char *const extra[] = { plan->runtime_dir, plan->lang_dir };

  if (plan->code_dir == NULL ||
      (plan->standby ? plan->code_dir[0] != '\0' : !path_is_plain (plan->code_dir)))
    return fail (error, "The code folder must be an absolute path without . or ..",
                 plan->code_dir ? plan->code_dir : "");
  for (guint i = 0; i < G_N_ELEMENTS (extra); i++)
    if (extra[i] != NULL && extra[i][0] != '\0' && !path_is_plain (extra[i]))
      return fail (error, "The runtime's folder must be an absolute path without . or ..",
                   extra[i]);
  if (plan->command && g_strv_length (plan->command) > FAR_PLAN_COMMAND_MAX)
    return fail (error, "A command has at most 8 words", plan->function);
  if (plan->command && plan->command[0] && !path_is_plain (plan->command[0]))
    return fail (error, "A program must be an absolute path without . or ..", plan->command[0]);
  if (plan->standby && (plan->fork_server || plan->n_stores > 0 || plan->n_services > 0 ||
                        plan->command == NULL || plan->command[0] == NULL))
    return fail (error, "What stands by has a command, and nothing of a function's",
                 plan->function);
  return TRUE;
}

gboolean
far_plan_check (const FarPlan *plan,
                GError       **error)
{
  if (plan->function == NULL || plan->function[0] == '\0' || strlen (plan->function) > 140)
    return fail (error, "A function name has 1 to 140 bytes", plan->function ? plan->function : "");
  if (!check_folders (plan, error))
    return FALSE;
  if (plan->n_services > FAR_PLAN_SERVICES_MAX)
    return fail (error, "At most 8 services may be granted", plan->function);
  if (plan->environment && g_strv_length (plan->environment) > FAR_PLAN_ENVIRONMENT_MAX)
    return fail (error, "At most 256 environment variables may be set", plan->function);
  for (guint i = 0; plan->environment && plan->environment[i]; i++)
    if (strchr (plan->environment[i], '=') == NULL || plan->environment[i][0] == '=')
      return fail (error, "An environment variable is NAME=value", plan->environment[i]);
  for (guint i = 0; i < plan->n_stores; i++)
    {
      if (!path_is_plain (plan->stores[i].host_path))
        return fail (error, "A store must be an absolute path without . or ..",
                     plan->stores[i].host_path);
      if (!path_is_plain (plan->stores[i].mount) ||
          !g_str_has_prefix (plan->stores[i].mount, "/mnt/"))
        return fail (error, "A store is mounted below /mnt/", plan->stores[i].mount);
      for (guint j = 0; j < i; j++)
        {
          const char *other = plan->stores[j].mount;

          if (g_str_has_prefix (plan->stores[i].mount, other) &&
              strchr ("/", plan->stores[i].mount[strlen (other)]) != NULL)
            return fail (error, "Two stores share a mount", plan->stores[i].mount);
        }
    }
  if (plan->memory_mb < 1 || plan->tmp_mb < 1 || plan->instances_max < 1)
    return fail (error, "Memory, /tmp and instances must be at least 1", plan->function);
  return TRUE;
}

FarPlan *
far_plan_parse (const void *data,
                gsize       n_bytes,
                GError    **error)
{
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GVariant) stores = NULL;
  gpointer copy = g_memdup2 (data, n_bytes);
  g_autoptr (FarPlan) plan = far_plan_new ();

  variant = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE (PLAN_TYPE), copy, n_bytes,
                                                         FALSE, g_free, copy));
  if (!g_variant_is_normal_form (variant))
    {
      fail (error, "The plan is not in normal form", "refused");
      return NULL;
    }
  g_variant_get (variant, "(ss^asss^as@a(ssb)uuuubbbb)", &plan->function, &plan->code_dir,
                 &plan->command, &plan->runtime_dir, &plan->lang_dir, &plan->environment, &stores,
                 &plan->n_services, &plan->memory_mb, &plan->tmp_mb, &plan->instances_max,
                 &plan->fork_server, &plan->has_clock, &plan->standby, &plan->egress);
  if (g_variant_n_children (stores) > FAR_PLAN_STORES_MAX)
    {
      fail (error, "At most 8 stores may be granted", plan->function);
      return NULL;
    }
  for (; plan->n_stores < g_variant_n_children (stores); plan->n_stores++)
    g_variant_get_child (stores, plan->n_stores, "(ssb)", &plan->stores[plan->n_stores].host_path,
                         &plan->stores[plan->n_stores].mount,
                         &plan->stores[plan->n_stores].writable);
  if (!far_plan_check (plan, error))
    return NULL;
  return g_steal_pointer (&plan);
}
