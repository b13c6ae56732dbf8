/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a tab is charged, how much, and what a provider's answer makes of a charge.
 *
 * One aggregated charge when the tab reaches its threshold or the (UTC) month of its oldest item
 * has ended, never under the least charge (the provider's, unless the publisher's terms name
 * another), in what the provider can move; the rest stays.
 * Items are settled oldest first, the last one in part. A time-out is *unknown*, never failed: it
 * is resolved by asking again with the same key. After failures the attempts wait longer and
 * longer; 60 days after the first failure what is owed is written off. Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_TAB_THRESHOLD_CENTS 500
#define FAR_TAB_WRITE_OFF_US (60 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

typedef enum {
  FAR_DUE_NOT,
  FAR_DUE_THRESHOLD,
  FAR_DUE_MONTH,
} FarDue;

const char *far_due_to_text (FarDue due);

/* minimum_micros: the least that is charged; tab_micros: what is owed; oldest_us: when its oldest
 * open item was booked; retry_us: not before this time (0: at once). ret_charge_micros is what to
 * charge if due, else 0. */
gboolean far_settlement_due (const char  *currency,
                             gint64       minimum_micros,
                             gint64       tab_micros,
                             gint64       oldest_us,
                             gint64       retry_us,
                             gint64       now_us,
                             FarDue      *ret_due,
                             gint64      *ret_charge_micros,
                             GError     **error);

/* What of a tab can be charged at once: whole units of the provider's, no more than its largest
 * charge; 0 below the least. */
gboolean far_settlement_chargeable (const char  *currency,
                                    gint64       minimum_micros,
                                    gint64       tab_micros,
                                    gint64      *ret_charge_micros,
                                    GError     **error);
/* The amount at which a tab of that currency is charged before its month ends. */
gboolean far_settlement_threshold  (const char  *currency,
                                    gint64       minimum_micros,
                                    gint64      *ret_micros,
                                    GError     **error);

/* How much of charge_micros falls on an item of which open_micros are unsettled; call it for the
 * items oldest first and pass on what is left. */
gint64   far_settlement_take (gint64 open_micros,
                              gint64 *charge_left_micros);

/* The first microsecond of the UTC month after the one of time_us. */
gint64   far_month_end_us (gint64 time_us);
/* The first microsecond of its UTC month. */
gint64   far_month_start_us (gint64 time_us);
/* The UTC day and hour that time_us lies in, by their first microsecond. */
gint64   far_day_start_us (gint64 time_us);
gint64   far_hour_start_us (gint64 time_us);

/* The number is in the database: never renumber. */
typedef enum {
  FAR_CHARGE_BEGUN = 0,
  FAR_CHARGE_UNKNOWN = 1,
  FAR_CHARGE_SUCCEEDED = 2,
  FAR_CHARGE_FAILED = 3,
} FarChargeState;

typedef enum {
  FAR_OUTCOME_TAKEN,    /* the state changed */
  FAR_OUTCOME_SAME,     /* it was so already */
  FAR_OUTCOME_CONFLICT, /* another outcome is final */
} FarOutcomeResult;

const char      *far_charge_state_to_text (FarChargeState  state);
/* "succeeded", "failed", "unknown". */
gboolean         far_charge_outcome_parse (const char     *text,
                                           FarChargeState *ret_state);
/* Unknown after a final outcome changes nothing (SAME): a late time-out knows less. */
FarOutcomeResult far_charge_apply         (FarChargeState *state,
                                           FarChargeState  outcome);

/* When to try again after n_failures ≥ 1 in a row, the last at failed_us: 1, 3, 7, then every 14
 * days. */
gint64           far_charge_retry_us      (guint  n_failures,
                                           gint64 failed_us);
/* first_failed_us 0: nothing failed. */
gboolean         far_charge_write_off_due (gint64 first_failed_us,
                                           gint64 now_us);

G_END_DECLS
