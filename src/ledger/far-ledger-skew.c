/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skew-binary lists and their stored form; the header says what for. Pure; any thread.
 *
 * Invariant of FarSkew: levels fall from first to last, but that the last two may be equal. */
#include "ledger/far-ledger-skew.h"

#include <string.h>

#define SEQ_MASK ((G_GUINT64_CONSTANT (1) << FAR_SKEW_SEQ_BITS) - 1)

static guint64
seq_of (guint64 root)
{
  return root & SEQ_MASK;
}

static guint
level_of (guint64 root)
{
  return (guint) (root >> FAR_SKEW_SEQ_BITS);
}

static guint64
make_root (guint level, guint64 seq)
{
  g_assert (level <= FAR_SKEW_LEVEL_MAX && seq > 0 && seq <= SEQ_MASK);
  return (guint64) level << FAR_SKEW_SEQ_BITS | seq;
}

void
far_skew_push_roots (guint64 *roots, guint *n_roots, guint64 seq, guint64 *ret_prev,
                     guint64 *ret_jump)
{
  guint n = *n_roots;

  *ret_prev = n > 0 ? seq_of (roots[n - 1]) : 0;
  g_assert (seq > *ret_prev);
  if (n >= 2 && level_of (roots[n - 1]) == level_of (roots[n - 2]))
    {
      /* Becomes the root of both trees: its jump leaps over all of them. */
      *ret_jump = n >= 3 ? seq_of (roots[n - 3]) : 0;
      roots[n - 2] = make_root (level_of (roots[n - 2]) + 1, seq);
      *n_roots = n - 1;
    }
  else
    {
      *ret_jump = *ret_prev;
      roots[n] = make_root (1, seq);
      *n_roots = n + 1;
    }
}

void
far_skew_push (FarSkew *skew, guint64 seq, guint64 *ret_prev, guint64 *ret_jump)
{
  /* With no room left the two smallest trees are equal, and the push merges them. */
  far_skew_push_roots (skew->roots, &skew->n_roots, seq, ret_prev, ret_jump);
  g_assert (skew->n_roots <= FAR_SKEW_ROOTS_MAX);
}

guint64
far_skew_last (const FarSkew *skew)
{
  return skew->n_roots > 0 ? seq_of (skew->roots[skew->n_roots - 1]) : 0;
}

static guint8 *
put_varint (guint8 *p, guint64 value)
{
  while (value >= 0x80)
    {
      *p++ = (guint8) (value | 0x80);
      value >>= 7;
    }
  *p++ = (guint8) value;
  return p;
}

static gboolean
get_varint (const guint8 **p, const guint8 *end, guint64 *ret_value)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 63 && *p < end; shift += 7)
    {
      guint8 byte = *(*p)++;

      value |= (guint64) (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        {
          *ret_value = value;
          return TRUE;
        }
    }
  return FALSE;
}

gsize
far_skew_encode (const guint64 *roots, guint n_roots, guint8 ret_bytes[FAR_SKEW_BYTES_MAX])
{
  guint8 *p = ret_bytes;
  guint64 before = 0;

  for (guint i = 0; i < n_roots; i++)
    {
      p = put_varint (p, seq_of (roots[i]) - before);
      before = seq_of (roots[i]);
    }
  return (gsize) (p - ret_bytes);
}

gboolean
far_skew_decode (const guint8 *bytes, gsize n_bytes, guint64 n_rows, FarSkew *ret_skew)
{
  const guint8 *end = bytes + n_bytes;
  guint64 rest = n_rows;
  guint64 seq = 0;
  guint level = FAR_SKEW_LEVEL_MAX;

  ret_skew->n_roots = 0;
  if (n_rows >= (G_GUINT64_CONSTANT (2) << level) - 1)
    return FALSE;
  /* The greedy expansion is the skew-binary one. */
  while (rest > 0)
    {
      guint64 step;

      while ((G_GUINT64_CONSTANT (1) << level) - 1 > rest)
        level--;
      if (ret_skew->n_roots == FAR_SKEW_ROOTS_MAX || !get_varint (&bytes, end, &step) ||
          step == 0 || step > SEQ_MASK - seq)
        return FALSE;
      seq += step;
      ret_skew->roots[ret_skew->n_roots++] = make_root (level, seq);
      rest -= (G_GUINT64_CONSTANT (1) << level) - 1;
    }
  return bytes == end;
}

static guint8 *
put_side (guint8 *p, guint64 seq, const FarHistorySide *side)
{
  p = put_varint (p, side->prev != 0 ? seq - side->prev : 0);
  p = put_varint (p, side->jump != 0 ? seq - side->jump : 0);
  p = put_varint (p, (guint64) side->after.debits_posted_micros);
  p = put_varint (p, (guint64) side->after.credits_posted_micros);
  p = put_varint (p, (guint64) side->after.debits_pending_micros);
  return put_varint (p, (guint64) side->after.credits_pending_micros);
}

gsize
far_history_encode (guint64 seq, const FarHistorySide *debit, const FarHistorySide *credit,
                    guint8 ret_bytes[FAR_HISTORY_MAX])
{
  guint8 *p = put_side (ret_bytes, seq, debit);

  return (gsize) (put_side (p, seq, credit) - ret_bytes);
}

static gboolean
get_side (const guint8 **p, const guint8 *end, guint64 seq, FarHistorySide *ret_side)
{
  guint64 v[6];

  for (guint i = 0; i < G_N_ELEMENTS (v); i++)
    if (!get_varint (p, end, &v[i]))
      return FALSE;
  if (v[0] >= seq || v[1] >= seq)
    return FALSE;
  ret_side->prev = v[0] != 0 ? seq - v[0] : 0;
  ret_side->jump = v[1] != 0 ? seq - v[1] : 0;
  ret_side->after.debits_posted_micros = (gint64) v[2];
  ret_side->after.credits_posted_micros = (gint64) v[3];
  ret_side->after.debits_pending_micros = (gint64) v[4];
  ret_side->after.credits_pending_micros = (gint64) v[5];
  return TRUE;
}

gboolean
far_history_decode (guint64 seq, const guint8 *bytes, gsize n_bytes, FarHistorySide *ret_debit,
                    FarHistorySide *ret_credit)
{
  const guint8 *end = bytes + n_bytes;

  return get_side (&bytes, end, seq, ret_debit) && get_side (&bytes, end, seq, ret_credit) &&
         bytes == end;
}
