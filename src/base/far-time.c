/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 3339 times, in UTC and to the µs, by arithmetic alone: no time zone database, no locale, no
 * allocation but the result. Days are counted as in Howard Hinnant's "chrono-Compatible Low-Level
 * Date Algorithms": years begin in March, so that a leap day is a year's last. */
#include "farthing-config.h"

#include "base/far-clock.h"

#include <string.h>

#define US_PER_SECOND G_GINT64_CONSTANT (1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)
#define FRACTION_DIGITS_MAX 9

/* 0000-01-01T00:00:00Z and the last µs of 9999, the years that RFC 3339 can write. */
#define TIME_MIN_US (G_GINT64_CONSTANT (-62167219200) * US_PER_SECOND)
#define TIME_MAX_US (G_GINT64_CONSTANT (253402300800) * US_PER_SECOND - 1)

static gint64
days_from_civil (gint64 year,
                 guint  month,
                 guint  day)
{
  gint64 era, year_of_era, day_of_year, day_of_era;

  year -= month <= 2;
  era = (year >= 0 ? year : year - 399) / 400;
  year_of_era = year - era * 400;
  day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

static void
civil_from_days (gint64  days,
                 gint64 *ret_year,
                 guint  *ret_month,
                 guint  *ret_day)
{
  gint64 era, day_of_era, year_of_era, day_of_year, month_of_year;

  days += 719468;
  era = (days >= 0 ? days : days - 146096) / 146097;
  day_of_era = days - era * 146097;
  year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  month_of_year = (5 * day_of_year + 2) / 153;
  *ret_day = (guint) (day_of_year - (153 * month_of_year + 2) / 5 + 1);
  *ret_month = (guint) (month_of_year < 10 ? month_of_year + 3 : month_of_year - 9);
  *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

/**
 * far_time_to_rfc3339:
 * @time_us: µs since the Unix epoch; what lies outside the years 0 to 9999 is clamped to them
 *
 * Returns: (transfer full): "2026-11-23T04:12:00.123456Z"
 */
char *
far_time_to_rfc3339 (gint64 time_us)
{
  gint64 days, of_day_us, seconds, year;
  guint month, day;

  time_us = CLAMP (time_us, TIME_MIN_US, TIME_MAX_US);
  days = time_us / US_PER_DAY;
  of_day_us = time_us % US_PER_DAY;
  if (of_day_us < 0)
    {
      of_day_us += US_PER_DAY;
      days--;
    }
  civil_from_days (days, &year, &month, &day);
  seconds = of_day_us / US_PER_SECOND;

  return g_strdup_printf ("%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", (int) year, month, day,
                          (int) (seconds / 3600), (int) (seconds / 60 % 60), (int) (seconds % 60),
                          (int) (of_day_us % US_PER_SECOND));
}

/* Exactly n_digits digits, then `after` unless that is 0. */
static gboolean
take_number (const char **text,
             guint        n_digits,
             char         after,
             guint       *ret_value)
{
  guint value = 0;

  for (guint i = 0; i < n_digits; i++, (*text)++)
    {
      if (!g_ascii_isdigit (**text))
        return FALSE;
      value = value * 10 + (guint) (**text - '0');
    }
  if (after != '\0' && g_ascii_toupper (*(*text)++) != after)
    return FALSE;

  *ret_value = value;
  return TRUE;
}

/* ".123456789", cut off behind the µs; nothing is no fraction. */
static gboolean
take_fraction (const char **text,
               gint64      *ret_us)
{
  gint64 unit_us = US_PER_SECOND / 10;
  guint n_digits = 0;

  *ret_us = 0;
  if (**text != '.')
    return TRUE;
  for ((*text)++; g_ascii_isdigit (**text); (*text)++, n_digits++)
    {
      *ret_us += (**text - '0') * unit_us;
      unit_us /= 10;
    }
  return n_digits > 0 && n_digits <= FRACTION_DIGITS_MAX;
}

/* "Z" or "+hh:mm"; the offset's seconds east of UTC. */
static gboolean
take_zone (const char **text,
           gint64      *ret_seconds)
{
  char first = g_ascii_toupper (*(*text)++);
  guint hours = 0, minutes = 0;

  if (first != 'Z')
    {
      if ((first != '+' && first != '-') ||
          !take_number (text, 2, ':', &hours) || !take_number (text, 2, '\0', &minutes) ||
          hours > 23 || minutes > 59)
        return FALSE;
    }

  *ret_seconds = (gint64) (hours * 3600 + minutes * 60) * (first == '-' ? -1 : 1);
  return **text == '\0';
}

static guint
days_of_month (guint year,
               guint month)
{
  static const guint8 days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  gboolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

  return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/**
 * far_time_parse_rfc3339:
 * @text: (nullable): an RFC 3339 time with "Z" or a numeric offset; a fraction of up to 9 digits is
 *   cut off behind the µs; leap seconds are refused
 * @ret_time_us: (out): µs since the Unix epoch; untouched on failure
 *
 * Returns: TRUE if @text is a time that exists
 */
gboolean
far_time_parse_rfc3339 (const char *text,
                        gint64     *ret_time_us)
{
  guint year, month, day, hour, minute, second;
  gint64 fraction_us, zone_seconds, time_us;

  g_return_val_if_fail (ret_time_us != NULL, FALSE);

  if (text == NULL ||
      !take_number (&text, 4, '-', &year) || !take_number (&text, 2, '-', &month) ||
      !take_number (&text, 2, 'T', &day) || !take_number (&text, 2, ':', &hour) ||
      !take_number (&text, 2, ':', &minute) || !take_number (&text, 2, '\0', &second) ||
      !take_fraction (&text, &fraction_us) || !take_zone (&text, &zone_seconds))
    return FALSE;
  if (month < 1 || month > 12 || day < 1 || day > days_of_month (year, month) || hour > 23 ||
      minute > 59 || second > 59)
    return FALSE;

  time_us = days_from_civil (year, month, day) * US_PER_DAY +
            (gint64) (hour * 3600 + minute * 60 + second) * US_PER_SECOND + fraction_us -
            zone_seconds * US_PER_SECOND;
  *ret_time_us = time_us;
  return TRUE;
}
