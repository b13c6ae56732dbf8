/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock in layers, as far as the running kernel has it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_LANDLOCK_ERROR (far_landlock_error_quark ())
GQuark far_landlock_error_quark (void);
typedef enum {
  FAR_LANDLOCK_ERROR_RULES,
} FarLandlockError;

#define FAR_LANDLOCK_PATHS_MAX 32

typedef enum {
  FAR_LANDLOCK_READ,    /* read files and folders */
  FAR_LANDLOCK_EXECUTE, /* that, and execute */
  FAR_LANDLOCK_WRITE,   /* everything but device nodes */
} FarLandlockAccess;

typedef struct {
  const char       *path; /* one that does not exist is passed over */
  FarLandlockAccess access;
} FarLandlockPath;

/* Returns: the kernel's ABI, 0 without Landlock. */
int      far_landlock_abi            (void);
/* No TCP; no signal and no abstract socket beyond this process and what it forks. Says nothing of
 * files, so that it leaves mounts alone. Does nothing below ABI 4. */
gboolean far_landlock_restrict_reach (gboolean tcp, GError **error);
/* Files: these and nothing else. Also forbids every later change of mounts. Does nothing at
 * ABI 0. */
gboolean far_landlock_restrict_files (const FarLandlockPath *paths, gsize n_paths, GError **error);

G_END_DECLS
