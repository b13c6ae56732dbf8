/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a sandbox's plan, as the spawner and a keeper get them: refused, or one that keeps
 * its limits and is the same after another journey. */
#include "fuzz-driver.h"

#include <string.h>

#include "sandbox/far-plan.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlan) plan = far_plan_parse (data, size, &error);
  g_autoptr (FarPlan) again = NULL;
  g_autoptr (GVariant) bytes = NULL;

  g_assert ((plan == NULL) == (error != NULL));
  if (plan == NULL)
    return 0;
  g_assert (plan->n_stores <= FAR_PLAN_STORES_MAX && plan->n_services <= FAR_PLAN_SERVICES_MAX);
  g_assert (g_strv_length (plan->command) <= FAR_PLAN_COMMAND_MAX);
  g_assert (plan->standby ? plan->code_dir[0] == '\0' : plan->code_dir[0] == '/');
  for (guint i = 0; i < plan->n_stores; i++)
    g_assert (g_str_has_prefix (plan->stores[i].mount, "/mnt/") &&
              strstr (plan->stores[i].mount, "/../") == NULL);
  bytes = g_variant_ref_sink (far_plan_to_bytes (plan));
  again = far_plan_parse (g_variant_get_data (bytes), g_variant_get_size (bytes), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again->function, ==, plan->function);
  g_assert_cmpuint (again->memory_mb, ==, plan->memory_mb);
  return 0;
}
