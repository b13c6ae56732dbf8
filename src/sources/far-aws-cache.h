/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CloudWatch has told of a metric, so that nothing is paid for twice.
 *
 * A point is final once it is FAR_AWS_SETTLE_US old: later ones may still change and are asked for
 * again, at most once in FAR_AWS_VISIBLE_US. One entry a function, metric, statistic and period.
 * Not thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_AWS_SETTLE_US (G_GINT64_CONSTANT (180) * G_USEC_PER_SEC)
#define FAR_AWS_VISIBLE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define FAR_AWS_CACHE_ENTRIES_MAX 4096
#define FAR_AWS_CACHE_POINTS_MAX 20000 /* of one entry */

typedef struct _FarAwsCache FarAwsCache;
typedef struct _FarAwsSeries FarAwsSeries;

FarAwsCache  *far_aws_cache_new  (void);
void          far_aws_cache_free (FarAwsCache *self);
/* key: of function, metric, statistic and period. Returns: (transfer none) */
FarAwsSeries *far_aws_cache_need (FarAwsCache *self, const char *key);

/* Which part of [from, to) has to be asked for now. FALSE: none. All are multiples of period_us,
 * but to and now. */
gboolean far_aws_series_missing (const FarAwsSeries *self, gint64 from_us, gint64 to_us,
                                 gint64 period_us, gint64 now_us, gint64 *ret_from_us);
void     far_aws_series_put     (FarAwsSeries *self, gint64 time_us, double value);
/* [from, to) was answered in full at now. */
void     far_aws_series_told    (FarAwsSeries *self, gint64 from_us, gint64 to_us,
                                 gint64 period_us, gint64 now_us);
/* NaN: not asked for; or, with nothing, answered without a point. */
double   far_aws_series_get     (const FarAwsSeries *self, gint64 time_us, double nothing);

G_END_DECLS
