/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What invocations would cost on Lambda: dated list prices (data/prices.ini, built in), and integer
 * arithmetic.
 *
 * Cost is never stored: MB·ms and requests are, and are priced when asked, by the table that was in
 * force. The unit is the picodollar (10⁻¹² USD); one call of 1 ms at 128 MB costs 2,083 of them.
 * Amounts are 64-bit and saturate at G_MAXINT64 (9.2 million USD). Immutable; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PICODOLLARS_PER_USD G_GINT64_CONSTANT (1000000000000)
#define FAR_PICODOLLARS_PER_MICRO G_GINT64_CONSTANT (1000000)
#define FAR_PRICE_TIERS_MAX 3
/* What is priced unless something else is known. */
#define FAR_PRICE_REGION "us-east-1"
#define FAR_PRICE_ARCHITECTURE "x86_64"

#define FAR_PRICE_ERROR (far_price_error_quark ())
GQuark far_price_error_quark (void);
typedef enum {
  FAR_PRICE_ERROR_FILE, /* the file is not of the form that data/prices.ini describes */
} FarPriceError;

/* Up to gb_s GB-seconds of a month at this price; 0 = without end. */
typedef struct {
  guint64 gb_s;
  guint64 picodollars_per_gb_s;
} FarPriceTier;

typedef struct {
  char        *region;
  char        *architecture; /* "x86_64", "arm64" */
  char        *since;        /* "2022-08-01" */
  gint64       since_us;
  char        *source;       /* where it stands */
  char        *read;         /* and when that was read: "2026-11-23" */
  guint64      picodollars_per_million_requests;
  guint        n_tiers;      /* 1 … FAR_PRICE_TIERS_MAX */
  FarPriceTier tiers[FAR_PRICE_TIERS_MAX];
  guint64      provisioned_picodollars_per_gb_s; /* concurrency kept ready; 0 = not in the table */
  guint64      ready_picodollars_per_gb_s;       /* what runs on it; 0 = not in the table */
  guint64      free_requests;
  guint64      free_gb_s;
} FarPrice;

/* The entry in force at a time (µs since the epoch), for x86 in us-east-1; the earliest one for
 * times before it. */
const FarPrice *far_price_at   (gint64 time_us);
/* The same of a region and an architecture; NULL where the table has none: then a cost is not
 * known. */
const FarPrice *far_price_find (const char *region, const char *architecture, gint64 time_us);
guint           far_price_n    (void);
const FarPrice *far_price_nth  (guint index);

/* Reads a file of the form of data/prices.ini. Returns: (transfer full) (element-type FarPrice):
 * by region, architecture and date */
GPtrArray      *far_prices_parse (const char *text, gsize n_bytes, GError **error);

/* List price without free tier, exact and then rounded down, of the first tier: */
gint64 far_price_cost         (const FarPrice *price, guint64 mb_ms, guint64 requests);
/* … of concurrency that is kept ready (MB·ms of it), and of what ran on it; -1 where the table does
 * not say. */
gint64 far_price_provisioned  (const FarPrice *price, guint64 ready_mb_ms, guint64 mb_ms,
                               guint64 requests);
/* … and of a whole month, with its tiers by GB-seconds, and the free tier if asked for. Either
 * part may be NULL. */
void   far_price_month        (const FarPrice *price, guint64 mb_ms, guint64 requests,
                               gboolean free_tier, gint64 *ret_compute_picodollars,
                               gint64 *ret_requests_picodollars);

G_END_DECLS
