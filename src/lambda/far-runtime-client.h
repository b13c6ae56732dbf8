/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Runtime API's client side: HTTP/1.1 on one connection, an inherited stream or TCP, or frames
 * on an inherited stream. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_RUNTIME_HEAD_MAX (64 * 1024)
#define FAR_RUNTIME_BODY_MAX (6 * 1024 * 1024 + 1024)

typedef struct _FarRuntimeClient FarRuntimeClient;

/* One invocation. Strings are the client's, valid until the next call of
 * far_runtime_client_next(). */
typedef struct {
  const char *request_id;
  const char *function_arn;   /* "" if absent */
  const char *trace_id;       /* NULL if absent, like the next */
  const char *client_context;
  gint64      deadline_ms;
  const char *event;          /* NUL behind it */
  gsize       n_bytes;
} FarRuntimeInvocation;

/* Takes fd. */
FarRuntimeClient *far_runtime_client_new_for_fd (int fd);
/* Takes fd, where the platform takes frames (base/far-runtime-frame.h). */
FarRuntimeClient *far_runtime_client_new_for_channel (int fd);
/* address: HOST:PORT, as in AWS_LAMBDA_RUNTIME_API. */
FarRuntimeClient *far_runtime_client_new_for_address (const char *address);
void              far_runtime_client_free       (FarRuntimeClient *self);

/* Waits for ever. FAR_LAMBDA_ERROR_CLOSED when the platform has closed an inherited stream. */
gboolean far_runtime_client_next       (FarRuntimeClient *self, FarRuntimeInvocation *ret,
                                        GError **error);
/* notes: (nullable): for the trace, sent only over an inherited stream, which leads to Farthing. */
gboolean far_runtime_client_respond    (FarRuntimeClient *self, const char *request_id,
                                        const char *body, gsize n_bytes, const char *notes,
                                        GError **error);
/* request_id: (nullable): NULL for the init error. type: "Function.Name". */
gboolean far_runtime_client_fail       (FarRuntimeClient *self, const char *request_id,
                                        const char *type, const char *message, const char *notes,
                                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarRuntimeClient, far_runtime_client_free)

G_END_DECLS
