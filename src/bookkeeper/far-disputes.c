/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dispute.apply: a reader's bank takes a charge back. The provider tells it by events that come
 * late, twice and out of order, so the command says where the dispute stands, and books what that
 * needs on top of what was booked: opened (or lost without having been opened) takes every item of
 * the charge back from publisher and fee; won gives it back; lost leaves it taken.
 *
 * Of what the charge brought to the reader's wallet (items refunded meanwhile, a top-up) the wallet
 * gives what it holds; the rest is dispute_loss, the platform's. The reader keeps the articles: the
 * text was read. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

typedef struct {
  gint64          dispute; /* row; 0: new */
  FarDisputeState state;
  gint64          charge;  /* row; 0: a top-up's */
  gint64          tab;
  FarId           reference; /* of its transfers: intent of the charge, or id of the checkout */
  char            currency[FAR_CURRENCY_LEN + 1];
  gint64          amount_micros;
  gint64          wallet_micros;
  gint64          loss_micros;
  gint64          fee_micros;
  char            fee_currency[FAR_CURRENCY_LEN + 1];
} Dispute;

gboolean
far_pledge_is_disputed (FarBooks  *books,
                        gint64     pledge,
                        gboolean  *ret_disputed,
                        GError   **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT 1 FROM dispute_items JOIN disputes USING (dispute)"
                                " WHERE pledge = ?1 AND state <> 1", far_sql_int (pledge));

  *ret_disputed = step == FAR_STEP_ROW;
  return step != FAR_STEP_ERROR;
}

/* ---- what is disputed ---- */

static gboolean
load_dispute (FarBooks    *books,
              const char  *id,
              Dispute     *ret_dispute,
              GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT dispute, state, coalesce (charge, 0), coalesce (tab, 0),"
                                " reference, currency, amount_micros, wallet_micros, loss_micros,"
                                " fee_micros, coalesce (fee_currency, currency) FROM disputes"
                                " WHERE id = ?1", far_sql_text (id));

  memset (ret_dispute, 0, sizeof *ret_dispute);
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  ret_dispute->dispute = far_statement_get_int (row, 0);
  ret_dispute->state = (FarDisputeState) far_statement_get_int (row, 1);
  ret_dispute->charge = far_statement_get_int (row, 2);
  ret_dispute->tab = far_statement_get_int (row, 3);
  g_strlcpy (ret_dispute->currency, far_statement_get_text (row, 5),
             sizeof ret_dispute->currency);
  ret_dispute->amount_micros = far_statement_get_int (row, 6);
  ret_dispute->wallet_micros = far_statement_get_int (row, 7);
  ret_dispute->loss_micros = far_statement_get_int (row, 8);
  ret_dispute->fee_micros = far_statement_get_int (row, 9);
  g_strlcpy (ret_dispute->fee_currency, far_statement_get_text (row, 10),
             sizeof ret_dispute->fee_currency);
  return far_statement_copy_blob (row, 4, &ret_dispute->reference, FAR_ID_LEN);
}

/* The charge that the provider calls so. *ret_found FALSE: none. */
static gboolean
find_charge (FarBooks    *books,
             const char  *payment,
             Dispute     *dispute,
             gint64      *ret_amount_micros,
             gboolean    *ret_found,
             GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT charge, tab, intent, amount_micros, state, t.currency"
                                " FROM charges JOIN tabs t USING (tab) WHERE provider_id = ?1"
                                " ORDER BY charge DESC LIMIT 1", far_sql_text (payment));

  *ret_found = step == FAR_STEP_ROW;
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  if (far_statement_get_int (row, 4) != FAR_CHARGE_SUCCEEDED)
    return far_refuse (error, FAR_COMMAND_ERROR_CHARGE_IN_FLIGHT,
                       "this charge is not booked as paid yet; resolve it, then tell the dispute "
                       "again");
  dispute->charge = far_statement_get_int (row, 0);
  dispute->tab = far_statement_get_int (row, 1);
  *ret_amount_micros = far_statement_get_int (row, 3);
  g_strlcpy (dispute->currency, far_statement_get_text (row, 5), sizeof dispute->currency);
  return far_statement_copy_blob (row, 2, &dispute->reference, FAR_ID_LEN);
}

/* The same for a top-up of a wallet. */
static gboolean
find_top_up (FarBooks    *books,
             const char  *payment,
             Dispute     *dispute,
             gint64      *ret_amount_micros,
             gboolean    *ret_found,
             GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT c.id, c.tab, c.amount_micros, t.currency"
                                " FROM checkouts c JOIN tabs t USING (tab)"
                                " WHERE c.provider_id = ?1 AND c.state = 2"
                                " ORDER BY c.checkout DESC LIMIT 1", far_sql_text (payment));

  *ret_found = FALSE;
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  *ret_found = TRUE;
  dispute->tab = far_statement_get_int (row, 1);
  *ret_amount_micros = far_statement_get_int (row, 2);
  g_strlcpy (dispute->currency, far_statement_get_text (row, 3), sizeof dispute->currency);
  return far_statement_copy_blob (row, 0, &dispute->reference, FAR_ID_LEN);
}

/* What other disputes of the payment hold: a bank may take one back in parts. */
static gboolean
load_held (FarBooks    *books,
           const char  *payment,
           gint64      *ret_micros,
           GError     **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT coalesce (sum (amount_micros), 0) FROM disputes"
                     " WHERE payment = ?1 AND state <> 1", far_sql_text (payment)) != FAR_STEP_ROW)
    return FALSE;
  *ret_micros = far_statement_get_int (row, 0);
  return TRUE;
}

static gboolean
insert_dispute (FarCall     *call,
                const char  *id,
                const char  *payment,
                Dispute     *dispute,
                GError     **error)
{
  gint64 paid_micros = 0, held_micros;
  gboolean found;

  if (!find_charge (call->books, payment, dispute, &paid_micros, &found, error) ||
      (!found && !find_top_up (call->books, payment, dispute, &paid_micros, &found, error)) ||
      !load_held (call->books, payment, &held_micros, error))
    return FALSE;
  if (!found)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_INTENT,
                       "no charge and no top-up of these books has this payment");
  if (held_micros >= paid_micros)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                       "all of this payment is disputed already; look at the provider's record of "
                       "it");
  dispute->amount_micros = MIN (far_request_micros (call->request, "amount_micros"),
                                paid_micros - held_micros);
  if (!far_sql_run (call->books->db, error,
                    "INSERT INTO disputes (id, payment, charge, tab, currency, reference, state,"
                    " amount_micros, wallet_micros, loss_micros, opened_us)"
                    " VALUES (?1, ?2, nullif (?3, 0), ?4, ?5, ?6, 1, ?7, 0, 0, ?8)",
                    far_sql_text (id), far_sql_text (payment), far_sql_int (dispute->charge),
                    far_sql_int (dispute->tab), far_sql_text (dispute->currency),
                    far_sql_id (&dispute->reference), far_sql_int (dispute->amount_micros),
                    far_sql_int (call->now_us)))
    return FALSE;
  dispute->dispute = far_db_get_last_rowid (call->books->db);
  dispute->state = FAR_DISPUTE_WON; /* as nothing was taken back yet */
  return TRUE;
}

/* ---- taking back ---- */

typedef struct {
  gint64 pledge;
  FarId  id;
  gint64 property;
  gint64 before_micros; /* what earlier charges had settled, and other disputes hold */
  gint64 amount_micros;
  guint  fee_bps;
  gint64 state;
} Item;

static gboolean
load_items (FarBooks  *books,
            gint64     charge,
            GArray    *items,
            GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT i.pledge, p.id, p.property, i.amount_micros, p.fee_bps, p.state,"
                    " coalesce ((SELECT sum (j.amount_micros) FROM charge_items j JOIN charges c"
                    "   USING (charge) WHERE j.pledge = i.pledge AND c.charge < i.charge"
                    "   AND c.state = 2), 0),"
                    " coalesce ((SELECT sum (k.publisher_micros + k.fee_micros)"
                    "   FROM dispute_items k JOIN disputes d USING (dispute)"
                    "   WHERE k.pledge = i.pledge AND d.charge = i.charge AND d.state <> 1), 0)"
                    " FROM charge_items i JOIN pledges p USING (pledge) WHERE i.charge = ?1"
                    " ORDER BY i.pledge", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, charge);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      Item item = {
        .pledge = far_statement_get_int (row, 0),
        .property = far_statement_get_int (row, 2),
        .amount_micros = far_statement_get_int (row, 3),
        .fee_bps = (guint) far_statement_get_int (row, 4),
        .state = far_statement_get_int (row, 5),
        .before_micros = far_statement_get_int (row, 6),
      };
      gint64 held_micros = far_statement_get_int (row, 7);

      item.before_micros += held_micros;
      item.amount_micros -= held_micros;

      if (!far_statement_copy_blob (row, 1, &item.id, FAR_ID_LEN))
        g_assert_not_reached ();
      g_array_append_val (items, item);
    }
  return step == FAR_STEP_DONE;
}

/* From the publisher and the fee, exactly as it was booked; *left_micros of the dispute at most. */
static gboolean
take_item (FarBooks       *books,
           const Dispute  *dispute,
           const FarId    *clearing,
           const Item     *item,
           gint64          take_micros,
           GError        **error)
{
  FarProperty property;
  FarSplit part;

  if (!far_property_load (books, item->property, &property, error) ||
      !far_split_range (item->before_micros, item->before_micros + take_micros, item->fee_bps,
                        &part, error))
    return FALSE;
  far_posting_add (books, FAR_CODE_DISPUTE, dispute->currency, &property.payable, clearing,
                   part.publisher_micros, &item->id);
  far_posting_add (books, FAR_CODE_DISPUTE_FEE, dispute->currency, &property.fee_earned, clearing,
                   part.fee_micros, &item->id);
  return far_sql_run (books->db, error, "INSERT INTO dispute_items VALUES (?1, ?2, ?3, ?4)"
                      " ON CONFLICT (dispute, pledge) DO UPDATE SET publisher_micros = ?3,"
                      " fee_micros = ?4",
                      far_sql_int (dispute->dispute), far_sql_int (item->pledge),
                      far_sql_int (part.publisher_micros), far_sql_int (part.fee_micros));
}

static gboolean
take_items (FarBooks       *books,
            const Dispute  *dispute,
            const FarId    *clearing,
            gint64         *left_micros,
            GError        **error)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Item));

  if (!load_items (books, dispute->charge, items, error))
    return FALSE;
  for (guint i = 0; i < items->len && *left_micros > 0; i++)
    {
      const Item *item = &g_array_index (items, Item, i);
      gint64 take_micros = MIN (*left_micros, item->amount_micros);

      /* What was refunded is in the wallet, not with the publisher. */
      if (item->state == FAR_PLEDGE_REFUNDED || take_micros == 0)
        continue;
      if (!take_item (books, dispute, clearing, item, take_micros, error))
        return FALSE;
      *left_micros -= take_micros;
    }
  return TRUE;
}

static gboolean
take_back (FarBooks  *books,
           Dispute   *dispute,
           GError   **error)
{
  gint64 left_micros = dispute->amount_micros;
  gint64 wallet_micros;
  FarId clearing, loss;
  FarTab tab;

  if (!far_house_account (books, FAR_ACCOUNT_PROVIDER_CLEARING, dispute->currency, &clearing,
                          error) ||
      !far_house_account (books, FAR_ACCOUNT_DISPUTE_LOSS, dispute->currency, &loss, error) ||
      !far_tab_load (books, dispute->tab, &tab, error) ||
      !far_tab_wallet_micros (books, &tab, &wallet_micros, error))
    return FALSE;
  far_posting_begin (books);
  if (dispute->charge != 0 && !take_items (books, dispute, &clearing, &left_micros, error))
    return FALSE;
  dispute->wallet_micros = CLAMP (wallet_micros, 0, left_micros);
  dispute->loss_micros = left_micros - dispute->wallet_micros;
  if (tab.has_wallet)
    far_posting_add (books, FAR_CODE_DISPUTE_WALLET, dispute->currency, &tab.wallet, &clearing,
                     dispute->wallet_micros, &dispute->reference);
  far_posting_add (books, FAR_CODE_DISPUTE_LOSS, dispute->currency, &loss, &clearing,
                   dispute->loss_micros, &dispute->reference);
  return far_posting_must (books, error);
}

/* ---- giving back ---- */

static gboolean
give_items (FarBooks       *books,
            const Dispute  *dispute,
            const FarId    *clearing,
            GError        **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT p.id, q.payable, q.fee_earned, i.publisher_micros, i.fee_micros"
                    " FROM dispute_items i JOIN pledges p USING (pledge)"
                    " JOIN properties q USING (property) WHERE i.dispute = ?1 ORDER BY i.pledge",
                    error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, dispute->dispute);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      FarId id, payable, fee_earned;

      if (!far_statement_copy_blob (row, 0, &id, FAR_ID_LEN) ||
          !far_statement_copy_blob (row, 1, &payable, FAR_ID_LEN) ||
          !far_statement_copy_blob (row, 2, &fee_earned, FAR_ID_LEN))
        g_assert_not_reached ();
      far_posting_add (books, FAR_CODE_DISPUTE_WON, dispute->currency, clearing, &payable,
                       far_statement_get_int (row, 3), &id);
      far_posting_add (books, FAR_CODE_DISPUTE_WON_FEE, dispute->currency, clearing, &fee_earned,
                       far_statement_get_int (row, 4), &id);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
give_back (FarBooks  *books,
           Dispute   *dispute,
           GError   **error)
{
  FarId clearing, loss;
  FarTab tab;

  if (!far_house_account (books, FAR_ACCOUNT_PROVIDER_CLEARING, dispute->currency, &clearing,
                          error) ||
      !far_house_account (books, FAR_ACCOUNT_DISPUTE_LOSS, dispute->currency, &loss, error) ||
      !far_tab_load (books, dispute->tab, &tab, error))
    return FALSE;
  far_posting_begin (books);
  if (!give_items (books, dispute, &clearing, error))
    return FALSE;
  if (dispute->wallet_micros > 0)
    far_posting_add (books, FAR_CODE_DISPUTE_WON_WALLET, dispute->currency, &clearing, &tab.wallet,
                     dispute->wallet_micros, &dispute->reference);
  far_posting_add (books, FAR_CODE_DISPUTE_WON_LOSS, dispute->currency, &clearing, &loss,
                   dispute->loss_micros, &dispute->reference);
  return far_posting_must (books, error);
}

/* ---- dispute.apply ---- */

static gboolean
parse_status (const char       *text,
              FarDisputeState  *ret_state)
{
  static const struct { const char *text; FarDisputeState state; } known[] = {
    { "opened", FAR_DISPUTE_OPENED }, { "won", FAR_DISPUTE_WON }, { "lost", FAR_DISPUTE_LOST },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (strcmp (known[i].text, text) == 0)
      {
        *ret_state = known[i].state;
        return TRUE;
      }
  return FALSE;
}

static const char *
state_text (FarDisputeState state)
{
  return state == FAR_DISPUTE_OPENED ? "opened" : state == FAR_DISPUTE_WON ? "won" : "lost";
}

/* What the provider asks for the trouble; told once or more often, booked once. */
static gboolean
book_cost (FarCall  *call,
           Dispute  *dispute,
           gint64    fee_micros,
           GError  **error)
{
  const char *currency = far_request_text (call->request, "fee_currency");
  gint64 more_micros = fee_micros - dispute->fee_micros;

  if (more_micros <= 0)
    return TRUE;
  if (currency == NULL)
    currency = dispute->currency;
  if (dispute->fee_micros > 0 && strcmp (currency, dispute->fee_currency) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                       "the cost of this dispute is booked in %s already", dispute->fee_currency);
  far_posting_begin (call->books);
  dispute->fee_micros = fee_micros;
  g_strlcpy (dispute->fee_currency, currency, sizeof dispute->fee_currency);
  return far_posting_add_fee (call, FAR_CODE_DISPUTE_COST, FAR_ACCOUNT_DISPUTE_LOSS,
                              dispute->currency, more_micros, &dispute->reference, error) &&
         far_posting_must (call->books, error);
}

/* From where the books stand to where the dispute does. closed: it was decided before. */
static gboolean
move_dispute (FarCall          *call,
              Dispute          *dispute,
              FarDisputeState   state,
              gboolean          is_new,
              GError          **error)
{
  gboolean taken = dispute->state != FAR_DISPUTE_WON;
  gboolean take = state != FAR_DISPUTE_WON;

  if (!is_new && dispute->state != FAR_DISPUTE_OPENED)
    {
      if (state == FAR_DISPUTE_OPENED || state == dispute->state)
        return TRUE; /* late, or again */
      return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                         "this dispute is %s already; look at the provider's record of it",
                         state_text (dispute->state));
    }
  if ((take && !taken && !take_back (call->books, dispute, error)) ||
      (!take && taken && !give_back (call->books, dispute, error)))
    return FALSE;
  dispute->state = state;
  return TRUE;
}

static gboolean
run_apply (FarCall  *call,
           GError  **error)
{
  const char *id = far_request_text (call->request, "dispute");
  FarDisputeState state;
  Dispute dispute;
  gboolean is_new;

  if (!parse_status (far_request_text (call->request, "status"), &state))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"status\" must be opened, won or lost");
  if (!load_dispute (call->books, id, &dispute, error))
    return FALSE;
  is_new = dispute.dispute == 0;
  if ((is_new && !insert_dispute (call, id, far_request_text (call->request, "payment"), &dispute,
                                  error)) ||
      !move_dispute (call, &dispute, state, is_new, error) ||
      !book_cost (call, &dispute, far_request_micros (call->request, "fee_micros"), error) ||
      !far_sql_run (call->books->db, error,
                    "UPDATE disputes SET state = ?2, wallet_micros = ?3, loss_micros = ?4,"
                    " fee_micros = ?5, closed_us = CASE WHEN ?2 = 0 OR closed_us > 0"
                    " THEN closed_us ELSE ?6 END, fee_currency = nullif (?7, currency)"
                    " WHERE dispute = ?1",
                    far_sql_int (dispute.dispute), far_sql_int (dispute.state),
                    far_sql_int (dispute.wallet_micros), far_sql_int (dispute.loss_micros),
                    far_sql_int (dispute.fee_micros), far_sql_int (call->now_us),
                    far_sql_text (dispute.fee_micros > 0 ? dispute.fee_currency : NULL)))
    return FALSE;
  far_json_add_string (call->answer, "state", state_text (dispute.state));
  far_json_add_micros (call->answer, "amount_micros", dispute.amount_micros);
  far_json_add_micros (call->answer, "wallet_micros", dispute.wallet_micros);
  far_json_add_micros (call->answer, "loss_micros", dispute.loss_micros);
  return TRUE;
}

static const FarField apply_fields[] = {
  { "dispute", FAR_FIELD_WORD, 0, 1, 255 },
  { "payment", FAR_FIELD_WORD, 0, 1, 255 },
  { "status", FAR_FIELD_WORD, 0, 1, 16 },
  { "amount_micros", FAR_FIELD_MICROS },
  { "fee_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "fee_currency", FAR_FIELD_CURRENCY, FAR_FIELD_OPTIONAL },
  { NULL },
};

const FarCommand far_commands_disputes[] = {
  { "dispute.apply", apply_fields, run_apply },
  { NULL },
};
