/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of a share that came to a property's payable account: for `trace`.
 *
 * Money on an account has no names on it. The share is a stretch of all that ever came to the
 * account, and what ever left it (payouts, refunds, disputes) is laid over that in its order: first
 * in, first out. A payout that failed and a dispute that was won are as none. Of a share that was
 * itself taken back (refunded, disputed) no more is told than the payouts that had it before. The
 * bookkeeper's thread. */
#pragma once

#include "bookkeeper/far-publishing.h"

G_BEGIN_DECLS

typedef struct {
  gint64 property;     /* row */
  FarId  payable;      /* its account */
  gint64 from_micros;  /* of all that came, without far_trace_load_returned() */
  gint64 to_micros;
  gint64 taken_micros; /* at its end: taken back */
  gint64 taken_us;     /* since then */
} FarFates;

/* Adds steps "paid_out" (prepared or paid), "balanced_others_refunds" and "on_account" to the
 * answer: together what was not taken back. */
gboolean far_trace_write_fates (FarCall         *call,
                                const FarFates  *fates,
                                GError         **error);
/* What payouts of the property that failed and disputes that were won had brought back by then. */
gboolean far_trace_load_returned (FarBooks  *books,
                                  gint64     property,
                                  gint64     until_us,
                                  gint64    *ret_micros,
                                  GError   **error);

G_END_DECLS
