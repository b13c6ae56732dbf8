/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the pricing of MB·ms and requests, by the tables of far-prices.c.
 *
 * A price per GB-second in picodollars, p, makes p / (1024 · 1000) a MB·ms. Products are formed in
 * 128 bits and divided once, at the end, so that nothing is rounded twice. */
#include "telemetry/far-price.h"

#define MB_MS_PER_GB_S (G_GUINT64_CONSTANT (1024) * 1000)
#define MILLION G_GUINT64_CONSTANT (1000000)

static gint64
saturate (unsigned __int128 value)
{
  return value > (unsigned __int128) G_MAXINT64 ? G_MAXINT64 : (gint64) value;
}

/* Over the common denominator of both, a million times 1,024,000. */
static unsigned __int128
compute_part (guint64 mb_ms, guint64 picodollars_per_gb_s)
{
  return (unsigned __int128) mb_ms * picodollars_per_gb_s * MILLION;
}

static unsigned __int128
requests_part (const FarPrice *price, guint64 requests)
{
  return (unsigned __int128) requests * price->picodollars_per_million_requests * MB_MS_PER_GB_S;
}

gint64
far_price_cost (const FarPrice *price, guint64 mb_ms, guint64 requests)
{
  return saturate ((compute_part (mb_ms, price->tiers[0].picodollars_per_gb_s) +
                    requests_part (price, requests)) /
                   ((unsigned __int128) MB_MS_PER_GB_S * MILLION));
}

gint64
far_price_provisioned (const FarPrice *price, guint64 ready_mb_ms, guint64 mb_ms, guint64 requests)
{
  if (price->provisioned_picodollars_per_gb_s == 0 || price->ready_picodollars_per_gb_s == 0)
    return -1;
  return saturate ((compute_part (ready_mb_ms, price->provisioned_picodollars_per_gb_s) +
                    compute_part (mb_ms, price->ready_picodollars_per_gb_s) +
                    requests_part (price, requests)) /
                   ((unsigned __int128) MB_MS_PER_GB_S * MILLION));
}

void
far_price_month (const FarPrice *price, guint64 mb_ms, guint64 requests, gboolean free_tier,
                 gint64 *ret_compute_picodollars, gint64 *ret_requests_picodollars)
{
  unsigned __int128 compute = 0;
  guint64 free_mb_ms = free_tier ? price->free_gb_s * MB_MS_PER_GB_S : 0;
  guint64 free_requests = free_tier ? price->free_requests : 0;
  guint i;

  mb_ms -= MIN (mb_ms, free_mb_ms);
  requests -= MIN (requests, free_requests);
  for (i = 0; i < price->n_tiers && mb_ms > 0; i++)
    {
      const FarPriceTier *tier = &price->tiers[i];
      guint64 part = tier->gb_s == 0 ? mb_ms : MIN (mb_ms, tier->gb_s * MB_MS_PER_GB_S);

      compute += (unsigned __int128) part * tier->picodollars_per_gb_s;
      mb_ms -= part;
    }
  if (ret_compute_picodollars != NULL)
    *ret_compute_picodollars = saturate (compute / MB_MS_PER_GB_S);
  if (ret_requests_picodollars != NULL)
    *ret_requests_picodollars = saturate ((unsigned __int128) requests *
                                          price->picodollars_per_million_requests / MILLION);
}
