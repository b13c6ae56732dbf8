/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Merkle tree of RFC 9162, section 2.1: hashing, an incremental tree, and verifiers of
 * inclusion and consistency proofs that need nothing but the proof. Pure: no files, no database,
 * no allocation; thread-safe on separate values.
 *
 * leaf = SHA-256 (0x00 ‖ row), node = SHA-256 (0x01 ‖ left ‖ right), empty tree = SHA-256 (). */
#pragma once

#include <glib.h>

#include "base/far-crypto.h"

G_BEGIN_DECLS

/* Leaf indexes and sizes are below 2⁶²; a proof has at most two hashes a level. */
#define FAR_MERKLE_LEVELS_MAX 62
#define FAR_MERKLE_PROOF_MAX (2 * FAR_MERKLE_LEVELS_MAX)

typedef struct {
  guint8 bytes[FAR_SHA256_LEN];
} FarMerkleHash;

typedef struct {
  guint         n_hashes;
  FarMerkleHash hashes[FAR_MERKLE_PROOF_MAX];
} FarMerkleProof;

/* The frontier: the roots of the perfect subtrees that a tree of size leaves consists of, largest
 * first; there is one for each bit that is set in size. All that appending needs. */
typedef struct {
  guint64       size;
  guint         n_roots;
  FarMerkleHash roots[FAR_MERKLE_LEVELS_MAX];
} FarMerkleTree;

/* Called for each perfect subtree that an append completes: level 0 is the leaf itself, index
 * counts subtrees of that level from the left. */
typedef void (*FarMerkleNodeFunc) (guint level, guint64 index, const FarMerkleHash *node,
                                   gpointer data);

void     far_merkle_hash_leaf   (const void *row, gsize n_bytes, FarMerkleHash *ret_hash);
void     far_merkle_hash_node   (const FarMerkleHash *left, const FarMerkleHash *right,
                                 FarMerkleHash *ret_hash);
gboolean far_merkle_hash_equal  (const FarMerkleHash *a, const FarMerkleHash *b);

void     far_merkle_tree_init   (FarMerkleTree *tree);
void     far_merkle_tree_append (FarMerkleTree *tree, const FarMerkleHash *leaf,
                                 FarMerkleNodeFunc func, gpointer data);
void     far_merkle_tree_root   (const FarMerkleTree *tree, FarMerkleHash *ret_root);

/* RFC 9162, 2.1.3.2: that leaf is number index of the tree of size leaves with this root. */
gboolean far_merkle_verify_inclusion   (guint64 index, guint64 size, const FarMerkleHash *leaf,
                                        const FarMerkleProof *proof, const FarMerkleHash *root);
/* RFC 9162, 2.1.4.2: that the tree with old_root is a prefix of the one with new_root. An empty old
 * tree is a prefix of every tree, with an empty proof. */
gboolean far_merkle_verify_consistency (guint64 old_size, guint64 new_size,
                                        const FarMerkleHash *old_root,
                                        const FarMerkleHash *new_root,
                                        const FarMerkleProof *proof);

/* Making proofs needs the roots of perfect subtrees (level, index): the caller has them. */
typedef gboolean (*FarMerkleLookupFunc) (guint level, guint64 index, FarMerkleHash *ret_node,
                                         gpointer data, GError **error);

/* The root of the first size leaves. */
gboolean far_merkle_root_at           (guint64 size, FarMerkleLookupFunc lookup, gpointer data,
                                       FarMerkleHash *ret_root, GError **error);
gboolean far_merkle_prove_inclusion   (guint64 index, guint64 size, FarMerkleLookupFunc lookup,
                                       gpointer data, FarMerkleProof *ret_proof, GError **error);
gboolean far_merkle_prove_consistency (guint64 old_size, guint64 new_size,
                                       FarMerkleLookupFunc lookup, gpointer data,
                                       FarMerkleProof *ret_proof, GError **error);

G_END_DECLS
