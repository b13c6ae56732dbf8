/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to the kind "aws": its state, signed calls, and the account of what they cost. */
#pragma once

#include "sources/far-aws-answer.h"
#include "sources/far-aws-cache.h"
#include "sources/far-aws-credentials.h"
#include "sources/far-source-private.h"

G_BEGIN_DECLS

/* GetMetricData: 0.01 US dollars for 1,000 metrics. */
#define FAR_AWS_METRIC_PICODOLLARS G_GINT64_CONSTANT (10000000)
#define FAR_AWS_BUDGET_MICROS_DEFAULT G_GINT64_CONSTANT (5000000)
#define FAR_AWS_PAGES_MAX 50

typedef enum {
  FAR_AWS_LAMBDA,
  FAR_AWS_MONITORING,
  FAR_AWS_LOGS,
} FarAwsService;
#define FAR_AWS_N_SERVICES 3

#define FAR_TYPE_AWS (far_aws_get_type ())
G_DECLARE_FINAL_TYPE (FarAws, far_aws, FAR, AWS, FarSource)

struct _FarAws {
  FarSource parent_instance;
  FarSourceHttp *http[FAR_AWS_N_SERVICES];
  char *host[FAR_AWS_N_SERVICES];  /* as it stands in Host */
  char *region;
  char *prefix;                    /* nullable: of the functions that are watched */
  FarAwsCredentials *credentials;
  FarAwsCache *cache;
  GPtrArray *functions;            /* nullable (element-type FarAwsFunction): the last list */
  gint64 functions_us;             /* when */
  /* The account. */
  char  *state_path;               /* nullable */
  gint64 month;                    /* since year 0, by UTC */
  gint64 spent_picodollars;        /* in it */
  gint64 budget_picodollars;
};

/* A signed call. GET path_or_target for Lambda; for the others path_or_target is the operation, and
 * body its JSON (taken). → JsonNode */
void      far_aws_call_async  (FarAws *self, FarAwsService service, const char *path_or_target,
                               char *body, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
JsonNode *far_aws_call_finish (FarAws *self, GAsyncResult *result, GError **error);

/* Books what n_metrics cost, if there is room for them in the budget. */
gboolean  far_aws_spend       (FarAws *self, guint n_metrics, GError **error);
void      far_aws_read_account (FarAws *self);

/* The list of functions, at most five minutes old. → (transfer full) (nullable) */
void       far_aws_list_async  (FarAws *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *far_aws_list_finish (FarAws *self, GAsyncResult *result, GError **error);

/* ---- Metrics ---- */

typedef struct {
  char       *function;  /* nullable: of all together; a copy */
  const char *metric;    /* "Invocations" */
  const char *statistic; /* "Sum", "p99" */
  FarAwsSeries *series;  /* a reference */
} FarAwsWanted;

/* Returns: (transfer full) (element-type FarAwsWanted) */
GArray  *far_aws_wanted_new     (void);
/* With copies and references of its own: lists of functions and cached series come and go. */
void     far_aws_wanted_add     (GArray *wanted, const char *function, const char *metric,
                                 const char *statistic, FarAwsSeries *series);

/* Brings every series up to date within [from, to) at the period, asking for what is missing only.
 * wanted: (element-type FarAwsWanted) */
void     far_aws_metrics_async  (FarAws *self, GArray *wanted, gint64 from_us, gint64 to_us,
                                 gint64 period_us, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean far_aws_metrics_finish (FarAws *self, GAsyncResult *result, GError **error);
/* Of points that begin at first_us and every period_us before and behind it. fresh_us: see
 * far_aws_cache_need() */
FarAwsSeries *far_aws_need_series (FarAws *self, const char *function, const char *metric,
                                   const char *statistic, gint64 first_us, gint64 period_us,
                                   gint64 fresh_us);

/* ---- Logs ---- */

#define FAR_AWS_EVENTS_MAX 10000 /* lines of one range */

/* Lines of one function in [from, to), each once, oldest first, until there are limit of them or
 * FAR_AWS_PAGES_MAX pages; filter: (nullable): CloudWatch's pattern. ret_complete: there are no
 * more. → (element-type FarSourceLogLine) */
void       far_aws_events_async  (FarAws *self, const char *function, const char *filter,
                                  gint64 from_us, gint64 to_us, guint limit,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
GPtrArray *far_aws_events_finish (FarAws *self, GAsyncResult *result, gboolean *ret_complete,
                                  GError **error);
void       far_aws_logs          (FarSource *source, const FarSourceLogQuery *query, GTask *task);

/* far-aws-figures.c */
void far_aws_functions (FarSource *source, const char *function, gint64 from_us, gint64 to_us,
                        GTask *task);
void far_aws_series    (FarSource *source, const FarSourceSeriesQuery *query, GTask *task);

G_END_DECLS
