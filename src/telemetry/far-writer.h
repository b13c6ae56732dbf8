/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The writer's threads and the bounded queue in front of them.
 *
 * The queue is a batch under a lock that is held to add to it or to swap it for an empty one, never
 * over a disk operation; so adding does not wait. What does not fit, and what a failed transaction
 * loses, is counted. Private to the room. */
#pragma once

#include "telemetry/far-telemetry-db.h"

G_BEGIN_DECLS

#define FAR_WRITER_DELAY_MS 200   /* how long a record may wait for company */
#define FAR_WRITER_BATCH_MAX 4096 /* rows or lines that end the wait */
#define FAR_WRITER_ANNOTATIONS_MAX 1024
#define FAR_WRITER_SPANS_MAX 8192
#define FAR_WRITER_BEAT_S 10      /* how often an idle writer notes that the platform is alive */
#define FAR_WRITER_EXPIRE_S 60
#define FAR_WRITER_STEP 64        /* items between two looks whether there is time for patience */
#define FAR_WRITER_PRESSED 8192   /* rows and lines that wait and end it */
#define FAR_WRITER_PATIENCE_S 5   /* and how long it lasts */
#define FAR_WRITER_NICE 5         /* of the thread that then works */

typedef struct _FarWriter FarWriter;

/* Takes db. Starts the thread. */
FarWriter *far_writer_new  (FarTelemetryDb *db, FarClock *clock,
                            const FarTelemetryDropped *dropped);
/* Writes what waits, then stops the thread. */
void       far_writer_free (FarWriter *self);

/* One thread, the owner's. FALSE if it was dropped. notes: (nullable): the row's offset into them
 * is set here. */
gboolean   far_writer_push_row        (FarWriter *self, FarRow *row, const char *notes);
/* line->offset is set here. */
gboolean   far_writer_push_line       (FarWriter *self, FarRowLine *line, const char *text);
/* Takes annotation. */
gboolean   far_writer_push_annotation (FarWriter *self, FarRowAnnotation *annotation);

/* Takes span. */
gboolean   far_writer_push_span       (FarWriter *self, FarSpan *span);

/* Blocks until all that was pushed before is written or has failed. Any thread. */
void       far_writer_sync            (FarWriter *self);
void       far_writer_set_retention   (FarWriter *self, const FarRetention *retention);
void       far_writer_get_dropped     (FarWriter *self, FarTelemetryDropped *ret_dropped);
/* What lies between the last transaction and now is not known: a session begins. */
void       far_writer_begin_session   (FarWriter *self);
/* Since when single invocations are complete; 0 = always were. */
gint64     far_writer_get_rows_from_us (FarWriter *self);
/* Why the last transaction failed; NULL if it did not. Returns: (transfer full) (nullable) */
char      *far_writer_dup_problem     (FarWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarWriter, far_writer_free)

G_END_DECLS
