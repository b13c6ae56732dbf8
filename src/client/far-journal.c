/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the way to a ledger through the control API (see the header). */
#include "client/far-journal.h"

#include "client/far-platform-private.h"

static gpointer
keep_object (FarPlatformClient *self, JsonObject *object, GError **error)
{
  return json_object_ref (object);
}

static void
on_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (JsonObject) answer = far_call_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  FarLedgerContact *contact = answer != NULL
                                ? far_witness_meet (g_task_get_task_data (task), answer, &error)
                                : NULL;

  if (contact != NULL)
    g_task_return_pointer (task, contact, g_free);
  else
    g_task_return_error (task, error);
}

void
far_platform_client_check_ledger_async (FarPlatformClient *self, const char *id,
                                        const char *deployment, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *escaped = id != NULL ? g_uri_escape_string (id, NULL, FALSE) : NULL;
  g_autofree char *url = NULL;
  FarHttpCall call = { .method = "GET", .idempotent = TRUE, .reply_max = FAR_ANSWER_MAX };
  FarWitness *witness;
  GError *error = NULL;

  g_return_if_fail (FAR_IS_PLATFORM_CLIENT (self) && deployment != NULL);

  g_task_set_source_tag (task, far_platform_client_check_ledger_async);
  witness = far_witness_open (deployment, &error);
  if (witness == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  url = g_strdup_printf ("/v1/%s%s%sjournal?from=%" G_GUINT64_FORMAT,
                         id != NULL ? "deployments/" : "", id != NULL ? escaped : "",
                         id != NULL ? "/" : "", far_witness_size (witness));
  call.url = url;
  g_task_set_task_data (task, witness, (GDestroyNotify) far_witness_free);
  far_call_start (self, &call, keep_object, (GDestroyNotify) json_object_unref, cancellable,
                  on_shown, g_steal_pointer (&task), far_platform_client_check_ledger_async);
}

FarLedgerContact *
far_platform_client_check_ledger_finish (FarPlatformClient *self, GAsyncResult *result,
                                         GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
