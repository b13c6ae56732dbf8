/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The purse from within: far-purse.c reads, far-purse-actions.c does. */
#pragma once

#include "desktop/model/far-purse.h"

G_BEGIN_DECLS

struct _FarPurse
{
  GObject parent_instance;

  FarMarketClient *market;
  GCancellable    *cancellable;
  FarWallet       *wallet;
  char            *message; /* why there is no wallet */
  GPtrArray       *history; /* of FarWalletEntry, when pages were asked for */
  FarHistory      *page;    /* the last one that came */
  GPtrArray       *pages;   /* keeps their entries alive */
  FarCheckout     *visit;
  guint            visit_id;
  char            *key;     /* of an action whose end is not known */
  gpointer         tag;     /* which action that was */
  gboolean         busy;
  gboolean         looking; /* far_purse_look() is under way, and is to be done again */
  gboolean         look_again;
  GFile           *export;
};

void far_purse_changed    (FarPurse     *self);
void far_purse_notice     (FarPurse     *self,
                           const char   *text);
void far_purse_problem    (FarPurse     *self,
                           const char   *action,
                           const GError *error);
void far_purse_drop_visit (FarPurse     *self);

G_END_DECLS
