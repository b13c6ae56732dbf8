/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed notes: our own back and forth, a key and a note of Go's note package, and every bit of a
 * note flipped. */
#include "ledger/far-checkpoint.h"

#include <string.h>

#define ORIGIN "io.github.farthing/ledger/0123456789abcdef0123456789abcdef"
#define GO_PRIVATE "PRIVATE+KEY+PeterNeumann+c74f20a3+" \
                   "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define GO_PUBLIC "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

static void
make_key (guint8 seed, FarCheckpointKey *key, guint8 private_key[FAR_ED25519_KEY_LEN])
{
  memset (private_key, seed, FAR_ED25519_KEY_LEN);
  g_strlcpy (key->name, ORIGIN, sizeof key->name);
  far_ed25519_public (private_key, key->public_key);
}

static char *
make_note (const FarCheckpointKey *key, const guint8 *private_key, guint64 size)
{
  FarCheckpoint checkpoint = { .size = size, .time_us = 1790000000000000 };

  g_strlcpy (checkpoint.origin, ORIGIN, sizeof checkpoint.origin);
  far_sha256 (&size, sizeof size, checkpoint.root.bytes);
  return far_checkpoint_sign (&checkpoint, key, private_key);
}

static void
test_round_trip (void)
{
  FarCheckpointKey key;
  FarCheckpoint found;
  FarMerkleHash root;
  guint8 private_key[FAR_ED25519_KEY_LEN];
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size = 1234;

  make_key (7, &key, private_key);
  note = make_note (&key, private_key, size);
  g_assert_true (g_str_has_prefix (note, ORIGIN "\n1234\n"));
  g_assert_true (far_checkpoint_open (note, strlen (note), &key, &found, &error));
  g_assert_no_error (error);
  far_sha256 (&size, sizeof size, root.bytes);
  g_assert_cmpstr (found.origin, ==, ORIGIN);
  g_assert_cmpuint (found.size, ==, 1234);
  g_assert_cmpint (found.time_us, ==, 1790000000000000);
  g_assert_true (far_merkle_hash_equal (&found.root, &root));
}

static void
test_every_bit (void)
{
  FarCheckpointKey key;
  FarCheckpoint found;
  guint8 private_key[FAR_ED25519_KEY_LEN];
  g_autofree char *note = NULL;
  gsize n;

  make_key (7, &key, private_key);
  note = make_note (&key, private_key, 99);
  n = strlen (note);
  for (gsize i = 0; i < n * 8; i++)
    {
      note[i / 8] ^= (char) (1 << (i % 8));
      g_assert_false (far_checkpoint_open (note, n, &key, &found, NULL));
      note[i / 8] ^= (char) (1 << (i % 8));
    }
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *exact = g_memdup2 (note, MAX (i, 1)); /* reading past it is seen by ASan */

      g_assert_false (far_checkpoint_open (exact, i, &key, &found, NULL));
    }
  g_assert_true (far_checkpoint_open (note, n, &key, &found, NULL));
}

static void
test_wrong_key (void)
{
  FarCheckpointKey key, other;
  FarCheckpoint found;
  guint8 private_key[FAR_ED25519_KEY_LEN], other_private[FAR_ED25519_KEY_LEN];
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;

  make_key (7, &key, private_key);
  make_key (8, &other, other_private);
  note = make_note (&key, private_key, 5);
  g_assert_false (far_checkpoint_open (note, strlen (note), &other, &found, &error));
  g_assert_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_UNSIGNED);
  g_clear_error (&error);

  note[strlen (ORIGIN) + 1] = '6'; /* the size: now the signature is of another text */
  g_assert_false (far_checkpoint_open (note, strlen (note), &key, &found, &error));
  g_assert_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_SIGNATURE);
}

static void
test_more_signatures (void)
{
  FarCheckpointKey key, witness;
  FarCheckpoint found;
  guint8 private_key[FAR_ED25519_KEY_LEN], witness_private[FAR_ED25519_KEY_LEN];
  g_autofree char *note = NULL;
  g_autofree char *cosigned = NULL;
  g_autofree char *both = NULL;

  make_key (7, &key, private_key);
  make_key (9, &witness, witness_private);
  note = make_note (&key, private_key, 5);
  cosigned = make_note (&witness, witness_private, 5);
  both = g_strconcat (note, strstr (cosigned, "\n\n") + 2, NULL);
  g_assert_true (far_checkpoint_open (both, strlen (both), &key, &found, NULL));
  g_assert_true (far_checkpoint_open (both, strlen (both), &witness, &found, NULL));
  g_assert_cmpuint (far_checkpoint_note_length (both, strlen (both)), ==, strlen (both));
}

static void
test_run_of_notes (void)
{
  FarCheckpointKey key;
  guint8 private_key[FAR_ED25519_KEY_LEN];
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *run = NULL;

  make_key (7, &key, private_key);
  first = make_note (&key, private_key, 5);
  second = make_note (&key, private_key, 6);
  run = g_strconcat (first, second, NULL);
  g_assert_cmpuint (far_checkpoint_note_length (run, strlen (run)), ==, strlen (first));
  g_assert_cmpuint (far_checkpoint_note_length (first, strlen (first) - 1), ==, 0);
  g_assert_cmpuint (far_checkpoint_note_length ("", 0), ==, 0);
}

static void
test_spelling (void)
{
  static const char *const texts[] = {
    "a\n01\n%s\n", "a\n+1\n%s\n", "a\n-1\n%s\n", "a\n1 \n%s\n", "a\n\n%s\n", "a b\n1\n%s\n",
    "\n1\n%s\n", "a+b\n1\n%s\n", "a\n9223372036854775808\n%s\n", "a\n99999999999999999999\n%s\n",
    "a\n1\n%s=\n", "a\n1\n%s \n", "a\n1\n\n", "a\n1\n%s\ntime x\n", "a\n1\n%s\ntime 07\n",
  };
  FarCheckpoint found;
  FarMerkleHash root;
  g_autofree char *encoded = NULL;
  g_autofree char *good = NULL;

  memset (root.bytes, 0xab, sizeof root.bytes);
  encoded = g_base64_encode (root.bytes, sizeof root.bytes);
  good = g_strdup_printf ("a\n1\n%s\nextension of somebody's\n\n\xe2\x80\x94 a AAAA\n", encoded);
  g_assert_true (far_checkpoint_parse (good, strlen (good), &found, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_auto (GStrv) parts = g_strsplit (texts[i], "%s", 2);
      g_autofree char *text = g_strjoinv (encoded, parts);
      g_autofree char *note = g_strconcat (text, "\n\xe2\x80\x94 a AAAA\n", NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (far_checkpoint_parse (note, strlen (note), &found, &error));
      g_assert_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_SYNTAX);
    }
}

/* The example key and note of golang.org/x/mod/sumdb/note. */
static void
test_go_note (void)
{
  static const char text[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
  static const char signature[] =
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
  FarCheckpointKey key, public;
  guint8 private_key[FAR_ED25519_KEY_LEN];
  g_autofree char *again = NULL;
  g_autofree char *private_again = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;

  g_assert_true (far_checkpoint_private_parse (GO_PRIVATE, &key, private_key, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (key.name, ==, "PeterNeumann");
  again = far_checkpoint_key_to_string (&key);
  g_assert_cmpstr (again, ==, GO_PUBLIC);
  private_again = far_checkpoint_private_to_string (&key, private_key);
  g_assert_cmpstr (private_again, ==, GO_PRIVATE);
  g_assert_true (far_checkpoint_key_parse (GO_PUBLIC, &public, &error));
  g_assert_cmpmem (public.public_key, 32, key.public_key, 32);

  bytes = g_base64_decode (signature, &n_bytes);
  g_assert_cmpuint (n_bytes, ==, 4 + FAR_ED25519_SIGNATURE_LEN);
  g_assert_cmpmem (bytes, 4, "\xc7\x4f\x20\xa3", 4);
  g_assert_true (far_ed25519_verify (key.public_key, text, strlen (text), bytes + 4));
}

static void
test_bad_keys (void)
{
  static const char *const keys[] = {
    "", "+", "a", "a+b+c", "PRIVATE+KEY+", GO_PUBLIC "A", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwx"
    "bzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy1"
    "0TW", "PeterNeumann+c74f20a3+AhVrOpWzLxsmDeMD7tMxVQhWDJTdK9tTPIo8wUk5Mvu6",
  };
  FarCheckpointKey key;
  guint8 private_key[FAR_ED25519_KEY_LEN];

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_checkpoint_key_parse (keys[i], &key, &error));
      g_assert_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_KEY);
      g_assert_false (far_checkpoint_private_parse (keys[i], &key, private_key, NULL));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/checkpoint/round-trip", test_round_trip);
  g_test_add_func ("/ledger/checkpoint/every-bit", test_every_bit);
  g_test_add_func ("/ledger/checkpoint/wrong-key", test_wrong_key);
  g_test_add_func ("/ledger/checkpoint/more-signatures", test_more_signatures);
  g_test_add_func ("/ledger/checkpoint/run-of-notes", test_run_of_notes);
  g_test_add_func ("/ledger/checkpoint/spelling", test_spelling);
  g_test_add_func ("/ledger/checkpoint/go-note", test_go_note);
  g_test_add_func ("/ledger/checkpoint/bad-keys", test_bad_keys);
  return g_test_run ();
}
