/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking to run without a window, of a portal of the test's own on a bus of the test's own. */
#include "desktop/far-background.h"

#include <string.h>

#define DEADLINE_S 30

static const char interface_xml[]
    = "<node><interface name='org.freedesktop.portal.Background'>"
      "<method name='RequestBackground'><arg type='s' direction='in'/>"
      "<arg type='a{sv}' direction='in'/><arg type='o' direction='out'/></method>"
      "</interface></node>";

typedef struct {
  GTestDBus       *test_bus;
  GDBusConnection *portal;
  GDBusConnection *client;
  guint            name_id;
  guint            object_id;
  guint32          response;   /* what the portal will say */
  gboolean         background;
  gboolean         quick;      /* answers before the call returns */
  gboolean         owned;
  gboolean         done;
  gboolean         granted;
  GError          *error;
} Fixture;

static void
answer (Fixture *self, const char *sender, const char *token)
{
  g_autofree char *name = g_strdup (sender + 1);
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder results;

  g_strdelimit (name, ".", '_');
  path = g_strdup_printf ("/org/freedesktop/portal/desktop/request/%s/%s", name, token);
  g_variant_builder_init (&results, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&results, "{sv}", "background", g_variant_new_boolean (self->background));
  g_dbus_connection_emit_signal (self->portal, sender, path, "org.freedesktop.portal.Request",
                                 "Response", g_variant_new ("(ua{sv})", self->response, &results),
                                 &error);
  g_assert_no_error (error);
}

static void
on_call (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
         const char *method, GVariant *parameters, GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 1);
  gboolean autostart = TRUE;
  const char *token = NULL;
  const char *reason = NULL;

  g_assert_true (g_variant_lookup (options, "handle_token", "&s", &token));
  g_assert_true (g_variant_lookup (options, "reason", "&s", &reason));
  g_assert_true (g_variant_lookup (options, "autostart", "b", &autostart));
  g_assert_cmpstr (reason, ==, "for a test");
  g_assert_false (autostart);
  if (self->quick)
    answer (self, sender, token);
  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", "/somewhere"));
  if (!self->quick)
    answer (self, sender, token);
}

static void
on_owned (GDBusConnection *bus, const char *name, gpointer user_data)
{
  ((Fixture *) user_data)->owned = TRUE;
}

static GDBusConnection *
connect_bus (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (self->test_bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL, NULL, &error);

  g_assert_no_error (error);
  return bus;
}

static void
wait_for (gboolean *flag)
{
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_S * G_USEC_PER_SEC;

  while (!*flag)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_main_context_iteration (NULL, FALSE);
    }
}

static void
set_up (Fixture *self, gconstpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (interface_xml, NULL);

  self->test_bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->test_bus);
  self->client = connect_bus (self);
  if (data == NULL)
    return;
  self->portal = connect_bus (self);
  self->object_id = g_dbus_connection_register_object (
      self->portal, "/org/freedesktop/portal/desktop", node->interfaces[0], &vtable, self, NULL,
      NULL);
  self->name_id = g_bus_own_name_on_connection (self->portal, "org.freedesktop.portal.Desktop",
                                                G_BUS_NAME_OWNER_FLAGS_NONE, on_owned, NULL, self,
                                                NULL);
  wait_for (&self->owned);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->portal != NULL)
    {
      g_bus_unown_name (self->name_id);
      g_dbus_connection_unregister_object (self->portal, self->object_id);
      g_dbus_connection_close_sync (self->portal, NULL, NULL);
      g_object_unref (self->portal);
    }
  g_dbus_connection_close_sync (self->client, NULL, NULL);
  g_object_unref (self->client);
  g_clear_error (&self->error);
  g_test_dbus_down (self->test_bus);
  g_object_unref (self->test_bus);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  self->granted = far_background_request_finish (result, &self->error);
  self->done = TRUE;
}

static void
ask (Fixture *self)
{
  self->done = FALSE;
  far_background_request_async (self->client, "for a test", NULL, answered_cb, self);
  wait_for (&self->done);
  g_assert_no_error (self->error);
}

static void
test_answers (Fixture *self, gconstpointer data)
{
  static const struct {
    guint32  response;
    gboolean background;
    gboolean granted;
  } cases[] = { { 0, TRUE, TRUE }, { 0, FALSE, FALSE }, { 1, TRUE, FALSE }, { 2, FALSE, FALSE } };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (cases); i++)
    {
      self->response = cases[i / 2].response;
      self->background = cases[i / 2].background;
      self->quick = i % 2;
      ask (self);
      g_assert_cmpint (self->granted, ==, cases[i / 2].granted);
    }
}

/* Nobody there who would end it. */
static void
test_no_portal (Fixture *self, gconstpointer data)
{
  ask (self);
  g_assert_true (self->granted);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/background/answers", Fixture, "portal", set_up, test_answers, tear_down);
  g_test_add ("/background/no-portal", Fixture, NULL, set_up, test_no_portal, tear_down);
  return g_test_run ();
}
