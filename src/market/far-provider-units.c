/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A provider's exponents, steps and minimums (see the header). Amounts round down: never is more
 * asked for than is owed. */
#include "market/far-provider-units.h"

#include <string.h>

#include "base/far-money.h"

/* Currencies that differ from "exponent of ISO 4217, every unit, minimum 50 units". */
typedef struct {
  char   currency[FAR_CURRENCY_LEN + 1];
  guint  exponent;
  gint64 charge_step; /* amounts are multiples of it */
  gint64 payout_step;
  gint64 minimum; /* in units */
} Special;

static const Special specials[] = {
  { "AED", 2, 1, 1, 200 },   { "BGN", 2, 1, 1, 100 },     { "BHD", 3, 10, 10, 200 },
  { "CZK", 2, 1, 1, 1500 },  { "DKK", 2, 1, 1, 250 },     { "GBP", 2, 1, 1, 30 },
  { "HKD", 2, 1, 1, 400 },   { "HUF", 2, 1, 100, 17500 }, { "ISK", 2, 100, 100, 7000 },
  { "JOD", 3, 10, 10, 360 }, { "KWD", 3, 10, 10, 160 },   { "MXN", 2, 1, 1, 1000 },
  { "MYR", 2, 1, 1, 200 },   { "NOK", 2, 1, 1, 300 },     { "OMR", 3, 10, 10, 200 },
  { "PLN", 2, 1, 1, 200 },   { "RON", 2, 1, 1, 200 },     { "SEK", 2, 1, 1, 300 },
  { "THB", 2, 1, 1, 1000 },  { "TND", 3, 10, 10, 1600 },  { "TWD", 2, 1, 100, 1600 },
  { "UGX", 2, 100, 100, 190000 },
};

#define MINIMUM_UNITS 50

static gboolean
lookup (const char  *currency,
        Special     *ret_special,
        GError     **error)
{
  guint exponent;

  if (!far_currency_exponent (currency, &exponent, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (specials); i++)
    if (strcmp (specials[i].currency, currency) == 0)
      {
        *ret_special = specials[i];
        return TRUE;
      }

  memset (ret_special, 0, sizeof *ret_special);
  g_strlcpy (ret_special->currency, currency, sizeof ret_special->currency);
  ret_special->exponent = exponent;
  ret_special->charge_step = exponent == 3 ? 10 : 1;
  ret_special->payout_step = ret_special->charge_step;
  ret_special->minimum = MINIMUM_UNITS;
  return TRUE;
}

static gint64
unit_micros (guint exponent)
{
  gint64 micros = FAR_MICROS_PER_UNIT;

  g_assert (exponent <= 6);
  for (guint i = 0; i < exponent; i++)
    micros /= 10;
  return micros;
}

gboolean
far_provider_units_floor (const char          *currency,
                          FarProviderPurpose   purpose,
                          gint64               amount_micros,
                          gint64              *ret_units,
                          gint64              *ret_taken_micros,
                          GError             **error)
{
  Special special;
  gint64 step, units;

  g_return_val_if_fail (currency != NULL, FALSE);
  g_return_val_if_fail (ret_units != NULL && ret_taken_micros != NULL, FALSE);

  if (!lookup (currency, &special, error))
    return FALSE;
  if (amount_micros < 0)
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE,
                   "%" G_GINT64_FORMAT " micros cannot be moved by a provider; amounts are not "
                   "negative", amount_micros);
      return FALSE;
    }

  step = purpose == FAR_PROVIDER_CHARGE ? special.charge_step : special.payout_step;
  units = amount_micros / unit_micros (special.exponent);
  units -= units % step;
  *ret_units = units;
  *ret_taken_micros = units * unit_micros (special.exponent);
  g_assert (*ret_taken_micros <= amount_micros);
  return TRUE;
}

gboolean
far_provider_units_to_micros (const char  *currency,
                              gint64       units,
                              gint64      *ret_micros,
                              GError     **error)
{
  Special special;

  g_return_val_if_fail (currency != NULL && ret_micros != NULL, FALSE);

  return lookup (currency, &special, error) &&
         far_micros_mul (units, unit_micros (special.exponent), ret_micros, error);
}

gboolean
far_provider_minimum (const char  *currency,
                      gint64      *ret_micros,
                      GError     **error)
{
  Special special;

  g_return_val_if_fail (currency != NULL && ret_micros != NULL, FALSE);

  if (!lookup (currency, &special, error))
    return FALSE;
  *ret_micros = special.minimum * unit_micros (special.exponent);
  return TRUE;
}
