/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds up what the bookkeeper's tables claim and compares it with the journal. The ledger verifies
 * itself (log, balances, flags); here is what only the bookkeeper can know: that every item, tab,
 * wallet, share, budget and figure of a page is what the transfers say. O(rows), read-only. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#define HISTORY_PAGE 1000

static gboolean
imbalance (GError     **error,
           const char  *format,
           ...) G_GNUC_PRINTF (2, 3);

static gboolean
imbalance (GError     **error,
           const char  *format,
           ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL && *error == NULL)
    *error = g_error_new_valist (FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_IMBALANCE, format, args);
  va_end (args);
  return FALSE;
}

/* Every violation that one query can find: it counts the rows that must not be. */
static gboolean
check_none (FarBooks    *books,
            const char  *sql,
            const char  *what,
            GError     **error)
{
  gint64 n;

  if (!far_db_query_int (books->db, sql, &n, error))
    return FALSE;
  return n == 0 || imbalance (error, "%" G_GINT64_FORMAT " × %s", n, what);
}

static gboolean
check_entitlements (FarBooks  *books,
                    GError   **error)
{
  return check_none (books,
                     "SELECT count (*) FROM entitlements e LEFT JOIN pledges p USING (pledge)"
                     " LEFT JOIN views v USING (view) WHERE e.ended_us = 0 AND CASE e.by"
                     " WHEN 2 THEN v.state IS NOT 5 OR v.reader <> e.reader"
                     "   OR v.property <> e.property OR v.article <> e.article"
                     " ELSE p.state IS NULL OR p.state = 2 OR p.reader <> e.reader"
                     "   OR p.property <> e.property OR p.article <> e.article END",
                     "an entitlement that was neither pledged nor watched", error) &&
         check_none (books,
                     "SELECT count (*) FROM entitlements e JOIN pledges p USING (pledge)"
                     " WHERE e.ended_us <> 0 AND p.state <> 2",
                     "an entitlement that ended though its pledge stands", error) &&
         check_none (books,
                     "SELECT count (*) FROM pledges p LEFT JOIN entitlements e USING (pledge)"
                     " WHERE e.pledge IS NULL OR (p.state <> 2 AND e.ended_us <> 0)",
                     "a pledge without its entitlement", error) &&
         check_none (books,
                     "SELECT count (*) FROM views v WHERE v.state = 5"
                     " AND NOT EXISTS (SELECT 1 FROM entitlements e WHERE e.view = v.view)"
                     " AND NOT EXISTS (SELECT 1 FROM pledges p WHERE p.reader = v.reader"
                     "   AND p.property = v.property AND p.article = v.article)",
                     "a watched ad that opened nothing", error) &&
         check_none (books,
                     "SELECT count (*) FROM charges c WHERE amount_micros <>"
                     " (SELECT coalesce (sum (amount_micros), 0) FROM charge_items i"
                     "   WHERE i.charge = c.charge)",
                     "a charge that is not the sum of its items", error) &&
         check_none (books,
                     "SELECT (SELECT count (*) FROM charges c WHERE refunded_micros <>"
                     "   (SELECT coalesce (sum (amount_micros), 0) FROM wallet_refunds w"
                     "     WHERE w.charge = c.charge AND w.state <> 3)) +"
                     " (SELECT count (*) FROM checkouts k WHERE refunded_micros <>"
                     "   (SELECT coalesce (sum (amount_micros), 0) FROM wallet_refunds w"
                     "     WHERE w.checkout = k.checkout AND w.state <> 3))",
                     "a payment of which other refunds went back than it says", error);
}

/* ---- tabs and wallets ---- */

typedef struct {
  gint64 tab;
  FarId  id;
  FarId  wallet;
  gint64 has_wallet;
  gint64 claimed_micros;
  gint64 items_micros;
  gint64 wallet_micros;
} TabSums;

static gboolean
check_tab (FarBooks       *books,
           const TabSums  *sums,
           GError        **error)
{
  gint64 credit_micros;

  if (!far_account_credit_micros (books, &sums->id, &credit_micros, error))
    return FALSE;
  if (-credit_micros != sums->items_micros || sums->claimed_micros != sums->items_micros)
    return imbalance (error, "tab %" G_GINT64_FORMAT ": its items owe %" G_GINT64_FORMAT
                      ", its row says %" G_GINT64_FORMAT ", the journal says %" G_GINT64_FORMAT,
                      sums->tab, sums->items_micros, sums->claimed_micros, -credit_micros);
  credit_micros = 0;
  if (sums->has_wallet && !far_account_credit_micros (books, &sums->wallet, &credit_micros, error))
    return FALSE;
  return credit_micros == sums->wallet_micros ||
         imbalance (error, "wallet of tab %" G_GINT64_FORMAT ": the rows add up to %"
                    G_GINT64_FORMAT ", the journal says %" G_GINT64_FORMAT, sums->tab,
                    sums->wallet_micros, credit_micros);
}

static gboolean
check_tabs (FarBooks  *books,
            GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    /* in: charges, refunds of what was final, top-ups; out: pledges, paybacks */
                    "SELECT t.tab, t.id, t.wallet, t.open_micros, coalesce (i.n, 0),"
                    " coalesce (c.n, 0) + coalesce (r.n, 0) - coalesce (w.n, 0)"
                    "   + coalesce (k.n, 0) - coalesce (b.n, 0) - coalesce (d.n, 0) FROM tabs t"
                    " LEFT JOIN (SELECT tab, sum (price_micros - settled_micros) AS n"
                    "   FROM pledges WHERE state = 0 GROUP BY tab) i USING (tab)"
                    " LEFT JOIN (SELECT tab, sum (to_wallet_micros) AS n"
                    "   FROM charges WHERE state = 2 GROUP BY tab) c USING (tab)"
                    " LEFT JOIN (SELECT tab, sum (settled_micros) AS n"
                    "   FROM pledges WHERE state = 2 GROUP BY tab) r USING (tab)"
                    " LEFT JOIN (SELECT p.tab, sum (price_micros) AS n FROM entitlements e"
                    "   JOIN pledges p USING (pledge) WHERE e.by = 1 GROUP BY p.tab) w"
                    "   USING (tab)"
                    " LEFT JOIN (SELECT tab, sum (amount_micros) AS n"
                    "   FROM checkouts WHERE kind = 1 AND state = 2 GROUP BY tab) k USING (tab)"
                    " LEFT JOIN (SELECT tab, sum (amount_micros) AS n"
                    "   FROM wallet_refunds WHERE state <> 3 GROUP BY tab) b USING (tab)"
                    " LEFT JOIN (SELECT tab, sum (wallet_micros) AS n"
                    "   FROM disputes WHERE state <> 1 GROUP BY tab) d USING (tab)", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      TabSums sums = {
        .tab = far_statement_get_int (row, 0),
        .claimed_micros = far_statement_get_int (row, 3),
        .items_micros = far_statement_get_int (row, 4),
        .wallet_micros = far_statement_get_int (row, 5),
      };

      sums.has_wallet = far_statement_copy_blob (row, 2, &sums.wallet, FAR_ID_LEN);
      if (!far_statement_copy_blob (row, 1, &sums.id, FAR_ID_LEN))
        return imbalance (error, "tab %" G_GINT64_FORMAT " has no account", sums.tab);
      if (!check_tab (books, &sums, error))
        return FALSE;
    }
  return step == FAR_STEP_DONE;
}

/* ---- the publisher's accounts ---- */

/* What the four accounts of a property must hold by the rows of pledges and views. */
typedef struct {
  gint64 estimated_micros;
  gint64 fee_estimated_micros;
  gint64 final_micros;
  gint64 fee_earned_micros;
} Shares;

static gboolean
add_pledge_shares (FarBooks  *books,
                   gint64     property,
                   Shares    *shares,
                   GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT price_micros, settled_micros, fee_bps, state FROM pledges"
                    " WHERE property = ?1 AND state <> 2", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 price_micros = far_statement_get_int (row, 0);
      gint64 settled_micros = far_statement_get_int (row, 1);
      guint fee_bps = (guint) far_statement_get_int (row, 2);
      FarSplit open, settled;

      if (!far_split_range (settled_micros, price_micros, fee_bps, &open, error) ||
          !far_split_range (0, settled_micros, fee_bps, &settled, error))
        return FALSE;
      if (far_statement_get_int (row, 3) == FAR_PLEDGE_OPEN)
        {
          shares->estimated_micros += open.publisher_micros;
          shares->fee_estimated_micros += open.fee_micros;
        }
      shares->final_micros += settled.publisher_micros;
      shares->fee_earned_micros += settled.fee_micros;
    }
  return step == FAR_STEP_DONE;
}

static gboolean
add_view_shares (FarBooks  *books,
                 gint64     property,
                 Shares    *shares,
                 GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT price_micros, fee_bps FROM views WHERE property = ?1 AND state = 5",
                    error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      FarSplit split;

      if (!far_split_gross (far_statement_get_int (row, 0), (guint) far_statement_get_int (row, 1),
                            &split, error))
        return FALSE;
      shares->final_micros += split.publisher_micros;
      shares->fee_earned_micros += split.fee_micros;
    }
  return step == FAR_STEP_DONE;
}

/* What left the final accounts again: by payouts, and by disputes that were not won. */
static gboolean
take_what_left (FarBooks  *books,
                gint64     property,
                Shares    *shares,
                GError   **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT coalesce ((SELECT sum (i.amount_micros) FROM payout_items i"
                     "   JOIN payouts o USING (payout) WHERE i.property = ?1 AND o.state < 2), 0)"
                     " + coalesce (sum (i.publisher_micros), 0), coalesce (sum (i.fee_micros), 0)"
                     " FROM dispute_items i JOIN disputes d USING (dispute)"
                     " JOIN pledges p USING (pledge) WHERE p.property = ?1 AND d.state <> 1",
                     far_sql_int (property)) != FAR_STEP_ROW)
    return FALSE;
  shares->final_micros -= far_statement_get_int (row, 0);
  shares->fee_earned_micros -= far_statement_get_int (row, 1);
  return TRUE;
}

static gboolean
check_share (FarBooks     *books,
             gint64        property,
             const char   *account,
             const FarId  *id,
             gint64        expected_micros,
             GError      **error)
{
  gint64 credit_micros;

  if (!far_account_credit_micros (books, id, &credit_micros, error))
    return FALSE;
  return credit_micros == expected_micros ||
         imbalance (error, "property %" G_GINT64_FORMAT ", %s: pledges and views add up to %"
                    G_GINT64_FORMAT ", the journal says %" G_GINT64_FORMAT, property, account,
                    expected_micros, credit_micros);
}

/* ---- earnings from the journal ---- */

static FarEarning *
earning_of (GHashTable *earnings,
            const char *article)
{
  FarEarning *earning = g_hash_table_lookup (earnings, article);

  if (earning == NULL)
    {
      earning = g_new0 (FarEarning, 1);
      g_hash_table_insert (earnings, g_strdup (article), earning);
    }
  return earning;
}

/* The figures of the article that a transfer was made for. */
static FarEarning *
earning_of_transfer (FarBooks           *books,
                     const FarTransfer  *transfer,
                     GHashTable         *earnings,
                     GError            **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step;

  if (transfer->code == FAR_CODE_AD || transfer->code == FAR_CODE_AD_FEE)
    step = far_sql_first (books->db, &row, error, "SELECT article FROM views WHERE nonce = ?1",
                          far_sql_id (&transfer->reference));
  else
    step = far_sql_first (books->db, &row, error, "SELECT article FROM pledges WHERE id = ?1",
                          far_sql_id (&transfer->reference));
  if (step == FAR_STEP_ROW)
    return earning_of (earnings, far_statement_get_text (row, 0));
  if (step == FAR_STEP_DONE)
    imbalance (error, "the journal pays for something that no row knows (row %" G_GUINT64_FORMAT
               ")", transfer->seq);
  return NULL;
}

/* What one transfer on an account of a publisher's or of the fee means. Reservations and their
 * voids mean nothing. */
static gboolean
fold_transfer (FarBooks           *books,
               const FarTransfer  *transfer,
               GHashTable         *earnings,
               GError            **error)
{
  gint64 amount_micros = transfer->amount_micros;
  FarEarning *earning;

  if (transfer->kind != FAR_TRANSFER_POSTED && transfer->kind != FAR_TRANSFER_POST)
    return TRUE;
  if (transfer->code == FAR_CODE_SETTLE || transfer->code == FAR_CODE_SETTLE_FEE ||
      (transfer->code >= FAR_CODE_PAYOUT && transfer->code <= FAR_CODE_DISPUTE_COST))
    return TRUE; /* of what was earned before; payouts and disputes have rows of their own */
  earning = earning_of_transfer (books, transfer, earnings, error);
  if (earning == NULL)
    return FALSE;
  switch (transfer->code)
    {
    case FAR_CODE_PLEDGE:
    case FAR_CODE_WALLET_PLEDGE:
      earning->pay_micros += amount_micros;
      return TRUE;
    case FAR_CODE_REFUND:
    case FAR_CODE_REFUND_FINAL:
      earning->refund_micros += amount_micros;
      return TRUE;
    case FAR_CODE_WRITE_OFF:
      earning->write_off_micros += amount_micros;
      return TRUE;
    case FAR_CODE_AD:
      earning->ad_micros += amount_micros;
      return TRUE;
    case FAR_CODE_PLEDGE_FEE:
    case FAR_CODE_WALLET_PLEDGE_FEE:
    case FAR_CODE_AD_FEE:
      earning->fee_micros += amount_micros;
      return TRUE;
    case FAR_CODE_REFUND_FEE:
    case FAR_CODE_REFUND_FINAL_FEE:
    case FAR_CODE_WRITE_OFF_FEE:
      earning->fee_micros -= amount_micros;
      return TRUE;
    default:
      return imbalance (error, "the journal moves a share for the reason %u, which does not touch "
                        "it", transfer->code);
    }
}

static gboolean
fold_account (FarBooks     *books,
              const FarId  *account,
              GHashTable   *earnings,
              GError      **error)
{
  g_autofree FarTransfer *page = g_new0 (FarTransfer, HISTORY_PAGE);
  guint64 before_seq = G_MAXUINT64;
  guint n;

  do
    {
      if (!far_ledger_history (books->ledger, account, before_seq, page, HISTORY_PAGE, &n, error))
        return FALSE;
      for (guint i = 0; i < n; i++)
        if (!fold_transfer (books, &page[i], earnings, error))
          return FALSE;
      if (n > 0)
        before_seq = page[n - 1].seq;
    }
  while (n == HISTORY_PAGE);
  return TRUE;
}

static gboolean
check_earnings_rows (FarBooks    *books,
                     gint64       property,
                     GHashTable  *earnings,
                     GError     **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT article, pay_micros, ad_micros, refund_micros, write_off_micros,"
                    " fee_micros"
                    " FROM earnings_articles WHERE property = ?1", error);
  static const FarEarning none;
  guint n_matched = 0;
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      const char *article = far_statement_get_text (row, 0);
      const FarEarning *earning = g_hash_table_lookup (earnings, article);

      n_matched += earning != NULL;
      if (earning == NULL)
        earning = &none;
      if (earning->pay_micros != far_statement_get_int (row, 1) ||
          earning->ad_micros != far_statement_get_int (row, 2) ||
          earning->refund_micros != far_statement_get_int (row, 3) ||
          earning->write_off_micros != far_statement_get_int (row, 4) ||
          earning->fee_micros != far_statement_get_int (row, 5))
        return imbalance (error, "the figures of \"%s\" are not what the journal adds up to",
                          article);
    }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  return n_matched == g_hash_table_size (earnings) ||
         imbalance (error, "an article that the journal pays for has no figures");
}

static gboolean
check_property (FarBooks           *books,
                const FarProperty  *property,
                GError            **error)
{
  g_autoptr (GHashTable) earnings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gint64 row = property->property;
  Shares shares = { 0 };

  return add_pledge_shares (books, row, &shares, error) &&
         add_view_shares (books, row, &shares, error) &&
         take_what_left (books, row, &shares, error) &&
         check_share (books, row, "estimated", &property->estimated, shares.estimated_micros,
                      error) &&
         check_share (books, row, "payable", &property->payable, shares.final_micros, error) &&
         check_share (books, row, "fee_estimated", &property->fee_estimated,
                      shares.fee_estimated_micros, error) &&
         check_share (books, row, "fee_earned", &property->fee_earned, shares.fee_earned_micros,
                      error) &&
         fold_account (books, &property->estimated, earnings, error) &&
         fold_account (books, &property->payable, earnings, error) &&
         fold_account (books, &property->fee_estimated, earnings, error) &&
         fold_account (books, &property->fee_earned, earnings, error) &&
         check_earnings_rows (books, row, earnings, error);
}

static gboolean
check_properties (FarBooks  *books,
                  GError   **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db, "SELECT property FROM properties", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 property = far_statement_get_int (row, 0);

      g_array_append_val (rows, property);
    }
  for (guint i = 0; step == FAR_STEP_DONE && i < rows->len; i++)
    {
      FarProperty property;

      if (!far_property_load (books, g_array_index (rows, gint64, i), &property, error) ||
          !check_property (books, &property, error))
        return FALSE;
    }
  return step == FAR_STEP_DONE &&
         check_none (books,
                     "SELECT count (*) FROM properties p WHERE"
                     " (SELECT total (pay_micros + 3 * ad_micros + 7 * refund_micros"
                     "   + 11 * write_off_micros + 13 * fee_micros) FROM earnings_articles e"
                     "   WHERE e.property = p.property) <>"
                     " (SELECT total (pay_micros + 3 * ad_micros + 7 * refund_micros"
                     "   + 11 * write_off_micros + 13 * fee_micros) FROM earnings_hours e"
                     "   WHERE e.property = p.property)",
                     "a property whose hours are not its articles", error);
}

/* ---- campaigns ---- */

static gboolean
check_campaigns (FarBooks  *books,
                 GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT name, budget, funded_micros, coalesce (v.paid, 0),"
                    " coalesce (v.reserved, 0), coalesce (v.expired, 0) FROM campaigns c LEFT JOIN"
                    " (SELECT campaign, sum (iif (state = 5, price_micros, 0)) AS paid,"
                    "   sum (iif (state < 5, price_micros, 0)) AS reserved,"
                    "   sum (iif (state = 7, price_micros, 0)) AS expired"
                    "   FROM views GROUP BY campaign) v USING (campaign)", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      const char *name = far_statement_get_text (row, 0);
      FarBalance balance;
      FarId budget;

      if (!far_statement_copy_blob (row, 1, &budget, FAR_ID_LEN))
        return imbalance (error, "the campaign \"%s\" has no account", name);
      if (!far_ledger_balance (books->ledger, &budget, &balance, error))
        return FALSE;
      if (balance.credits_posted_micros != far_statement_get_int (row, 2) ||
          balance.debits_posted_micros != far_statement_get_int (row, 3))
        return imbalance (error, "the campaign \"%s\" paid %" G_GINT64_FORMAT " of %"
                          G_GINT64_FORMAT " by its views, the journal says %" G_GINT64_FORMAT
                          " of %" G_GINT64_FORMAT, name, far_statement_get_int (row, 3),
                          far_statement_get_int (row, 2), balance.debits_posted_micros,
                          balance.credits_posted_micros);
      /* Expired views hold their money until the ledger's own sweep. */
      if (balance.debits_pending_micros < far_statement_get_int (row, 4) ||
          balance.debits_pending_micros >
            far_statement_get_int (row, 4) + far_statement_get_int (row, 5))
        return imbalance (error, "the campaign \"%s\" has reserved %" G_GINT64_FORMAT
                          " for open views of %" G_GINT64_FORMAT, name,
                          balance.debits_pending_micros, far_statement_get_int (row, 4));
      if (balance.debits_posted_micros + balance.debits_pending_micros >
          balance.credits_posted_micros)
        return imbalance (error, "the campaign \"%s\" is overspent", name);
    }
  return step == FAR_STEP_DONE;
}

gboolean
far_books_check (FarBooks  *books,
                 GError   **error)
{
  g_return_val_if_fail (books != NULL, FALSE);

  return check_entitlements (books, error) && check_tabs (books, error) &&
         check_properties (books, error) && check_campaigns (books, error) &&
         far_publishing_check (books, error);
}
