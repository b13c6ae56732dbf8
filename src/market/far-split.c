/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The split of a gross amount (see the header). The publisher stands first in the weights, so that
 * a tie of remainders is the publisher's. */
#include "market/far-split.h"

#include "base/far-money.h"

gboolean
far_split_gross (gint64     gross_micros,
                 guint      fee_bps,
                 FarSplit  *ret_split,
                 GError   **error)
{
  guint weights[2];
  gint64 parts_micros[2];

  g_return_val_if_fail (ret_split != NULL, FALSE);

  if (gross_micros < 0 || gross_micros > FAR_MICROS_MAX || fee_bps > FAR_BASIS_POINTS)
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE,
                   "cannot split %" G_GINT64_FORMAT " micros with a fee of %u basis points; "
                   "amounts are 0 to %" G_GINT64_FORMAT " and fees 0 to %d",
                   gross_micros, fee_bps, FAR_MICROS_MAX, FAR_BASIS_POINTS);
      return FALSE;
    }

  weights[0] = FAR_BASIS_POINTS - fee_bps;
  weights[1] = fee_bps;
  if (!far_micros_split (gross_micros, weights, G_N_ELEMENTS (weights), parts_micros, error))
    return FALSE;

  g_assert (parts_micros[0] >= 0 && parts_micros[1] >= 0);
  g_assert (parts_micros[0] + parts_micros[1] == gross_micros);
  ret_split->gross_micros = gross_micros;
  ret_split->publisher_micros = parts_micros[0];
  ret_split->fee_micros = parts_micros[1];
  return TRUE;
}

gboolean
far_split_range (gint64     from_micros,
                 gint64     to_micros,
                 guint      fee_bps,
                 FarSplit  *ret_split,
                 GError   **error)
{
  FarSplit before, after;

  g_return_val_if_fail (ret_split != NULL, FALSE);
  g_return_val_if_fail (from_micros <= to_micros, FALSE);

  if (!far_split_gross (from_micros, fee_bps, &before, error) ||
      !far_split_gross (to_micros, fee_bps, &after, error))
    return FALSE;

  ret_split->gross_micros = to_micros - from_micros;
  ret_split->publisher_micros = after.publisher_micros - before.publisher_micros;
  ret_split->fee_micros = after.fee_micros - before.fee_micros;
  g_assert (ret_split->publisher_micros >= 0 && ret_split->fee_micros >= 0);
  g_assert (ret_split->publisher_micros + ret_split->fee_micros == ret_split->gross_micros);
  return TRUE;
}
