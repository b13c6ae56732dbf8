/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows to canonical bytes and back; the format stands in the header. Any thread. */
#include "ledger/far-ledger-row.h"

#include <string.h>

/* ---- writing ---- */

static guint8 *
put_u8 (guint8 *p, guint value)
{
  g_assert (value <= G_MAXUINT8);
  *p = (guint8) value;
  return p + 1;
}

static guint8 *
put_u16 (guint8 *p, guint value)
{
  guint16 be = GUINT16_TO_BE ((guint16) value);

  g_assert (value <= G_MAXUINT16);
  memcpy (p, &be, sizeof be);
  return p + sizeof be;
}

static guint8 *
put_u64 (guint8 *p, guint64 value)
{
  guint64 be = GUINT64_TO_BE (value);

  memcpy (p, &be, sizeof be);
  return p + sizeof be;
}

static guint8 *
put_bytes (guint8 *p, const void *bytes, gsize n_bytes)
{
  memcpy (p, bytes, n_bytes);
  return p + n_bytes;
}

static guint8 *
put_head (guint8 *p, FarRowType type, guint64 seq, gint64 time_us)
{
  p = put_u8 (p, type);
  p = put_u64 (p, seq);
  return put_u64 (p, (guint64) time_us);
}

gsize
far_row_write_genesis (const FarGenesis *genesis, guint8 *ret_bytes)
{
  guint8 *p = put_head (ret_bytes, FAR_ROW_GENESIS, genesis->seq, genesis->time_us);

  p = put_u16 (p, genesis->format);
  p = put_u8 (p, genesis->money);
  p = put_bytes (p, genesis->ledger_id.bytes, FAR_ID_LEN);
  p = put_bytes (p, genesis->public_key, FAR_ED25519_KEY_LEN);
  g_assert (p == ret_bytes + FAR_ROW_GENESIS_LEN);
  return FAR_ROW_GENESIS_LEN;
}

gsize
far_row_write_account (const FarAccount *account, guint8 *ret_bytes)
{
  guint8 *p = put_head (ret_bytes, FAR_ROW_ACCOUNT, account->seq, account->time_us);

  p = put_bytes (p, account->id.bytes, FAR_ID_LEN);
  p = put_u16 (p, account->kind);
  p = put_u16 (p, account->flags & ~FAR_ACCOUNT_CLOSED);
  p = put_bytes (p, account->currency, FAR_CURRENCY_LEN);
  p = put_bytes (p, account->reference.bytes, FAR_ID_LEN);
  g_assert (p == ret_bytes + FAR_ROW_ACCOUNT_LEN);
  return FAR_ROW_ACCOUNT_LEN;
}

gsize
far_row_write_closing (const FarClosing *closing, guint8 *ret_bytes)
{
  guint8 *p = put_head (ret_bytes, FAR_ROW_CLOSING, closing->seq, closing->time_us);

  p = put_bytes (p, closing->account.bytes, FAR_ID_LEN);
  p = put_u8 (p, closing->closed ? 1 : 0);
  g_assert (p == ret_bytes + FAR_ROW_CLOSING_LEN);
  return FAR_ROW_CLOSING_LEN;
}

gsize
far_row_write_transfer (const FarTransfer *transfer, guint8 *ret_bytes)
{
  guint8 *p = put_head (ret_bytes, FAR_ROW_TRANSFER, transfer->seq, transfer->time_us);

  p = put_bytes (p, transfer->id.bytes, FAR_ID_LEN);
  p = put_u8 (p, transfer->kind);
  p = put_u8 (p, transfer->flags);
  p = put_u16 (p, transfer->code);
  p = put_bytes (p, transfer->currency, FAR_CURRENCY_LEN);
  p = put_bytes (p, transfer->debit.bytes, FAR_ID_LEN);
  p = put_bytes (p, transfer->credit.bytes, FAR_ID_LEN);
  p = put_u64 (p, (guint64) transfer->amount_micros);
  p = put_bytes (p, transfer->pending_id.bytes, FAR_ID_LEN);
  p = put_u64 (p, (guint64) transfer->deadline_us);
  p = put_bytes (p, transfer->reference.bytes, FAR_ID_LEN);
  p = put_bytes (p, transfer->salt.bytes, FAR_ID_LEN);
  g_assert (p == ret_bytes + FAR_ROW_TRANSFER_LEN);
  return FAR_ROW_TRANSFER_LEN;
}

/* ---- reading: the length was checked against the type before ---- */

static guint
get_u8 (const guint8 **p)
{
  return *(*p)++;
}

static guint
get_u16 (const guint8 **p)
{
  guint16 be;

  memcpy (&be, *p, sizeof be);
  *p += sizeof be;
  return GUINT16_FROM_BE (be);
}

static guint64
get_u64 (const guint8 **p)
{
  guint64 be;

  memcpy (&be, *p, sizeof be);
  *p += sizeof be;
  return GUINT64_FROM_BE (be);
}

static void
get_bytes (const guint8 **p, void *bytes, gsize n_bytes)
{
  memcpy (bytes, *p, n_bytes);
  *p += n_bytes;
}

static gboolean
get_head (const guint8 **p, gsize n_bytes, FarRowType type, gsize len, guint64 *ret_seq,
          gint64 *ret_time_us)
{
  if (n_bytes != len || get_u8 (p) != type)
    return FALSE;
  *ret_seq = get_u64 (p);
  *ret_time_us = (gint64) get_u64 (p);
  return *ret_time_us >= 0;
}

static gboolean
get_currency (const guint8 **p, char ret_currency[FAR_CURRENCY_LEN + 1])
{
  get_bytes (p, ret_currency, FAR_CURRENCY_LEN);
  ret_currency[FAR_CURRENCY_LEN] = '\0';
  for (guint i = 0; i < FAR_CURRENCY_LEN; i++)
    if (!g_ascii_isupper (ret_currency[i]))
      return FALSE;
  return TRUE;
}

gboolean
far_row_parse_genesis (const guint8 *bytes, gsize n_bytes, FarGenesis *ret_genesis)
{
  FarGenesis row = { 0 };

  if (!get_head (&bytes, n_bytes, FAR_ROW_GENESIS, FAR_ROW_GENESIS_LEN, &row.seq, &row.time_us))
    return FALSE;
  row.format = get_u16 (&bytes);
  row.money = get_u8 (&bytes);
  get_bytes (&bytes, row.ledger_id.bytes, FAR_ID_LEN);
  get_bytes (&bytes, row.public_key, FAR_ED25519_KEY_LEN);
  if (row.format != FAR_LEDGER_FORMAT || row.seq != 0 ||
      (row.money != FAR_LEDGER_MONEY_TEST && row.money != FAR_LEDGER_MONEY_LIVE))
    return FALSE;
  *ret_genesis = row;
  return TRUE;
}

gboolean
far_row_parse_account (const guint8 *bytes, gsize n_bytes, FarAccount *ret_account)
{
  FarAccount row = { 0 };

  if (!get_head (&bytes, n_bytes, FAR_ROW_ACCOUNT, FAR_ROW_ACCOUNT_LEN, &row.seq, &row.time_us))
    return FALSE;
  get_bytes (&bytes, row.id.bytes, FAR_ID_LEN);
  row.kind = get_u16 (&bytes);
  row.flags = get_u16 (&bytes);
  if (!get_currency (&bytes, row.currency))
    return FALSE;
  get_bytes (&bytes, row.reference.bytes, FAR_ID_LEN);
  if (row.kind == 0 || row.kind > FAR_ACCOUNT_KIND_MAX ||
      row.flags >= (FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS |
                    FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS))
    return FALSE;
  *ret_account = row;
  return TRUE;
}

gboolean
far_row_parse_closing (const guint8 *bytes, gsize n_bytes, FarClosing *ret_closing)
{
  FarClosing row = { 0 };
  guint closed;

  if (!get_head (&bytes, n_bytes, FAR_ROW_CLOSING, FAR_ROW_CLOSING_LEN, &row.seq, &row.time_us))
    return FALSE;
  get_bytes (&bytes, row.account.bytes, FAR_ID_LEN);
  closed = get_u8 (&bytes);
  if (closed > 1)
    return FALSE;
  row.closed = closed != 0;
  *ret_closing = row;
  return TRUE;
}

gboolean
far_row_parse_transfer (const guint8 *bytes, gsize n_bytes, FarTransfer *ret_transfer)
{
  FarTransfer row = { 0 };

  if (!get_head (&bytes, n_bytes, FAR_ROW_TRANSFER, FAR_ROW_TRANSFER_LEN, &row.seq,
                 &row.time_us))
    return FALSE;
  get_bytes (&bytes, row.id.bytes, FAR_ID_LEN);
  row.kind = get_u8 (&bytes);
  row.flags = get_u8 (&bytes);
  row.code = get_u16 (&bytes);
  if (!get_currency (&bytes, row.currency))
    return FALSE;
  get_bytes (&bytes, row.debit.bytes, FAR_ID_LEN);
  get_bytes (&bytes, row.credit.bytes, FAR_ID_LEN);
  row.amount_micros = (gint64) get_u64 (&bytes);
  get_bytes (&bytes, row.pending_id.bytes, FAR_ID_LEN);
  row.deadline_us = (gint64) get_u64 (&bytes);
  get_bytes (&bytes, row.reference.bytes, FAR_ID_LEN);
  get_bytes (&bytes, row.salt.bytes, FAR_ID_LEN);
  if (row.kind > FAR_TRANSFER_EXPIRE || row.flags > FAR_TRANSFER_LINKED || row.code == 0 ||
      row.amount_micros <= 0 || row.deadline_us < 0)
    return FALSE;
  *ret_transfer = row;
  return TRUE;
}
