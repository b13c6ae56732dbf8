/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Skew-binary histories: the jumps reach every row in logarithmic time, and the stored forms come
 * back as they were. */
#include "base/far-random.h"
#include "ledger/far-ledger-skew.h"

#include <string.h>

#define ROWS 5000

static void
test_search (void)
{
  g_autofree guint64 *prev = g_new0 (guint64, 3 * ROWS + 1);
  g_autofree guint64 *jump = g_new0 (guint64, 3 * ROWS + 1);
  FarSkew skew = { 0 };
  guint steps_max = 0;

  for (guint64 i = 1; i <= ROWS; i++)
    {
      guint8 bytes[FAR_SKEW_BYTES_MAX];
      FarSkew again;
      gsize n;

      far_skew_push (&skew, 3 * i, &prev[3 * i], &jump[3 * i]);
      g_assert_cmpuint (prev[3 * i], ==, 3 * (i - 1));
      n = far_skew_encode (skew.roots, skew.n_roots, bytes);
      g_assert_true (far_skew_decode (bytes, n, i, &again));
      g_assert_cmpuint (again.n_roots, ==, skew.n_roots);
      g_assert_cmpmem (again.roots, 8 * again.n_roots, skew.roots, 8 * skew.n_roots);
      g_assert_false (far_skew_decode (bytes, n - 1, i, &again));
      g_assert_false (far_skew_decode (bytes, n, 0, &again));
    }
  for (guint64 bound = 0; bound <= 3 * ROWS; bound++)
    {
      guint64 at = far_skew_last (&skew);
      guint steps = 0;

      for (; at > bound; steps++)
        at = jump[at] > bound ? jump[at] : prev[at];
      g_assert_cmpuint (at, ==, bound / 3 * 3);
      steps_max = MAX (steps_max, steps);
    }
  g_assert_cmpuint (steps_max, <=, 3 * 13); /* 3 log2 of the rows */
}

static void
test_history (void)
{
  FarRng rng;

  far_rng_init (&rng, 1, 1);
  for (guint i = 0; i < 20000; i++)
    {
      FarHistorySide sides[2], found[2];
      guint8 bytes[FAR_HISTORY_MAX];
      guint64 seq = 1 + far_rng_next (&rng);
      gsize n;

      memset (sides, 0, sizeof sides);
      for (guint s = 0; s < 2; s++)
        {
          gint64 *amounts = &sides[s].after.debits_posted_micros;

          sides[s].prev = seq > 1 ? far_rng_below (&rng, (guint32) seq) : 0;
          sides[s].jump = sides[s].prev / 2;
          for (guint a = 0; a < 4; a++)
            amounts[a] = (gint64) ((((guint64) far_rng_next (&rng) << 32) | far_rng_next (&rng)) >>
                                   (1 + far_rng_below (&rng, 63)));
        }
      n = far_history_encode (seq, &sides[0], &sides[1], bytes);
      g_assert_true (far_history_decode (seq, bytes, n, &found[0], &found[1]));
      g_assert_cmpmem (found, sizeof found, sides, sizeof sides);
      g_assert_false (far_history_decode (seq, bytes, n - 1, &found[0], &found[1]));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/skew/search", test_search);
  g_test_add_func ("/ledger/skew/history", test_history);
  return g_test_run ();
}
