/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins the farthingd that runs on a data directory, or starts one and waits for its ready line.
 * Remembers which, so that a window stops what it started and nothing else. Main context. */
#pragma once

#include "client/far-client-error.h"
#include "client/far-platform-client.h"

G_BEGIN_DECLS

#define FAR_LAUNCH_TIMEOUT_S 30
#define FAR_STOP_TIMEOUT_S 15

#define FAR_TYPE_LAUNCHER (far_launcher_get_type ())
G_DECLARE_FINAL_TYPE (FarLauncher, far_launcher, FAR, LAUNCHER, GObject)

typedef struct {
  const char *data_dir;      /* (nullable): far_paths_default_data_dir() */
  const char *template_path; /* (nullable): far_paths_default_template() */
  int port;                  /* -1: farthingd's default if it is free, else any; 0: any */
  gboolean test_clock;
  const char *money;         /* (nullable): "test" or "live": what new books are to hold */
  gboolean start;            /* FALSE: join only */
} FarLaunchOptions;

FarLauncher *far_launcher_new          (const FarLaunchOptions *options);

/* Joins if something answers on the control socket, else starts farthingd from PATH or from beside
 * the running program. FAR_CLIENT_ERROR_NOT_RUNNING if it may not start one. → the client */
void         far_launcher_run_async    (FarLauncher *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) */
FarPlatformClient *far_launcher_run_finish (FarLauncher *self, GAsyncResult *result,
                                            GError **error);

/* TRUE if far_launcher_run_async() started the platform itself. */
gboolean     far_launcher_get_started  (FarLauncher *self);
const char  *far_launcher_get_data_dir (FarLauncher *self);
/* From now on it is not ours to stop: "Keep running in background". */
void         far_launcher_disown       (FarLauncher *self);
/* Asks it to shut down and waits until it has gone; what was joined or disowned is left alone. */
void         far_launcher_stop_async   (FarLauncher *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean     far_launcher_stop_finish  (FarLauncher *self, GAsyncResult *result, GError **error);
/* The same for an end that cannot wait: sends SIGTERM to what we started. */
void         far_launcher_stop_now     (FarLauncher *self);

G_END_DECLS
