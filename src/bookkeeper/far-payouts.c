/* SPDX-License-Identifier: GPL-3.0-or-later */
/* payout.prepare, payout.paid and payout.failed: final money on its way to a publisher's bank.
 *
 * A payout takes whole units of what the publisher's properties hold together, less what a reader
 * may still ask back. A property that owes (a refund or a dispute after it was paid out) lowers
 * what the others give, and is carried forward. What is taken waits on payout_clearing until the
 * bank has done it, or refused it, which puts it back. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#include "market/far-provider-units.h"

/* Of those that are not paid, as many as leave room in the answer. */
#define SKIPPED_ROOM (FAR_ANSWER_ROOM / 2)

/* A publisher's holdings in one currency. */
typedef struct {
  FarPublisher publisher;
  char         currency[FAR_CURRENCY_LEN + 1];
  gint64       available_micros; /* may be negative */
} Group;

typedef struct {
  gint64 property;
  FarId  payable;
  gint64 available_micros;
} Source;

/* ---- payout.prepare ---- */

static gboolean
load_groups (FarCall  *call,
             GArray   *groups,
             GError  **error)
{
  const char *publisher = far_request_text (call->request, "publisher");
  const char *currency = far_request_text (call->request, "currency");
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT DISTINCT b.name, p.currency FROM properties p"
                    " JOIN property_publishers USING (property) JOIN publishers b USING (publisher)"
                    " WHERE (?1 IS NULL OR b.name = ?1) AND (?2 IS NULL OR p.currency = ?2)"
                    " ORDER BY p.currency, b.name", error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_text (row, 1, publisher);
  far_statement_bind_text (row, 2, currency);
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      Group group = { 0 };

      g_strlcpy (group.currency, far_statement_get_text (row, 1), sizeof group.currency);
      g_array_append_val (groups, group);
      g_ptr_array_add (names, g_strdup (far_statement_get_text (row, 0)));
    }
  for (guint i = 0; step == FAR_STEP_DONE && i < groups->len; i++)
    if (!far_publisher_find (call->books, g_ptr_array_index (names, i),
                             &g_array_index (groups, Group, i).publisher, error))
      return FALSE;
  return step == FAR_STEP_DONE;
}

static gboolean
load_sources (FarCall  *call,
              Group    *group,
              GArray   *sources,
              GError  **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT property FROM property_publishers JOIN properties USING (property)"
                    " WHERE publisher = ?1 AND currency = ?2 ORDER BY property", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, group->publisher.publisher);
  far_statement_bind_text (row, 2, group->currency);
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW)
    {
      gint64 property = far_statement_get_int (row, 0);

      g_array_append_val (rows, property);
    }
  for (guint i = 0; step == FAR_STEP_DONE && i < rows->len; i++)
    {
      Source source = { .property = g_array_index (rows, gint64, i) };
      FarProperty property;
      FarHolding holding;

      if (!far_property_load (call->books, source.property, &property, error) ||
          !far_holding_load (call->books, &property, call->now_us, &holding, error) ||
          !far_micros_sub (holding.balance_micros, holding.held_micros, &source.available_micros,
                           error) ||
          !far_micros_add (group->available_micros, source.available_micros,
                           &group->available_micros, error))
        return FALSE;
      source.payable = property.payable;
      g_array_append_val (sources, source);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
is_in_payout (FarBooks     *books,
              const Group  *group,
              gboolean     *ret_in_payout,
              GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT 1 FROM payouts WHERE publisher = ?1 AND currency = ?2"
                                " AND state = 0",
                                far_sql_int (group->publisher.publisher),
                                far_sql_text (group->currency));

  *ret_in_payout = step == FAR_STEP_ROW;
  return step != FAR_STEP_ERROR;
}

/* Why the group is not paid now, or NULL and how much it is. */
static gboolean
decide (FarBooks     *books,
        const Group  *group,
        const char  **ret_reason,
        gint64       *ret_amount_micros,
        GError      **error)
{
  gboolean in_payout;
  gint64 threshold_micros, units;

  *ret_reason = NULL;
  *ret_amount_micros = 0;
  if (!is_in_payout (books, group, &in_payout, error) ||
      !far_publisher_threshold (&group->publisher, group->currency, &threshold_micros, error))
    return FALSE;
  if (in_payout)
    *ret_reason = "in_payout";
  else if (group->available_micros < 0)
    *ret_reason = "negative";
  else if (group->available_micros < threshold_micros)
    *ret_reason = "below_threshold";
  else if (group->publisher.iban[0] == '\0' || group->publisher.legal_name[0] == '\0')
    *ret_reason = "no_account";
  else if (!far_provider_units_floor (group->currency, FAR_PROVIDER_PAYOUT,
                                      MIN (group->available_micros, FAR_MICROS_MAX), &units,
                                      ret_amount_micros, error))
    return FALSE;
  else if (*ret_amount_micros == 0)
    *ret_reason = "below_threshold";
  return TRUE;
}

static gboolean
insert_payout (FarCall      *call,
               const Group  *group,
               gint64        batch,
               const FarId  *id,
               gint64        amount_micros,
               GError      **error)
{
  const FarPublisher *publisher = &group->publisher;

  return far_sql_run (call->books->db, error,
                      "INSERT INTO payouts (id, batch, publisher, currency, amount_micros,"
                      " legal_name, iban, bic, state, made_us, booked_us)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, nullif (?8, ''), 0, ?9, 0)",
                      far_sql_id (id), far_sql_int (batch), far_sql_int (publisher->publisher),
                      far_sql_text (group->currency), far_sql_int (amount_micros),
                      far_sql_text (publisher->legal_name), far_sql_text (publisher->iban),
                      far_sql_text (publisher->bic), far_sql_int (call->now_us));
}

static gboolean
book_payout (FarCall       *call,
             const Group   *group,
             const GArray  *sources,
             gint64         batch,
             gint64         amount_micros,
             GError       **error)
{
  FarBooks *books = call->books;
  gint64 left_micros = amount_micros;
  FarId clearing, id;
  gint64 payout;

  far_id_init (&id, books->clock);
  if (!far_house_account (books, FAR_ACCOUNT_PAYOUT_CLEARING, group->currency, &clearing, error) ||
      !insert_payout (call, group, batch, &id, amount_micros, error))
    return FALSE;
  payout = far_db_get_last_rowid (books->db);
  far_posting_begin (books);
  for (guint i = 0; i < sources->len && left_micros > 0; i++)
    {
      const Source *source = &g_array_index (sources, Source, i);
      gint64 take_micros = MIN (left_micros, source->available_micros);

      if (take_micros <= 0)
        continue;
      left_micros -= take_micros;
      far_posting_add (books, FAR_CODE_PAYOUT, group->currency, &source->payable, &clearing,
                       take_micros, &id);
      if (!far_sql_run (books->db, error, "INSERT INTO payout_items VALUES (?1, ?2, ?3)",
                        far_sql_int (payout), far_sql_int (source->property),
                        far_sql_int (take_micros)))
        return FALSE;
    }
  g_assert (left_micros == 0); /* what is available is the sum of theirs */
  return far_posting_must (books, error) &&
         far_sql_run (books->db, error, "UPDATE payouts SET booked_us = ?2 WHERE payout = ?1",
                      far_sql_int (payout), far_sql_int (far_ledger_now_us (books->ledger)));
}

/* The open batch of the currency in this command, made when it is needed. */
typedef struct {
  gint64 batch; /* row; 0: none */
  FarId  id;
  char   currency[FAR_CURRENCY_LEN + 1];
  guint  n;
  gint64 sum_micros;
} Batch;

static void
write_batch (FarCall     *call,
             const Batch *batch)
{
  char hex[FAR_ID_HEX_LEN + 1];

  if (batch->batch == 0)
    return;
  far_id_to_hex (&batch->id, hex);
  far_json_begin_object (call->answer, NULL);
  far_json_add_string (call->answer, "batch", hex);
  far_json_add_string (call->answer, "currency", batch->currency);
  far_json_add_int (call->answer, "payouts", batch->n);
  far_json_add_micros (call->answer, "amount_micros", batch->sum_micros);
  far_json_end_object (call->answer);
}

static gboolean
open_batch (FarCall     *call,
            Batch       *batch,
            const char  *currency,
            GError     **error)
{
  if (batch->batch != 0 && strcmp (batch->currency, currency) == 0 &&
      batch->n < FAR_PAYOUTS_PER_BATCH_MAX)
    return TRUE;
  write_batch (call, batch);
  memset (batch, 0, sizeof *batch);
  g_strlcpy (batch->currency, currency, sizeof batch->currency);
  far_id_init (&batch->id, call->books->clock);
  if (!far_sql_run (call->books->db, error,
                    "INSERT INTO payout_batches (id, currency, made_us) VALUES (?1, ?2, ?3)",
                    far_sql_id (&batch->id), far_sql_text (currency),
                    far_sql_int (call->now_us)))
    return FALSE;
  batch->batch = far_db_get_last_rowid (call->books->db);
  return TRUE;
}

/* A group's payout; or why there is none, in skipped. */
static gboolean
prepare_group (FarCall        *call,
               Group          *group,
               Batch          *batch,
               FarJsonWriter  *skipped,
               GError        **error)
{
  g_autoptr (GArray) sources = g_array_new (FALSE, FALSE, sizeof (Source));
  const char *reason;
  gint64 amount_micros;

  if (!load_sources (call, group, sources, error) ||
      !decide (call->books, group, &reason, &amount_micros, error))
    return FALSE;
  if (reason != NULL && skipped->text->len > SKIPPED_ROOM)
    return TRUE; /* payout.prepare for this publisher alone says why */
  if (reason != NULL)
    {
      far_json_begin_object (skipped, NULL);
      far_json_add_string (skipped, "publisher", group->publisher.name);
      far_json_add_string (skipped, "currency", group->currency);
      far_json_add_string (skipped, "reason", reason);
      far_json_add_micros (skipped, "payable_micros", group->available_micros);
      far_json_end_object (skipped);
      return TRUE;
    }
  if (!open_batch (call, batch, group->currency, error) ||
      !book_payout (call, group, sources, batch->batch, amount_micros, error))
    return FALSE;
  batch->n++;
  return far_micros_add (batch->sum_micros, amount_micros, &batch->sum_micros, error);
}

static gboolean
run_prepare (FarCall  *call,
             GError  **error)
{
  g_autoptr (GArray) groups = g_array_new (FALSE, FALSE, sizeof (Group));
  g_auto (FarJsonWriter) skipped = { NULL };
  g_autoptr (JsonNode) skipped_node = NULL;
  g_autofree char *skipped_text = NULL;
  const char *publisher = far_request_text (call->request, "publisher");
  Batch batch = { 0 };
  FarPublisher found;
  gsize n;

  if ((publisher != NULL && !far_publisher_find (call->books, publisher, &found, error)) ||
      !load_groups (call, groups, error))
    return FALSE;
  far_json_writer_init (&skipped);
  far_json_begin_array (&skipped, NULL);
  far_json_begin_array (call->answer, "batches");
  for (guint i = 0; i < groups->len; i++)
    if (!prepare_group (call, &g_array_index (groups, Group, i), &batch, &skipped, error))
      return FALSE;
  write_batch (call, &batch);
  far_json_end_array (call->answer);
  far_json_end_array (&skipped);
  skipped_text = far_json_writer_steal (&skipped, &n);
  skipped_node = json_from_string (skipped_text, NULL);
  far_json_add_node (call->answer, "skipped", skipped_node);
  return TRUE;
}

/* ---- payout.paid and payout.failed ---- */

typedef struct {
  gint64         payout; /* row */
  FarId          id;
  char           currency[FAR_CURRENCY_LEN + 1];
  gint64         amount_micros;
  FarPayoutState state;
} Payout;

static gboolean
load_payout (FarCall  *call,
             Payout   *ret_payout,
             GError  **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step;

  ret_payout->id = far_request_id (call->request, "payout");
  step = far_sql_first (call->books->db, &row, error,
                        "SELECT payout, currency, amount_micros, state FROM payouts WHERE id = ?1",
                        far_sql_id (&ret_payout->id));
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_PAYOUT,
                       "there is no such payout; payout.list names them");
  ret_payout->payout = far_statement_get_int (row, 0);
  g_strlcpy (ret_payout->currency, far_statement_get_text (row, 1), sizeof ret_payout->currency);
  ret_payout->amount_micros = far_statement_get_int (row, 2);
  ret_payout->state = (FarPayoutState) far_statement_get_int (row, 3);
  return TRUE;
}

static gboolean
post_paid (FarBooks      *books,
           const Payout  *payout,
           const FarId   *clearing,
           GError       **error)
{
  FarId bank;

  if (!far_house_account (books, FAR_ACCOUNT_BANK, payout->currency, &bank, error))
    return FALSE;
  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_PAYOUT_PAID, payout->currency, clearing, &bank,
                   payout->amount_micros, &payout->id);
  return far_posting_must (books, error);
}

/* Each property gets back what it gave. */
static gboolean
post_failed (FarBooks      *books,
             const Payout  *payout,
             const FarId   *clearing,
             GError       **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT p.payable, i.amount_micros FROM payout_items i"
                    " JOIN properties p USING (property) WHERE i.payout = ?1 ORDER BY i.property",
                    error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, payout->payout);
  far_posting_begin (books);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      FarId payable;

      if (!far_statement_copy_blob (row, 0, &payable, FAR_ID_LEN))
        g_assert_not_reached ();
      far_posting_add (books, FAR_CODE_PAYOUT_FAILED, payout->currency, clearing, &payable,
                       far_statement_get_int (row, 1), &payout->id);
    }
  return step == FAR_STEP_DONE && far_posting_must (books, error);
}

static gboolean
end_payout (FarCall         *call,
            FarPayoutState   state,
            const char      *note,
            GError         **error)
{
  Payout payout = { 0 };
  FarId clearing;

  if (!load_payout (call, &payout, error))
    return FALSE;
  if (payout.state != FAR_PAYOUT_PREPARED && payout.state != state)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                       "this payout is marked as %s already",
                       payout.state == FAR_PAYOUT_PAID ? "paid" : "failed");
  if (payout.state == FAR_PAYOUT_PREPARED &&
      (!far_house_account (call->books, FAR_ACCOUNT_PAYOUT_CLEARING, payout.currency, &clearing,
                           error) ||
       !(state == FAR_PAYOUT_PAID ? post_paid : post_failed) (call->books, &payout, &clearing,
                                                              error) ||
       !far_sql_run (call->books->db, error,
                     "UPDATE payouts SET state = ?2, ended_us = ?3, note = ?4 WHERE payout = ?1",
                     far_sql_int (payout.payout), far_sql_int (state),
                     far_sql_int (far_ledger_now_us (call->books->ledger)),
                     far_sql_text (note ? note : ""))))
    return FALSE;
  far_json_add_string (call->answer, "state", state == FAR_PAYOUT_PAID ? "paid" : "failed");
  far_json_add_micros (call->answer, "amount_micros", payout.amount_micros);
  far_json_add_string (call->answer, "currency", payout.currency);
  return TRUE;
}

static gboolean
run_paid (FarCall  *call,
          GError  **error)
{
  return end_payout (call, FAR_PAYOUT_PAID, far_request_text (call->request, "reference"), error);
}

static gboolean
run_failed (FarCall  *call,
            GError  **error)
{
  return end_payout (call, FAR_PAYOUT_FAILED, far_request_text (call->request, "reason"), error);
}

static const FarField prepare_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "currency", FAR_FIELD_CURRENCY, FAR_FIELD_OPTIONAL },
  { "publisher", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField list_fields[] = {
  { "token", FAR_FIELD_HASH, FAR_FIELD_OPTIONAL },
  { "property", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "publisher", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "batch", FAR_FIELD_ID, FAR_FIELD_OPTIONAL },
  { "limit", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, 100 },
  { NULL },
};

static const FarField export_fields[] = {
  { "batch", FAR_FIELD_ID },
  { "format", FAR_FIELD_WORD, 0, 1, 16 },
  { "offset", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, 1 << 24 },
  { NULL },
};

static const FarField paid_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "payout", FAR_FIELD_ID },
  { "reference", FAR_FIELD_TEXT, FAR_FIELD_OPTIONAL, 1, 140 },
  { NULL },
};

static const FarField failed_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "payout", FAR_FIELD_ID },
  { "reason", FAR_FIELD_TEXT, 0, 1, 140 },
  { NULL },
};

const FarCommand far_commands_payouts[] = {
  { "payout.prepare", prepare_fields, run_prepare },
  { "payout.list", list_fields, far_payouts_list },
  { "payout.export", export_fields, far_payouts_export },
  { "payout.paid", paid_fields, run_paid },
  { "payout.failed", failed_fields, run_failed },
  { NULL },
};
