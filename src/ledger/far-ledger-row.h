/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The canonical bytes of a row: what its leaf in the log covers, what a receipt carries, and the
 * one format here that can never change. Pure; needs no database.
 *
 * Integers are big-endian, ids 16 bytes, currencies 3 ASCII letters. Every row opens with
 *   type u8, seq u64 (its leaf index), time i64 (ledger time, µs)
 * and goes on, by type, with
 *   1 genesis  format u16, money u8, ledger id, public key (32)
 *   2 account  id, kind u16, flags u16, currency, reference
 *   3 closing  account id, closed u8
 *   4 transfer id, kind u8, flags u8, code u16, currency, debit id, credit id, amount i64,
 *              pending id, deadline i64, reference, salt
 *   5 reserved: the next signing key, signed by this one
 * Lengths are fixed by type, so no two rows share bytes. */
#pragma once

#include "ledger/far-ledger.h"

G_BEGIN_DECLS

typedef enum {
  FAR_ROW_GENESIS = 1,
  FAR_ROW_ACCOUNT = 2,
  FAR_ROW_CLOSING = 3,
  FAR_ROW_TRANSFER = 4,
} FarRowType;

#define FAR_ROW_HEAD_LEN 17
#define FAR_ROW_GENESIS_LEN (FAR_ROW_HEAD_LEN + 2 + 1 + 16 + 32)
#define FAR_ROW_ACCOUNT_LEN (FAR_ROW_HEAD_LEN + 16 + 2 + 2 + 3 + 16)
#define FAR_ROW_CLOSING_LEN (FAR_ROW_HEAD_LEN + 16 + 1)
#define FAR_ROW_TRANSFER_LEN (FAR_ROW_HEAD_LEN + 16 + 4 + 3 + 32 + 8 + 16 + 8 + 32)
#define FAR_ROW_MAX FAR_ROW_TRANSFER_LEN

#define FAR_LEDGER_FORMAT 1

typedef struct {
  guint64        seq;
  gint64         time_us;
  guint16        format;
  FarLedgerMoney money;
  FarId          ledger_id;
  guint8         public_key[FAR_ED25519_KEY_LEN];
} FarGenesis;

typedef struct {
  guint64  seq;
  gint64   time_us;
  FarId    account;
  gboolean closed;
} FarClosing;

/* Each writes at most FAR_ROW_MAX bytes and returns how many. The account's CLOSED flag is not part
 * of its row: closing is a row of its own. */
gsize far_row_write_genesis  (const FarGenesis *genesis, guint8 *ret_bytes);
gsize far_row_write_account  (const FarAccount *account, guint8 *ret_bytes);
gsize far_row_write_closing  (const FarClosing *closing, guint8 *ret_bytes);
gsize far_row_write_transfer (const FarTransfer *transfer, guint8 *ret_bytes);

/* FALSE for bytes that no write function gives. */
gboolean far_row_parse_genesis  (const guint8 *bytes, gsize n_bytes, FarGenesis *ret_genesis);
gboolean far_row_parse_account  (const guint8 *bytes, gsize n_bytes, FarAccount *ret_account);
gboolean far_row_parse_closing  (const guint8 *bytes, gsize n_bytes, FarClosing *ret_closing);
gboolean far_row_parse_transfer (const guint8 *bytes, gsize n_bytes, FarTransfer *ret_transfer);

G_END_DECLS
