/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A limit is an integer in the metric's unit (µs, millionths, bytes, …) and typed in one that
 * people use (ms, %, MiB, …). Both ways are integer arithmetic; a decimal comma is a point. Main
 * thread, for gettext's sake. */
#include "farthing-config.h"

#include "desktop/alarms/far-alarm-format.h"

#include <glib/gi18n.h>
#include <string.h>

#include "desktop/far-format.h"

#define FRACTION_DIGITS_MAX 9
#define FRACTION_ONE G_GINT64_CONSTANT (1000000000)
#define PPM 1000000.0
#define BYTES_PER_KB 1024

typedef struct {
  const char *unit;
  const char *input;
  gint64      scale; /* so many of the unit are one of the input's */
} Unit;

static const Unit units[] = {
  { "us", N_("ms"), 1000 },
  { "ppm", N_("%"), 10000 },
  { "bytes", N_("MiB"), 1024 * 1024 },
  { "kb", N_("MiB"), 1024 },
  { "s", N_("s"), 1 },
  { "micros", N_("units of the currency"), 1000000 },
  { "picodollars", N_("US dollars"), G_GINT64_CONSTANT (1000000000000) },
};

static const Unit *
find_unit (const char *unit)
{
  static const Unit plain = { "", "", 1 };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_strcmp0 (unit, units[i].unit) == 0)
      return &units[i];
  return &plain;
}

/* Returns: (transfer none): in the user's language; the metric's own name if it is not known */
const char *
far_alarm_metric_get_title (const char *metric)
{
  static const struct {
    const char *metric;
    const char *title;
  } titles[] = {
    { "disk_free_bytes", N_("Free disk space") },
    { "disk_free_ppm", N_("Free share of the disk") },
    { "wal_bytes", N_("Largest write-ahead log") },
    { "telemetry_dropped", N_("Telemetry dropped in five minutes") },
    { "async_queued", N_("Accepted events that wait") },
    { "degraded_s", N_("Time without a helper program") },
    { "webhook_age_s", N_("Age of the oldest open payment") },
    { "dead_letters", N_("Events that failed for good") },
    { "payout_mismatch_micros", N_("Difference of payouts and books") },
    { "ledger_broken", N_("Ledgers that do not verify") },
    { "invocations", N_("Invocations") },
    { "errors", N_("Errors") },
    { "error_ppm", N_("Share of errors") },
    { "throttles", N_("Throttles") },
    { "throttle_ppm", N_("Share of throttles") },
    { "cold_starts", N_("Cold starts") },
    { "cold_ppm", N_("Share of cold starts") },
    { "p50_us", N_("Duration, p50") },
    { "p90_us", N_("Duration, p90") },
    { "p99_us", N_("Duration, p99") },
    { "cold_p50_us", N_("Cold start, p50") },
    { "cold_p99_us", N_("Cold start, p99") },
    { "mean_us", N_("Duration, mean") },
    { "max_us", N_("Longest duration") },
    { "concurrency", N_("Concurrency") },
    { "memory_max_kb", N_("Most memory") },
    { "cost_picodollars", N_("Cost") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_strcmp0 (metric, titles[i].metric) == 0)
      return _(titles[i].title);
  return metric;
}

/**
 * far_alarm_format_name:
 *
 * Returns: (transfer full): its name; of one that is built in, in the user's language
 */
char *
far_alarm_format_name (const FarAlarmInfo *info)
{
  static const struct { const char *id; const char *name; } built_in[] = {
    { "disk", N_("The disk is nearly full") },
    { "wal", N_("A database is not checkpointed") },
    { "telemetry-dropped", N_("Telemetry is dropped") },
    { "degraded", N_("A helper program does not come back") },
    { "webhook-age", N_("Payment notices are not worked in") },
    { "dead-letters", N_("Events failed for good") },
    { "payout-mismatch", N_("Payouts do not match the books") },
    { "ledger", N_("The ledger does not verify") },
    { "errors", N_("Invocations fail") },
    { "throttles", N_("Requests are refused") },
  };

  for (guint i = 0; info->builtin && i < G_N_ELEMENTS (built_in); i++)
    if (g_str_equal (info->id, built_in[i].id) && g_str_equal (info->name, built_in[i].name))
      return g_strdup (_(built_in[i].name));
  return far_format_plain (info->name);
}

/**
 * far_alarm_format_span:
 * @seconds: at least 0
 *
 * Returns: (transfer full): in the largest unit in which it is whole
 */
char *
far_alarm_format_span (gint64 seconds)
{
  if (seconds > 0 && seconds % 86400 == 0)
    return g_strdup_printf (g_dngettext (NULL, "%d day", "%d days", (gulong) (seconds / 86400)),
                            (int) (seconds / 86400));
  if (seconds > 0 && seconds % 3600 == 0)
    return g_strdup_printf (_("%d h"), (int) (seconds / 3600));
  if (seconds > 0 && seconds % 60 == 0)
    return g_strdup_printf (_("%d min"), (int) (seconds / 60));
  return g_strdup_printf (_("%" G_GINT64_FORMAT " s"), seconds);
}

/* Returns: (transfer full) */
char *
far_alarm_format_value (const char *unit, gint64 value)
{
  if (g_str_equal (unit, "us"))
    return far_format_duration ((double) value);
  if (g_str_equal (unit, "ppm"))
    return far_format_fraction ((double) value / PPM);
  if (g_str_equal (unit, "bytes") || g_str_equal (unit, "kb"))
    return far_format_bytes ((guint64) MAX (value, 0) * (g_str_equal (unit, "kb") ? BYTES_PER_KB
                                                                                  : 1));
  if (g_str_equal (unit, "s"))
    return far_alarm_format_span (value);
  if (g_str_equal (unit, "picodollars"))
    return far_format_cost (value);
  if (g_str_equal (unit, "micros"))
    return far_alarm_to_input (unit, value);
  return far_format_count (value);
}

/* Returns: (transfer full): the rule in one sentence */
char *
far_alarm_describe (const FarAlarmInfo *info)
{
  g_autofree char *limit = far_alarm_format_value (info->unit, info->threshold);
  g_autofree char *window = far_alarm_format_span (info->window_s);
  const char *title = far_alarm_metric_get_title (info->metric);
  gboolean below = g_str_equal (info->compare, "below");
  GString *text = g_string_new (NULL);

  /* Translators: what is measured, and a limit */
  g_string_append_printf (text, below ? _("%s below %s") : _("%s above %s"), title, limit);
  if (info->function[0] != '\0')
    {
      g_autofree char *function = far_format_plain (info->function);

      g_string_append_printf (text, " · %s", function);
    }
  if (info->window_s > 0)
    {
      g_string_append (text, " · ");
      /* Translators: %s is a duration */
      g_string_append_printf (text, _("within %s"), window);
    }
  return g_string_free (text, FALSE);
}

/* Returns: (transfer none): the state alone, in a word or two */
const char *
far_alarm_get_state_title (const FarAlarmInfo *info)
{
  if (!info->enabled)
    return _("Off");
  if (g_str_equal (info->state, "alarm"))
    return _("Raised");
  if (g_str_equal (info->state, "no_data"))
    return _("No data");
  return info->pending ? _("Pending") : _("OK");
}

/* Returns: (transfer full): in a word or two, with its value and since when */
char *
far_alarm_describe_state (const FarAlarmInfo *info, gint64 now_us)
{
  g_autofree char *value = info->has_value ? far_alarm_format_value (info->unit, info->value)
                                           : g_strdup (FAR_FORMAT_UNKNOWN);
  g_autofree char *age = far_format_age (MAX (now_us - info->since_us, 0));

  if (!info->enabled)
    return g_strdup (_("Switched off"));
  if (g_str_equal (info->state, "alarm"))
    /* Translators: a value, and how long ago the alarm was raised */
    return g_strdup_printf (_("Raised: %s, %s"), value, age);
  if (g_str_equal (info->state, "no_data"))
    return g_strdup (_("No data"));
  if (info->pending)
    /* Translators: the value is beyond the limit, but not for long enough to raise the alarm */
    return g_strdup_printf (_("About to be raised: %s"), value);
  /* Translators: nothing is wrong; %s is a value */
  return g_strdup_printf (_("OK: %s"), value);
}

const char *
far_alarm_get_icon_name (const FarAlarmInfo *info)
{
  if (!info->enabled)
    return "notifications-disabled-symbolic";
  if (g_str_equal (info->state, "alarm"))
    return "far-error-symbolic";
  return g_str_equal (info->state, "no_data") ? "far-offline-symbolic" : "far-verified-symbolic";
}

/* Returns: (nullable): libadwaita's */
const char *
far_alarm_get_css_class (const FarAlarmInfo *info)
{
  if (!info->enabled)
    return "dim-label";
  if (g_str_equal (info->state, "alarm"))
    return "error";
  return g_str_equal (info->state, "no_data") ? "warning" : "success";
}

/* Returns: (transfer none): in which a limit is typed; "" for a number of things */
const char *
far_alarm_get_input_unit (const char *unit)
{
  const char *input = find_unit (unit)->input;

  return input[0] != '\0' ? _(input) : "";
}

/* Returns: (transfer full): without unit */
char *
far_alarm_to_input (const char *unit, gint64 value)
{
  gint64 scale = find_unit (unit)->scale;
  gint64 rest = ABS (value % scale);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s%" G_GINT64_FORMAT, value < 0 && value > -scale ? "-" : "",
                          value / scale);
  for (guint i = 0; rest > 0 && i < FRACTION_DIGITS_MAX; i++)
    {
      if (i == 0)
        g_string_append_c (text, '.');
      rest *= 10;
      g_string_append_c (text, (char) ('0' + rest / scale));
      rest %= scale;
    }
  return g_string_free (text, FALSE);
}

/* scale · fraction / 10⁹, to the nearest; below 10¹² · 10⁹, which needs more than 64 bits. */
static gint64
scale_fraction (gint64 scale, gint64 fraction)
{
  __extension__ typedef __int128 Wide;

  return (gint64) (((Wide) scale * fraction + FRACTION_ONE / 2) / FRACTION_ONE);
}

/**
 * far_alarm_parse_input:
 * @unit: of the metric
 * @text: what was typed: digits, and perhaps a point or comma and more digits
 * @ret_value: (out): in @unit, to the nearest
 *
 * Returns: FALSE if it is no number, or one that is too large
 */
gboolean
far_alarm_parse_input (const char *unit, const char *text, gint64 *ret_value)
{
  gint64 scale = find_unit (unit)->scale;
  gint64 whole = 0;
  gint64 fraction = 0; /* of 10⁻⁹ */
  gint64 place = FRACTION_ONE;
  guint n_digits = 0;
  gboolean behind = FALSE;

  text += strspn (text, " ");
  for (; *text != '\0' && *text != ' '; text++)
    {
      if ((*text == '.' || *text == ',') && !behind)
        {
          behind = TRUE;
          continue;
        }
      if (!g_ascii_isdigit (*text))
        return FALSE;
      n_digits++;
      if (behind)
        fraction += (place /= 10) * (*text - '0');
      else if (__builtin_mul_overflow (whole, 10, &whole) ||
               __builtin_add_overflow (whole, *text - '0', &whole))
        return FALSE;
    }
  if (n_digits == 0 || text[strspn (text, " ")] != '\0' ||
      __builtin_mul_overflow (whole, scale, &whole) ||
      __builtin_add_overflow (whole, scale_fraction (scale, fraction), &whole))
    return FALSE;
  *ret_value = whole;
  return TRUE;
}
