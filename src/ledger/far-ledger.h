/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger: accounts, immutable transfers, balances, and a Merkle log over every row.
 *
 * One FarLedger is one SQLite database (WAL, synchronous=FULL), one file of signed checkpoints
 * beside it, and one key file. One process opens it read-write. A FarLedger is used by one thread;
 * the caller drives the transactions and passes the clock in. Nothing here logs.
 *
 *   begin → (savepoint → transfers, own SQL → release | rollback_to)* → commit → checkpoint
 *
 * A transfer is acknowledged when far_ledger_commit() has returned TRUE, not before. A commit that
 * fails leaves the outcome unknown: the ledger is then *broken*, every call answers
 * FAR_LEDGER_ERROR_BROKEN, and the process reopens it and has its clients retry with the same ids.
 *
 * Refusals are values, not errors: each transfer has a FarTransferResult of its own. A GError is a
 * FAR_LEDGER_ERROR or, from the database itself, a FAR_DB_ERROR; after one, the open transaction
 * can only be rolled back.
 *
 * A ledger that is open read-only is a snapshot of the moment it was opened: close it soon, as the
 * writer's log cannot shrink meanwhile.
 *
 * What the log does not do: it shows rewriting, it does not prevent it. Whoever holds the signing
 * key can write another history from the first row and sign that; only somebody who kept an
 * earlier checkpoint sees the difference. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"
#include "base/far-id.h"
#include "base/far-money.h"
#include "ledger/far-merkle.h"

G_BEGIN_DECLS

typedef struct _FarDb FarDb;
typedef struct _FarLedger FarLedger;

#define FAR_LEDGER_ERROR (far_ledger_error_quark ())
GQuark far_ledger_error_quark (void);

typedef enum {
  FAR_LEDGER_ERROR_STORAGE,   /* the key file could not be read or written */
  FAR_LEDGER_ERROR_MISSING,   /* files of a ledger are there, the database is not */
  FAR_LEDGER_ERROR_CORRUPT,   /* what is there is not a ledger, or not a whole one */
  FAR_LEDGER_ERROR_ROLLED_BACK, /* a checkpoint is ahead of the database, or contradicts it */
  FAR_LEDGER_ERROR_KEY,       /* the signing key is missing, malformed or another ledger's */
  FAR_LEDGER_ERROR_MONEY,     /* test money opened as live money or the other way round */
  FAR_LEDGER_ERROR_BROKEN,    /* an earlier commit failed: reopen */
  FAR_LEDGER_ERROR_PROTOCOL,  /* no transaction open, opened read-only, savepoints crossed */
  FAR_LEDGER_ERROR_LIMIT,     /* more rows in one commit, or in one chain, than allowed */
  FAR_LEDGER_ERROR_NOT_FOUND, /* no such account, transfer or row */
  FAR_LEDGER_ERROR_NEWER,     /* written by a newer Farthing: neither right nor wrong to this one */
} FarLedgerError;

/* ---- limits ---- */
#define FAR_LEDGER_COMMIT_ROWS_MAX (1 << 20)
#define FAR_LEDGER_BATCH_MAX 8192      /* transfers of one far_ledger_post() */
#define FAR_LEDGER_HISTORY_MAX 10000   /* rows of one far_ledger_history() */
#define FAR_LEDGER_ROTATIONS_MAX 12    /* of the signing key: a receipt carries them all */

/* ---- accounts ---- */

/* The chart of accounts. The number is in the log: never renumber. */
typedef enum {
  FAR_ACCOUNT_READER_WALLET = 1,    /* liability */
  FAR_ACCOUNT_READER_TAB = 2,       /* asset */
  FAR_ACCOUNT_SEAT_RECEIVABLE = 3,  /* asset */
  FAR_ACCOUNT_PUBLISHER_ESTIMATED = 4, /* liability */
  FAR_ACCOUNT_FEE_ESTIMATED = 5,    /* liability */
  FAR_ACCOUNT_ADVERTISER_FUNDS = 6, /* liability */
  FAR_ACCOUNT_CAMPAIGN_BUDGET = 7,  /* liability */
  FAR_ACCOUNT_TAX_PAYABLE = 8,      /* liability */
  FAR_ACCOUNT_PUBLISHER_PAYABLE = 9, /* may go negative */
  FAR_ACCOUNT_PROVIDER_CLEARING = 10,
  FAR_ACCOUNT_PAYOUT_CLEARING = 11,
  FAR_ACCOUNT_BANK = 12,
  FAR_ACCOUNT_FEE_EARNED = 13,
  FAR_ACCOUNT_PROVIDER_FEES = 14,
  FAR_ACCOUNT_DISPUTE_LOSS = 15,
} FarAccountKind;
#define FAR_ACCOUNT_KIND_MAX 15

typedef enum {
  FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS = 1 << 0,
  FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS = 1 << 1,
  FAR_ACCOUNT_CLOSED = 1 << 2, /* read only here; see far_ledger_set_closed() */
} FarAccountFlags;

typedef struct {
  FarId           id;        /* random; never derived from a person */
  FarAccountKind  kind;
  FarAccountFlags flags;
  char            currency[FAR_CURRENCY_LEN + 1];
  FarId           reference; /* the caller's; zero where unused */
  /* Filled on the way out: */
  guint64         seq;       /* leaf index of the row that opened it */
  gint64          time_us;   /* ledger time of that row */
} FarAccount;

typedef struct {
  gint64 debits_posted_micros;
  gint64 credits_posted_micros;
  gint64 debits_pending_micros;
  gint64 credits_pending_micros;
} FarBalance;

typedef enum {
  FAR_ACCOUNT_OK = 0,
  FAR_ACCOUNT_EXISTS, /* the same id with the same content: nothing was done */
  FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_KIND,
  FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_FLAGS,
  FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_CURRENCY,
  FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_REFERENCE,
  FAR_ACCOUNT_ID_MUST_NOT_BE_ZERO,
  FAR_ACCOUNT_UNKNOWN_KIND,
  FAR_ACCOUNT_UNKNOWN_CURRENCY,
  FAR_ACCOUNT_FLAGS_ARE_MUTUALLY_EXCLUSIVE,
  FAR_ACCOUNT_UNKNOWN_FLAGS,
  FAR_ACCOUNT_NOT_FOUND,       /* closing an unknown account */
  FAR_ACCOUNT_HAS_PENDING,     /* closing while pending amounts stand */
} FarAccountResult;

const char     *far_account_result_to_string (FarAccountResult result);
const char     *far_account_kind_to_string   (FarAccountKind kind);
/* The flag the chart of accounts gives a kind. */
FarAccountFlags far_account_kind_flags       (FarAccountKind kind);

/* ---- transfers ---- */

typedef enum {
  FAR_TRANSFER_POSTED = 0,  /* moves money at once */
  FAR_TRANSFER_PENDING = 1, /* reserves it until posted, voided or expired */
  FAR_TRANSFER_POST = 2,    /* posts all or part of a pending one and releases the rest */
  FAR_TRANSFER_VOID = 3,
  FAR_TRANSFER_EXPIRE = 4,  /* written by far_ledger_expire() only */
} FarTransferKind;

typedef enum {
  FAR_TRANSFER_LINKED = 1 << 0, /* succeeds or fails together with the next one of the batch */
} FarTransferFlags;

typedef struct {
  FarId            id;            /* time-ordered ids (far_id_init()) are several times as fast */
  FarTransferKind  kind;
  FarTransferFlags flags;
  guint16          code;          /* the caller's reason, > 0 */
  char             currency[FAR_CURRENCY_LEN + 1]; /* POST and VOID: empty, or the pending one's */
  FarId            debit;         /* POST and VOID: zero, or the pending one's */
  FarId            credit;
  gint64           amount_micros; /* POST: 0 means all of it; VOID: 0, or the pending amount */
  FarId            pending_id;    /* POST and VOID: the transfer they resolve; else zero */
  gint64           deadline_us;   /* PENDING: ledger time from which it cannot be posted; 0 none */
  FarId            reference;     /* the caller's 16 bytes: an entitlement, an intent, a view */
  /* Filled on the way out: */
  guint64          seq;
  gint64           time_us;       /* ledger time: rises with every row */
  FarId            salt;          /* random: makes the leaf hash say nothing about the row */
} FarTransfer;

typedef enum {
  FAR_TRANSFER_OK = 0,
  FAR_TRANSFER_EXISTS, /* the same id with the same content: it was done before, nothing moved */
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_KIND,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_FLAGS,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CODE,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CURRENCY,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEBIT,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CREDIT,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_AMOUNT,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_PENDING_ID,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEADLINE,
  FAR_TRANSFER_EXISTS_WITH_DIFFERENT_REFERENCE,
  FAR_TRANSFER_LINKED_FAILED,     /* another one of its chain failed */
  FAR_TRANSFER_CHAIN_OPEN,        /* the last one of a batch is linked to nothing */
  FAR_TRANSFER_UNKNOWN_KIND,
  FAR_TRANSFER_UNKNOWN_FLAGS,
  FAR_TRANSFER_ID_MUST_NOT_BE_ZERO,
  FAR_TRANSFER_CODE_MUST_NOT_BE_ZERO,
  FAR_TRANSFER_AMOUNT_MUST_BE_POSITIVE,
  FAR_TRANSFER_AMOUNT_TOO_LARGE,  /* above FAR_MICROS_MAX */
  FAR_TRANSFER_PENDING_ID_MUST_BE_ZERO,
  FAR_TRANSFER_PENDING_ID_MUST_NOT_BE_ZERO,
  FAR_TRANSFER_DEADLINE_MUST_BE_ZERO,
  FAR_TRANSFER_DEADLINE_PASSED,   /* a new pending transfer whose deadline is not ahead */
  FAR_TRANSFER_DEBIT_ACCOUNT_NOT_FOUND,
  FAR_TRANSFER_CREDIT_ACCOUNT_NOT_FOUND,
  FAR_TRANSFER_ACCOUNTS_MUST_DIFFER,
  FAR_TRANSFER_ACCOUNTS_HAVE_DIFFERENT_CURRENCIES,
  FAR_TRANSFER_WRONG_CURRENCY,    /* not that of its accounts */
  FAR_TRANSFER_DEBIT_ACCOUNT_CLOSED,
  FAR_TRANSFER_CREDIT_ACCOUNT_CLOSED,
  FAR_TRANSFER_EXCEEDS_CREDITS,   /* debits would exceed the debit account's credits */
  FAR_TRANSFER_EXCEEDS_DEBITS,    /* credits would exceed the credit account's debits */
  FAR_TRANSFER_OVERFLOW,          /* a sum of an account leaves int64 */
  FAR_TRANSFER_PENDING_NOT_FOUND,
  FAR_TRANSFER_NOT_PENDING,       /* pending_id names a transfer of another kind */
  FAR_TRANSFER_PENDING_HAS_DIFFERENT_DEBIT,
  FAR_TRANSFER_PENDING_HAS_DIFFERENT_CREDIT,
  FAR_TRANSFER_PENDING_HAS_DIFFERENT_CURRENCY,
  FAR_TRANSFER_PENDING_HAS_DIFFERENT_AMOUNT, /* voiding another amount */
  FAR_TRANSFER_EXCEEDS_PENDING_AMOUNT,
  FAR_TRANSFER_PENDING_ALREADY_POSTED,
  FAR_TRANSFER_PENDING_ALREADY_VOIDED,
  FAR_TRANSFER_PENDING_EXPIRED,   /* its deadline has passed, swept or not */
} FarTransferResult;

/* "exceeds_credits" and so on: the wire names. */
const char *far_transfer_result_to_string (FarTransferResult result);
const char *far_transfer_kind_to_string   (FarTransferKind kind);

/* ---- opening ---- */

typedef enum {
  FAR_LEDGER_READ_WRITE,
  FAR_LEDGER_READ_ONLY, /* also beside a running writer, and on a stopped platform */
} FarLedgerMode;

typedef enum {
  FAR_LEDGER_MONEY_TEST = 1,
  FAR_LEDGER_MONEY_LIVE = 2,
} FarLedgerMoney;

typedef struct {
  const char    *db_path;
  const char    *checkpoints_path;
  const char    *keys_path;    /* the private key, 0600 */
  const char    *vfs;          /* SQLite VFS of database and checkpoints; NULL for the default */
  FarLedgerMode  mode;
  FarLedgerMoney money;        /* fixed at creation, then it must be the same; 0: either will do */
  gboolean       unsafe_no_sync; /* synchronous=OFF: only to show that tests notice the loss */
  /* Salts and, at creation, key and ledger id. NULL: getrandom(). */
  void         (*fill_random) (gpointer data, void *buffer, gsize n_bytes);
  gpointer       random_data;
} FarLedgerOptions;

/**
 * far_ledger_open:
 * @options: where it lies and how to open it; copied
 * @clock: the only source of time; a reference is taken
 *
 * Opens a ledger, or creates one where neither database nor checkpoints nor key exist. It never
 * writes over something it does not understand: a database that is missing while its key or its
 * checkpoints are there, one that is damaged, one older than its last checkpoint are each reported
 * and left as they are. Run far_ledger_verify() for the whole truth; opening checks the ends only.
 *
 * Returns: (transfer full) (nullable): the ledger, or NULL with a FAR_LEDGER_ERROR
 */
FarLedger *far_ledger_open  (const FarLedgerOptions *options, FarClock *clock, GError **error);
/* The same for the usual names ledger.db, checkpoints and keys in a directory, which is created
 * (0700) in read-write mode. */
FarLedger *far_ledger_open_dir (const char *directory, FarLedgerMode mode, FarLedgerMoney money,
                                FarClock *clock, GError **error);
/* Rolls back what is open. Appends no checkpoint: do so first. */
void       far_ledger_close (FarLedger *ledger);

FarLedgerMoney far_ledger_money (FarLedger *ledger);
/* "io.github.farthing/ledger/<32 hex>": the origin line and key name of its checkpoints. */
const char    *far_ledger_origin (FarLedger *ledger);
/* The key that signs now, and the one that the first row names. */
void           far_ledger_public_key (FarLedger *ledger, guint8 ret_public[32]);
void           far_ledger_first_key  (FarLedger *ledger, guint8 ret_public[32]);
/* The connection, for tables of the caller's that must commit with the money. Never begin, commit
 * or set a savepoint on it directly. Returns: (transfer none) */
FarDb         *far_ledger_db (FarLedger *ledger);
/* Brings the tables of a named module up to date: steps[i] is the SQL that leads from version i to
 * i + 1; each step commits with its version. A step that was released is never changed. Outside a
 * transaction. */
gboolean       far_ledger_migrate (FarLedger *ledger, const char *module,
                                   const char *const *steps, guint n_steps, GError **error);
/* Whether a module's tables are in no newer version than n_steps; also read-only. */
gboolean       far_ledger_knows (FarLedger *ledger, const char *module, guint n_steps,
                                 GError **error);

/* ---- transactions ---- */

gboolean far_ledger_begin       (FarLedger *ledger, GError **error);
gboolean far_ledger_commit      (FarLedger *ledger, GError **error);
void     far_ledger_rollback    (FarLedger *ledger);
/* One command: what follows it is kept by release and forgotten by rollback_to, both of which end
 * the savepoint. They do not nest. */
gboolean far_ledger_savepoint   (FarLedger *ledger, GError **error);
gboolean far_ledger_release     (FarLedger *ledger, GError **error);
gboolean far_ledger_rollback_to (FarLedger *ledger, GError **error);

/* ---- writing (inside a transaction) ---- */

/* Opens an account. Returns: FALSE only with @error; else see @ret_result. */
gboolean far_ledger_open_account (FarLedger *ledger, const FarAccount *account,
                                  FarAccountResult *ret_result, GError **error);
/* A closed account takes no transfer. It needs no pending amounts to be closed, and may be opened
 * again: each change is a row of the log. EXISTS where it is so already. */
gboolean far_ledger_set_closed   (FarLedger *ledger, const FarId *account, gboolean closed,
                                  FarAccountResult *ret_result, GError **error);
/**
 * far_ledger_post:
 * @transfers: (array length=n_transfers): in order; at most FAR_LEDGER_BATCH_MAX
 * @ret_results: (array length=n_transfers): one result each
 *
 * Applies transfers in order, each one that is allowed. Those joined by FAR_TRANSFER_LINKED (up to
 * and with the first one without the flag) happen all or not at all. A chain whose transfers all
 * exist already answers EXISTS for each.
 *
 * Returns: FALSE only with @error, and then the transaction must be rolled back
 */
gboolean far_ledger_post         (FarLedger *ledger, const FarTransfer *transfers,
                                  guint n_transfers, FarTransferResult *ret_results,
                                  GError **error);
/* Writes an expiry row for at most n_max pending transfers whose deadline has passed, oldest
 * deadline first. Bounded, so that a command may call it at each commit. */
gboolean far_ledger_expire       (FarLedger *ledger, guint n_max, guint *ret_n_expired,
                                  GError **error);

/* ---- reading ---- */

/* In a transaction, these see what it did so far. Amounts and times: micros and µs. */
gboolean far_ledger_account     (FarLedger *ledger, const FarId *id, FarAccount *ret_account,
                                 GError **error);
gboolean far_ledger_balance     (FarLedger *ledger, const FarId *account, FarBalance *ret_balance,
                                 GError **error);
/* As of the end of ledger time time_us (rows with exactly that time included). Zero before the
 * account was opened. O(log rows). */
gboolean far_ledger_balance_at  (FarLedger *ledger, const FarId *account, gint64 time_us,
                                 FarBalance *ret_balance, GError **error);
gboolean far_ledger_transfer    (FarLedger *ledger, const FarId *id, FarTransfer *ret_transfer,
                                 GError **error);
/* The transfer of row seq, or, where that is none, the next one after it. */
gboolean far_ledger_transfer_from (FarLedger *ledger, guint64 seq, FarTransfer *ret_transfer,
                                   GError **error);
/* The account's transfers before row before_seq (G_MAXUINT64: all), newest first. */
gboolean far_ledger_history     (FarLedger *ledger, const FarId *account, guint64 before_seq,
                                 FarTransfer *ret_transfers, guint n_max, guint *ret_n,
                                 GError **error);
/* Every account in the order of opening, with its balance now. no: 1, 2, 3 … */
typedef void (*FarLedgerAccountFunc) (guint64 no, const FarAccount *account,
                                      const FarBalance *balance, gpointer data);
gboolean far_ledger_each_account (FarLedger *ledger, FarLedgerAccountFunc func, gpointer data,
                                  GError **error);
/* Money that moved: a posted transfer, or a pending one that was posted. */
typedef struct {
  guint64 seq;
  gint64  time_us;
  guint16 code;
  guint64 debit_no;
  guint64 credit_no;
  gint64  amount_micros;
  FarId   reference;
} FarLedgerPosted;
/* Returns: FALSE with an error ends the run */
typedef gboolean (*FarLedgerPostedFunc) (const FarLedgerPosted *posted, gpointer data,
                                         GError **error);
/* All of ledger time from_us and later, in order. Reservations that moved nothing are left out. */
gboolean far_ledger_each_posted (FarLedger *ledger, gint64 from_us, FarLedgerPostedFunc func,
                                 gpointer data, GError **error);
/* The time the next row would have. */
gint64   far_ledger_now_us      (FarLedger *ledger);
/* Committed rows of all types (leaves of the log), and transfers among them. */
guint64  far_ledger_size        (FarLedger *ledger);
guint64  far_ledger_transfers   (FarLedger *ledger);
/* Root hash of the committed log. */
void     far_ledger_root        (FarLedger *ledger, FarMerkleHash *ret_root);

/* ---- proof ---- */

/* Signs the committed log and appends the checkpoint, durably. Nothing is written if the log has
 * not grown since the last one. Outside a transaction; the caller decides how often (once a commit
 * at most, usually once a second). */
gboolean far_ledger_checkpoint  (FarLedger *ledger, GError **error);
guint64  far_ledger_checkpoints (FarLedger *ledger);
/* How much of the checkpoint file they take. */
guint64  far_ledger_checkpoint_bytes (FarLedger *ledger);
/* Makes a new signing key and has the old one hand the log on to it by a checkpoint that both sign
 * (far-checkpoint.h, ROTATION); the old private key is gone when this returns TRUE. Outside a
 * transaction. With an error other than PROTOCOL or LIMIT the ledger may be broken: open it again,
 * which finishes what was begun. */
gboolean far_ledger_rotate_key  (FarLedger *ledger, GError **error);
/* The notes of all rotations, oldest first, one behind the other; "" if there was none.
 * Returns: (transfer full) */
char    *far_ledger_rotations   (FarLedger *ledger, GError **error);
/* The last checkpoint as a signed note. Returns: (transfer full) (nullable) */
char    *far_ledger_last_checkpoint (FarLedger *ledger, GError **error);
/* The canonical bytes of a committed row: what its leaf hash covers. */
gboolean far_ledger_row_bytes   (FarLedger *ledger, guint64 seq, GByteArray *ret_bytes,
                                 GError **error);
/* Proof that row seq is in the log of tree_size rows (≤ far_ledger_size()). */
gboolean far_ledger_prove_inclusion (FarLedger *ledger, guint64 seq, guint64 tree_size,
                                     FarMerkleProof *ret_proof, GError **error);
/* Proof that the log of old_size rows is a prefix of the one of new_size rows. */
gboolean far_ledger_prove_consistency (FarLedger *ledger, guint64 old_size, guint64 new_size,
                                       FarMerkleProof *ret_proof, GError **error);

/* A receipt (far-receipt.h) for a transfer, against the last checkpoint. NOT_FOUND for an unknown
 * transfer and for one that is younger than the last checkpoint: sign one, then ask again.
 * Returns: (transfer full) */
char    *far_ledger_receipt     (FarLedger *ledger, const FarId *transfer, GError **error);

/* ---- verification ---- */

typedef struct {
  gboolean      ok;
  guint64       rows;        /* leaves that were read and found right */
  guint64       transfers;   /* transfers among them */
  guint64       accounts;
  guint64       checkpoints; /* that were read and found right */
  FarMerkleHash root;        /* of all rows read */
  /* Where not ok: */
  gint64        first_bad;   /* leaf index of the first wrong row, -1 where no row can be named */
  char         *reason;      /* what is wrong with it, or with the checkpoints or the balances */
} FarLedgerReport;

void far_ledger_report_clear (FarLedgerReport *report);

/* Told now and then, in the thread that verifies: how many of how many rows are through. */
typedef void (*FarLedgerProgress) (guint64 rows, guint64 total, gpointer data);
#define FAR_LEDGER_PROGRESS_ROWS 16384

/**
 * far_ledger_verify:
 * @options: the paths and VFS; mode and money are not looked at
 * @progress: (nullable): called every FAR_LEDGER_PROGRESS_ROWS rows
 * @ret_report: (out): cleared with far_ledger_report_clear()
 *
 * Reads the whole ledger through a connection of its own, read-only: beside a running writer (any
 * thread), offline, or from a damaged file. Recomputes every leaf, the tree, every balance after
 * every row, flags, deadlines, the resolution of every pending transfer, debits = credits for each
 * currency, and every checkpoint's root and signature.
 *
 * Returns: FALSE with @error only if nothing could be read at all; a wrong ledger is TRUE with
 *   @ret_report->ok FALSE
 */
gboolean far_ledger_verify     (const FarLedgerOptions *options, FarLedgerProgress progress,
                                gpointer progress_data, FarLedgerReport *ret_report,
                                GError **error);
gboolean far_ledger_verify_dir (const char *directory, FarLedgerProgress progress,
                                gpointer progress_data, FarLedgerReport *ret_report,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarLedger, far_ledger_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarLedgerReport, far_ledger_report_clear)

G_END_DECLS
