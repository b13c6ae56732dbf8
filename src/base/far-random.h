/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random bytes come from getrandom(), and a forked instance never repeats its parent's. FarRng is
 * the opposite on purpose: a seeded generator (PCG32) for simulators. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* For keys and secrets. */
void far_random_bytes       (void *buffer, gsize n_bytes);
/* For ids: many for one call of the kernel. */
void far_random_bytes_ahead (void *buffer, gsize n_bytes);

typedef struct {
  guint64 state;
  guint64 increment;
} FarRng;

void    far_rng_init    (FarRng *rng, guint64 seed, guint64 stream);
guint32 far_rng_next    (FarRng *rng);
/* Uniform in [0, bound), without modulo bias; bound > 0. */
guint32 far_rng_below   (FarRng *rng, guint32 bound);
/* Uniform in [0, 1). */
double  far_rng_unit    (FarRng *rng);
/* Exponential with the given mean (> 0). */
double  far_rng_exponential (FarRng *rng, double mean);
/* Standard normal (Marsaglia's polar method). */
double  far_rng_normal  (FarRng *rng);

G_END_DECLS
