/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace: where a reader's five cents went, step by step, each with its rows of the journal: pledged
 * and split, charged, settled from estimated to final, refunded, written off, disputed, paid
 * out. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#include "bookkeeper/far-trace-fates.h"

#define PLEDGES_DEFAULT 10
#define PLEDGES_MAX 50
#define TAB_HISTORY_MAX 4000
/* Rows of one settlement: two an item, and the charge's own. */
#define SETTLEMENT_ROWS_MAX (2 * FAR_BOOKS_TAB_ITEMS_MAX + 4)

typedef struct {
  gint64 pledge;
  FarId  id;
  gint64 property;
  gint64 reader;
  gint64 tab;
  char  *article;
  gint64 price_micros;
  gint64 settled_micros;
  guint  fee_bps;
  gint64 state;
  gint64 time_us;
  gint64 closed_us;
} Pledge;

static void
pledge_clear (gpointer data)
{
  g_free (((Pledge *) data)->article);
}

typedef struct {
  FarCall           *call;
  const Pledge      *pledge;
  const FarProperty *property;
  gint64             taken_micros; /* of the publisher's share: taken back, not met in a row yet */
  gint64             taken_us;     /* when it began */
} Trace;

/* ---- steps ---- */

static const char *
step_kind (guint16 code)
{
  switch (code)
    {
    case FAR_CODE_PLEDGE:
    case FAR_CODE_PLEDGE_FEE:
      return "pledged";
    case FAR_CODE_WALLET_PLEDGE:
    case FAR_CODE_WALLET_PLEDGE_FEE:
      return "paid_from_wallet";
    case FAR_CODE_SETTLE:
    case FAR_CODE_SETTLE_FEE:
      return "settled";
    case FAR_CODE_REFUND:
    case FAR_CODE_REFUND_FEE:
    case FAR_CODE_REFUND_FINAL:
    case FAR_CODE_REFUND_FINAL_FEE:
      return "refunded";
    case FAR_CODE_WRITE_OFF:
    case FAR_CODE_WRITE_OFF_FEE:
      return "written_off";
    default:
      return "other";
    }
}

static gboolean
is_fee (guint16 code)
{
  return code == FAR_CODE_PLEDGE_FEE || code == FAR_CODE_WALLET_PLEDGE_FEE ||
         code == FAR_CODE_SETTLE_FEE || code == FAR_CODE_REFUND_FEE ||
         code == FAR_CODE_REFUND_FINAL_FEE || code == FAR_CODE_WRITE_OFF_FEE;
}

static void
write_transfer_step (Trace             *trace,
                     const FarTransfer *transfer)
{
  FarJsonWriter *answer = trace->call->answer;
  char hex[FAR_ID_HEX_LEN + 1];

  far_id_to_hex (&transfer->id, hex);
  far_json_begin_object (answer, NULL);
  far_json_add_string (answer, "kind", step_kind (transfer->code));
  far_json_add_int (answer, "time_us", transfer->time_us);
  far_json_add_string (answer, "to", is_fee (transfer->code) ? "fee" : "publisher");
  far_json_add_micros (answer, "micros", transfer->amount_micros);
  far_json_add_string (answer, "transfer", hex);
  far_json_add_int (answer, "seq", (gint64) transfer->seq);
  far_json_end_object (answer);
}

/* ---- what became of a final share ---- */

/* A row that brought a share to the payable account. */
static gboolean
write_final_step (Trace              *trace,
                  const FarTransfer  *transfer,
                  GError            **error)
{
  gint64 taken_micros = MIN (trace->taken_micros, transfer->amount_micros);
  FarFates fates = {
    .property = trace->pledge->property,
    .payable = trace->property->payable,
    .taken_us = trace->taken_us,
  };
  gint64 back_micros, to_micros;
  FarBalance after;

  write_transfer_step (trace, transfer);
  /* No two rows have the same time. */
  if (!far_ledger_balance_at (trace->call->books->ledger, &trace->property->payable,
                              transfer->time_us, &after, error) ||
      !far_trace_load_returned (trace->call->books, trace->pledge->property, transfer->time_us,
                                &back_micros, error))
    return FALSE;
  to_micros = after.credits_posted_micros - back_micros;
  trace->taken_micros -= taken_micros;
  fates.to_micros = to_micros;
  fates.from_micros = to_micros - transfer->amount_micros;
  fates.taken_micros = taken_micros;
  return far_trace_write_fates (trace->call, &fates, error);
}

/* ---- the rows of a pledge ---- */

static gboolean
is_of_pledge (const Trace       *trace,
              const FarTransfer *transfer)
{
  return memcmp (&transfer->reference, &trace->pledge->id, sizeof transfer->reference) == 0;
}

static gboolean
write_row (Trace              *trace,
           const FarTransfer  *transfer,
           GError            **error)
{
  if (transfer->code == FAR_CODE_SETTLE || transfer->code == FAR_CODE_WALLET_PLEDGE)
    return write_final_step (trace, transfer, error);
  write_transfer_step (trace, transfer);
  return TRUE;
}

/* What of a charge was for this property; all of it for the operator. The rest is what the reader
 * owed others, and theirs to see. */
static gboolean
load_part (Trace              *trace,
           const FarTransfer  *charge,
           gint64             *ret_micros,
           GError            **error)
{
  g_autoptr (FarStatement) row = NULL;

  *ret_micros = charge->amount_micros;
  if (strcmp (trace->call->principal, FAR_PRINCIPAL_OPERATOR) == 0)
    return TRUE;
  if (far_sql_first (trace->call->books->db, &row, error,
                     "SELECT coalesce (sum (i.amount_micros), 0) FROM charges c"
                     " JOIN charge_items i USING (charge) JOIN pledges p USING (pledge)"
                     " WHERE c.intent = ?1 AND p.property = ?2", far_sql_id (&charge->reference),
                     far_sql_int (trace->pledge->property)) != FAR_STEP_ROW)
    return FALSE;
  *ret_micros = far_statement_get_int (row, 0);
  return TRUE;
}

static gboolean
write_charged (Trace              *trace,
               const FarTransfer  *charge,
               GError            **error)
{
  FarJsonWriter *answer = trace->call->answer;
  char hex[FAR_ID_HEX_LEN + 1];
  gint64 part_micros;

  if (!load_part (trace, charge, &part_micros, error))
    return FALSE;
  far_id_to_hex (&charge->reference, hex);
  far_json_begin_object (answer, NULL);
  far_json_add_string (answer, "kind", "charged");
  far_json_add_int (answer, "time_us", charge->time_us);
  far_json_add_string (answer, "intent", hex);
  far_json_add_micros (answer, "charge_micros", part_micros);
  far_json_add_int (answer, "seq", (gint64) charge->seq);
  far_json_end_object (answer);
  return TRUE;
}

/* The rows of a settlement follow that of its charge. */
static gboolean
write_settlement (Trace              *trace,
                  const FarTransfer  *charge,
                  GError            **error)
{
  gint64 last_us = charge->time_us;
  guint64 seq = charge->seq;

  for (guint i = 0; i < SETTLEMENT_ROWS_MAX; i++)
    {
      g_autoptr (GError) end = NULL;
      FarTransfer transfer;

      if (!far_ledger_transfer_from (trace->call->books->ledger, seq + 1, &transfer, &end))
        break;
      seq = transfer.seq;
      if (transfer.code == FAR_CODE_CHARGE_TO_WALLET)
        continue;
      if (transfer.code != FAR_CODE_SETTLE && transfer.code != FAR_CODE_SETTLE_FEE)
        break;
      if (!is_of_pledge (trace, &transfer))
        continue;
      if (last_us == charge->time_us && !write_charged (trace, charge, error))
        return FALSE;
      last_us = transfer.time_us;
      if (!write_row (trace, &transfer, error))
        return FALSE;
    }
  return TRUE;
}

/* The reader's tab and wallet know the pledge; its rows there, oldest first. */
static gboolean
write_account_rows (Trace        *trace,
                    const FarId  *account,
                    GError      **error)
{
  g_autofree FarTransfer *rows = g_new (FarTransfer, TAB_HISTORY_MAX);
  guint n;

  if (!far_ledger_history (trace->call->books->ledger, account, G_MAXUINT64, rows,
                           TAB_HISTORY_MAX, &n, error))
    return FALSE;
  for (guint i = n; i-- > 0;)
    {
      if (is_of_pledge (trace, &rows[i]) && !write_row (trace, &rows[i], error))
        return FALSE;
      if (rows[i].code == FAR_CODE_CHARGE && rows[i].time_us > trace->pledge->time_us &&
          !write_settlement (trace, &rows[i], error))
        return FALSE;
    }
  return TRUE;
}

/* One side of what a dispute took, or gave back. row: as write_disputes() has it. */
static void
write_dispute_step (FarJsonWriter *answer,
                    FarStatement  *row,
                    const char    *kind,
                    gboolean       fee,
                    gint64         time_us)
{
  static const char *const states[] = { "opened", "won", "lost" };
  gint64 micros = far_statement_get_int (row, fee ? 3 : 2);

  if (micros == 0)
    return;
  far_json_begin_object (answer, NULL);
  far_json_add_string (answer, "kind", kind);
  far_json_add_int (answer, "time_us", time_us);
  far_json_add_string (answer, "to", fee ? "fee" : "publisher");
  far_json_add_micros (answer, "micros", micros);
  far_json_add_string (answer, "dispute", far_statement_get_text (row, 0));
  far_json_add_string (answer, "state", states[far_statement_get_int (row, 1)]);
  far_json_end_object (answer);
}

static gboolean
write_disputes (Trace   *trace,
                GError **error)
{
  FarJsonWriter *answer = trace->call->answer;
  g_autoptr (FarStatement) row =
    far_db_prepare (trace->call->books->db,
                    "SELECT d.id, d.state, i.publisher_micros, i.fee_micros, d.opened_us,"
                    " d.closed_us FROM dispute_items i JOIN disputes d USING (dispute)"
                    " WHERE i.pledge = ?1 ORDER BY d.dispute", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, trace->pledge->pledge);
  while ((step = far_db_step (trace->call->books->db, row, error)) == FAR_STEP_ROW)
    for (guint fee = 0; fee < 2; fee++)
      {
        write_dispute_step (answer, row, "disputed", fee, far_statement_get_int (row, 4));
        if (far_statement_get_int (row, 1) == FAR_DISPUTE_WON)
          write_dispute_step (answer, row, "dispute_won", fee, far_statement_get_int (row, 5));
      }
  return step == FAR_STEP_DONE;
}

/* What of the publisher's share was taken back, and since when. */
static gboolean
load_taken (Trace   *trace,
            GError **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (trace->pledge->state == FAR_PLEDGE_REFUNDED)
    {
      trace->taken_micros = FAR_MICROS_MAX; /* all of it */
      trace->taken_us = trace->pledge->closed_us;
      return TRUE;
    }
  if (far_sql_first (trace->call->books->db, &row, error,
                     "SELECT coalesce (sum (i.publisher_micros), 0),"
                     " coalesce (min (d.opened_us), 0) FROM dispute_items i"
                     " JOIN disputes d USING (dispute) WHERE i.pledge = ?1 AND d.state <> 1",
                     far_sql_int (trace->pledge->pledge)) != FAR_STEP_ROW)
    return FALSE;
  trace->taken_micros = far_statement_get_int (row, 0);
  trace->taken_us = far_statement_get_int (row, 1);
  return TRUE;
}

/* ---- pledges ---- */

static gboolean
write_pledge (FarCall            *call,
              const Pledge       *pledge,
              const FarProperty  *property,
              const char         *property_name,
              GError            **error)
{
  static const char *const states[] = { "open", "settled", "refunded", "written_off" };
  Trace trace = { .call = call, .pledge = pledge, .property = property };
  char hex[FAR_ID_HEX_LEN + 1];
  FarSplit split;
  FarTab tab;

  if (!far_split_gross (pledge->price_micros, pledge->fee_bps, &split, error) ||
      !far_tab_load (call->books, pledge->tab, &tab, error) || !load_taken (&trace, error))
    return FALSE;
  far_id_to_hex (&pledge->id, hex);
  far_json_begin_object (call->answer, NULL);
  far_json_add_string (call->answer, "pledge", hex);
  far_json_add_string (call->answer, "property", property_name);
  far_json_add_string (call->answer, "article", pledge->article);
  far_json_add_string (call->answer, "currency", property->terms.currency);
  far_json_add_micros (call->answer, "price_micros", split.gross_micros);
  far_json_add_micros (call->answer, "publisher_micros", split.publisher_micros);
  far_json_add_micros (call->answer, "fee_micros", split.fee_micros);
  far_json_add_int (call->answer, "fee_bps", pledge->fee_bps);
  far_json_add_string (call->answer, "fee_receiver", property->fee_receiver);
  far_json_add_string (call->answer, "state", states[pledge->state]);
  far_json_add_int (call->answer, "time_us", pledge->time_us);
  far_json_begin_array (call->answer, "steps");
  if (!write_account_rows (&trace, &tab.id, error) ||
      (tab.has_wallet && !write_account_rows (&trace, &tab.wallet, error)) ||
      !write_disputes (&trace, error))
    return FALSE;
  far_json_end_array (call->answer);
  far_json_end_object (call->answer);
  return TRUE;
}

#define PLEDGE_COLUMNS                                                                      \
  "p.pledge, p.id, p.property, p.reader, p.tab, p.article, p.price_micros,"                 \
  " p.settled_micros, p.fee_bps, p.state, p.time_us, p.closed_us"

static gboolean
load_pledges (FarBooks      *books,
              FarStatement  *row,
              GArray        *pledges,
              GError       **error)
{
  FarStep step;

  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      Pledge pledge = {
        .pledge = far_statement_get_int (row, 0),
        .property = far_statement_get_int (row, 2),
        .reader = far_statement_get_int (row, 3),
        .tab = far_statement_get_int (row, 4),
        .article = g_strdup (far_statement_get_text (row, 5)),
        .price_micros = far_statement_get_int (row, 6),
        .settled_micros = far_statement_get_int (row, 7),
        .fee_bps = (guint) far_statement_get_int (row, 8),
        .state = far_statement_get_int (row, 9),
        .time_us = far_statement_get_int (row, 10),
        .closed_us = far_statement_get_int (row, 11),
      };

      if (!far_statement_copy_blob (row, 1, &pledge.id, FAR_ID_LEN))
        g_assert_not_reached ();
      g_array_append_val (pledges, pledge);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
find_by_id (FarCall      *call,
            const FarId  *id,
            gint64        property,
            GArray       *pledges,
            GError      **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT " PLEDGE_COLUMNS " FROM pledges p WHERE p.id = ?1"
                    " AND p.property = ?2", error);

  if (row == NULL)
    return FALSE;
  far_statement_bind_blob (row, 1, id->bytes, FAR_ID_LEN);
  far_statement_bind_int (row, 2, property);
  return load_pledges (call->books, row, pledges, error);
}

/* A transfer's pledge; a charge's or another's row belongs to none. */
static gboolean
find_by_transfer (FarCall  *call,
                  gint64    property,
                  GArray   *pledges,
                  GError  **error)
{
  FarId id = far_request_id (call->request, "transfer");
  g_autoptr (GError) missing = NULL;
  FarTransfer transfer;

  if (!far_ledger_transfer (call->books->ledger, &id, &transfer, &missing))
    {
      if (g_error_matches (missing, FAR_LEDGER_ERROR, FAR_LEDGER_ERROR_NOT_FOUND))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&missing));
      return FALSE;
    }
  return find_by_id (call, &transfer.reference, property, pledges, error);
}

static gboolean
find_by_article (FarCall  *call,
                 gint64    property,
                 GArray   *pledges,
                 GError  **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT " PLEDGE_COLUMNS " FROM pledges p WHERE p.property = ?1"
                    " AND (?2 IS NULL OR p.article = ?2) ORDER BY p.pledge DESC LIMIT ?3", error);

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property);
  far_statement_bind_text (row, 2, far_request_text (call->request, "article"));
  far_statement_bind_int (row, 3, far_request_int (call->request, "limit", PLEDGES_DEFAULT));
  return load_pledges (call->books, row, pledges, error);
}

static gboolean
run_trace (FarCall  *call,
           GError  **error)
{
  const char *name = far_request_text (call->request, "property");
  g_autoptr (GArray) pledges = g_array_new (FALSE, FALSE, sizeof (Pledge));
  FarProperty property;
  FarPublisher publisher;
  FarId id;
  gboolean found;

  g_array_set_clear_func (pledges, pledge_clear);
  if (!far_property_find (call->books, name, &property, error) ||
      !far_publisher_of (call->books, property.property, &publisher, error) ||
      !far_call_authorize (call, name, publisher.name, error))
    return FALSE;
  if (json_object_has_member (call->request, "pledge"))
    {
      id = far_request_id (call->request, "pledge");
      found = find_by_id (call, &id, property.property, pledges, error);
    }
  else if (json_object_has_member (call->request, "transfer"))
    found = find_by_transfer (call, property.property, pledges, error);
  else
    found = find_by_article (call, property.property, pledges, error);
  if (!found)
    return FALSE;
  if (pledges->len == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                       "this property has no such pledge; give the id of a pledge, of one of its "
                       "transfers, or an article");
  far_json_begin_array (call->answer, "pledges");
  for (guint i = 0; i < pledges->len && call->answer->text->len < FAR_ANSWER_ROOM; i++)
    if (!write_pledge (call, &g_array_index (pledges, Pledge, i), &property, name, error))
      return FALSE;
  far_json_end_array (call->answer);
  return TRUE;
}

static const FarField trace_fields[] = {
  { "token", FAR_FIELD_HASH, FAR_FIELD_OPTIONAL },
  { "property", FAR_FIELD_NAME },
  { "pledge", FAR_FIELD_ID, FAR_FIELD_OPTIONAL },
  { "transfer", FAR_FIELD_ID, FAR_FIELD_OPTIONAL },
  { "article", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "limit", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, PLEDGES_MAX },
  { NULL },
};

const FarCommand far_commands_trace[] = {
  { "trace", trace_fields, run_trace },
  { NULL },
};
