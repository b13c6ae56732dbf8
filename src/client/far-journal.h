/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether another's journal is what it was: its last signed checkpoint, held against the one that
 * was verified before.
 *
 * What is remembered is the ledger's first key, and size and root of the last checkpoint. The next
 * one must be signed by that key, or by those that it handed on to, and must prove that the rows
 * that were there are still there, unchanged, at the beginning. The first time there is nothing to
 * hold it against: the key is taken as it is, and the verdict says so. Pure; any thread. */
#pragma once

#include <json-glib/json-glib.h>

#include "client/far-deployments.h"
#include "ledger/far-checkpoint.h"

G_BEGIN_DECLS

#define FAR_JOURNAL_ERROR (far_journal_error_quark ())
GQuark far_journal_error_quark (void);
typedef enum {
  FAR_JOURNAL_ERROR_ANSWER,    /* not what a journal answers */
  FAR_JOURNAL_ERROR_KEY,       /* another ledger's key than before */
  FAR_JOURNAL_ERROR_SIGNATURE, /* the checkpoint is not signed by it */
  FAR_JOURNAL_ERROR_REWRITTEN, /* rows that were there are gone or different */
  FAR_JOURNAL_ERROR_FILE,      /* what was seen before cannot be read or kept */
} FarJournalError;

#define FAR_JOURNAL_ROTATIONS_MAX 1024

typedef struct {
  char         *key;  /* NULL: nothing has been seen yet */
  guint64       size;
  FarMerkleHash root;
  char         *origin;
  gint64        time_us; /* ledger time of the last row */
} FarJournalSeen;

void     far_journal_seen_clear (FarJournalSeen *seen);
/* An absent file leaves seen empty. */
gboolean far_journal_seen_read  (const char *path, FarJournalSeen *seen, GError **error);
gboolean far_journal_seen_write (const char *path, const FarJournalSeen *seen, GError **error);
/* Verifies what GET …/journal?from=seen->size answered, and moves seen on; it is left as it was on
 * error. */
gboolean far_journal_check      (FarJournalSeen *seen, JsonObject *answer, GError **error);

/* Asks a deployment for its journal and its earnings. → a JSON object */
void      far_platform_client_load_journal_async   (FarPlatformClient *self, const char *id,
                                                    guint64 from, GCancellable *cancellable,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data);
void      far_platform_client_load_earnings_async  (FarPlatformClient *self, const char *id,
                                                    GCancellable *cancellable,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data);
/* Finishes either. Returns: (transfer full) */
JsonNode *far_platform_client_load_money_finish    (FarPlatformClient *self,
                                                    GAsyncResult *result, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarJournalSeen, far_journal_seen_clear)

G_END_DECLS
