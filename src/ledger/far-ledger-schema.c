/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's tables.
 *
 * Truth and index. The truth is what a leaf of the log covers: ledger_genesis, ledger_account,
 * ledger_closing and ledger_transfer, but for the last two columns of that. The rest is an index
 * that can be worked out from it and is checked against it by far_ledger_verify(): ledger_balance,
 * ledger_transfer.history, ledger_pending, ledger_node, ledger_head, and every row's tag, the first
 * 8 bytes of its leaf hash, which lets verify name the row that was changed.
 *
 * seq is the leaf index: the four tables of rows share one numbering without a gap. Rows are only
 * ever appended; nothing here is updated but the index. Balances have a table of their own, small
 * rows close together, as a commit writes the pages of all the accounts it touched. */
#include "ledger/far-ledger-private.h"

#define ROWS_1 \
  "CREATE TABLE ledger_genesis (" \
  "  seq INTEGER PRIMARY KEY CHECK (seq = 0)," \
  "  time_us INTEGER NOT NULL CHECK (time_us >= 0)," \
  "  format INTEGER NOT NULL," \
  "  money INTEGER NOT NULL CHECK (money IN (1, 2))," \
  "  ledger_id BLOB NOT NULL CHECK (length (ledger_id) = 16)," \
  "  public_key BLOB NOT NULL CHECK (length (public_key) = 32)" \
  ") STRICT;" \
  "CREATE TABLE ledger_account (" \
  "  no INTEGER PRIMARY KEY," \
  "  seq INTEGER NOT NULL UNIQUE CHECK (seq > 0)," \
  "  time_us INTEGER NOT NULL," \
  "  id BLOB NOT NULL UNIQUE CHECK (length (id) = 16)," \
  "  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 15)," \
  "  flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 2)," \
  "  currency TEXT NOT NULL CHECK (length (currency) = 3)," \
  "  reference BLOB NOT NULL CHECK (length (reference) = 16)," \
  "  tag INTEGER NOT NULL" \
  ") STRICT;" \
  "CREATE TABLE ledger_closing (" \
  "  seq INTEGER PRIMARY KEY CHECK (seq > 0)," \
  "  time_us INTEGER NOT NULL," \
  "  account INTEGER NOT NULL," \
  "  closed INTEGER NOT NULL CHECK (closed IN (0, 1))," \
  "  tag INTEGER NOT NULL" \
  ") STRICT;" \
  "CREATE TABLE ledger_transfer (" \
  "  seq INTEGER PRIMARY KEY CHECK (seq > 0)," \
  "  id BLOB NOT NULL CHECK (length (id) = 16)," \
  "  time_us INTEGER NOT NULL," \
  "  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4)," \
  "  flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 1)," \
  "  debit INTEGER NOT NULL," \
  "  credit INTEGER NOT NULL CHECK (credit <> debit)," \
  "  amount_micros INTEGER NOT NULL CHECK (amount_micros > 0)," \
  "  code INTEGER NOT NULL CHECK (code BETWEEN 1 AND 65535)," \
  "  pending INTEGER NOT NULL," \
  "  deadline_us INTEGER NOT NULL," \
  "  reference BLOB NOT NULL CHECK (length (reference) = 16)," \
  "  salt BLOB NOT NULL CHECK (length (salt) = 16)," \
  "  tag INTEGER NOT NULL," \
  "  history BLOB NOT NULL" \
  ") STRICT;" \
  "CREATE UNIQUE INDEX ledger_transfer_id ON ledger_transfer (id);"

#define INDEX_1 \
  "CREATE TABLE ledger_balance (" \
  "  no INTEGER PRIMARY KEY," \
  "  flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 2)," \
  "  closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))," \
  "  debits_posted INTEGER NOT NULL DEFAULT 0 CHECK (debits_posted >= 0)," \
  "  credits_posted INTEGER NOT NULL DEFAULT 0 CHECK (credits_posted >= 0)," \
  "  debits_pending INTEGER NOT NULL DEFAULT 0 CHECK (debits_pending >= 0)," \
  "  credits_pending INTEGER NOT NULL DEFAULT 0 CHECK (credits_pending >= 0)," \
  "  n_rows INTEGER NOT NULL DEFAULT 0," \
  "  roots BLOB NOT NULL DEFAULT x''," \
  "  CHECK (flags <> 1 OR debits_posted + debits_pending <= credits_posted)," \
  "  CHECK (flags <> 2 OR credits_posted + credits_pending <= debits_posted)" \
  ") STRICT;" \
  "CREATE TABLE ledger_pending (" \
  "  seq INTEGER PRIMARY KEY," \
  "  deadline_us INTEGER NOT NULL," \
  "  state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 2, 3, 4))," \
  "  resolved_by INTEGER NOT NULL DEFAULT 0" \
  ") STRICT;" \
  "CREATE INDEX ledger_pending_deadline ON ledger_pending (deadline_us)" \
  "  WHERE state = 0 AND deadline_us > 0;" \
  "CREATE TABLE ledger_node (" \
  "  level INTEGER NOT NULL," \
  "  number INTEGER NOT NULL," \
  "  hash BLOB NOT NULL CHECK (length (hash) = 32)," \
  "  PRIMARY KEY (level, number)" \
  ") STRICT, WITHOUT ROWID;" \
  "CREATE TABLE ledger_head (" \
  "  one INTEGER PRIMARY KEY CHECK (one = 1)," \
  "  n_rows INTEGER NOT NULL," \
  "  n_transfers INTEGER NOT NULL," \
  "  n_accounts INTEGER NOT NULL," \
  "  last_time_us INTEGER NOT NULL," \
  "  frontier BLOB NOT NULL," \
  "  checkpoints INTEGER NOT NULL," \
  "  checkpoint_bytes INTEGER NOT NULL," \
  "  checkpoint_offset INTEGER NOT NULL" \
  ") STRICT;" \
  "CREATE TABLE ledger_module (" \
  "  name TEXT PRIMARY KEY," \
  "  version INTEGER NOT NULL" \
  ") STRICT, WITHOUT ROWID;"

const char *const far_ledger_migrations[] = { ROWS_1 INDEX_1, NULL };
