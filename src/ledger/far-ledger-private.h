/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of ledger/ share about an open ledger.
 *
 * Everything about money that is not yet committed lives here and in the open SQLite transaction,
 * and both go back together: rows are inserted as they are decided, while account rows, the tree
 * and the head are written once, at commit, from memory. An undo list restores the memory for a
 * savepoint (where SQLite restores the rows) and for a linked chain (where the rows are deleted
 * from the tail, which is cheaper than a savepoint a chain). */
#pragma once

#include "ledger/far-checkpoint.h"
#include "ledger/far-ledger-row.h"
#include "ledger/far-ledger-skew.h"
#include "ledger/far-ledger.h"
#include "store/far-db.h"
#include "store/far-vfs-file.h"

G_BEGIN_DECLS

#define FAR_LEDGER_ORIGIN_PREFIX "io.github.farthing/ledger/"
#define FAR_LEDGER_APPLICATION_ID FAR_DB_APPLICATION_ID ('F', 'L', 'd', 'g')
/* Nodes of the tree are stored from this level up; lower ones are hashed again from their rows. */
#define FAR_LEDGER_NODE_LEVEL 8
#define FAR_LEDGER_GROUP (1u << FAR_LEDGER_NODE_LEVEL)
#define FAR_LEDGER_SALTS 256

/* An account in memory: its row, and what its transfers made of it. */
typedef struct {
  guint64    no;      /* 1, 2, 3 …: how transfers refer to it inside the database */
  FarAccount account; /* flags with CLOSED */
  FarBalance balance;
  guint64    n_rows;  /* transfers that touched it */
  FarSkew    skew;    /* and where they are */
  guint      epoch;   /* of the last undo entry made for it */
  gboolean   dirty;
} FarAccountState;

/* A transfer as stored. */
typedef struct {
  FarTransfer    transfer;
  guint64        debit_no;
  guint64        credit_no;
  guint64        pending_seq;
  gint64         tag; /* first 8 bytes of the leaf hash: names a row that was changed */
  FarHistorySide debit;
  FarHistorySide credit;
} FarStoredTransfer;

typedef enum {
  FAR_PENDING_OPEN = 0,
  FAR_PENDING_POSTED = FAR_TRANSFER_POST,
  FAR_PENDING_VOIDED = FAR_TRANSFER_VOID,
  FAR_PENDING_EXPIRED = FAR_TRANSFER_EXPIRE,
} FarPendingState;

/* Counters that move with every row. */
typedef struct {
  guint64 n_rows;
  guint64 n_transfers;
  guint64 n_accounts;
  gint64  last_time_us;
} FarLedgerCounts;

/* A point to go back to. */
typedef struct {
  FarLedgerCounts counts;
  guint           n_undo;
  guint           n_resolved;
} FarLedgerMark;

/* One step back: the account as it was. no 0: it was not there. */
typedef struct {
  FarAccountState *state;
  FarAccountState  before;
} FarUndo;

/* The checkpoint file as it is known to be on disk. */
typedef struct {
  guint64 n_notes;
  guint64 n_bytes;
  guint64 last_offset; /* where the last note begins */
  guint64 last_size;   /* the log size it signs */
} FarCheckpointFile;

/* A change of the signing key, and the note that says so. */
typedef struct {
  guint8  public_key[FAR_ED25519_KEY_LEN]; /* of the key that came */
  guint64 offset;                          /* of the note in the checkpoint file */
  guint64 n_bytes;
  guint64 size;                            /* the log size it signs */
} FarRotation;

struct _FarLedger {
  char             *checkpoints_path;
  char             *keys_path;
  char             *vfs;
  FarLedgerMode     mode;
  void            (*fill_random) (gpointer data, void *buffer, gsize n_bytes);
  gpointer          random_data;
  FarClock         *clock;
  FarDb            *db;

  FarGenesis        genesis;
  FarCheckpointKey  key;       /* the one that signs now */
  guint8            private_key[FAR_ED25519_KEY_LEN];
  GArray           *rotations; /* FarRotation, oldest first */
  guint             n_rotations_stored;

  /* As committed. */
  FarMerkleTree     tree;
  FarLedgerCounts   committed;
  FarCheckpointFile checkpoints;
  guint64           head_note_bytes; /* checkpoints.n_bytes as the head row has it */
  FarVfsFile       *checkpoint_file; /* NULL where there is none (read-only) */

  /* As of now; equal outside a transaction. */
  FarLedgerCounts   counts;
  FarId             id_max;     /* no stored transfer has an id above this one */
  GArray           *leaves;     /* FarMerkleHash of the rows since the last commit */
  GHashTable       *by_id;      /* FarId → FarAccountState (owned) */
  GHashTable       *by_no;      /* no → FarAccountState */
  GPtrArray        *dirty;      /* FarAccountState to write at commit */
  gsize             memory_bytes;    /* for accounts and pages between commits */
  gint64            memory_since_us; /* when it was set, or the accounts last forgotten */
  GArray           *undo;       /* FarUndo */
  GArray           *resolved;   /* seq of pending transfers that were resolved */
  guint             epoch;      /* accounts touched in an older one need an undo entry */
  FarLedgerMark     savepoint;
  gboolean          in_savepoint;
  gboolean          failed;     /* an error in this transaction: it can only be rolled back */
  gboolean          broken;

  FarId             salts[FAR_LEDGER_SALTS];
  guint             n_salts;

  /* Leaf hashes of one group, hashed again from rows for proofs. Rows never change, so what is in
   * it stays right. */
  guint64           group;
  guint             n_group;
  FarMerkleHash     group_leaves[FAR_LEDGER_GROUP];
};

extern const char *const far_ledger_migrations[];

/* ---- far-ledger-transaction.c ---- */
gboolean far_ledger_check_writing (FarLedger *ledger, GError **error);
/* The rows as they are now; the epoch moves, so that what is touched from here on is restored. */
FarLedgerMark far_ledger_mark     (FarLedger *ledger);
/* Puts memory back; rows_too deletes the rows since as well. */
gboolean far_ledger_go_back       (FarLedger *ledger, const FarLedgerMark *mark,
                                   gboolean rows_too, GError **error);
/* Undo entries are needed no longer, unless a savepoint still may ask for them. */
void     far_ledger_keep          (FarLedger *ledger);
/* Many reads see one state, and take SQLite's read lock once: a query by itself costs more in
 * locking than in reading. Does nothing inside a transaction. */
gboolean far_ledger_read_begin    (FarLedger *ledger, gboolean *ret_began, GError **error);
void     far_ledger_read_end      (FarLedger *ledger, gboolean began);
/* Takes the next leaf: its hash goes to the log, its first 8 bytes are returned. */
gint64   far_ledger_append        (FarLedger *ledger, const guint8 *row, gsize n_bytes,
                                   gint64 time_us);
/* The ledger time of a row written now. */
gint64   far_ledger_next_time_us  (FarLedger *ledger, gint64 clock_us);
void     far_ledger_random        (FarLedger *ledger, void *buffer, gsize n_bytes);
gboolean far_ledger_write_head    (FarLedger *ledger, const FarMerkleTree *tree, GError **error);
gint64   far_ledger_tag           (const FarMerkleHash *leaf);

/* ---- far-ledger-accounts.c ---- */
/* *ret_state is NULL where there is none. */
gboolean far_accounts_find        (FarLedger *ledger, const FarId *id,
                                   FarAccountState **ret_state, GError **error);
gboolean far_accounts_get         (FarLedger *ledger, guint64 no, FarAccountState **ret_state,
                                   GError **error);
/* Before changing a state. */
void     far_accounts_touch       (FarLedger *ledger, FarAccountState *state);
void     far_accounts_undo        (FarLedger *ledger, const FarUndo *undo);
gboolean far_accounts_flush       (FarLedger *ledger, GError **error);
void     far_accounts_clean       (FarLedger *ledger);
void     far_accounts_forget      (FarLedger *ledger);
gboolean far_accounts_set_memory  (FarLedger *ledger, gint64 n_bytes, GError **error);
void     far_accounts_trim        (FarLedger *ledger);
void     far_accounts_init        (FarLedger *ledger);
void     far_accounts_clear       (FarLedger *ledger);
gboolean far_balance_keeps_flags  (const FarBalance *balance, FarAccountFlags flags);
/* A row of ledger_account; and of ledger_balance, from a column on, into the state of the account
 * that was read before. FALSE where a column does not hold what it must. */
#define FAR_ACCOUNT_COLUMNS \
  "a.no, a.seq, a.time_us, a.id, a.kind, a.flags, a.currency, a.reference, a.tag"
#define FAR_ACCOUNT_N_COLUMNS 9
#define FAR_BALANCE_COLUMNS \
  "b.flags, b.closed, b.debits_posted, b.credits_posted, b.debits_pending, b.credits_pending, " \
  "b.n_rows, b.roots"
gboolean far_account_read         (FarStatement *row, FarAccountState *ret_state, gint64 *ret_tag);
gboolean far_balance_read         (FarStatement *row, int column, FarAccountState *state);

/* ---- far-ledger-rows.c ---- */
/* *ret_found is FALSE where there is none. */
gboolean far_rows_find            (FarLedger *ledger, const FarId *id, gboolean *ret_found,
                                   FarStoredTransfer *ret_row, GError **error);
gboolean far_rows_get             (FarLedger *ledger, guint64 seq, FarStoredTransfer *ret_row,
                                   GError **error);
/* The last transfer at or before row seq; *ret_seq 0 if there is none. */
gboolean far_rows_before          (FarLedger *ledger, guint64 seq, guint64 *ret_seq,
                                   gint64 *ret_time_us, GError **error);
/* Account and pending ids, which the row refers to by number. */
gboolean far_rows_resolve         (FarLedger *ledger, FarStoredTransfer *row, GError **error);
gboolean far_rows_insert          (FarLedger *ledger, FarStoredTransfer *row, GError **error);
gboolean far_rows_delete_from     (FarLedger *ledger, guint64 seq, GError **error);
#define FAR_TRANSFER_COLUMNS \
  "seq, id, time_us, kind, flags, debit, credit, amount_micros, code, pending, deadline_us, " \
  "reference, salt, tag, history"
/* FALSE where a column does not hold what it must. Account and pending ids stay zero. */
gboolean far_row_read             (FarStatement *row, FarStoredTransfer *ret_row);
/* The accounts' balances after a row, and its place in their histories. */
void     far_rows_link            (FarStoredTransfer *row, FarAccountState *debit,
                                   FarAccountState *credit);

/* ---- far-ledger-pending.c ---- */
gboolean far_pending_insert       (FarLedger *ledger, guint64 seq, gint64 deadline_us,
                                   GError **error);
gboolean far_pending_state        (FarLedger *ledger, guint64 seq, FarPendingState *ret_state,
                                   GError **error);
gboolean far_pending_resolve      (FarLedger *ledger, guint64 seq, FarPendingState state,
                                   guint64 resolved_by, GError **error);
gboolean far_pending_reopen       (FarLedger *ledger, guint64 seq, GError **error);

/* ---- far-ledger-apply.c ---- */
/* Decides on one transfer and, on OK, does it. row is filled with what was stored. */
gboolean far_ledger_apply         (FarLedger *ledger, const FarTransfer *transfer, gint64 clock_us,
                                   FarTransferResult *ret_result, GError **error);

/* ---- far-ledger-checkpoints.c ---- */
gboolean far_checkpoints_open     (FarLedger *ledger, GError **error);
/* Appends a note that signs size rows, durably. */
gboolean far_checkpoints_append   (FarLedger *ledger, const char *note, guint64 size,
                                   GError **error);
/* What a checkpoint of the committed log says. */
void     far_checkpoint_fill      (FarLedger *ledger, FarCheckpoint *ret_checkpoint);

/* ---- far-ledger-rotation.c ---- */
/* FarRotation into rotations, oldest first. */
gboolean far_rotations_load       (FarDb *db, GArray *rotations, GError **error);
gboolean far_rotations_open       (FarLedger *ledger, GError **error);
gboolean far_rotations_settle     (FarLedger *ledger, GError **error);

/* ---- far-ledger-keys.c ---- */
gboolean far_keys_load            (const char *path, FarCheckpointKey *ret_key,
                                   guint8 ret_private_key[FAR_ED25519_KEY_LEN], GError **error);
gboolean far_keys_write           (const char *path, const FarCheckpointKey *key,
                                   const guint8 private_key[FAR_ED25519_KEY_LEN], GError **error);
gboolean far_keys_settle          (const char *new_path, const char *path, GError **error);
gboolean far_keys_replace         (const char *new_path, const char *path, GError **error);

/* ---- far-ledger-proof.c ---- */
/* Roots of perfect subtrees of the committed log, for proofs. */
gboolean far_proof_lookup         (guint level, guint64 index, FarMerkleHash *ret_node,
                                   gpointer ledger, GError **error);
gboolean far_nodes_insert         (FarLedger *ledger, guint level, guint64 index,
                                   const FarMerkleHash *node, GError **error);

G_END_DECLS
