/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that were tampered with as bytes, and a history that was written anew with the right key:
 * every byte of the checkpoint file, any byte of the database file, and the one forgery that only a
 * checkpoint kept elsewhere can show. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/far-random.h"
#include "ledger/far-checkpoint.h"
#include "ledger/far-ledger-crime.h"

/* ---- the checkpoint file ---- */

static void
test_checkpoint_bytes (Crime *c, gconstpointer unused)
{
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  gsize n;

  crime_fresh_copy (c);
  path = g_build_filename (c->copy, "checkpoints", NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  g_assert_cmpuint (n, >, 3000);
  for (gsize i = 0; i < n; i += 7)
    {
      bytes[i] ^= 1;
      g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
      crime_assert_found_out (c, -1, "a byte of the checkpoints");
      bytes[i] ^= 1;
    }
  for (gsize i = 0; i < n; i += 97)
    {
      g_assert_true (g_file_set_contents (path, bytes, (gssize) i, NULL));
      crime_assert_found_out (c, -1, "the checkpoints cut off");
    }
  g_assert_cmpint (g_unlink (path), ==, 0);
  crime_assert_found_out (c, -1, "no checkpoints");
}

/* More of them than one thread takes at a time: the first bad one is named. */
static void
test_many_checkpoints (Crime *c, gconstpointer unused)
{
  static const guint bad[] = { 190, 130, 63, 5 };
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  gsize n;

  fixture_reopen (&c->f);
  while (far_ledger_checkpoints (c->f.ledger) < 200)
    {
      FarTransfer t = fixture_transfer (&c->f, &c->accounts[0], &c->accounts[1], 1);

      fixture_begin (&c->f);
      assert_result (fixture_post (&c->f, &t), FAR_TRANSFER_OK);
      fixture_commit (&c->f);
      g_assert_true (far_ledger_checkpoint (c->f.ledger, NULL));
    }
  fixture_assert_whole (&c->f);
  g_clear_pointer (&c->f.ledger, far_ledger_close);
  crime_fresh_copy (c);
  path = g_build_filename (c->copy, "checkpoints", NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  for (gsize at = 0; at < n; at += far_checkpoint_note_length (bytes + at, n - at))
    g_array_append_val (starts, at);
  g_assert_cmpuint (starts->len, ==, 200);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *words = g_strdup_printf ("checkpoint %u ", bad[i]);
      g_auto (FarLedgerReport) report = { 0 };

      bytes[g_array_index (starts, gsize, bad[i] + 1) - 10] ^= 1; /* in its signature */
      g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
      g_assert_true (far_ledger_verify_dir (c->copy, NULL, NULL, &report, NULL));
      g_assert_false (report.ok);
      g_assert_true (g_str_has_prefix (report.reason, words));
    }
}

/* The whole from some row on written anew, by the ledger's own code and with its key: every table
 * agrees with every other, and only the checkpoint that was kept shows it. */
static void
test_written_anew (Crime *c, gconstpointer unused)
{
  g_autofree char *true_notes = fixture_path (&c->f, "checkpoints");
  g_autofree char *copied_notes = NULL;
  g_autofree char *notes = NULL;
  g_autoptr (FarLedger) ledger = NULL;
  g_autoptr (GError) error = NULL;
  guint64 fork_size;
  gsize n;

  /* The copy is taken first; then both go on, differently. */
  crime_fresh_copy (c);
  fixture_reopen (&c->f);
  fork_size = far_ledger_size (c->f.ledger);
  fixture_begin (&c->f);
  crime_add_rows (c, TRANSFERS + 1, TRANSFERS + 120, 10);
  fixture_commit (&c->f);
  g_assert_true (far_ledger_checkpoint (c->f.ledger, NULL));
  g_clear_pointer (&c->f.ledger, far_ledger_close);

  {
    char *directory = c->f.directory;

    c->f.directory = c->copy;
    fixture_reopen (&c->f);
    fixture_begin (&c->f);
    crime_add_rows (c, TRANSFERS + 1, TRANSFERS + 140, 11);
    fixture_commit (&c->f);
    fixture_assert_whole (&c->f); /* nothing inside contradicts anything */
    g_clear_pointer (&c->f.ledger, far_ledger_close);
    c->f.directory = directory;
  }

  copied_notes = g_build_filename (c->copy, "checkpoints", NULL);
  g_assert_true (g_file_get_contents (true_notes, &notes, &n, NULL));
  g_assert_true (g_file_set_contents (copied_notes, notes, (gssize) n, NULL));
  crime_assert_found_out (c, ANY_ROW, "a history written anew");
  {
    g_auto (FarLedgerReport) report = { 0 };

    g_assert_true (far_ledger_verify_dir (c->copy, NULL, NULL, &report, NULL));
    /* Between the last checkpoint that both share and the first of the true one. */
    g_assert_cmpint (report.first_bad, <=, (gint64) fork_size);
    g_assert_cmpint (report.first_bad, >, 0);
  }
  ledger = far_ledger_open_dir (c->copy, FAR_LEDGER_READ_WRITE, FAR_LEDGER_MONEY_TEST, c->f.clock,
                                &error);
  g_assert_null (ledger);
  g_assert_error (error, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_ROLLED_BACK);
}

/* ---- any byte of the file ---- */

/* All that SQL sees of the ledger's tables. */
static char *
dump (Crime *c)
{
  static const char *const tables[] = {
    "ledger_genesis", "ledger_account", "ledger_closing", "ledger_transfer", "ledger_balance",
    "ledger_pending", "ledger_node", "ledger_head",
  };
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  sqlite3 *db = crime_open_raw (c);

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s", tables[i]);
      sqlite3_stmt *query;
      int status = SQLITE_ERROR;

      if (sqlite3_prepare_v2 (db, sql, -1, &query, NULL) == SQLITE_OK)
        while ((status = sqlite3_step (query)) == SQLITE_ROW)
          for (int k = 0; k < sqlite3_column_count (query); k++)
            {
              int type = sqlite3_column_type (query, k);
              const void *bytes = sqlite3_column_blob (query, k);

              g_checksum_update (sum, (guchar *) &type, sizeof type);
              g_checksum_update (sum, bytes != NULL ? bytes : "", sqlite3_column_bytes (query, k));
            }
      sqlite3_finalize (query);
      if (status != SQLITE_DONE)
        {
          char *why = g_strdup_printf ("%s: %s", tables[i], sqlite3_errmsg (db));

          sqlite3_close (db);
          return why;
        }
    }
  sqlite3_close (db);
  return g_strdup (g_checksum_get_string (sum));
}

static void
test_file_bytes (Crime *c, gconstpointer unused)
{
  g_autofree char *path = NULL;
  g_autofree char *bytes = NULL;
  g_autofree char *truth = NULL;
  guint n_found_out = 0;
  FarRng rng;
  gsize n;

  far_rng_init (&rng, 11, 3);
  crime_fresh_copy (c);
  truth = dump (c);
  path = g_build_filename (c->copy, "ledger.db", NULL);
  g_assert_true (g_file_get_contents (path, &bytes, &n, NULL));
  for (guint i = 0; i < 400; i++)
    {
      gsize at = far_rng_below (&rng, (guint32) n);
      guint8 flip = (guint8) (1 + far_rng_below (&rng, 255));
      g_auto (FarLedgerReport) report = { 0 };
      g_autoptr (GError) error = NULL;
      g_autofree char *found = NULL;
      gboolean read;

      bytes[at] ^= (char) flip;
      g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
      bytes[at] ^= (char) flip;
      read = far_ledger_verify_dir (c->copy, NULL, NULL, &report, &error);
      g_assert_true (read || error != NULL);
      if (read && report.ok)
        {
          /* Free space, or a byte that SQLite does not look at: nothing is different. */
          found = dump (c);
          if (strcmp (found, truth) != 0)
            g_test_message ("byte %u of page %u", (guint) at % 4096, (guint) at / 4096 + 1);
          g_assert_cmpstr (found, ==, truth);
        }
      else
        n_found_out++;
    }
  g_test_message ("%u of 400 bytes mattered and were found out", n_found_out);
  g_assert_cmpuint (n_found_out, >, 200);
}

#define ADD(path, test) g_test_add ("/ledger/forgery/" path, Crime, NULL, crime_set_up, test, \
                                   crime_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("checkpoint-bytes", test_checkpoint_bytes);
  ADD ("many-checkpoints", test_many_checkpoints);
  ADD ("written-anew", test_written_anew);
  ADD ("file-bytes", test_file_bytes);
  return g_test_run ();
}
