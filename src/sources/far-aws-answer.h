/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What AWS answers (Lambda, CloudWatch, CloudWatch Logs), read from foreign bytes. No state. */
#pragma once

#include <json-glib/json-glib.h>

#include "sources/far-source.h"

G_BEGIN_DECLS

#define FAR_AWS_POINTS_MAX 100800 /* of one GetMetricData */
#define FAR_AWS_QUERIES_MAX 500

typedef struct {
  char  *name;
  char  *runtime; /* nullable: a container image has none */
  gint64 memory_mb;
  gint64 timeout_s;
  gboolean arm;
  char  *log_group; /* nullable: the usual one */
} FarAwsFunction;

void far_aws_function_free (FarAwsFunction *function);

/* A page of ListFunctions: appends (element-type FarAwsFunction); environment variables are not
 * even looked at. ret_marker: (nullable) (transfer full): of the next page */
gboolean far_aws_parse_functions (JsonObject *object, GPtrArray *functions, char **ret_marker,
                                  GError **error);

typedef void (*FarAwsPointFunc) (guint query, gint64 time_us, double value, gpointer user_data);

/* A page of GetMetricData, whose queries have the ids m0, m1, …: calls func for each point.
 * partial: of each query, whether its last page so far said that there is more. ret_token: as
 * above */
gboolean far_aws_parse_metrics   (JsonObject *object, guint n_queries, FarAwsPointFunc func,
                                  gpointer user_data, gboolean *partial, char **ret_token,
                                  GError **error);

/* A page of FilterLogEvents: appends (element-type FarSourceLogLine) of function. seen: set of
 * event ids that were there before; those of this page are added. */
gboolean far_aws_parse_events    (JsonObject *object, const char *function, GHashTable *seen,
                                  GPtrArray *lines, char **ret_token, GError **error);

typedef enum {
  FAR_AWS_ANSWER_OTHER,
  FAR_AWS_ANSWER_REFUSED, /* the keys do not open it */
  FAR_AWS_ANSWER_EXPIRED, /* they did: there may be newer ones */
  FAR_AWS_ANSWER_LATER,   /* asked too often, or it does not work: nothing is wrong with what was
                           * asked */
} FarAwsAnswerError;

/* "AccessDeniedException" and what it says, of an answer with an error status, which alone does not
 * tell: the JSON services send 400 for nearly everything. Returns: (transfer full): one sentence;
 * never empty */
char    *far_aws_parse_error     (const char *data, gsize n_bytes, const char *type_header,
                                  FarAwsAnswerError *ret_kind);

/* ---- REPORT lines ---- */

typedef struct {
  FarId   request_id;
  gint64  duration_us;
  gint64  billed_ms;
  gint64  memory_mb;
  gint64  memory_max_mb;
  gint64  init_us; /* 0 = not a cold start */
} FarAwsReport;

/* A line of text, or Lambda's JSON of it. FALSE for any other line. */
gboolean far_aws_parse_report    (const char *line, FarAwsReport *ret_report);

G_END_DECLS
