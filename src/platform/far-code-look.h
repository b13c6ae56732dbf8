/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a code folder is what it was: one look at the names, sizes and times of all that is in
 * it. A fork server goes on with what it has read, so the platform looks before each start whether
 * there is something newer to read. Nothing is opened but folders; links are not followed, except
 * the code folder itself, which may be one (and may point elsewhere the next time).
 *
 * A look costs microseconds a file, and is bounded: of a larger folder only so much is seen, and
 * its bootstrap. No state. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_CODE_LOOK_MAX 512      /* files and folders that one look takes in */
#define FAR_CODE_LOOK_DEPTH_MAX 32 /* folders in each other */
/* A file system's clock ticks so slowly that two writes within this may have the same time. */
#define FAR_CODE_LOOK_YOUNG_MS 20

typedef struct {
  guint64  sum;       /* of each entry's name, size, times and place; in any order */
  guint    n_entries;
  gboolean has_code;  /* there is a bootstrap */
  gboolean whole;     /* FALSE: there is more than what was looked at */
  gboolean young;     /* something is so new that it could change and look the same */
} FarCodeLook;

/* Looks at folder as it is now; one that is not there has no code. */
void     far_code_look          (const char *folder, FarCodeLook *ret_look);
/* Whether what is there now is to be used in place of what was there before. Not without a
 * bootstrap: while one is being built, what runs is better than nothing. What was young when it was
 * looked at is used anew once. */
gboolean far_code_look_is_newer (const FarCodeLook *now, const FarCodeLook *before);

G_END_DECLS
