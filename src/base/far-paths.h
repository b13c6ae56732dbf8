/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things lie on disk: data directory, runtime directory with its sockets, programs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* $XDG_DATA_HOME/farthing. Returns: (transfer full) */
char *far_paths_default_data_dir (void);
/* The folder of a data directory's sockets: $XDG_RUNTIME_DIR/farthing/H, or /tmp/farthing-UID/H
 * where XDG_RUNTIME_DIR is unset, H being the first 16 hex digits of the SHA-256 of the absolute,
 * resolved path. Not created. Returns: (transfer full) */
char *far_paths_runtime_dir      (const char *data_dir);
char *far_paths_control_socket   (const char *data_dir);
/* The same for clients, who may look for the machine's own platform. */
char *far_paths_find_control_socket (const char *data_dir);
/* Creates the runtime directory 0700 and refuses one that belongs to somebody else. */
gboolean far_paths_ensure_private_dir (const char *path, GError **error);
/* Finds a helper program: in each folder of the search path FARTHING_LIBEXECDIR, else in the
 * installed libexecdir. Returns: (transfer full) (nullable) with G_FILE_ERROR_NOENT. */
char *far_paths_find_libexec     (const char *program, GError **error);
/* A folder of Farthing's data files: in FARTHING_DATADIR, else in the installed datadir.
 * Returns: (transfer full) (nullable) with G_FILE_ERROR_NOENT. */
char *far_paths_find_data        (const char *name, GError **error);
/* FARTHING_TEMPLATE, else the installed demo. */
char *far_paths_default_template (void);

G_END_DECLS
