/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is who: properties, readers, tabs and their accounts in the ledger. A row is made together
 * with its accounts, in the savepoint of the command that needs it first. */
#include "bookkeeper/far-books-private.h"
#include "market/far-provider-units.h"

#include <string.h>

/* ---- accounts ---- */

gboolean
far_account_open (FarBooks        *books,
                  FarAccountKind   kind,
                  const char      *currency,
                  FarId           *ret_id,
                  GError         **error)
{
  FarAccount account = { .kind = kind, .flags = far_account_kind_flags (kind) };
  FarAccountResult result;

  far_id_init (&account.id, books->clock);
  g_strlcpy (account.currency, currency, sizeof account.currency);
  if (!far_ledger_open_account (books->ledger, &account, &result, error))
    return FALSE;
  if (result != FAR_ACCOUNT_OK)
    return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL, "the ledger opened no account (%s)",
                       far_account_result_to_string (result));
  *ret_id = account.id;
  return TRUE;
}

gboolean
far_account_credit_micros (FarBooks     *books,
                           const FarId  *id,
                           gint64       *ret_micros,
                           GError      **error)
{
  FarBalance balance;

  if (!far_ledger_balance (books->ledger, id, &balance, error))
    return FALSE;
  *ret_micros = balance.credits_posted_micros - balance.debits_posted_micros;
  return TRUE;
}

gboolean
far_house_account (FarBooks        *books,
                   FarAccountKind   kind,
                   const char      *currency,
                   FarId           *ret_id,
                   GError         **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT id FROM house_accounts WHERE kind = ?1 AND currency = ?2",
                                far_sql_int (kind), far_sql_text (currency));

  if (step == FAR_STEP_ROW)
    return far_statement_copy_blob (row, 0, ret_id, FAR_ID_LEN);
  return step == FAR_STEP_DONE && far_account_open (books, kind, currency, ret_id, error) &&
         far_sql_run (books->db, error,
                      "INSERT INTO house_accounts (kind, currency, id) VALUES (?1, ?2, ?3)",
                      far_sql_int (kind), far_sql_text (currency), far_sql_id (ret_id));
}

/* ---- properties ---- */

#define PROPERTY_COLUMNS                                                          \
  "property, currency, fee_bps, free_type, free_limit, refund_window_us, "        \
  "reader_cap_micros, tab_cap_micros, hour_cap_micros, "                          \
  "estimated, payable, fee_estimated, fee_earned, network_cap, fee_receiver, "     \
  "least_charge_micros"

static void
read_property (FarStatement *row,
               FarProperty  *ret_property)
{
  FarTerms *terms = &ret_property->terms;

  memset (ret_property, 0, sizeof *ret_property);
  ret_property->property = far_statement_get_int (row, 0);
  g_strlcpy (terms->currency, far_statement_get_text (row, 1), sizeof terms->currency);
  terms->fee_bps = (guint) far_statement_get_int (row, 2);
  terms->free_type = (FarFreeType) far_statement_get_int (row, 3);
  terms->free_limit = far_statement_get_int (row, 4);
  terms->refund_window_us = far_statement_get_int (row, 5);
  terms->reader_cap_micros = far_statement_get_int (row, 6);
  terms->tab_cap_micros = far_statement_get_int (row, 7);
  terms->hour_cap_micros = far_statement_get_int (row, 8);
  terms->network_cap = far_statement_get_int (row, 13);
  terms->least_charge_micros = far_statement_get_int (row, 15);
  if (!far_statement_copy_blob (row, 9, &ret_property->estimated, FAR_ID_LEN) ||
      !far_statement_copy_blob (row, 10, &ret_property->payable, FAR_ID_LEN) ||
      !far_statement_copy_blob (row, 11, &ret_property->fee_estimated, FAR_ID_LEN) ||
      !far_statement_copy_blob (row, 12, &ret_property->fee_earned, FAR_ID_LEN))
    g_assert_not_reached (); /* CHECKed by the schema */
  g_strlcpy (ret_property->fee_receiver, far_statement_get_text (row, 14),
             sizeof ret_property->fee_receiver);
}

gboolean
far_property_find (FarBooks     *books,
                   const char   *name,
                   FarProperty  *ret_property,
                   GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " PROPERTY_COLUMNS " FROM properties WHERE name = ?1",
                                far_sql_text (name));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_PROPERTY,
                       "the books know no property \"%s\"; a publication is registered "
                       "(property.ensure) when it is first asked for something", name);
  read_property (row, ret_property);
  return TRUE;
}

/* A reader has one tab in a currency, whosever articles are on it: the highest counts. */
gboolean
far_least_charge (FarBooks    *books,
                  const char  *currency,
                  gint64      *ret_micros,
                  GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  gint64 provider_micros;

  if (!far_provider_minimum (currency, &provider_micros, error) ||
      far_sql_first (books->db, &row, error,
                     "SELECT (SELECT max (least_charge_micros) FROM properties"
                     "  WHERE currency = ?1), (SELECT min (least_charge_micros) FROM properties"
                     "  WHERE currency = ?1)", far_sql_text (currency)) != FAR_STEP_ROW)
    return FALSE;
  *ret_micros = far_statement_get_int (row, 0);
  if (far_statement_get_int (row, 1) == 0) /* one has the provider's; or there is none */
    *ret_micros = MAX (*ret_micros, provider_micros);
  return TRUE;
}

gboolean
far_property_load (FarBooks     *books,
                   gint64        property,
                   FarProperty  *ret_property,
                   GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " PROPERTY_COLUMNS " FROM properties WHERE property = ?1",
                                far_sql_int (property));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  g_assert (step == FAR_STEP_ROW); /* REFERENCES */
  read_property (row, ret_property);
  return TRUE;
}

/* ---- readers ---- */

gboolean
far_reader_find (FarBooks    *books,
                 const char  *key_hex,
                 FarReader   *ret_reader,
                 GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  guint8 key[FAR_READER_LEN];
  FarStep step;

  memset (ret_reader, 0, sizeof *ret_reader);
  if (!far_hex_decode (key_hex, key, sizeof key))
    g_assert_not_reached (); /* checked with the request */
  far_sha256 (key, sizeof key, ret_reader->device);
  step = far_sql_first (books->db, &row, error,
                        "SELECT reader, payment_method IS NOT NULL FROM readers WHERE device = ?1",
                        far_sql_blob (ret_reader->device, sizeof ret_reader->device));
  if (step == FAR_STEP_ROW)
    {
      ret_reader->reader = far_statement_get_int (row, 0);
      ret_reader->has_method = far_statement_get_int (row, 1) != 0;
    }
  return step != FAR_STEP_ERROR;
}

gboolean
far_reader_ensure (FarBooks   *books,
                   FarReader  *reader,
                   gint64      now_us,
                   GError    **error)
{
  if (reader->reader != 0)
    return TRUE;
  if (!far_sql_run (books->db, error, "INSERT INTO readers (device, first_us) VALUES (?1, ?2)",
                    far_sql_blob (reader->device, sizeof reader->device), far_sql_int (now_us)))
    return FALSE;
  reader->reader = far_db_get_last_rowid (books->db);
  return TRUE;
}

/* ---- tabs ---- */

#define TAB_COLUMNS                                                             \
  "tab, id, wallet, secured, open_micros, n_open, oldest_us, retry_us, "        \
  "n_failures, first_failed_us, reader, currency"

/* Takes what far_sql_first() gave. tab 0 if there was no row. */
static gboolean
read_tab (FarStep       step,
          FarStatement *row,
          FarTab       *ret_tab)
{
  memset (ret_tab, 0, sizeof *ret_tab);
  if (step != FAR_STEP_ROW)
    return step == FAR_STEP_DONE;
  ret_tab->tab = far_statement_get_int (row, 0);
  if (!far_statement_copy_blob (row, 1, &ret_tab->id, FAR_ID_LEN))
    g_assert_not_reached ();
  ret_tab->has_wallet = far_statement_copy_blob (row, 2, &ret_tab->wallet, FAR_ID_LEN);
  ret_tab->secured = far_statement_get_int (row, 3) != 0;
  ret_tab->open_micros = far_statement_get_int (row, 4);
  ret_tab->n_open = far_statement_get_int (row, 5);
  ret_tab->oldest_us = far_statement_get_int (row, 6);
  ret_tab->retry_us = far_statement_get_int (row, 7);
  ret_tab->n_failures = (guint) far_statement_get_int (row, 8);
  ret_tab->first_failed_us = far_statement_get_int (row, 9);
  ret_tab->reader = far_statement_get_int (row, 10);
  g_strlcpy (ret_tab->currency, far_statement_get_text (row, 11), sizeof ret_tab->currency);
  return TRUE;
}

gboolean
far_tab_find (FarBooks    *books,
              gint64       reader,
              const char  *currency,
              FarTab      *ret_tab,
              GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " TAB_COLUMNS " FROM tabs"
                                " WHERE reader = ?1 AND currency = ?2",
                                far_sql_int (reader), far_sql_text (currency));

  return read_tab (step, row, ret_tab);
}

gboolean
far_tab_find_id (FarBooks     *books,
                 const FarId  *id,
                 FarTab       *ret_tab,
                 GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " TAB_COLUMNS " FROM tabs WHERE id = ?1", far_sql_id (id));

  return read_tab (step, row, ret_tab);
}

gboolean
far_tab_load (FarBooks  *books,
              gint64     tab,
              FarTab    *ret_tab,
              GError   **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " TAB_COLUMNS " FROM tabs WHERE tab = ?1",
                                far_sql_int (tab));

  if (!read_tab (step, row, ret_tab))
    return FALSE;
  g_assert (ret_tab->tab == tab); /* REFERENCES */
  return TRUE;
}

gboolean
far_tab_ensure (FarBooks         *books,
                const FarReader  *reader,
                const char       *currency,
                FarTab           *tab,
                GError          **error)
{
  g_assert (reader->reader != 0);

  if (tab->tab != 0)
    return TRUE;
  if (!far_account_open (books, FAR_ACCOUNT_READER_TAB, currency, &tab->id, error) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO tabs (id, reader, currency, secured) VALUES (?1, ?2, ?3, ?4)",
                    far_sql_id (&tab->id), far_sql_int (reader->reader), far_sql_text (currency),
                    far_sql_int (reader->has_method)))
    return FALSE;
  tab->tab = far_db_get_last_rowid (books->db);
  tab->reader = reader->reader;
  tab->secured = reader->has_method;
  g_strlcpy (tab->currency, currency, sizeof tab->currency);
  return TRUE;
}

gboolean
far_tab_ensure_wallet (FarBooks  *books,
                       FarTab    *tab,
                       GError   **error)
{
  g_assert (tab->tab != 0);

  if (tab->has_wallet)
    return TRUE;
  if (!far_account_open (books, FAR_ACCOUNT_READER_WALLET, tab->currency, &tab->wallet, error) ||
      !far_sql_run (books->db, error, "UPDATE tabs SET wallet = ?2 WHERE tab = ?1",
                    far_sql_int (tab->tab), far_sql_id (&tab->wallet)))
    return FALSE;
  tab->has_wallet = TRUE;
  return TRUE;
}

gboolean
far_tab_wallet_micros (FarBooks      *books,
                       const FarTab  *tab,
                       gint64        *ret_micros,
                       GError       **error)
{
  *ret_micros = 0;
  return !tab->has_wallet || far_account_credit_micros (books, &tab->wallet, ret_micros, error);
}

gboolean
far_tab_refresh (FarBooks  *books,
                 FarTab    *tab,
                 GError   **error)
{
  g_autoptr (FarStatement) row = NULL;

  /* At most FAR_BOOKS_TAB_ITEMS_MAX rows of one index. */
  if (far_sql_first (books->db, &row, error,
                     "SELECT count (*), coalesce (sum (price_micros - settled_micros), 0),"
                     " coalesce (min (time_us), 0) FROM pledges WHERE tab = ?1 AND state = 0",
                     far_sql_int (tab->tab)) != FAR_STEP_ROW)
    return FALSE;
  tab->n_open = far_statement_get_int (row, 0);
  tab->open_micros = far_statement_get_int (row, 1);
  tab->oldest_us = far_statement_get_int (row, 2);
  /* Where nothing is owed nothing has failed: what is pledged later has all its time. */
  return far_sql_run (books->db, error,
                      "UPDATE tabs SET n_open = ?2, open_micros = ?3, oldest_us = ?4,"
                      " n_failures = iif (?2 = 0, 0, n_failures),"
                      " first_failed_us = iif (?2 = 0, 0, first_failed_us),"
                      " retry_us = iif (?2 = 0, 0, retry_us) WHERE tab = ?1",
                      far_sql_int (tab->tab), far_sql_int (tab->n_open),
                      far_sql_int (tab->open_micros), far_sql_int (tab->oldest_us));
}

/* ---- entitlements ---- */

gboolean
far_entitlement_find (FarBooks        *books,
                      gint64           reader,
                      gint64           property,
                      const char      *article,
                      FarEntitlement  *ret_entitlement,
                      GError         **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT entitlement, by, pledge, since_us, refundable_until_us"
                                " FROM entitlements WHERE reader = ?1 AND property = ?2"
                                " AND article = ?3 AND ended_us = 0",
                                far_sql_int (reader), far_sql_int (property),
                                far_sql_text (article));

  memset (ret_entitlement, 0, sizeof *ret_entitlement);
  if (step == FAR_STEP_ROW)
    {
      ret_entitlement->entitlement = far_statement_get_int (row, 0);
      ret_entitlement->by = (FarEntitledBy) far_statement_get_int (row, 1);
      ret_entitlement->pledge = far_statement_get_int (row, 2);
      ret_entitlement->since_us = far_statement_get_int (row, 3);
      ret_entitlement->refundable_until_us = far_statement_get_int (row, 4);
    }
  return step != FAR_STEP_ERROR;
}

void
far_entitlement_write (FarJsonWriter         *answer,
                       const char            *name,
                       const char            *article,
                       const FarEntitlement  *entitlement)
{
  far_json_begin_object (answer, name);
  far_json_add_string (answer, "article", article);
  far_json_add_string (answer, "by", far_entitled_by_to_text (entitlement->by));
  far_json_add_int (answer, "since_us", entitlement->since_us);
  far_json_add_int (answer, "refundable_until_us", entitlement->refundable_until_us);
  far_json_end_object (answer);
}
