/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fork server's half of a cold start. The platform sends START with the new instance's
 * descriptors; the fork server forks, the child goes into namespaces of its own, forks once more,
 * closes every door behind it and returns from far_fork_server_run() as the instance.
 *
 * The descriptors it inherits, by fixed number so that nothing need be set per instance: */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_FORK_SERVER_ERROR (far_fork_server_error_quark ())
GQuark far_fork_server_error_quark (void);
typedef enum {
  FAR_FORK_SERVER_ERROR_CHANNEL,
  FAR_FORK_SERVER_ERROR_SETUP,
} FarForkServerError;

/* In an instance: */
#define FAR_FD_RUNTIME 3
#define FAR_FD_SERVICES 4 /* and as many as are granted, in the plan's order */
/* In the fork server: */
#define FAR_FD_CONTROL 20
#define FAR_FD_TMP 21     /* /tmp to be, one a message; only where the tier has mounts */
#define FAR_FD_FILTER 22  /* the compiled FAR_FILTER_INSTANCE */
/* In both, where there is one: */
#define FAR_FD_CLOCK 23

/* "1" in a fork server's environment; the name of a tier. */
#define FAR_ENV_FORK_SERVER "FARTHING_FORK_SERVER"
#define FAR_ENV_ISOLATION "FARTHING_ISOLATION"
/* How the Runtime API is to be spoken on FAR_FD_RUNTIME: in the frames of base/far-runtime-frame.h.
 * Who does not know the variable speaks HTTP. */
#define FAR_ENV_RUNTIME "FARTHING_RUNTIME"
#define FAR_RUNTIME_FRAMES "frames:" G_STRINGIFY (FAR_FD_RUNTIME)
/* Folders an instance may write to besides /tmp, colon-separated. */
#define FAR_ENV_WRITABLE "FARTHING_WRITABLE"

/* Threads of one instance. */
#define FAR_FORK_SERVER_THREADS_MAX 64

typedef struct _FarForkServer FarForkServer;

/* Takes the inherited descriptors. */
FarForkServer *far_fork_server_new         (GError **error);
void           far_fork_server_free        (FarForkServer *self);
/* Tells the platform that init is over; error: it failed with that. */
gboolean       far_fork_server_report_init (FarForkServer *self, const GError *init_error,
                                            GError **error);
/**
 * far_fork_server_run:
 * @ret_instance_id: set in an instance
 *
 * Returns: TRUE in each new instance, with the descriptors above in place; FALSE in the fork
 *   server when the platform has closed the channel (no error) or broken it.
 */
gboolean       far_fork_server_run         (FarForkServer *self, guint64 *ret_instance_id,
                                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarForkServer, far_fork_server_free)

G_END_DECLS
