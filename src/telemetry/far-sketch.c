/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the arithmetic of the quantile sketch: keys, merging, quantiles, the stored form.
 *
 * Invariants: bins are sorted by key without repeats; each has a count > 0; the counts add up to
 * count; the first holds min and the last max. Key 0 is the value 0; key k+1 is the bucket
 * (2^((k-1)/64), 2^(k/64)]. No thread of its own. */
#include "telemetry/far-sketch.h"

#include <math.h>
#include <string.h>

#define KEY_SHIFT 48
#define COUNT_MASK ((G_GUINT64_CONSTANT (1) << KEY_SHIFT) - 1)
#define BUCKETS_PER_OCTAVE 64
#define FORMAT_VERSION 1

G_DEFINE_QUARK (far-sketch-error-quark, far_sketch_error)

/* ⌊2^63 · 2^(j/64)⌋: where the buckets of an octave end. */
static const guint64 octave_limits[BUCKETS_PER_OCTAVE] = {
  0x8000000000000000, 0x8164d1f3bc030773, 0x82cd8698ac2ba1d7, 0x843a28c3acde4046,
  0x85aac367cc487b14, 0x871f61969e8d1010, 0x88980e8092da8527, 0x8a14d575496efd9a,
  0x8b95c1e3ea8bd6e6, 0x8d1adf5b7e5ba9e5, 0x8ea4398b45cd53c0, 0x9031dc431466b1dc,
  0x91c3d373ab11c336, 0x935a2b2f13e6e92b, 0x94f4efa8fef70961, 0x96942d3720185a00,
  0x9837f0518db8a96f, 0x99e0459320b7fa64, 0x9b8d39b9d54e5538, 0x9d3ed9a72cffb750,
  0x9ef5326091a111ad, 0xa0b0510fb9714fc2, 0xa27043030c496818, 0xa43515ae09e6809e,
  0xa5fed6a9b15138ea, 0xa7cd93b4e9653569, 0xa9a15ab4ea7c0ef8, 0xab7a39b5a93ed337,
  0xad583eea42a14ac6, 0xaf3b78ad690a4374, 0xb123f581d2ac258f, 0xb311c412a9112489,
  0xb504f333f9de6484, 0xb6fd91e328d17791, 0xb8fbaf4762fb9ee9, 0xbaff5ab2133e45fb,
  0xbd08a39f580c36be, 0xbf1799b67a731082, 0xc12c4cca66709456, 0xc346ccda24976407,
  0xc5672a115506dadd, 0xc78d74c8abb9b15c, 0xc9b9bd866e2f27a2, 0xcbec14fef2727c5c,
  0xce248c151f8480e3, 0xd06333daef2b2594, 0xd2a81d91f12ae45a, 0xd4f35aabcfedfa1f,
  0xd744fccad69d6af4, 0xd99d15c278afd7b5, 0xdbfbb797daf23755, 0xde60f4825e0e9123,
  0xe0ccdeec2a94e111, 0xe33f8972be8a5a51, 0xe5b906e77c8348a8, 0xe8396a503c4bdc68,
  0xeac0c6e7dd24392e, 0xed4f301ed9942b84, 0xefe4b99bdcdaf5cb, 0xf281773c59ffb139,
  0xf5257d152486cc2c, 0xf7d0df730ad13bb8, 0xfa83b2db722a033a, 0xfd3e0c0cf486c174,
};

static inline guint
bin_key (guint64 bin)
{
  return (guint) (bin >> KEY_SHIFT);
}

static inline guint64
bin_count (guint64 bin)
{
  return bin & COUNT_MASK;
}

static guint
key_of (gint64 value)
{
  guint octave, low = 0, high = BUCKETS_PER_OCTAVE;
  guint64 mantissa;

  if (value == 0)
    return 0;
  octave = 63 - (guint) __builtin_clzll ((guint64) value);
  mantissa = (guint64) value << (63 - octave);
  /* The limits other than the first are irrational, so that > their floor is > themselves. */
  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (mantissa > octave_limits[middle])
        low = middle + 1;
      else
        high = middle;
    }
  return 1 + octave * BUCKETS_PER_OCTAVE + low;
}

static double
key_high (guint key)
{
  return key == 0 ? 0 : exp2 ((key - 1) / (double) BUCKETS_PER_OCTAVE);
}

static double
key_low (guint key)
{
  return key == 0 ? 0 : exp2 (((double) key - 2) / BUCKETS_PER_OCTAVE);
}

void
far_sketch_init (FarSketch *self)
{
  memset (self, 0, sizeof *self);
}

void
far_sketch_clear (FarSketch *self)
{
  g_free (self->bins);
  far_sketch_init (self);
}

void
far_sketch_reset (FarSketch *self)
{
  self->count = 0;
  self->sum = 0;
  self->n_bins = 0;
}

static void
reserve_bins (FarSketch *self, guint n_bins)
{
  if (n_bins <= self->n_alloc)
    return;
  self->n_alloc = MAX (n_bins, MAX (8, self->n_alloc + self->n_alloc / 2));
  self->bins = g_renew (guint64, self->bins, self->n_alloc);
}

/* The first bin whose key is ≥ key. */
static guint
find_bin (const FarSketch *self, guint key)
{
  guint low = 0, high = self->n_bins;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (bin_key (self->bins[middle]) < key)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gint64
saturating_add (gint64 a, gint64 b)
{
  gint64 sum;

  return __builtin_add_overflow (a, b, &sum) ? G_MAXINT64 : sum;
}

void
far_sketch_add (FarSketch *self, gint64 value)
{
  far_sketch_add_n (self, value, 1);
}

void
far_sketch_add_n (FarSketch *self, gint64 value, guint64 n)
{
  gint64 product;
  guint key, at;

  g_return_if_fail (self->count + n <= COUNT_MASK);

  if (n == 0)
    return;
  value = MAX (value, 0);
  key = key_of (value);
  at = find_bin (self, key);
  if (at == self->n_bins || bin_key (self->bins[at]) != key)
    {
      reserve_bins (self, self->n_bins + 1);
      memmove (self->bins + at + 1, self->bins + at, (self->n_bins - at) * sizeof *self->bins);
      self->bins[at] = (guint64) key << KEY_SHIFT;
      self->n_bins++;
    }
  self->bins[at] += n;

  self->min = self->count == 0 ? value : MIN (self->min, value);
  self->max = self->count == 0 ? value : MAX (self->max, value);
  self->count += n;
  if (__builtin_mul_overflow (value, (gint64) n, &product))
    product = G_MAXINT64;
  self->sum = saturating_add (self->sum, product);
}

/* How many buckets of other are not in self. */
static guint
count_new_bins (const FarSketch *self, const FarSketch *other)
{
  guint i = 0, j, n = 0;

  for (j = 0; j < other->n_bins; j++)
    {
      guint key = bin_key (other->bins[j]);

      while (i < self->n_bins && bin_key (self->bins[i]) < key)
        i++;
      if (i == self->n_bins || bin_key (self->bins[i]) != key)
        n++;
    }
  return n;
}

void
far_sketch_merge (FarSketch *self, const FarSketch *other)
{
  guint from, to, j;

  g_return_if_fail (self != other);
  g_return_if_fail (self->count + other->count <= COUNT_MASK);

  if (other->count == 0)
    return;
  /* In place, from the end: a bin is written only where those not yet read are below it. */
  from = self->n_bins;
  to = self->n_bins + count_new_bins (self, other);
  reserve_bins (self, to);
  self->n_bins = to;
  for (j = other->n_bins; j > 0;)
    {
      guint64 theirs = other->bins[j - 1];

      if (from > 0 && bin_key (self->bins[from - 1]) > bin_key (theirs))
        self->bins[--to] = self->bins[--from];
      else if (from > 0 && bin_key (self->bins[from - 1]) == bin_key (theirs))
        {
          self->bins[--to] = self->bins[--from] + bin_count (theirs);
          j--;
        }
      else
        {
          self->bins[--to] = theirs;
          j--;
        }
    }
  g_assert (from == to);

  self->min = self->count == 0 ? other->min : MIN (self->min, other->min);
  self->max = self->count == 0 ? other->max : MAX (self->max, other->max);
  self->count += other->count;
  self->sum = saturating_add (self->sum, other->sum);
}

gboolean
far_sketch_equal (const FarSketch *a, const FarSketch *b)
{
  if (a->count != b->count || a->sum != b->sum || a->n_bins != b->n_bins)
    return FALSE;
  if (a->count == 0)
    return TRUE;
  return a->min == b->min && a->max == b->max &&
         memcmp (a->bins, b->bins, a->n_bins * sizeof *a->bins) == 0;
}

/* The key of the sample of rank ⌊q · (count-1)⌋. */
static guint
quantile_key (const FarSketch *self, double q)
{
  guint64 rank, seen = 0;
  guint i;

  g_assert (self->count > 0);
  rank = (guint64) floor (CLAMP (q, 0.0, 1.0) * (double) (self->count - 1));
  for (i = 0; i < self->n_bins; i++)
    {
      seen += bin_count (self->bins[i]);
      if (seen > rank)
        return bin_key (self->bins[i]);
    }
  return bin_key (self->bins[self->n_bins - 1]);
}

double
far_sketch_quantile (const FarSketch *self, double q)
{
  double low, high, middle;

  if (!far_sketch_quantile_band (self, q, &low, &high))
    return NAN;
  /* The point whose relative distance to both limits is the same. */
  middle = low + high == 0 ? 0 : 2 * low * high / (low + high);
  return CLAMP (middle, (double) self->min, (double) self->max);
}

gboolean
far_sketch_quantile_band (const FarSketch *self, double q, double *ret_low, double *ret_high)
{
  guint key;

  if (self->count == 0)
    return FALSE;
  key = quantile_key (self, q);
  *ret_low = key_low (key);
  *ret_high = key_high (key);
  return TRUE;
}

guint64
far_sketch_count_to (const FarSketch *self, gint64 value)
{
  guint64 n = 0;
  guint key, i;

  if (value < 0)
    return 0;
  key = key_of (value);
  for (i = 0; i < self->n_bins && bin_key (self->bins[i]) <= key; i++)
    n += bin_count (self->bins[i]);
  return n;
}

double
far_sketch_mean (const FarSketch *self)
{
  return self->count == 0 ? NAN : (double) self->sum / (double) self->count;
}

guint
far_sketch_n_bins (const FarSketch *self)
{
  return self->n_bins;
}

void
far_sketch_get_bin (const FarSketch *self, guint index, double *ret_low, double *ret_high,
                    guint64 *ret_count)
{
  g_return_if_fail (index < self->n_bins);

  *ret_low = key_low (bin_key (self->bins[index]));
  *ret_high = key_high (bin_key (self->bins[index]));
  *ret_count = bin_count (self->bins[index]);
}

static void
append_varint (GByteArray *bytes, guint64 value)
{
  guint8 buffer[10];
  guint n = 0;

  do
    {
      buffer[n] = value & 0x7f;
      value >>= 7;
      if (value != 0)
        buffer[n] |= 0x80;
      n++;
    }
  while (value != 0);
  g_byte_array_append (bytes, buffer, n);
}

void
far_sketch_serialize (const FarSketch *self, GByteArray *bytes)
{
  guint8 version = FORMAT_VERSION;
  guint i, before = 0;

  g_byte_array_append (bytes, &version, 1);
  append_varint (bytes, self->count);
  if (self->count == 0)
    return;
  append_varint (bytes, (guint64) self->sum);
  append_varint (bytes, (guint64) self->min);
  append_varint (bytes, (guint64) (self->max - self->min));
  append_varint (bytes, self->n_bins);
  for (i = 0; i < self->n_bins; i++)
    {
      append_varint (bytes, bin_key (self->bins[i]) - before);
      append_varint (bytes, bin_count (self->bins[i]));
      before = bin_key (self->bins[i]);
    }
}

typedef struct {
  const guint8 *at;
  const guint8 *end;
  gboolean      bad;
} Reader;

static guint64
read_varint (Reader *reader, guint64 max)
{
  guint64 value = 0;
  guint shift;

  /* Nearly all of them. */
  if (reader->at < reader->end && *reader->at < 0x80 && *reader->at <= max)
    return *reader->at++;
  for (shift = 0; shift < 64 && reader->at < reader->end; shift += 7)
    {
      guint8 byte = *reader->at++;

      if (shift == 63 && byte > 1)
        break;
      value |= (guint64) (byte & 0x7f) << shift;
      if ((byte & 0x80) != 0)
        continue;
      /* One form for each number, so that equal sketches are equal bytes. */
      if (value > max || (byte == 0 && shift > 0))
        break;
      return value;
    }
  reader->bad = TRUE;
  return 0;
}

static void
read_bins (Reader *reader, FarSketch *sketch)
{
  guint n_bins = (guint) read_varint (reader, FAR_SKETCH_KEY_MAX + 1);
  guint64 total = 0;
  guint i, key = 0;

  reserve_bins (sketch, n_bins);
  for (i = 0; i < n_bins && !reader->bad; i++)
    {
      guint step = (guint) read_varint (reader, FAR_SKETCH_KEY_MAX - key);
      guint64 count = read_varint (reader, sketch->count - total);

      if (count == 0 || (i > 0 && step == 0))
        reader->bad = TRUE;
      key += step;
      total += count;
      sketch->bins[i] = (guint64) key << KEY_SHIFT | count;
    }
  sketch->n_bins = n_bins;
  if (reader->bad || n_bins == 0 || total != sketch->count ||
      bin_key (sketch->bins[0]) != key_of (sketch->min) || key != key_of (sketch->max))
    reader->bad = TRUE;
}

static gboolean
sum_is_possible (const FarSketch *sketch)
{
  gint64 least, most;

  if (__builtin_mul_overflow (sketch->min, (gint64) sketch->count, &least))
    least = G_MAXINT64;
  if (__builtin_mul_overflow (sketch->max, (gint64) sketch->count, &most))
    most = G_MAXINT64;
  return sketch->sum >= least && sketch->sum <= most;
}

gboolean
far_sketch_deserialize (FarSketch *self, const guint8 *data, gsize n_bytes, GError **error)
{
  g_auto (FarSketch) read = FAR_SKETCH_INIT;
  Reader reader = { data, data + n_bytes, FALSE };

  if (n_bytes == 0 || *reader.at++ != FORMAT_VERSION)
    reader.bad = TRUE;
  if (!reader.bad)
    read.count = read_varint (&reader, COUNT_MASK);
  if (!reader.bad && read.count > 0)
    {
      read.sum = (gint64) read_varint (&reader, G_MAXINT64);
      read.min = (gint64) read_varint (&reader, G_MAXINT64);
      read.max = read.min + (gint64) read_varint (&reader, (guint64) (G_MAXINT64 - read.min));
      if (!reader.bad)
        read_bins (&reader, &read);
      if (!reader.bad && !sum_is_possible (&read))
        reader.bad = TRUE;
    }
  if (reader.bad || reader.at != reader.end)
    {
      g_set_error_literal (error, FAR_SKETCH_ERROR, FAR_SKETCH_ERROR_CORRUPT,
                           "A stored sketch is damaged; restore the telemetry database or move it "
                           "away to start a new one");
      return FALSE;
    }
  far_sketch_clear (self);
  *self = read;
  far_sketch_init (&read);
  return TRUE;
}
