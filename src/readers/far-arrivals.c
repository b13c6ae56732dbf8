/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Poisson arrivals on the monotonic clock. The due times follow from the seed alone; a late wake-up
 * starts all visits that have become due, each with its own due time, so that a stall here or there
 * shows in the latencies instead of hiding (coordinated omission). */
#include "readers/far-arrivals.h"

#define WAKE_MS_MAX 1000
#define RETURN_TRIES_MAX 8

struct _FarArrivals {
  const FarVisitContext *context;
  char       **articles;
  guint        n_articles;
  double       gap_mean_us;
  guint64      seed;
  FarRng       rng;
  guint64      n_readers; /* numbers 0 … n_readers − 1 have been here */
  guint64      n_visits;
  gint64       next_us;
  guint        timer;
  GHashTable  *open;      /* visits → the number of their reader, boxed */
  GHashTable  *busy;      /* numbers of readers who are here, boxed by their visit */
  GSourceFunc  drained;
  gpointer     drained_data;
};

static void schedule (FarArrivals *self);

static void
on_visit_done (FarVisit *visit, gpointer user_data)
{
  FarArrivals *self = user_data;

  g_hash_table_remove (self->busy, g_hash_table_lookup (self->open, visit));
  g_hash_table_remove (self->open, visit);
  if (self->drained != NULL && g_hash_table_size (self->open) == 0)
    self->drained (self->drained_data);
}

/* Somebody who was here before and is not here now (nobody reads two articles at once), or else
 * somebody new. */
static guint64
draw_reader (FarArrivals *self)
{
  guint tries;

  if (far_rng_unit (&self->rng) < self->context->assumptions->returning)
    for (tries = 0; tries < RETURN_TRIES_MAX && self->n_readers > 0; tries++)
      {
        gint64 number = far_rng_below (&self->rng, MIN (self->n_readers, G_MAXUINT32));

        if (!g_hash_table_contains (self->busy, &number))
          return number;
      }
  return self->n_readers++;
}

static void
arrive (FarArrivals *self, gint64 due_us)
{
  FarReaderTraits traits;
  const char *article = self->articles[far_rng_below (&self->rng, self->n_articles)];
  gint64 number = draw_reader (self);
  gint64 *boxed;
  FarVisit *visit;

  self->n_visits++;
  if (g_hash_table_size (self->open) >= FAR_ARRIVALS_OPEN_MAX)
    {
      self->context->report->shed++;
      return;
    }
  far_reader_traits_draw (&traits, self->context->assumptions, self->seed, number);
  visit = far_visit_new (self->context, &traits, self->seed + self->n_visits, article, due_us,
                         on_visit_done, self);
  far_secret_wipe (traits.private_key, sizeof traits.private_key);
  boxed = g_memdup2 (&number, sizeof number);
  g_hash_table_insert (self->open, visit, boxed);
  g_hash_table_add (self->busy, boxed);
}

static gboolean
on_due (gpointer user_data)
{
  FarArrivals *self = user_data;
  gint64 now_us = g_get_monotonic_time ();

  self->timer = 0;
  while (self->next_us <= now_us)
    {
      arrive (self, self->next_us);
      self->next_us += (gint64) far_rng_exponential (&self->rng, self->gap_mean_us);
    }
  schedule (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (FarArrivals *self)
{
  gint64 wait_ms = (self->next_us - g_get_monotonic_time () + 999) / 1000;

  self->timer = g_timeout_add (CLAMP (wait_ms, 0, WAKE_MS_MAX), on_due, self);
}

FarArrivals *
far_arrivals_new (const FarVisitContext *context, const char *const *articles, double rate,
                  guint64 seed)
{
  FarArrivals *self;

  g_return_val_if_fail (articles != NULL && articles[0] != NULL, NULL);
  g_return_val_if_fail (rate > 0 && rate <= FAR_ARRIVALS_RATE_MAX, NULL);

  self = g_new0 (FarArrivals, 1);
  self->context = context;
  self->articles = g_strdupv ((char **) articles);
  self->n_articles = g_strv_length (self->articles);
  self->gap_mean_us = 1e6 / rate;
  self->seed = seed;
  far_rng_init (&self->rng, seed, 0);
  self->open = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) far_visit_free, g_free);
  self->busy = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->next_us = g_get_monotonic_time ()
                  + (gint64) far_rng_exponential (&self->rng, self->gap_mean_us);
  schedule (self);
  return self;
}

void
far_arrivals_free (FarArrivals *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_hash_table_unref (self->busy);
  g_hash_table_unref (self->open);
  g_strfreev (self->articles);
  g_free (self);
}

void
far_arrivals_stop (FarArrivals *self, GSourceFunc drained, gpointer user_data)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->drained = drained;
  self->drained_data = user_data;
  if (g_hash_table_size (self->open) == 0)
    drained (user_data);
}

guint
far_arrivals_open (FarArrivals *self)
{
  return g_hash_table_size (self->open);
}
