/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Following the event stream. One connection at a time; after it ends or fails, another try after a
 * pause that doubles from RETRY_MIN_MS to RETRY_MAX_MS and starts over once a hello has come. The
 * next connection asks for what came after the last seq; a hello that could not resume carries the
 * whole state, so nothing is ever patched onto something older. Every callback holds a reference to
 * the watch; a watch that was stopped has no client and only runs out. */
#include "farthing-config.h"

#include <string.h>

#include "client/far-platform-private.h"

#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 5000

struct _FarPlatformWatch {
  FarPlatformClient *client; /* not owned; NULL once stopped */
  FarHttpClient *http;
  FarHttpLines *lines; /* nullable */
  GCancellable *cancellable;
  GSource *retry;      /* nullable */
  guint retry_ms;
  gint64 seq;          /* of the last event; -1 = none */
};

static void connect_stream (FarPlatformWatch *self);
static void read_line      (FarPlatformWatch *self);

static void
watch_clear (gpointer data)
{
  FarPlatformWatch *self = data;

  g_clear_object (&self->lines);
  g_clear_object (&self->http);
  g_clear_object (&self->cancellable);
}

static void
watch_unref (FarPlatformWatch *self)
{
  g_rc_box_release_full (self, watch_clear);
}

static gboolean
retry_now (gpointer user_data)
{
  FarPlatformWatch *self = user_data;

  g_clear_pointer (&self->retry, g_source_unref);
  connect_stream (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (FarPlatformWatch *self)
{
  g_clear_object (&self->lines);
  far_platform_client_set_connected (self->client, FALSE);
  /* A listener may have stopped us just now. */
  if (self->client == NULL)
    return;
  self->retry = g_timeout_source_new (self->retry_ms);
  g_source_set_callback (self->retry, retry_now, self, NULL);
  g_source_attach (self->retry, g_main_context_get_thread_default ());
  self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
}

/* ---- Events ---- */

static void
apply_hello (FarPlatformWatch *self,
             JsonObject       *event)
{
  JsonObject *status = far_client_get_object (event, "status");
  JsonArray *functions = far_client_get_array (event, "functions");

  self->retry_ms = RETRY_MIN_MS;
  far_platform_client_set_connected (self->client, TRUE);
  if (self->client != NULL && status != NULL)
    far_platform_client_take_status (self->client, far_platform_status_parse (status));
  if (self->client != NULL && functions != NULL &&
      far_platform_client_get_deployment (self->client) == NULL)
    far_platform_client_apply_functions (self->client, functions, TRUE);
}

/* A status to change: what journal events said since must not go back to what it was at hello. */
static FarPlatformStatus *
renew_status (FarPlatformWatch  *self,
              FarPlatformStatus *old)
{
  FarPlatformStatus *status = far_platform_status_copy (old);

  status->transfers = far_platform_client_get_transfers (self->client);
  return status;
}

static void
apply_functions (FarPlatformWatch *self,
                 JsonObject       *event)
{
  FarPlatformStatus *old = far_platform_client_get_status (self->client);
  JsonArray *functions = far_client_get_array (event, "functions");

  if (old != NULL)
    {
      FarPlatformStatus *status = renew_status (self, old);

      status->invocations = far_client_get_int (event, "invocations", old->invocations);
      status->dropped = far_client_get_int (event, "dropped", old->dropped);
      far_platform_client_take_status (self->client, status);
    }
  if (self->client != NULL && functions != NULL &&
      far_platform_client_get_deployment (self->client) == NULL)
    far_platform_client_apply_functions (self->client, functions, FALSE);
}

static void
tell_alarm (FarPlatformWatch *self,
            JsonObject       *event)
{
  JsonObject *object = far_client_get_object (event, "alarm");
  g_autoptr (FarAlarmInfo) alarm = object != NULL ? far_alarm_info_parse (object) : NULL;

  if (alarm != NULL)
    far_platform_client_tell_alarm (self->client, alarm);
}

static void
replace_string (JsonObject  *event,
                const char  *name,
                char       **member)
{
  if (!json_object_has_member (event, name))
    return;
  g_free (*member);
  *member = far_client_dup_string (event, name);
}

static void
apply_platform (FarPlatformWatch *self,
                JsonObject       *event)
{
  FarPlatformStatus *old = far_platform_client_get_status (self->client);
  FarPlatformStatus *status;

  if (old == NULL)
    return;
  status = renew_status (self, old);
  replace_string (event, "state", &status->state);
  replace_string (event, "isolation", &status->isolation);
  replace_string (event, "money", &status->money);
  replace_string (event, "publisher_token", &status->publisher_token);
  status->instances = far_client_get_int (event, "instances", old->instances);
  far_platform_client_take_status (self->client, status);
}

/* FALSE if the line is no event of this stream. Events of other types are for newer clients. */
static gboolean
apply_line (FarPlatformWatch *self,
            const char       *line,
            gsize             n_bytes)
{
  g_autoptr (JsonNode) root = far_json_parse_object (line, n_bytes, FAR_HTTP_LINE_MAX, NULL);
  JsonObject *event = root != NULL ? json_node_get_object (root) : NULL;
  const char *type = event != NULL ? far_client_peek_string (event, "type") : "";
  gint64 seq = event != NULL ? far_client_get_int (event, "seq", -1) : -1;
  /* A listener may let go of it, or stop us, in the middle. */
  G_GNUC_UNUSED g_autoptr (FarPlatformClient) keep = g_object_ref (self->client);

  if (*type == '\0' || seq < 0)
    return FALSE;
  self->seq = seq;
  if (strcmp (type, "hello") == 0)
    apply_hello (self, event);
  else if (strcmp (type, "functions") == 0)
    apply_functions (self, event);
  else if (strcmp (type, "journal") == 0)
    far_platform_client_set_transfers (self->client, far_client_get_int (event, "transfers", -1));
  else if (strcmp (type, "traffic") == 0)
    far_platform_client_take_traffic (self->client, far_traffic_parse (event));
  else if (strcmp (type, "platform") == 0)
    apply_platform (self, event);
  else if (strcmp (type, "alarm") == 0)
    tell_alarm (self, event);
  return TRUE;
}

/* ---- The stream ---- */

static void
line_read (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  FarPlatformWatch *self = user_data;
  gsize n_bytes = 0;
  g_autofree char *line = far_http_lines_next_finish (FAR_HTTP_LINES (source), result, &n_bytes,
                                                      NULL);

  if (self->client != NULL)
    {
      /* The end, a break, and a line that is none come to the same: once more, from the last seq;
       * or from the beginning, where the stream makes no sense. */
      if (line == NULL)
        retry_later (self);
      else if (apply_line (self, line, n_bytes))
        {
          if (self->client != NULL)
            read_line (self);
        }
      else
        {
          self->seq = -1;
          retry_later (self);
        }
    }
  watch_unref (self);
}

static void
read_line (FarPlatformWatch *self)
{
  far_http_lines_next_async (self->lines, self->cancellable, line_read, g_rc_box_acquire (self));
}

static void
stream_opened (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  FarPlatformWatch *self = user_data;
  g_autoptr (FarHttpLines) lines =
    far_http_client_open_lines_finish (FAR_HTTP_CLIENT (source), result, NULL);

  if (self->client != NULL)
    {
      if (lines == NULL || far_http_lines_get_status (lines) != 200)
        retry_later (self);
      else
        {
          self->lines = g_steal_pointer (&lines);
          read_line (self);
        }
    }
  watch_unref (self);
}

static void
connect_stream (FarPlatformWatch *self)
{
  g_autofree char *url = self->seq >= 0
                           ? g_strdup_printf ("/v1/events?after=%" G_GINT64_FORMAT, self->seq)
                           : g_strdup ("/v1/events");
  FarHttpCall call = { .method = "GET", .url = url };

  far_http_client_open_lines_async (self->http, &call, self->cancellable, stream_opened,
                                    g_rc_box_acquire (self));
}

FarPlatformWatch *
far_platform_watch_new (FarPlatformClient *client,
                        FarHttpClient     *http)
{
  FarPlatformWatch *self = g_rc_box_new0 (FarPlatformWatch);

  self->client = client;
  self->http = g_object_ref (http);
  self->cancellable = g_cancellable_new ();
  self->retry_ms = RETRY_MIN_MS;
  self->seq = -1;
  connect_stream (self);
  return self;
}

void
far_platform_watch_stop (FarPlatformWatch *self)
{
  self->client = NULL;
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
  g_cancellable_cancel (self->cancellable);
  watch_unref (self);
}
