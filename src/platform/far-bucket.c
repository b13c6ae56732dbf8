/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarBucket. What is missing from a full bucket shrinks by per_s millionths a µs. */
#include "platform/far-bucket.h"

#define TOKEN G_GINT64_CONSTANT (1000000)
#define ELAPSED_MAX_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

gboolean
far_bucket_take (FarBucket *self, guint per_s, guint burst, gint64 now_us)
{
  gint64 elapsed_us = CLAMP (now_us - self->at_us, 0, ELAPSED_MAX_US);

  g_return_val_if_fail (per_s <= FAR_BUCKET_RATE_MAX && burst <= FAR_BUCKET_RATE_MAX, FALSE);

  self->missing = MAX (self->missing - elapsed_us * per_s, 0);
  self->at_us = now_us;
  if (self->missing + TOKEN > burst * TOKEN)
    return FALSE;
  self->missing += TOKEN;
  return TRUE;
}

void
far_bucket_give (FarBucket *self)
{
  self->missing = MAX (self->missing - TOKEN, 0);
}
