/* SPDX-License-Identifier: GPL-3.0-or-later */
/* payout.list and payout.export: what was paid to whom, and the file for the bank. A batch never
 * changes once it is made, so it names the same payments each time; who pays is as it is now. A
 * file of test money says so in each payment: nothing else would keep it from a bank. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#define LIST_DEFAULT 50
/* Of a file in one answer: quotes double in JSON, and a frame holds FAR_FRAME_MAX. */
#define SLICE_MAX (24 * 1024)

static const char *
state_text (FarStatement *row,
            int           state,
            int           exported_us)
{
  switch (far_statement_get_int (row, state))
    {
    case FAR_PAYOUT_PREPARED:
      return far_statement_get_int (row, exported_us) != 0 ? "exported" : "prepared";
    case FAR_PAYOUT_PAID:
      return "paid";
    default:
      return "failed";
    }
}

static void
write_payout (FarJsonWriter *answer,
              FarStatement  *row)
{
  g_autofree char *account = far_iban_mask (far_statement_get_text (row, 5));

  far_json_begin_object (answer, NULL);
  far_json_add_string (answer, "payout", far_statement_get_text (row, 0));
  far_json_add_string (answer, "batch", far_statement_get_text (row, 1));
  far_json_add_string (answer, "publisher", far_statement_get_text (row, 2));
  far_json_add_string (answer, "legal_name", far_statement_get_text (row, 10));
  far_json_add_string (answer, "currency", far_statement_get_text (row, 3));
  far_json_add_micros (answer, "amount_micros", far_statement_get_int (row, 4));
  far_json_add_string (answer, "account", account);
  far_json_add_string (answer, "state", state_text (row, 6, 11));
  far_json_add_int (answer, "made_us", far_statement_get_int (row, 7));
  far_json_add_int (answer, "ended_us", far_statement_get_int (row, 8));
  far_json_add_string (answer, "note", far_statement_get_text (row, 9));
  far_json_end_object (answer);
}

/* The publisher asked for: by name, or that of a property. *ret_name NULL: all of them.
 * *ret_property: 0: it was not named. */
static gboolean
find_publisher (FarCall       *call,
                FarPublisher  *publisher,
                const char   **ret_name,
                gint64        *ret_property,
                GError       **error)
{
  const char *property_name = far_request_text (call->request, "property");
  const char *name = far_request_text (call->request, "publisher");
  FarProperty property;

  *ret_name = NULL;
  *ret_property = 0;
  if (property_name != NULL)
    {
      if (!far_property_find (call->books, property_name, &property, error) ||
          !far_publisher_of (call->books, property.property, publisher, error))
        return FALSE;
      *ret_name = publisher->name;
      *ret_property = property.property;
    }
  else if (name != NULL)
    {
      if (!far_publisher_find (call->books, name, publisher, error))
        return FALSE;
      *ret_name = publisher->name;
    }
  return TRUE;
}

gboolean
far_payouts_list (FarCall  *call,
                  GError  **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarPublisher publisher;
  const char *name;
  gint64 property;
  FarId batch = { 0 };
  gboolean of_batch = json_object_has_member (call->request, "batch");
  FarStep step;

  if (!find_publisher (call, &publisher, &name, &property, error) ||
      !far_call_authorize (call, far_request_text (call->request, "property"), name, error))
    return FALSE;
  if (of_batch)
    batch = far_request_id (call->request, "batch");
  /* Of a property its own part: what its sisters gave is not for whoever may see this one. */
  row = far_db_prepare (call->books->db,
                        "SELECT lower (hex (o.id)), lower (hex (t.id)), b.name, o.currency,"
                        " coalesce (i.amount_micros, o.amount_micros), o.iban, o.state, o.made_us,"
                        " o.ended_us, o.note, o.legal_name, t.exported_us FROM payouts o"
                        " JOIN payout_batches t USING (batch) JOIN publishers b USING (publisher)"
                        " LEFT JOIN payout_items i ON i.payout = o.payout AND i.property = ?4"
                        " WHERE (?2 IS NULL OR t.id = ?2)"
                        " AND iif (?4 <> 0, i.payout IS NOT NULL, ?1 IS NULL OR b.name = ?1)"
                        " ORDER BY o.payout DESC LIMIT ?3", error);
  if (row == NULL)
    return FALSE;
  far_statement_bind_text (row, 1, name);
  far_statement_bind_int (row, 4, property);
  if (of_batch)
    far_statement_bind_blob (row, 2, batch.bytes, FAR_ID_LEN);
  far_statement_bind_int (row, 3, far_request_int (call->request, "limit", LIST_DEFAULT));
  far_json_begin_array (call->answer, "payouts");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW &&
         call->answer->text->len < FAR_ANSWER_ROOM)
    write_payout (call->answer, row);
  far_json_end_array (call->answer);
  return step != FAR_STEP_ERROR;
}

/* ---- payout.export ---- */

typedef struct {
  FarPayoutBatch batch;
  gint64         row;
  char           id[FAR_ID_HEX_LEN + 1];
  char          *debtor_name;
  char           debtor_iban[FAR_IBAN_MAX + 1];
  char           debtor_bic[FAR_BIC_MAX + 1];
  GPtrArray     *texts;  /* of the orders; owned */
  GArray        *orders; /* FarPayoutOrder */
} Export;

static void
export_clear (Export *export)
{
  g_clear_pointer (&export->debtor_name, g_free);
  g_clear_pointer (&export->texts, g_ptr_array_unref);
  g_clear_pointer (&export->orders, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Export, export_clear)

static gboolean
load_batch (FarCall  *call,
            Export   *export,
            GError  **error)
{
  FarId id = far_request_id (call->request, "batch");
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (call->books->db, &row, error,
                                "SELECT batch, currency, made_us FROM payout_batches"
                                " WHERE id = ?1", far_sql_id (&id));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_BATCH, "there is no such batch; "
                       "payout.list names those of each payout");
  far_id_to_hex (&id, export->id);
  export->row = far_statement_get_int (row, 0);
  export->batch.id = export->id;
  g_strlcpy (export->batch.currency, far_statement_get_text (row, 1),
             sizeof export->batch.currency);
  export->batch.created_us = far_statement_get_int (row, 2);
  return TRUE;
}

static gboolean
load_debtor (FarBooks  *books,
             Export    *export,
             GError   **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT legal_name, iban, coalesce (bic, '') FROM house"
                                " WHERE one = ?1", far_sql_int (1));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_ACCOUNT,
                       "nobody is named who pays; say it with house.set (farthingctl payout "
                       "account)");
  export->debtor_name = g_strdup (far_statement_get_text (row, 0));
  g_strlcpy (export->debtor_iban, far_statement_get_text (row, 1), sizeof export->debtor_iban);
  g_strlcpy (export->debtor_bic, far_statement_get_text (row, 2), sizeof export->debtor_bic);
  export->batch.debtor = (FarPayoutParty) {
    export->debtor_name, export->debtor_iban, *export->debtor_bic ? export->debtor_bic : NULL,
  };
  return TRUE;
}

static const char *
keep (Export     *export,
      const char *text)
{
  char *copy = g_strdup (text);

  g_ptr_array_add (export->texts, copy);
  return copy;
}

static gboolean
load_orders (FarBooks  *books,
             Export    *export,
             GError   **error)
{
  g_autofree char *day = far_time_to_rfc3339 (export->batch.created_us);
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT lower (hex (o.id)), o.legal_name, o.iban, o.bic, o.amount_micros,"
                    " b.name FROM payouts o JOIN publishers b USING (publisher)"
                    " WHERE o.batch = ?1 ORDER BY o.payout", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  day[strlen ("2026-11-23")] = '\0';
  far_statement_bind_int (row, 1, export->row);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      const char *bic = far_statement_get_text (row, 3);
      g_autofree char *remittance =
        g_strdup_printf ("%sFarthing, %s, earnings until %s",
                         books->live ? "" : "TEST MONEY, not to be paid. ",
                         far_statement_get_text (row, 5), day);
      FarPayoutOrder order = {
        .id = keep (export, far_statement_get_text (row, 0)),
        .creditor = {
          keep (export, far_statement_get_text (row, 1)),
          keep (export, far_statement_get_text (row, 2)), bic ? keep (export, bic) : NULL,
        },
        .amount_micros = far_statement_get_int (row, 4),
        .remittance = keep (export, remittance),
      };

      g_array_append_val (export->orders, order);
    }
  export->batch.orders = (const FarPayoutOrder *) (gpointer) export->orders->data;
  export->batch.n_orders = export->orders->len;
  return step == FAR_STEP_DONE;
}

/* Cut between two characters. */
static void
write_slice (FarJsonWriter *answer,
             const char    *text,
             gsize          offset)
{
  gsize total = strlen (text);
  const char *from = text + MIN (offset, total);
  gsize n = MIN (SLICE_MAX, strlen (from));

  while (n > 0 && (from[n] & 0xc0) == 0x80)
    n--;
  far_json_add_string_len (answer, "text", from, n);
  far_json_add_int (answer, "total", (gint64) total);
  if (offset + n < total)
    far_json_add_int (answer, "next_offset", (gint64) (offset + n));
  else
    far_json_add_null (answer, "next_offset");
}

gboolean
far_payouts_export (FarCall  *call,
                    GError  **error)
{
  const char *format = far_request_text (call->request, "format");
  g_auto (Export) export = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (GError) wrong = NULL;

  export.texts = g_ptr_array_new_with_free_func (g_free);
  export.orders = g_array_new (FALSE, FALSE, sizeof (FarPayoutOrder));
  if (!load_batch (call, &export, error) || !load_debtor (call->books, &export, error) ||
      !load_orders (call->books, &export, error))
    return FALSE;
  if (strcmp (format, "pain.001") == 0)
    text = far_payout_batch_to_pain_001 (&export.batch, &wrong);
  else if (strcmp (format, "csv") == 0)
    text = far_payout_batch_to_csv (&export.batch, &wrong);
  else
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"format\" must be pain.001 or csv");
  if (text == NULL)
    return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL, "%s", wrong->message);
  far_json_add_string (call->answer, "batch", export.id);
  far_json_add_int (call->answer, "payouts", export.batch.n_orders);
  write_slice (call->answer, text, (gsize) far_request_int (call->request, "offset", 0));
  return far_sql_run (call->books->db, error,
                      "UPDATE payout_batches SET exported_us = ?2"
                      " WHERE batch = ?1 AND exported_us = 0",
                      far_sql_int (export.row), far_sql_int (call->now_us));
}
