/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deployments that a platform watches, as its control API tells of them: list, add, test,
 * remove. */
#pragma once

#include "client/far-platform-client.h"

G_BEGIN_DECLS

#define FAR_DEPLOYMENTS_LISTED_MAX 256

/* Something that a deployment cannot report. */
typedef struct {
  char *what;
  char *reason;
} FarDeploymentGap;

/* One of GET /v1/deployments; immutable, reference-counted. Strings are never NULL. */
typedef struct {
  char *id;        /* "local": the platform itself */
  char *kind;
  char *name;
  char *url;
  char *money;     /* "test" "live" "none" */
  char *state;     /* "new" "ok" "stale" "failing" */
  char *message;   /* what is wrong; "" */
  char *quantiles; /* "none" "sketch" "bucket" "provider" */
  char *counts;    /* how exact counts are if not exactly; "" */
  char **reports;  /* names of metrics */
  GPtrArray *missing; /* (element-type FarDeploymentGap) */
  gint64 sample_us;   /* of the newest sample; 0 = none */
  gint64 age_us;      /* −1 = no sample */
  gint64 functions;
  gint64 cost_picodollars;   /* of asking it, this month; −1 = asking is free */
  gint64 budget_picodollars;
  gboolean cursor;
  gboolean logs;
  gboolean invoke;
  gboolean records;
} FarDeploymentInfo;
FAR_DECLARE_RC_BOXED (FarDeploymentInfo, far_deployment_info)

#define FAR_TYPE_DEPLOYMENT_INFO (far_deployment_info_get_type ())

typedef struct {
  char *name;
  char *message;
  gboolean ok;
} FarDeploymentCheck;

/* What a test found. */
typedef struct {
  gboolean ok;
  char *message;      /* why it failed altogether; "" */
  gint64 functions;
  gint64 sample_us;   /* 0 = none */
  GPtrArray *checks;  /* (element-type FarDeploymentCheck) */
} FarDeploymentTest;
FAR_DECLARE_RC_BOXED (FarDeploymentTest, far_deployment_test)

/* What is to be watched. Borrowed for the call; tables of string → string. */
typedef struct {
  const char *id;
  const char *kind;
  const char *name;  /* nullable */
  const char *money; /* nullable */
  GHashTable *settings;
  GHashTable *secrets; /* nullable */
} FarDeploymentSpec;

/* → (element-type FarDeploymentInfo), the platform itself first */
void far_platform_client_load_deployments_async (FarPlatformClient *self,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
GPtrArray *far_platform_client_load_deployments_finish (FarPlatformClient *self,
                                                        GAsyncResult *result, GError **error);

void far_platform_client_add_deployment_async (FarPlatformClient *self,
                                               const FarDeploymentSpec *spec,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
FarDeploymentInfo *far_platform_client_add_deployment_finish (FarPlatformClient *self,
                                                              GAsyncResult *result,
                                                              GError **error);

/* spec with only an id: one that is watched already. */
void far_platform_client_test_deployment_async (FarPlatformClient *self,
                                                const FarDeploymentSpec *spec,
                                                GCancellable *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer user_data);
FarDeploymentTest *far_platform_client_test_deployment_finish (FarPlatformClient *self,
                                                               GAsyncResult *result,
                                                               GError **error);

void far_platform_client_remove_deployment_async (FarPlatformClient *self, const char *id,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback,
                                                  gpointer user_data);
gboolean far_platform_client_remove_deployment_finish (FarPlatformClient *self,
                                                       GAsyncResult *result, GError **error);

/* Lenient: what is missing reads as 0 or "". For tests and the event stream. */
FarDeploymentInfo *far_deployment_info_parse (JsonObject *object);
FarDeploymentTest *far_deployment_test_parse (JsonObject *object);

G_END_DECLS
