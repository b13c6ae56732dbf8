/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a template: taken whole, or refused with a place. What is taken keeps its limits. */
#include "fuzz-driver.h"

#include <string.h>

#include "platform/far-template.h"

static void
check_function (const FarTemplateFunction *function)
{
  guint i;

  g_assert (g_str_has_prefix (function->code_dir, "/"));
  g_assert (function->memory_mb >= FAR_TEMPLATE_MEMORY_MB_MIN &&
            function->memory_mb <= FAR_TEMPLATE_MEMORY_MB_MAX);
  g_assert (function->timeout_s >= 1 && function->timeout_s <= FAR_TEMPLATE_TIMEOUT_S_MAX);
  g_assert (function->reserved_concurrency >= -1);
  g_assert (function->env != NULL && function->handler != NULL && function->runtime != NULL);
  for (i = 0; i < function->events->len; i++)
    {
      const FarTemplateEvent *event = g_ptr_array_index (function->events, i);

      if (event->kind == FAR_TEMPLATE_EVENT_HTTP)
        g_assert (event->method != NULL && (*event->path == '/' || *event->path == '$'));
      else
        g_assert (event->schedule != NULL);
    }
  for (i = 0; i < function->services->len; i++)
    g_assert (((FarTemplateService *) g_ptr_array_index (function->services, i))->commands != NULL);
  for (i = 0; i < function->stores->len; i++)
    {
      const FarTemplateStore *store = g_ptr_array_index (function->stores, i);

      g_assert (g_str_equal (store->path, "/srv/pub") ||
                g_str_has_prefix (store->path, "/srv/pub/"));
      g_assert (g_str_has_prefix (store->mount, "/mnt/") && strchr (store->mount + 5, '/') == NULL);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTemplate) template = far_template_parse ((const char *) data, size, "t.yaml",
                                                         "/srv/pub", &error);
  guint i;

  g_assert ((template == NULL) == (error != NULL));
  if (template == NULL)
    {
      g_assert (error->domain == FAR_TEMPLATE_ERROR);
      g_assert (g_str_has_prefix (error->message, "t.yaml:"));
      g_assert (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  for (i = 0; i < far_template_n_functions (template); i++)
    check_function (far_template_get_function (template, i));
  return 0;
}
