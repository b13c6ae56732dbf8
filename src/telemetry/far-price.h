/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What invocations would cost on Lambda: a dated table of list prices, and integer arithmetic.
 *
 * Cost is never stored: MB·ms and requests are, and are priced when asked, by the table that was in
 * force. The unit is the picodollar (10⁻¹² USD); one call of 1 ms at 128 MB costs 2,083 of them.
 * Amounts are 64-bit and saturate at G_MAXINT64 (9.2 million USD). Immutable; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PICODOLLARS_PER_USD G_GINT64_CONSTANT (1000000000000)

typedef struct _FarPrice FarPrice;

/* The table entry in force at a time (µs since the epoch), for x86 in us-east-1; the earliest one
 * for times before it. */
const FarPrice *far_price_at (gint64 time_us);
/* "2025-08-01": since when it holds; and where it stands. */
const char     *far_price_get_since  (const FarPrice *price);
const char     *far_price_get_source (const FarPrice *price);

/* List price without free tier, exact and then rounded down, of the first tier: */
gint64 far_price_cost         (const FarPrice *price, guint64 mb_ms, guint64 requests);
/* … and of a whole month, with its tiers by GB-seconds, and the free tier if asked for. Either
 * part may be NULL. */
void   far_price_month        (const FarPrice *price, guint64 mb_ms, guint64 requests,
                               gboolean free_tier, gint64 *ret_compute_picodollars,
                               gint64 *ret_requests_picodollars);

G_END_DECLS
