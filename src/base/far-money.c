/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts as int64 micros: checked arithmetic, exact splits, and their three texts (wire, decimal,
 * for people). Invariants: no floating point, no locale, no rounding; out-parameters are untouched
 * on failure. No state, so any thread may call anything here. */
#include "farthing-config.h"

#include "base/far-money.h"

#include <string.h>

/* Digits after the point that a micro can hold. */
#define FRACTION_DIGITS_MAX 6
/* "-9223372036854775808" */
#define WIRE_LEN_MAX 20

G_DEFINE_QUARK (far-money-error-quark, far_money_error)

/* ISO 4217, active national currencies with an exponent of 0, 2 or 3 (list one, 2024). */
static const char *const currencies_exponent_0[] = {
  "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
  "XAF", "XOF", "XPF",
};

static const char *const currencies_exponent_2[] = {
  "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
  "BGN", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF",
  "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR",
  "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF",
  "IDR", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP",
  "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR",
  "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK",
  "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD",
  "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP",
  "TRY", "TTD", "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "YER",
  "ZAR", "ZMW",
};

static const char *const currencies_exponent_3[] = {
  "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
};

/* The symbols that people read without thinking; `minor` is used for whole minor units below 1. */
static const struct {
  const char *currency;
  const char *symbol;
  const char *minor;
} symbols[] = {
  { "USD", "$", "¢" },
  { "EUR", "€", NULL },
  { "GBP", "£", NULL },
  { "JPY", "¥", NULL },
};

static gboolean
fail_overflow (GError **error)
{
  g_set_error_literal (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_OVERFLOW,
                       "The amount does not fit into 64 bits of micros; use smaller amounts");
  return FALSE;
}

/**
 * far_micros_add:
 * @a_micros: micros
 * @b_micros: micros
 * @ret_micros: (out): the exact sum; untouched on failure
 * @error: FAR_MONEY_ERROR_OVERFLOW
 *
 * Returns: TRUE if the sum fits
 */
gboolean
far_micros_add (gint64   a_micros,
                gint64   b_micros,
                gint64  *ret_micros,
                GError **error)
{
  gint64 sum_micros;

  g_return_val_if_fail (ret_micros != NULL, FALSE);

  if (__builtin_add_overflow (a_micros, b_micros, &sum_micros))
    return fail_overflow (error);

  *ret_micros = sum_micros;
  return TRUE;
}

/**
 * far_micros_sub:
 * @a_micros: micros
 * @b_micros: micros
 * @ret_micros: (out): @a_micros − @b_micros, exact; untouched on failure
 * @error: FAR_MONEY_ERROR_OVERFLOW
 *
 * Returns: TRUE if the difference fits
 */
gboolean
far_micros_sub (gint64   a_micros,
                gint64   b_micros,
                gint64  *ret_micros,
                GError **error)
{
  gint64 difference_micros;

  g_return_val_if_fail (ret_micros != NULL, FALSE);

  if (__builtin_sub_overflow (a_micros, b_micros, &difference_micros))
    return fail_overflow (error);

  *ret_micros = difference_micros;
  return TRUE;
}

/**
 * far_micros_mul:
 * @a_micros: micros
 * @factor: a count, without unit
 * @ret_micros: (out): the exact product; untouched on failure
 * @error: FAR_MONEY_ERROR_OVERFLOW
 *
 * Returns: TRUE if the product fits
 */
gboolean
far_micros_mul (gint64   a_micros,
                gint64   factor,
                gint64  *ret_micros,
                GError **error)
{
  gint64 product_micros;

  g_return_val_if_fail (ret_micros != NULL, FALSE);

  if (__builtin_mul_overflow (a_micros, factor, &product_micros))
    return fail_overflow (error);

  *ret_micros = product_micros;
  return TRUE;
}

/* One micro each to the largest remainders; of equal ones the lowest index comes first. */
static void
hand_out_rest (gint64         rest_micros,
               const guint64 *remainders,
               gsize          n_weights,
               gint64        *parts_micros)
{
  gboolean taken[FAR_SHARES_MAX] = { FALSE, };

  for (; rest_micros > 0; rest_micros--)
    {
      gsize best = n_weights;

      for (gsize i = 0; i < n_weights; i++)
        {
          if (taken[i] || remainders[i] == 0)
            continue;
          if (best == n_weights || remainders[i] > remainders[best])
            best = i;
        }
      g_assert (best < n_weights);
      taken[best] = TRUE;
      parts_micros[best]++;
    }
}

/**
 * far_micros_split:
 * @total_micros: what to split, 0 or more micros
 * @weights: (array length=n_weights): proportions, at least one of them above 0
 * @n_weights: 1 to %FAR_SHARES_MAX
 * @ret_parts_micros: (out caller-allocates) (array length=n_weights): the parts in micros
 * @error: FAR_MONEY_ERROR_RANGE for a negative total, no shares, too many, or only zero weights
 *
 * Hamilton's method: each part is the floor of its exact share, and the micros left over go to the
 * largest remainders, ties to the lowest index. The parts add up to @total_micros, always.
 *
 * Returns: TRUE on success
 */
gboolean
far_micros_split (gint64        total_micros,
                  const guint  *weights,
                  gsize         n_weights,
                  gint64       *ret_parts_micros,
                  GError      **error)
{
  guint64 remainders[FAR_SHARES_MAX];
  guint64 sum = 0;
  gint64 rest_micros = total_micros;

  g_return_val_if_fail (weights != NULL && ret_parts_micros != NULL, FALSE);

  for (gsize i = 0; i < n_weights && n_weights <= FAR_SHARES_MAX; i++)
    sum += weights[i];

  if (total_micros < 0 || sum == 0)
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE,
                   "Cannot split %" G_GINT64_FORMAT " micros into %" G_GSIZE_FORMAT " shares; "
                   "give an amount of 0 or more and 1 to %d shares of which one is above 0",
                   total_micros, n_weights, FAR_SHARES_MAX);
      return FALSE;
    }

  for (gsize i = 0; i < n_weights; i++)
    {
      unsigned __int128 share = (unsigned __int128) total_micros * weights[i];

      ret_parts_micros[i] = (gint64) (share / sum);
      remainders[i] = (guint64) (share % sum);
      rest_micros -= ret_parts_micros[i];
    }

  g_assert (rest_micros >= 0 && (gsize) rest_micros < n_weights);
  hand_out_rest (rest_micros, remainders, n_weights, ret_parts_micros);
  return TRUE;
}

/* Appends decimal digits to *value; FALSE on overflow of int64 in the negative direction, which
 * holds one value more than the positive one. */
static gboolean
push_digit_negative (gint64 *value,
                     char    digit)
{
  return !__builtin_mul_overflow (*value, 10, value) &&
         !__builtin_sub_overflow (*value, digit - '0', value);
}

/**
 * far_micros_parse:
 * @text: (nullable): the wire form: "50000", "-1", "0"
 * @ret_micros: (out): micros; untouched on failure
 * @error: FAR_MONEY_ERROR_SYNTAX, or FAR_MONEY_ERROR_OVERFLOW for more than int64 holds
 *
 * Accepts exactly what far_micros_to_wire() writes: no sign but minus, no leading zero, no "-0",
 * no space.
 *
 * Returns: TRUE on success
 */
gboolean
far_micros_parse (const char  *text,
                  gint64      *ret_micros,
                  GError     **error)
{
  gboolean negative;
  const char *digits;
  gint64 value = 0;

  g_return_val_if_fail (ret_micros != NULL, FALSE);

  negative = text != NULL && text[0] == '-';
  digits = negative ? text + 1 : text;

  if (digits == NULL || !g_ascii_isdigit (digits[0]) ||
      (digits[0] == '0' && (digits[1] != '\0' || negative)) ||
      digits[strspn (digits, "0123456789")] != '\0')
    {
      g_set_error_literal (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_SYNTAX,
                           "Not an amount in micros; write a whole number such as \"50000\"");
      return FALSE;
    }

  for (const char *p = digits; *p != '\0'; p++)
    if (!push_digit_negative (&value, *p))
      return fail_overflow (error);

  if (!negative && __builtin_sub_overflow (G_GINT64_CONSTANT (0), value, &value))
    return fail_overflow (error);

  *ret_micros = value;
  return TRUE;
}

/**
 * far_micros_to_wire:
 * @micros: micros
 *
 * Returns: (transfer full): decimal digits, with a minus sign where negative
 */
char *
far_micros_to_wire (gint64 micros)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT, micros);
}

static gboolean
contains_currency (const char *const *currencies,
                   gsize              n_currencies,
                   const char        *currency)
{
  for (gsize i = 0; i < n_currencies; i++)
    if (strcmp (currencies[i], currency) == 0)
      return TRUE;
  return FALSE;
}

/**
 * far_currency_exponent:
 * @currency: (nullable): an ISO 4217 code in capitals
 * @ret_exponent: (out): 0, 2 or 3: digits of the minor unit; untouched on failure
 * @error: FAR_MONEY_ERROR_CURRENCY
 *
 * Returns: TRUE if the currency is known
 */
gboolean
far_currency_exponent (const char  *currency,
                       guint       *ret_exponent,
                       GError     **error)
{
  guint exponent;

  g_return_val_if_fail (ret_exponent != NULL, FALSE);

  if (currency == NULL)
    currency = "";

  if (contains_currency (currencies_exponent_2, G_N_ELEMENTS (currencies_exponent_2), currency))
    exponent = 2;
  else if (contains_currency (currencies_exponent_0, G_N_ELEMENTS (currencies_exponent_0),
                              currency))
    exponent = 0;
  else if (contains_currency (currencies_exponent_3, G_N_ELEMENTS (currencies_exponent_3),
                              currency))
    exponent = 3;
  else
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_CURRENCY,
                   "\"%.16s\" is not a known currency; use an ISO 4217 code such as \"USD\"",
                   currency);
      return FALSE;
    }

  *ret_exponent = exponent;
  return TRUE;
}

/**
 * far_micros_parse_decimal:
 * @text: (nullable): a price as people write it, in major units: "0.05", "12"
 * @ret_micros: (out): 0 to %FAR_MICROS_MAX micros; untouched on failure
 * @error: FAR_MONEY_ERROR_SYNTAX; FAR_MONEY_ERROR_RANGE if negative or too large
 *
 * The point is "." whatever the locale; more than six digits behind it are refused, not rounded.
 *
 * Returns: TRUE on success
 */
gboolean
far_micros_parse_decimal (const char  *text,
                          gint64      *ret_micros,
                          GError     **error)
{
  const char *given = text != NULL ? text : "";
  const char *digits = given[0] == '-' ? given + 1 : given;
  gsize n_whole = strspn (digits, "0123456789");
  const char *fraction = n_whole > 0 && digits[n_whole] == '.' ? digits + n_whole + 1 : NULL;
  gsize n_fraction = fraction != NULL ? strspn (fraction, "0123456789") : 0;
  const char *end = fraction != NULL ? fraction + n_fraction : digits + n_whole;
  gint64 micros = 0;
  gboolean fits = n_whole <= WIRE_LEN_MAX;

  g_return_val_if_fail (ret_micros != NULL, FALSE);

  if (n_whole == 0 || *end != '\0' || (digits[0] == '0' && n_whole > 1) ||
      (fraction != NULL && n_fraction == 0) || n_fraction > FRACTION_DIGITS_MAX)
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_SYNTAX,
                   "\"%.32s\" is not a price; write digits with a point and at most %d digits "
                   "behind it, such as \"0.05\"", given, FRACTION_DIGITS_MAX);
      return FALSE;
    }

  for (gsize i = 0; fits && i < n_whole; i++)
    fits = push_digit_negative (&micros, digits[i]);
  for (gsize i = 0; fits && i < FRACTION_DIGITS_MAX; i++)
    fits = push_digit_negative (&micros, i < n_fraction ? fraction[i] : '0');

  if (!fits || digits != given || micros < -FAR_MICROS_MAX)
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE,
                   "The price \"%.32s\" is out of bounds; use 0 to %" G_GINT64_FORMAT, given,
                   FAR_MICROS_MAX / FAR_MICROS_PER_UNIT);
      return FALSE;
    }

  *ret_micros = -micros;
  return TRUE;
}

/* The decimal of an amount's magnitude, with at least `exponent` fraction digits. */
static char *
format_magnitude (guint64 magnitude_micros,
                  guint   exponent)
{
  g_autofree char *text = NULL;
  gsize length;
  gsize n_fraction = FRACTION_DIGITS_MAX;

  g_assert (exponent <= FRACTION_DIGITS_MAX);

  text = g_strdup_printf ("%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT,
                          magnitude_micros / FAR_MICROS_PER_UNIT,
                          magnitude_micros % FAR_MICROS_PER_UNIT);
  length = strlen (text);
  while (n_fraction > exponent && text[length - 1] == '0')
    {
      text[--length] = '\0';
      n_fraction--;
    }
  if (n_fraction == 0)
    text[length - 1] = '\0';

  return g_steal_pointer (&text);
}

static guint64
magnitude_of (gint64 micros)
{
  return micros < 0 ? -(guint64) micros : (guint64) micros;
}

static guint
exponent_or_2 (const char *currency)
{
  guint exponent = 2;

  /* A display never fails: an unknown code is shown with two digits and its own name. */
  (void) far_currency_exponent (currency, &exponent, NULL);
  return exponent;
}

/**
 * far_micros_to_decimal:
 * @micros: micros
 * @currency: ISO 4217 code; two fraction digits are the least where it is unknown
 *
 * Returns: (transfer full): the exact decimal in major units
 */
char *
far_micros_to_decimal (gint64      micros,
                       const char *currency)
{
  g_autofree char *text = format_magnitude (magnitude_of (micros), exponent_or_2 (currency));

  return micros < 0 ? g_strconcat ("-", text, NULL) : g_steal_pointer (&text);
}

/**
 * far_micros_to_display:
 * @micros: micros
 * @currency: (nullable): ISO 4217 code
 *
 * Exact, for people: whole US cents below a dollar as "5 ¢", else the currency's symbol before the
 * decimal, else its code behind it. Negative amounts begin with U+2212 MINUS SIGN.
 *
 * Returns: (transfer full): UTF-8 text
 */
char *
far_micros_to_display (gint64      micros,
                       const char *currency)
{
  const gint64 micros_per_cent = FAR_MICROS_PER_UNIT / 100;
  const char *sign = micros < 0 ? "−" : "";
  guint64 magnitude = magnitude_of (micros);
  g_autofree char *decimal = NULL;

  if (currency == NULL)
    currency = "";

  decimal = format_magnitude (magnitude, exponent_or_2 (currency));
  for (gsize i = 0; i < G_N_ELEMENTS (symbols); i++)
    {
      if (strcmp (symbols[i].currency, currency) != 0)
        continue;
      if (symbols[i].minor != NULL && magnitude > 0 && magnitude < FAR_MICROS_PER_UNIT &&
          magnitude % micros_per_cent == 0)
        return g_strdup_printf ("%s%" G_GUINT64_FORMAT " %s", sign, magnitude / micros_per_cent,
                                symbols[i].minor);
      return g_strconcat (sign, symbols[i].symbol, decimal, NULL);
    }

  return g_strconcat (sign, decimal, *currency != '\0' ? " " : "", currency, NULL);
}
