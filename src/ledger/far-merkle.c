/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of RFC 9162, 2.1, over perfect subtrees.
 *
 * A tree of n leaves is a row of perfect subtrees, one for each bit set in n, largest first. Their
 * roots folded from the right give the root of the tree, and the same holds for any range that the
 * RFC's recursion visits: it starts at a multiple of the power of two its length rounds up to. So
 * everything here asks for perfect subtrees only, by (level, index), and a database that keeps a
 * few of them can answer.
 *
 * Invariant of FarMerkleTree: n_roots = popcount (size). */
#include "ledger/far-merkle.h"

#include <string.h>

static const guint8 LEAF_TAG = 0x00;
static const guint8 NODE_TAG = 0x01;

void
far_merkle_hash_leaf (const void *row, gsize n_bytes, FarMerkleHash *ret_hash)
{
  far_sha256_tagged (LEAF_TAG, row, n_bytes, NULL, 0, ret_hash->bytes);
}

void
far_merkle_hash_node (const FarMerkleHash *left, const FarMerkleHash *right,
                      FarMerkleHash *ret_hash)
{
  far_sha256_tagged (NODE_TAG, left->bytes, FAR_SHA256_LEN, right->bytes, FAR_SHA256_LEN,
                     ret_hash->bytes);
}

gboolean
far_merkle_hash_equal (const FarMerkleHash *a, const FarMerkleHash *b)
{
  return memcmp (a->bytes, b->bytes, FAR_SHA256_LEN) == 0;
}

/* ---- the incremental tree ---- */

void
far_merkle_tree_init (FarMerkleTree *tree)
{
  tree->size = 0;
  tree->n_roots = 0;
}

void
far_merkle_tree_append (FarMerkleTree *tree, const FarMerkleHash *leaf, FarMerkleNodeFunc func,
                        gpointer data)
{
  FarMerkleHash node = *leaf;
  guint64 index = tree->size;
  guint level = 0;

  g_assert (tree->size < (G_GUINT64_CONSTANT (1) << FAR_MERKLE_LEVELS_MAX) - 1);

  if (func != NULL)
    func (level, index, &node, data);
  while ((index & 1) != 0)
    {
      far_merkle_hash_node (&tree->roots[--tree->n_roots], &node, &node);
      index >>= 1;
      level++;
      if (func != NULL)
        func (level, index, &node, data);
    }
  tree->roots[tree->n_roots++] = node;
  tree->size++;
}

void
far_merkle_tree_root (const FarMerkleTree *tree, FarMerkleHash *ret_root)
{
  FarMerkleHash root;

  if (tree->n_roots == 0)
    {
      far_sha256 ("", 0, ret_root->bytes);
      return;
    }
  root = tree->roots[tree->n_roots - 1];
  for (guint i = tree->n_roots - 1; i > 0; i--)
    far_merkle_hash_node (&tree->roots[i - 1], &root, &root);
  *ret_root = root;
}

/* ---- verifying ---- */

gboolean
far_merkle_verify_inclusion (guint64 index, guint64 size, const FarMerkleHash *leaf,
                             const FarMerkleProof *proof, const FarMerkleHash *root)
{
  FarMerkleHash r = *leaf;
  guint64 fn = index;
  guint64 sn = size - 1;

  if (index >= size || proof->n_hashes > FAR_MERKLE_PROOF_MAX)
    return FALSE;

  for (guint i = 0; i < proof->n_hashes; i++)
    {
      const FarMerkleHash *p = &proof->hashes[i];

      if (sn == 0)
        return FALSE;
      if ((fn & 1) != 0 || fn == sn)
        {
          far_merkle_hash_node (p, &r, &r);
          while ((fn & 1) == 0 && fn != 0)
            {
              fn >>= 1;
              sn >>= 1;
            }
        }
      else
        far_merkle_hash_node (&r, p, &r);
      fn >>= 1;
      sn >>= 1;
    }
  return sn == 0 && far_merkle_hash_equal (&r, root);
}

gboolean
far_merkle_verify_consistency (guint64 old_size, guint64 new_size, const FarMerkleHash *old_root,
                               const FarMerkleHash *new_root, const FarMerkleProof *proof)
{
  FarMerkleHash fr, sr;
  guint64 fn, sn;
  guint i = 0;

  if (old_size > new_size || proof->n_hashes > FAR_MERKLE_PROOF_MAX)
    return FALSE;
  if (old_size == new_size)
    return proof->n_hashes == 0 && far_merkle_hash_equal (old_root, new_root);
  if (old_size == 0)
    {
      far_sha256 ("", 0, fr.bytes);
      return proof->n_hashes == 0 && far_merkle_hash_equal (old_root, &fr);
    }
  if (proof->n_hashes == 0)
    return FALSE;

  /* An old tree that is one perfect subtree is its own first hash. */
  if ((old_size & (old_size - 1)) == 0)
    fr = *old_root;
  else
    fr = proof->hashes[i++];
  sr = fr;

  fn = old_size - 1;
  sn = new_size - 1;
  while ((fn & 1) != 0)
    {
      fn >>= 1;
      sn >>= 1;
    }
  for (; i < proof->n_hashes; i++)
    {
      const FarMerkleHash *c = &proof->hashes[i];

      if (sn == 0)
        return FALSE;
      if ((fn & 1) != 0 || fn == sn)
        {
          far_merkle_hash_node (c, &fr, &fr);
          far_merkle_hash_node (c, &sr, &sr);
          while ((fn & 1) == 0 && fn != 0)
            {
              fn >>= 1;
              sn >>= 1;
            }
        }
      else
        far_merkle_hash_node (&sr, c, &sr);
      fn >>= 1;
      sn >>= 1;
    }
  return sn == 0 && far_merkle_hash_equal (&fr, old_root) && far_merkle_hash_equal (&sr, new_root);
}

/* ---- proving ---- */

/* The largest power of two below n ≥ 2: where the RFC splits n leaves. */
static guint64
split_of (guint64 n)
{
  return G_GUINT64_CONSTANT (1) << (63 - __builtin_clzll (n - 1));
}

/* MTH of the n ≥ 1 leaves from start, start being a multiple of the power of two n rounds up to. */
static gboolean
range_root (guint64 start, guint64 n, FarMerkleLookupFunc lookup, gpointer data,
            FarMerkleHash *ret_root, GError **error)
{
  FarMerkleHash root, left;
  guint level = __builtin_ctzll (n);
  guint64 rest = n & (n - 1);

  g_assert (n > 0);

  /* Smallest subtree first: it is the rightmost. */
  if (!lookup (level, (start + rest) >> level, &root, data, error))
    return FALSE;
  while (rest != 0)
    {
      level = __builtin_ctzll (rest);
      rest &= rest - 1;
      if (!lookup (level, (start + rest) >> level, &left, data, error))
        return FALSE;
      far_merkle_hash_node (&left, &root, &root);
    }
  *ret_root = root;
  return TRUE;
}

gboolean
far_merkle_root_at (guint64 size, FarMerkleLookupFunc lookup, gpointer data,
                    FarMerkleHash *ret_root, GError **error)
{
  if (size == 0)
    {
      far_sha256 ("", 0, ret_root->bytes);
      return TRUE;
    }
  return range_root (0, size, lookup, data, ret_root, error);
}

/* The recursion of the RFC goes from the root down and lists hashes from the leaf up. */
static void
reverse (FarMerkleProof *proof)
{
  for (guint i = 0, j = proof->n_hashes; i + 1 < j; i++)
    {
      FarMerkleHash swap = proof->hashes[i];

      proof->hashes[i] = proof->hashes[--j];
      proof->hashes[j] = swap;
    }
}

static FarMerkleHash *
proof_next (FarMerkleProof *proof)
{
  g_assert (proof->n_hashes < FAR_MERKLE_PROOF_MAX);
  return &proof->hashes[proof->n_hashes++];
}

gboolean
far_merkle_prove_inclusion (guint64 index, guint64 size, FarMerkleLookupFunc lookup, gpointer data,
                            FarMerkleProof *ret_proof, GError **error)
{
  guint64 start = 0;
  guint64 n = size;

  g_assert (index < size);

  ret_proof->n_hashes = 0;
  while (n > 1)
    {
      guint64 k = split_of (n);

      if (index - start < k)
        {
          if (!range_root (start + k, n - k, lookup, data, proof_next (ret_proof), error))
            return FALSE;
          n = k;
        }
      else
        {
          if (!range_root (start, k, lookup, data, proof_next (ret_proof), error))
            return FALSE;
          start += k;
          n -= k;
        }
    }
  reverse (ret_proof);
  return TRUE;
}

gboolean
far_merkle_prove_consistency (guint64 old_size, guint64 new_size, FarMerkleLookupFunc lookup,
                              gpointer data, FarMerkleProof *ret_proof, GError **error)
{
  guint64 start = 0;
  guint64 m = old_size;
  guint64 n = new_size;
  gboolean known = TRUE; /* the verifier knows the root of the m leaves at hand: the old root */

  g_assert (old_size <= new_size);

  ret_proof->n_hashes = 0;
  if (old_size == 0)
    return TRUE;
  while (m < n)
    {
      guint64 k = split_of (n);

      if (m <= k)
        {
          if (!range_root (start + k, n - k, lookup, data, proof_next (ret_proof), error))
            return FALSE;
          n = k;
        }
      else
        {
          if (!range_root (start, k, lookup, data, proof_next (ret_proof), error))
            return FALSE;
          start += k;
          m -= k;
          n -= k;
          known = FALSE;
        }
    }
  if (!known && !range_root (start, m, lookup, data, proof_next (ret_proof), error))
    return FALSE;
  reverse (ret_proof);
  return TRUE;
}
