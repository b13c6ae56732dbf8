/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table: about as many steps for each range as a chart can show apart. Main thread, for gettext's
 * sake. */
#include "farthing-config.h"

#include "desktop/model/far-range.h"

#include <glib/gi18n.h>

#define SECOND_US G_USEC_PER_SEC
#define HOUR_US (3600 * (gint64) SECOND_US)

static const struct {
  gint64      length_us;
  gint64      step_us;
  const char *title;
  const char *phrase;
} ranges[FAR_N_RANGES] = {
  [FAR_RANGE_MINUTES] = { 300 * SECOND_US, 5 * SECOND_US, N_("5 minutes"),
    N_("In the last 5 minutes") },
  [FAR_RANGE_HOUR] = { HOUR_US, 60 * SECOND_US, N_("1 hour"),
    N_("In the last hour") },
  [FAR_RANGE_DAY] = { 24 * HOUR_US, HOUR_US / 4, N_("1 day"),
    N_("In the last day") },
  [FAR_RANGE_WEEK] = { 7 * 24 * HOUR_US, 2 * HOUR_US, N_("7 days"),
    N_("In the last 7 days") },
  [FAR_RANGE_MONTH] = { 30 * 24 * HOUR_US, 6 * HOUR_US, N_("30 days"),
    N_("In the last 30 days") },
};

/* Returns: µs */
gint64
far_range_get_length (FarRange range)
{
  g_return_val_if_fail (range < FAR_N_RANGES, 0);

  return ranges[range].length_us;
}

/* Returns: how far apart its samples are, µs; a divisor of its length */
gint64
far_range_get_step (FarRange range)
{
  g_return_val_if_fail (range < FAR_N_RANGES, 0);

  return ranges[range].step_us;
}

/* Returns: (transfer none): in the user's language */
const char *
far_range_get_title (FarRange range)
{
  g_return_val_if_fail (range < FAR_N_RANGES, NULL);

  return _(ranges[range].title);
}

/* Returns: (transfer none): "In the last hour", in the user's language */
const char *
far_range_get_phrase (FarRange range)
{
  g_return_val_if_fail (range < FAR_N_RANGES, NULL);

  return _(ranges[range].phrase);
}
