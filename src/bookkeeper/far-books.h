/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The books: the ledger, the bookkeeper's own tables in the same database, and the commands of
 * far-commands.h executed on both. No descriptors and no loop here, so that a simulator can drive
 * it in one process.
 *
 *   begin → (execute)* → sweep? → commit → send the answers → checkpoint now and then
 *
 * A refusal leaves nothing behind but its stored answer. A GError from any of these means that
 * storage failed: the transaction has been rolled back, nothing of it happened, and after a failed
 * commit the outcome is unknown and the books must be opened again. One thread; one FarBooks a data
 * directory. */
#pragma once

#include "base/far-clock.h"
#include "ledger/far-ledger.h"

G_BEGIN_DECLS

#define FAR_BOOKS_ERROR (far_books_error_quark ())
GQuark far_books_error_quark (void);
typedef enum {
  FAR_BOOKS_ERROR_MISSING,   /* the data directory was used, its money is not there */
  FAR_BOOKS_ERROR_TOKEN,     /* publisher.token is not one */
  FAR_BOOKS_ERROR_LOCKED,    /* another process has them open */
  FAR_BOOKS_ERROR_CLOCK,     /* live money on a test clock */
  FAR_BOOKS_ERROR_IMBALANCE, /* the tables contradict the journal: the text says where */
  FAR_BOOKS_ERROR_AGAIN,     /* begun together, which cannot be: begin, and execute all anew */
} FarBooksError;

/* Work of one sweep, of each kind: bounded, so that it may run with any commit. */
#define FAR_BOOKS_SWEEP_MAX 64
#define FAR_BOOKS_ANSWERS_KEPT_US (30 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define FAR_BOOKS_PROPERTIES_MAX 1000
#define FAR_BOOKS_CAMPAIGNS_MAX 10000
/* Open items of one tab, and of one charge. */
#define FAR_BOOKS_TAB_ITEMS_MAX 2000
#define FAR_BOOKS_OPEN_VIEWS_MAX 4
#define FAR_BOOKS_HISTORY_MAX 100
#define FAR_BOOKS_TOKEN_FILE "publisher.token"
#define FAR_BOOKS_MONEY_DIR "money"
#define FAR_BOOKS_LOCK_FILE "bookkeeper.lock"

typedef struct _FarBooks FarBooks;

/* Which commands a connection may give. */
typedef guint64 FarCommandSet;
#define FAR_COMMANDS_ALL (~(FarCommandSet) 0)

/* FALSE if one of the names is no command. */
gboolean   far_command_set_parse (const char *const *names,
                                  FarCommandSet     *ret_set);

/**
 * far_books_open:
 * @data_dir: the data directory; the ledger lies in its folder money/
 * @money: of the ledger; fixed when it is made
 * @clock: the only source of time; a reference is taken
 *
 * Opens the books or makes new ones, with a publisher's token in @data_dir. What is damaged or
 * missing though it was there is reported and left as it is.
 *
 * Returns: (transfer full) (nullable): with FAR_BOOKS_ERROR or FAR_LEDGER_ERROR
 */
FarBooks  *far_books_open        (const char      *data_dir,
                                  FarLedgerMoney   money,
                                  FarClock        *clock,
                                  GError         **error);
/* The same on a ledger that is open already, which it then owns; without a publisher's token unless
 * token_path is given. For simulators with a file system of their own. */
FarBooks  *far_books_open_ledger (FarLedger       *ledger,
                                  const char      *token_path,
                                  FarClock        *clock,
                                  GError         **error);
/* Read-only, also beside a running bookkeeper and in another thread: for far_books_check(). */
FarBooks  *far_books_open_to_read (const char     *data_dir,
                                  FarClock        *clock,
                                  GError         **error);
/* The same by the folder that holds ledger, checkpoints and key: a backup's, say. */
FarBooks  *far_books_open_money_to_read (const char *money_dir,
                                  FarClock        *clock,
                                  GError         **error);
void       far_books_close       (FarBooks        *books);
FarLedger *far_books_ledger      (FarBooks        *books);

/* Each execute is a savepoint: what is refused is undone by itself. */
gboolean   far_books_begin       (FarBooks        *books,
                                  GError         **error);
/* No savepoints, which cost a copy of every page that is written. Commands are commonly refused
 * before they write. One that was not, and must be undone, rolls all back, and far_books_execute()
 * fails with FAR_BOOKS_ERROR_AGAIN: begin with far_books_begin() then, and execute the same. */
gboolean   far_books_begin_together (FarBooks     *books,
                                  GError         **error);
/**
 * far_books_execute:
 * @principal: who asks (the function's name), part of a key's scope
 * @allowed: what it may ask
 * @request: (array length=n_request): as it came from the wire
 *
 * Executes one command inside the open transaction.
 *
 * Returns: (transfer full) (nullable): the answer, at most FAR_FRAME_MAX bytes; NULL with @error if
 *   storage failed, or with FAR_BOOKS_ERROR_AGAIN
 */
char      *far_books_execute     (FarBooks        *books,
                                  const char      *principal,
                                  FarCommandSet    allowed,
                                  const char      *request,
                                  gsize            n_request,
                                  gsize           *ret_n_answer,
                                  GError         **error);
/* Closes what has run out: pending money, views, day keys, answers of keys, hopeless tabs. */
gboolean   far_books_sweep       (FarBooks        *books,
                                  GError         **error);
gboolean   far_books_commit      (FarBooks        *books,
                                  GError         **error);
void       far_books_rollback    (FarBooks        *books);

/* An error answer in the wire's form. Returns: (transfer full) */
char      *far_books_refusal     (const GError    *error,
                                  gsize           *ret_n_bytes);

/**
 * far_books_check:
 *
 * Adds up everything that the bookkeeper's tables claim from the journal's own accounts: tabs,
 * wallets, estimated and final shares, earnings, entitlements, reservations. O(rows). Inside or
 * outside a transaction; changes nothing.
 *
 * Returns: FALSE with FAR_BOOKS_ERROR_IMBALANCE, whose text names the first contradiction
 */
gboolean   far_books_check       (FarBooks        *books,
                                  GError         **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarBooks, far_books_close)

G_END_DECLS
