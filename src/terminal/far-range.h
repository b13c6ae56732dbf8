/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A time range as people write it: "24h" ago, "yesterday", an RFC 3339 time; and times as people
 * read them. Pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "90s", "15m", "2h", "7d": µs; -1 if it is none. */
gint64   far_range_parse_duration (const char *text);
/* A duration before now, "now", "today", "yesterday" (midnight in zone), RFC 3339, or
 * "2026-01-31" (midnight in zone). */
gboolean far_range_parse_time (const char *text, gint64 now_us, GTimeZone *zone,
                               gint64 *ret_time_us);
/* "13:05:09.123", with the date in front if it is not now's. Returns: (transfer full) */
char    *far_range_format_time (gint64 time_us, gint64 now_us, GTimeZone *zone);

G_END_DECLS
