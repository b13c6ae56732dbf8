/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deployments: systems that run elsewhere and are watched from here.
 *
 * Each has a source (sources/far-source.h) that is probed at its interval, so that its state and
 * the age of its newest sample are known whether or not somebody looks. Kinds that deliver single
 * records have a telemetry of their own, filled through a cursor; the others are asked when
 * somebody asks here.
 *
 * Settings are in DATA/deployments.json (0600); secrets are not, see far-deployment-secrets.h. Main
 * thread; nothing blocks but small files. */
#pragma once

#include "platform/far-deployment-secrets.h"
#include "sources/far-source.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define FAR_DEPLOYMENT_ERROR (far_deployment_error_quark ())
GQuark far_deployment_error_quark (void);
typedef enum {
  FAR_DEPLOYMENT_ERROR_ID,     /* not a name for one */
  FAR_DEPLOYMENT_ERROR_EXISTS,
  FAR_DEPLOYMENT_ERROR_FULL,
  FAR_DEPLOYMENT_ERROR_FILE,   /* cannot be kept, or was changed by hand and is broken */
} FarDeploymentError;

#define FAR_DEPLOYMENT_LOCAL "local"
#define FAR_DEPLOYMENTS_MAX 32
#define FAR_DEPLOYMENT_ID_MAX 32
#define FAR_DEPLOYMENT_NAME_MAX 80
#define FAR_DEPLOYMENT_STALE_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)

typedef enum {
  FAR_DEPLOYMENT_NEW,     /* not yet asked */
  FAR_DEPLOYMENT_OK,
  FAR_DEPLOYMENT_STALE,   /* answers, but its newest sample is old, or it has none */
  FAR_DEPLOYMENT_FAILING, /* does not answer, or not as it should */
} FarDeploymentState;

const char *far_deployment_state_to_string (FarDeploymentState state);

typedef struct _FarDeployments FarDeployments;
typedef struct _FarDeploymentPull FarDeploymentPull;

/* Read-only outside far-deployment*.c. */
typedef struct {
  char         *id;
  char         *kind;
  char         *name;
  char         *money;    /* "test", "live" or "none": what the publisher says it is */
  gint64        added_us;
  GHashTable   *settings; /* string → string */
  char        **secret_names;
  FarSource    *source;   /* nullable: not made yet, or cannot be */
  FarTelemetry *telemetry; /* nullable: has no single records */
  gint64        sample_us; /* of its newest sample; 0 = none known */
  gint64        skew_us;
  guint         n_functions;
  char         *message;  /* nullable: what is wrong */
  gboolean      asked;    /* at least once, with whatever result */
  gboolean      failing;
  /*< private >*/
  FarDeployments *owner;  /* NULL once removed */
  GCancellable *cancellable;
  guint         timer;
  gint64        interval_us;
  FarDeploymentPull *pull; /* nullable */
  GHashTable   *spans;     /* nullable: set of what was taken of spans lately */
  char         *forget_in; /* nullable: the data directory from which it is to be wiped */
  int           ref_count;
} FarDeployment;

FarDeploymentState far_deployment_get_state (FarDeployment *self, gint64 now_us);

/* Told on each change of a state or of the list. */
typedef void (*FarDeploymentsChanged) (gpointer user_data);

/* Reads DATA/deployments.json and begins to watch what is in it. A file that cannot be read is an
 * error: nothing is thrown away. */
FarDeployments *far_deployments_new   (const char *data_dir, FarClock *clock, GError **error);
void            far_deployments_free  (FarDeployments *self);
void            far_deployments_set_listener (FarDeployments *self, FarDeploymentsChanged changed,
                                              gpointer user_data);
guint           far_deployments_n     (FarDeployments *self);
FarDeployment  *far_deployments_nth   (FarDeployments *self, guint index);
/* (nullable) */
FarDeployment  *far_deployments_find  (FarDeployments *self, const char *id);

/* What POST /v1/deployments brings. Borrowed for the call. */
typedef struct {
  const char *id;
  const char *kind;
  const char *name;   /* nullable */
  const char *money;  /* nullable: "none" */
  GHashTable *settings;
  GHashTable *secrets;
} FarDeploymentRequest;

/* A source for it that is not kept. Returns: (transfer full) */
FarSource      *far_deployments_try   (FarDeployments *self, const FarDeploymentRequest *request,
                                       GError **error);
/* Keeps its secrets, then it, then watches it. */
void            far_deployments_add_async  (FarDeployments *self,
                                            const FarDeploymentRequest *request,
                                            GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer none) (nullable) */
FarDeployment  *far_deployments_add_finish (FarDeployments *self, GAsyncResult *result,
                                            GError **error);
/* Forgets it, its secrets and what was collected. FALSE: there is none of that name. */
gboolean        far_deployments_remove (FarDeployments *self, const char *id, GError **error);
/* Spans that came over OTLP (element-type FarSpan): those of functions become records of the
 * deployments of kind "otlp" that want them, each once. Returns: how many did */
guint           far_deployments_take_spans (FarDeployments *self, GPtrArray *spans);
/* Asks it now, rather than at its next time. */
void            far_deployment_poke    (FarDeployment *self);

G_END_DECLS
