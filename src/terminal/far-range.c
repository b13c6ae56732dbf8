/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns reading and writing of ranges and times. */
#include "terminal/far-range.h"

#include <string.h>

#include "base/far-clock.h"

#define DURATION_MAX_US (G_GINT64_CONSTANT (3660) * 86400 * G_USEC_PER_SEC)

gint64
far_range_parse_duration (const char *text)
{
  static const struct { char unit; gint64 seconds; } units[] = {
    { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
  };
  gsize digits = strspn (text, "0123456789");
  gint64 n;
  guint i;

  if (digits == 0 || digits > 9 || text[digits] == '\0' || text[digits + 1] != '\0')
    return -1;
  n = g_ascii_strtoll (text, NULL, 10);
  for (i = 0; i < G_N_ELEMENTS (units); i++)
    if (text[digits] == units[i].unit && n > 0 &&
        n * units[i].seconds <= DURATION_MAX_US / G_USEC_PER_SEC)
      return n * units[i].seconds * G_USEC_PER_SEC;
  return -1;
}

static gboolean
midnight (GDateTime *day, GTimeZone *zone, gint64 *ret_time_us)
{
  g_autoptr (GDateTime) start =
    g_date_time_new (zone, g_date_time_get_year (day), g_date_time_get_month (day),
                     g_date_time_get_day_of_month (day), 0, 0, 0);

  if (start == NULL)
    return FALSE;
  *ret_time_us = g_date_time_to_unix (start) * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
parse_date (const char *text, GTimeZone *zone, gint64 *ret_time_us)
{
  g_autofree char *whole = g_strconcat (text, "T00:00:00", NULL);
  g_autoptr (GDateTime) day = strlen (text) == 10 ? g_date_time_new_from_iso8601 (whole, zone)
                                                  : NULL;

  return day != NULL && midnight (day, zone, ret_time_us);
}

gboolean
far_range_parse_time (const char *text, gint64 now_us, GTimeZone *zone, gint64 *ret_time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (utc, zone);
  gint64 duration_us = far_range_parse_duration (text);

  if (duration_us >= 0)
    {
      *ret_time_us = MAX (now_us - duration_us, 0);
      return TRUE;
    }
  if (strcmp (text, "now") == 0)
    {
      *ret_time_us = now_us;
      return TRUE;
    }
  if (strcmp (text, "today") == 0)
    return midnight (now, zone, ret_time_us);
  if (strcmp (text, "yesterday") == 0)
    {
      g_autoptr (GDateTime) before = g_date_time_add_days (now, -1);

      return midnight (before, zone, ret_time_us);
    }
  return far_time_parse_rfc3339 (text, ret_time_us) || parse_date (text, zone, ret_time_us);
}

char *
far_range_format_time (gint64 time_us, gint64 now_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autofree char *front = NULL;

  if (local == NULL)
    return g_strdup ("–");
  front = g_date_time_format (local, ABS (now_us - time_us) < G_GINT64_CONSTANT (43200000000)
                                       ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S");
  return g_strdup_printf ("%s.%03d", front, (int) (time_us % G_USEC_PER_SEC / 1000));
}
