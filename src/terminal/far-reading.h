/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a reader does to read one article, step by step, each with its outcome and time: open it,
 * look at the offer, pay or watch, read. Waits; main context. */
#pragma once

#include "terminal/far-terminal.h"

G_BEGIN_DECLS

#define FAR_READING_STEPS_MAX 16

typedef struct {
  const char *name; /* "article", "offer", "pledge", "start", … */
  guint       status; /* HTTP; 0 = no answer */
  gint64      us;
} FarReadingStep;

typedef struct {
  FarReadingStep steps[FAR_READING_STEPS_MAX];
  guint          n_steps;
  char          *entitled_by; /* "pledge", "wallet", "ad"; "" = not */
  gint64         moved_micros;
  gint64         text_bytes;
  char          *text;        /* of the whole article, for people */
  char          *title;
  char          *currency;
} FarReading;

void     far_reading_clear (FarReading *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarReading, far_reading_clear)

typedef enum {
  FAR_READING_PAY,
  FAR_READING_PAY_ADDING_METHOD, /* adds a test payment method where one is asked for */
  FAR_READING_WATCH,
} FarReadingWay;

/* An article the reader is entitled to already is just read.
 * FALSE with the error of the step that failed, which is the last of steps. */
gboolean far_reading_run (FarReading *self, FarMarketClient *market, const char *article,
                          FarReadingWay way, GError **error);

G_END_DECLS
