/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view.reserve and what follows a view to its end. The price is reserved in the ledger before the
 * reader sees anything, so that a campaign can never owe more than it holds, however many readers
 * watch at once; completion posts it, splits it and entitles in one savepoint. */
#include "bookkeeper/far-views.h"

#include <string.h>

#include "base/far-random.h"

#define CANDIDATES_MAX 32

/* ---- view.reserve ---- */

typedef struct {
  FarProperty property;
  FarReader   reader;
  const char *article;
  FarViewRow  row;
  gint64      campaign;
  const char *campaign_name;
  const char *creative;
  const char *reason; /* why nothing was reserved */
} Reservation;

static gboolean
check_reader_may_watch (FarCall      *call,
                        Reservation  *reservation,
                        GError      **error)
{
  FarBooks *books = call->books;
  g_autoptr (FarStatement) row = NULL;
  FarEntitlement entitlement;

  if (!far_entitlement_find (books, reservation->reader.reader, reservation->property.property,
                             reservation->article, &entitlement, error))
    return FALSE;
  if (entitlement.entitlement != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_ALREADY_ENTITLED,
                       "this reader has the article already; open it");
  if (!far_views_replace (books, reservation->reader.reader, reservation->property.property,
                          reservation->article, call->now_us, error))
    return FALSE;
  if (far_sql_first (books->db, &row, error,
                     "SELECT count (*) FROM views WHERE reader = ?1 AND state < 5"
                     " AND expires_us > ?2",
                     far_sql_int (reservation->reader.reader), far_sql_int (call->now_us)) !=
      FAR_STEP_ROW)
    return FALSE;
  if (far_statement_get_int (row, 0) >= FAR_BOOKS_OPEN_VIEWS_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_TOO_MANY_VIEWS,
                       "%d ads are open already; finish or leave one", FAR_BOOKS_OPEN_VIEWS_MAX);
  return TRUE;
}

static gboolean
load_campaign (FarCall      *call,
               Reservation  *reservation,
               FarId        *ret_budget,
               gint64       *ret_cap,
               GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (call->books->db, &row, error,
                                "SELECT campaign, budget, frequency_cap, currency FROM campaigns"
                                " WHERE name = ?1", far_sql_text (reservation->campaign_name));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_CAMPAIGN,
                       "the books do not know the campaign \"%s\" yet; register it with "
                       "campaign.ensure and ask again with the same key",
                       reservation->campaign_name);
  if (strcmp (far_statement_get_text (row, 3), reservation->property.terms.currency) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                       "the campaign \"%s\" pays in %s, the property is paid in %s",
                       reservation->campaign_name, far_statement_get_text (row, 3),
                       reservation->property.terms.currency);
  reservation->campaign = far_statement_get_int (row, 0);
  *ret_cap = far_statement_get_int (row, 2);
  return far_statement_copy_blob (row, 1, ret_budget, FAR_ID_LEN);
}

/* Reserves the price. *ret_reserved FALSE: the budget does not hold it. */
static gboolean
reserve_budget (FarCall      *call,
                Reservation  *reservation,
                const FarId  *budget,
                gboolean     *ret_reserved,
                GError      **error)
{
  FarBooks *books = call->books;
  FarViewRow *row = &reservation->row;
  const FarProperty *property = &reservation->property;
  gint64 deadline_us = row->state.expires_us + FAR_VIEWS_LEDGER_SLACK_US;
  FarTransferResult result;
  FarSplit split;

  if (!far_split_gross (row->price_micros, row->fee_bps, &split, error))
    return FALSE;
  far_posting_begin (books);
  row->pending_publisher =
    far_posting_reserve (books, FAR_CODE_AD, property->terms.currency, budget, &property->payable,
                         split.publisher_micros, deadline_us, &row->nonce);
  row->pending_fee =
    far_posting_reserve (books, FAR_CODE_AD_FEE, property->terms.currency, budget,
                         &property->fee_earned, split.fee_micros, deadline_us, &row->nonce);
  row->has_publisher = split.publisher_micros > 0;
  row->has_fee = split.fee_micros > 0;
  if (!far_posting_commit (books, &result, error))
    return FALSE;
  *ret_reserved = result == FAR_TRANSFER_OK;
  if (result == FAR_TRANSFER_OK || result == FAR_TRANSFER_EXCEEDS_CREDITS)
    return TRUE;
  return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL, "the ledger reserved nothing (%s)",
                     far_transfer_result_to_string (result));
}

/* One campaign after another until one has budget and is under its cap. The counter is taken after
 * the budget, so a campaign without money counts nothing; a reservation whose cap is reached is
 * voided again. */
static gboolean
try_candidate (FarCall      *call,
               Reservation  *reservation,
               JsonObject   *candidate,
               gboolean     *ret_won,
               GError      **error)
{
  FarViewRow *row = &reservation->row;
  FarTransferResult result;
  gboolean reserved, taken;
  FarId budget;
  gint64 cap = 0;

  *ret_won = FALSE;
  reservation->campaign_name = far_request_text (candidate, "campaign");
  reservation->creative = far_request_text (candidate, "creative");
  if (!load_campaign (call, reservation, &budget, &cap, error))
    return FALSE;

  far_view_init (&row->state, far_request_int (candidate, "duration_ms", 0),
                 far_request_int (candidate, "total_bytes", 0), call->now_us);
  row->price_micros = far_request_micros (candidate, "price_micros");
  row->fee_bps = reservation->property.terms.fee_bps;
  row->property = reservation->property.property;
  if (!reserve_budget (call, reservation, &budget, &reserved, error))
    return FALSE;
  if (!reserved)
    {
      reservation->reason = "no_budget";
      return TRUE;
    }
  if (!far_frequency_take (call->books, &reservation->reader, reservation->campaign, cap,
                           call->now_us, &taken, error))
    return FALSE;
  if (taken)
    {
      *ret_won = TRUE;
      return TRUE;
    }
  if (reservation->reason == NULL)
    reservation->reason = "frequency_cap";
  return far_view_row_resolve (call->books, row, FAR_TRANSFER_VOID, &result, error);
}

static gboolean
insert_view (FarCall      *call,
             Reservation  *reservation,
             GError      **error)
{
  const FarViewRow *row = &reservation->row;

  return far_sql_run (call->books->db, error,
                      "INSERT INTO views (nonce, reader, property, article, campaign, creative,"
                      " price_micros, fee_bps, state, duration_us, total_bytes, reserved_us,"
                      " expires_us, pending_publisher, pending_fee)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12, ?13, ?14)",
                      far_sql_id (&row->nonce), far_sql_int (reservation->reader.reader),
                      far_sql_int (reservation->property.property),
                      far_sql_text (reservation->article), far_sql_int (reservation->campaign),
                      far_sql_text (reservation->creative), far_sql_int (row->price_micros),
                      far_sql_int (row->fee_bps), far_sql_int (row->state.duration_us),
                      far_sql_int (row->state.total_bytes), far_sql_int (call->now_us),
                      far_sql_int (row->state.expires_us),
                      far_sql_id (row->has_publisher ? &row->pending_publisher : NULL),
                      far_sql_id (row->has_fee ? &row->pending_fee : NULL));
}

static void
write_reservation (FarCall      *call,
                   Reservation  *reservation,
                   gboolean      won)
{
  const FarViewRow *row = &reservation->row;
  char nonce[FAR_ID_HEX_LEN + 1];

  if (!won)
    {
      far_json_add_null (call->answer, "view");
      far_json_add_string (call->answer, "reason",
                           reservation->reason ? reservation->reason : "no_candidates");
      return;
    }
  far_id_to_hex (&row->nonce, nonce);
  far_json_add_string (call->answer, "view", nonce);
  far_json_add_string (call->answer, "campaign", reservation->campaign_name);
  far_json_add_string (call->answer, "creative", reservation->creative);
  far_json_add_int (call->answer, "duration_ms", row->state.duration_us / 1000);
  far_json_add_micros (call->answer, "price_micros", row->price_micros);
  far_json_add_int (call->answer, "expires_us", row->state.expires_us);
}

static gboolean
run_reserve (FarCall  *call,
             GError  **error)
{
  JsonArray *candidates = json_object_get_array_member (call->request, "candidates");
  Reservation reservation = { .article = far_request_text (call->request, "article") };
  gboolean won = FALSE;

  if (!far_property_find (call->books, far_request_text (call->request, "property"),
                          &reservation.property, error) ||
      !far_reader_find (call->books, far_request_text (call->request, "reader"),
                        &reservation.reader, error) ||
      !far_reader_ensure (call->books, &reservation.reader, call->now_us, error) ||
      !check_reader_may_watch (call, &reservation, error))
    return FALSE;

  /* The nonce is a secret between us and this reader: all 16 bytes are random. */
  far_random_bytes (&reservation.row.nonce, FAR_ID_LEN);
  for (guint i = 0; i < json_array_get_length (candidates) && !won; i++)
    if (!try_candidate (call, &reservation, json_array_get_object_element (candidates, i), &won,
                        error))
      return FALSE;
  if (won && !insert_view (call, &reservation, error))
    return FALSE;
  write_reservation (call, &reservation, won);
  return TRUE;
}

/* ---- view.get, view.fetched ---- */

static gboolean
find_view (FarCall     *call,
           FarReader   *ret_reader,
           FarViewRow  *ret_row,
           GError     **error)
{
  FarId nonce = far_request_id (call->request, "view");

  return far_reader_find (call->books, far_request_text (call->request, "reader"), ret_reader,
                          error) &&
         far_view_row_find (call->books, &nonce, ret_reader->reader, ret_row, error);
}

static gboolean
refuse_view (const FarViewRow  *row,
             FarViewResult      result,
             gint64             now_us,
             GError           **error)
{
  switch (result)
    {
    case FAR_VIEW_TOO_SOON:
      return far_refuse (error, FAR_COMMAND_ERROR_TOO_SOON,
                         "too soon: wait %" G_GINT64_FORMAT " ms",
                         (far_view_wait_us (&row->state, now_us) + 999) / 1000);
    case FAR_VIEW_OUT_OF_ORDER:
      return far_refuse (error, FAR_COMMAND_ERROR_OUT_OF_ORDER,
                         "out of order: the view is at \"%s\"",
                         far_view_state_to_text (row->state.state));
    case FAR_VIEW_NOT_FETCHED:
      return far_refuse (error, FAR_COMMAND_ERROR_NOT_FETCHED,
                         "the ad was fetched to %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                         " bytes; fetch it whole", row->state.fetched_bytes,
                         row->state.total_bytes);
    case FAR_VIEW_OVER:
      return far_refuse (error, FAR_COMMAND_ERROR_VIEW_EXPIRED,
                         "the time for this ad is over; ask for another one");
    case FAR_VIEW_CLOSED:
      return far_refuse (error, row->state.state == FAR_VIEW_EXPIRED
                                  ? FAR_COMMAND_ERROR_VIEW_EXPIRED
                                  : FAR_COMMAND_ERROR_VIEW_CLOSED,
                         "this view is closed (%s); ask for an ad again",
                         far_view_state_to_text (row->state.state));
    case FAR_VIEW_TAKEN:
    case FAR_VIEW_SAME:
    default:
      g_assert_not_reached ();
    }
}

static gboolean
run_view_get (FarCall  *call,
              GError  **error)
{
  g_auto (FarViewRow) view = { 0 };
  g_autoptr (FarStatement) row = NULL;
  FarReader reader;

  if (!find_view (call, &reader, &view, error) ||
      far_sql_first (call->books->db, &row, error,
                     "SELECT p.name, c.name, v.creative FROM views v"
                     " JOIN properties p USING (property) JOIN campaigns c USING (campaign)"
                     " WHERE v.view = ?1", far_sql_int (view.view)) != FAR_STEP_ROW)
    return FALSE;
  if (far_view_is_open (view.state.state) && call->now_us >= view.state.expires_us)
    view.state.state = FAR_VIEW_EXPIRED;
  far_json_add_string (call->answer, "property", far_statement_get_text (row, 0));
  far_json_add_string (call->answer, "article", view.article);
  far_json_add_string (call->answer, "campaign", far_statement_get_text (row, 1));
  far_json_add_string (call->answer, "creative", far_statement_get_text (row, 2));
  far_json_add_string (call->answer, "state", far_view_state_to_text (view.state.state));
  far_json_add_int (call->answer, "expires_us", view.state.expires_us);
  return TRUE;
}

static gboolean
run_view_fetched (FarCall  *call,
                  GError  **error)
{
  g_auto (FarViewRow) view = { 0 };
  FarViewResult result;
  FarReader reader;

  if (!find_view (call, &reader, &view, error))
    return FALSE;
  result = far_view_fetch (&view.state, far_request_int (call->request, "bytes", 0), call->now_us);
  if (result != FAR_VIEW_TAKEN)
    return refuse_view (&view, result, call->now_us, error);
  if (!far_view_row_update (call->books, &view, error))
    return FALSE;
  far_json_add_int (call->answer, "fetched_bytes", view.state.fetched_bytes);
  far_json_add_int (call->answer, "total_bytes", view.state.total_bytes);
  return TRUE;
}

/* ---- view.event ---- */

static gboolean
entitle_by_view (FarCall           *call,
                 const FarViewRow  *view,
                 FarEntitlement    *entitlement,
                 GError           **error)
{
  if (!far_sql_run (call->books->db, error,
                    "INSERT INTO entitlements (reader, property, article, by, view, since_us,"
                    " refundable_until_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
                    far_sql_int (view->reader), far_sql_int (view->property),
                    far_sql_text (view->article), far_sql_int (FAR_ENTITLED_BY_AD),
                    far_sql_int (view->view), far_sql_int (call->now_us)))
    return FALSE;
  entitlement->entitlement = far_db_get_last_rowid (call->books->db);
  entitlement->by = FAR_ENTITLED_BY_AD;
  entitlement->since_us = call->now_us;
  return TRUE;
}

/* The advertiser pays for the view also where the reader pledged meanwhile: it was watched. The
 * entitlement that stands stays. */
static gboolean
complete_view (FarCall           *call,
               const FarViewRow  *view,
               GError           **error)
{
  FarEarning earning = { .n_views = 1 };
  FarTransferResult result;
  FarEntitlement entitlement;
  FarSplit split;

  if (!far_view_row_resolve (call->books, view, FAR_TRANSFER_POST, &result, error))
    return FALSE;
  if (result == FAR_TRANSFER_PENDING_EXPIRED)
    return refuse_view (view, FAR_VIEW_OVER, call->now_us, error);
  if (result != FAR_TRANSFER_OK)
    return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL,
                       "the ledger did not post what was reserved (%s)",
                       far_transfer_result_to_string (result));
  if (!far_split_gross (view->price_micros, view->fee_bps, &split, error))
    return FALSE;
  earning.ad_micros = split.publisher_micros;
  earning.fee_micros = split.fee_micros;
  return far_earnings_add (call->books, view->property, view->article, call->now_us, &earning,
                           error) &&
         far_entitlement_find (call->books, view->reader, view->property, view->article,
                               &entitlement, error) &&
         (entitlement.entitlement != 0 || entitle_by_view (call, view, &entitlement, error));
}

static gboolean
take_event (FarCall       *call,
            FarViewRow    *view,
            FarViewEvent   event,
            GError       **error)
{
  FarViewResult result = far_view_apply (&view->state, event, call->now_us);
  FarTransferResult voided;

  if (result == FAR_VIEW_SAME)
    return TRUE;
  if (result != FAR_VIEW_TAKEN)
    return refuse_view (view, result, call->now_us, error);
  if (view->state.state == FAR_VIEW_COMPLETED && !complete_view (call, view, error))
    return FALSE;
  if (view->state.state == FAR_VIEW_ABANDONED &&
      !far_view_row_resolve (call->books, view, FAR_TRANSFER_VOID, &voided, error))
    return FALSE;
  return far_view_row_update (call->books, view, error);
}

/* What the client says of itself: kept beside, never mixed with what we saw. */
static gboolean
keep_client_report (FarCall           *call,
                    const FarViewRow  *view,
                    GError           **error)
{
  JsonObject *request = call->request;

  if (json_object_has_member (request, "visible_ms") &&
      !far_sql_run (call->books->db, error, "UPDATE views SET visible_ms = ?2 WHERE view = ?1",
                    far_sql_int (view->view),
                    far_sql_int (far_request_int (request, "visible_ms", 0))))
    return FALSE;
  if (json_object_has_member (request, "muted") &&
      !far_sql_run (call->books->db, error, "UPDATE views SET muted = ?2 WHERE view = ?1",
                    far_sql_int (view->view),
                    far_sql_int (json_object_get_boolean_member (request, "muted"))))
    return FALSE;
  return TRUE;
}

static gboolean
run_view_event (FarCall  *call,
                GError  **error)
{
  g_auto (FarViewRow) view = { 0 };
  FarEntitlement entitlement;
  FarSplit split = { 0 };
  FarViewEvent event;
  FarReader reader;

  if (!far_view_event_parse (far_request_text (call->request, "event"), &event))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"event\" must be start, firstQuartile, midpoint, thirdQuartile, complete "
                       "or abandon");
  if (!find_view (call, &reader, &view, error) ||
      !take_event (call, &view, event, error) ||
      !keep_client_report (call, &view, error) ||
      !far_entitlement_find (call->books, view.reader, view.property, view.article, &entitlement,
                             error))
    return FALSE;
  if (view.state.state == FAR_VIEW_COMPLETED &&
      !far_split_gross (view.price_micros, view.fee_bps, &split, error))
    return FALSE;

  far_json_add_string (call->answer, "state", far_view_state_to_text (view.state.state));
  far_json_add_bool (call->answer, "entitled", entitlement.entitlement != 0);
  far_json_add_int (call->answer, "wait_ms",
                    (far_view_wait_us (&view.state, call->now_us) + 999) / 1000);
  far_json_add_micros (call->answer, "publisher_micros", split.publisher_micros);
  if (entitlement.entitlement != 0)
    far_entitlement_write (call->answer, "entitlement", view.article, &entitlement);
  return TRUE;
}

/* ---- tables ---- */

static const FarField candidate_fields[] = {
  { "campaign", FAR_FIELD_NAME },
  { "creative", FAR_FIELD_NAME },
  { "duration_ms", FAR_FIELD_INT, 0, FAR_VIEW_DURATION_MS_MIN, FAR_VIEW_DURATION_MS_MAX },
  { "total_bytes", FAR_FIELD_INT, 0, 1, FAR_VIEW_BYTES_MAX },
  { "price_micros", FAR_FIELD_MICROS },
  { NULL },
};

static const FarField reserve_fields[] = {
  { "key", FAR_FIELD_KEY },
  { "reader", FAR_FIELD_READER },
  { "property", FAR_FIELD_NAME },
  { "article", FAR_FIELD_NAME },
  { "candidates", FAR_FIELD_ARRAY, FAR_FIELD_NOT_COMPARED, 0, CANDIDATES_MAX, candidate_fields },
  { NULL },
};

static const FarField get_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "view", FAR_FIELD_ID },
  { NULL },
};

static const FarField fetched_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "view", FAR_FIELD_ID },
  { "bytes", FAR_FIELD_INT, 0, 1, FAR_VIEW_BYTES_MAX },
  { NULL },
};

static const FarField event_fields[] = {
  { "reader", FAR_FIELD_READER },
  { "view", FAR_FIELD_ID },
  { "event", FAR_FIELD_WORD, 0, 1, 16 },
  { "visible_ms", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, 86400000 },
  { "muted", FAR_FIELD_BOOL, FAR_FIELD_OPTIONAL },
  { NULL },
};

const FarCommand far_commands_views[] = {
  { "view.reserve", reserve_fields, run_reserve },
  { "view.get", get_fields, run_view_get },
  { "view.fetched", fetched_fields, run_view_fetched },
  { "view.event", event_fields, run_view_event },
  { NULL },
};
