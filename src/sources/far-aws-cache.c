/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the points that were paid for. Not thread-safe. */
#include "sources/far-aws-cache.h"

#include <math.h>

struct _FarAwsSeries {
  int         ref_count;
  guint64     used;     /* the last time, in calls for any */
  gint64      fresh_us;
  GHashTable *points;   /* gint64 → double */
  gint64      from_us;  /* told from here … */
  gint64      final_us; /* … finally up to here … */
  gint64      told_us;  /* … and provisionally up to here */
  gint64      asked_us; /* when */
  gint64      tried_from_us; /* asked for from here, in vain or in part … */
  gint64      tried_us;      /* … when; 0 = never */
};

struct _FarAwsCache {
  GHashTable *entries; /* key → FarAwsSeries */
  guint64     calls;
};

FarAwsSeries *
far_aws_series_ref (FarAwsSeries *self)
{
  self->ref_count++;
  return self;
}

void
far_aws_series_unref (FarAwsSeries *self)
{
  if (--self->ref_count > 0)
    return;
  g_hash_table_unref (self->points);
  g_free (self);
}

FarAwsCache *
far_aws_cache_new (void)
{
  FarAwsCache *self = g_new0 (FarAwsCache, 1);

  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) far_aws_series_unref);
  return self;
}

void
far_aws_cache_free (FarAwsCache *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->entries);
  g_free (self);
}

static gboolean
is_old (gpointer key, gpointer value, gpointer user_data)
{
  const FarAwsCache *self = user_data;

  return self->calls - ((FarAwsSeries *) value)->used >= FAR_AWS_CACHE_ENTRIES_MAX / 2;
}

FarAwsSeries *
far_aws_cache_need (FarAwsCache *self, const char *key, gint64 fresh_us)
{
  FarAwsSeries *series = g_hash_table_lookup (self->entries, key);

  self->calls++;
  if (series == NULL)
    {
      /* As many as there are cannot all have been used lately. */
      if (g_hash_table_size (self->entries) >= FAR_AWS_CACHE_ENTRIES_MAX)
        g_hash_table_foreach_remove (self->entries, is_old, self);
      series = g_new0 (FarAwsSeries, 1);
      series->ref_count = 1;
      series->points = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
      g_hash_table_insert (self->entries, g_strdup (key), series);
    }
  series->used = self->calls;
  series->fresh_us = fresh_us;
  return series;
}
/* Room is made before anything is asked for, so that what comes is not lost again. */
static void
make_room (FarAwsSeries *self)
{
  if (g_hash_table_size (self->points) < FAR_AWS_CACHE_POINTS_MAX / 2)
    return;
  g_hash_table_remove_all (self->points);
  self->told_us = self->final_us = self->from_us = self->tried_us = 0;
}

gboolean
far_aws_series_missing (FarAwsSeries *self, gint64 from_us, gint64 to_us, gint64 period_us,
                        gint64 now_us, gint64 *ret_from_us)
{
  gint64 end_us = MIN (to_us, now_us);

  *ret_from_us = from_us;
  if (end_us <= from_us)
    return FALSE;
  if (self->told_us != 0 && from_us >= self->from_us && from_us <= self->told_us)
    {
      if (end_us <= self->final_us ||
          (now_us - self->asked_us < self->fresh_us && now_us >= self->asked_us &&
           to_us <= MAX (self->told_us, now_us)))
        return FALSE;
      *ret_from_us = MAX (from_us, self->final_us);
    }
  if (self->tried_us != 0 && *ret_from_us >= self->tried_from_us && now_us >= self->tried_us &&
      now_us - self->tried_us < self->fresh_us)
    return FALSE;
  make_room (self);
  if (self->told_us == 0)
    *ret_from_us = from_us;
  return TRUE;
}

void
far_aws_series_tried (FarAwsSeries *self, gint64 from_us, gint64 now_us)
{
  self->tried_from_us = from_us;
  self->tried_us = now_us;
}

void
far_aws_series_put (FarAwsSeries *self, gint64 time_us, double value)
{
  gint64 *key;
  double *copy;

  /* More than was asked for. */
  if (g_hash_table_size (self->points) >= FAR_AWS_CACHE_POINTS_MAX)
    return;
  key = g_new (gint64, 1);
  copy = g_new (double, 1);
  *key = time_us;
  *copy = value;
  g_hash_table_replace (self->points, key, copy);
}

void
far_aws_series_told (FarAwsSeries *self, gint64 from_us, gint64 to_us, gint64 period_us,
                     gint64 now_us)
{
  gint64 settled_us = MAX (now_us - FAR_AWS_SETTLE_US - from_us, 0);
  gint64 final_us = MIN (to_us, from_us + settled_us - settled_us % period_us);
  gboolean joins = self->told_us != 0 && from_us <= self->final_us && to_us >= self->from_us;

  self->from_us = joins ? MIN (self->from_us, from_us) : from_us;
  self->final_us = joins ? MAX (self->final_us, final_us) : final_us;
  self->told_us = joins ? MAX (self->told_us, to_us) : to_us;
  self->asked_us = now_us;
}

double
far_aws_series_get (const FarAwsSeries *self, gint64 time_us, double nothing)
{
  const double *value = g_hash_table_lookup (self->points, &time_us);

  if (value != NULL)
    return *value;
  return self->told_us != 0 && time_us >= self->from_us && time_us < self->told_us ? nothing : NAN;
}
