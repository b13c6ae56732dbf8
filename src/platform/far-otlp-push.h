/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sends what is measured to a collector: OTLP over HTTP in its JSON form, spans as they end and
 * sums every minute.
 *
 * Spans wait in a bounded queue. One body is under way at a time; one that fails for a while (no
 * answer, 429, 502, 503, 504) is sent again, after a second, then two, up to a minute, or when the
 * collector says. What does not fit the queue meanwhile is dropped and counted, as is what the
 * collector refuses: an invocation never waits. Sums are cumulative, so that one that is lost
 * loses nothing. Thread: the main context's. */
#pragma once

#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define FAR_OTLP_PUSH_ERROR (far_otlp_push_error_quark ())
GQuark far_otlp_push_error_quark (void);
typedef enum {
  FAR_OTLP_PUSH_ERROR_SETTINGS, /* not to be sent there, or not like that */
  FAR_OTLP_PUSH_ERROR_FILE,
} FarOtlpPushError;

#define FAR_OTLP_PUSH_SPANS_MAX 8192 /* waiting */
#define FAR_OTLP_PUSH_BATCH_MAX 512
#define FAR_OTLP_PUSH_WAIT_MS 1000   /* until a batch that is not full goes */
#define FAR_OTLP_PUSH_METRICS_S 60
#define FAR_OTLP_PUSH_RETRY_MIN_MS 1000
#define FAR_OTLP_PUSH_RETRY_MAX_MS 60000
#define FAR_OTLP_PUSH_TIMEOUT_US G_GINT64_CONSTANT (10000000)
#define FAR_OTLP_PUSH_TOKEN_MAX 4096

typedef struct {
  char    *url;     /* of the collector: "https://host:4318"; /v1/traces and /v1/metrics follow */
  char    *token;   /* nullable: of an Authorization: Bearer; by TLS or on loopback only */
  char    *ca_file; /* nullable */
  gboolean traces;
  gboolean metrics;
} FarOtlpPushSettings;

void     far_otlp_push_settings_clear (FarOtlpPushSettings *settings);
/* FALSE with FAR_OTLP_PUSH_ERROR_SETTINGS and what to do. */
gboolean far_otlp_push_settings_check (const FarOtlpPushSettings *settings, GError **error);

typedef struct {
  guint   queued;         /* spans, waiting or under way */
  guint64 sent_spans;
  guint64 sent_metrics;   /* bodies */
  guint64 dropped;        /* spans for which there was no room */
  guint64 refused;        /* spans that the collector did not want */
  guint64 retries;
  gint64  last_us;        /* of the last success; 0 = none yet */
  const char *problem;    /* nullable: why the last try failed */
} FarOtlpPushState;

typedef struct _FarOtlpPush FarOtlpPush;

/* Takes what settings has. telemetry must outlive it. */
FarOtlpPush *far_otlp_push_new    (FarOtlpPushSettings *settings, FarTelemetry *telemetry,
                                   FarClock *clock, gint64 started_us, GError **error);
void         far_otlp_push_free   (FarOtlpPush *self);
void         far_otlp_push_record (FarOtlpPush *self, const FarInvocation *invocation);
void         far_otlp_push_get_state    (FarOtlpPush *self, FarOtlpPushState *ret_state);
const FarOtlpPushSettings *
             far_otlp_push_get_settings (FarOtlpPush *self);
/* For tests: waits are of ms instead of s. */
void         far_otlp_push_set_hurry    (FarOtlpPush *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarOtlpPushSettings, far_otlp_push_settings_clear)

G_END_DECLS
