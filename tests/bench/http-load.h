/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A closed loop of HTTP requests: n connections, one request in flight on each, one thread. A
 * request carries a query of its own, t=…, which its answer must repeat. Latencies are µs from the
 * request's write to the last byte of its answer. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint64 n_requests;
  guint64 n_failed;  /* another status than 200 or 201, not its own echo, or broken */
  gint64  taken_us;
  GArray *latencies; /* gint64 µs, in ascending order */
} HttpLoad;

/* target: on 127.0.0.1:port. Ends after n_requests_max requests or duration_us, whichever is
 * first; 0 = no limit. */
HttpLoad *http_load_run        (guint16 port, const char *target, guint n_connections,
                                guint64 n_requests_max, gint64 duration_us);
/* The same with requests that are whole already, each sent once by the next connection that is
 * free. An answer is right if its status is 200 or 201 and it contains expected. */
HttpLoad *http_load_requests   (guint16 port, char *const *requests, guint64 n_requests,
                                guint n_connections, const char *expected);
/* An open loop: requests are due at equal distances, and a latency counts from when it was due,
 * whenever a connection was free for it. */
HttpLoad *http_load_paced      (guint16 port, const char *target, guint n_connections,
                                guint requests_per_second, gint64 duration_us);
void      http_load_free       (HttpLoad *self);
/* per_mille 500 = the median. */
gint64    http_load_percentile (const GArray *sorted, guint per_mille);
void      http_load_sort       (GArray *values);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpLoad, http_load_free)

G_END_DECLS
