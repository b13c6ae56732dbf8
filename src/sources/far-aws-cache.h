/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What CloudWatch has told of a metric, so that nothing is paid for twice.
 *
 * A point is final once it is FAR_AWS_SETTLE_US old: later ones may still change and are asked for
 * again, at most once in the time that its entry says. One entry a function, metric, statistic,
 * period, and where in it points begin. Not thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_AWS_SETTLE_US (G_GINT64_CONSTANT (180) * G_USEC_PER_SEC)
#define FAR_AWS_VISIBLE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC) /* what is looked at */
#define FAR_AWS_REST_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)   /* the rest */
#define FAR_AWS_CACHE_ENTRIES_MAX 20000 /* of a thousand functions all metrics, and more */
#define FAR_AWS_CACHE_POINTS_MAX 20000 /* of one entry */

typedef struct _FarAwsCache FarAwsCache;
typedef struct _FarAwsSeries FarAwsSeries;

FarAwsCache  *far_aws_cache_new  (void);
void          far_aws_cache_free (FarAwsCache *self);
/* key: of function, metric, statistic, period and where it begins. fresh_us: what is not final is
 * asked for again after it. Returns: (transfer none): until the next call; take a reference */
FarAwsSeries *far_aws_cache_need (FarAwsCache *self, const char *key, gint64 fresh_us);
FarAwsSeries *far_aws_series_ref   (FarAwsSeries *self);
void          far_aws_series_unref (FarAwsSeries *self);

/* Which part of [from, to) has to be asked for now. FALSE: none. */
gboolean far_aws_series_missing (FarAwsSeries *self, gint64 from_us, gint64 to_us,
                                 gint64 period_us, gint64 now_us, gint64 *ret_from_us);
void     far_aws_series_put     (FarAwsSeries *self, gint64 time_us, double value);
/* [from, to) was answered in full at now. */
void     far_aws_series_told    (FarAwsSeries *self, gint64 from_us, gint64 to_us,
                                 gint64 period_us, gint64 now_us);
/* From from_us on it was asked for, and not answered in full: it is not asked for again at once. */
void     far_aws_series_tried   (FarAwsSeries *self, gint64 from_us, gint64 now_us);
/* NaN: not asked for; or, with nothing, answered without a point. */
double   far_aws_series_get     (const FarAwsSeries *self, gint64 time_us, double nothing);

G_END_DECLS
