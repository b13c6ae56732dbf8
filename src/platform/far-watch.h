/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks after the code folders of functions while somebody wants it: code that is saved is what the
 * next call runs, in an instance of its own. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"

G_BEGIN_DECLS

#define FAR_WATCH_ERROR (far_watch_error_quark ())
GQuark far_watch_error_quark (void);
typedef enum {
  FAR_WATCH_ERROR_INOTIFY,
  FAR_WATCH_ERROR_LIMIT, /* more than FAR_WATCH_FOLDERS_MAX folders */
} FarWatchError;

#define FAR_WATCH_FOLDERS_MAX 4096
/* After the last change: editors and linkers write in several steps. */
#define FAR_WATCH_SETTLE_MS 150

typedef struct _FarWatch FarWatch;

/* path: what changed last of it, relative to its code */
typedef void (*FarWatchChanged) (const char *function, const char *path, gpointer user_data);

/* Changes from now on reload their function (far_dispatcher_reload()), then changed is called. */
FarWatch *far_watch_new  (FarDispatcher *dispatcher, FarWatchChanged changed, gpointer user_data,
                          GError **error);
void      far_watch_free (FarWatch *self);
guint     far_watch_n_folders (FarWatch *self);

G_END_DECLS
