/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of tabs and refunds (see the header). */
#include "market/far-tab.h"

/* amount + more > cap, without overflow. Equal is within the cap. */
static gboolean
exceeds (gint64 amount,
         gint64 more,
         gint64 cap)
{
  gint64 sum;

  g_assert (amount >= 0 && more >= 0 && cap >= 0);
  return __builtin_add_overflow (amount, more, &sum) || sum > cap;
}

gint64
far_tab_cap_micros (const FarTerms        *terms,
                    const FarTabSituation *situation)
{
  g_return_val_if_fail (terms != NULL && situation != NULL, 0);

  return situation->has_method ? terms->tab_cap_micros : terms->reader_cap_micros;
}

static gboolean
free_pledges_used_up (const FarTerms        *terms,
                      const FarTabSituation *situation,
                      gint64                 price_micros)
{
  if (terms->free_type == FAR_FREE_COUNT)
    return exceeds (situation->n_pledges, 1, terms->free_limit);
  return exceeds (situation->pledged_micros, price_micros, terms->free_limit);
}

FarPledgeDecision
far_tab_decide (const FarTerms        *terms,
                const FarTabSituation *situation,
                gint64                 price_micros)
{
  g_return_val_if_fail (terms != NULL && situation != NULL, FAR_PLEDGE_READER_CAP);
  g_return_val_if_fail (price_micros > 0, FAR_PLEDGE_READER_CAP);
  g_assert (situation->n_pledges >= 0 && situation->pledged_micros >= 0);
  g_assert (situation->tab_micros >= 0 && situation->wallet_micros >= 0);

  /* What readers have set themselves holds for their wallet too. */
  if (situation->own_capped && price_micros > situation->own_left_micros)
    return FAR_PLEDGE_OWN_CAP;
  /* Money that is there already exposes nobody. */
  if (situation->wallet_micros >= price_micros)
    return FAR_PLEDGE_FROM_WALLET;
  if (!situation->has_method && free_pledges_used_up (terms, situation, price_micros))
    return FAR_PLEDGE_NEEDS_METHOD;
  if (exceeds (situation->tab_micros, price_micros, far_tab_cap_micros (terms, situation)))
    return situation->has_method ? FAR_PLEDGE_READER_CAP : FAR_PLEDGE_NEEDS_METHOD;
  if (!situation->has_method &&
      exceeds (situation->hour_micros, price_micros, terms->hour_cap_micros))
    return FAR_PLEDGE_HOUR_CAP;
  if (!situation->has_method && situation->network_new > terms->network_cap)
    return FAR_PLEDGE_NETWORK_CAP;
  return FAR_PLEDGE_ON_TAB;
}

gboolean
far_tab_needs_method (const FarTerms        *terms,
                      const FarTabSituation *situation)
{
  FarTabSituation uncapped = *situation;

  uncapped.own_capped = FALSE;
  return far_tab_decide (terms, &uncapped, 1) == FAR_PLEDGE_NEEDS_METHOD;
}

const char *
far_entitled_by_to_text (FarEntitledBy by)
{
  switch (by)
    {
    case FAR_ENTITLED_BY_PLEDGE:
      return "pledge";
    case FAR_ENTITLED_BY_WALLET:
      return "wallet";
    case FAR_ENTITLED_BY_AD:
      return "ad";
    default:
      g_assert_not_reached ();
    }
}

gint64
far_refund_until_us (FarEntitledBy by,
                     gint64        since_us,
                     gint64        window_us)
{
  gint64 until_us;

  g_return_val_if_fail (window_us >= 0, 0);

  if (by == FAR_ENTITLED_BY_AD)
    return 0;
  if (__builtin_add_overflow (since_us, window_us, &until_us))
    return G_MAXINT64;
  return until_us;
}

FarRefundDecision
far_refund_decide (FarEntitledBy by,
                   gint64        since_us,
                   gint64        window_us,
                   gint64        now_us)
{
  if (by == FAR_ENTITLED_BY_AD)
    return FAR_REFUND_AFTER_AD;
  if (now_us > far_refund_until_us (by, since_us, window_us))
    return FAR_REFUND_WINDOW_OVER;
  return FAR_REFUND_ALLOWED;
}
