/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target without libFuzzer: each seed of a folder, then seeded mutations of them. The
 * same seed gives the same inputs, so that a failure can be run again: `fuzz-NAME FOLDER SEED`. */
#include "fuzz-driver.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/far-random.h"

#ifndef N_MUTATIONS
#define N_MUTATIONS 20000
#endif
#define INPUT_MAX (64 * 1024)
#define SEED_DEFAULT 20261123

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names. */
static GPtrArray *
read_corpus (const char *folder)
{
  GPtrArray *corpus = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint i;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (i = 0; i < names->len; i++)
    {
      char *data;
      gsize length;

      if (g_file_get_contents (g_ptr_array_index (names, i), &data, &length, NULL))
        g_ptr_array_add (corpus, g_bytes_new_take (data, MIN (length, INPUT_MAX)));
    }
  return corpus;
}

/* A piece of one seed put into another. */
static void
splice (FarRng *rng, GByteArray *input, GBytes *other)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (other, &length);
  guint from, n, at;
  g_autofree guint8 *tail = NULL;
  guint n_tail;

  if (length == 0)
    return;
  from = far_rng_below (rng, (guint32) length);
  n = 1 + far_rng_below (rng, (guint32) MIN (length - from, 64));
  n = MIN (n, (guint) (length - from));
  at = far_rng_below (rng, input->len + 1);
  n_tail = input->len - at;
  tail = g_memdup2 (input->data + at, n_tail);
  g_byte_array_set_size (input, at);
  g_byte_array_append (input, data + from, n);
  g_byte_array_append (input, tail, n_tail);
}

static void
mutate (FarRng *rng, GByteArray *input, GPtrArray *corpus)
{
  guint n = 1 + far_rng_below (rng, 6), at, length;

  while (n-- > 0 && input->len < INPUT_MAX)
    {
      at = input->len > 0 ? far_rng_below (rng, input->len) : 0;
      switch (far_rng_below (rng, 5))
        {
        case 0:
          if (input->len > 0)
            input->data[at] ^= (guint8) (1u << far_rng_below (rng, 8));
          break;
        case 1:
          if (input->len > 0)
            input->data[at] = (guint8) far_rng_next (rng);
          break;
        case 2:
          length = input->len > 0 ? 1 + far_rng_below (rng, MIN (input->len - at, 32)) : 0;
          if (length > 0)
            g_byte_array_remove_range (input, at, length);
          break;
        case 3:
          g_byte_array_set_size (input, at);
          break;
        default:
          splice (rng, input,
                  g_ptr_array_index (corpus, far_rng_below (rng, corpus->len)));
          break;
        }
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) corpus = argc > 1 ? read_corpus (argv[1]) : NULL;
  guint64 seed = argc > 2 ? g_ascii_strtoull (argv[2], NULL, 10) : SEED_DEFAULT;
  FarRng rng;
  guint i;

  if (corpus == NULL || corpus->len == 0)
    {
      fprintf (stderr, "usage: %s FOLDER-OF-SEEDS [SEED]\n", argv[0]);
      return EXIT_FAILURE;
    }
  printf ("1..2\n");
  for (i = 0; i < corpus->len; i++)
    {
      gsize length;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (corpus, i), &length);

      LLVMFuzzerTestOneInput (data, length);
    }
  printf ("ok 1 seeds\n");
  fflush (stdout);
  far_rng_init (&rng, seed, 0);
  for (i = 0; i < N_MUTATIONS; i++)
    {
      GBytes *base = g_ptr_array_index (corpus, far_rng_below (&rng, corpus->len));
      g_autoptr (GByteArray) input = g_byte_array_new ();
      g_autofree guint8 *exact = NULL;
      gsize length;
      const guint8 *data = g_bytes_get_data (base, &length);

      g_byte_array_append (input, data, (guint) length);
      mutate (&rng, input, corpus);
      /* In a block of just this size, so that a sanitizer sees a read behind it. */
      exact = g_malloc (MAX (input->len, 1));
      if (input->len > 0)
        memcpy (exact, input->data, input->len);
      LLVMFuzzerTestOneInput (exact, input->len);
    }
  printf ("ok 2 %d mutations of seed %" G_GUINT64_FORMAT "\n", N_MUTATIONS, seed);
  return EXIT_SUCCESS;
}
