/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to the kind "prometheus": its state, and a question that is under way. */
#pragma once

#include "sources/far-prom-answer.h"
#include "sources/far-promql.h"
#include "sources/far-source-private.h"

G_BEGIN_DECLS

#define FAR_PROM_PARTS_MAX FAR_PROM_N_ROLES

#define FAR_TYPE_PROMETHEUS (far_prometheus_get_type ())
G_DECLARE_FINAL_TYPE (FarPrometheus, far_prometheus, FAR, PROMETHEUS, FarSource)

struct _FarPrometheus {
  FarSource parent_instance;
  FarSourceHttp *http;
  FarPromProfile profile;
  const FarPromProfile *other; /* nullable: tried where the first finds nothing */
  GPtrArray *strings;          /* of a custom profile */
  gint64 interval_s;           /* between two scrapes */
  gboolean interval_given;
};

gint64 far_prometheus_now_s (FarPrometheus *self);

typedef struct {
  int role;          /* of the profile, or whatever the batch's owner numbers */
  GPtrArray *series; /* nullable: until answered */
} FarPromPart;

typedef struct _Batch FarPromBatch;
struct _Batch {
  FarPrometheus *self;
  GTask  *task;
  guint   n_waiting;
  guint   n_parts;
  FarPromPart    parts[FAR_PROM_PARTS_MAX];
  GError *error;
  gint64  began_us;
  void  (*done) (FarPromBatch *batch); /* ends the task */
  /* What was asked. */
  char   *function; /* nullable */
  guint   metrics;
  gint64  from_us, to_us, step_us, window_s;
};

/* Takes task. done ends it once every query is answered. Held by whoever fills it until
 * far_prom_batch_release(), so that nothing ends before everything was asked. */
FarPromBatch *far_prom_batch_new     (FarPrometheus *self, GTask *task,
                                      void (*done) (FarPromBatch *batch));
/* Takes promql; NULL asks nothing. step_s 0: at the instant end_s alone. */
void          far_prom_batch_ask     (FarPromBatch *batch, int role, char *promql, gint64 start_s,
                                      gint64 end_s, gint64 step_s);
void          far_prom_batch_release (FarPromBatch *batch);
/* (element-type FarPromSeries) (nullable) */
GPtrArray    *far_prom_batch_find    (FarPromBatch *batch, int role);

/* FAR_METRIC_MASK… of what a profile has. */
guint far_prom_role_metrics    (const FarPromProfile *profile, FarPromRole role);
guint far_prom_profile_metrics (const FarPromProfile *profile);

/* far-prom-heat.c */
void far_prometheus_heat      (FarSource *source, const FarSourceSeriesQuery *query, GTask *task);
/* far-prom-figures.c */
void far_prometheus_functions (FarSource *source, const char *function, gint64 from_us,
                               gint64 to_us, GTask *task);
void far_prometheus_series    (FarSource *source, const FarSourceSeriesQuery *query, GTask *task);

G_END_DECLS
