/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Card numbers in files: every byte of every regular file below a folder. Blocking. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  char       *path;
  guint64     offset;
  const char *issuer;
  char        masked[32];
} FarCardFinding;

#define FAR_CARD_FINDINGS_MAX 1000

typedef struct {
  guint64    n_files;
  guint64    n_bytes;
  guint64    n_found;    /* also those beyond FAR_CARD_FINDINGS_MAX */
  guint64    n_unread;   /* files that could not be read */
  GPtrArray *findings;   /* FarCardFinding */
} FarCardAudit;

void     far_card_audit_init  (FarCardAudit *audit);
void     far_card_audit_clear (FarCardAudit *audit);
/* Symbolic links are not followed. */
void     far_card_audit_folder (FarCardAudit *audit, const char *path);
/* Plants test numbers in files of a folder of its own, in every shape that they are looked for in,
 * and things that look alike; TRUE if all of the first were found and none of the second.
 * *ret_planted: how many. */
gboolean far_card_audit_prove (guint *ret_planted, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarCardAudit, far_card_audit_clear)

G_END_DECLS
