/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A view of an ad as a row, shared by the commands on views and the sweep. Only for this room. */
#pragma once

#include "bookkeeper/far-books-private.h"

G_BEGIN_DECLS

/* The ledger keeps a reservation a little longer than the rules do, so that it never expires under
 * a completion that the rules still take. */
#define FAR_VIEWS_LEDGER_SLACK_US G_USEC_PER_SEC

typedef struct {
  gint64   view; /* row; 0: none */
  FarId    nonce;
  gint64   reader;
  gint64   property;
  char    *article;
  gint64   price_micros;
  guint    fee_bps;
  FarView  state;
  gboolean has_publisher; /* reserved for the publisher, for the fee */
  gboolean has_fee;
  FarId    pending_publisher;
  FarId    pending_fee;
} FarViewRow;

void     far_view_row_clear  (FarViewRow *row);
/* unknown_view where there is none, or where it is another reader's. */
gboolean far_view_row_find   (FarBooks *books, const FarId *nonce, gint64 reader,
                              FarViewRow *ret_row, GError **error);
/* Writes what far_view_apply() or far_view_fetch() changed. */
gboolean far_view_row_update (FarBooks *books, const FarViewRow *row, GError **error);
/* Posts or voids what was reserved. */
gboolean far_view_row_resolve (FarBooks *books, const FarViewRow *row, FarTransferKind kind,
                               FarTransferResult *ret_result, GError **error);
/* Counts a view of the campaign for the reader today unless the cap is reached. */
gboolean far_frequency_take  (FarBooks *books, const FarReader *reader, gint64 campaign,
                              gint64 cap, gint64 now_us, gboolean *ret_taken, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarViewRow, far_view_row_clear)

G_END_DECLS
