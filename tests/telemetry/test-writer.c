/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two threads that write, of which one takes a batch out of the other's hands. */
#include "far-test-telemetry.h"

#include "store/far-db.h"

static gint64
count_rows (Fixture *fixture, const char *query)
{
  g_autofree char *path = fixture_file (fixture, "");
  sqlite3_stmt *statement;
  sqlite3 *db;
  gint64 n;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db, query, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  n = sqlite3_column_int64 (statement, 0);
  g_assert_cmpint (sqlite3_finalize (statement), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
  return n;
}

/* Wherever somebody waits, more comes than the one writes, or the end has come: each record is
 * written once, and what was waited for is there. */
static void
test_takeover (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  g_auto (FarAggregate) all = FAR_AGGREGATE_INIT;
  gint64 n = 0;
  FarRng rng;
  guint round, i;

  fixture_init (&fixture);
  far_rng_init (&rng, 11, 3);
  for (round = 0; round < 60; round++)
    {
      guint n_more = far_rng_below (&rng, round % 10 == 9 ? 12000 : 1500);
      guint pause_us = far_rng_below (&rng, 3) == 0 ? far_rng_below (&rng, 30) : 0;

      for (i = 0; i < n_more; i++)
        {
          advance (&fixture, 2);
          record_one (&fixture, "a", FAR_INVOCATION_OK, 10);
          if (pause_us > 0 && i % 64 == 0)
            g_usleep (pause_us);
        }
      n += n_more;
      if (round % 3 == 0)
        {
          g_assert_true (far_telemetry_flush (fixture.telemetry, &error));
          g_assert_cmpint (count_rows (&fixture, "SELECT count (*) FROM invocation"), ==, n);
        }
      else if (round % 7 == 0)
        {
          far_telemetry_close (fixture.telemetry);
          g_assert_cmpint (count_rows (&fixture, "SELECT count (*) FROM invocation"), ==, n);
          fixture_open (&fixture);
        }
    }
  g_assert_cmpuint (far_telemetry_n_dropped (fixture.telemetry), ==, 0);
  far_telemetry_close (fixture.telemetry);
  g_assert_cmpint (count_rows (&fixture, "SELECT count (*) FROM invocation"), ==, n);
  g_assert_cmpint (count_rows (&fixture, "SELECT sum (ok) FROM rollup AS r JOIN name ON name.id ="
                                         " r.function WHERE period_s = 86400 AND text = 'a'"),
                   ==, n);
  fixture_open (&fixture);
  far_telemetry_total (fixture.telemetry, NULL, &all);
  g_assert_cmpint ((gint64) far_aggregate_invocations (&all), ==, n);
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/writer/takeover", test_takeover);
  return g_test_run ();
}
