/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger as one would explain it: a list of accounts, a list of transfers, every balance a sum
 * over the list. Slow and plain; tests compare the real one with it. */
#pragma once

#include "ledger/far-ledger.h"

G_BEGIN_DECLS

typedef struct {
  FarAccount account;
  gboolean   closed;
} ModelAccount;

typedef struct {
  GArray *accounts;  /* ModelAccount */
  GArray *transfers; /* FarTransfer as stored: kinds resolved, amounts filled in, seq and time */
  gint64  last_time_us;
  guint64 n_rows;
} Model;

Model            *model_new     (void);
Model            *model_copy    (const Model *model);
void              model_free    (Model *model);

FarAccountResult  model_open    (Model *model, const FarAccount *account, gint64 clock_us);
FarAccountResult  model_close   (Model *model, const FarId *id, gboolean closed, gint64 clock_us);
void              model_post    (Model *model, const FarTransfer *transfers, guint n,
                                 gint64 clock_us, FarTransferResult *ret_results);
guint             model_expire  (Model *model, gint64 clock_us);
/* As of the end of time_us; G_MAXINT64: now. */
FarBalance        model_balance (const Model *model, const FarId *account, gint64 time_us);
gboolean          model_is_open_pending (const Model *model, const FarTransfer *transfer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Model, model_free)

G_END_DECLS
