/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Merkle tree against a second implementation, written as RFC 9162 states it (recursion over
 * lists of leaves), and against the roots that the Certificate Transparency project publishes. */
#include "base/far-id.h"
#include "base/far-random.h"
#include "ledger/far-merkle.h"

#include <string.h>

#define LEAVES_MAX 200

/* ---- the naive tree ---- */

static FarMerkleHash leaves[LEAVES_MAX];

static void
naive_root (guint64 start, guint64 n, FarMerkleHash *ret)
{
  FarMerkleHash left, right;
  guint64 k = 1;

  if (n == 1)
    {
      *ret = leaves[start];
      return;
    }
  while (k * 2 < n)
    k *= 2;
  naive_root (start, k, &left);
  naive_root (start + k, n - k, &right);
  far_merkle_hash_node (&left, &right, ret);
}

static void
naive_path (guint64 m, guint64 start, guint64 n, FarMerkleProof *proof)
{
  guint64 k = 1;

  if (n == 1)
    return;
  while (k * 2 < n)
    k *= 2;
  if (m < k)
    {
      naive_path (m, start, k, proof);
      naive_root (start + k, n - k, &proof->hashes[proof->n_hashes++]);
    }
  else
    {
      naive_path (m - k, start + k, n - k, proof);
      naive_root (start, k, &proof->hashes[proof->n_hashes++]);
    }
}

static void
naive_subproof (guint64 m, guint64 start, guint64 n, gboolean known, FarMerkleProof *proof)
{
  guint64 k = 1;

  if (m == n)
    {
      if (!known)
        naive_root (start, n, &proof->hashes[proof->n_hashes++]);
      return;
    }
  while (k * 2 < n)
    k *= 2;
  if (m <= k)
    {
      naive_subproof (m, start, k, known, proof);
      naive_root (start + k, n - k, &proof->hashes[proof->n_hashes++]);
    }
  else
    {
      naive_subproof (m - k, start + k, n - k, FALSE, proof);
      naive_root (start, k, &proof->hashes[proof->n_hashes++]);
    }
}

static gboolean
lookup (guint level, guint64 index, FarMerkleHash *ret_node, gpointer data, GError **error)
{
  guint64 *size = data;

  g_assert_cmpuint ((index + 1) << level, <=, *size); /* only whole subtrees are asked for */
  naive_root (index << level, G_GUINT64_CONSTANT (1) << level, ret_node);
  return TRUE;
}

static void
fill_leaves (void)
{
  for (guint i = 0; i < LEAVES_MAX; i++)
    {
      guint32 be = GUINT32_TO_BE (i);

      far_merkle_hash_leaf (&be, sizeof be, &leaves[i]);
    }
}

static void
assert_proof_equal (const FarMerkleProof *a, const FarMerkleProof *b)
{
  g_assert_cmpuint (a->n_hashes, ==, b->n_hashes);
  for (guint i = 0; i < a->n_hashes; i++)
    g_assert_true (far_merkle_hash_equal (&a->hashes[i], &b->hashes[i]));
}

/* ---- tests ---- */

static void
test_known_roots (void)
{
  static const struct {
    const char *bytes;
    guint       n_bytes;
    const char *root; /* of the tree up to and with this leaf */
  } steps[] = {
    { "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
    { "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
    { "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
    { "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
    { "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
    { "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
    { "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
    { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
  };
  FarMerkleTree tree;
  FarMerkleHash root;
  g_autofree char *empty = NULL;

  far_merkle_tree_init (&tree);
  far_merkle_tree_root (&tree, &root);
  empty = far_hex_encode (root.bytes, sizeof root.bytes);
  g_assert_cmpstr (empty, ==, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char *hex = NULL;
      FarMerkleHash leaf;

      far_merkle_hash_leaf (steps[i].bytes, steps[i].n_bytes, &leaf);
      far_merkle_tree_append (&tree, &leaf, NULL, NULL);
      far_merkle_tree_root (&tree, &root);
      hex = far_hex_encode (root.bytes, sizeof root.bytes);
      g_assert_cmpstr (hex, ==, steps[i].root);
    }
}

static void
count_nodes (guint level, guint64 index, const FarMerkleHash *node, gpointer data)
{
  guint *n = data;
  FarMerkleHash expected;

  naive_root (index << level, G_GUINT64_CONSTANT (1) << level, &expected);
  g_assert_true (far_merkle_hash_equal (node, &expected));
  (*n)++;
}

static void
test_incremental (void)
{
  FarMerkleTree tree;
  FarMerkleHash root, expected;
  guint n_nodes = 0;

  fill_leaves ();
  far_merkle_tree_init (&tree);
  for (guint64 n = 1; n <= LEAVES_MAX; n++)
    {
      guint64 size = n;

      far_merkle_tree_append (&tree, &leaves[n - 1], count_nodes, &n_nodes);
      far_merkle_tree_root (&tree, &root);
      naive_root (0, n, &expected);
      g_assert_true (far_merkle_hash_equal (&root, &expected));
      g_assert_true (far_merkle_root_at (n, lookup, &size, &root, NULL));
      g_assert_true (far_merkle_hash_equal (&root, &expected));
      g_assert_cmpuint (tree.n_roots, ==, (guint) __builtin_popcountll (n));
      /* Whole subtrees of n leaves: one less for each that is missing at the right edge. */
      g_assert_cmpuint (n_nodes, ==, 2 * n - (guint) __builtin_popcountll (n));
    }
}

static void
test_inclusion (void)
{
  fill_leaves ();
  for (guint64 n = 1; n <= 70; n++)
    {
      FarMerkleHash root;

      naive_root (0, n, &root);
      for (guint64 m = 0; m < n; m++)
        {
          FarMerkleProof proof, expected = { 0 };

          g_assert_true (far_merkle_prove_inclusion (m, n, lookup, &n, &proof, NULL));
          naive_path (m, 0, n, &expected);
          assert_proof_equal (&proof, &expected);
          g_assert_true (far_merkle_verify_inclusion (m, n, &leaves[m], &proof, &root));

          /* Nothing else is proven by it. */
          g_assert_false (far_merkle_verify_inclusion (m, n, &leaves[n], &proof, &root));
          g_assert_false (far_merkle_verify_inclusion (m + n, n, &leaves[m], &proof, &root));
          if (n > 1)
            {
              guint64 other = m == 0 ? n - 1 : m - 1;

              g_assert_false (far_merkle_verify_inclusion (other, n, &leaves[m], &proof, &root));
              proof.hashes[m % proof.n_hashes].bytes[m % 32] ^= 1;
              g_assert_false (far_merkle_verify_inclusion (m, n, &leaves[m], &proof, &root));
              proof.hashes[m % proof.n_hashes].bytes[m % 32] ^= 1;
              proof.n_hashes--;
              g_assert_false (far_merkle_verify_inclusion (m, n, &leaves[m], &proof, &root));
              proof.n_hashes++;
            }
          proof.hashes[proof.n_hashes++] = root;
          g_assert_false (far_merkle_verify_inclusion (m, n, &leaves[m], &proof, &root));
        }
    }
}

static void
test_consistency (void)
{
  fill_leaves ();
  for (guint64 n = 1; n <= 70; n++)
    for (guint64 m = 1; m <= n; m++)
      {
        FarMerkleProof proof, expected = { 0 };
        FarMerkleHash old_root, new_root, wrong;

        naive_root (0, m, &old_root);
        naive_root (0, n, &new_root);
        g_assert_true (far_merkle_prove_consistency (m, n, lookup, &n, &proof, NULL));
        naive_subproof (m, 0, n, TRUE, &expected);
        assert_proof_equal (&proof, &expected);
        g_assert_true (far_merkle_verify_consistency (m, n, &old_root, &new_root, &proof));

        wrong = old_root;
        wrong.bytes[n % 32] ^= 0x80;
        g_assert_false (far_merkle_verify_consistency (m, n, &wrong, &new_root, &proof));
        wrong = new_root;
        wrong.bytes[m % 32] ^= 1;
        g_assert_false (far_merkle_verify_consistency (m, n, &old_root, &wrong, &proof));
        g_assert_false (far_merkle_verify_consistency (n + 1, n, &old_root, &new_root, &proof));
        if (proof.n_hashes > 0)
          {
            proof.hashes[n % proof.n_hashes].bytes[m % 32] ^= 4;
            g_assert_false (far_merkle_verify_consistency (m, n, &old_root, &new_root, &proof));
            proof.hashes[n % proof.n_hashes].bytes[m % 32] ^= 4;
            proof.n_hashes--;
            g_assert_false (far_merkle_verify_consistency (m, n, &old_root, &new_root, &proof));
            proof.n_hashes++;
          }
        proof.hashes[proof.n_hashes++] = new_root;
        g_assert_false (far_merkle_verify_consistency (m, n, &old_root, &new_root, &proof));
      }
}

static void
test_empty (void)
{
  FarMerkleProof proof = { 0 };
  FarMerkleHash empty, root;

  fill_leaves ();
  far_sha256 ("", 0, empty.bytes);
  naive_root (0, 5, &root);
  g_assert_true (far_merkle_verify_consistency (0, 5, &empty, &root, &proof));
  g_assert_true (far_merkle_verify_consistency (0, 0, &empty, &empty, &proof));
  g_assert_false (far_merkle_verify_consistency (0, 5, &root, &root, &proof));
  g_assert_false (far_merkle_verify_inclusion (0, 0, &leaves[0], &proof, &empty));
  proof.n_hashes = FAR_MERKLE_PROOF_MAX + 1; /* a length from the wire */
  g_assert_false (far_merkle_verify_inclusion (0, 5, &leaves[0], &proof, &root));
  g_assert_false (far_merkle_verify_consistency (1, 5, &leaves[0], &root, &proof));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/merkle/known-roots", test_known_roots);
  g_test_add_func ("/ledger/merkle/incremental", test_incremental);
  g_test_add_func ("/ledger/merkle/inclusion", test_inclusion);
  g_test_add_func ("/ledger/merkle/consistency", test_consistency);
  g_test_add_func ("/ledger/merkle/empty", test_empty);
  return g_test_run ();
}
