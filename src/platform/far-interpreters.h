/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of Lambda's managed runtimes this machine can run: the interpreter for each and our
 * bootstrap that speaks the Runtime API in it (data/bootstraps).
 *
 * An interpreter is looked for in each folder of FARTHING_INTERPRETERS (colon-separated), then
 * /usr/local/bin and /usr/bin, then PATH. Thread: any; results are immutable. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_INTERPRETERS_ERROR (far_interpreters_error_quark ())
GQuark far_interpreters_error_quark (void);
typedef enum {
  FAR_INTERPRETERS_ERROR_MISSING, /* nothing here runs it; the text names what to install */
  FAR_INTERPRETERS_ERROR_BOOTSTRAP, /* data/bootstraps was not found */
} FarInterpretersError;

typedef struct {
  char  *family;      /* "nodejs", "python" */
  char  *program;     /* absolute, no symbolic link */
  char  *lang_dir;    /* (nullable): its installation, when that is not below /usr */
  char  *runtime_dir; /* where the bootstraps are */
  char **command;     /* program, options, bootstrap */
  guint  major;       /* version found */
  guint  minor;
} FarInterpreter;

/* TRUE for the names that Lambda has and that may run here: "nodejs22.x", "python3.13". */
gboolean        far_interpreters_is_managed (const char *runtime);
/* "nodejs20.x, …", for error texts. */
const char     *far_interpreters_known      (void);
/**
 * far_interpreters_find:
 *
 * Takes the version that the runtime names, or a later one of the same language; asking a program
 * for its version takes some 10 ms, so keep what is found.
 *
 * Returns: (transfer full) (nullable)
 */
FarInterpreter *far_interpreters_find       (const char *runtime, GError **error);
void            far_interpreter_free        (FarInterpreter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarInterpreter, far_interpreter_free)

G_END_DECLS
