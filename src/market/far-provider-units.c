/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A provider's exponents, steps and minimums (see the header). Amounts round down: never is more
 * asked for than is owed. */
#include "market/far-provider-units.h"

#include <string.h>

#include "base/far-money.h"

/* Currencies that differ from "exponent of ISO 4217, every unit, minimum 50 units".
 *
 * Sources: Stripe's page "Supported currencies" (docs.stripe.com/currencies, as stored 2026), whose
 * table gives least charges for 24 settlement currencies: USD, AUD, BRL, CAD, CHF, EUR, INR, NZD
 * and SGD 0.50, JPY 50, and those marked "table" here. For others the provider wants the worth of
 * its settlement currency's least charge, so theirs are set, on the high side, at about half a
 * dollar: a tab waits a little longer, and no charge is refused (one that is all the same is
 * carried forward). Those sums are no provider's: they were worked out once from approximate
 * rates of exchange of 2025, rounded up, and nothing renews them; a publication may name another
 * (least_charge). The page also says: MGA has no decimals; amounts with three decimals end in 0;
 * ISK and UGX are written with two decimals that are 00; HUF and TWD are paid out whole. */
typedef struct {
  char   currency[FAR_CURRENCY_LEN + 1];
  guint  exponent;
  gint64 charge_step; /* amounts are multiples of it */
  gint64 payout_step;
  gint64 minimum; /* in units */
} Special;

static const Special specials[] = {
  /* table */
  { "AED", 2, 1, 1, 200 },   { "BGN", 2, 1, 1, 100 },     { "CZK", 2, 1, 1, 1500 },
  { "DKK", 2, 1, 1, 250 },   { "GBP", 2, 1, 1, 30 },      { "HKD", 2, 1, 1, 400 },
  { "HUF", 2, 1, 100, 17500 }, { "MXN", 2, 1, 1, 1000 },  { "MYR", 2, 1, 1, 200 },
  { "NOK", 2, 1, 1, 300 },   { "PLN", 2, 1, 1, 200 },     { "RON", 2, 1, 1, 200 },
  { "SEK", 2, 1, 1, 300 },   { "THB", 2, 1, 1, 1000 },
  /* three decimals */
  { "BHD", 3, 10, 10, 200 }, { "IQD", 3, 10, 10, 700000 }, { "JOD", 3, 10, 10, 360 },
  { "KWD", 3, 10, 10, 160 }, { "LYD", 3, 10, 10, 3000 },  { "OMR", 3, 10, 10, 200 },
  { "TND", 3, 10, 10, 1600 },
  /* none, or none in use */
  { "BIF", 0, 1, 1, 2000 },  { "CLP", 0, 1, 1, 500 },     { "DJF", 0, 1, 1, 100 },
  { "GNF", 0, 1, 1, 5000 },  { "ISK", 2, 100, 100, 7000 }, { "KMF", 0, 1, 1, 250 },
  { "KRW", 0, 1, 1, 750 },   { "MGA", 0, 1, 1, 2500 },    { "PYG", 0, 1, 1, 4000 },
  { "RWF", 0, 1, 1, 750 },   { "TWD", 2, 1, 100, 1600 },  { "UGX", 2, 100, 100, 190000 },
  { "VND", 0, 1, 1, 13500 }, { "VUV", 0, 1, 1, 65 },      { "XAF", 0, 1, 1, 325 },
  { "XOF", 0, 1, 1, 325 },   { "XPF", 0, 1, 1, 60 },
  /* small units */
  { "ARS", 2, 1, 1, 80000 }, { "COP", 2, 1, 1, 220000 },  { "EGP", 2, 1, 1, 2700 },
  { "IDR", 2, 1, 1, 850000 }, { "KES", 2, 1, 1, 7000 },   { "NGN", 2, 1, 1, 80000 },
  { "PHP", 2, 1, 1, 3000 },  { "PKR", 2, 1, 1, 15000 },   { "RSD", 2, 1, 1, 6000 },
  { "TRY", 2, 1, 1, 2500 },  { "TZS", 2, 1, 1, 140000 },  { "UAH", 2, 1, 1, 2200 },
  { "ZAR", 2, 1, 1, 1000 },
  /* the rest whose half of a unit is worth less than half a dollar, at rates of 2025, rounded up */
  { "AFN", 2, 1, 1, 4000 }, { "ALL", 2, 1, 1, 5000 }, { "AMD", 2, 1, 1, 20000 },
  { "ANG", 2, 1, 1, 100 }, { "AOA", 2, 1, 1, 50000 }, { "AWG", 2, 1, 1, 100 },
  { "AZN", 2, 1, 1, 100 }, { "BAM", 2, 1, 1, 100 }, { "BBD", 2, 1, 1, 110 },
  { "BDT", 2, 1, 1, 6500 }, { "BND", 2, 1, 1, 70 }, { "BOB", 2, 1, 1, 400 },
  { "BTN", 2, 1, 1, 4500 }, { "BWP", 2, 1, 1, 750 }, { "BYN", 2, 1, 1, 180 },
  { "BZD", 2, 1, 1, 110 }, { "CDF", 2, 1, 1, 150000 }, { "CNY", 2, 1, 1, 380 },
  { "CRC", 2, 1, 1, 27000 }, { "CUP", 2, 1, 1, 1300 }, { "CVE", 2, 1, 1, 5000 },
  { "DOP", 2, 1, 1, 3300 }, { "DZD", 2, 1, 1, 7000 }, { "ERN", 2, 1, 1, 800 },
  { "ETB", 2, 1, 1, 8000 }, { "FJD", 2, 1, 1, 120 }, { "GEL", 2, 1, 1, 150 },
  { "GHS", 2, 1, 1, 800 }, { "GMD", 2, 1, 1, 3800 }, { "GTQ", 2, 1, 1, 400 },
  { "GYD", 2, 1, 1, 11000 }, { "HNL", 2, 1, 1, 1400 }, { "HTG", 2, 1, 1, 7000 },
  { "ILS", 2, 1, 1, 200 }, { "IRR", 2, 1, 1, 2200000 }, { "JMD", 2, 1, 1, 8500 },
  { "KGS", 2, 1, 1, 4500 }, { "KHR", 2, 1, 1, 210000 }, { "KPW", 2, 1, 1, 50000 },
  { "KZT", 2, 1, 1, 28000 }, { "LAK", 2, 1, 1, 1150000 }, { "LBP", 2, 1, 1, 4600000 },
  { "LKR", 2, 1, 1, 16000 }, { "LRD", 2, 1, 1, 10500 }, { "LSL", 2, 1, 1, 1000 },
  { "MAD", 2, 1, 1, 500 }, { "MDL", 2, 1, 1, 900 }, { "MKD", 2, 1, 1, 2900 },
  { "MMK", 2, 1, 1, 110000 }, { "MNT", 2, 1, 1, 185000 }, { "MOP", 2, 1, 1, 420 },
  { "MRU", 2, 1, 1, 2100 }, { "MUR", 2, 1, 1, 2400 }, { "MVR", 2, 1, 1, 800 },
  { "MWK", 2, 1, 1, 90000 }, { "MZN", 2, 1, 1, 3300 }, { "NAD", 2, 1, 1, 1000 },
  { "NIO", 2, 1, 1, 1900 }, { "NPR", 2, 1, 1, 7200 }, { "PEN", 2, 1, 1, 200 },
  { "PGK", 2, 1, 1, 220 }, { "QAR", 2, 1, 1, 190 }, { "RUB", 2, 1, 1, 5000 },
  { "SAR", 2, 1, 1, 200 }, { "SBD", 2, 1, 1, 450 }, { "SCR", 2, 1, 1, 800 },
  { "SDG", 2, 1, 1, 31000 }, { "SLE", 2, 1, 1, 1250 }, { "SOS", 2, 1, 1, 30000 },
  { "SRD", 2, 1, 1, 2000 }, { "SSP", 2, 1, 1, 240000 }, { "STN", 2, 1, 1, 1200 },
  { "SVC", 2, 1, 1, 450 }, { "SYP", 2, 1, 1, 700000 }, { "SZL", 2, 1, 1, 1000 },
  { "TJS", 2, 1, 1, 550 }, { "TMT", 2, 1, 1, 180 }, { "TOP", 2, 1, 1, 130 },
  { "TTD", 2, 1, 1, 350 }, { "UYU", 2, 1, 1, 2200 }, { "UZS", 2, 1, 1, 660000 },
  { "VED", 2, 1, 1, 20000 }, { "VES", 2, 1, 1, 20000 }, { "WST", 2, 1, 1, 150 },
  { "XCD", 2, 1, 1, 140 }, { "YER", 2, 1, 1, 13000 }, { "ZMW", 2, 1, 1, 1400 },
};

#define MINIMUM_UNITS 50

/* "The amount value supports up to": eight digits, but for these. */
#define MAXIMUM_UNITS 99999999
static const struct {
  char   currency[FAR_CURRENCY_LEN + 1];
  gint64 maximum;
} maximums[] = {
  { "IDR", 999999999 },      { "INR", 999999999 },     { "LBP", 99999999999999 },
  { "COP", 9999999999999 },  { "HUF", 9999999999999 }, { "JPY", 9999999999999 },
};

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
far_provider_maximum (const char  *currency,
                      gint64      *ret_micros,
                      GError     **error)
{
  gint64 units = MAXIMUM_UNITS;
  Special special;

  g_return_val_if_fail (currency != NULL && ret_micros != NULL, FALSE);

  if (!lookup (currency, &special, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (maximums); i++)
    if (strcmp (maximums[i].currency, currency) == 0)
      units = maximums[i].maximum;
  units = MIN (units, FAR_MICROS_MAX / unit_micros (special.exponent));
  units -= units % special.charge_step;
  *ret_micros = units * unit_micros (special.exponent);
  return TRUE;
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
