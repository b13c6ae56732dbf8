/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way out for functions that were granted one: an HTTP proxy (CONNECT, and absolute URLs) for
 * each instance, on a socket that only its sandbox sees (127.0.0.1:9002 there).
 *
 * Grants, of Metadata.Farthing.Egress: "internet" is every public address; "api.example.org",
 * "*.example.org" or "api.example.org:8443" a host (ports 80 and 443 without one), at public
 * addresses only, whatever its name resolves to; "127.0.0.1:5432" or "localhost:5432" a port of
 * this machine; "platform" the gateway, as http://gateway.farthing/. Thread: the loop's. */
#pragma once

#include "platform/far-function.h"

G_BEGIN_DECLS

#define FAR_EGRESS_GRANTS_MAX 32
#define FAR_EGRESS_GRANT_MAX 255 /* bytes */
#define FAR_EGRESS_CONNECTIONS_MAX 64 /* of one instance */
#define FAR_EGRESS_HEAD_MAX (16 * 1024)
#define FAR_EGRESS_HEAD_S 10
#define FAR_EGRESS_CONNECT_S 10
#define FAR_EGRESS_GATEWAY "gateway.farthing"

typedef struct _FarEgress FarEgress;

/* listen_fd: taken. */
FarEgress *far_egress_new  (FarFunction *function, int listen_fd, GError **error);
/* Cuts what is open. */
void       far_egress_free (FarEgress *self);

/* A grant as it may stand in a template. */
gboolean   far_egress_grant_is_valid (const char *grant);
typedef enum {
  FAR_EGRESS_DENIED,
  FAR_EGRESS_PUBLIC,   /* if its address is public */
  FAR_EGRESS_LOOPBACK, /* this machine's, named as such */
  FAR_EGRESS_PLATFORM,
} FarEgressVerdict;
FarEgressVerdict far_egress_judge (const char *const *grants, const char *host, guint16 port);
/* The request line of a proxy's client. ret_host: (transfer full); ret_path: (transfer full)
 * (nullable): of an absolute URL; NULL for CONNECT. */
gboolean   far_egress_parse_target (const char *line, char **ret_host, guint16 *ret_port,
                                    char **ret_method, char **ret_path);

G_END_DECLS
