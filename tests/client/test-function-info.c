/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the list of functions: every figure is a property, and exactly what changed notifies. */
#include "client/far-function-info.h"

#include <string.h>

static const FarFunctionFigures first = {
  .memory_mb = 128, .timeout_s = 3, .invocations = 1, .errors = 2, .throttles = 3,
  .cold_starts = 4, .p50_us = 5, .p90_us = 6, .p99_us = 7, .concurrency = 8, .mb_ms = 9,
  .cost_picodollars = G_MAXINT64, .instances = 10, .route_count = 11, .reserved_concurrency = -1,
};

static gint64
get (FarFunctionInfo *info,
     const char      *property)
{
  gint64 value = -42;

  g_object_get (info, property, &value, NULL);
  return value;
}

static void
test_properties (void)
{
  FarFunctionInfo *info = far_function_info_new ("pledge", "provided.al2023", &first);
  g_autofree char *name = NULL;
  g_autofree char *runtime = NULL;

  g_object_get (info, "name", &name, "runtime", &runtime, NULL);
  g_assert_cmpstr (name, ==, "pledge");
  g_assert_cmpstr (runtime, ==, "provided.al2023");
  g_assert_cmpint (get (info, "memory-mb"), ==, 128);
  g_assert_cmpint (get (info, "timeout-s"), ==, 3);
  g_assert_cmpint (get (info, "invocations"), ==, 1);
  g_assert_cmpint (get (info, "errors"), ==, 2);
  g_assert_cmpint (get (info, "throttles"), ==, 3);
  g_assert_cmpint (get (info, "cold-starts"), ==, 4);
  g_assert_cmpint (get (info, "p50-us"), ==, 5);
  g_assert_cmpint (get (info, "p90-us"), ==, 6);
  g_assert_cmpint (get (info, "p99-us"), ==, 7);
  g_assert_cmpint (get (info, "concurrency"), ==, 8);
  g_assert_cmpint (get (info, "mb-ms"), ==, 9);
  g_assert_cmpint (get (info, "cost-picodollars"), ==, G_MAXINT64);
  g_assert_cmpint (get (info, "instances"), ==, 10);
  g_assert_cmpint (get (info, "route-count"), ==, 11);
  g_assert_cmpint (get (info, "reserved-concurrency"), ==, -1);
  g_assert_finalize_object (info);
}

static void
note (GObject    *object,
      GParamSpec *property,
      gpointer    names)
{
  g_string_append_printf (names, "%s ", property->name);
}

static void
note_changed (FarFunctionInfo *info,
              gpointer         names)
{
  g_string_append (names, "changed ");
}

static void
test_update (void)
{
  FarFunctionInfo *info = far_function_info_new ("pledge", "provided.al2023", &first);
  g_autoptr (GString) names = g_string_new (NULL);
  FarFunctionFigures next = first;

  g_signal_connect (info, "notify", G_CALLBACK (note), names);
  g_signal_connect (info, "changed", G_CALLBACK (note_changed), names);
  far_function_info_update (info, &next);
  g_assert_cmpstr (names->str, ==, "");
  next.invocations++;
  next.memory_mb = 256;
  far_function_info_update (info, &next);
  g_assert_nonnull (strstr (names->str, "invocations "));
  g_assert_nonnull (strstr (names->str, "memory-mb "));
  g_assert_true (g_str_has_suffix (names->str, "changed "));
  g_assert_cmpuint (names->len, ==, strlen ("invocations memory-mb changed "));
  g_assert_cmpint (far_function_info_get_figures (info)->invocations, ==, 2);
  g_assert_finalize_object (info);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/function-info/properties", test_properties);
  g_test_add_func ("/client/function-info/update", test_update);
  return g_test_run ();
}
