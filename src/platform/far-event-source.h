/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Event source mappings: which queue feeds which function, in which batches.
 *
 * A batch is given to the function when it is full, when its window is over, or, without a window,
 * as soon as there is a message. What succeeds is deleted; what fails becomes visible again when
 * the queue says so. At first five batches run at a time, and five more every second while there is
 * more to do, up to the mapping's or Lambda's maximum.
 *
 * Those of the template are there at every start; what the API made, and what it changed of the
 * template's, is in the store. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-event-batch.h"

G_BEGIN_DECLS

#define FAR_EVENT_SOURCES_MAX 200
#define FAR_EVENT_SOURCE_KIND "event-source"
/* Lambda's defaults and limits. */
#define FAR_EVENT_SOURCE_BATCH 10
#define FAR_EVENT_SOURCE_WINDOW_MAX_S 300
#define FAR_EVENT_SOURCE_CONCURRENCY_MIN 2
#define FAR_EVENT_SOURCE_CONCURRENCY_MAX 1000
#define FAR_EVENT_SOURCE_CONCURRENCY_FIRST 5
#define FAR_EVENT_SOURCE_CONCURRENCY_PER_S 5
/* Of bodies in a batch; with what stands around them an event stays below Lambda's 6 MB. */
#define FAR_EVENT_SOURCE_BYTES_MAX (4 * 1024 * 1024)

typedef struct {
  char     *uuid;
  char     *queue;    /* names */
  char     *function;
  guint     batch_size;
  guint     window_s;
  guint     concurrency_max; /* 0 = Lambda's */
  gboolean  report_failures;
  gboolean  enabled;
  gboolean  from_template;
  gint64    modified_us;
} FarEventSourceSpec;

typedef struct _FarEventSources FarEventSources;
typedef struct _FarEventSource FarEventSource;

FarEventSourceSpec *far_event_source_spec_copy (const FarEventSourceSpec *spec);
void                far_event_source_spec_free (FarEventSourceSpec *spec);

FarEventSources *far_event_sources_new    (FarLoop *loop, FarDispatcher *dispatcher,
                                           FarQueues *queues, FarPlatformStore *store);
/* Adds the template's, and then what is in the store. */
gboolean         far_event_sources_load   (FarEventSources *self, FarTemplate *tmpl,
                                           GError **error);
/* No batch may be in flight. */
void             far_event_sources_free   (FarEventSources *self);
guint            far_event_sources_n      (FarEventSources *self);
FarEventSource  *far_event_sources_nth    (FarEventSources *self, guint index);
/* uuid */
FarEventSource  *far_event_sources_find   (FarEventSources *self, const char *uuid);
const FarEventSourceSpec *far_event_source_get_spec (FarEventSource *self);
/* What its last batch came to: "OK", "No records processed", "PROBLEM: …". */
const char      *far_event_source_get_result (FarEventSource *self);

/* spec: taken. NULL when there are too many: then done does not come. done: when it is on disk. */
FarEventSource  *far_event_sources_add    (FarEventSources *self, FarEventSourceSpec *spec,
                                           FarStoreDone done, gpointer user_data);
void             far_event_sources_update (FarEventSources *self, FarEventSource *source,
                                           FarEventSourceSpec *spec, FarStoreDone done,
                                           gpointer user_data);
void             far_event_sources_remove (FarEventSources *self, FarEventSource *source,
                                           FarStoreDone done, gpointer user_data);
/* The clock was moved, or a function came back. */
void             far_event_sources_wake   (FarEventSources *self);
/* No more batches. */
void             far_event_sources_stop   (FarEventSources *self);

G_END_DECLS
