/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request to org.freedesktop.portal.Background, version 1. The answer is a signal on an object
 * whose path follows from our name and a token, so that we listen before we ask. A desktop without
 * the portal has nobody who would end what runs, and so nobody to ask. Thread: the main one. */
#include "desktop/far-background.h"

#include "base/far-id.h"
#include "base/far-random.h"

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define REQUEST_INTERFACE "org.freedesktop.portal.Request"
#define TOKEN_BYTES 8
#define RESPONSE_GRANTED 0

typedef struct {
  GDBusConnection *bus;
  guint            response_id;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  if (request->response_id != 0)
    g_dbus_connection_signal_unsubscribe (request->bus, request->response_id);
  g_object_unref (request->bus);
  g_free (request);
}

/* The subscription held the task; an answer comes once. */
static void
finish (GTask *task, gboolean granted, GError *error)
{
  Request *request = g_task_get_task_data (task);
  guint id = request->response_id;

  if (id == 0)
    {
      g_clear_error (&error);
      return;
    }
  request->response_id = 0;
  g_object_ref (task);
  g_dbus_connection_signal_unsubscribe (request->bus, id);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, granted);
  g_object_unref (task);
}

static void
response_cb (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
             const char *signal, GVariant *parameters, gpointer user_data)
{
  g_autoptr (GVariant) results = NULL;
  gboolean background = FALSE;
  guint32 response;

  g_variant_get (parameters, "(u@a{sv})", &response, &results);
  g_variant_lookup (results, "background", "b", &background);
  finish (user_data, response == RESPONSE_GRANTED && background, NULL);
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) handle
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (handle != NULL)
    return;
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE))
    finish (task, TRUE, NULL);
  else
    finish (task, FALSE, g_steal_pointer (&error));
}

/**
 * far_background_is_needed:
 *
 * Returns: TRUE inside Flatpak, where the desktop may end what has no window
 */
gboolean
far_background_is_needed (void)
{
  return g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

static char *
request_path (GDBusConnection *bus, const char *token)
{
  g_autofree char *sender = g_strdup (g_dbus_connection_get_unique_name (bus) + 1);

  g_strdelimit (sender, ".", '_');
  return g_strdup_printf (PORTAL_PATH "/request/%s/%s", sender, token);
}

/**
 * far_background_request_async:
 * @bus: the session's
 * @reason: why, in the user's language; the desktop may show it
 * @cancellable: (nullable): gives up the call, not the answer to one that was made
 *
 * Asks the desktop to let this application run without a window.
 */
void
far_background_request_async (GDBusConnection    *bus,
                              const char         *reason,
                              GCancellable       *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer            user_data)
{
  GTask *task;
  Request *request;
  GVariantBuilder options;
  guint8 bytes[TOKEN_BYTES];
  g_autofree char *digits = NULL;
  g_autofree char *token = NULL;
  g_autofree char *path = NULL;

  g_return_if_fail (G_IS_DBUS_CONNECTION (bus));
  g_return_if_fail (reason != NULL);

  task = g_task_new (NULL, cancellable, callback, user_data);
  request = g_new0 (Request, 1);
  request->bus = g_object_ref (bus);
  g_task_set_task_data (task, request, request_free);

  far_random_bytes (bytes, sizeof bytes);
  digits = far_hex_encode (bytes, sizeof bytes);
  token = g_strconcat ("farthing_", digits, NULL);
  path = request_path (bus, token);
  request->response_id = g_dbus_connection_signal_subscribe (
      bus, PORTAL_NAME, REQUEST_INTERFACE, "Response", path, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, response_cb, g_object_ref (task), g_object_unref);

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "handle_token", g_variant_new_string (token));
  g_variant_builder_add (&options, "{sv}", "reason", g_variant_new_string (reason));
  g_variant_builder_add (&options, "{sv}", "autostart", g_variant_new_boolean (FALSE));
  g_dbus_connection_call (bus, PORTAL_NAME, PORTAL_PATH, "org.freedesktop.portal.Background",
                          "RequestBackground", g_variant_new ("(sa{sv})", "", &options),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, cancellable,
                          called_cb, task);
}

/**
 * far_background_request_finish:
 * @error: a GDBusError or GIOError if the desktop could not be asked
 *
 * Returns: TRUE if it may run on; FALSE without an error if the desktop or the user said no
 */
gboolean
far_background_request_finish (GAsyncResult *result,
                               GError      **error)
{
  g_return_val_if_fail (G_IS_TASK (result), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
