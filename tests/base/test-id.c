/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ids and randomness: layout and order, every form that is none, a thousand forked children that
 * never agree, and the seeded generator against its published values. */
#include "base/far-id.h"

#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-random.h"

#define N_DRAWS 10000
#define LARGE 10000
#define N_CHILDREN 1000

static void
test_layout (void)
{
  g_autoptr (FarClock) clock =
    far_clock_new_manual (G_GINT64_CONSTANT (0x0123456789ab) * 1000 + 999);
  g_autoptr (FarClock) before_epoch = far_clock_new_manual (-5);
  char hex[FAR_ID_HEX_LEN + 1];
  char uuid[FAR_UUID_LEN + 1];
  FarId id, other;

  far_id_init (&id, clock);
  far_id_to_hex (&id, hex);
  far_id_to_uuid (&id, uuid);
  g_assert_true (g_str_has_prefix (hex, "0123456789ab7"));
  g_assert_true (strchr ("89ab", hex[16]) != NULL);
  g_assert_true (g_uuid_string_is_valid (uuid));
  g_assert_true (g_str_has_prefix (uuid, "01234567-89ab-7"));
  far_id_init (&other, before_epoch);
  far_id_to_hex (&other, hex);
  g_assert_true (g_str_has_prefix (hex, "0000000000007"));
}

static void
test_order (void)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (1000000);
  char last_hex[FAR_ID_HEX_LEN + 1] = "";
  FarId last = { { 0, } };

  for (guint i = 0; i < 1000; i++)
    {
      char hex[FAR_ID_HEX_LEN + 1];
      FarId id;

      far_id_init (&id, clock);
      far_id_to_hex (&id, hex);
      g_assert_cmpint (far_id_compare (&id, &last), >, 0);
      g_assert_cmpint (far_id_compare (&last, &id), <, 0);
      g_assert_cmpint (far_id_compare (&id, &id), ==, 0);
      g_assert_cmpstr (hex, >, last_hex);
      last = id;
      memcpy (last_hex, hex, sizeof hex);
      g_assert_true (far_clock_advance (clock, 1000, NULL));
    }
}

/* Each bit that is not fixed is set about half of the time: 4,000 draws, ±6 standard deviations. */
static void
test_random_bits (void)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (0);
  guint counts[8 * FAR_ID_LEN] = { 0, };
  guint counts_random[8 * FAR_ID_LEN] = { 0, };

  for (guint i = 0; i < 4000; i++)
    {
      FarId id, random;

      far_id_init (&id, clock);
      far_id_init_random (&random);
      for (guint bit = 0; bit < 8 * FAR_ID_LEN; bit++)
        {
          counts[bit] += id.bytes[bit / 8] >> (7 - bit % 8) & 1;
          counts_random[bit] += random.bytes[bit / 8] >> (7 - bit % 8) & 1;
        }
    }
  for (guint bit = 0; bit < 8 * FAR_ID_LEN; bit++)
    {
      gboolean fixed = bit < 52 || bit == 64 || bit == 65;

      g_assert_cmpuint (counts_random[bit], >, 1810);
      g_assert_cmpuint (counts_random[bit], <, 2190);
      if (!fixed)
        g_assert_true (counts[bit] > 1810 && counts[bit] < 2190);
    }
}

static void
test_parse (void)
{
  static const char *const bad[] = {
    "", "0", "0193a5b4c6d77e8f9a0b1c2d3e4f506", "0193a5b4c6d77e8f9a0b1c2d3e4f50611",
    "0193A5B4C6D77E8F9A0B1C2D3E4F5061", "0193a5b4c6d77e8f9a0b1c2d3e4f506g",
    "0193a5b4-c6d7-7e8f-9a0b-1c2d3e4f506", "0193a5b4-c6d7-7e8f-9a0b-1c2d3e4f50611",
    "0193a5b4c-6d7-7e8f-9a0b-1c2d3e4f5061", "0193a5b4-c6d77-e8f-9a0b-1c2d3e4f5061",
    "{193a5b4-c6d7-7e8f-9a0b-1c2d3e4f506}", "0193a5b4 c6d7 7e8f 9a0b 1c2d3e4f5061",
    " 193a5b4c6d77e8f9a0b1c2d3e4f5061", "0x93a5b4c6d77e8f9a0b1c2d3e4f5061",
  };
  FarId id, again, untouched;
  char text[FAR_UUID_LEN + 1];

  g_assert_true (far_id_parse ("0193a5b4c6d77e8f9a0b1c2d3e4f5061", &id));
  g_assert_true (far_id_parse ("0193a5b4-c6d7-7e8f-9a0b-1c2d3e4f5061", &again));
  g_assert_cmpmem (&id, sizeof id, &again, sizeof again);
  g_assert_cmpint (id.bytes[1], ==, 0x93);
  far_id_to_uuid (&id, text);
  g_assert_cmpstr (text, ==, "0193a5b4-c6d7-7e8f-9a0b-1c2d3e4f5061");
  untouched = id;
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (far_id_parse (bad[i], &id));
  g_assert_false (far_id_parse (NULL, &id));
  g_assert_cmpmem (&id, sizeof id, &untouched, sizeof untouched);
}

static void
test_hex (void)
{
  static const guint8 bytes[] = { 0, 1, 0x7f, 0x80, 0xff };
  g_autofree char *hex = far_hex_encode (bytes, sizeof bytes);
  g_autofree char *empty = far_hex_encode (NULL, 0);
  guint8 decoded[5] = { 9, 9, 9, 9, 9 };

  g_assert_cmpstr (hex, ==, "00017f80ff");
  g_assert_cmpstr (empty, ==, "");
  g_assert_false (far_hex_decode ("00017F80FF", decoded, 5));
  g_assert_false (far_hex_decode ("00017f80f", decoded, 5));
  g_assert_false (far_hex_decode ("00017f80ff00", decoded, 5));
  g_assert_false (far_hex_decode ("00017f80fg", decoded, 5));
  g_assert_false (far_hex_decode (NULL, decoded, 5));
  g_assert_cmpint (decoded[0], ==, 9);
  g_assert_true (far_hex_decode (hex, decoded, 5));
  g_assert_cmpmem (decoded, 5, bytes, 5);
  g_assert_true (far_hex_decode ("", NULL, 0));
}

static guint
hash_id (gconstpointer id)
{
  guint value;

  memcpy (&value, ((const FarId *) id)->bytes + 10, sizeof value);
  return value;
}

static gboolean
equal_ids (gconstpointer a,
           gconstpointer b)
{
  return far_id_compare (a, b) == 0;
}

/* As instances of one fork server are: the parent has drawn already, the clock stands still, and
 * every child draws both kinds at once. */
static void
test_forked (void)
{
  g_autoptr (FarClock) clock = far_clock_new_manual (0);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (hash_id, equal_ids, g_free, NULL);
  int ends[2];
  FarId drawn;

  far_id_init (&drawn, clock);
  g_hash_table_add (seen, g_memdup2 (&drawn, sizeof drawn));
  g_assert_cmpint (pipe (ends), ==, 0);
  for (guint i = 0; i < N_CHILDREN; i++)
    {
      FarId ids[2];
      pid_t child = fork ();

      g_assert_cmpint (child, >=, 0);
      if (child == 0)
        {
          far_id_init (&ids[0], clock);
          far_id_init_random (&ids[1]);
          _exit (write (ends[1], ids, sizeof ids) == sizeof ids ? 0 : 1);
        }
      g_assert_cmpint (read (ends[0], ids, sizeof ids), ==, sizeof ids);
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&ids[0], sizeof ids[0])));
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&ids[1], sizeof ids[1])));
      g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, 2 * N_CHILDREN + 1);
  close (ends[0]);
  close (ends[1]);
}

/* More than is drawn ahead at once, in one thread and in another that begins its own; and pieces
 * that do not fit into what is left, or at all. */
static gpointer
draw_many (gpointer data)
{
  GHashTable *seen = data;

  for (guint i = 0; i < N_DRAWS; i++)
    {
      FarId id;

      far_id_init_random (&id);
      g_assert_true (g_hash_table_add (seen, g_memdup2 (&id, sizeof id)));
    }
  return NULL;
}

static void
test_drawn_ahead (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (hash_id, equal_ids, g_free, NULL);
  guint8 zeros[3000] = { 0 }, some[3000] = { 0 }, others[3000] = { 0 };
  g_autofree guint8 *large = g_malloc0 (LARGE);

  draw_many (seen);
  g_thread_join (g_thread_new ("draws", draw_many, seen));
  g_assert_cmpuint (g_hash_table_size (seen), ==, 2 * N_DRAWS);
  far_random_bytes_ahead (some, sizeof some);
  far_random_bytes_ahead (others, sizeof others);
  g_assert_cmpint (memcmp (some, others, sizeof some), !=, 0);
  g_assert_cmpint (memcmp (others + sizeof others - 64, zeros, 64), !=, 0);
  far_random_bytes_ahead (large, LARGE);
  g_assert_cmpint (memcmp (large + LARGE - 64, zeros, 64), !=, 0);
  far_random_bytes_ahead (NULL, 0);
}

/* ---- The seeded generator ---- */

/* The first values of pcg32-demo, seed 42 and stream 54, as its authors print them. */
static void
test_pcg (void)
{
  static const guint32 published[] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330,
                                       0x83d2f293, 0xbfa4784b, 0xcbed606e };
  FarRng rng, again;

  far_rng_init (&rng, 42, 54);
  for (gsize i = 0; i < G_N_ELEMENTS (published); i++)
    g_assert_cmphex (far_rng_next (&rng), ==, published[i]);
  far_rng_init (&rng, 1, 1);
  far_rng_init (&again, 1, 2);
  g_assert_cmphex (far_rng_next (&rng), !=, far_rng_next (&again));
}

static void
test_below (void)
{
  guint counts[7] = { 0, };
  FarRng rng;

  far_rng_init (&rng, 3, 3);
  for (guint i = 0; i < 70000; i++)
    counts[far_rng_below (&rng, 7)]++;
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
    g_assert_true (counts[i] > 9400 && counts[i] < 10600);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (far_rng_below (&rng, 1), ==, 0);
  /* A bound of 3 × 2³⁰ throws a quarter of the draws away; modulo alone would favour the first
   * third with half of all. */
  counts[0] = 0;
  for (guint i = 0; i < 30000; i++)
    counts[0] += far_rng_below (&rng, 3u << 30) < 1u << 30;
  g_assert_true (counts[0] > 9500 && counts[0] < 10500);
}

static void
test_distributions (void)
{
  const guint n = 200000;
  double sum_unit = 0, sum_exponential = 0, sum_normal = 0, squares_normal = 0;
  guint above_mean = 0;
  FarRng rng;

  far_rng_init (&rng, 9, 9);
  for (guint i = 0; i < n; i++)
    {
      double unit = far_rng_unit (&rng);
      double exponential = far_rng_exponential (&rng, 5);
      double normal = far_rng_normal (&rng);

      g_assert_true (unit >= 0 && unit < 1);
      g_assert_true (exponential >= 0 && isfinite (exponential));
      g_assert_true (isfinite (normal));
      sum_unit += unit;
      sum_exponential += exponential;
      above_mean += exponential > 5;
      sum_normal += normal;
      squares_normal += normal * normal;
    }
  /* Within six standard errors. */
  g_assert_true (fabs (sum_unit / n - 0.5) < 0.004);
  g_assert_true (fabs (sum_exponential / n - 5) < 0.07);
  g_assert_true (fabs ((double) above_mean / n - exp (-1)) < 0.0066);
  g_assert_true (fabs (sum_normal / n) < 0.0135);
  g_assert_true (fabs (squares_normal / n - 1) < 0.02);
}

/* getrandom() gives at most 256 bytes for sure at once. */
static void
test_many_bytes (void)
{
  g_autofree guint8 *bytes = g_malloc0 (100000);
  guint counts[256] = { 0, };

  far_random_bytes (bytes, 100000);
  for (guint i = 0; i < 100000; i++)
    counts[bytes[i]]++;
  for (guint i = 0; i < 256; i++)
    g_assert_true (counts[i] > 270 && counts[i] < 510);
  far_random_bytes (NULL, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/id/layout", test_layout);
  g_test_add_func ("/base/id/order", test_order);
  g_test_add_func ("/base/id/random-bits", test_random_bits);
  g_test_add_func ("/base/id/parse", test_parse);
  g_test_add_func ("/base/id/hex", test_hex);
  g_test_add_func ("/base/id/forked", test_forked);
  g_test_add_func ("/base/id/drawn-ahead", test_drawn_ahead);
  g_test_add_func ("/base/random/pcg", test_pcg);
  g_test_add_func ("/base/random/below", test_below);
  g_test_add_func ("/base/random/distributions", test_distributions);
  g_test_add_func ("/base/random/many-bytes", test_many_bytes);
  return g_test_run ();
}
