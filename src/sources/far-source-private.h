/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to sources: what the kinds are made with, and how they speak HTTP. */
#pragma once

#include "net/far-http-client.h"
#include "sources/far-source.h"

G_BEGIN_DECLS

#define FAR_SOURCE_REPLY_MAX (16 * 1024 * 1024)
#define FAR_SOURCE_TIMEOUT_S 20 /* unless the setting timeout_s says otherwise */
#define FAR_SOURCE_TIMEOUT_S_MAX 120
#define FAR_SOURCE_SETTING_MAX 1024 /* bytes */
#define FAR_SOURCE_CONNECTIONS_MAX 6

GType far_aws_get_type (void);
GType far_farthing_get_type (void);
GType far_openfaas_get_type (void);
GType far_otlp_source_get_type (void);
GType far_prometheus_get_type (void);

/* A kind: its settings and secrets by name, and what it does with them. */
typedef struct {
  const char *name;
  GType (*get_type) (void);
  const char *const *settings;
  const char *const *secrets;
  gboolean (*configure) (FarSource *self, const FarSourceConfig *config, GError **error);
} FarSourceKind;

gboolean far_aws_configure        (FarSource *self, const FarSourceConfig *config, GError **error);
gboolean far_farthing_configure   (FarSource *self, const FarSourceConfig *config, GError **error);
gboolean far_openfaas_configure   (FarSource *self, const FarSourceConfig *config, GError **error);
gboolean far_otlp_source_configure (FarSource *self, const FarSourceConfig *config,
                                    GError **error);
gboolean far_prometheus_configure (FarSource *self, const FarSourceConfig *config, GError **error);

/* "" counts as not set. Returns: (transfer none) (nullable) */
const char *far_source_setting  (const FarSourceConfig *config, const char *name);
const char *far_source_secret   (const FarSourceConfig *config, const char *name);
gboolean    far_source_setting_int (const FarSourceConfig *config, const char *name, gint64 min,
                                    gint64 max, gint64 otherwise, gint64 *ret_value,
                                    GError **error);

/* FAR_SOURCE_ERROR with the deployment's name in front. */
GError *far_source_error        (FarSource *self, FarSourceError code, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
void    far_source_set_error    (FarSource *self, GError **error, FarSourceError code,
                                 const char *format, ...) G_GNUC_PRINTF (4, 5);
gint64  far_source_now_us       (FarSource *self);

/* ---- Speaking HTTP to one system ----
 *
 * Holds the base address, the trust and the credentials of a deployment. */
typedef struct _FarSourceHttp FarSourceHttp;

/* Reads url, ca_file, pin, user, timeout_s; secrets token or password. No secret goes over plain
 * HTTP unless to this machine. */
FarSourceHttp *far_source_http_new  (FarSource *source, const FarSourceConfig *config,
                                     const char *user_default, GError **error);
void           far_source_http_free (FarSourceHttp *self);
const char    *far_source_http_get_url (FarSourceHttp *self);
/* Over https, or within this machine. */
gboolean       far_source_http_is_private (FarSourceHttp *self);
gint64         far_source_http_get_skew_us (FarSourceHttp *self);

typedef struct {
  const char *method;
  const char *path;         /* below the base address, with its query */
  GBytes     *body;         /* nullable */
  const char *content_type; /* nullable */
  const char *const *headers; /* nullable: more of them: name, value, …, NULL */
  gboolean    any_status;   /* else a status from 400 is an error */
  gboolean    own_errors;   /* every status is the caller's to judge; HTML is an error */
  gboolean    plain;        /* any content; else HTML is an error */
  gboolean    idempotent;
} FarSourceAsk;

void          far_source_http_ask_async  (FarSourceHttp *self, const FarSourceAsk *ask,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
/* The callback's source object is the FarSource. Returns: (transfer full) (nullable) */
FarHttpReply *far_source_http_ask_finish (FarSource *source, GAsyncResult *result,
                                          GError **error);

/* folded: (nullable): text in small letters (ASCII) that has to be in the line; NULL is in each */
gboolean far_source_log_line_contains (const FarSourceLogLine *line, const char *folded);

G_END_DECLS
