/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A token bucket: so many a second, and so many at once after a rest. All zero is a full one. Pure
 * but for the struct; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_BUCKET_RATE_MAX 1000000 /* tokens a second, and at once */

typedef struct {
  gint64 missing; /* from full, in millionths of a token */
  gint64 at_us;   /* when that was so */
} FarBucket;

/* now_us: monotonic. FALSE, and nothing taken, when there is no token. */
gboolean far_bucket_take (FarBucket *self, guint per_s, guint burst, gint64 now_us);
/* Gives one back that was not used after all. */
void     far_bucket_give (FarBucket *self);

G_END_DECLS
