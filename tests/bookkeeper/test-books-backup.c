/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Backups made while the books are written to, and brought back: whole or not at all, never over
 * books that know more, never of another ledger. */
#include <string.h>

#include <glib/gstdio.h>

#include "bookkeeper/far-backup.h"
#include "books-world.h"

typedef struct {
  World *world;
  char  *place; /* backups and restored books */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->world = world_new (FAR_LEDGER_MONEY_TEST);
  fixture->place = g_dir_make_tmp ("far-backup-XXXXXX", NULL);
  world_furnish (fixture->world, 1000000);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  world_free (fixture->world);
  world_remove_tree (fixture->place);
  g_free (fixture->place);
}

static void
pledge (Fixture *fixture, guint n)
{
  g_autofree char *key = g_strdup_printf ("k%u", n);

  json_node_unref (world_pledge (fixture->world, n, "one", key));
  g_assert_true (far_ledger_checkpoint (far_books_ledger (fixture->world->books), NULL));
}

/* By the command, beside the open books. */
static char *
back_up (Fixture *fixture, const char *name)
{
  char *directory = g_build_filename (fixture->place, name, NULL);

  json_node_unref (world_ask (fixture->world, "{'command':'ledger.backup','directory':'%s'}",
                              directory));
  return directory;
}

static gboolean
restore (const char *backup, const char *to, gboolean replace, gboolean lose_newer,
         FarBackupReport *report, GError **error)
{
  g_autoptr (FarClock) clock = far_clock_new_system ();

  return far_books_restore (backup, to, replace, lose_newer, clock, report, error);
}

static void
expect_refused (const char *backup, const char *to, gboolean replace, gboolean lose_newer,
                FarBackupError code)
{
  g_auto (FarBackupReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (restore (backup, to, replace, lose_newer, &report, &error));
  g_assert_error (error, FAR_BACKUP_ERROR, (int) code);
}

static guint64
rows_of (const char *data_dir)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (WORLD_START_US + WORLD_DAY);
  g_autoptr (GError) error = NULL;
  g_autoptr (FarBooks) books = far_books_open (data_dir, FAR_LEDGER_MONEY_TEST, clock, &error);

  g_assert_no_error (error);
  g_assert_true (far_books_check (books, &error));
  return far_ledger_size (far_books_ledger (books));
}

static void
test_round_trip (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *backup = NULL, *to = NULL, *token = NULL;
  g_auto (FarBackupReport) report = { 0 };
  g_autoptr (GError) error = NULL;
  guint64 rows;

  for (guint i = 1; i < 20; i++)
    pledge (fixture, i);
  g_assert_true (far_ledger_rotate_key (far_books_ledger (fixture->world->books), NULL));
  pledge (fixture, 20);
  rows = far_ledger_size (far_books_ledger (fixture->world->books));
  backup = back_up (fixture, "first");
  pledge (fixture, 21); /* the books go on */
  world_refused (fixture->world, "conflict", "{'command':'ledger.backup','directory':'%s'}",
                 backup);

  to = g_build_filename (fixture->place, "restored", NULL);
  g_assert_true (restore (backup, to, FALSE, FALSE, &report, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (report.rows, ==, rows);
  g_assert_cmpuint (rows_of (to), ==, rows);
  token = g_build_filename (to, FAR_BOOKS_TOKEN_FILE, NULL);
  g_assert_true (g_file_test (token, G_FILE_TEST_EXISTS));
  expect_refused (backup, to, FALSE, FALSE, FAR_BACKUP_ERROR_EXISTS);
}

/* Over books of the same log: those that know more are not given up by accident. */
static void
test_replace (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *old = NULL, *new = NULL, *to = NULL;
  g_auto (FarBackupReport) report = { 0 }, forward = { 0 }, back = { 0 };
  g_autoptr (GError) error = NULL;

  pledge (fixture, 1);
  old = back_up (fixture, "old");
  pledge (fixture, 2);
  pledge (fixture, 3);
  new = back_up (fixture, "new");
  to = g_build_filename (fixture->place, "restored", NULL);
  g_assert_true (restore (old, to, FALSE, FALSE, &report, &error));
  g_assert_true (restore (new, to, TRUE, FALSE, &forward, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (forward.n_lost, ==, 0);
  g_assert_true (g_file_test (forward.replaced, G_FILE_TEST_IS_DIR));
  expect_refused (old, to, TRUE, FALSE, FAR_BACKUP_ERROR_OLDER);
  g_assert_cmpuint (rows_of (to), ==, forward.rows);
  g_assert_true (restore (old, to, TRUE, TRUE, &back, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (back.n_lost, >=, forward.rows - report.rows);
  g_assert_cmpuint (rows_of (to), ==, report.rows);
}

static void
test_running (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *backup = NULL;

  pledge (fixture, 1);
  backup = back_up (fixture, "b");
  expect_refused (backup, fixture->world->dir, TRUE, FALSE, FAR_BACKUP_ERROR_RUNNING);
}

static void
test_other_ledger (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (World) other = world_new (FAR_LEDGER_MONEY_TEST);
  g_autofree char *backup = NULL;

  world_furnish (other, 0);
  g_assert_true (far_ledger_checkpoint (far_books_ledger (other->books), NULL));
  pledge (fixture, 1);
  backup = back_up (fixture, "b");
  g_clear_pointer (&other->books, far_books_close);
  expect_refused (backup, other->dir, TRUE, TRUE, FAR_BACKUP_ERROR_OTHER);
  world_reopen_as (other, FAR_LEDGER_MONEY_TEST);
}

/* One wrong byte anywhere, and nothing is restored. */
static void
test_damage (Fixture *fixture, gconstpointer unused)
{
  static const char *const names[] = { "ledger.db", "checkpoints", "keys", FAR_BACKUP_MANIFEST };
  g_autofree char *backup = NULL, *to = NULL, *money = NULL, *partial = NULL;

  pledge (fixture, 1);
  backup = back_up (fixture, "b");
  to = g_build_filename (fixture->place, "restored", NULL);
  money = g_build_filename (to, FAR_BOOKS_MONEY_DIR, NULL);
  partial = g_strconcat (money, ".partial", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (backup, names[i], NULL);
      g_autofree char *bytes = NULL;
      gsize n;

      g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
      bytes[n / 2] ^= 1;
      g_assert_true (g_file_set_contents_full (path, bytes, (gssize) n,
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      expect_refused (backup, to, FALSE, FALSE, FAR_BACKUP_ERROR_DAMAGED);
      g_assert_false (g_file_test (money, G_FILE_TEST_EXISTS));
      g_assert_false (g_file_test (partial, G_FILE_TEST_EXISTS));
      bytes[n / 2] ^= 1;
      g_assert_true (g_file_set_contents_full (path, bytes, (gssize) n,
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
    }
  expect_refused (fixture->place, to, FALSE, FALSE, FAR_BACKUP_ERROR_DAMAGED);
}

/* What a restore that was cut short left is no obstacle, and no books. */
static void
test_cut_short (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *backup = NULL, *to = NULL, *partial = NULL, *half = NULL;
  g_auto (FarBackupReport) report = { 0 };
  g_autoptr (GError) error = NULL;

  pledge (fixture, 1);
  backup = back_up (fixture, "b");
  to = g_build_filename (fixture->place, "restored", NULL);
  partial = g_build_filename (to, FAR_BOOKS_MONEY_DIR ".partial", NULL);
  half = g_build_filename (partial, "ledger.db", NULL);
  g_assert_cmpint (g_mkdir_with_parents (partial, 0700), ==, 0);
  g_assert_true (g_file_set_contents (half, "half", -1, NULL));
  g_assert_true (restore (backup, to, FALSE, FALSE, &report, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (rows_of (to), ==, report.rows);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) \
  g_test_add ("/books/backup/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("round-trip", test_round_trip);
  ADD ("replace", test_replace);
  ADD ("running", test_running);
  ADD ("other-ledger", test_other_ledger);
  ADD ("damage", test_damage);
  ADD ("cut-short", test_cut_short);
#undef ADD
  return g_test_run ();
}
