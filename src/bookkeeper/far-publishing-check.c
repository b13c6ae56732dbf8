/* SPDX-License-Identifier: GPL-3.0-or-later */
/* far_books_check()'s part of the publisher's side: payouts and disputes against the journal and
 * against themselves. O(rows), read-only. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

static gboolean
imbalance (GError     **error,
           const char  *what,
           gint64       expected,
           gint64       found)
{
  g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_IMBALANCE,
               "%s: the rows say %" G_GINT64_FORMAT ", the journal says %" G_GINT64_FORMAT, what,
               expected, found);
  return FALSE;
}

static gboolean
check_none (FarBooks    *books,
            const char  *sql,
            const char  *what,
            GError     **error)
{
  gint64 n;

  if (!far_db_query_int (books->db, sql, &n, error))
    return FALSE;
  if (n == 0)
    return TRUE;
  g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_IMBALANCE, "%" G_GINT64_FORMAT " × %s", n,
               what);
  return FALSE;
}

gboolean
far_payouts_compare (FarBooks  *books,
                     gint64    *ret_rows_micros,
                     gint64    *ret_journal_micros,
                     gint64    *ret_apart_micros,
                     GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT h.id, coalesce ((SELECT sum (amount_micros) FROM payouts o"
                    "   WHERE o.currency = h.currency AND o.state = 0), 0)"
                    " FROM house_accounts h WHERE h.kind = ?1", error);
  FarStep step;

  *ret_rows_micros = *ret_journal_micros = *ret_apart_micros = 0;
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, FAR_ACCOUNT_PAYOUT_CLEARING);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 expected = far_statement_get_int (row, 1), found;
      FarId account;

      if (!far_statement_copy_blob (row, 0, &account, FAR_ID_LEN) ||
          !far_account_credit_micros (books, &account, &found, error))
        return FALSE;
      *ret_rows_micros += expected;
      *ret_journal_micros += found;
      *ret_apart_micros += ABS (found - expected);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
check_clearing (FarBooks  *books,
                GError   **error)
{
  gint64 expected, found, apart;

  return far_payouts_compare (books, &expected, &found, &apart, error) &&
         (apart == 0 || imbalance (error, "payouts on their way", expected, found));
}

#define OF_KIND " FROM house_accounts h WHERE h.kind = ?1"
/* What the provider took in the currency of an account of the house: for payments, for disputes. */
#define FEES                                                                                   \
  "((SELECT coalesce (sum (c.fee_micros), 0) FROM charges c JOIN tabs t USING (tab)"           \
  "    WHERE c.state = 2 AND coalesce (c.fee_currency, t.currency) = h.currency)"              \
  " + (SELECT coalesce (sum (k.fee_micros), 0) FROM checkouts k JOIN tabs t USING (tab)"       \
  "    WHERE k.state = 2 AND coalesce (k.fee_currency, t.currency) = h.currency))"
#define COSTS                                                                                  \
  "(SELECT coalesce (sum (d.fee_micros), 0) FROM disputes d"                                   \
  "    WHERE coalesce (d.fee_currency, d.currency) = h.currency)"

/* What the rows say that an account of the house holds, credits less debits, for each currency. */
static const struct {
  FarAccountKind kind;
  const char    *what;
  const char    *sql; /* account, sum; of the kind ?1 */
} houses[] = {
  { FAR_ACCOUNT_PROVIDER_FEES, "the provider's fees",
    "SELECT h.id, - " FEES OF_KIND },
  { FAR_ACCOUNT_DISPUTE_LOSS, "what disputes have cost",
    "SELECT h.id, - " COSTS " - (SELECT coalesce (sum (iif (state = 1, 0, loss_micros)), 0)"
    " FROM disputes d"
    "    WHERE d.currency = h.currency)" OF_KIND },
  { FAR_ACCOUNT_PROVIDER_CLEARING, "what lies with the provider",
    "SELECT h.id, " FEES " + " COSTS
    " - (SELECT coalesce (sum (c.amount_micros), 0) FROM charges c"
    "    JOIN tabs t USING (tab) WHERE c.state = 2 AND t.currency = h.currency)"
    " - (SELECT coalesce (sum (k.amount_micros), 0) FROM checkouts k"
    "    JOIN tabs t USING (tab) WHERE k.state = 2 AND t.currency = h.currency)"
    " + (SELECT coalesce (sum (w.amount_micros), 0) FROM wallet_refunds w JOIN tabs t USING (tab)"
    "    WHERE w.state <> 3 AND t.currency = h.currency)"
    " + (SELECT coalesce (sum (iif (state = 1, 0, amount_micros)), 0)"
    "    FROM disputes d WHERE d.currency = h.currency)" OF_KIND },
  { FAR_ACCOUNT_BANK, "what the bank has paid out, and got from advertisers",
    "SELECT h.id, (SELECT coalesce (sum (amount_micros), 0) FROM payouts o WHERE o.state = 1"
    "    AND o.currency = h.currency)"
    " - (SELECT coalesce (sum (funded_micros), 0) FROM campaigns a"
    "    WHERE a.currency = h.currency)" OF_KIND },
};

static gboolean
check_house (FarBooks        *books,
             FarAccountKind   kind,
             const char      *what,
             const char      *sql,
             GError         **error)
{
  g_autoptr (FarStatement) row = far_db_prepare (books->db, sql, error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, kind);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 expected = far_statement_get_int (row, 1), found;
      FarId account;

      if (!far_statement_copy_blob (row, 0, &account, FAR_ID_LEN) ||
          !far_account_credit_micros (books, &account, &found, error))
        return FALSE;
      if (found != expected)
        return imbalance (error, what, expected, found);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
check_houses (FarBooks  *books,
              GError   **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (houses); i++)
    if (!check_house (books, houses[i].kind, houses[i].what, houses[i].sql, error))
      return FALSE;
  return TRUE;
}

gboolean
far_publishing_check (FarBooks  *books,
                      GError   **error)
{
  return check_none (books,
                     "SELECT count (*) FROM payouts o WHERE amount_micros <>"
                     " (SELECT coalesce (sum (amount_micros), 0) FROM payout_items i"
                     "   WHERE i.payout = o.payout)",
                     "a payout that is not the sum of its items", error) &&
         check_none (books,
                     "SELECT count (*) FROM disputes d WHERE wallet_micros + loss_micros +"
                     " (SELECT coalesce (sum (publisher_micros + fee_micros), 0)"
                     "   FROM dispute_items i WHERE i.dispute = d.dispute) NOT IN"
                     " (d.amount_micros, iif (d.state = 1, 0, d.amount_micros))",
                     "a dispute that is not the sum of its items", error) &&
         check_none (books,
                     "SELECT count (*) FROM properties p LEFT JOIN property_publishers b"
                     " USING (property) WHERE b.property IS NULL",
                     "a property without a publisher", error) &&
         check_clearing (books, error) && check_houses (books, error);
}
