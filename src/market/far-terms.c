/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A property's terms: defaults and bounds. */
#include "market/far-terms.h"

#include <string.h>

#include "market/far-provider-units.h"

G_DEFINE_QUARK (far-terms-error-quark, far_terms_error)

gboolean
far_terms_cent_micros (const char  *currency,
                       gint64      *ret_micros,
                       GError     **error)
{
  gint64 minimum_micros;

  g_return_val_if_fail (currency != NULL && ret_micros != NULL, FALSE);

  if (!far_provider_minimum (currency, &minimum_micros, error))
    return FALSE;
  *ret_micros = minimum_micros / FAR_TERMS_CENTS_OF_MINIMUM;
  return TRUE;
}

gboolean
far_terms_init (FarTerms    *terms,
                const char  *currency,
                GError     **error)
{
  gint64 cent_micros;

  g_return_val_if_fail (terms != NULL && currency != NULL, FALSE);

  if (!far_terms_cent_micros (currency, &cent_micros, error))
    return FALSE;
  memset (terms, 0, sizeof *terms);
  g_strlcpy (terms->currency, currency, sizeof terms->currency);
  terms->free_type = FAR_FREE_COUNT;
  terms->free_limit = FAR_TERMS_FREE_COUNT_DEFAULT;
  terms->refund_window_us = FAR_TERMS_REFUND_WINDOW_US_DEFAULT;
  terms->reader_cap_micros = FAR_TERMS_READER_CAP_CENTS_DEFAULT * cent_micros;
  terms->tab_cap_micros = FAR_TERMS_TAB_CAP_CENTS_DEFAULT * cent_micros;
  terms->hour_cap_micros = FAR_TERMS_HOUR_CAP_CENTS_DEFAULT * cent_micros;
  terms->network_cap = FAR_TERMS_NETWORK_CAP_DEFAULT;
  return far_terms_check (terms, error);
}

static gboolean
check_range (const char  *name,
             gint64       value,
             gint64       max,
             GError     **error)
{
  if (value >= 0 && value <= max)
    return TRUE;
  g_set_error (error, FAR_TERMS_ERROR, FAR_TERMS_ERROR_RANGE,
               "%s is %" G_GINT64_FORMAT "; give a number from 0 to %" G_GINT64_FORMAT,
               name, value, max);
  return FALSE;
}

gboolean
far_terms_check (const FarTerms  *terms,
                 GError         **error)
{
  g_return_val_if_fail (terms != NULL, FALSE);

  return far_currency_exponent (terms->currency, &(guint){ 0 }, error) &&
         check_range ("fee_bps", terms->fee_bps, FAR_BASIS_POINTS, error) &&
         check_range ("free_limit", terms->free_limit,
                      terms->free_type == FAR_FREE_COUNT ? FAR_TERMS_FREE_COUNT_MAX
                                                         : FAR_MICROS_MAX, error) &&
         check_range ("refund_window_s", terms->refund_window_us,
                      FAR_TERMS_REFUND_WINDOW_US_MAX, error) &&
         check_range ("reader_cap_micros", terms->reader_cap_micros, FAR_MICROS_MAX, error) &&
         check_range ("tab_cap_micros", terms->tab_cap_micros, FAR_MICROS_MAX, error) &&
         check_range ("hour_cap_micros", terms->hour_cap_micros, FAR_MICROS_MAX, error) &&
         check_range ("network_cap", terms->network_cap, FAR_TERMS_NETWORK_CAP_MAX, error) &&
         /* A tab that may not hold so much would never be charged. */
         check_range ("least_charge_micros", terms->least_charge_micros, terms->tab_cap_micros,
                      error);
}

const char *
far_free_type_to_text (FarFreeType type)
{
  return type == FAR_FREE_COUNT ? "count" : "amount";
}

gboolean
far_free_type_parse (const char  *text,
                     FarFreeType *ret_type)
{
  g_return_val_if_fail (text != NULL && ret_type != NULL, FALSE);

  if (strcmp (text, "count") == 0)
    *ret_type = FAR_FREE_COUNT;
  else if (strcmp (text, "amount") == 0)
    *ret_type = FAR_FREE_AMOUNT;
  else
    return FALSE;
  return TRUE;
}
