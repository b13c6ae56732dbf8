/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the dated price table and the pricing of MB·ms and requests.
 *
 * A price per GB-second in picodollars, p, makes p / (1024 · 1000) a MB·ms. Products are formed in
 * 128 bits and divided once, at the end, so that nothing is rounded twice. */
#include "telemetry/far-price.h"

#define TIERS_MAX 3
#define MB_MS_PER_GB_S (G_GUINT64_CONSTANT (1024) * 1000)
#define MILLION G_GUINT64_CONSTANT (1000000)

/* Up to gb_s GB-seconds of a month at this price; 0 = without end. */
typedef struct {
  guint64 gb_s;
  guint64 picodollars_per_gb_s;
} Tier;

struct _FarPrice {
  const char *since;
  gint64      since_us;
  const char *source;
  guint64     picodollars_per_million_requests;
  Tier        tiers[TIERS_MAX];
  guint64     free_requests;
  guint64     free_gb_s;
};

/* AWS Lambda, us-east-1, x86, on demand. Add a row when a price changes; never change one. */
static const FarPrice prices[] = {
  {
    .since = "2022-08-01",
    .since_us = G_GINT64_CONSTANT (1659312000000000),
    .source = "https://aws.amazon.com/lambda/pricing/",
    .picodollars_per_million_requests = G_GUINT64_CONSTANT (200000000000),
    .tiers = {
      { G_GUINT64_CONSTANT (6000000000), 16666700 },
      { G_GUINT64_CONSTANT (9000000000), 15000000 },
      { 0, 13333400 },
    },
    .free_requests = G_GUINT64_CONSTANT (1000000),
    .free_gb_s = G_GUINT64_CONSTANT (400000),
  },
};

const FarPrice *
far_price_at (gint64 time_us)
{
  guint i = G_N_ELEMENTS (prices) - 1;

  while (i > 0 && prices[i].since_us > time_us)
    i--;
  return &prices[i];
}

const char *
far_price_get_since (const FarPrice *price)
{
  return price->since;
}

const char *
far_price_get_source (const FarPrice *price)
{
  return price->source;
}

static gint64
saturate (unsigned __int128 value)
{
  return value > (unsigned __int128) G_MAXINT64 ? G_MAXINT64 : (gint64) value;
}

gint64
far_price_cost (const FarPrice *price, guint64 mb_ms, guint64 requests)
{
  unsigned __int128 compute, calls;

  /* Over the common denominator of both, a million times 1,024,000. */
  compute = (unsigned __int128) mb_ms * price->tiers[0].picodollars_per_gb_s * MILLION;
  calls = (unsigned __int128) requests * price->picodollars_per_million_requests * MB_MS_PER_GB_S;
  return saturate ((compute + calls) / ((unsigned __int128) MB_MS_PER_GB_S * MILLION));
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
  for (i = 0; i < TIERS_MAX && mb_ms > 0; i++)
    {
      const Tier *tier = &price->tiers[i];
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
