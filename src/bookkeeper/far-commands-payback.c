/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wallet.refund.begin and .finish, refunds.open: what is left in a wallet goes back to where it
 * came from, to the charges and top-ups that this reader has paid, the newest first, in whole units
 * of the provider's.
 *
 * The money leaves the wallet before the provider is asked, so that it cannot be spent meanwhile; a
 * refund that fails, even after it had succeeded, brings it back. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

#include "market/far-provider-units.h"

#define PARTS_MAX 20
#define OPEN_MAX 40

enum { BEGUN = 0, UNKNOWN = 1, SUCCEEDED = 2, FAILED = 3 };

/* A payment of which something can go back. */
typedef struct {
  gint64 charge;   /* row; 0: it is a top-up */
  gint64 checkout;
  gint64 amount_micros; /* to go back */
  FarId  id;            /* of the refund */
  char  *payment;       /* as the provider names it */
} Part;

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_free (part->payment);
}

/* A bank that has taken a payment back, or is about to, gives nothing of it a second time. */
#define NOT_DISPUTED                                                          \
  " AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.payment = provider_id"   \
  "   AND d.state <> 1)"

gboolean
far_payback_room (FarBooks      *books,
                  const FarTab  *tab,
                  gint64        *ret_micros,
                  GError       **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT coalesce (sum (n), 0) FROM"
                     " (SELECT amount_micros - refunded_micros AS n FROM charges"
                     "   WHERE tab = ?1 AND state = 2 AND provider_id IS NOT NULL" NOT_DISPUTED
                     "  UNION ALL SELECT amount_micros - refunded_micros FROM checkouts"
                     "   WHERE tab = ?1 AND state = 2" NOT_DISPUTED ")",
                     far_sql_int (tab->tab)) != FAR_STEP_ROW)
    return FALSE;
  *ret_micros = far_statement_get_int (row, 0);
  return TRUE;
}

static gboolean
take_parts (FarBooks      *books,
            const FarTab  *tab,
            gint64         wallet_micros,
            GArray        *parts,
            GError       **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT charge, 0, amount_micros - refunded_micros, provider_id, ended_us"
                    " FROM charges WHERE tab = ?1 AND state = 2 AND provider_id IS NOT NULL"
                    "   AND refunded_micros < amount_micros" NOT_DISPUTED
                    " UNION ALL SELECT 0, checkout, amount_micros - refunded_micros, provider_id,"
                    "   ended_us FROM checkouts WHERE tab = ?1 AND state = 2"
                    "   AND refunded_micros < amount_micros" NOT_DISPUTED
                    " ORDER BY 5 DESC, 1, 2 LIMIT ?2", error);
  gint64 left_micros = wallet_micros;
  FarStep step = FAR_STEP_DONE;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, tab->tab);
  far_statement_bind_int (row, 2, PARTS_MAX);
  while (left_micros > 0 && (step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 room_micros = far_statement_get_int (row, 2), units;
      Part part = { .charge = far_statement_get_int (row, 0),
                    .checkout = far_statement_get_int (row, 1) };

      if (!far_provider_units_floor (tab->currency, FAR_PROVIDER_CHARGE,
                                     MIN (room_micros, left_micros), &units, &part.amount_micros,
                                     error))
        return FALSE;
      if (part.amount_micros == 0)
        continue;
      left_micros -= part.amount_micros;
      far_id_init (&part.id, books->clock);
      part.payment = g_strdup (far_statement_get_text (row, 3));
      g_array_append_val (parts, part);
    }
  return step != FAR_STEP_ERROR;
}

gboolean
far_payback_movable (FarBooks      *books,
                     const FarTab  *tab,
                     gint64         wallet_micros,
                     gint64        *ret_micros,
                     GError       **error)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));

  g_array_set_clear_func (parts, part_clear);
  *ret_micros = 0;
  if (!take_parts (books, tab, wallet_micros, parts, error))
    return FALSE;
  for (guint i = 0; i < parts->len; i++)
    *ret_micros += g_array_index (parts, Part, i).amount_micros;
  return TRUE;
}

static gboolean
book_part (FarCall       *call,
           const FarTab  *tab,
           const Part    *part,
           GError       **error)
{
  FarBooks *books = call->books;
  gboolean charge = part->charge != 0;
  FarId clearing;

  if (!far_house_account (books, FAR_ACCOUNT_PROVIDER_CLEARING, tab->currency, &clearing, error))
    return FALSE;
  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_WALLET_REFUND, tab->currency, &tab->wallet, &clearing,
                   part->amount_micros, &part->id);
  return far_posting_must (books, error) &&
         far_sql_run (books->db, error,
                      "INSERT INTO wallet_refunds (id, tab, charge, checkout, amount_micros,"
                      " begun_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                      far_sql_id (&part->id), far_sql_int (tab->tab),
                      charge ? far_sql_int (part->charge) : far_sql_text (NULL),
                      charge ? far_sql_text (NULL) : far_sql_int (part->checkout),
                      far_sql_int (part->amount_micros), far_sql_int (call->now_us)) &&
         far_sql_run (books->db, error,
                      "UPDATE charges SET refunded_micros = refunded_micros + ?2"
                      " WHERE charge = ?1", far_sql_int (part->charge),
                      far_sql_int (part->amount_micros)) &&
         far_sql_run (books->db, error,
                      "UPDATE checkouts SET refunded_micros = refunded_micros + ?2"
                      " WHERE checkout = ?1", far_sql_int (part->checkout),
                      far_sql_int (part->amount_micros));
}

static void
write_part (FarCall     *call,
            const FarId *id,
            const char  *payment,
            gint64       amount_micros,
            const char  *currency)
{
  FarJsonWriter *answer = call->answer;
  char hex[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (id, hex);
  far_json_begin_object (answer, NULL);
  far_json_add_string (answer, "refund", hex);
  far_json_add_string (answer, "money", call->books->live ? "live" : "test");
  far_json_add_string (answer, "payment", payment);
  far_json_add_micros (answer, "amount_micros", amount_micros);
  far_json_add_string (answer, "currency", currency);
  far_json_end_object (answer);
}

static gboolean
run_begin (FarCall  *call,
           GError  **error)
{
  FarBooks *books = call->books;
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  gint64 wallet_micros;
  FarProperty property;
  FarReader reader;
  FarTab tab;

  g_array_set_clear_func (parts, part_clear);
  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_tab_find (books, reader.reader, property.terms.currency, &tab, error) ||
      !far_tab_wallet_micros (books, &tab, &wallet_micros, error) ||
      !take_parts (books, &tab, wallet_micros, parts, error))
    return FALSE;
  if (parts->len == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_WALLET_EMPTY,
                       "there is nothing in the wallet that could go back to where it came from");
  far_json_begin_array (call->answer, "refunds");
  for (guint i = 0; i < parts->len; i++)
    {
      const Part *part = &g_array_index (parts, Part, i);

      if (!book_part (call, &tab, part, error))
        return FALSE;
      write_part (call, &part->id, part->payment, part->amount_micros, tab.currency);
    }
  far_json_end_array (call->answer);
  return TRUE;
}

/* ---- wallet.refund.finish ---- */

/* The money comes back into the wallet, and may go back another time. */
static gboolean
bring_back (FarCall      *call,
            FarTab       *tab,
            gint64        refund,
            const FarId  *id,
            gint64        amount_micros,
            GError      **error)
{
  FarBooks *books = call->books;
  FarId clearing;

  if (!far_house_account (books, FAR_ACCOUNT_PROVIDER_CLEARING, tab->currency, &clearing, error))
    return FALSE;
  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_WALLET_REFUND_BACK, tab->currency, &clearing, &tab->wallet,
                   amount_micros, id);
  return far_posting_must (books, error) &&
         far_sql_run (books->db, error,
                      "UPDATE charges SET refunded_micros = refunded_micros - ?2 WHERE charge ="
                      " (SELECT charge FROM wallet_refunds WHERE refund = ?1)",
                      far_sql_int (refund), far_sql_int (amount_micros)) &&
         far_sql_run (books->db, error,
                      "UPDATE checkouts SET refunded_micros = refunded_micros - ?2"
                      " WHERE checkout ="
                      " (SELECT checkout FROM wallet_refunds WHERE refund = ?1)",
                      far_sql_int (refund), far_sql_int (amount_micros));
}

static gboolean
parse_outcome (const char *text,
               gint64     *ret_state)
{
  if (strcmp (text, "unknown") == 0)
    *ret_state = UNKNOWN;
  else if (strcmp (text, "succeeded") == 0)
    *ret_state = SUCCEEDED;
  else if (strcmp (text, "failed") == 0)
    *ret_state = FAILED;
  else
    return FALSE;
  return TRUE;
}

static gboolean
run_finish (FarCall  *call,
            GError  **error)
{
  static const char *const states[] = { "begun", "unknown", "succeeded", "failed" };
  FarBooks *books = call->books;
  FarId id = far_request_id (call->request, "refund");
  gint64 refund, amount_micros, wallet_micros, before, after;
  FarTab tab;

  if (!parse_outcome (far_request_text (call->request, "outcome"), &after))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"outcome\" must be succeeded, failed or unknown");
  {
    g_autoptr (FarStatement) row = NULL;
    FarStep step = far_sql_first (books->db, &row, error,
                                  "SELECT refund, tab, amount_micros, state FROM wallet_refunds"
                                  " WHERE id = ?1", far_sql_id (&id));

    if (step == FAR_STEP_ERROR)
      return FALSE;
    if (step == FAR_STEP_DONE)
      return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_REFUND, "there is no such refund");
    refund = far_statement_get_int (row, 0);
    amount_micros = far_statement_get_int (row, 2);
    before = far_statement_get_int (row, 3);
    if (!far_tab_load (books, far_statement_get_int (row, 1), &tab, error))
      return FALSE;
  }
  /* Failed is the end; what has succeeded may fail yet, and knows more than a time-out. */
  if (before == FAILED || after < before)
    after = before;
  if ((after == FAILED && before != FAILED &&
       !bring_back (call, &tab, refund, &id, amount_micros, error)) ||
      !far_sql_run (books->db, error,
                    "UPDATE wallet_refunds SET state = ?2, provider_id = coalesce (?3,"
                    " provider_id), ended_us = ?4 WHERE refund = ?1 AND state <> ?2",
                    far_sql_int (refund), far_sql_int (after),
                    far_sql_text (far_request_text (call->request, "provider_id")),
                    far_sql_int (after >= SUCCEEDED ? call->now_us : 0)) ||
      !far_tab_wallet_micros (books, &tab, &wallet_micros, error))
    return FALSE;
  far_json_add_string (call->answer, "state", states[after]);
  far_json_add_micros (call->answer, "amount_micros", amount_micros);
  far_json_add_micros (call->answer, "wallet_micros", wallet_micros);
  return TRUE;
}

/* ---- refunds.open ---- */

static gboolean
run_open (FarCall  *call,
          GError  **error)
{
  g_autoptr (FarStatement) row = NULL;
  gint64 n;
  FarStep step;

  if (!far_db_query_int (call->books->db, "SELECT count (*) FROM wallet_refunds WHERE state < 2",
                         &n, error))
    return FALSE;
  row = far_db_prepare (call->books->db,
                        "SELECT w.id, coalesce (c.provider_id, k.provider_id), w.amount_micros,"
                        " t.currency FROM wallet_refunds w JOIN tabs t USING (tab)"
                        " LEFT JOIN charges c USING (charge) LEFT JOIN checkouts k USING (checkout)"
                        " WHERE w.state < 2 ORDER BY w.begun_us, w.refund LIMIT ?1 OFFSET ?2",
                        error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, OPEN_MAX);
  far_statement_bind_int (row, 2, far_sql_turn (n, OPEN_MAX, call->now_us));
  far_json_begin_array (call->answer, "refunds");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      FarId id;

      if (!far_statement_copy_blob (row, 0, &id, FAR_ID_LEN))
        g_assert_not_reached ();
      write_part (call, &id, far_statement_get_text (row, 1),
                  far_statement_get_int (row, 2), far_statement_get_text (row, 3));
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
}

static const FarField begin_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { NULL },
};

static const FarField finish_fields[] = {
  { "refund", FAR_FIELD_ID },
  { "outcome", FAR_FIELD_WORD, 0, 1, 16 },
  { "provider_id", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 255 },
  { NULL },
};

static const FarField open_fields[] = {
  { NULL },
};

const FarCommand far_commands_payback[] = {
  { "wallet.refund.begin", begin_fields, run_begin },
  { "wallet.refund.finish", finish_fields, run_finish },
  { "refunds.open", open_fields, run_open },
  { NULL },
};
