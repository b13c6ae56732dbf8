/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the asking and the writing of margins: what was earned and what it cost, put together.
 * No state; the main context's thread. */
#pragma once

#include "platform/far-control-private.h"
#include "telemetry/far-query.h"

G_BEGIN_DECLS

/* Of an article, or of all: the publisher's share, as the journal has it. */
typedef struct {
  char  *property;
  char  *article;
  gint64 net_micros;
  gint64 pay_micros;
  gint64 ad_micros;
  gint64 refund_micros;
  gint64 write_off_micros;
  gint64 disputed_micros;
  gint64 fee_micros;
} FarMarginMoney;

typedef struct {
  FarControl *control;
  gboolean    by_function;
  guint       limit;
  gint64      usd_micros;  /* what a dollar costs in the currency; 0 = not said */
  FarSummary *articles;    /* by article and function */
  FarSummary *functions;   /* all there is, by function */
  char       *currency;    /* nullable: no money is known, for this reason: */
  char       *reason;      /* nullable */
  char       *money;       /* "test", "live" */
  GPtrArray  *earned;      /* (element-type FarMarginMoney) */
  FarMarginMoney total;
  gint64      n_articles;  /* which earned; more than earned->len were left off */
} FarMargin;

void far_margin_money_free (gpointer data);
/* The whole answer. */
void far_margin_write      (FarJsonWriter *writer, const FarMargin *self);

G_END_DECLS
