/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns /v1/otlp/push: where measurements are sent to, kept in DATA/telemetry/push.json; its token
 * goes where the secrets of deployments go. */
#include "platform/far-control-push.h"

#include <glib/gstdio.h>
#include <string.h>

#include "platform/far-deployment-secrets.h"

#define FILE_NAME "push.json"
#define FILE_MAX 65536
#define URL_MAX 2048
#define SECRETS_ID ".push" /* which no deployment can be called */
#define TOKEN "token"

static const char *const secret_names[] = { TOKEN, NULL };

struct _FarControlPush {
  FarControl   *control; /* NULL once it has gone */
  char         *path;
  FarSecrets   *secrets;
  FarOtlpPush  *push;    /* nullable: nothing is sent */
  FarOtlpPushSettings pending; /* read from the file; its token is being fetched */
  GCancellable *closing;
  guint         n_asking;
  char         *problem; /* nullable: why it was not begun */
};

static void
push_unref (FarControlPush *self)
{
  if (self->control != NULL || self->n_asking > 0)
    return;
  far_otlp_push_settings_clear (&self->pending);
  far_secrets_free (self->secrets);
  g_object_unref (self->closing);
  g_free (self->path);
  g_free (self->problem);
  g_free (self);
}

/* Takes settings. */
static gboolean
begin (FarControlPush *self, FarOtlpPushSettings *settings, GError **error)
{
  FarControl *control = self->control;
  FarPlatformStatus status;
  FarOtlpPush *push;

  far_platform_get_status (control->platform, &status);
  push = far_otlp_push_new (settings, control->telemetry, control->clock, status.started_us, error);
  if (push == NULL)
    return FALSE;
  far_otlp_push_free (self->push);
  self->push = push;
  g_clear_pointer (&self->problem, g_free);
  return TRUE;
}

/* ---- The file ---- */

/* Of an object, as in the file and as it is put; the token is not in a file. */
static gboolean
read_settings (JsonObject *object, FarOtlpPushSettings *ret, gboolean *ret_has_token,
               GError **error)
{
  const char *url, *text;

  *ret_has_token = FALSE;
  ret->traces = ret->metrics = TRUE;
  if (!far_json_get_string (object, "url", URL_MAX, &url, error))
    return FALSE;
  ret->url = g_strdup (url);
  if ((far_json_has (object, "traces") &&
       !far_json_get_bool (object, "traces", &ret->traces, error)) ||
      (far_json_has (object, "metrics") &&
       !far_json_get_bool (object, "metrics", &ret->metrics, error)) ||
      (far_json_has (object, "has_token") &&
       !far_json_get_bool (object, "has_token", ret_has_token, error)))
    return FALSE;
  if (far_json_has (object, "ca_file"))
    {
      if (!far_json_get_string (object, "ca_file", URL_MAX, &text, error))
        return FALSE;
      ret->ca_file = g_strdup (text);
    }
  if (far_json_has (object, TOKEN))
    {
      if (!far_json_get_string (object, TOKEN, FAR_OTLP_PUSH_TOKEN_MAX, &text, error))
        return FALSE;
      ret->token = g_strdup (text);
    }
  return TRUE;
}

static gboolean
save (FarControlPush *self, const FarOtlpPushSettings *settings, GError **error)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_string (&writer, "url", settings->url);
  if (settings->ca_file != NULL)
    far_json_add_string (&writer, "ca_file", settings->ca_file);
  far_json_add_bool (&writer, "traces", settings->traces);
  far_json_add_bool (&writer, "metrics", settings->metrics);
  far_json_add_bool (&writer, "has_token", settings->token != NULL);
  far_json_end_object (&writer);
  return g_file_set_contents_full (self->path, writer.text->str, (gssize) writer.text->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

static void
on_token (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlPush *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) texts = far_secrets_read_finish (self->secrets, result, &error);

  self->n_asking--;
  if (self->control != NULL && texts != NULL)
    self->pending.token = g_strdup (g_hash_table_lookup (texts, TOKEN));
  if (self->control != NULL && (texts == NULL || !begin (self, &self->pending, &error)))
    self->problem = g_strdup (error->message);
  far_otlp_push_settings_clear (&self->pending);
  push_unref (self);
}

/* A file that cannot be used keeps nothing from running; what is wrong is told when asked. */
static void
load (FarControlPush *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  gboolean has_token = FALSE;
  gsize n_bytes;

  if (!g_file_test (self->path, G_FILE_TEST_EXISTS))
    return;
  if (g_file_get_contents (self->path, &text, &n_bytes, &error))
    root = far_json_parse_object (text, n_bytes, FILE_MAX, &error);
  if (root != NULL &&
      read_settings (json_node_get_object (root), &self->pending, &has_token, &error))
    {
      if (has_token)
        {
          self->n_asking++;
          far_secrets_read_async (self->secrets, SECRETS_ID, secret_names, self->closing, on_token,
                                  self);
          return;
        }
      begin (self, &self->pending, &error);
    }
  if (error != NULL)
    self->problem = g_strdup_printf ("%s: %s", self->path, error->message);
  far_otlp_push_settings_clear (&self->pending);
}

FarControlPush *
far_control_push_new (FarControl *control, const char *data_dir)
{
  FarControlPush *self = g_new0 (FarControlPush, 1);

  self->control = control;
  self->path = g_build_filename (data_dir, "telemetry", FILE_NAME, NULL);
  self->secrets = far_secrets_new (data_dir);
  self->closing = g_cancellable_new ();
  load (self);
  return self;
}

void
far_control_push_free (FarControlPush *self)
{
  if (self == NULL)
    return;
  g_cancellable_cancel (self->closing);
  g_clear_pointer (&self->push, far_otlp_push_free);
  self->control = NULL;
  push_unref (self);
}

void
far_control_push_record (FarControlPush *self, const FarInvocation *invocation)
{
  if (self->push != NULL)
    far_otlp_push_record (self->push, invocation);
}

/* ---- Answers ---- */

static void
add_state (FarJsonWriter *writer, FarOtlpPush *push)
{
  const FarOtlpPushSettings *settings = far_otlp_push_get_settings (push);
  FarOtlpPushState state;

  far_otlp_push_get_state (push, &state);
  far_json_add_string (writer, "url", settings->url);
  far_json_add_string (writer, "ca_file", settings->ca_file);
  far_json_add_bool (writer, "has_token", settings->token != NULL);
  far_json_add_bool (writer, "traces", settings->traces);
  far_json_add_bool (writer, "metrics", settings->metrics);
  far_json_add_int (writer, "queued", state.queued);
  far_json_add_int (writer, "sent_spans", (gint64) state.sent_spans);
  far_json_add_int (writer, "sent_metrics", (gint64) state.sent_metrics);
  far_json_add_int (writer, "dropped", (gint64) state.dropped);
  far_json_add_int (writer, "refused", (gint64) state.refused);
  far_json_add_int (writer, "retries", (gint64) state.retries);
  if (state.last_us > 0)
    far_json_add_int (writer, "last_us", state.last_us);
  else
    far_json_add_null (writer, "last_us");
  far_json_add_string (writer, "problem", state.problem);
}

void
far_control_get_push (FarControlRequest *request)
{
  FarControlPush *self = request->control->push;
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_bool (&writer, "active", self != NULL && self->push != NULL);
  if (self != NULL && self->push != NULL)
    add_state (&writer, self->push);
  else
    far_json_add_string (&writer, "problem", self != NULL ? self->problem : NULL);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}

typedef struct {
  FarControlRequest  *request;
  FarControlPush     *push;
  FarOtlpPushSettings settings;
} Put;

static void
put_free (Put *put)
{
  far_otlp_push_settings_clear (&put->settings);
  put->push->n_asking--;
  push_unref (put->push);
  g_free (put);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Put *put = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = far_secrets_keep_finish (put->push->secrets, result, &error);

  if (put->request->control == NULL)
    far_control_request_free (put->request);
  else if (ok && !begin (put->push, &put->settings, &error))
    far_control_error (put->request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
  else if (!ok || !save (put->push, far_otlp_push_get_settings (put->push->push), &error))
    far_control_error (put->request, SOUP_STATUS_INTERNAL_SERVER_ERROR, "internal", "%s",
                       error->message);
  else
    far_control_get_push (put->request);
  put_free (put);
}

void
far_control_put_push (FarControlRequest *request)
{
  FarControlPush *self = request->control->push;
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  gboolean has_token;
  Put *put;

  if (self == NULL)
    {
      far_control_error (request, SOUP_STATUS_SERVICE_UNAVAILABLE, "no_data_directory",
                         "Nothing can be kept here");
      return;
    }
  put = g_new0 (Put, 1);
  put->request = request;
  put->push = self;
  self->n_asking++;
  if (!read_settings (json_node_get_object (request->body), &put->settings, &has_token, &error) ||
      !far_otlp_push_settings_check (&put->settings, &error))
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request", "%s", error->message);
      put_free (put);
      return;
    }
  if (put->settings.token != NULL)
    g_hash_table_insert (secrets, (char *) TOKEN, put->settings.token);
  else
    far_secrets_forget (self->secrets, SECRETS_ID, secret_names);
  far_control_request_pause (request);
  far_secrets_keep_async (self->secrets, SECRETS_ID, secrets, self->closing, on_kept, put);
}

void
far_control_delete_push (FarControlRequest *request)
{
  FarControlPush *self = request->control->push;

  if (self != NULL)
    {
      g_unlink (self->path);
      far_secrets_forget (self->secrets, SECRETS_ID, secret_names);
      g_clear_pointer (&self->push, far_otlp_push_free);
      g_clear_pointer (&self->problem, g_free);
    }
  far_control_get_push (request);
}
