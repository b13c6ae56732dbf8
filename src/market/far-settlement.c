/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of settlement (see the header). Calendar arithmetic is UTC and integer: days from civil
 * dates by the era algorithm (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
#include "market/far-settlement.h"

#include <string.h>

#include "base/far-money.h"
#include "market/far-provider-units.h"
#include "market/far-terms.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define ERA_YEARS 400
#define ERA_DAYS 146097
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

static gint64
floor_div (gint64 a,
           gint64 b)
{
  gint64 quotient = a / b;

  return a % b < 0 ? quotient - 1 : quotient;
}

gint64
far_day_start_us (gint64 time_us)
{
  return floor_div (time_us, DAY_US) * DAY_US;
}

gint64
far_hour_start_us (gint64 time_us)
{
  return floor_div (time_us, HOUR_US) * HOUR_US;
}

/* Days since the epoch of the first of a month; month 1–12. */
static gint64
days_of_month (gint64 year,
               guint  month)
{
  gint64 march_year = month <= 2 ? year - 1 : year;
  gint64 era = floor_div (march_year, ERA_YEARS);
  gint64 year_of_era = march_year - era * ERA_YEARS;
  gint64 day_of_year = (153 * (gint64) (month > 2 ? month - 3 : month + 9) + 2) / 5;

  return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         EPOCH_DAYS;
}

static void
month_of_days (gint64  days,
               gint64 *ret_year,
               guint  *ret_month)
{
  gint64 shifted = days + EPOCH_DAYS;
  gint64 era = floor_div (shifted, ERA_DAYS);
  gint64 day_of_era = shifted - era * ERA_DAYS;
  gint64 year_of_era =
    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  guint from_march = (guint) ((5 * day_of_year + 2) / 153);

  *ret_month = from_march < 10 ? from_march + 3 : from_march - 9;
  *ret_year = year_of_era + era * ERA_YEARS + (*ret_month <= 2 ? 1 : 0);
}

gint64
far_month_end_us (gint64 time_us)
{
  gint64 year;
  guint month;

  month_of_days (floor_div (time_us, DAY_US), &year, &month);
  if (month == 12)
    return days_of_month (year + 1, 1) * DAY_US;
  return days_of_month (year, month + 1) * DAY_US;
}

gint64
far_month_start_us (gint64 time_us)
{
  gint64 year;
  guint month;

  month_of_days (floor_div (time_us, DAY_US), &year, &month);
  return days_of_month (year, month) * DAY_US;
}

const char *
far_due_to_text (FarDue due)
{
  switch (due)
    {
    case FAR_DUE_NOT:
      return "not_due";
    case FAR_DUE_THRESHOLD:
      return "threshold";
    case FAR_DUE_MONTH:
      return "month";
    default:
      g_assert_not_reached ();
    }
}

gboolean
far_settlement_chargeable (const char  *currency,
                           gint64       minimum_micros,
                           gint64       tab_micros,
                           gint64      *ret_charge_micros,
                           GError     **error)
{
  gint64 maximum_micros, units, whole_micros;

  g_return_val_if_fail (currency != NULL && tab_micros >= 0 && ret_charge_micros != NULL, FALSE);

  if (!far_provider_maximum (currency, &maximum_micros, error) ||
      !far_provider_units_floor (currency, FAR_PROVIDER_CHARGE, MIN (tab_micros, maximum_micros),
                                 &units, &whole_micros, error))
    return FALSE;
  *ret_charge_micros = whole_micros > 0 && whole_micros >= minimum_micros ? whole_micros : 0;
  return TRUE;
}

gboolean
far_settlement_threshold (const char  *currency,
                          gint64       minimum_micros,
                          gint64      *ret_micros,
                          GError     **error)
{
  gint64 cent_micros;

  g_return_val_if_fail (currency != NULL && ret_micros != NULL, FALSE);

  if (!far_terms_cent_micros (currency, &cent_micros, error))
    return FALSE;
  *ret_micros = MAX (FAR_TAB_THRESHOLD_CENTS * cent_micros, minimum_micros);
  return TRUE;
}

gboolean
far_settlement_due (const char  *currency,
                    gint64       minimum_micros,
                    gint64       tab_micros,
                    gint64       oldest_us,
                    gint64       retry_us,
                    gint64       now_us,
                    FarDue      *ret_due,
                    gint64      *ret_charge_micros,
                    GError     **error)
{
  gint64 threshold_micros, whole_micros;
  FarDue due = FAR_DUE_NOT;

  g_return_val_if_fail (currency != NULL && tab_micros >= 0, FALSE);
  g_return_val_if_fail (ret_due != NULL && ret_charge_micros != NULL, FALSE);

  if (!far_settlement_threshold (currency, minimum_micros, &threshold_micros, error) ||
      !far_settlement_chargeable (currency, minimum_micros, tab_micros, &whole_micros, error))
    return FALSE;

  if (whole_micros > 0 && now_us >= retry_us)
    {
      if (tab_micros >= threshold_micros)
        due = FAR_DUE_THRESHOLD;
      else if (now_us >= far_month_end_us (oldest_us))
        due = FAR_DUE_MONTH;
    }
  *ret_due = due;
  *ret_charge_micros = due == FAR_DUE_NOT ? 0 : whole_micros;
  g_assert (*ret_charge_micros <= tab_micros);
  return TRUE;
}

gint64
far_settlement_take (gint64  open_micros,
                     gint64 *charge_left_micros)
{
  gint64 taken_micros;

  g_return_val_if_fail (charge_left_micros != NULL, 0);
  g_return_val_if_fail (open_micros >= 0 && *charge_left_micros >= 0, 0);

  taken_micros = MIN (open_micros, *charge_left_micros);
  *charge_left_micros -= taken_micros;
  return taken_micros;
}

const char *
far_charge_state_to_text (FarChargeState state)
{
  static const char *const names[] = { "begun", "unknown", "succeeded", "failed" };

  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (names), NULL);

  return names[state];
}

gboolean
far_charge_outcome_parse (const char     *text,
                          FarChargeState *ret_state)
{
  g_return_val_if_fail (text != NULL && ret_state != NULL, FALSE);

  for (FarChargeState state = FAR_CHARGE_UNKNOWN; state <= FAR_CHARGE_FAILED; state++)
    if (strcmp (far_charge_state_to_text (state), text) == 0)
      {
        *ret_state = state;
        return TRUE;
      }
  return FALSE;
}

FarOutcomeResult
far_charge_apply (FarChargeState *state,
                  FarChargeState  outcome)
{
  g_return_val_if_fail (state != NULL, FAR_OUTCOME_CONFLICT);
  g_return_val_if_fail (outcome != FAR_CHARGE_BEGUN, FAR_OUTCOME_CONFLICT);

  if (*state == outcome)
    return FAR_OUTCOME_SAME;
  if (*state == FAR_CHARGE_SUCCEEDED || *state == FAR_CHARGE_FAILED)
    return outcome == FAR_CHARGE_UNKNOWN ? FAR_OUTCOME_SAME : FAR_OUTCOME_CONFLICT;
  *state = outcome;
  return FAR_OUTCOME_TAKEN;
}

gint64
far_charge_retry_us (guint  n_failures,
                     gint64 failed_us)
{
  static const gint64 wait_days[] = { 1, 3, 7, 14 };

  g_return_val_if_fail (n_failures >= 1, failed_us);

  return failed_us + wait_days[MIN (n_failures, G_N_ELEMENTS (wait_days)) - 1] * DAY_US;
}

gboolean
far_charge_write_off_due (gint64 first_failed_us,
                          gint64 now_us)
{
  return first_failed_us != 0 && now_us - first_failed_us >= FAR_TAB_WRITE_OFF_US;
}
