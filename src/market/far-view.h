/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view of an ad as the server sees it. Its nonce is bound to one reader, one article and one
 * creative by whoever keeps the row; here is what may happen to it, in which order and how soon.
 *
 * SERVER-VERIFIED: start, three quartiles and complete, in this order and each once; each not
 * before its quarter of the creative's duration has passed by the server's clock, counted from
 * start and from the event before; the file fetched whole; one completion.
 *
 * TOLERANCE: 250 ms for the network's jitter plus 5 % of the duration for the player's clock, at
 * most an eighth of the duration. So the whole is never seen in under 7/8 of its time, nor a
 * quarter in under half of it.
 *
 * CLIENT-REPORTED: visibility and sound are kept apart and decide nothing. A patient client that
 * renders nothing passes. Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_VIEW_DURATION_MS_MIN 1000
#define FAR_VIEW_DURATION_MS_MAX 120000
#define FAR_VIEW_BYTES_MAX (64 * 1024 * 1024)
#define FAR_VIEW_TOLERANCE_US (250 * G_GINT64_CONSTANT (1000))
#define FAR_VIEW_TOLERANCE_BPS 500
/* From the reservation: time to load, to start and to be interrupted. */
#define FAR_VIEW_GRACE_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)

/* The number is in the database: never renumber. */
typedef enum {
  FAR_VIEW_RESERVED = 0,
  FAR_VIEW_STARTED = 1,
  FAR_VIEW_FIRST_QUARTILE = 2,
  FAR_VIEW_MIDPOINT = 3,
  FAR_VIEW_THIRD_QUARTILE = 4,
  FAR_VIEW_COMPLETED = 5,
  FAR_VIEW_ABANDONED = 6, /* by the reader */
  FAR_VIEW_EXPIRED = 7,
  FAR_VIEW_REPLACED = 8,  /* a later view of the same reader and article took its place */
} FarViewState;
#define FAR_VIEW_STATE_MAX FAR_VIEW_REPLACED

/* VAST's names on the wire; abandon is ours. */
typedef enum {
  FAR_VIEW_EVENT_START,
  FAR_VIEW_EVENT_FIRST_QUARTILE,
  FAR_VIEW_EVENT_MIDPOINT,
  FAR_VIEW_EVENT_THIRD_QUARTILE,
  FAR_VIEW_EVENT_COMPLETE,
  FAR_VIEW_EVENT_ABANDON,
} FarViewEvent;

typedef struct {
  FarViewState state;
  gint64       duration_us;
  gint64       total_bytes;
  gint64       fetched_bytes; /* at most total_bytes */
  gint64       started_us;    /* 0 before start */
  gint64       last_us;       /* of the last event taken */
  gint64       expires_us;    /* from here on nothing is taken */
} FarView;

typedef enum {
  FAR_VIEW_TAKEN,
  FAR_VIEW_SAME,         /* the last event again: nothing changed */
  FAR_VIEW_TOO_SOON,     /* nothing changed; wait */
  FAR_VIEW_OUT_OF_ORDER,
  FAR_VIEW_NOT_FETCHED,
  FAR_VIEW_OVER,         /* its time is over */
  FAR_VIEW_CLOSED,       /* completed, abandoned, expired or replaced before */
} FarViewResult;

const char   *far_view_state_to_text (FarViewState  state);
gboolean      far_view_event_parse   (const char   *text,
                                      FarViewEvent *ret_event);
gboolean      far_view_is_open       (FarViewState  state);
gint64        far_view_tolerance_us  (gint64        duration_us);

/* A view as reserved at now_us. duration_ms and total_bytes within the bounds above. */
void          far_view_init          (FarView      *view,
                                      gint64        duration_ms,
                                      gint64        total_bytes,
                                      gint64        now_us);
/* Takes an event, or says why not and leaves the view as it was. */
FarViewResult far_view_apply         (FarView      *view,
                                      FarViewEvent  event,
                                      gint64        now_us);
/* Counts bytes that were sent; more than the file has do not count. TAKEN, OVER or CLOSED. */
FarViewResult far_view_fetch         (FarView      *view,
                                      gint64        n_bytes,
                                      gint64        now_us);
/* How long until the next event in order is taken, in µs; 0 if it would be now, or if there is
 * none. */
gint64        far_view_wait_us       (const FarView *view,
                                      gint64         now_us);

G_END_DECLS
