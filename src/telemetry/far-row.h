/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record, a log line and an annotation as they wait for the writer: packed, names as numbers, no
 * pointers into anybody's memory. Private to the room. */
#pragma once

#include "telemetry/far-names.h"
#include "telemetry/far-notes.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

typedef struct {
  FarId   request_id;
  FarId   trace_id;
  guint64 parent_span;
  gint64  spawn_us;
  gsize   notes_offset; /* into the batch's text */
  guint32 n_notes;      /* bytes; 0 = none */
  gint64  end_us;
  gint64  queue_us;
  gint64  start_us;
  gint64  init_us;
  gint64  duration_us;
  gint64  overhead_us;
  guint32 memory_mb;
  guint32 memory_max_kb;
  guint32 concurrency;
  guint16 function;
  guint16 route;
  guint16 version;
  guint16 error_type;
  guint16 all_scope;
  guint16 version_scope;
  guint16 article_scope;
  guint8  outcome;
  guint8  cold;
  guint8  past;         /* ended long before it was recorded */
} FarRow;

/* The column flags: the outcome, and: */
#define FAR_ROW_OUTCOME_MASK 7
#define FAR_ROW_COLD 8
#define FAR_ROW_FOREIGN 16 /* its trace id says nothing of when it was: found by an index */

/* Interns the names. Owning thread. */
/* notes: (nullable): the invocation's, parsed */
void     far_row_pack   (FarRow *row, FarNames *names, const FarInvocation *invocation,
                         const FarNotes *notes);
/* The strings are those of names. */
void     far_row_unpack (const FarRow *row, FarNames *names, FarInvocation *ret_invocation);
gboolean far_id_is_zero (const FarId *id);
gint64   far_trace_id_time_us  (const FarId *trace_id);
/* Whether a trace id has the second in front in which its trace began, near time_us. */
gboolean far_trace_id_is_dated (const FarId *trace_id, gint64 time_us);
#define FAR_TRACE_SPAN_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC) /* how near */

typedef struct {
  FarId   request_id;
  gint64  time_us;
  gsize   offset; /* into the batch's text */
  guint32 n_bytes;
  guint16 function;
  guint8  level;
} FarRowLine;

typedef struct {
  gint64  time_us;
  gint64  end_us;
  guint16 function;
  char   *kind;
  char   *text;
  char   *subject; /* nullable */
} FarRowAnnotation;

void far_row_annotation_free (FarRowAnnotation *annotation);

/* What the owning thread fills and the writer empties. */
typedef struct {
  GArray     *rows;        /* (element-type FarRow) */
  GArray     *lines;       /* (element-type FarRowLine) */
  GByteArray *text;
  GPtrArray  *annotations; /* (element-type FarRowAnnotation) */
  GPtrArray  *spans;       /* (element-type FarSpan) */
} FarBatch;

void     far_batch_init     (FarBatch *batch);
void     far_batch_clear    (FarBatch *batch);
/* Empties it; memory beyond a normal batch's is given back. */
void     far_batch_reset    (FarBatch *batch);
/* Of all kinds together. */
guint    far_batch_n_items  (const FarBatch *batch);

G_END_DECLS
