/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client remembers of a deployment's ledger: its keys and the last checkpoint it was shown.
 * At the next contact the ledger must prove that it has only grown since (RFC 9162, consistency);
 * a log that was rewritten, cut off or exchanged cannot. One file a deployment, below
 * $XDG_STATE_HOME, which a server's backup or rollback does not reach.
 *
 * The first contact is believed, as there is nothing to compare with. Blocking, but only on that
 * small file; any thread. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "ledger/far-receipt.h"

G_BEGIN_DECLS

#define FAR_WITNESS_ERROR (far_witness_error_quark ())
GQuark far_witness_error_quark (void);
typedef enum {
  FAR_WITNESS_ERROR_REWRITTEN,    /* no proof that what was shown before is the log's beginning */
  FAR_WITNESS_ERROR_OTHER_LEDGER, /* live money on another ledger than before */
  FAR_WITNESS_ERROR_SIGNATURE,    /* signed by a key that no known one handed on to */
  FAR_WITNESS_ERROR_PROTOCOL,     /* the answer cannot be understood */
  FAR_WITNESS_ERROR_FILE,
  FAR_WITNESS_ERROR_BEHIND,       /* the ledger has grown meanwhile: meet it again first */
} FarWitnessError;

#define FAR_WITNESS_KEYS_MAX 64

typedef enum {
  FAR_WITNESS_FIRST,    /* nothing was known of this deployment */
  FAR_WITNESS_SAME,
  FAR_WITNESS_GROWN,
  FAR_WITNESS_REPLACED, /* another ledger, and both hold test money: a new beginning */
} FarWitnessFinding;

typedef struct {
  char            *path;
  GArray          *keys; /* FarCheckpointKey, oldest first; empty: nothing is known */
  char            *note; /* the last checkpoint; nullable */
  FarCheckpoint    checkpoint;
  gboolean         live;
} FarWitness;

/* What the ledger showed at a contact. Plain values; g_free(). */
typedef struct {
  FarWitnessFinding finding;
  guint64           size;    /* rows */
  guint64           grown;   /* of them, new since the last contact */
  gint64            time_us; /* ledger time of the last row */
  gboolean          live;
  FarMerkleHash     root;
  char              origin[FAR_CHECKPOINT_ORIGIN_MAX + 1];
} FarLedgerContact;

/* Whether an error says that the ledger is not what it was, rather than that it could not be asked
 * or what was kept not be read. */
gboolean    far_witness_error_is_alarm (const GError *error);

/* deployment: what names it for this user: a data directory, the address of one that is watched.
 * Returns: (transfer full) (nullable): NULL with FAR_WITNESS_ERROR_FILE for a file that is there
 * and is none */
FarWitness *far_witness_open  (const char *deployment, GError **error);
void        far_witness_free  (FarWitness *witness);
/* How many rows are known: what to ask consistency from. */
guint64     far_witness_size  (const FarWitness *witness);
/**
 * far_witness_take:
 * @answer: of GET /ledger/checkpoint?from=far_witness_size()
 *
 * Checks signatures, succession of keys and consistency, and keeps the new checkpoint. On an error
 * what is kept stays, so that the next contact finds the same.
 */
gboolean    far_witness_take  (FarWitness *witness, JsonObject *answer,
                               FarWitnessFinding *ret_finding, GError **error);
/* The same, told as a contact. Returns: (transfer full) (nullable): g_free() */
FarLedgerContact *far_witness_meet (FarWitness *witness, JsonObject *answer, GError **error);
/**
 * far_witness_contains:
 * @checkpoint: one that a receipt led to, whose signature was checked
 * @answer: (nullable): of GET /ledger/checkpoint?from=checkpoint->size; not needed where that is
 *   the size that is known
 *
 * Demands that the log of @checkpoint is the beginning of the one that is known.
 *
 * Returns: FALSE with FAR_WITNESS_ERROR, of which _BEHIND is no alarm
 */
gboolean    far_witness_contains (const FarWitness *witness, const FarCheckpoint *checkpoint,
                                  JsonObject *answer, GError **error);
/* Checks a receipt with the keys that are known: no server is asked. ret_key: (nullable): which of
 * them signed it. */
gboolean    far_witness_check_receipt (const FarWitness *witness, const char *text, gsize n_bytes,
                                       FarTransfer *ret_transfer, FarCheckpoint *ret_checkpoint,
                                       FarCheckpointKey *ret_key, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarWitness, far_witness_free)

G_END_DECLS
