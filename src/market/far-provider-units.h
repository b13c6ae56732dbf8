/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a payment provider can move: whole units of its own, per currency. The exponents differ from
 * ISO 4217 in places: three-decimal amounts must end in 0; ISK and UGX are written with two
 * decimals that must be 00; HUF and TWD are paid out in whole major units. Source: Stripe,
 * "Supported currencies", zero-decimal, three-decimal and special-case tables, and "Minimum and
 * maximum charge amounts", read 2026-11. Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  FAR_PROVIDER_CHARGE,
  FAR_PROVIDER_PAYOUT,
} FarProviderPurpose;

/* Rounds down to what the provider can move: ret_units is the integer for its wire,
 * ret_taken_micros the same in micros; what is left stays on the account. Fails with
 * FAR_MONEY_ERROR_CURRENCY for a code that base/far-money.h does not know, with RANGE for a
 * negative amount. */
gboolean far_provider_units_floor (const char         *currency,
                                   FarProviderPurpose  purpose,
                                   gint64              amount_micros,
                                   gint64             *ret_units,
                                   gint64             *ret_taken_micros,
                                   GError            **error);
/* Units on the wire → micros. */
gboolean far_provider_units_to_micros (const char  *currency,
                                       gint64       units,
                                       gint64      *ret_micros,
                                       GError     **error);
/* The most that the provider charges at once, in micros (USD: 999,999.99). */
gboolean far_provider_maximum (const char  *currency,
                               gint64      *ret_micros,
                               GError     **error);
/* The least that the provider charges, in micros (USD: 500,000). */
gboolean far_provider_minimum (const char  *currency,
                               gint64      *ret_micros,
                               GError     **error);

G_END_DECLS
