/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history of an account without an index: each transfer carries, for both of its accounts, the
 * balance after it, the transfer before it (prev) and one farther back (jump). Private to ledger/.
 *
 * The jumps are those of a skew-binary list (Myers 1983): the transfers of an account are the
 * roots and nodes of perfect binary trees whose sizes are the digits of the account's row count in
 * skew-binary. Adding one costs O(1); finding the last one at or before a row costs O(log rows);
 * and rows are only ever appended, where an index by account would touch a random page a row. */
#pragma once

#include "ledger/far-ledger.h"

G_BEGIN_DECLS

/* Trees have 2^k − 1 nodes, k ≤ 43, each k once and the smallest k perhaps twice: room for
 * 2⁴⁴ − 2 rows an account. */
#define FAR_SKEW_LEVEL_MAX 43
#define FAR_SKEW_ROOTS_MAX (FAR_SKEW_LEVEL_MAX + 1)

/* Root i of a tree of 2^k − 1 nodes: k in the top 6 bits, its seq below; the newest is last. */
#define FAR_SKEW_SEQ_BITS 58
typedef struct {
  guint   n_roots;
  guint64 roots[FAR_SKEW_ROOTS_MAX];
} FarSkew;

/* What the row keeps for one of its accounts; 0 is no row. */
typedef struct {
  guint64    prev;
  guint64    jump;
  FarBalance after;
} FarHistorySide;

/* Adds row seq and tells where it points. */
void     far_skew_push   (FarSkew *skew, guint64 seq, guint64 *ret_prev, guint64 *ret_jump);
/* The same on an array that has room for one root more. */
void     far_skew_push_roots (guint64 *roots, guint *n_roots, guint64 seq, guint64 *ret_prev,
                              guint64 *ret_jump);
/* The newest row, 0 if there is none. */
guint64  far_skew_last   (const FarSkew *skew);
/* The stored form: LEB128 of each seq less the one before; the sizes follow from the row count. */
#define FAR_SKEW_BYTES_MAX (9 * FAR_SKEW_ROOTS_MAX)
gsize    far_skew_encode (const guint64 *roots, guint n_roots,
                          guint8 ret_bytes[FAR_SKEW_BYTES_MAX]);
gboolean far_skew_decode (const guint8 *bytes, gsize n_bytes, guint64 n_rows, FarSkew *ret_skew);

/* Twelve LEB128 numbers: for debit and credit side, seq − prev and seq − jump (0: none), debits
 * posted, credits posted, debits pending, credits pending. */
#define FAR_HISTORY_MAX (12 * 10)
gsize    far_history_encode (guint64 seq, const FarHistorySide *debit,
                             const FarHistorySide *credit, guint8 ret_bytes[FAR_HISTORY_MAX]);
gboolean far_history_decode (guint64 seq, const guint8 *bytes, gsize n_bytes,
                             FarHistorySide *ret_debit, FarHistorySide *ret_credit);

G_END_DECLS
