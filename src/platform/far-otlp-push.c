/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the queue of spans that go to a collector, and the tries. */
#include "platform/far-otlp-push.h"

#include <string.h>

#include "base/far-json.h"
#include "net/far-http-client.h"
#include "telemetry/far-otlp.h"

#define REPLY_MAX 65536
#define HURRY 100 /* how much shorter waits are in a test */

G_DEFINE_QUARK (far-otlp-push-error-quark, far_otlp_push_error)

struct _FarOtlpPush {
  FarOtlpPushSettings settings;
  FarTelemetry  *telemetry;
  FarClock      *clock;
  gint64         started_us; /* of sums */
  FarHttpClient *http;
  GCancellable  *closing;
  GQueue         spans;      /* (element-type FarSpan): waiting */
  char          *body;       /* nullable: what is under way, or waits to be sent again */
  guint          body_spans; /* 0 = it is metrics */
  gboolean       sending;
  guint          timer;      /* of the next batch, or the next try */
  guint          metrics_timer;
  gboolean       metrics_due;
  guint          retry_ms;   /* of the next wait */
  guint          hurry;
  int            ref_count;
  char          *problem;
  FarOtlpPushState state;
};

void
far_otlp_push_settings_clear (FarOtlpPushSettings *settings)
{
  g_clear_pointer (&settings->url, g_free);
  g_clear_pointer (&settings->token, g_free);
  g_clear_pointer (&settings->ca_file, g_free);
}

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, FAR_OTLP_PUSH_ERROR, FAR_OTLP_PUSH_ERROR_SETTINGS, text);
  return FALSE;
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return strcmp (host, "localhost") == 0 ||
         (address != NULL && g_inet_address_get_is_loopback (address));
}

gboolean
far_otlp_push_settings_check (const FarOtlpPushSettings *settings, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (settings->url, G_URI_FLAGS_NONE, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0' || (strcmp (scheme, "http") != 0 &&
                                        strcmp (scheme, "https") != 0))
    return refuse (error, "url must be where the collector listens: https://host:4318");
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL)
    return refuse (error, "url has no user and no query; what lets in is the token");
  if (settings->token != NULL && strlen (settings->token) > FAR_OTLP_PUSH_TOKEN_MAX)
    return refuse (error, "the token is too long");
  if (settings->token != NULL && strpbrk (settings->token, "\r\n") != NULL)
    return refuse (error, "the token has a line end in it");
  if (settings->token != NULL && strcmp (scheme, "https") != 0 &&
      !is_loopback (host))
    return refuse (error, "a token goes by https, or to this machine; without TLS anybody on the "
                   "way could read it");
  return settings->traces || settings->metrics ||
         refuse (error, "neither traces nor metrics would be sent");
}

/* ---- Life ---- */

static void
unref (FarOtlpPush *self)
{
  if (--self->ref_count > 0)
    return;
  far_otlp_push_settings_clear (&self->settings);
  g_queue_clear_full (&self->spans, (GDestroyNotify) far_span_free);
  g_clear_object (&self->http);
  g_object_unref (self->closing);
  far_clock_unref (self->clock);
  g_free (self->body);
  g_free (self->problem);
  g_free (self);
}

void
far_otlp_push_free (FarOtlpPush *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->metrics_timer, g_source_remove);
  self->telemetry = NULL;
  g_cancellable_cancel (self->closing);
  unref (self);
}

/* ---- Sending ---- */

static void next (FarOtlpPush *self);

static gboolean
on_timer (gpointer user_data)
{
  FarOtlpPush *self = user_data;

  self->timer = 0;
  next (self);
  return G_SOURCE_REMOVE;
}

static void
wait_ms (FarOtlpPush *self, guint ms)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (ms / self->hurry, on_timer, self);
}

/* Spans that were refused of a body that was taken. */
static guint64
read_refused (GBytes *reply)
{
  gsize n_bytes;
  const char *text = g_bytes_get_data (reply, &n_bytes);
  g_autoptr (JsonNode) root = n_bytes > 0 ? far_json_parse_object (text, n_bytes, REPLY_MAX, NULL)
                                          : NULL;
  JsonObject *partial;
  const char *rejected;
  guint64 n;
  gint64 number;

  if (root == NULL || !far_json_get_object (json_node_get_object (root), "partialSuccess",
                                            &partial, NULL))
    return 0;
  /* JSON of protobuf has 64-bit numbers as strings; some collectors send numbers. */
  if (far_json_get_int (partial, "rejectedSpans", 0, G_MAXINT64, &number, NULL))
    return (guint64) number;
  if (far_json_get_string (partial, "rejectedSpans", 24, &rejected, NULL) &&
      g_ascii_string_to_unsigned (rejected, 10, 0, G_MAXINT64, &n, NULL))
    return n;
  return 0;
}

/* It has been sent, or never will be. */
static void
end_body (FarOtlpPush *self, guint64 refused)
{
  refused = MIN (refused, self->body_spans);
  self->state.sent_spans += self->body_spans - refused;
  self->state.refused += refused;
  self->state.sent_metrics += self->body_spans == 0 && self->problem == NULL;
  self->retry_ms = FAR_OTLP_PUSH_RETRY_MIN_MS;
  self->body_spans = 0;
  g_clear_pointer (&self->body, g_free);
}

static gboolean
is_passing (guint status)
{
  return status == 429 || status == 502 || status == 503 || status == 504;
}

static void
try_later (FarOtlpPush *self, const char *retry_after)
{
  guint64 after_s = 0;
  guint ms = self->retry_ms;

  if (retry_after != NULL &&
      g_ascii_string_to_unsigned (retry_after, 10, 0, FAR_OTLP_PUSH_RETRY_MAX_MS / 1000, &after_s,
                                  NULL))
    ms = MAX (ms, (guint) after_s * 1000);
  self->state.retries++;
  self->retry_ms = MIN (2 * self->retry_ms, FAR_OTLP_PUSH_RETRY_MAX_MS);
  wait_ms (self, ms);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarOtlpPush *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply = far_http_client_send_finish (FAR_HTTP_CLIENT (source), result,
                                                                &error);
  guint status = reply != NULL ? far_http_reply_get_status (reply) : 0;

  self->sending = FALSE;
  if (self->telemetry == NULL)
    {
      unref (self);
      return;
    }
  g_free (self->problem);
  self->problem = status / 100 == 2 ? NULL
                  : reply != NULL   ? g_strdup_printf ("it answered %u", status)
                                    : g_strdup (error->message);
  if (status / 100 == 2)
    {
      self->state.last_us = far_clock_now_us (self->clock);
      end_body (self, read_refused (far_http_reply_get_body (reply)));
      next (self);
    }
  else if (reply == NULL || is_passing (status))
    try_later (self, reply != NULL ? far_http_reply_get_header (reply, "retry-after") : NULL);
  else
    {
      end_body (self, self->body_spans);
      next (self);
    }
  unref (self);
}

static void
send_body (FarOtlpPush *self)
{
  g_autofree char *url = g_strconcat (self->settings.url,
                                      g_str_has_suffix (self->settings.url, "/") ? "" : "/",
                                      self->body_spans > 0 ? "v1/traces" : "v1/metrics", NULL);
  g_autofree char *bearer = g_strconcat ("Bearer ", self->settings.token, NULL);
  g_autoptr (GBytes) body = g_bytes_new (self->body, strlen (self->body));
  const char *const headers[] = { "Authorization", bearer, NULL };
  const FarHttpCall call = {
    .method = "POST",
    .url = url,
    .headers = self->settings.token != NULL ? headers : NULL,
    .body = body,
    .reply_max = REPLY_MAX,
    .timeout_us = FAR_OTLP_PUSH_TIMEOUT_US,
  };

  self->sending = TRUE;
  self->ref_count++;
  far_http_client_send_async (self->http, &call, self->closing, on_reply, self);
}

static char *
write_spans (FarOtlpPush *self)
{
  g_autoptr (GPtrArray) spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);

  while (spans->len < FAR_OTLP_PUSH_BATCH_MAX && !g_queue_is_empty (&self->spans))
    g_ptr_array_add (spans, g_queue_pop_head (&self->spans));
  self->body_spans = spans->len;
  return far_otlp_write_traces (spans);
}

static char *
write_metrics (FarOtlpPush *self)
{
  static const FarAggregate none;
  g_auto (GStrv) functions = far_telemetry_dup_functions (self->telemetry);
  guint n = g_strv_length (functions), i;
  g_autofree const FarAggregate **aggregates = g_new0 (const FarAggregate *, n + 1);

  for (i = 0; i < n; i++)
    {
      aggregates[i] = far_telemetry_peek (self->telemetry, functions[i]);
      if (aggregates[i] == NULL)
        aggregates[i] = &none;
    }
  self->metrics_due = FALSE;
  return far_otlp_write_metrics ((const char *const *) functions, aggregates, self->started_us,
                                 far_clock_now_us (self->clock));
}

/* What is to be sent next, if nothing is under way. */
static void
next (FarOtlpPush *self)
{
  if (self->sending || self->timer != 0)
    return;
  if (self->body == NULL && self->metrics_due)
    self->body = write_metrics (self);
  else if (self->body == NULL && !g_queue_is_empty (&self->spans))
    self->body = write_spans (self);
  if (self->body != NULL)
    send_body (self);
}

static gboolean
on_metrics_timer (gpointer user_data)
{
  FarOtlpPush *self = user_data;

  self->metrics_due = TRUE;
  next (self);
  return G_SOURCE_CONTINUE;
}

/* ---- In ---- */

void
far_otlp_push_record (FarOtlpPush *self, const FarInvocation *invocation)
{
  g_autoptr (GPtrArray) spans = NULL;
  static const FarId none;

  /* Outside a trace there is nothing to send. */
  if (!self->settings.traces || far_id_compare (&invocation->trace_id, &none) == 0)
    return;
  spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  far_span_append_invocation (spans, invocation);
  /* A trace is sent whole or not at all. */
  if (self->spans.length + self->body_spans + spans->len > FAR_OTLP_PUSH_SPANS_MAX)
    {
      self->state.dropped += spans->len;
      return;
    }
  while (spans->len > 0)
    g_queue_push_tail (&self->spans, g_ptr_array_steal_index (spans, 0));
  if (self->body != NULL)
    return;
  if (self->spans.length >= FAR_OTLP_PUSH_BATCH_MAX)
    {
      g_clear_handle_id (&self->timer, g_source_remove);
      next (self);
    }
  else if (self->timer == 0)
    wait_ms (self, FAR_OTLP_PUSH_WAIT_MS);
}

void
far_otlp_push_get_state (FarOtlpPush *self, FarOtlpPushState *ret_state)
{
  *ret_state = self->state;
  ret_state->queued = self->spans.length + self->body_spans;
  ret_state->problem = self->problem;
}

const FarOtlpPushSettings *
far_otlp_push_get_settings (FarOtlpPush *self)
{
  return &self->settings;
}

void
far_otlp_push_set_hurry (FarOtlpPush *self)
{
  self->hurry = HURRY;
  g_clear_handle_id (&self->metrics_timer, g_source_remove);
  if (self->settings.metrics)
    self->metrics_timer = g_timeout_add (FAR_OTLP_PUSH_METRICS_S, on_metrics_timer, self);
}

FarOtlpPush *
far_otlp_push_new (FarOtlpPushSettings *settings, FarTelemetry *telemetry, FarClock *clock,
                   gint64 started_us, GError **error)
{
  FarHttpTrust trust = { .ca_file = settings->ca_file };
  g_autoptr (FarHttpClient) http = NULL;
  FarOtlpPush *self;

  if (!far_otlp_push_settings_check (settings, error))
    return NULL;
  http = settings->ca_file != NULL ? far_http_client_new_trusting (1, &trust, error)
                                   : far_http_client_new (1);
  if (http == NULL)
    return NULL;
  self = g_new0 (FarOtlpPush, 1);
  self->settings = *settings;
  memset (settings, 0, sizeof *settings);
  self->telemetry = telemetry;
  self->clock = far_clock_ref (clock);
  self->started_us = started_us;
  self->http = g_steal_pointer (&http);
  self->closing = g_cancellable_new ();
  self->retry_ms = FAR_OTLP_PUSH_RETRY_MIN_MS;
  self->hurry = 1;
  self->ref_count = 1;
  g_queue_init (&self->spans);
  if (self->settings.metrics)
    self->metrics_timer = g_timeout_add_seconds (FAR_OTLP_PUSH_METRICS_S, on_metrics_timer, self);
  return self;
}
