/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checkout.begin, .session, .get, .finish and checkouts.open: visits to the provider's page that
 * save a payment method or pay into the wallet.
 *
 * The row is on disk before the provider is asked for a page, and the provider is told the row's
 * id. So whoever hears how it ended (the reader who comes back, a webhook, the scheduled function)
 * finds the row, and it ends once. Only "processing" comes before an end; an end is final, except
 * that a payment which arrives after all is never turned away. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

#include "market/far-provider-units.h"

#define OPEN_MAX 40
/* Visits of one reader that are not over. */
#define OPEN_OF_READER_MAX 10
#define TOPUP_MINIMUMS_MAX 400 /* of the provider's least charge: $200 */

enum { KIND_SETUP = 0, KIND_TOPUP = 1 };
enum { OPEN = 0, PROCESSING = 1, SUCCEEDED = 2, FAILED = 3, EXPIRED = 4 };

static const char *const states[] = { "open", "processing", "succeeded", "failed", "expired" };

typedef struct {
  gint64 checkout; /* row; 0: none */
  FarId  id;
  gint64 reader;
  gint64 property;
  gint64 tab;      /* 0: none */
  gint64 kind;
  gint64 amount_micros;
  gint64 state;
  gboolean erased; /* its reader was forgotten: the kept answer that began it went with them */
} Checkout;

static gboolean
load_checkout (FarBooks     *books,
               const FarId  *id,
               Checkout     *ret_checkout,
               GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT checkout, reader, property, coalesce (tab, 0), kind,"
                                " amount_micros, state, scope IS NULL FROM checkouts"
                                " WHERE id = ?1",
                                far_sql_id (id));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_CHECKOUT, "there is no such checkout");
  *ret_checkout = (Checkout){
    .checkout = far_statement_get_int (row, 0), .id = *id,
    .reader = far_statement_get_int (row, 1), .property = far_statement_get_int (row, 2),
    .tab = far_statement_get_int (row, 3), .kind = far_statement_get_int (row, 4),
    .amount_micros = far_statement_get_int (row, 5), .state = far_statement_get_int (row, 6),
    .erased = far_statement_get_int (row, 7) != 0,
  };
  return TRUE;
}

/* ---- checkout.begin ---- */

static gboolean
check_topup (FarBooks    *books,
             const char  *currency,
             gint64       amount_micros,
             gint64      *ret_amount_micros,
             GError     **error)
{
  g_autofree char *least = NULL;
  g_autofree char *most = NULL;
  gint64 least_micros, minimum_micros, maximum_micros;

  if (!far_least_charge (books, currency, &least_micros, error) ||
      !far_settlement_chargeable (currency, least_micros, amount_micros, ret_amount_micros,
                                  error) ||
      !far_provider_minimum (currency, &minimum_micros, error) ||
      !far_provider_maximum (currency, &maximum_micros, error))
    return FALSE;
  maximum_micros = MIN (minimum_micros * TOPUP_MINIMUMS_MAX, maximum_micros);
  least = far_micros_to_display (least_micros, currency);
  most = far_micros_to_display (maximum_micros, currency);
  if (*ret_amount_micros == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_UNDER_MINIMUM,
                       "%s is the least that can be paid in", least);
  if (amount_micros > maximum_micros)
    return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                       "%s is the most that can be paid in at once", most);
  if (*ret_amount_micros != amount_micros)
    {
      g_autofree char *whole = far_micros_to_display (*ret_amount_micros, currency);

      return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                         "the payment provider moves whole units: pay in %s", whole);
    }
  return TRUE;
}

static gboolean
check_open (FarBooks         *books,
            const FarReader  *reader,
            GError          **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT count (*) FROM checkouts WHERE reader = ?1 AND state = 0",
                     far_sql_int (reader->reader)) != FAR_STEP_ROW)
    return FALSE;
  return far_statement_get_int (row, 0) < OPEN_OF_READER_MAX ||
         far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                     "%d visits to the payment page are open; finish one, or wait until they "
                     "expire", OPEN_OF_READER_MAX);
}

static gboolean
run_begin (FarCall  *call,
           GError  **error)
{
  FarBooks *books = call->books;
  const char *kind_text = far_request_text (call->request, "kind");
  gint64 kind = g_strcmp0 (kind_text, "topup") == 0 ? KIND_TOPUP : KIND_SETUP;
  gint64 amount_micros = far_request_micros (call->request, "amount_micros");
  g_autoptr (FarStatement) row = NULL;
  FarProperty property;
  FarReader reader;
  FarTab tab;
  FarId id;
  char hex[FAR_ID_HEX_LEN + 1];

  if (kind == KIND_SETUP && (strcmp (kind_text, "setup") != 0 || amount_micros != 0))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"kind\" must be \"setup\", or \"topup\" with \"amount_micros\"");
  if (!far_property_find (books, far_request_text (call->request, "property"), &property, error) ||
      (kind == KIND_TOPUP && !check_topup (books, property.terms.currency, amount_micros,
                                           &amount_micros, error)) ||
      !far_reader_find (books, far_request_text (call->request, "reader"), &reader, error) ||
      !far_reader_ensure (books, &reader, call->now_us, error) ||
      !check_open (books, &reader, error) ||
      !far_tab_find (books, reader.reader, property.terms.currency, &tab, error) ||
      (kind == KIND_TOPUP && !far_tab_ensure (books, &reader, property.terms.currency, &tab,
                                              error)))
    return FALSE;

  far_id_init (&id, books->clock);
  if (!far_sql_run (books->db, error,
                    "INSERT INTO checkouts (id, reader, property, tab, kind, amount_micros,"
                    " begun_us, scope) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    far_sql_id (&id), far_sql_int (reader.reader), far_sql_int (property.property),
                    kind == KIND_TOPUP ? far_sql_int (tab.tab) : far_sql_text (NULL),
                    far_sql_int (kind), far_sql_int (amount_micros), far_sql_int (call->now_us),
                    far_sql_blob (call->scope, FAR_SCOPE_LEN)) ||
      far_sql_first (books->db, &row, error, "SELECT customer FROM readers WHERE reader = ?1",
                     far_sql_int (reader.reader)) != FAR_STEP_ROW)
    return FALSE;
  far_id_to_hex (&id, hex);
  far_json_add_string (call->answer, "checkout", hex);
  far_json_add_string (call->answer, "money", books->live ? "live" : "test");
  far_json_add_string (call->answer, "kind", kind_text);
  far_json_add_micros (call->answer, "amount_micros", amount_micros);
  far_json_add_string (call->answer, "currency", property.terms.currency);
  far_json_add_string (call->answer, "customer", far_statement_get_text (row, 0));
  return TRUE;
}

/* ---- checkout.session ---- */

/* Remembers the provider's page. Once: a repeat must name the same. */
static gboolean
run_session (FarCall  *call,
             GError  **error)
{
  FarId id = far_request_id (call->request, "checkout");
  const char *session = far_request_text (call->request, "session");
  Checkout checkout;

  if (!load_checkout (call->books, &id, &checkout, error) ||
      !far_sql_run (call->books->db, error,
                    "UPDATE checkouts SET session = ?2, url = ?3 WHERE checkout = ?1"
                    " AND (session IS NULL OR session = ?2)",
                    far_sql_int (checkout.checkout), far_sql_text (session),
                    far_sql_text (far_request_text (call->request, "url"))))
    return FALSE;
  if (far_db_get_changes (call->books->db) == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT, "this checkout has another page");
  far_json_add_string (call->answer, "state", states[checkout.state]);
  return TRUE;
}

/* ---- checkout.get ---- */

/* What there is to say of a checkout and of the money of its reader. */
static gboolean
write_checkout (FarCall         *call,
                const Checkout  *checkout,
                GError         **error)
{
  FarBooks *books = call->books;
  g_autoptr (FarStatement) row = NULL;
  FarProperty property;
  FarTab tab;
  gint64 wallet_micros, least_micros, charge_micros;
  char hex[FAR_ID_HEX_LEN + 1];

  if (far_sql_first (books->db, &row, error,
                     "SELECT c.session, c.url, r.payment_method IS NOT NULL, c.begun_us"
                     " FROM checkouts c JOIN readers r USING (reader) WHERE checkout = ?1",
                     far_sql_int (checkout->checkout)) != FAR_STEP_ROW ||
      !far_property_load (books, checkout->property, &property, error) ||
      !far_tab_find (books, checkout->reader, property.terms.currency, &tab, error) ||
      !far_tab_wallet_micros (books, &tab, &wallet_micros, error) ||
      !far_least_charge (books, property.terms.currency, &least_micros, error) ||
      !far_settlement_chargeable (property.terms.currency, least_micros, tab.open_micros,
                                  &charge_micros, error))
    return FALSE;
  far_id_to_hex (&checkout->id, hex);
  far_json_add_string (call->answer, "checkout", hex);
  far_json_add_string (call->answer, "kind", checkout->kind == KIND_TOPUP ? "topup" : "setup");
  far_json_add_string (call->answer, "state", states[checkout->state]);
  far_json_add_micros (call->answer, "amount_micros", checkout->amount_micros);
  far_json_add_string (call->answer, "currency", property.terms.currency);
  far_json_add_string (call->answer, "session", far_statement_get_text (row, 0));
  far_json_add_string (call->answer, "url",
                       checkout->state == OPEN ? far_statement_get_text (row, 1) : NULL);
  far_json_add_bool (call->answer, "method", far_statement_get_int (row, 2) != 0);
  far_json_add_int (call->answer, "begun_us", far_statement_get_int (row, 3));
  far_json_add_micros (call->answer, "tab_micros", tab.open_micros);
  far_json_add_micros (call->answer, "wallet_micros", wallet_micros);
  if (charge_micros > 0 && checkout->kind == KIND_SETUP)
    far_id_to_hex (&tab.id, hex);
  far_json_add_string (call->answer, "chargeable_tab",
                       charge_micros > 0 && checkout->kind == KIND_SETUP ? hex : NULL);
  return TRUE;
}

static gboolean
run_get (FarCall  *call,
         GError  **error)
{
  FarId id = far_request_id (call->request, "checkout");
  Checkout checkout;
  FarReader reader;

  if (!far_reader_find (call->books, far_request_text (call->request, "reader"), &reader, error) ||
      !load_checkout (call->books, &id, &checkout, error))
    return FALSE;
  if (checkout.reader != reader.reader)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_CHECKOUT, "there is no such checkout");
  return write_checkout (call, &checkout, error);
}

/* ---- checkout.finish ---- */

static gboolean
book_topup (FarCall         *call,
            const Checkout  *checkout,
            gint64           fee_micros,
            GError         **error)
{
  FarBooks *books = call->books;
  FarId clearing;
  FarTab tab;

  if (!far_tab_load (books, checkout->tab, &tab, error) ||
      !far_tab_ensure_wallet (books, &tab, error) ||
      !far_house_account (books, FAR_ACCOUNT_PROVIDER_CLEARING, tab.currency, &clearing, error))
    return FALSE;
  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_TOPUP, tab.currency, &clearing, &tab.wallet,
                   checkout->amount_micros, &checkout->id);
  return far_posting_add_fee (call, FAR_CODE_PROVIDER_FEE, FAR_ACCOUNT_PROVIDER_FEES, tab.currency,
                              fee_micros, &checkout->id, error) &&
         far_posting_must (books, error);
}

/* The row of a payment that arrives after all, under the id of the charge that was given up. */
static gboolean
insert_late (FarCall      *call,
             gint64        charge,
             const char   *provider_id,
             const FarId  *intent,
             GError      **error)
{
  const char *fee_currency = far_request_text (call->request, "fee_currency");

  return far_sql_run (call->books->db, error,
                      "INSERT INTO checkouts (id, reader, property, tab, kind, amount_micros,"
                      " fee_micros, fee_currency, state, provider_id, begun_us, ended_us)"
                      " SELECT ?2, t.reader, p.property, t.tab, 1, c.amount_micros, ?3, ?4, 2, ?5,"
                      " c.begun_us, ?6 FROM charges c JOIN tabs t USING (tab)"
                      " JOIN charge_items i USING (charge) JOIN pledges p USING (pledge)"
                      " WHERE charge = ?1 LIMIT 1",
                      far_sql_int (charge), far_sql_id (intent),
                      far_sql_int (far_request_micros (call->request, "fee_micros")),
                      far_sql_text (fee_currency), far_sql_text (provider_id),
                      far_sql_int (call->now_us)) &&
         /* The payment is this row's from now on, for refunds and for disputes. */
         far_sql_run (call->books->db, error,
                      "UPDATE charges SET provider_id = NULL WHERE charge = ?1",
                      far_sql_int (charge));
}

gboolean
far_checkout_book_late (FarCall      *call,
                        gint64        charge,
                        const FarId  *intent,
                        GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  g_autofree char *provider_id = g_strdup (far_request_text (call->request, "provider_id"));
  Checkout checkout = { .id = *intent };
  FarStep step = far_sql_first (call->books->db, &row, error,
                                "SELECT c.tab, c.amount_micros, c.provider_id, k.id IS NOT NULL"
                                " FROM charges c LEFT JOIN checkouts k ON k.id = c.intent"
                                " WHERE c.charge = ?1", far_sql_int (charge));

  if (step != FAR_STEP_ROW)
    return FALSE;
  if (far_statement_get_int (row, 3) != 0)
    return TRUE; /* told again */
  checkout.tab = far_statement_get_int (row, 0);
  checkout.amount_micros = far_statement_get_int (row, 1);
  if (provider_id == NULL)
    provider_id = g_strdup (far_statement_get_text (row, 2));
  if (provider_id == NULL)
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "a charge that was paid after all names its provider_id");
  return insert_late (call, charge, provider_id, intent, error) &&
         book_topup (call, &checkout, far_request_micros (call->request, "fee_micros"), error);
}

static gboolean
parse_outcome (const char *text,
               gint64     *ret_state)
{
  for (guint i = PROCESSING; i < G_N_ELEMENTS (states); i++)
    if (strcmp (states[i], text) == 0)
      {
        *ret_state = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
take_outcome (FarCall   *call,
              Checkout  *checkout,
              gint64     state,
              GError   **error)
{
  FarBooks *books = call->books;
  const char *customer = far_request_text (call->request, "customer");
  const char *method = far_request_text (call->request, "payment_method");
  const char *provider_id = far_request_text (call->request, "provider_id");
  gint64 fee_micros = checkout->kind == KIND_TOPUP
                        ? far_request_micros (call->request, "fee_micros") : 0;

  if (state == SUCCEEDED && checkout->kind == KIND_SETUP)
    {
      if (customer == NULL || method == NULL)
        return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                           "a setup that succeeded names its customer and payment_method");
      if (!far_reader_set_method (books, checkout->reader, customer, method, call->now_us, error))
        return FALSE;
    }
  if (state == SUCCEEDED && checkout->kind == KIND_TOPUP)
    {
      if (provider_id == NULL)
        return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                           "a top-up that succeeded names its provider_id");
      if (!book_topup (call, checkout, fee_micros, error))
        return FALSE;
    }
  checkout->state = state;
  return far_sql_run (books->db, error,
                      "UPDATE checkouts SET state = ?2, customer = coalesce (?3, customer),"
                      " provider_id = coalesce (?4, provider_id), fee_micros = ?5, ended_us = ?6,"
                      " fee_currency = ?7 WHERE checkout = ?1",
                      far_sql_int (checkout->checkout), far_sql_int (state),
                      far_sql_text (checkout->erased ? NULL : customer),
                      far_sql_text (provider_id),
                      far_sql_int (state == SUCCEEDED ? fee_micros : 0),
                      far_sql_int (state >= SUCCEEDED ? call->now_us : 0),
                      far_sql_text (state == SUCCEEDED && fee_micros > 0
                                      ? far_request_text (call->request, "fee_currency") : NULL));
}

static gboolean
run_finish (FarCall  *call,
            GError  **error)
{
  FarId id = far_request_id (call->request, "checkout");
  Checkout checkout;
  gboolean stays;
  gint64 state;

  if (!parse_outcome (far_request_text (call->request, "outcome"), &state))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"outcome\" must be processing, succeeded, failed or expired");
  if (!load_checkout (call->books, &id, &checkout, error))
    return FALSE;
  /* What ended stays so, whatever arrives late; but money that was taken is always booked. Of whom
   * the books have forgotten they learn no method again. */
  stays = checkout.state == SUCCEEDED || checkout.state == state ||
          (checkout.state > SUCCEEDED && state != SUCCEEDED) ||
          (checkout.erased && checkout.kind == KIND_SETUP);
  if (!stays && !take_outcome (call, &checkout, state, error))
    return FALSE;
  return write_checkout (call, &checkout, error);
}

/* ---- checkouts.open ---- */

static gboolean
run_open (FarCall  *call,
          GError  **error)
{
  gint64 before_us = far_request_int (call->request, "before_us", call->now_us);
  g_autoptr (FarStatement) count = NULL;
  g_autoptr (FarStatement) row = NULL;
  FarStep step;

  if (far_sql_first (call->books->db, &count, error,
                     "SELECT count (*) FROM checkouts WHERE state < 2 AND begun_us <= ?1",
                     far_sql_int (before_us)) != FAR_STEP_ROW)
    return FALSE;
  row = far_db_prepare (call->books->db,
                        "SELECT id, kind, session, begun_us, state FROM checkouts WHERE state < 2"
                        " AND begun_us <= ?1 ORDER BY begun_us, checkout LIMIT ?2 OFFSET ?3",
                        error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, before_us);
  far_statement_bind_int (row, 2, OPEN_MAX);
  far_statement_bind_int (row, 3, far_sql_turn (far_statement_get_int (count, 0), OPEN_MAX,
                                                call->now_us));
  far_json_begin_array (call->answer, "checkouts");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      char hex[FAR_ID_HEX_LEN + 1];
      FarId id;

      if (!far_statement_copy_blob (row, 0, &id, FAR_ID_LEN))
        g_assert_not_reached ();
      far_id_to_hex (&id, hex);
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "checkout", hex);
      far_json_add_string (call->answer, "kind",
                           far_statement_get_int (row, 1) == KIND_TOPUP ? "topup" : "setup");
      far_json_add_string (call->answer, "session", far_statement_get_text (row, 2));
      far_json_add_int (call->answer, "begun_us", far_statement_get_int (row, 3));
      far_json_add_string (call->answer, "state", states[far_statement_get_int (row, 4)]);
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step == FAR_STEP_DONE;
}

static const FarField begin_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "kind", FAR_FIELD_WORD, 0, 1, 16 },
  { "amount_micros", FAR_FIELD_MICROS, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField session_fields[] = {
  { "checkout", FAR_FIELD_ID },
  { "session", FAR_FIELD_WORD, 0, 1, 255 },
  { "url", FAR_FIELD_WORD, 0, 1, 2000 },
  { NULL },
};

static const FarField get_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "checkout", FAR_FIELD_ID },
  { NULL },
};

static const FarField finish_fields[] = {
  { "checkout", FAR_FIELD_ID },
  { "outcome", FAR_FIELD_WORD, 0, 1, 16 },
  { "customer", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 255 },
  { "payment_method", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 255 },
  { "provider_id", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 255 },
  { "fee_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "fee_currency", FAR_FIELD_CURRENCY, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField open_fields[] = {
  { "before_us", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, G_MAXINT64 },
  { NULL },
};

const FarCommand far_commands_checkout[] = {
  { "checkout.begin", begin_fields, run_begin },
  { "checkout.session", session_fields, run_session },
  { "checkout.get", get_fields, run_get },
  { "checkout.finish", finish_fields, run_finish },
  { "checkouts.open", open_fields, run_open },
  { NULL },
};
