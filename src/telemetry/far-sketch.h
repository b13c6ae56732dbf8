/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mergeable quantile sketch of non-negative integers (µs, bytes): DDSketch with γ = 2^(1/64).
 *
 * A value v ≥ 1 falls into the bucket k = ⌈64 · log₂ v⌉, that is (2^((k-1)/64), 2^(k/64)]; zero has
 * a bucket of its own. Any quantile is then known within (γ-1)/(γ+1) = 0.542 % of the true sample,
 * whatever the distribution (Masson, Rim, Lee: "DDSketch", VLDB 2019). The buckets are those of an
 * OpenTelemetry exponential histogram of scale 6 and of a Prometheus native histogram of schema 6,
 * so that a sketch leaves here without loss.
 *
 * Bucket limits are computed with integers alone: the same samples give the same sketch on every
 * machine. A sketch never collapses buckets (all of int64 fits 4,033 of them), so merging is
 * adding, and merges in any order agree bit by bit.
 *
 * A plain struct to be embedded; not thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_SKETCH_ERROR (far_sketch_error_quark ())
GQuark far_sketch_error_quark (void);
typedef enum {
  FAR_SKETCH_ERROR_CORRUPT,
} FarSketchError;

#define FAR_SKETCH_SCALE 6
#define FAR_SKETCH_KEY_MAX 4033
#define FAR_SKETCH_RELATIVE_ERROR 0.00542

typedef struct {
  guint64  count;
  gint64   sum;     /* saturates at G_MAXINT64 */
  gint64   min;     /* undefined while count is 0 */
  gint64   max;
  /*< private >*/
  guint64 *bins;    /* sorted by key: key in the top 16 bits, count in the lower 48 */
  guint    n_bins;
  guint    n_alloc;
} FarSketch;

#define FAR_SKETCH_INIT { 0 }

void       far_sketch_init        (FarSketch *self);
void       far_sketch_clear       (FarSketch *self);
/* Empties it and keeps the memory. */
void       far_sketch_reset       (FarSketch *self);

/* A negative value (a clock that was set back) counts as 0. */
void       far_sketch_add         (FarSketch *self, gint64 value);
void       far_sketch_add_n       (FarSketch *self, gint64 value, guint64 n);
void       far_sketch_merge       (FarSketch *self, const FarSketch *other);
gboolean   far_sketch_equal       (const FarSketch *a, const FarSketch *b);

/* The sample of rank ⌊q · (count-1)⌋ in order of size, within FAR_SKETCH_RELATIVE_ERROR; 0 ≤ q ≤ 1.
 * NaN if the sketch is empty. */
double     far_sketch_quantile    (const FarSketch *self, double q);
/* The limits of the bucket that the quantile lies in: the truth is in [low, high]. FALSE if
 * empty. */
gboolean   far_sketch_quantile_band (const FarSketch *self, double q,
                                     double *ret_low, double *ret_high);
/* How many samples were ≤ value, exact to one bucket: samples that share value's bucket count. */
guint64    far_sketch_count_to    (const FarSketch *self, gint64 value);
double     far_sketch_mean        (const FarSketch *self);

/* For heat maps and histograms: bucket i of n, ascending. */
guint      far_sketch_n_bins      (const FarSketch *self);
void       far_sketch_get_bin     (const FarSketch *self, guint index,
                                   double *ret_low, double *ret_high, guint64 *ret_count);

/* 1 byte of version, then unsigned LEB128: count, sum, min, max - min, number of buckets, and for
 * each bucket the distance of its key from the one before (the first: the key) and its count.
 * Appends to bytes. */
void       far_sketch_serialize   (const FarSketch *self, GByteArray *bytes);
/* Replaces self, which must be initialised; left as it was on error. Every field is checked against
 * the others. */
gboolean   far_sketch_deserialize (FarSketch *self, const guint8 *data, gsize n_bytes,
                                   GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarSketch, far_sketch_clear)

G_END_DECLS
