/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process may use up, and which rights it gives back for good. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define FAR_LIMITS_ERROR (far_limits_error_quark ())
GQuark far_limits_error_quark (void);
typedef enum {
  FAR_LIMITS_ERROR_SET,
} FarLimitsError;

/* Memory that the C library and the runtime need beyond what the function was given. */
#define FAR_LIMITS_HEADROOM_MB 16
/* Runtimes that map far more than they touch (V8, Go) get this many times their memory; what they
 * touch is polled. */
#define FAR_LIMITS_PROGRAM_FACTOR 4

typedef struct {
  guint    memory_mb;
  guint    file_mb;   /* largest file it may write */
  guint    processes; /* processes and threads of its user namespace; 0 = not limited here,
                       * because they would be counted with the user's own */
  gboolean program;   /* an exec function */
} FarLimits;

gboolean far_limits_apply           (const FarLimits *limits, GError **error);
/* Lowers what far_limits_apply() gave a process that runs: memory and file size. */
gboolean far_limits_lower           (pid_t pid, const FarLimits *limits, GError **error);
/* Empties the permitted, effective and inheritable sets. */
gboolean far_limits_drop_capabilities (GError **error);
/* That, and empties bounding and ambient sets, locks it in, and sets no_new_privs. Works without
 * any capability too. */
gboolean far_limits_drop_privileges (GError **error);

G_END_DECLS
