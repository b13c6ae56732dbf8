/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what a machine that serves needs: health, readiness, tokens, drain. */
#include "platform/far-control-private.h"

#include <string.h>

#include "base/far-crypto.h"

#include "platform/far-control-door.h"
#include "platform/far-control-push.h"

#define SCOPES_MAX 16

gboolean
far_control_open (FarControl *self, const char *data_dir, const FarControlListen *listen,
                  GError **error)
{
  self->tokens = far_tokens_new (data_dir, self->clock, error);
  if (self->tokens == NULL)
    return FALSE;
  self->push = far_control_push_new (self, data_dir);
  if (listen == NULL)
    return TRUE;
  self->door = far_control_door_new (self->server, self->tokens, self->clock, listen, error);
  return self->door != NULL;
}

const char *
far_control_get_url (FarControl *self)
{
  return self->door != NULL ? far_control_door_get_url (self->door) : NULL;
}

void
far_control_drain (FarControl *self)
{
  self->draining = TRUE;
  if (self->door != NULL)
    far_control_door_close (self->door);
}

static gboolean
on_flush_overdue (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

void
far_control_flush (FarControl *self)
{
  gboolean overdue = FALSE;
  guint timeout = g_timeout_add (FAR_CONTROL_FLUSH_MS, on_flush_overdue, &overdue);

  while (*self->n_unsent > 0 && !overdue)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
}

static void
answer_state (FarControlRequest *request, guint status, const char *state)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "state", state);
  far_json_end_object (&writer);
  far_control_answer (request, status, &writer);
}

/* That it answers at all is what is asked. */
void
far_control_get_health (FarControlRequest *request)
{
  answer_state (request, SOUP_STATUS_OK, "alive");
}

void
far_control_get_readiness (FarControlRequest *request)
{
  FarPlatformStatus status;

  far_platform_get_status (request->control->platform, &status);
  if (request->control->draining)
    answer_state (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "draining");
  else
    answer_state (request, status.state == FAR_PLATFORM_RUNNING ? SOUP_STATUS_OK
                                                                : SOUP_STATUS_SERVICE_UNAVAILABLE,
                  far_platform_state_to_string (status.state));
}

/* ---- Tokens ---- */

static gboolean
has_tokens (FarControlRequest *request)
{
  if (request->control->tokens != NULL)
    return TRUE;
  far_control_error (request, SOUP_STATUS_NOT_IMPLEMENTED, "not_reported",
                     "This platform keeps no tokens");
  return FALSE;
}

void
far_control_get_tokens (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };

  if (!has_tokens (request))
    return;
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_tokens_write (request->control->tokens, &writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

static guint
read_scopes (JsonObject *object)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  JsonArray *array;
  guint i;

  if (!far_json_get_array (object, "scopes", SCOPES_MAX, &array, NULL))
    return 0;
  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        return 0;
      g_ptr_array_add (names, (char *) json_node_get_string (node));
    }
  g_ptr_array_add (names, NULL);
  return far_scopes_parse ((const char *const *) names->pdata);
}

void
far_control_add_token (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;
  JsonObject *object;
  const char *name = NULL;

  if (!has_tokens (request))
    return;
  object = json_node_get_object (request->body);
  if (far_json_get_string (object, "name", FAR_TOKEN_NAME_MAX * 2, &name, &error))
    token = far_tokens_add (request->control->tokens, name, read_scopes (object), &error);
  if (token == NULL)
    {
      gboolean file = g_error_matches (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_FILE);

      far_control_error (request, file ? SOUP_STATUS_INTERNAL_SERVER_ERROR
                                       : SOUP_STATUS_BAD_REQUEST,
                         file ? "internal" : "bad_request", "%s", error->message);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "name", name);
  far_json_add_string (&writer, "token", token);
  far_json_end_object (&writer);
  far_secret_wipe (token, strlen (token));
  far_control_answer (request, SOUP_STATUS_CREATED, &writer);
}

void
far_control_delete_token (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) error = NULL;

  if (!has_tokens (request))
    return;
  if (!far_tokens_remove (request->control->tokens, request->name, &error))
    {
      far_control_error (request, SOUP_STATUS_NOT_FOUND, "unknown_token", "%s", error->message);
      return;
    }
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}
