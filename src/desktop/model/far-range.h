/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stretches of the recent past that pages can be set to. One is chosen for all pages: the
 * session keeps it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  FAR_RANGE_MINUTES, /* 5 min */
  FAR_RANGE_HOUR,
  FAR_RANGE_DAY,
  FAR_RANGE_WEEK,
  FAR_RANGE_MONTH,   /* 30 days */
} FarRange;
#define FAR_N_RANGES 5

gint64      far_range_get_length (FarRange range);
gint64      far_range_get_step   (FarRange range);
const char *far_range_get_title  (FarRange range);
const char *far_range_get_phrase (FarRange range);

G_END_DECLS
