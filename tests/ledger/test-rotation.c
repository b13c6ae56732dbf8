/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signing key and its successors: receipts and checkpoints across them, crashes between the
 * steps of a rotation, and forged successions. */
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

#include "ledger/far-checkpoint.h"
#include "ledger/far-ledger-fixture.h"
#include "ledger/far-receipt.h"
#include "store/far-db.h"

static FarCheckpointKey
key_of (Fixture *f, gboolean first)
{
  FarCheckpointKey key;

  g_strlcpy (key.name, far_ledger_origin (f->ledger), sizeof key.name);
  if (first)
    far_ledger_first_key (f->ledger, key.public_key);
  else
    far_ledger_public_key (f->ledger, key.public_key);
  return key;
}

static FarTransfer
post_one (Fixture *f)
{
  FarId a, b;
  FarTransfer t;

  fixture_begin (f);
  a = fixture_account (f, FAR_ACCOUNT_BANK, "USD");
  b = fixture_account (f, FAR_ACCOUNT_FEE_EARNED, "USD");
  t = fixture_transfer (f, &a, &b, 50000);
  assert_result (fixture_post (f, &t), FAR_TRANSFER_OK);
  fixture_commit (f);
  return t;
}

static void
rotate (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (far_ledger_rotate_key (f->ledger, &error));
  g_assert_no_error (error);
}

static char *
receipt_of (Fixture *f, const FarTransfer *t)
{
  g_autoptr (GError) error = NULL;
  char *receipt;

  g_assert_true (far_ledger_checkpoint (f->ledger, &error));
  receipt = far_ledger_receipt (f->ledger, &t->id, &error);
  g_assert_no_error (error);
  return receipt;
}

static gboolean
checks (const char *receipt, const FarCheckpointKey *key)
{
  FarTransfer t;
  FarCheckpoint c;

  return far_receipt_check (receipt, strlen (receipt), key, &t, &c, NULL);
}

/* Whoever knows an earlier key follows to the later ones; nobody is led back. */
static void
test_succession (Fixture *f, gconstpointer unused)
{
  FarTransfer first = post_one (f);
  FarCheckpointKey keys[4];
  g_autofree char *old_receipt = receipt_of (f, &first);

  keys[0] = key_of (f, FALSE);
  for (guint i = 1; i < G_N_ELEMENTS (keys); i++)
    {
      FarTransfer t;
      g_autofree char *receipt = NULL;

      rotate (f);
      keys[i] = key_of (f, FALSE);
      g_assert_cmpmem (key_of (f, TRUE).public_key, 32, keys[0].public_key, 32);
      g_assert_cmpint (memcmp (keys[i].public_key, keys[i - 1].public_key, 32), !=, 0);
      t = post_one (f);
      receipt = receipt_of (f, &t);
      for (guint j = 0; j <= i; j++)
        g_assert_true (checks (receipt, &keys[j]));
      fixture_assert_whole (f);
      if (i == 2)
        fixture_reopen (f);
    }
  g_assert_true (checks (old_receipt, &keys[0]));
  g_assert_false (checks (old_receipt, &keys[1]));
  fixture_assert_whole_at (f);
}

/* Two rotations with nothing booked between them, and one before the first checkpoint grew. */
static void
test_at_one_size (Fixture *f, gconstpointer unused)
{
  FarTransfer t;
  g_autofree char *receipt = NULL;
  FarCheckpointKey first = key_of (f, FALSE);

  rotate (f);
  rotate (f);
  fixture_reopen (f);
  fixture_assert_whole (f);
  t = post_one (f);
  receipt = receipt_of (f, &t);
  g_assert_true (checks (receipt, &first));
  fixture_assert_whole_at (f);
}

static void
test_limit (Fixture *f, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  FarTransfer t;
  g_autofree char *receipt = NULL;
  FarCheckpointKey first = key_of (f, TRUE);

  for (guint i = 0; i < FAR_LEDGER_ROTATIONS_MAX; i++)
    rotate (f);
  g_assert_false (far_ledger_rotate_key (f->ledger, &error));
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_LIMIT);
  t = post_one (f);
  receipt = receipt_of (f, &t);
  g_assert_cmpuint (strlen (receipt), <=, FAR_RECEIPT_MAX);
  g_assert_true (checks (receipt, &first));
  fixture_assert_whole_at (f);
}

/* ---- crashes: the files as they lie after each step ---- */

typedef struct {
  char *bytes[5];
  gsize n[5];
} Files;

static const char *const names[] = { "ledger.db", "ledger.db-wal", "checkpoints", "keys",
                                     "keys.next" };

static void
take_files (Fixture *f, Files *files)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = fixture_path (f, names[i]);

      files->bytes[i] = NULL;
      if (!g_file_get_contents (path, &files->bytes[i], &files->n[i], NULL))
        files->bytes[i] = NULL;
    }
}

static void
put_file (Fixture *f, guint i, const Files *files)
{
  g_autofree char *path = fixture_path (f, names[i]);

  g_unlink (path);
  if (files->bytes[i] != NULL)
    {
      g_assert_true (g_file_set_contents (path, files->bytes[i], (gssize) files->n[i], NULL));
      g_assert_cmpint (g_chmod (path, 0600), ==, 0);
    }
}

static void
files_clear (Files *files)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (files->bytes[i]);
}

/* step: how many of the rotation's steps had reached the disk. */
static void
crash_at (Fixture *f, guint step)
{
  Files before = { 0 }, after = { 0 };
  FarTransfer t;
  g_autofree char *receipt = NULL;
  g_autofree char *next = NULL;
  FarCheckpointKey first = key_of (f, TRUE);
  g_autoptr (GError) error = NULL;

  far_ledger_close (g_steal_pointer (&f->ledger));
  take_files (f, &before);
  f->ledger = far_ledger_open_dir (f->directory, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST,
                                   f->clock, &error);
  g_assert_no_error (error);
  rotate (f);
  far_ledger_close (g_steal_pointer (&f->ledger));
  take_files (f, &after);

  put_file (f, 0, step >= 3 ? &after : &before);
  put_file (f, 1, step >= 3 ? &after : &before);
  put_file (f, 2, step >= 2 ? &after : &before);
  put_file (f, 3, &before);
  if (step >= 1) /* keys.next is what keys became */
    {
      after.bytes[4] = g_strdup (after.bytes[3]);
      after.n[4] = after.n[3];
      put_file (f, 4, &after);
    }
  fixture_reopen (f);
  next = fixture_path (f, "keys.next");
  g_assert_false (g_file_test (next, G_FILE_TEST_EXISTS));
  g_assert_cmpint (memcmp (key_of (f, FALSE).public_key, first.public_key, 32) != 0, ==, step >= 2);
  fixture_assert_whole (f);
  t = post_one (f);
  receipt = receipt_of (f, &t);
  g_assert_true (checks (receipt, &first));
  fixture_assert_whole_at (f);
  files_clear (&before);
  files_clear (&after);
}

static void
test_crashes (gconstpointer data)
{
  Fixture f = { 0 };

  fixture_set_up (&f, NULL);
  post_one (&f);
  crash_at (&f, GPOINTER_TO_UINT (data));
  fixture_tear_down (&f, NULL);
}

/* ---- forgeries ---- */

static char *
expect_wrong (Fixture *f)
{
  g_auto (FarLedgerReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (far_ledger_verify_dir (f->directory, NULL, NULL, &report, &error));
  g_assert_no_error (error);
  g_assert_false (report.ok);
  return g_strdup (report.reason);
}

/* A succession that the key before did not sign. */
static void
test_stolen_succession (Fixture *f, gconstpointer unused)
{
  FarCheckpointKey key = key_of (f, FALSE), thief = key;
  guint8 private_key[FAR_ED25519_KEY_LEN], other[FAR_ED25519_KEY_LEN];
  FarCheckpoint checkpoint = { .size = far_ledger_size (f->ledger) };
  g_autofree char *path = fixture_path (f, "checkpoints");
  g_autofree char *note = NULL;
  g_autofree char *reason = NULL;
  FILE *file;

  memset (private_key, 7, sizeof private_key);
  memset (other, 8, sizeof other);
  far_ed25519_public (private_key, thief.public_key);
  g_strlcpy (checkpoint.origin, key.name, sizeof checkpoint.origin);
  far_ledger_root (f->ledger, &checkpoint.root);
  /* Signed by the thief as the next key, and by a key that never was the log's as the old one. */
  far_ed25519_public (other, key.public_key);
  note = far_checkpoint_sign_rotation (&checkpoint, &key, other, &thief, private_key);
  far_ledger_close (g_steal_pointer (&f->ledger));
  file = fopen (path, "a");
  g_assert_nonnull (file);
  for (guint i = 0; i < 10; i++) /* more than a torn tail may be */
    g_assert_cmpint (fputs (note, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
  reason = expect_wrong (f);
  g_assert_nonnull (strstr (reason, "checkpoint"));
}

/* The table that finds rotations again is changed to lead to another key. */
static void
test_tampered_table (Fixture *f, gconstpointer unused)
{
  g_autofree char *path = fixture_path (f, "ledger.db");
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;
  sqlite3 *db;

  rotate (f);
  far_ledger_close (g_steal_pointer (&f->ledger));
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "UPDATE signing_keys SET public_key = randomblob (32)", NULL,
                                 NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  reason = expect_wrong (f);
  g_assert_nonnull (strstr (reason, "signing keys"));
  f->ledger = far_ledger_open_dir (f->directory, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST,
                                   f->clock, &error);
  g_assert_null (f->ledger);
  g_assert_nonnull (error);
}

/* The old key, kept by somebody, opens nothing any more and signs nothing that counts. */
static void
test_old_key (Fixture *f, gconstpointer unused)
{
  Files before = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;

  take_files (f, &before);
  rotate (f);
  far_ledger_close (g_steal_pointer (&f->ledger));
  put_file (f, 3, &before);
  f->ledger = far_ledger_open_dir (f->directory, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST,
                                   f->clock, &error);
  g_assert_null (f->ledger);
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_KEY);
  reason = expect_wrong (f);
  g_assert_nonnull (strstr (reason, "another key"));
  files_clear (&before);
}

/* Half of the two signatures is none. */
static void
test_one_signature (void)
{
  FarCheckpointKey old = { .name = "a" }, next = { .name = "a" };
  guint8 old_private[FAR_ED25519_KEY_LEN], next_private[FAR_ED25519_KEY_LEN];
  FarCheckpoint checkpoint = { .origin = "a", .size = 3 }, found;
  g_autofree char *note = NULL;
  g_autofree char *half = NULL;
  FarCheckpointKey key;
  gsize n_first;

  memset (old_private, 1, sizeof old_private);
  memset (next_private, 2, sizeof next_private);
  far_ed25519_public (old_private, old.public_key);
  far_ed25519_public (next_private, next.public_key);
  note = far_checkpoint_sign_rotation (&checkpoint, &old, old_private, &next, next_private);

  key = old;
  g_assert_true (far_checkpoint_follow (note, strlen (note), &key, &found, NULL));
  g_assert_true (found.rotates);
  g_assert_cmpmem (key.public_key, 32, next.public_key, 32);
  /* The next key is no door to itself for who does not know the old one. */
  key = (FarCheckpointKey) { .name = "a" };
  g_assert_false (far_checkpoint_follow (note, strlen (note), &key, &found, NULL));

  n_first = (gsize) (strrchr (note, '\xe2') - note);
  half = g_strndup (note, n_first);
  key = old;
  g_assert_true (far_checkpoint_open (half, strlen (half), &old, &found, NULL));
  g_assert_false (far_checkpoint_follow (half, strlen (half), &key, &found, NULL));
  g_assert_cmpmem (key.public_key, 32, old.public_key, 32);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                          \
  g_test_add ("/ledger/rotation/" name, Fixture, NULL, fixture_set_up, function,     \
              fixture_tear_down)
  ADD ("succession", test_succession);
  ADD ("at-one-size", test_at_one_size);
  ADD ("limit", test_limit);
  ADD ("stolen-succession", test_stolen_succession);
  ADD ("tampered-table", test_tampered_table);
  ADD ("old-key", test_old_key);
#undef ADD
  for (guint step = 0; step <= 3; step++)
    {
      g_autofree char *name = g_strdup_printf ("/ledger/rotation/crash-%u", step);

      g_test_add_data_func (name, GUINT_TO_POINTER (step), test_crashes);
    }
  g_test_add_func ("/ledger/rotation/one-signature", test_one_signature);
  return g_test_run ();
}
