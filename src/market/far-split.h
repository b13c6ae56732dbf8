/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who gets what of a gross amount: the publisher's share and the fee. The parts always add up to
 * the whole (largest remainder; on a tie the publisher gets the micro). Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gint64 gross_micros;
  gint64 publisher_micros;
  gint64 fee_micros;
} FarSplit;

/* gross_micros ≥ 0, fee_bps in basis points, at most 10,000. Fails with FAR_MONEY_ERROR. */
gboolean far_split_gross (gint64     gross_micros,
                          guint      fee_bps,
                          FarSplit  *ret_split,
                          GError   **error);

/* The part of an amount's split that belongs to its micros from_micros … to_micros (0 ≤ from ≤ to):
 * the split of the first `to` less the split of the first `from`. So an item that is settled in
 * steps is split, when all steps are added, exactly as in one. Neither part is ever negative. */
gboolean far_split_range (gint64     from_micros,
                          gint64     to_micros,
                          guint      fee_bps,
                          FarSplit  *ret_split,
                          GError   **error);

G_END_DECLS
