/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desktop/model/far-invocation-item.h"
#include "desktop/model/far-log-item.h"

static void
test_properties (void)
{
  FarInvocationItemValues values = {
    .time_us = 7,
    .request_id = "0123",
    .outcome = "ok",
    .cold = TRUE,
    .duration_us = 1500,
  };
  FarInvocationItem *item = far_invocation_item_new (&values);
  g_autofree char *request_id = NULL;
  g_autofree char *route = NULL;
  gint64 duration_us;
  gboolean cold;

  g_object_get (item, "request-id", &request_id, "route", &route, "duration", &duration_us,
                "cold", &cold, NULL);
  g_assert_cmpstr (request_id, ==, "0123");
  g_assert_null (route);
  g_assert_cmpint (duration_us, ==, 1500);
  g_assert_true (cold);
  g_assert_finalize_object (item);
}

/* Two classes have tables of their own. */
static void
test_classes (void)
{
  FarLogItemValues values = { .time_us = 9, .message = "hello" };
  FarLogItem *item = far_log_item_new (&values);
  g_autofree char *message = NULL;

  g_object_get (item, "message", &message, NULL);
  g_assert_cmpstr (message, ==, "hello");
  g_assert_null (g_object_class_find_property (G_OBJECT_GET_CLASS (item), "duration"));
  g_assert_finalize_object (item);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/item/properties", test_properties);
  g_test_add_func ("/item/classes", test_classes);
  return g_test_run ();
}
