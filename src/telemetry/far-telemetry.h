/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The telemetry of one platform: takes records and log lines, counts at once, stores later.
 *
 * far_telemetry_record() and far_telemetry_log() never wait for a disk: they update counters and
 * sketches in memory (FarLive) and put a packed copy into a bounded queue. A writer thread takes
 * whole batches out and commits raw rows, log lines and rollups together. What does not fit the
 * queue is counted as dropped, by kind, and the count is kept and shown; the counters in memory
 * still include it.
 *
 * Thread: everything here belongs to the thread that opened it (the main loop's), except where a
 * function says otherwise. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"
#include "telemetry/far-aggregate.h"
#include "telemetry/far-invocation.h"
#include "telemetry/far-span.h"

G_BEGIN_DECLS

#define FAR_TELEMETRY_ERROR (far_telemetry_error_quark ())
GQuark far_telemetry_error_quark (void);
typedef enum {
  FAR_TELEMETRY_ERROR_DATABASE, /* cannot be opened, is corrupt or from a newer version */
  FAR_TELEMETRY_ERROR_QUERY,    /* a question that has no answer: range, step, metric */
  FAR_TELEMETRY_ERROR_BUSY,     /* too many questions at once */
} FarTelemetryError;

#define FAR_TELEMETRY_PENDING_MAX 32768                    /* records waiting for the writer */
#define FAR_TELEMETRY_LOG_BYTES_MAX (8 * 1024 * 1024)      /* log text waiting for the writer */
/* What ended longer ago when it is recorded is stored as what lies behind others: see `behind` of
 * FarInvocation. */
#define FAR_TELEMETRY_PAST_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define FAR_TELEMETRY_LOG_LINE_MAX 8192                    /* bytes; longer lines are cut */

typedef enum {
  FAR_LOG_TRACE,
  FAR_LOG_DEBUG,
  FAR_LOG_INFO,
  FAR_LOG_WARN,
  FAR_LOG_ERROR,
  FAR_LOG_FATAL,
  FAR_LOG_PLATFORM, /* START, END, REPORT and what the platform has to say of an instance */
} FarLogLevel;

/* "trace" … "fatal", "platform" */
const char *far_log_level_to_string (FarLogLevel level);
gboolean    far_log_level_from_string (const char *text, FarLogLevel *ret_level);
/* The level a line names itself by ("ERROR …", "[warn] …", {"level":"ERROR"…}); INFO otherwise. */
FarLogLevel far_log_level_of_line   (const char *line, gsize n_bytes);

/* One line a function wrote. Borrowed for the call. */
typedef struct {
  const char *function;
  FarId       request_id; /* all zero: outside an invocation */
  gint64      time_us;
  FarLogLevel level;
  const char *message;    /* any bytes; made valid UTF-8 when stored */
  gsize       n_bytes;    /* without the line end */
} FarTelemetryLine;

/* Something that happened to the platform, drawn as an annotation: an instance's crash, a
 * bookkeeper's restart, a new version. */
typedef struct {
  gint64      time_us;
  const char *kind;     /* "instance_crash", "bookkeeper_restart", "spawner_restart", … */
  const char *function; /* nullable */
  const char *text;     /* one sentence */
  const char *subject;  /* nullable: what it is about: an alarm's id, a version, a fault's id */
  gint64      end_us;   /* 0 = a moment, or not over yet */
} FarAnnotation;

#define FAR_ANNOTATION_KIND_MAX 64
#define FAR_ANNOTATION_TEXT_MAX 1024
#define FAR_ANNOTATION_SUBJECT_MAX 128

typedef struct _FarTelemetry FarTelemetry;

/* Opens or creates dir/telemetry.db (dir is created 0700). A database that is corrupt or newer than
 * this program is an error that names the file; it is never replaced. dir NULL keeps everything in
 * memory only. Starts the writer thread. */
FarTelemetry *far_telemetry_open  (const char *dir, FarClock *clock, GError **error);
/* Writes what waits, stops the threads, frees. Blocks for as long as the disk takes. */
void          far_telemetry_close (FarTelemetry *self);

void far_telemetry_record   (FarTelemetry *self, const FarInvocation *invocation);
void far_telemetry_log      (FarTelemetry *self, const FarTelemetryLine *line);
void far_telemetry_annotate (FarTelemetry *self, const FarAnnotation *annotation);
/* A span of another system's; copied. Those of invocations follow from their records. */
void far_telemetry_add_span (FarTelemetry *self, const FarSpan *span);

typedef struct {
  guint64 records;     /* records that found the queue full */
  guint64 log_lines;
  guint64 annotations;
  guint64 spans;       /* of other systems */
} FarTelemetryDropped;

/* Since the database was made, restarts included. */
void    far_telemetry_get_dropped (FarTelemetry *self, FarTelemetryDropped *ret_dropped);
guint64 far_telemetry_n_dropped   (FarTelemetry *self); /* all kinds together */
/* Ran since the database was made, throttles not included. */
guint64 far_telemetry_n_invocations (FarTelemetry *self);

/* Called on the owning thread for each record, line and annotation as it comes in, after counting.
 * Borrowed for the call. One listener; NULL for none of a kind. */
typedef struct {
  void (*record)   (const FarInvocation *invocation, gpointer user_data);
  void (*log)      (const FarTelemetryLine *line, gpointer user_data);
  void (*annotate) (const FarAnnotation *annotation, gpointer user_data);
} FarTelemetryListener;
void    far_telemetry_set_listener (FarTelemetry               *self,
                                    const FarTelemetryListener *listener,
                                    gpointer                    user_data);

/* How long what is kept, by the passed-in clock. Days stay for ever. */
typedef struct {
  gint64 raw_us;   /* invocations, one by one */
  gint64 log_us;
  gint64 fine_us;  /* five-minute rollups */
  gint64 hour_us;  /* hourly rollups */
  gint64 size_max; /* bytes of the database; above it the oldest rows and lines go first */
} FarRetention;
#define FAR_RETENTION_DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define FAR_RETENTION_DEFAULT \
  { .raw_us = 7 * FAR_RETENTION_DAY_US, .log_us = 7 * FAR_RETENTION_DAY_US, \
    .fine_us = 14 * FAR_RETENTION_DAY_US, .hour_us = 400 * FAR_RETENTION_DAY_US, \
    .size_max = G_GINT64_CONSTANT (2) * 1024 * 1024 * 1024 }
void    far_telemetry_set_retention (FarTelemetry *self, const FarRetention *retention);

/* Blocks until everything recorded so far is committed; for tests and for shutdown. */
gboolean far_telemetry_flush (FarTelemetry *self, GError **error);
/* What lies between what was written last and now is not known, and never zero. */
void     far_telemetry_begin_session (FarTelemetry *self);
/* Since when single invocations are complete: older ones were deleted; 0 = they always were. */
gint64   far_telemetry_get_rows_from_us (FarTelemetry *self);
/* Why the last write failed; NULL if all is well. Returns: (transfer full) (nullable) */
char    *far_telemetry_dup_problem (FarTelemetry *self);

/* All time, of this function or (NULL) of all together, added to ret_aggregate. */
void     far_telemetry_total  (FarTelemetry *self, const char *function,
                               FarAggregate *ret_aggregate);
/* The last window_s seconds, at most FAR_TELEMETRY_WINDOW_MAX_S, added to ret_aggregate. */
#define FAR_TELEMETRY_WINDOW_S 300
#define FAR_TELEMETRY_WINDOW_MAX_S 300
void     far_telemetry_recent (FarTelemetry *self, const char *function, guint window_s,
                               FarAggregate *ret_aggregate);
/* Every function ever recorded. Returns: (transfer full) */
GStrv    far_telemetry_dup_functions (FarTelemetry *self);
/* Borrowed until the next record; NULL for a function never seen. */
const FarAggregate *far_telemetry_peek (FarTelemetry *self, const char *function);
/* Rises whenever a function's numbers change. */
guint64  far_telemetry_serial (FarTelemetry *self, const char *function);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTelemetry, far_telemetry_close)

G_END_DECLS
