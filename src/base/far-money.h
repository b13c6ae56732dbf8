/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Money: amounts as int64 micros (10⁻⁶ of a currency's major unit), checked arithmetic,
 * exact splits. Nothing here rounds unless its name says so; nothing here uses floating point.
 * Thread-safe: no state. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_MONEY_ERROR (far_money_error_quark ())
GQuark far_money_error_quark (void);

typedef enum {
  FAR_MONEY_ERROR_OVERFLOW,  /* the exact result does not fit int64 micros */
  FAR_MONEY_ERROR_SYNTAX,    /* not a decimal number of micros */
  FAR_MONEY_ERROR_CURRENCY,  /* not a known ISO 4217 code */
  FAR_MONEY_ERROR_RANGE,     /* negative or above FAR_MICROS_MAX where that is not allowed */
} FarMoneyError;

#define FAR_MICROS_PER_UNIT G_GINT64_CONSTANT (1000000)
/* The largest single amount accepted from outside: 9 × 10¹⁵ micros, 2⁵³ safe. */
#define FAR_MICROS_MAX G_GINT64_CONSTANT (9000000000000000)
#define FAR_CURRENCY_LEN 3
#define FAR_SHARES_MAX 16
#define FAR_BASIS_POINTS 10000

gboolean far_micros_add (gint64 a_micros, gint64 b_micros, gint64 *ret_micros, GError **error);
gboolean far_micros_sub (gint64 a_micros, gint64 b_micros, gint64 *ret_micros, GError **error);
gboolean far_micros_mul (gint64 a_micros, gint64 factor, gint64 *ret_micros, GError **error);

/* Splits total_micros ≥ 0 in proportion to weights by largest remainder (ties: lowest index), so
 * that the parts always add up to the whole. */
gboolean far_micros_split (gint64        total_micros,
                           const guint  *weights,
                           gsize         n_weights,
                           gint64       *ret_parts_micros,
                           GError      **error);

/* The wire form: an optional minus sign and decimal digits, no leading zeros: "50000". */
gboolean far_micros_parse  (const char *text, gint64 *ret_micros, GError **error);
char    *far_micros_to_wire (gint64 micros);

/* ISO 4217 exponent (0, 2 or 3) of a currency: FALSE for codes that are not in the table. */
gboolean far_currency_exponent (const char *currency, guint *ret_exponent, GError **error);

/* A decimal price as people write it in configuration ("0.05") → micros; refuses more digits than
 * six after the point. Locale-independent. */
gboolean far_micros_parse_decimal (const char *text, gint64 *ret_micros, GError **error);

/* Exact decimal for display with no locale: "0.05", "12.345678"; at least the currency's exponent,
 * at most six fraction digits, trailing zeros beyond the exponent removed. */
char *far_micros_to_decimal (gint64 micros, const char *currency);

/* For people: "5 ¢", "$1.25", "€0.033333", "¥120", falling back to "12.50 CHF". */
char *far_micros_to_display (gint64 micros, const char *currency);

G_END_DECLS
