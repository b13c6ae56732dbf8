/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounds only what telemetry measures; unknown stays unknown. Main thread, for gettext's sake. */
#include "farthing-config.h"

#include "desktop/far-format.h"

#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "base/far-money.h"

#define PICODOLLARS_PER_DOLLAR G_GINT64_CONSTANT (1000000000000)
/* Two digits behind the point stand for a cent; a single call costs about 10⁻⁸ dollars. */
#define COST_FRACTION_DIGITS 12
#define COST_SIGNIFICANT_DIGITS 3
#define COST_CENT_DIGITS 2
#define LEFT_TO_RIGHT_ISOLATE "\xe2\x81\xa6"
#define POP_ISOLATE "\xe2\x81\xa9"
/* A band wider than this, of its value, is worth showing. */
#define BAND_SHOWN 0.05

/**
 * far_format_count:
 * @count: a number of things; negative if unknown
 */
char *
far_format_count (gint64 count)
{
  if (count < 0)
    return g_strdup (FAR_FORMAT_UNKNOWN);
  return g_strdup_printf ("%'" G_GINT64_FORMAT, count);
}

/* Whole numbers as they are; else three digits that matter, and no more than three behind the
 * point, without zeros that say nothing. */
static char *
format_figure (double value)
{
  double magnitude = fabs (value);
  char *text;
  gsize length;

  if (magnitude >= 100 || value == trunc (value))
    return g_strdup_printf ("%'.0f", value);
  if (magnitude >= 10)
    text = g_strdup_printf ("%.1f", value);
  else if (magnitude >= 0.1)
    text = g_strdup_printf ("%.2f", value);
  else
    text = g_strdup_printf ("%.3f", value);

  length = strlen (text);
  while (length > 0 && text[length - 1] == '0')
    length--;
  if (length > 0 && !g_ascii_isdigit (text[length - 1]))
    length--; /* the decimal point, whatever the locale's is */
  text[length] = '\0';
  return text;
}

/**
 * far_format_rate:
 * @per_second: things a second, NaN if unknown
 */
char *
far_format_rate (double per_second)
{
  g_autofree char *figure = NULL;

  if (isnan (per_second))
    return g_strdup (FAR_FORMAT_UNKNOWN);
  figure = format_figure (per_second);
  /* Translators: a rate, things per second */
  return g_strdup_printf (_("%s/s"), figure);
}

/**
 * far_format_duration:
 * @duration_us: µs, NaN or negative if unknown
 */
char *
far_format_duration (double duration_us)
{
  g_autofree char *figure = NULL;

  if (isnan (duration_us) || duration_us < 0)
    return g_strdup (FAR_FORMAT_UNKNOWN);
  if (duration_us < 1000)
    return g_strdup_printf (_("%.0f µs"), duration_us);
  if (duration_us < G_USEC_PER_SEC)
    {
      figure = format_figure (duration_us / 1000);
      return g_strdup_printf (_("%s ms"), figure);
    }
  if (duration_us < 60.0 * G_USEC_PER_SEC)
    {
      figure = format_figure (duration_us / G_USEC_PER_SEC);
      return g_strdup_printf (_("%s s"), figure);
    }
  return g_strdup_printf (_("%d min %d s"), (int) (duration_us / G_USEC_PER_SEC) / 60,
                          (int) (duration_us / G_USEC_PER_SEC) % 60);
}

/**
 * far_format_band:
 * @value_us: a percentile of durations, NaN if unknown
 * @low_us: the truth is not below; NaN: nobody says how far below, or, with @high_us, it is exact
 * @high_us: nor above; NaN or infinite: nobody says how far above
 *
 * Returns: no more than is known: "< 5 ms", "5 ms – 10 ms", or the value where the band is narrow
 */
char *
far_format_band (double value_us, double low_us, double high_us)
{
  g_autofree char *low = NULL;
  g_autofree char *high = NULL;

  if (isnan (value_us) || value_us < 0 || (isnan (low_us) && isnan (high_us)))
    return far_format_duration (value_us);
  if (isnan (low_us))
    low_us = 0;
  if (isnan (high_us))
    high_us = INFINITY;
  if (high_us - low_us <= BAND_SHOWN * fmax (value_us, 1))
    return far_format_duration (value_us);
  low = far_format_duration (low_us);
  high = far_format_duration (high_us);
  if (low_us <= 0)
    return g_strdup_printf ("< %s", high);
  if (isinf (high_us))
    return g_strdup_printf ("> %s", low);
  return g_strdup_printf ("%s – %s", low, high);
}

/**
 * far_format_fraction:
 * @fraction: 0 to 1, NaN if unknown
 *
 * Something that happened is never shown as 0%.
 */
char *
far_format_fraction (double fraction)
{
  if (isnan (fraction))
    return g_strdup (FAR_FORMAT_UNKNOWN);
  if (fraction > 0 && fraction < 0.0005)
    return g_strdup (_("<0.1%"));
  if (fraction == 0 || fraction == 1)
    return g_strdup_printf (_("%.0f%%"), fraction * 100);
  return g_strdup_printf (_("%.1f%%"), fraction * 100);
}

/**
 * far_format_cost:
 * @picodollars: 10⁻¹² dollars; negative if unknown
 *
 * Exact below a hundredth of a cent to three digits that matter, and cut (not rounded up) to them.
 */
char *
far_format_cost (gint64 picodollars)
{
  char digits[COST_FRACTION_DIGITS + 1];
  gint64 whole = picodollars / PICODOLLARS_PER_DOLLAR;
  guint keep = COST_CENT_DIGITS;
  guint first = 0;

  if (picodollars < 0)
    return g_strdup (FAR_FORMAT_UNKNOWN);

  g_snprintf (digits, sizeof digits, "%012" G_GINT64_FORMAT, picodollars % PICODOLLARS_PER_DOLLAR);
  while (first < COST_FRACTION_DIGITS && digits[first] == '0')
    first++;
  if (whole == 0 && first < COST_FRACTION_DIGITS)
    keep = CLAMP (first + COST_SIGNIFICANT_DIGITS, COST_CENT_DIGITS, COST_FRACTION_DIGITS);
  while (keep > COST_CENT_DIGITS && digits[keep - 1] == '0')
    keep--;
  digits[keep] = '\0';
  return g_strdup_printf ("$%'" G_GINT64_FORMAT "%s%s", whole, localeconv ()->decimal_point,
                          digits);
}

static char *
replace_point (const char *text, const char *from, const char *to)
{
  const char *point = strstr (text, from);

  if (point == NULL)
    return g_strdup (text);
  return g_strdup_printf ("%.*s%s%s", (int) (point - text), text, to, point + strlen (from));
}

/**
 * far_format_isolated:
 * @text: (transfer full): an amount or another figure with signs about it
 *
 * Returns: (transfer full): it, in one piece where text runs from right to left: "5 ¢" is not to be
 *   read as "¢ 5", nor "−$5" as "$5−"
 */
char *
far_format_isolated (char *text)
{
  char *isolated;

  if (gtk_widget_get_default_direction () != GTK_TEXT_DIR_RTL)
    return text;
  isolated = g_strconcat (LEFT_TO_RIGHT_ISOLATE, text, POP_ISOLATE, NULL);
  g_free (text);
  return isolated;
}

/**
 * far_format_money:
 * @micros: micros
 * @currency: (nullable): ISO 4217 code
 *
 * Returns: (transfer full): as far_micros_to_display(), exact, with the locale's decimal point
 */
char *
far_format_money (gint64 micros, const char *currency)
{
  g_autofree char *text = far_micros_to_display (micros, currency);

  return far_format_isolated (replace_point (text, ".", localeconv ()->decimal_point));
}

/**
 * far_format_money_input:
 * @micros: micros
 * @currency: ISO 4217 code
 *
 * Returns: (transfer full): as one would type it, without the currency
 */
char *
far_format_money_input (gint64 micros, const char *currency)
{
  g_autofree char *text = far_micros_to_decimal (micros, currency);

  return replace_point (text, ".", localeconv ()->decimal_point);
}

/**
 * far_format_parse_money:
 * @text: what was typed, with the locale's decimal point or "."; nothing else separates digits, for
 *   "1,000" is another amount elsewhere
 * @ret_micros: (out): 0 or more micros; untouched on failure
 *
 * Returns: FALSE if it is no amount
 */
gboolean
far_format_parse_money (const char *text, gint64 *ret_micros)
{
  g_autofree char *plain = replace_point (text, localeconv ()->decimal_point, ".");

  return far_micros_parse_decimal (g_strstrip (plain), ret_micros, NULL);
}

char *
far_format_bytes (guint64 n_bytes)
{
  return g_format_size_full (n_bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/**
 * far_format_value:
 * @value: in @unit, NaN if unknown
 */
char *
far_format_value (FarUnit unit, double value)
{
  if (isnan (value))
    return g_strdup (FAR_FORMAT_UNKNOWN);

  switch (unit)
    {
    case FAR_UNIT_PER_SECOND:
      return far_format_rate (value);
    case FAR_UNIT_DURATION:
      return far_format_duration (value);
    case FAR_UNIT_FRACTION:
      return far_format_fraction (value);
    case FAR_UNIT_COST:
      return far_format_cost ((gint64) fmax (value, 0));
    case FAR_UNIT_COUNT:
    default:
      return format_figure (value);
    }
}

/**
 * far_format_age:
 * @age_us: how long ago, µs; negative if it never happened
 */
char *
far_format_age (gint64 age_us)
{
  gint64 seconds = age_us / G_USEC_PER_SEC;

  if (age_us < 0)
    return g_strdup (_("never"));
  if (seconds < 1)
    return g_strdup (_("just now"));
  if (seconds < 60)
    return g_strdup_printf (_("%d s ago"), (int) seconds);
  if (seconds < 3600)
    return g_strdup_printf (_("%d min ago"), (int) (seconds / 60));
  if (seconds < 86400)
    return g_strdup_printf (_("%d h ago"), (int) (seconds / 3600));
  return g_strdup_printf (g_dngettext (NULL, "%d day ago", "%d days ago", seconds / 86400),
                          (int) (seconds / 86400));
}

static GDateTime *
local_time (gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);

  return utc != NULL ? g_date_time_to_local (utc) : NULL;
}

/**
 * far_format_clock:
 * @time_us: µs since the epoch
 *
 * Returns: the time of day with seconds, in the local zone
 */
char *
far_format_clock (gint64 time_us)
{
  g_autoptr (GDateTime) when = local_time (time_us);

  /* Translators: a time of day, for g_date_time_format() */
  return when != NULL ? g_date_time_format (when, _("%H:%M:%S")) : g_strdup (FAR_FORMAT_UNKNOWN);
}

/**
 * far_format_moment:
 * @time_us: µs since the epoch
 * @now_us: µs since the epoch, to tell today from another day, and this year from another year
 */
char *
far_format_moment (gint64 time_us, gint64 now_us)
{
  g_autoptr (GDateTime) when = local_time (time_us);
  g_autoptr (GDateTime) now = local_time (now_us);

  if (when == NULL || now == NULL)
    return g_strdup (FAR_FORMAT_UNKNOWN);
  if (g_date_time_get_year (when) == g_date_time_get_year (now) &&
      g_date_time_get_day_of_year (when) == g_date_time_get_day_of_year (now))
    return g_date_time_format (when, _("%H:%M:%S"));
  if (g_date_time_get_year (when) == g_date_time_get_year (now))
    /* Translators: a day of this year and a time, for g_date_time_format() */
    return g_date_time_format (when, _("%-e %b, %H:%M"));
  /* Translators: a day of another year and a time, for g_date_time_format() */
  return g_date_time_format (when, _("%-e %b %Y, %H:%M"));
}

static char *
format_date (GDateTime *day, GDateTime *now)
{
  if (now == NULL || g_date_time_get_year (day) == g_date_time_get_year (now))
    /* Translators: a day of this year, for g_date_time_format() */
    return g_date_time_format (day, _("%-e %b"));
  /* Translators: a day of another year, for g_date_time_format() */
  return g_date_time_format (day, _("%-e %b %Y"));
}

/**
 * far_format_date:
 * @time_us: µs since the epoch
 * @now_us: µs since the epoch, to tell this year from another
 *
 * Returns: the day alone, in the local zone
 */
char *
far_format_date (gint64 time_us, gint64 now_us)
{
  g_autoptr (GDateTime) when = local_time (time_us);
  g_autoptr (GDateTime) now = local_time (now_us);

  return when != NULL ? format_date (when, now) : g_strdup (FAR_FORMAT_UNKNOWN);
}

/**
 * far_format_day:
 * @iso_day: "2026-11-23"
 * @now_us: µs since the epoch, to tell this year from another; 0 to leave the year out
 *
 * Returns: "23 Nov", "23 Nov 2025", or the text itself if it is no date
 */
char *
far_format_day (const char *iso_day, gint64 now_us)
{
  g_autofree char *with_time = g_strconcat (iso_day, "T00:00:00Z", NULL);
  g_autoptr (GDateTime) day = g_date_time_new_from_iso8601 (with_time, NULL);
  g_autoptr (GDateTime) now = now_us > 0 ? local_time (now_us) : NULL;

  return day != NULL ? format_date (day, now) : g_strdup (iso_day);
}

/**
 * far_format_plain:
 * @text: from a function, a log, another system
 *
 * Returns: it without control characters, tabs excepted: a terminal's escapes are nothing to a
 *   label
 */
char *
far_format_plain (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *plain = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\t' || !g_unichar_iscntrl (c))
        g_string_append_unichar (plain, c);
    }
  return g_string_free (plain, FALSE);
}

/**
 * far_format_reason:
 * @id: of a deployment
 * @message: (nullable): the platform's sentence about it, for whoever sees no heading above it
 *
 * Returns: (transfer none) (nullable): the sentence, which lives as long as @message
 */
const char *
far_format_reason (const char *id, const char *message)
{
  gsize length = strlen (id);

  if (message != NULL && length > 0 && strncmp (message, id, length) == 0 &&
      g_str_has_prefix (message + length, ": "))
    return message + length + 2;
  return message;
}
