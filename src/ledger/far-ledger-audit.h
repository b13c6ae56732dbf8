/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger recomputed: a second, in-memory run of every rule over the rows as they are read, that
 * shares nothing with the code that wrote them but hashing, serialising and the history's
 * arithmetic. Private to ledger/; one thread. */
#pragma once

#include "ledger/far-ledger-private.h"

G_BEGIN_DECLS

typedef struct {
  FarAccount account;  /* flags with CLOSED as of the row reached */
  guint64    no;
  gint64     tag;
  FarBalance balance;
  guint64    n_rows;
  guint64   *roots;    /* see FarSkew; grows as needed */
  guint      n_roots;
  guint      n_allocated;
} FarAuditAccount;

/* A row of ledger_pending and the transfer it is about. */
typedef struct {
  guint64         seq;
  FarId           id;
  guint64         debit_no;
  guint64         credit_no;
  gint64          amount_micros;
  gint64          deadline_us;
  FarPendingState stored_state;
  guint64         stored_resolved_by;
} FarAuditPending;

typedef struct {
  FarLedgerReport *report;
  FarGenesis       genesis;
  FarMerkleTree    tree;         /* of the rows found right */
  FarMerkleNodeFunc node_func;   /* told of each node; fails the audit by itself */
  gpointer         node_data;
  gint64           last_time_us;
  guint64          n_transfers;
  gboolean         linked;       /* the row before demands a transfer */
  GArray          *accounts;     /* FarAuditAccount by no; opened ones come first */
  guint            n_opened;
  GHashTable      *pendings;     /* seq → FarAuditPending, open ones only */
  guint64          ids_sum[2];   /* order-free sums over (id, seq), to compare with the index */
} FarAudit;

void     far_audit_init     (FarAudit *audit, FarLedgerReport *report);
void     far_audit_clear    (FarAudit *audit);
/* Names the first wrong row (-1: none can be named) unless one was named before. Returns FALSE. */
gboolean far_audit_fail     (FarAudit *audit, gint64 seq, const char *format, ...)
                             G_GNUC_PRINTF (3, 4);
/* The row's bytes become the next leaf; its tag must be the leaf's. */
gboolean far_audit_leaf     (FarAudit *audit, gint64 seq, gint64 time_us, const gint64 *tag,
                             const guint8 *bytes, gsize n_bytes);
FarAuditAccount *far_audit_account (FarAudit *audit, guint64 no);

gboolean far_audit_genesis  (FarAudit *audit);
gboolean far_audit_open     (FarAudit *audit, FarAuditAccount *account);
gboolean far_audit_closing  (FarAudit *audit, FarClosing *closing, guint64 account_no, gint64 tag);
/* row->transfer without account and pending ids, history as stored, and for a pending transfer its
 * row of ledger_pending. */
gboolean far_audit_transfer (FarAudit *audit, FarStoredTransfer *row, const guint8 *history,
                             gsize n_history, const FarAuditPending *stored);
/* What can only be said when all rows are through. */
gboolean far_audit_finish   (FarAudit *audit);
/* A stored balance against the recomputed one. */
gboolean far_audit_balance  (FarAudit *audit, const FarAuditAccount *account,
                             const FarAccountState *stored);
void     far_audit_add_id   (guint64 sum[2], const guint8 id[FAR_ID_LEN], guint64 seq);

/* ---- far-ledger-verify-notes.c: the checkpoint file ---- */
typedef struct {
  guint64       size;
  FarMerkleHash root;
} FarAuditNote;

/* Reads the notes in the first n_bytes of the file. *ret_problem says what is wrong with the first
 * bad one. known_bytes: up to there a torn note is damage. */
/* key: the first one; becomes the last one that a note hands the log on to.
 * rotations: (element-type FarRotation): takes each. */
GArray  *far_audit_read_notes (const FarLedgerOptions *options, FarCheckpointKey *key,
                               GArray *rotations,
                               guint64 n_bytes, guint64 known_bytes, char **ret_problem);

/* ---- far-ledger-verify.c: the whole run ---- */
typedef struct {
  const FarLedgerOptions *options;
  FarDb           *db;
  FarAudit         audit;
  FarCheckpointKey key;
  FarLedgerCounts  head;
  GByteArray      *head_frontier;
  guint64          head_notes;
  guint64          head_note_bytes;
  GArray          *notes;      /* FarAuditNote */
  GArray          *rotations;  /* FarRotation, as the notes have them */
  guint            n_notes_ok;
  char            *note_problem;
  guint64          n_note_bytes; /* how much of the file was read for them */
  guint64          n_nodes;
  FarStatement    *transfers;  /* cursors: on a row, or NULL at their end */
  FarStatement    *closings;
  FarStatement    *pendings;
  guint            next_account;
  FarLedgerProgress progress; /* nullable */
  gpointer         progress_data;
} FarVerifier;

/* SQLite could not go on at or behind this row. Takes reason, which may be NULL. Returns FALSE. */
gboolean far_verifier_fail_storage (FarVerifier *v, gint64 seq, GError *reason);
/* To the next row; NULL in *cursor at the end. */
gboolean far_verifier_step         (FarVerifier *v, FarStatement **cursor);
gboolean far_verifier_open_cursor  (FarVerifier *v, FarStatement **cursor, const char *sql);

/* Of the checkpoint file, 0 where there is none. */
guint64  far_verifier_notes_size   (const FarLedgerOptions *options);

/* ---- far-ledger-verify-derived.c ---- */
gboolean far_verifier_check_schema  (FarVerifier *v);
/* After the notes were read. */
gboolean far_verifier_check_key     (FarVerifier *v);
gboolean far_verifier_check_derived (FarVerifier *v);

G_END_DECLS
