/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed requests of many readers over a bounded number of connections. One thread: the main
 * context's. */
#pragma once

#include <json-glib/json-glib.h>

#include "base/far-clock.h"
#include "readers/far-assumptions.h"
#include "readers/far-visit-report.h"

G_BEGIN_DECLS

#define FAR_READER_CONNECTIONS_MAX 256
#define FAR_READER_TIMEOUT_S 30

typedef struct _FarReaderHttp FarReaderHttp;

/* status: 0 when no answer came. object: (nullable): the body, where it is a JSON object. */
typedef void (*FarReaderAnswer) (guint status, JsonObject *object, gsize n_bytes,
                                 gpointer user_data);

/* gateway: "http://127.0.0.1:8787"; report and clock must outlive it. */
FarReaderHttp *far_reader_http_new  (const char *gateway, FarClock *clock,
                                     FarVisitReport *report);
/* No callback comes after this. */
void           far_reader_http_free (FarReaderHttp *self);

/**
 * far_reader_http_send:
 * @traits: who signs; must live until the answer
 * @method: a constant
 * @target: path and query, escaped
 * @body: (nullable) (transfer full): JSON
 * @due_us: monotonic time at which a person would have sent it; the latency counts from there
 *
 * Sends as soon as a connection is free, and calls @answer exactly once, later.
 */
void           far_reader_http_send (FarReaderHttp *self, const FarReaderTraits *traits,
                                     const char *method, const char *target, char *body,
                                     gint64 due_us, FarReaderAnswer answer, gpointer user_data);

G_END_DECLS
