/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two kinds of chance, kept apart: the kernel's, and PCG32 (O'Neill, "PCG: A Family of Simple Fast
 * Space-Efficient Statistically Good Algorithms", 2014), which replays by its seed. The kernel is
 * asked at each call for keys and secrets; for ids, a page ahead for each thread, which the kernel
 * empties in the child of a fork, so that an instance never repeats its parent's bytes. A FarRng
 * belongs to one thread at a time. */
#include "farthing-config.h"

#include "base/far-random.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define PCG32_MULTIPLIER G_GUINT64_CONSTANT (6364136223846793005)

/**
 * far_random_bytes:
 * @buffer: (out caller-allocates) (array length=n_bytes): where to put them
 * @n_bytes: how many
 *
 * Fills @buffer from getrandom(). Ends the process if the kernel has none to give: there is no safe
 * way on without them. Any thread; safe after fork().
 */
void
far_random_bytes (void  *buffer,
                  gsize  n_bytes)
{
  guint8 *next = buffer;

  g_return_if_fail (buffer != NULL || n_bytes == 0);

  while (n_bytes > 0)
    {
      ssize_t n_read = getrandom (next, n_bytes, 0);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read <= 0)
        g_error ("getrandom() failed: %s", g_strerror (errno));
      next += n_read;
      n_bytes -= (gsize) n_read;
    }
}

/* ---- drawn ahead ---- */

#define AHEAD_SIZE 4096

/* In a page of its own. The bytes that are left are the first ones; all zero is empty. */
typedef struct {
  gsize  n_left;
  guint8 bytes[AHEAD_SIZE - sizeof (gsize)];
} Ahead;

static void
ahead_free (gpointer data)
{
  munmap (data, sizeof (Ahead));
}

static GPrivate ahead_of_thread = G_PRIVATE_INIT (ahead_free);

/* NULL where the kernel cannot empty it at a fork. */
static Ahead *
ahead_get (void)
{
  Ahead *ahead = g_private_get (&ahead_of_thread);

  if (ahead != NULL)
    return ahead;
  ahead = mmap (NULL, sizeof (Ahead), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (ahead == MAP_FAILED)
    return NULL;
  if (madvise (ahead, sizeof (Ahead), MADV_WIPEONFORK) != 0)
    {
      munmap (ahead, sizeof (Ahead));
      return NULL;
    }
  g_private_set (&ahead_of_thread, ahead);
  return ahead;
}

/**
 * far_random_bytes_ahead:
 * @buffer: (out caller-allocates) (array length=n_bytes): where to put them
 * @n_bytes: how many
 *
 * As far_random_bytes(), with a call of the kernel for many of these: for ids, which are made by
 * the thousand, and not for what must be kept secret. No byte is given twice, nor kept once given.
 * Any thread; safe after fork().
 */
void
far_random_bytes_ahead (void  *buffer,
                        gsize  n_bytes)
{
  Ahead *ahead;

  g_return_if_fail (buffer != NULL || n_bytes == 0);

  ahead = n_bytes <= sizeof ahead->bytes ? ahead_get () : NULL;
  if (ahead == NULL)
    {
      far_random_bytes (buffer, n_bytes);
      return;
    }
  if (ahead->n_left < n_bytes)
    {
      far_random_bytes (ahead->bytes, sizeof ahead->bytes);
      ahead->n_left = sizeof ahead->bytes;
    }
  ahead->n_left -= n_bytes;
  memcpy (buffer, ahead->bytes + ahead->n_left, n_bytes);
  memset (ahead->bytes + ahead->n_left, 0, n_bytes);
}

/**
 * far_rng_init:
 * @rng: (out caller-allocates): the generator
 * @seed: where in the sequence to start
 * @stream: which of 2⁶³ sequences
 */
void
far_rng_init (FarRng  *rng,
              guint64  seed,
              guint64  stream)
{
  g_return_if_fail (rng != NULL);

  rng->state = 0;
  rng->increment = (stream << 1) | 1;
  (void) far_rng_next (rng);
  rng->state += seed;
  (void) far_rng_next (rng);
}

/**
 * far_rng_next:
 * @rng: a generator
 *
 * Returns: 32 uniform bits
 */
guint32
far_rng_next (FarRng *rng)
{
  guint64 state;
  guint32 xorshifted;
  guint32 rotation;

  g_return_val_if_fail (rng != NULL && (rng->increment & 1) == 1, 0);

  state = rng->state;
  rng->state = state * PCG32_MULTIPLIER + rng->increment;
  xorshifted = (guint32) (((state >> 18) ^ state) >> 27);
  rotation = (guint32) (state >> 59);
  return (xorshifted >> rotation) | (xorshifted << ((-rotation) & 31));
}

/**
 * far_rng_below:
 * @rng: a generator
 * @bound: above 0
 *
 * Returns: uniform in [0, @bound); draws are thrown away until no value is favoured
 */
guint32
far_rng_below (FarRng  *rng,
               guint32  bound)
{
  guint32 threshold;
  guint32 drawn;

  g_return_val_if_fail (rng != NULL && bound > 0, 0);

  threshold = -bound % bound;
  do
    drawn = far_rng_next (rng);
  while (drawn < threshold);

  return drawn % bound;
}

/**
 * far_rng_unit:
 * @rng: a generator
 *
 * Returns: uniform in [0, 1), a multiple of 2⁻⁵³
 */
double
far_rng_unit (FarRng *rng)
{
  guint64 high = far_rng_next (rng) >> 5;
  guint64 low = far_rng_next (rng) >> 6;

  return (double) ((high << 26) | low) * 0x1p-53;
}

/**
 * far_rng_exponential:
 * @rng: a generator
 * @mean: above 0
 *
 * Returns: 0 or more, by inversion
 */
double
far_rng_exponential (FarRng *rng,
                     double  mean)
{
  g_return_val_if_fail (mean > 0, 0);

  return -mean * log1p (-far_rng_unit (rng));
}

/**
 * far_rng_normal:
 * @rng: a generator
 *
 * Marsaglia's polar method; the second value of each pair is thrown away so that the state stays
 * two integers.
 *
 * Returns: a standard normal value
 */
double
far_rng_normal (FarRng *rng)
{
  double u, v, square;

  do
    {
      u = 2 * far_rng_unit (rng) - 1;
      v = 2 * far_rng_unit (rng) - 1;
      square = u * u + v * v;
    }
  while (square >= 1 || square == 0);

  return u * sqrt (-2 * log (square) / square);
}
