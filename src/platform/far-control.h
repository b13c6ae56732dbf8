/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API: what desktop and terminal ask a farthingd, over a Unix socket of the user's.
 *
 * HTTP/1.1 and JSON as data/api/control.yaml says, on libsoup, in the main context of the thread
 * that made it. Nothing here waits: figures come from memory, everything older from the telemetry's
 * query thread, money from the bookkeeper through a thread of its own. Streams are NDJSON; a reader
 * that does not keep up is let go with a line that says so.
 *
 * Only processes of the same user (and root) are answered, and nothing that looks as if a browser
 * had been talked into it. */
#pragma once

#include "platform/far-deployment.h"
#include "platform/far-alarms.h"
#include "platform/far-platform.h"
#include "platform/far-scheduler.h"
#include "telemetry/far-telemetry.h"

G_BEGIN_DECLS

#define FAR_CONTROL_ERROR (far_control_error_quark ())
GQuark far_control_error_quark (void);
typedef enum {
  FAR_CONTROL_ERROR_LISTEN,
} FarControlError;

#define FAR_CONTROL_CONNECTIONS_MAX 256
#define FAR_CONTROL_STREAMS_MAX 64
#define FAR_CONTROL_BODY_MAX (64 * 1024)              /* bytes; an event may be larger: */
#define FAR_CONTROL_EVENT_MAX (FAR_PAYLOAD_SYNC_MAX)
#define FAR_CONTROL_IDLE_TIMEOUT_S 60                 /* without a byte in or out */
#define FAR_CONTROL_FLUSH_MS 1000                     /* for answers on their way, at the end */
#define FAR_CONTROL_LIMIT_MAX 1000                    /* of invocations and log lines at once */
#define FAR_CONTROL_LOG_LINES_PER_S_MAX 1000          /* followed; what is left out is counted */
#define FAR_CONTROL_EVENTS_KEPT_MAX 1024              /* for readers that come back */
#define FAR_CONTROL_EVENTS_KEPT_BYTES_MAX (1024 * 1024)
#define FAR_CONTROL_EVENTS_INTERVAL_MS 100
#define FAR_CONTROL_STREAM_BACKLOG_MAX (256 * 1024)   /* bytes a reader may be behind */
#define FAR_CONTROL_VERIFY_TIMEOUT_S 3600              /* a long journal */

typedef struct _FarControl FarControl;

/* Listens on socket_path (a socket that an earlier run left there is replaced: whoever calls this
 * holds the data directory's lock). Becomes the telemetry's listener. platform, telemetry and
 * scheduler (nullable) must outlive it. */
FarControl *far_control_new  (FarPlatform *platform, FarTelemetry *telemetry,
                              FarScheduler *scheduler, const char *socket_path, GError **error);
/* How the network gets in; see far-control-door.h. */
typedef struct {
  const char *address;  /* "ADDR:PORT" */
  const char *tls_cert; /* nullable, on loopback only: PEM files */
  const char *tls_key;
  const char *const *proxies; /* nullable: addresses and ranges whose X-Forwarded-For counts */
  guint       head_s;   /* until a request's head has come; 0 = FAR_DOOR_HEAD_S */
} FarControlListen;

/* Takes tokens from data_dir; listen NULL: on the control socket alone. */
gboolean    far_control_open     (FarControl *self, const char *data_dir,
                                  const FarControlListen *listen, GError **error);
/* Where the network gets in. Returns: (transfer none) (nullable) */
const char *far_control_get_url  (FarControl *self);
/* Says that it is not ready any more, takes no more connections from the network, ends streams;
 * what is under way goes on. */
void        far_control_drain    (FarControl *self);

/* Deployments that are watched besides; deployments must outlive it. */
void        far_control_set_deployments (FarControl *self, FarDeployments *deployments);
/* Must outlive it; it becomes their observer. */
void        far_control_set_alarms (FarControl *self, FarAlarms *alarms);
/* Waits until answers that were given are with those who asked, FAR_CONTROL_FLUSH_MS at most. */
void        far_control_flush    (FarControl *self);
/* Ends streams and simulated readers, closes and removes the socket. */
void        far_control_free (FarControl *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarControl, far_control_free)

G_END_DECLS
