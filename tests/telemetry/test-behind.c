/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who reads records on from where he was gets each exactly once, also when the clock is set back
 * meanwhile; and a database of before that was possible is brought up to date. */
#include "far-test-telemetry.h"

#include "telemetry/far-telemetry-db.h"

typedef struct {
  gint64      after;
  gint64      behind;
  GHashTable *seen; /* set of request ids as text */
  guint       n_behind;
} Reader;

static void
see (Reader *reader, const FarInvocation *record)
{
  char hex[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (&record->request_id, hex);
  /* FALSE: it was there. */
  g_assert_true (g_hash_table_add (reader->seen, g_strdup (hex)));
  if (record->behind == 0)
    {
      g_assert_cmpint (record->at, >, reader->after);
      reader->after = record->at;
      return;
    }
  g_assert_cmpint (record->behind, >, reader->behind);
  reader->behind = record->behind;
  reader->n_behind++;
}

/* FALSE: there is no more. */
static gboolean
read_page (Fixture *fixture, Reader *reader, guint limit)
{
  const FarInvocationQuery query = {
    .after = reader->after == 0 ? -1 : reader->after,
    .behind_after = reader->behind == 0 ? -1 : reader->behind,
    .limit = limit,
  };
  g_autoptr (GArray) rows = ask_invocations (fixture, &query);
  guint i;

  g_assert_cmpuint (rows->len, <=, limit);
  for (i = 0; i < rows->len; i++)
    see (reader, &g_array_index (rows, FarInvocation, i));
  return rows->len == limit;
}

static void
reader_init (Reader *reader)
{
  *reader = (Reader){ .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
}

static void
record_at (Fixture *fixture, gint64 offset_us)
{
  FarInvocation record = make_record (fixture, "a", FAR_INVOCATION_OK, 10);

  record.arrival_us += offset_us;
  far_telemetry_record (fixture->telemetry, &record);
}

static void
test_each_once (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  gint64 offset_us = 0;
  guint n_recorded = 0, step;
  Fixture fixture;
  Reader reader;

  fixture_init (&fixture);
  reader_init (&reader);
  for (step = 0; step < 300; step++)
    {
      guint n = (guint) g_rand_int_range (rand, 0, 6);
      int what = g_rand_int_range (rand, 0, 20);

      advance (&fixture, SECONDS (g_rand_int_range (rand, 1, 30)));
      if (what == 0)
        offset_us -= SECONDS (g_rand_int_range (rand, 1, 7200));
      else if (what == 1)
        offset_us = 0;
      else if (what == 2)
        {
          far_telemetry_close (fixture.telemetry);
          fixture_open (&fixture);
        }
      for (n_recorded += n; n > 0; n--)
        record_at (&fixture, offset_us);
      if (what % 2 == 0)
        read_page (&fixture, &reader, (guint) g_rand_int_range (rand, 1, 12));
    }
  while (read_page (&fixture, &reader, 50))
    ;
  g_assert_cmpuint (g_hash_table_size (reader.seen), ==, n_recorded);
  g_assert_cmpuint (reader.n_behind, >, 20);
  g_hash_table_unref (reader.seen);
  fixture_clear (&fixture);
}

/* Where everything was deleted and the clock set back, the cursor of whoever was told holds. */
static void
test_deleted (void)
{
  FarRetention retention = FAR_RETENTION_DEFAULT;
  FarInvocationQuery all = { .limit = 100 };
  Fixture fixture;
  Reader reader;
  guint n;

  fixture_init (&fixture);
  reader_init (&reader);
  record_at (&fixture, 0);
  record_at (&fixture, -SECONDS (60));
  while (read_page (&fixture, &reader, 10))
    ;
  g_assert_cmpuint (reader.n_behind, ==, 1);
  far_telemetry_close (fixture.telemetry);
  retention.raw_us = SECONDS (1);
  advance (&fixture, SECONDS (60));
  fixture_open (&fixture);
  far_telemetry_set_retention (fixture.telemetry, &retention);
  /* With the first write after a start what is old goes: this one too, which is as of before. */
  record_at (&fixture, -SECONDS (30));
  do
    {
      g_autoptr (GArray) rows = NULL;

      g_assert_true (far_telemetry_flush (fixture.telemetry, NULL));
      rows = ask_invocations (&fixture, &all);
      n = rows->len;
    }
  while (n > 0);
  far_telemetry_close (fixture.telemetry);
  fixture_open (&fixture);
  record_at (&fixture, -SECONDS (90));
  while (read_page (&fixture, &reader, 10))
    ;
  g_assert_cmpuint (g_hash_table_size (reader.seen), ==, 3);
  g_assert_cmpuint (reader.n_behind, ==, 2);
  g_hash_table_unref (reader.seen);
  fixture_clear (&fixture);
}

/* As version 2 made it, with a row. */
static void
test_upgrade (void)
{
  const char *const earlier[] = { far_telemetry_db_migrations[0], far_telemetry_db_migrations[1],
                                  NULL };
  const FarDbOptions options = {
    .mode = FAR_DB_MODE_CREATE,
    .application_id = FAR_TELEMETRY_APPLICATION_ID,
    .migrations = earlier,
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  Fixture fixture;
  Reader reader;
  FarDb *db;

  fixture_init (&fixture);
  reader_init (&reader);
  g_clear_pointer (&fixture.telemetry, far_telemetry_close);
  path = fixture_file (&fixture, "");
  g_unlink (path);
  db = far_db_open (path, &options, &error);
  g_assert_no_error (error);
  g_assert_true (far_db_exec (db,
    "INSERT INTO name VALUES (1, 0, 'old');"
    "INSERT INTO invocation VALUES (1767225600000000, 0, 1, 3, x'00112233445566778899aabbccddeeff',"
    " NULL, 1, 2, 0, 70, 4, 128, 0, 1, 0, 0, 0, NULL, NULL)", &error));
  far_db_close (db);
  fixture_open (&fixture);
  read_page (&fixture, &reader, 10);
  g_assert_cmpint (reader.after, ==, G_GINT64_CONSTANT (1767225600000000));
  record_at (&fixture, -SECONDS (3600));
  read_page (&fixture, &reader, 10);
  g_assert_cmpuint (g_hash_table_size (reader.seen), ==, 2);
  g_assert_cmpuint (reader.n_behind, ==, 1);
  g_hash_table_unref (reader.seen);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/behind/each-once", test_each_once);
  g_test_add_func ("/behind/deleted", test_deleted);
  g_test_add_func ("/behind/upgrade", test_upgrade);
  return g_test_run ();
}
