/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checkpoints: a log's size and root hash as a signed note (C2SP signed-note and
 * tlog-checkpoint, Ed25519). Pure; needs no database and no file.
 *
 *   io.github.farthing/ledger/0190…   origin, which is the key's name too
 *   1234                              rows
 *   mW0c…=                            root, base64
 *   time 1790000000000000             extension line: ledger time of the last row, µs
 *
 *   — io.github.farthing/ledger/0190… Az3grl…=
 *
 * The signature line is base64 of 4 bytes of key hash, SHA-256 (name ‖ LF ‖ 0x01 ‖ public key), and
 * 64 bytes of signature over everything up to the empty line. A note may carry more signatures
 * (of witnesses, of the next key); verifying looks for the one key asked for.
 *
 * ROTATION. A checkpoint with the extension line
 *   next io.github.farthing/ledger/0190…+HASH+BASE64
 * hands the log on to that key: it is signed by the key that goes and by the one that comes, and
 * from then on only the latter signs. So whoever trusts a key may follow the notes to each later
 * one: far_checkpoint_follow(). */
#pragma once

#include "ledger/far-merkle.h"

G_BEGIN_DECLS

#define FAR_CHECKPOINT_ERROR (far_checkpoint_error_quark ())
GQuark far_checkpoint_error_quark (void);
typedef enum {
  FAR_CHECKPOINT_ERROR_SYNTAX,    /* not a checkpoint */
  FAR_CHECKPOINT_ERROR_ORIGIN,    /* another log's */
  FAR_CHECKPOINT_ERROR_UNSIGNED,  /* no signature by this key */
  FAR_CHECKPOINT_ERROR_SIGNATURE, /* a signature by this key that is false */
  FAR_CHECKPOINT_ERROR_KEY,       /* a key line that is none */
} FarCheckpointError;

#define FAR_CHECKPOINT_NOTE_MAX 4096
#define FAR_CHECKPOINT_ORIGIN_MAX 128
#define FAR_CHECKPOINT_SIGNATURES_MAX 16

typedef struct {
  char          origin[FAR_CHECKPOINT_ORIGIN_MAX + 1];
  guint64       size;
  FarMerkleHash root;
  gint64        time_us;
  gboolean      rotates;   /* to next_key */
  guint8        next_key[FAR_ED25519_KEY_LEN];
} FarCheckpoint;

typedef struct {
  char   name[FAR_CHECKPOINT_ORIGIN_MAX + 1];
  guint8 public_key[FAR_ED25519_KEY_LEN];
} FarCheckpointKey;

/* Returns: (transfer full): the note, which ends in a line feed */
char    *far_checkpoint_sign   (const FarCheckpoint *checkpoint, const FarCheckpointKey *key,
                                const guint8 private_key[FAR_ED25519_KEY_LEN]);
/* The same with next_key, which is put in, as the key that signs from here on.
 * Returns: (transfer full) */
char    *far_checkpoint_sign_rotation (const FarCheckpoint *checkpoint,
                                       const FarCheckpointKey *key,
                                       const guint8 private_key[FAR_ED25519_KEY_LEN],
                                       const FarCheckpointKey *next_key,
                                       const guint8 next_private_key[FAR_ED25519_KEY_LEN]);
/* Parses a note and demands a valid signature by key, and the key's name as origin. */
gboolean far_checkpoint_open   (const char *note, gsize n_bytes, const FarCheckpointKey *key,
                                FarCheckpoint *ret_checkpoint, GError **error);
/* As far_checkpoint_open(); a note that rotates must be signed by the next key too, which then
 * takes the place of *key. */
gboolean far_checkpoint_follow (const char *note, gsize n_bytes, FarCheckpointKey *key,
                                FarCheckpoint *ret_checkpoint, GError **error);
/* Whether it says that it rotates; nothing is checked. For readers of long runs of notes. */
gboolean far_checkpoint_seems_to_rotate (const char *note, gsize n_bytes);
/* Parses without looking at the signatures. */
gboolean far_checkpoint_parse  (const char *note, gsize n_bytes, FarCheckpoint *ret_checkpoint,
                                GError **error);
/* The length of the first whole note in a run of them, as the checkpoint file holds: text, empty
 * line, signature lines. 0 if there is no whole one. */
gsize    far_checkpoint_note_length (const char *notes, gsize n_bytes);

/* Keys as Go's note package writes them: NAME+HASH+BASE64, and PRIVATE+KEY+NAME+HASH+BASE64.
 * Returns: (transfer full) */
char    *far_checkpoint_key_to_string   (const FarCheckpointKey *key);
gboolean far_checkpoint_key_parse       (const char *text, FarCheckpointKey *ret_key,
                                         GError **error);
char    *far_checkpoint_private_to_string (const FarCheckpointKey *key,
                                           const guint8 private_key[FAR_ED25519_KEY_LEN]);
gboolean far_checkpoint_private_parse   (const char *text, FarCheckpointKey *ret_key,
                                         guint8 ret_private_key[FAR_ED25519_KEY_LEN],
                                         GError **error);

G_END_DECLS
