/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns schedule expressions: reading rate() and cron(), and the next firing after a time.
 *
 * A cron expression is kept as one bit set a field. Day of month and day of week exclude each other
 * (one of them is "?", as EventBridge demands), so a day matches by one rule. Days are counted in
 * the proleptic Gregorian calendar in UTC; no leap seconds, as in Unix time. No state. */
#include "platform/far-schedule.h"

#include <string.h>

#define YEAR_MIN 1970
#define N_YEARS (FAR_SCHEDULE_YEAR_MAX - YEAR_MIN + 1)
#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MINUTE_US (60 * SECOND_US)
#define DAY_US (24 * 60 * MINUTE_US)
#define RATE_MAX 1000000

typedef enum {
  DAY_OF_MONTH,      /* days has the days 1-31 */
  DAY_LAST,          /* the last of the month */
  DAY_NEAREST,       /* the weekday nearest to day */
  DAY_OF_WEEK,       /* days has 1 = Sunday … 7 */
  DAY_OF_WEEK_LAST,  /* the last such weekday of the month */
  DAY_OF_WEEK_NTH,   /* the nth such weekday of the month */
} DayRule;

struct _FarSchedule {
  char    *text;
  gint64   rate_us; /* 0 = cron */
  guint64  minutes;
  guint64  hours;
  guint64  months;
  guint64  days;
  DayRule  rule;
  guint    day;
  guint    nth;
  guint64  years[(N_YEARS + 63) / 64];
};

G_DEFINE_QUARK (far-schedule-error-quark, far_schedule_error)

static const char *const month_names[] = { "JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                           "JUL", "AUG", "SEP", "OCT", "NOV", "DEC" };
static const char *const day_names[] = { "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT" };

typedef struct {
  const char        *what;
  guint              min;
  guint              max;
  const char *const *names; /* names[0] is min */
  guint              n_names;
} Field;

static const Field minute_field = { "minutes", 0, 59, NULL, 0 };
static const Field hour_field = { "hours", 0, 23, NULL, 0 };
static const Field day_field = { "day of month", 1, 31, NULL, 0 };
static const Field month_field = { "month", 1, 12, month_names, G_N_ELEMENTS (month_names) };
static const Field week_field = { "day of week", 1, 7, day_names, G_N_ELEMENTS (day_names) };
static const Field year_field = { "year", YEAR_MIN, FAR_SCHEDULE_YEAR_MAX, NULL, 0 };

static gboolean G_GNUC_PRINTF (2, 3)
fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (FAR_SCHEDULE_ERROR, FAR_SCHEDULE_ERROR_SYNTAX, format, args);
  va_end (args);
  return FALSE;
}

/* Days since 1970-01-01 of a date, and the other way round (Howard Hinnant's algorithms). */
static gint64
days_from_date (gint64 year, guint month, guint day)
{
  gint64 era;
  guint year_of_era, day_of_year;

  year -= month <= 2;
  era = year / 400;
  year_of_era = (guint) (year - era * 400);
  day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 +
         (gint64) (year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year) - 719468;
}

static void
date_from_days (gint64 days, guint *ret_year, guint *ret_month, guint *ret_day)
{
  gint64 era = (days + 719468) / 146097;
  guint day_of_era = (guint) (days + 719468 - era * 146097);
  guint year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
                       day_of_era / 146096) / 365;
  guint day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  guint shifted = (5 * day_of_year + 2) / 153;

  *ret_day = day_of_year - (153 * shifted + 2) / 5 + 1;
  *ret_month = shifted < 10 ? shifted + 3 : shifted - 9;
  *ret_year = (guint) (year_of_era + era * 400) + (*ret_month <= 2);
}

static guint
month_length (guint year, guint month)
{
  return (guint) (days_from_date (month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
                  days_from_date (year, month, 1));
}

/* 1 = Sunday … 7 = Saturday */
static guint
weekday (gint64 days)
{
  return (guint) ((days % 7 + 7 + 4) % 7) + 1;
}

static gboolean
read_number (const char *text, guint max, guint *ret_value)
{
  guint64 value;

  if (!g_ascii_isdigit (*text) || !g_ascii_string_to_unsigned (text, 10, 0, max, &value, NULL))
    return FALSE;
  *ret_value = (guint) value;
  return TRUE;
}

static gboolean
read_value (const Field *field, const char *text, guint *ret_value, GError **error)
{
  guint i;

  for (i = 0; i < field->n_names; i++)
    {
      if (g_ascii_strcasecmp (text, field->names[i]) == 0)
        {
          *ret_value = field->min + i;
          return TRUE;
        }
    }
  if (!read_number (text, field->max, ret_value) || *ret_value < field->min)
    return fail (error, "“%s” is no %s; write a number from %u to %u", text, field->what,
                 field->min, field->max);
  return TRUE;
}

static void
set_bit (guint64 *bits, const Field *field, guint value)
{
  guint at = field == &year_field ? value - YEAR_MIN : value;

  bits[at / 64] |= G_GUINT64_CONSTANT (1) << (at % 64);
}

/* One element of a comma list: *, a, a-b, and with /step any of them. */
static gboolean
read_range (const Field *field, const char *text, guint64 *bits, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  g_auto (GStrv) ends = NULL;
  guint first = field->min, last = field->max, step = 1, value;

  if (parts[0] == NULL || *parts[0] == '\0')
    return fail (error, "an empty value among the %s; remove the comma or fill it", field->what);
  if (parts[1] != NULL && (!read_number (parts[1], field->max, &step) || step == 0))
    return fail (error, "“/%s” is no step among the %s; write a number from 1 to %u", parts[1],
                 field->what, field->max);
  if (strcmp (parts[0], "*") != 0)
    {
      ends = g_strsplit (parts[0], "-", 2);
      if (!read_value (field, ends[0], &first, error))
        return FALSE;
      if (ends[1] != NULL)
        {
          if (!read_value (field, ends[1], &last, error))
            return FALSE;
        }
      else if (parts[1] == NULL)
        last = first;
    }
  if (first > last && field != &week_field)
    return fail (error, "the range “%s” among the %s ends before it begins; turn it round",
                 parts[0], field->what);
  /* FRI-MON goes round the end of the week. */
  if (first > last)
    last += 7;
  for (value = first; value <= last; value += step)
    set_bit (bits, field, field == &week_field && value > 7 ? value - 7 : value);
  return TRUE;
}

static gboolean
read_list (const Field *field, const char *text, guint64 *bits, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  guint i;

  for (i = 0; parts[i] != NULL; i++)
    if (!read_range (field, parts[i], bits, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_day_of_month (FarSchedule *self, const char *text, GError **error)
{
  gsize length = strlen (text);

  if (strcmp (text, "L") == 0)
    {
      self->rule = DAY_LAST;
      return TRUE;
    }
  if (length > 1 && text[length - 1] == 'W')
    {
      g_autofree char *day = g_strndup (text, length - 1);

      self->rule = DAY_NEAREST;
      return read_value (&day_field, day, &self->day, error);
    }
  self->rule = DAY_OF_MONTH;
  return read_list (&day_field, text, &self->days, error);
}

static gboolean
read_day_of_week (FarSchedule *self, const char *text, GError **error)
{
  gsize length = strlen (text);
  const char *number = strchr (text, '#');

  self->rule = DAY_OF_WEEK;
  if (strcmp (text, "L") == 0)
    return read_list (&week_field, "7", &self->days, error);
  if (number != NULL)
    {
      g_autofree char *day = g_strndup (text, (gsize) (number - text));

      self->rule = DAY_OF_WEEK_NTH;
      if (!read_value (&week_field, day, &self->day, error))
        return FALSE;
      if (!read_number (number + 1, 5, &self->nth) || self->nth == 0)
        return fail (error, "“%s” names no weekday of a month; write #1 to #5", text);
      return TRUE;
    }
  if (length > 1 && text[length - 1] == 'L')
    {
      g_autofree char *day = g_strndup (text, length - 1);

      self->rule = DAY_OF_WEEK_LAST;
      return read_value (&week_field, day, &self->day, error);
    }
  return read_list (&week_field, text, &self->days, error);
}

static gboolean
read_cron (FarSchedule *self, const char *fields_text, GError **error)
{
  g_auto (GStrv) fields = g_strsplit (fields_text, " ", -1);
  gboolean any_day, any_weekday;

  if (g_strv_length (fields) != 6)
    return fail (error, "cron() takes 6 fields with one space between them: minutes hours "
                 "day-of-month month day-of-week year; this has %u", g_strv_length (fields));
  any_day = strcmp (fields[2], "?") == 0;
  any_weekday = strcmp (fields[4], "?") == 0;
  if (any_day == any_weekday)
    return fail (error, "exactly one of day of month and day of week must be “?”; the other says "
                 "which days");
  if (!read_list (&minute_field, fields[0], &self->minutes, error) ||
      !read_list (&hour_field, fields[1], &self->hours, error) ||
      !read_list (&month_field, fields[3], &self->months, error) ||
      !read_list (&year_field, fields[5], self->years, error))
    return FALSE;
  if (any_weekday ? !read_day_of_month (self, fields[2], error)
                  : !read_day_of_week (self, fields[4], error))
    return FALSE;
  if (far_schedule_next (self, 0, -1) == G_MAXINT64)
    {
      g_set_error (error, FAR_SCHEDULE_ERROR, FAR_SCHEDULE_ERROR_NEVER,
                   "no day is ever met by cron(%s); change its day, month or year", fields_text);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_rate (FarSchedule *self, const char *inside, GError **error)
{
  static const struct { const char *one; const char *many; gint64 us; } units[] = {
    { "minute", "minutes", MINUTE_US },
    { "hour", "hours", 60 * MINUTE_US },
    { "day", "days", DAY_US },
  };
  g_auto (GStrv) parts = g_strsplit (inside, " ", 2);
  guint value, i;

  if (parts[0] == NULL || parts[1] == NULL || !read_number (parts[0], RATE_MAX, &value) ||
      value == 0)
    return fail (error, "rate() takes a whole number from 1 to %d and a unit: rate(5 minutes)",
                 RATE_MAX);
  for (i = 0; i < G_N_ELEMENTS (units); i++)
    {
      const char *right = value == 1 ? units[i].one : units[i].many;

      if (strcmp (parts[1], right) == 0)
        {
          self->rate_us = value * units[i].us;
          return TRUE;
        }
      if (strcmp (parts[1], units[i].one) == 0 || strcmp (parts[1], units[i].many) == 0)
        return fail (error, "rate(%u %s) is refused by EventBridge; write rate(%u %s)", value,
                     parts[1], value, right);
    }
  return fail (error, "“%s” is no unit of a rate; write minute(s), hour(s) or day(s)", parts[1]);
}

FarSchedule *
far_schedule_parse (const char *text, GError **error)
{
  g_autoptr (FarSchedule) self = g_new0 (FarSchedule, 1);
  g_autofree char *inside = NULL;
  gsize length = strlen (text);
  gboolean is_rate = g_str_has_prefix (text, "rate("), ok;

  if (length > FAR_SCHEDULE_TEXT_MAX)
    {
      fail (error, "a schedule of more than %d bytes; shorten it", FAR_SCHEDULE_TEXT_MAX);
      return NULL;
    }
  if ((!is_rate && !g_str_has_prefix (text, "cron(")) || text[length - 1] != ')')
    {
      fail (error, "“%s” is no schedule; write rate(5 minutes) or cron(0 12 * * ? *)", text);
      return NULL;
    }
  self->text = g_strdup (text);
  inside = g_strndup (text + 5, length - 6);
  ok = is_rate ? read_rate (self, inside, error) : read_cron (self, inside, error);
  return ok ? g_steal_pointer (&self) : NULL;
}

FarSchedule *
far_schedule_copy (FarSchedule *schedule)
{
  FarSchedule *copy = g_memdup2 (schedule, sizeof *schedule);

  copy->text = g_strdup (schedule->text);
  return copy;
}

void
far_schedule_free (FarSchedule *schedule)
{
  if (schedule == NULL)
    return;
  g_free (schedule->text);
  g_free (schedule);
}

const char *
far_schedule_get_text (FarSchedule *schedule)
{
  return schedule->text;
}

/* The day of this month that nW means: the nearest Monday to Friday without leaving the month. */
static guint
nearest_weekday (guint year, guint month, guint day)
{
  guint length = month_length (year, month), on;

  day = MIN (day, length);
  on = weekday (days_from_date (year, month, day));
  if (on == 7)
    return day > 1 ? day - 1 : day + 2;
  if (on == 1)
    return day < length ? day + 1 : day - 2;
  return day;
}

static gboolean
day_matches (FarSchedule *self, gint64 days, guint year, guint month, guint day)
{
  guint length = month_length (year, month);

  switch (self->rule)
    {
    case DAY_OF_MONTH:
      return (self->days >> day & 1) != 0;
    case DAY_LAST:
      return day == length;
    case DAY_NEAREST:
      return day == nearest_weekday (year, month, self->day);
    case DAY_OF_WEEK:
      return (self->days >> weekday (days) & 1) != 0;
    case DAY_OF_WEEK_LAST:
      return weekday (days) == self->day && day + 7 > length;
    case DAY_OF_WEEK_NTH:
      return weekday (days) == self->day && (day - 1) / 7 + 1 == self->nth;
    default:
      g_assert_not_reached ();
    }
}

/* The first set bit at or above from, or -1. */
static int
next_bit (guint64 bits, guint from)
{
  bits = from > 63 ? 0 : bits >> from << from;
  return bits == 0 ? -1 : __builtin_ctzll (bits);
}

/* The first firing on this day at or after minute (of the day), or -1. */
static int
next_minute (FarSchedule *self, guint minute)
{
  int hour = next_bit (self->hours, minute / 60);
  int at;

  if (hour == (int) minute / 60)
    {
      at = next_bit (self->minutes, minute % 60);
      if (at >= 0)
        return hour * 60 + at;
      hour = next_bit (self->hours, (guint) hour + 1);
    }
  return hour < 0 ? -1 : hour * 60 + next_bit (self->minutes, 0);
}

static gint64
next_cron (FarSchedule *self, gint64 after_us)
{
  gint64 from_minute = after_us < 0 ? 0 : after_us / MINUTE_US + 1;
  gint64 days = from_minute / (24 * 60);
  guint minute = (guint) (from_minute % (24 * 60));

  for (;; days++, minute = 0)
    {
      guint year, month, day;
      int at;

      date_from_days (days, &year, &month, &day);
      if (year > FAR_SCHEDULE_YEAR_MAX)
        return G_MAXINT64;
      if ((self->years[(year - YEAR_MIN) / 64] >> ((year - YEAR_MIN) % 64) & 1) == 0)
        {
          days = days_from_date (year + 1, 1, 1) - 1;
          continue;
        }
      if ((self->months >> month & 1) == 0)
        {
          days += month_length (year, month) - day;
          continue;
        }
      if (!day_matches (self, days, year, month, day))
        continue;
      at = next_minute (self, minute);
      if (at >= 0)
        return days * DAY_US + at * MINUTE_US;
    }
}

gint64
far_schedule_next (FarSchedule *schedule, gint64 anchor_us, gint64 after_us)
{
  gint64 n, offset_us, next_us;

  if (schedule->rate_us == 0)
    return next_cron (schedule, after_us);
  if (after_us < anchor_us)
    n = 1;
  else
    n = (after_us - anchor_us) / schedule->rate_us + 1;
  if (__builtin_mul_overflow (n, schedule->rate_us, &offset_us) ||
      __builtin_add_overflow (anchor_us, offset_us, &next_us))
    return G_MAXINT64;
  return next_us;
}
