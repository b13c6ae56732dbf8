/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a function calls another one's route: HTTP/1.1 over the granted service "gateway", one
 * request at a time, blocking with a deadline. Invariant: after an answer that was not read whole
 * the connection is closed and not used again. One thread; make it after the fork. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_GATEWAY_ERROR (far_gateway_error_quark ())
GQuark far_gateway_error_quark (void);
typedef enum {
  FAR_GATEWAY_ERROR_UNAVAILABLE, /* nothing was sent: nothing can have happened */
  FAR_GATEWAY_ERROR_UNKNOWN,     /* sent, but no whole answer came: it may have happened */
} FarGatewayError;

#define FAR_GATEWAY_HEAD_MAX (16 * 1024)
#define FAR_GATEWAY_BODY_MAX (1024 * 1024)

typedef struct _FarGatewayClient FarGatewayClient;

typedef struct {
  const char *method;
  const char *path;        /* below the gateway, with its query */
  const char *host;        /* (nullable): as which host the gateway is spoken to */
  const char *headers;     /* (nullable): whole lines, each with its \r\n */
  const char *body;        /* (nullable) */
  gsize       n_body;
} FarGatewayRequest;

FarGatewayClient *far_gateway_client_new  (void);
/* Takes a connected stream, for tests. */
FarGatewayClient *far_gateway_client_new_for_fd (int fd);
void              far_gateway_client_free (FarGatewayClient        *self);
/* Returns: (transfer full) (nullable): the body with a NUL behind it, and its status. */
GString          *far_gateway_client_call (FarGatewayClient        *self,
                                           const FarGatewayRequest *request,
                                           gint64                   timeout_us,
                                           guint                   *ret_status,
                                           GError                 **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarGatewayClient, far_gateway_client_free)

G_END_DECLS
