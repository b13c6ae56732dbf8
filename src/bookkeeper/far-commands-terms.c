/* SPDX-License-Identifier: GPL-3.0-or-later */
/* property.ensure and campaign.ensure: what a publication says about itself. Both may be called at
 * any time and as often as one likes; they make what is missing and change what is different. */
#include "bookkeeper/far-publishing.h"
#include "market/far-payout-file.h"
#include "market/far-provider-units.h"

#include <string.h>

#define CAMPAIGNS_PER_CALL_MAX 64
#define FREQUENCY_CAP_DEFAULT 10
#define FREQUENCY_CAP_MAX 1000

/* ---- property.ensure ---- */

/* Less than the provider asks would be refused there: only who says so tries it. */
static gboolean
merge_least_charge (FarTerms    *terms,
                    JsonObject  *request,
                    GError     **error)
{
  g_autofree char *least = NULL;
  gint64 provider_micros;

  if (!json_object_has_member (request, "least_charge_micros"))
    return TRUE;
  terms->least_charge_micros = far_request_micros (request, "least_charge_micros");
  if (!far_provider_minimum (terms->currency, &provider_micros, error))
    return FALSE;
  if (terms->least_charge_micros == 0 || terms->least_charge_micros >= provider_micros ||
      json_object_get_boolean_member_with_default (request, "least_charge_own_risk", FALSE))
    return TRUE;
  least = far_micros_to_display (provider_micros, terms->currency);
  return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                     "\"least_charge_micros\" is less than the payment provider charges, %s; with "
                     "\"least_charge_own_risk\" it is tried, and what the provider refuses is "
                     "carried forward", least);
}

/* What the request says on top of what holds. */
static gboolean
merge_terms (FarTerms    *terms,
             JsonObject  *request,
             GError     **error)
{
  const char *text;

  terms->fee_bps = (guint) far_request_int (request, "fee_bps", terms->fee_bps);
  terms->refund_window_us = far_request_int (request, "refund_window_s",
                                             terms->refund_window_us / G_USEC_PER_SEC) *
                            G_USEC_PER_SEC;
  text = far_request_text (request, "free_type");
  if (text != NULL && !far_free_type_parse (text, &terms->free_type))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"free_type\" must be \"count\" or \"amount\"");
  if (json_object_has_member (request, "free_limit"))
    terms->free_limit = far_request_micros (request, "free_limit");
  if (json_object_has_member (request, "reader_cap_micros"))
    terms->reader_cap_micros = far_request_micros (request, "reader_cap_micros");
  if (json_object_has_member (request, "tab_cap_micros"))
    terms->tab_cap_micros = far_request_micros (request, "tab_cap_micros");
  if (json_object_has_member (request, "hour_cap_micros"))
    terms->hour_cap_micros = far_request_micros (request, "hour_cap_micros");
  terms->network_cap = far_request_int (request, "network_cap", terms->network_cap);
  return merge_least_charge (terms, request, error);
}

static gboolean
check_terms (const FarTerms  *terms,
             GError         **error)
{
  g_autoptr (GError) range = NULL;

  if (far_terms_check (terms, &range))
    return TRUE;
  return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST, "%s", range->message);
}

static gboolean
insert_property (FarCall         *call,
                 const char      *name,
                 const char      *fee_receiver,
                 const FarTerms  *terms,
                 GError         **error)
{
  FarBooks *books = call->books;
  FarProperty property;
  gint64 n_properties;

  if (!far_db_query_int (books->db, "SELECT count (*) FROM properties", &n_properties, error))
    return FALSE;
  if (n_properties >= FAR_BOOKS_PROPERTIES_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                       "the books hold %d properties, which is all they take",
                       FAR_BOOKS_PROPERTIES_MAX);
  return far_account_open (books, FAR_ACCOUNT_PUBLISHER_ESTIMATED, terms->currency,
                           &property.estimated, error) &&
         far_account_open (books, FAR_ACCOUNT_PUBLISHER_PAYABLE, terms->currency,
                           &property.payable, error) &&
         far_account_open (books, FAR_ACCOUNT_FEE_ESTIMATED, terms->currency,
                           &property.fee_estimated, error) &&
         far_account_open (books, FAR_ACCOUNT_FEE_EARNED, terms->currency, &property.fee_earned,
                           error) &&
         far_sql_run (books->db, error,
                      "INSERT INTO properties (name, currency, fee_bps, fee_receiver, free_type,"
                      " free_limit, refund_window_us, reader_cap_micros, tab_cap_micros,"
                      " hour_cap_micros, estimated, payable, fee_estimated, fee_earned,"
                      " network_cap, least_charge_micros) VALUES"
                      " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
                      far_sql_text (name), far_sql_text (terms->currency),
                      far_sql_int (terms->fee_bps), far_sql_text (fee_receiver),
                      far_sql_int (terms->free_type), far_sql_int (terms->free_limit),
                      far_sql_int (terms->refund_window_us),
                      far_sql_int (terms->reader_cap_micros),
                      far_sql_int (terms->tab_cap_micros), far_sql_int (terms->hour_cap_micros),
                      far_sql_id (&property.estimated), far_sql_id (&property.payable),
                      far_sql_id (&property.fee_estimated), far_sql_id (&property.fee_earned),
                      far_sql_int (terms->network_cap),
                      far_sql_int (terms->least_charge_micros));
}

static gboolean
update_property (FarCall         *call,
                 gint64           property,
                 const char      *fee_receiver,
                 const FarTerms  *terms,
                 gboolean        *ret_changed,
                 GError         **error)
{
  FarBooks *books = call->books;

  if (!far_sql_run (books->db, error,
                    "UPDATE properties SET fee_bps = ?2, fee_receiver = ?3, free_type = ?4,"
                    " free_limit = ?5, refund_window_us = ?6, reader_cap_micros = ?7,"
                    " tab_cap_micros = ?8, hour_cap_micros = ?9, network_cap = ?10,"
                    " least_charge_micros = ?11"
                    " WHERE property = ?1 AND"
                    " (fee_bps, fee_receiver, free_type, free_limit, refund_window_us,"
                    "  reader_cap_micros, tab_cap_micros, hour_cap_micros, network_cap,"
                    "  least_charge_micros) <>"
                    " (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                    far_sql_int (property), far_sql_int (terms->fee_bps),
                    far_sql_text (fee_receiver), far_sql_int (terms->free_type),
                    far_sql_int (terms->free_limit), far_sql_int (terms->refund_window_us),
                    far_sql_int (terms->reader_cap_micros), far_sql_int (terms->tab_cap_micros),
                    far_sql_int (terms->hour_cap_micros), far_sql_int (terms->network_cap),
                    far_sql_int (terms->least_charge_micros)))
    return FALSE;
  *ret_changed = far_db_get_changes (books->db) > 0;
  return TRUE;
}

static gboolean
run_property_ensure (FarCall  *call,
                     GError  **error)
{
  const char *name = far_request_text (call->request, "property");
  const char *currency = far_request_text (call->request, "currency");
  JsonObject *wanted = json_object_get_object_member (call->request, "terms");
  const char *fee_receiver = far_request_text (wanted, "fee_receiver");
  g_autoptr (GError) unknown = NULL;
  FarProperty property;
  FarTerms terms;
  const char *publisher = far_request_text (call->request, "publisher");
  const char *publisher_name = far_request_text (call->request, "publisher_name");
  gboolean created, changed = FALSE, moved;

  created = !far_property_find (call->books, name, &property, &unknown);
  if (created && !g_error_matches (unknown, FAR_COMMAND_ERROR, FAR_COMMAND_ERROR_UNKNOWN_PROPERTY))
    {
      g_propagate_error (error, g_steal_pointer (&unknown));
      return FALSE;
    }
  if (!created && strcmp (property.terms.currency, currency) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                       "the books of this property are kept in %s; a property keeps its currency",
                       property.terms.currency);
  /* What is not named is the default, not what it was: the publication's file says it all. */
  if (!far_terms_init (&terms, currency, error) || !merge_terms (&terms, wanted, error) ||
      !check_terms (&terms, error))
    return FALSE;
  if (!(created ? insert_property (call, name, fee_receiver ? fee_receiver : "", &terms, error)
                : update_property (call, property.property, fee_receiver ? fee_receiver : "",
                                   &terms, &changed, error)) ||
      !far_property_find (call->books, name, &property, error) ||
      !far_publisher_ensure (call->books, property.property, publisher ? publisher : name,
                             publisher_name ? publisher_name : "", &moved, error))
    return FALSE;

  far_json_add_bool (call->answer, "created", created);
  far_json_add_bool (call->answer, "changed", changed || (moved && !created));
  return TRUE;
}

/* ---- campaign.ensure ---- */

typedef struct {
  gint64 campaign; /* 0: none yet */
  FarId  budget;
  gint64 funded_micros;
  gint64 frequency_cap;
} Campaign;

static gboolean
find_campaign (FarBooks    *books,
               const char  *name,
               const char  *advertiser,
               const char  *currency,
               Campaign    *ret_campaign,
               GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT campaign, budget, funded_micros, frequency_cap, c.currency,"
                                " a.name FROM campaigns c JOIN advertisers a USING (advertiser)"
                                " WHERE c.name = ?1", far_sql_text (name));

  memset (ret_campaign, 0, sizeof *ret_campaign);
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  if (strcmp (far_statement_get_text (row, 4), currency) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                       "the campaign \"%s\" is paid in %s; a campaign keeps its currency", name,
                       far_statement_get_text (row, 4));
  if (strcmp (far_statement_get_text (row, 5), advertiser) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                       "the campaign \"%s\" belongs to the advertiser \"%s\"", name,
                       far_statement_get_text (row, 5));
  ret_campaign->campaign = far_statement_get_int (row, 0);
  ret_campaign->funded_micros = far_statement_get_int (row, 2);
  ret_campaign->frequency_cap = far_statement_get_int (row, 3);
  return far_statement_copy_blob (row, 1, &ret_campaign->budget, FAR_ID_LEN);
}

static gboolean
ensure_advertiser (FarBooks    *books,
                   const char  *name,
                   const char  *currency,
                   gint64      *ret_advertiser,
                   FarId       *ret_funds,
                   GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT advertiser, funds FROM advertisers"
                                " WHERE name = ?1 AND currency = ?2",
                                far_sql_text (name), far_sql_text (currency));

  if (step == FAR_STEP_ROW)
    {
      *ret_advertiser = far_statement_get_int (row, 0);
      return far_statement_copy_blob (row, 1, ret_funds, FAR_ID_LEN);
    }
  if (step == FAR_STEP_ERROR ||
      !far_account_open (books, FAR_ACCOUNT_ADVERTISER_FUNDS, currency, ret_funds, error) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO advertisers (name, currency, funds) VALUES (?1, ?2, ?3)",
                    far_sql_text (name), far_sql_text (currency), far_sql_id (ret_funds)))
    return FALSE;
  *ret_advertiser = far_db_get_last_rowid (books->db);
  return TRUE;
}

static gboolean
insert_campaign (FarBooks    *books,
                 const char  *name,
                 gint64       advertiser,
                 const char  *currency,
                 gint64       frequency_cap,
                 Campaign    *campaign,
                 GError     **error)
{
  gint64 n_campaigns;

  if (!far_db_query_int (books->db, "SELECT count (*) FROM campaigns", &n_campaigns, error))
    return FALSE;
  if (n_campaigns >= FAR_BOOKS_CAMPAIGNS_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                       "the books hold %d campaigns, which is all they take",
                       FAR_BOOKS_CAMPAIGNS_MAX);
  if (!far_account_open (books, FAR_ACCOUNT_CAMPAIGN_BUDGET, currency, &campaign->budget, error) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO campaigns (name, advertiser, currency, funded_micros,"
                    " frequency_cap, budget) VALUES (?1, ?2, ?3, 0, ?4, ?5)",
                    far_sql_text (name), far_sql_int (advertiser), far_sql_text (currency),
                    far_sql_int (frequency_cap), far_sql_id (&campaign->budget)))
    return FALSE;
  campaign->campaign = far_db_get_last_rowid (books->db);
  campaign->frequency_cap = frequency_cap;
  return TRUE;
}

/* The advertiser pays in advance, then allots it to the campaign. */
static gboolean
fund_campaign (FarBooks    *books,
               Campaign    *campaign,
               const FarId *funds,
               const char  *currency,
               gint64       amount_micros,
               GError     **error)
{
  FarId bank;

  if (!far_house_account (books, FAR_ACCOUNT_BANK, currency, &bank, error))
    return FALSE;
  far_posting_begin (books);
  far_posting_add (books, FAR_CODE_PREPAY, currency, &bank, funds, amount_micros,
                   &campaign->budget);
  far_posting_add (books, FAR_CODE_ALLOT, currency, funds, &campaign->budget, amount_micros,
                   &campaign->budget);
  return far_posting_must (books, error) &&
         far_sql_run (books->db, error,
                      "UPDATE campaigns SET funded_micros = funded_micros + ?2"
                      " WHERE campaign = ?1",
                      far_sql_int (campaign->campaign), far_sql_int (amount_micros));
}

static gboolean
ensure_campaign (FarBooks    *books,
                 JsonObject  *wanted,
                 gboolean    *ret_created,
                 gint64      *ret_funded_micros,
                 GError     **error)
{
  const char *name = far_request_text (wanted, "campaign");
  const char *currency = far_request_text (wanted, "currency");
  const char *advertiser_name = far_request_text (wanted, "advertiser");
  gint64 missing_micros = far_request_micros (wanted, "budget_micros");
  gint64 frequency_cap = far_request_int (wanted, "frequency_cap", FREQUENCY_CAP_DEFAULT);
  Campaign campaign;
  gint64 advertiser;
  FarId funds;

  if (!find_campaign (books, name, advertiser_name, currency, &campaign, error))
    return FALSE;
  *ret_created = campaign.campaign == 0;
  missing_micros -= campaign.funded_micros;
  *ret_funded_micros = MAX (0, missing_micros);

  if (!*ret_created && campaign.frequency_cap != frequency_cap &&
      !far_sql_run (books->db, error, "UPDATE campaigns SET frequency_cap = ?2 WHERE campaign = ?1",
                    far_sql_int (campaign.campaign), far_sql_int (frequency_cap)))
    return FALSE;
  if (!*ret_created && missing_micros <= 0)
    return TRUE;

  if (!ensure_advertiser (books, advertiser_name, currency, &advertiser, &funds, error))
    return FALSE;
  if (*ret_created && !insert_campaign (books, name, advertiser, currency, frequency_cap,
                                        &campaign, error))
    return FALSE;
  return fund_campaign (books, &campaign, &funds, currency, missing_micros, error);
}

static gboolean
run_campaign_ensure (FarCall  *call,
                     GError  **error)
{
  JsonArray *campaigns = json_object_get_array_member (call->request, "campaigns");
  gint64 n_created = 0, funded_micros = 0;

  if (call->books->live)
    return far_refuse (error, FAR_COMMAND_ERROR_LIVE_MONEY,
                       "these books hold live money: a budget comes from a payment, not from a "
                       "file");
  for (guint i = 0; i < json_array_get_length (campaigns); i++)
    {
      gboolean created;
      gint64 added_micros;

      if (!ensure_campaign (call->books, json_array_get_object_element (campaigns, i), &created,
                            &added_micros, error))
        return FALSE;
      n_created += created;
      if (__builtin_add_overflow (funded_micros, added_micros, &funded_micros))
        return far_refuse (error, FAR_COMMAND_ERROR_OVERFLOW,
                           "the budgets add up to more than can be counted");
    }
  far_json_add_int (call->answer, "created", n_created);
  far_json_add_micros (call->answer, "funded_micros", funded_micros);
  return TRUE;
}

static const FarField terms_fields[] = {
  { "fee_bps", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, FAR_BASIS_POINTS },
  { "fee_receiver", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 0, 128 },
  { "free_type", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 1, 16 },
  { "free_limit", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "refund_window_s", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0,
    FAR_TERMS_REFUND_WINDOW_US_MAX / G_USEC_PER_SEC },
  { "reader_cap_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "tab_cap_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "hour_cap_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "network_cap", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, FAR_TERMS_NETWORK_CAP_MAX },
  { "least_charge_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { "least_charge_own_risk", FAR_FIELD_BOOL, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField property_fields[] = {
  { "property", FAR_FIELD_NAME },
  { "currency", FAR_FIELD_CURRENCY },
  { "publisher", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "publisher_name", FAR_FIELD_TEXT, FAR_FIELD_OPTIONAL, 1, FAR_PAYOUT_NAME_MAX },
  { "terms", FAR_FIELD_OBJECT, 0, 0, 0, terms_fields },
  { NULL },
};

static const FarField campaign_fields[] = {
  { "campaign", FAR_FIELD_NAME },
  { "advertiser", FAR_FIELD_NAME },
  { "budget_micros", FAR_FIELD_MICROS },
  { "currency", FAR_FIELD_CURRENCY },
  { "frequency_cap", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, FREQUENCY_CAP_MAX },
  { NULL },
};

static const FarField campaigns_fields[] = {
  { "campaigns", FAR_FIELD_ARRAY, 0, 1, CAMPAIGNS_PER_CALL_MAX, campaign_fields },
  { NULL },
};

const FarCommand far_commands_terms[] = {
  { "property.ensure", property_fields, run_property_ensure },
  { "campaign.ensure", campaigns_fields, run_campaign_ensure },
  { NULL },
};
