/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ledger.health: what whoever watches over the books asks every half minute. A few rows by index;
 * the log itself is ledger.verify's business. */
#include "bookkeeper/far-publishing.h"

#define PROCESSING 1 /* of a checkout; a partial index holds those below 2 */
#define RETURNED 2 /* of a refund */

/* Payments of which the provider has not said how they ended: charges and refunds that were begun,
 * and visits to its page that the reader has finished. */
static gboolean
write_waiting (FarCall *call, GError **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (call->books->db, &row, error,
                     "SELECT count (*), min (begun_us) FROM ("
                     "  SELECT begun_us FROM charges WHERE state < 2"
                     "  UNION ALL SELECT begun_us FROM checkouts WHERE state < 2 AND state = ?1"
                     "  UNION ALL SELECT begun_us FROM wallet_refunds WHERE state < 2)",
                     far_sql_int (PROCESSING)) != FAR_STEP_ROW)
    return FALSE;
  far_json_add_int (call->answer, "payments_waiting", far_statement_get_int (row, 0));
  if (far_statement_get_int (row, 0) > 0)
    far_json_add_int (call->answer, "oldest_age_us",
                      MAX (call->now_us - far_statement_get_int (row, 1), 0));
  else
    far_json_add_int (call->answer, "oldest_age_us", 0);
  return TRUE;
}

/* Whether money has come from readers, and gone back to them, by the provider. */
static gboolean
write_moved (FarCall *call, GError **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (call->books->db, &row, error,
                     "SELECT EXISTS (SELECT 1 FROM charges WHERE state = 2)"
                     " OR EXISTS (SELECT 1 FROM checkouts WHERE kind = 1 AND state = 2),"
                     " EXISTS (SELECT 1 FROM wallet_refunds WHERE state = ?1)",
                     far_sql_int (RETURNED)) != FAR_STEP_ROW)
    return FALSE;
  far_json_add_bool (call->answer, "paid_in", far_statement_get_int (row, 0) != 0);
  far_json_add_bool (call->answer, "paid_back", far_statement_get_int (row, 1) != 0);
  return TRUE;
}

static gboolean
run_health (FarCall *call, GError **error)
{
  gint64 expected, found, apart;

  if (!write_waiting (call, error) || !write_moved (call, error) ||
      !far_payouts_compare (call->books, &expected, &found, &apart, error))
    return FALSE;
  far_json_add_micros (call->answer, "payout_mismatch_micros", apart);
  return TRUE;
}

static const FarField no_fields[] = { { NULL } };

const FarCommand far_commands_health[] = {
  { "ledger.health", no_fields, run_health },
  { NULL },
};
