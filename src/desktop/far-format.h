/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures as people read them, in the user's language. What is not known is an em dash, never a
 * zero. Money of the ledger is never rounded: it is far_micros_to_display(), with the point of the
 * locale. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_FORMAT_UNKNOWN "—"

typedef enum {
  FAR_UNIT_COUNT,      /* things */
  FAR_UNIT_PER_SECOND, /* things a second */
  FAR_UNIT_DURATION,   /* µs */
  FAR_UNIT_FRACTION,   /* 0 to 1, shown as per cent */
  FAR_UNIT_COST,       /* picodollars */
} FarUnit;

/* All return (transfer full). */
char *far_format_count    (gint64      count);
char *far_format_rate     (double      per_second);
char *far_format_duration (double      duration_us);
char *far_format_band     (double      value_us,
                           double      low_us,
                           double      high_us);
char *far_format_fraction (double      fraction);
char *far_format_cost     (gint64      picodollars);
char *far_format_bytes    (guint64     n_bytes);
char *far_format_value    (FarUnit     unit,
                           double      value);
char *far_format_age      (gint64      age_us);
char *far_format_clock    (gint64      time_us);
char *far_format_moment   (gint64      time_us,
                           gint64      now_us);
char *far_format_date     (gint64      time_us,
                           gint64      now_us);
char *far_format_day      (const char *iso_day,
                           gint64      now_us);
char *far_format_plain    (const char *text);
char *far_format_isolated (char       *text);
char *far_format_money    (gint64      micros,
                           const char *currency);

/* What is typed. */
char    *far_format_money_input (gint64 micros, const char *currency);
gboolean far_format_parse_money (const char *text, gint64 *ret_micros);

/* The sentence without the id that the platform begins it with. Returns: (transfer none) */
const char *far_format_reason (const char *id, const char *message);

G_END_DECLS
