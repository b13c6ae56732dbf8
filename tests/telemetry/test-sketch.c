/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quantile sketch against exact quantiles, in many shapes and orders of merging. */
#include "telemetry/far-sketch.h"

#include <math.h>
#include <string.h>

#include "base/far-random.h"

#define N_SAMPLES 5000

typedef gint64 (*Shape) (FarRng *rng, guint i);

static gint64
shape_uniform (FarRng *rng, guint i)
{
  return far_rng_below (rng, 1000000);
}

static gint64
shape_lognormal (FarRng *rng, guint i)
{
  return (gint64) exp (7 + 2 * far_rng_normal (rng));
}

static gint64
shape_bimodal (FarRng *rng, guint i)
{
  return far_rng_below (rng, 100) < 98 ? 300 + far_rng_below (rng, 40)
                                       : 2000000 + far_rng_below (rng, 900000);
}

static gint64
shape_small (FarRng *rng, guint i)
{
  return far_rng_below (rng, 4);
}

static gint64
shape_constant (FarRng *rng, guint i)
{
  return 12345;
}

static gint64
shape_huge (FarRng *rng, guint i)
{
  return (gint64) (((guint64) far_rng_next (rng) << 31) | far_rng_next (rng));
}

static gint64
shape_ascending (FarRng *rng, guint i)
{
  return i;
}

static const struct { const char *name; Shape shape; } shapes[] = {
  { "uniform", shape_uniform },   { "lognormal", shape_lognormal }, { "bimodal", shape_bimodal },
  { "small", shape_small },       { "constant", shape_constant },   { "huge", shape_huge },
  { "ascending", shape_ascending },
};

static int
compare_values (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
draw (const char *name, Shape shape, guint seed, gint64 *values)
{
  FarRng rng;
  guint i;

  far_rng_init (&rng, seed, g_str_hash (name));
  for (i = 0; i < N_SAMPLES; i++)
    values[i] = shape (&rng, i);
}

static void
assert_within_error (double got, gint64 exact)
{
  if (exact == 0)
    g_assert_cmpfloat (got, ==, 0);
  else
    g_assert_cmpfloat (fabs (got - (double) exact), <=,
                       FAR_SKETCH_RELATIVE_ERROR * (double) exact);
}

static void
test_quantiles (void)
{
  static const double quantiles[] = { 0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 };
  gint64 values[N_SAMPLES];
  guint s, seed, i;

  for (s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (seed = 1; seed <= 5; seed++)
      {
        g_auto (FarSketch) sketch = FAR_SKETCH_INIT;

        draw (shapes[s].name, shapes[s].shape, seed, values);
        for (i = 0; i < N_SAMPLES; i++)
          far_sketch_add (&sketch, values[i]);
        qsort (values, N_SAMPLES, sizeof *values, compare_values);
        g_assert_cmpuint (sketch.count, ==, N_SAMPLES);
        g_assert_cmpint (sketch.min, ==, values[0]);
        g_assert_cmpint (sketch.max, ==, values[N_SAMPLES - 1]);
        for (i = 0; i < G_N_ELEMENTS (quantiles); i++)
          {
            gint64 exact = values[(guint) floor (quantiles[i] * (N_SAMPLES - 1))];
            double low, high;

            assert_within_error (far_sketch_quantile (&sketch, quantiles[i]), exact);
            g_assert_true (far_sketch_quantile_band (&sketch, quantiles[i], &low, &high));
            g_assert_cmpfloat ((double) exact, >=, low * (1 - 1e-12));
            g_assert_cmpfloat ((double) exact, <=, high * (1 + 1e-12));
          }
      }
}

/* A stream cut into parts and merged along any tree is the sketch of the whole. */
static void
test_merge_any_order (void)
{
  gint64 values[N_SAMPLES];
  guint s, round, i;

  for (s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (round = 1; round <= 10; round++)
      {
        g_auto (FarSketch) whole = FAR_SKETCH_INIT;
        FarSketch parts[12];
        guint n_parts = G_N_ELEMENTS (parts);
        FarRng rng;

        draw (shapes[s].name, shapes[s].shape, round, values);
        far_rng_init (&rng, round, s);
        for (i = 0; i < n_parts; i++)
          far_sketch_init (&parts[i]);
        for (i = 0; i < N_SAMPLES; i++)
          {
            far_sketch_add (&whole, values[i]);
            far_sketch_add (&parts[far_rng_below (&rng, n_parts)], values[i]);
          }
        while (n_parts > 1)
          {
            guint a = far_rng_below (&rng, n_parts), b = far_rng_below (&rng, n_parts - 1);

            b += b >= a;
            far_sketch_merge (&parts[a], &parts[b]);
            far_sketch_clear (&parts[b]);
            parts[b] = parts[--n_parts];
            if (a == n_parts)
              a = b;
          }
        g_assert_true (far_sketch_equal (&parts[0], &whole));
        far_sketch_clear (&parts[0]);
      }
}

static void
test_limits (void)
{
  g_auto (FarSketch) sketch = FAR_SKETCH_INIT;
  g_auto (FarSketch) empty = FAR_SKETCH_INIT;
  double low, high;

  g_assert_true (isnan (far_sketch_quantile (&empty, 0.5)));
  g_assert_true (isnan (far_sketch_mean (&empty)));
  g_assert_false (far_sketch_quantile_band (&empty, 0.5, &low, &high));

  far_sketch_add (&sketch, -5);
  far_sketch_add (&sketch, 0);
  g_assert_cmpint (sketch.max, ==, 0);
  g_assert_cmpfloat (far_sketch_quantile (&sketch, 1), ==, 0);
  far_sketch_add (&sketch, G_MAXINT64);
  far_sketch_add (&sketch, G_MAXINT64);
  g_assert_cmpint (sketch.sum, ==, G_MAXINT64);
  assert_within_error (far_sketch_quantile (&sketch, 1), G_MAXINT64);
  g_assert_cmpuint (far_sketch_n_bins (&sketch), ==, 2);
  far_sketch_merge (&sketch, &empty);
  g_assert_cmpuint (sketch.count, ==, 4);
  far_sketch_reset (&sketch);
  g_assert_true (far_sketch_equal (&sketch, &empty));
  far_sketch_add_n (&sketch, 7, 3);
  g_assert_cmpint (sketch.sum, ==, 21);
  g_assert_cmpint (sketch.min, ==, 7);
  g_assert_cmpfloat (far_sketch_mean (&sketch), ==, 7);
}

/* A power of two ends its bucket; one more begins the next. */
static void
test_bucket_edges (void)
{
  guint octave;

  for (octave = 1; octave < 62; octave++)
    {
      g_auto (FarSketch) sketch = FAR_SKETCH_INIT;
      gint64 edge = G_GINT64_CONSTANT (1) << octave;
      double low, high;
      guint64 count;

      far_sketch_add (&sketch, edge);
      far_sketch_get_bin (&sketch, 0, &low, &high, &count);
      g_assert_cmpfloat (high, ==, (double) edge);
      g_assert_cmpuint (count, ==, 1);
      far_sketch_add (&sketch, edge + 1);
      g_assert_cmpuint (far_sketch_n_bins (&sketch), ==, 2);
      g_assert_cmpuint (far_sketch_count_to (&sketch, edge), ==, 1);
      g_assert_cmpuint (far_sketch_count_to (&sketch, edge - 1 - edge / 32), ==, 0);
      g_assert_cmpuint (far_sketch_count_to (&sketch, G_MAXINT64), ==, 2);
    }
}

static void
test_serialize (void)
{
  gint64 values[N_SAMPLES];
  guint s, i;

  for (s = 0; s < G_N_ELEMENTS (shapes); s++)
    {
      g_auto (FarSketch) sketch = FAR_SKETCH_INIT, back = FAR_SKETCH_INIT;
      g_autoptr (GByteArray) bytes = g_byte_array_new (), again = g_byte_array_new ();
      g_autoptr (GError) error = NULL;

      draw (shapes[s].name, shapes[s].shape, 1, values);
      for (i = 0; i < N_SAMPLES; i++)
        far_sketch_add (&sketch, values[i]);
      far_sketch_serialize (&sketch, bytes);
      g_assert_true (far_sketch_deserialize (&back, bytes->data, bytes->len, &error));
      g_assert_no_error (error);
      g_assert_true (far_sketch_equal (&sketch, &back));
      far_sketch_serialize (&back, again);
      g_assert_cmpmem (bytes->data, bytes->len, again->data, again->len);
    }
}

/* Whatever bytes come in: refused and unchanged, or a sketch that prints the same bytes. */
static void
test_damaged (void)
{
  g_auto (FarSketch) sketch = FAR_SKETCH_INIT, kept = FAR_SKETCH_INIT;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  FarRng rng;
  guint i, refused = 0;

  far_rng_init (&rng, 42, 0);
  for (i = 0; i < 300; i++)
    far_sketch_add (&sketch, shape_lognormal (&rng, i));
  far_sketch_serialize (&sketch, bytes);
  far_sketch_add (&kept, 99);
  for (i = 0; i < 20000; i++)
    {
      g_auto (FarSketch) target = FAR_SKETCH_INIT;
      g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
      g_autoptr (GByteArray) again = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      gsize n_bytes = i % 3 == 0 ? far_rng_below (&rng, bytes->len) : bytes->len;

      far_sketch_merge (&target, &kept);
      if (i % 3 != 0)
        copy[far_rng_below (&rng, bytes->len)] ^= (guint8) (1 << far_rng_below (&rng, 8));
      if (far_sketch_deserialize (&target, copy, n_bytes, &error))
        {
          far_sketch_serialize (&target, again);
          g_assert_cmpmem (again->data, again->len, copy, n_bytes);
          continue;
        }
      g_assert_error (error, FAR_SKETCH_ERROR, FAR_SKETCH_ERROR_CORRUPT);
      g_assert_true (far_sketch_equal (&target, &kept));
      refused++;
    }
  g_assert_cmpuint (refused, >, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sketch/quantiles", test_quantiles);
  g_test_add_func ("/sketch/merge-any-order", test_merge_any_order);
  g_test_add_func ("/sketch/limits", test_limits);
  g_test_add_func ("/sketch/bucket-edges", test_bucket_edges);
  g_test_add_func ("/sketch/serialize", test_serialize);
  g_test_add_func ("/sketch/damaged", test_damaged);
  return g_test_run ();
}
