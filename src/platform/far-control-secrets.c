/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns /v1/secrets: those that this platform's own functions refer to (far-local-secrets.h), by
 * name and place; kept, replaced, taken away. A secret goes in here and never comes out. No state.
 */
#include "platform/far-control-private.h"

#include <string.h>

#include "base/far-crypto.h"
#include "platform/far-dispatcher.h"
#include "platform/far-local-secrets.h"
#include "platform/far-secret-one.h"

#define LOCAL FAR_DEPLOYMENT_LOCAL

typedef struct {
  FarControlRequest *request;
  char              *text; /* nullable: it is taken away */
} Change;

static void
change_free (Change *change)
{
  if (change->text != NULL)
    far_secret_wipe (change->text, strlen (change->text));
  g_free (change->text);
  g_free (change);
}

static FarDispatcher *
dispatcher_of (FarControlRequest *request)
{
  return far_platform_get_dispatcher (request->control->platform);
}

static FarSecrets *
store_of (FarControlRequest *request)
{
  return far_local_secrets_get_store (far_dispatcher_get_secrets (dispatcher_of (request)));
}

static gboolean
refers (FarFunction *function, const char *name)
{
  return far_local_secrets_refers ((const char *const *) function->spec->env, name);
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* place: (nullable): it is not here */
static void
write_secret (FarControlRequest *request, FarJsonWriter *writer, const char *name,
              const char *place)
{
  FarDispatcher *dispatcher = dispatcher_of (request);
  g_autoptr (GPtrArray) users = g_ptr_array_new ();

  for (guint i = 0; i < far_dispatcher_n_functions (dispatcher); i++)
    if (refers (far_dispatcher_nth (dispatcher, i), name))
      g_ptr_array_add (users, far_dispatcher_nth (dispatcher, i)->name);
  g_ptr_array_sort (users, by_name);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "name", name);
  far_json_add_string (writer, "place", place);
  far_json_begin_array (writer, "functions");
  for (guint i = 0; i < users->len; i++)
    far_json_add_string (writer, NULL, g_ptr_array_index (users, i));
  far_json_end_array (writer);
  far_json_end_object (writer);
}

/* ---- List ---- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) places = far_secret_list_finish (result, &error);
  g_autoptr (GList) names = NULL;
  g_auto (FarJsonWriter) writer = { 0 };
  FarDispatcher *dispatcher;

  if (request->control == NULL)
    {
      far_control_request_free (request);
      return;
    }
  if (places == NULL)
    {
      far_control_error (request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "%s",
                         error->message);
      return;
    }
  dispatcher = dispatcher_of (request);
  for (guint i = 0; i < far_dispatcher_n_functions (dispatcher); i++)
    far_local_secrets_add_names (
      (const char *const *) far_dispatcher_nth (dispatcher, i)->spec->env, places);
  names = g_list_sort (g_hash_table_get_keys (places), (GCompareFunc) strcmp);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "secrets");
  for (GList *link = names; link != NULL; link = link->next)
    write_secret (request, &writer, link->data, g_hash_table_lookup (places, link->data));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

void
far_control_get_secrets (FarControlRequest *request)
{
  far_control_request_pause (request);
  far_secret_list_async (store_of (request), LOCAL, NULL, on_listed, request);
}

/* ---- Change ---- */

/* Functions that refer to it are made anew with what there is now. */
static void
renew (FarControlRequest *request)
{
  FarDispatcher *dispatcher = dispatcher_of (request);

  for (guint i = 0; i < far_dispatcher_n_functions (dispatcher); i++)
    if (refers (far_dispatcher_nth (dispatcher, i), request->name))
      far_dispatcher_reload (dispatcher, far_dispatcher_nth (dispatcher, i));
}

/* place: (nullable): it is gone. error: (nullable): neither */
static void
finish (Change *change, const char *place, const GError *error)
{
  FarControlRequest *request = change->request;
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  if (request->control == NULL)
    far_control_request_free (request);
  else if (g_error_matches (error, FAR_SECRETS_ERROR, FAR_SECRETS_ERROR_LOCKED))
    far_control_error (request, SOUP_STATUS_CONFLICT, "keyring_locked", "%s", error->message);
  else if (error != NULL)
    far_control_error (request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "%s",
                       error->message);
  else
    {
      far_local_secrets_learn (far_dispatcher_get_secrets (dispatcher_of (request)), request->name,
                               g_strcmp0 (place, FAR_SECRET_PLACE_KEYRING) == 0 ? change->text
                                                                                : NULL);
      renew (request);
      write_secret (request, &writer, request->name, place);
      far_control_answer (request, SOUP_STATUS_OK, &writer);
    }
  change_free (change);
}

static void
on_put (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const char *place = far_secret_put_finish (result, &error);

  finish (user_data, place, error);
}

static void
on_dropped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  far_secret_drop_finish (result, &error);
  finish (user_data, NULL, error);
}

/* FALSE: it has been answered. */
static gboolean
may_change (FarControlRequest *request)
{
  if (!far_local_secrets_is_name (request->name))
    far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                       "A secret is named in small letters, digits and hyphens, at most %d",
                       FAR_LOCAL_SECRET_NAME_MAX);
  else if (far_secret_is_credential (LOCAL, request->name))
    far_control_error (request, SOUP_STATUS_CONFLICT, "is_credential",
                       "The service manager hands over “%s” as its credential farthing.%s.%s, "
                       "which goes before what is kept here: change it there, and start the "
                       "platform again", request->name, LOCAL, request->name);
  else
    return TRUE;
  return FALSE;
}

/* One line, as a variable takes it. */
static gboolean
is_text (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return FALSE;
  return *text != '\0';
}

void
far_control_put_secret (FarControlRequest *request)
{
  g_autoptr (GError) error = NULL;
  const char *text;
  Change *change;

  if (!may_change (request))
    return;
  if (!far_json_get_string (json_node_get_object (request->body), "text", FAR_SECRET_MAX, &text,
                            &error) || !is_text (text))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "A secret is one line of text, of at most %d bytes", FAR_SECRET_MAX);
      return;
    }
  change = g_new0 (Change, 1);
  change->request = request;
  change->text = g_strdup (text);
  far_control_request_pause (request);
  far_secret_put_async (store_of (request), LOCAL, request->name, text, NULL, on_put, change);
}

/* It was listed, to tell whether there is one. */
static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Change *change = user_data;
  FarControlRequest *request = change->request;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) places = far_secret_list_finish (result, &error);

  if (request->control != NULL && places != NULL &&
      !g_hash_table_contains (places, request->name))
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_secret",
                         "No secret “%s” is kept here; GET /v1/secrets lists them", request->name);
      change_free (change);
    }
  else if (request->control != NULL && places != NULL)
    far_secret_drop_async (store_of (request), LOCAL, request->name, NULL, on_dropped, change);
  else
    finish (change, NULL, error);
}

void
far_control_delete_secret (FarControlRequest *request)
{
  Change *change;

  if (!may_change (request))
    return;
  change = g_new0 (Change, 1);
  change->request = request;
  far_control_request_pause (request);
  far_secret_list_async (store_of (request), LOCAL, NULL, on_looked, change);
}
