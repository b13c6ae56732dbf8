/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a Prometheus HTTP API answers to query and query_range, read strictly from foreign bytes.
 * Prometheus and VictoriaMetrics differ in what they leave out; both are read. No state. */
#pragma once

#include "sources/far-source.h"

G_BEGIN_DECLS

#define FAR_PROM_SERIES_MAX 20000
#define FAR_PROM_POINTS_MAX 1000000 /* of all series together */
#define FAR_PROM_SAID_MAX 400       /* bytes of its own message that are repeated */

typedef struct {
  gint64 time_us;
  double value; /* may be NaN or infinite */
} FarPromPoint;

typedef struct {
  char   *function; /* nullable: the label's value, made valid UTF-8, cut */
  double  le;       /* NaN without that label */
  GArray *points;   /* (element-type FarPromPoint) */
} FarPromSeries;

/* (element-type FarPromSeries). NULL with FAR_SOURCE_ERROR_QUERY where the server refuses the
 * query, else FAR_SOURCE_ERROR_ANSWER. */
GPtrArray *far_prom_answer_parse (const char *data, gsize n_bytes, const char *label,
                                  GError **error);

G_END_DECLS
