/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test provider's database (see the header). Answers are kept for 30 days. */
#include "functions/far-provider-books.h"

#include <string.h>

#include "base/far-id.h"
#include "base/far-random.h"

#define ANSWERS_KEPT_US (30 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define ID_RANDOM_BYTES 12

static const char *const migrations[] = {
  "CREATE TABLE customers (id TEXT PRIMARY KEY, description TEXT NOT NULL,"
  " created_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE methods (id TEXT PRIMARY KEY, name TEXT NOT NULL, customer TEXT NOT NULL"
  " REFERENCES customers, created_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE intents (id TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers,"
  " method TEXT NOT NULL REFERENCES methods, charge TEXT NOT NULL, balance TEXT NOT NULL,"
  " currency TEXT NOT NULL, status TEXT NOT NULL, decline TEXT NOT NULL,"
  " units INTEGER NOT NULL CHECK (units > 0), fee_units INTEGER NOT NULL CHECK (fee_units >= 0),"
  " created_us INTEGER NOT NULL, settles_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE answers (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL,"
  " status INTEGER NOT NULL, body TEXT NOT NULL, created_us INTEGER NOT NULL)"
  " STRICT, WITHOUT ROWID;"
  "CREATE INDEX answers_by_age ON answers (created_us);",
  NULL,
};

gboolean
far_test_method_outcome (const char     *name,
                         FarTestOutcome *ret_outcome)
{
  static const struct {
    const char *name;
    FarTestOutcome outcome;
  } methods[] = {
    { "pm_card_visa", FAR_TEST_SUCCEEDS },
    { "pm_card_mastercard", FAR_TEST_SUCCEEDS },
    { "pm_card_amex", FAR_TEST_SUCCEEDS },
    { "pm_card_chargeDeclined", FAR_TEST_DECLINES_ATTACH },
    { "pm_card_visa_chargeDeclined", FAR_TEST_DECLINES_ATTACH },
    { "pm_card_chargeCustomerFail", FAR_TEST_DECLINES },
    { "pm_card_chargeDeclinedInsufficientFunds", FAR_TEST_INSUFFICIENT_FUNDS },
    { "pm_card_authenticationRequired", FAR_TEST_AUTHENTICATION_REQUIRED },
    { "pm_card_processing", FAR_TEST_PROCESSING },
    { "pm_card_timeout", FAR_TEST_TIMES_OUT },
  };

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (methods); i++)
    if (strcmp (methods[i].name, name) == 0)
      {
        *ret_outcome = methods[i].outcome;
        return TRUE;
      }
  return FALSE;
}

FarDb *
far_provider_books_open (const char  *folder,
                         GError     **error)
{
  g_autofree char *path = g_build_filename (folder, "provider.db", NULL);
  FarDbOptions options = {
    .mode = FAR_DB_MODE_CREATE,
    .sync = FAR_DB_SYNC_FULL,
    .application_id = FAR_DB_APPLICATION_ID ('F', 'P', 'r', 'v'),
    .migrations = migrations,
  };

  return far_db_open (path, &options, error);
}

void
far_provider_books_new_id (char        ret_id[FAR_PROVIDER_ID_MAX + 1],
                           const char *prefix)
{
  guint8 bytes[ID_RANDOM_BYTES];
  g_autofree char *hex = NULL;

  far_random_bytes (bytes, sizeof bytes);
  hex = far_hex_encode (bytes, sizeof bytes);
  g_snprintf (ret_id, FAR_PROVIDER_ID_MAX + 1, "%s_%s", prefix, hex);
}

gboolean
far_provider_books_add_customer (FarDb       *db,
                                 const char  *id,
                                 const char  *description,
                                 gint64       now_us,
                                 GError     **error)
{
  g_autoptr (FarStatement) insert =
    far_db_prepare (db, "INSERT INTO customers VALUES (?1, ?2, ?3)", error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_text (insert, 1, id);
  far_statement_bind_text (insert, 2, description);
  far_statement_bind_int (insert, 3, now_us);
  return far_db_run (db, insert, error);
}

gboolean
far_provider_books_has_customer (FarDb       *db,
                                 const char  *id,
                                 gboolean    *ret_found,
                                 GError     **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (db, "SELECT 1 FROM customers WHERE id = ?1", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  far_statement_bind_text (find, 1, id);
  step = far_db_step (db, find, error);
  *ret_found = step == FAR_STEP_ROW;
  return step != FAR_STEP_ERROR;
}

gboolean
far_provider_books_add_method (FarDb       *db,
                               const char  *id,
                               const char  *name,
                               const char  *customer,
                               gint64       now_us,
                               GError     **error)
{
  g_autoptr (FarStatement) insert =
    far_db_prepare (db, "INSERT INTO methods VALUES (?1, ?2, ?3, ?4)", error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_text (insert, 1, id);
  far_statement_bind_text (insert, 2, name);
  far_statement_bind_text (insert, 3, customer);
  far_statement_bind_int (insert, 4, now_us);
  return far_db_run (db, insert, error);
}

gboolean
far_provider_books_find_method (FarDb       *db,
                                const char  *id,
                                char         ret_name[FAR_PROVIDER_ID_MAX + 1],
                                char         ret_customer[FAR_PROVIDER_ID_MAX + 1],
                                GError     **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (db, "SELECT name, customer FROM methods WHERE id = ?1", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  ret_name[0] = ret_customer[0] = '\0';
  far_statement_bind_text (find, 1, id);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW)
    {
      g_strlcpy (ret_name, far_statement_get_text (find, 0), FAR_PROVIDER_ID_MAX + 1);
      g_strlcpy (ret_customer, far_statement_get_text (find, 1), FAR_PROVIDER_ID_MAX + 1);
    }
  return step != FAR_STEP_ERROR;
}

gboolean
far_provider_books_put_intent (FarDb                   *db,
                               const FarProviderIntent *intent,
                               GError                 **error)
{
  g_autoptr (FarStatement) put =
    far_db_prepare (db,
                    "INSERT OR REPLACE INTO intents VALUES"
                    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                    error);

  if (put == NULL)
    return FALSE;
  far_statement_bind_text (put, 1, intent->id);
  far_statement_bind_text (put, 2, intent->customer);
  far_statement_bind_text (put, 3, intent->method);
  far_statement_bind_text (put, 4, intent->charge);
  far_statement_bind_text (put, 5, intent->transaction);
  far_statement_bind_text (put, 6, intent->currency);
  far_statement_bind_text (put, 7, intent->status);
  far_statement_bind_text (put, 8, intent->decline);
  far_statement_bind_int (put, 9, intent->units);
  far_statement_bind_int (put, 10, intent->fee_units);
  far_statement_bind_int (put, 11, intent->created_us);
  far_statement_bind_int (put, 12, intent->settles_us);
  return far_db_run (db, put, error);
}

gboolean
far_provider_books_find_intent (FarDb              *db,
                                const char         *id,
                                FarProviderIntent  *ret_intent,
                                GError            **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (db,
                    "SELECT id, customer, method, charge, balance, currency, status, decline,"
                    " units, fee_units, created_us, settles_us FROM intents WHERE id = ?1",
                    error);
  struct {
    char *text;
    gsize size;
  } texts[] = {
    { ret_intent->id, sizeof ret_intent->id },
    { ret_intent->customer, sizeof ret_intent->customer },
    { ret_intent->method, sizeof ret_intent->method },
    { ret_intent->charge, sizeof ret_intent->charge },
    { ret_intent->transaction, sizeof ret_intent->transaction },
    { ret_intent->currency, sizeof ret_intent->currency },
    { ret_intent->status, sizeof ret_intent->status },
    { ret_intent->decline, sizeof ret_intent->decline },
  };
  FarStep step;

  if (find == NULL)
    return FALSE;
  memset (ret_intent, 0, sizeof *ret_intent);
  far_statement_bind_text (find, 1, id);
  step = far_db_step (db, find, error);
  if (step != FAR_STEP_ROW)
    return step != FAR_STEP_ERROR;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_strlcpy (texts[i].text, far_statement_get_text (find, i), texts[i].size);
  ret_intent->units = far_statement_get_int (find, 8);
  ret_intent->fee_units = far_statement_get_int (find, 9);
  ret_intent->created_us = far_statement_get_int (find, 10);
  ret_intent->settles_us = far_statement_get_int (find, 11);
  return TRUE;
}

gboolean
far_provider_books_find_answer (FarDb       *db,
                                const char  *key,
                                const char  *fingerprint,
                                guint       *ret_status,
                                gboolean    *ret_same,
                                char       **ret_body,
                                GError     **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (db, "SELECT fingerprint, status, body FROM answers WHERE key = ?1", error);
  FarStep step;

  if (find == NULL)
    return FALSE;
  *ret_status = 0;
  far_statement_bind_text (find, 1, key);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW)
    {
      *ret_same = strcmp (far_statement_get_text (find, 0), fingerprint) == 0;
      *ret_status = far_statement_get_int (find, 1);
      *ret_body = g_strdup (far_statement_get_text (find, 2));
    }
  return step != FAR_STEP_ERROR;
}

gboolean
far_provider_books_put_answer (FarDb       *db,
                               const char  *key,
                               const char  *fingerprint,
                               guint        status,
                               const char  *body,
                               gint64       now_us,
                               GError     **error)
{
  g_autoptr (FarStatement) forget =
    far_db_prepare (db, "DELETE FROM answers WHERE created_us < ?1", error);
  g_autoptr (FarStatement) insert =
    forget != NULL ? far_db_prepare (db, "INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5)", error)
                   : NULL;

  if (insert == NULL)
    return FALSE;
  far_statement_bind_int (forget, 1, now_us - ANSWERS_KEPT_US);
  far_statement_bind_text (insert, 1, key);
  far_statement_bind_text (insert, 2, fingerprint);
  far_statement_bind_int (insert, 3, status);
  far_statement_bind_text (insert, 4, body);
  far_statement_bind_int (insert, 5, now_us);
  return far_db_run (db, forget, error) && far_db_run (db, insert, error);
}
