/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test provider's database (see the header). Answers are kept for 30 days. */
#include "functions/far-provider-books.h"

#include <string.h>

#include "base/far-id.h"
#include "base/far-random.h"

#define ANSWERS_KEPT_US (30 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define ID_RANDOM_BYTES 12
#define DOCUMENT_BYTES_MAX (64 * 1024)
#define AWAKE_MAX 100

/* Step 2 turns the three kinds of rows that step 1 had into documents. */
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

  "CREATE TABLE documents (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
  " kind TEXT NOT NULL, customer TEXT, payment_intent TEXT, created INTEGER NOT NULL,"
  " wake_us INTEGER NOT NULL DEFAULT 0, text TEXT NOT NULL) STRICT;"
  "CREATE INDEX documents_by_customer ON documents (kind, customer, seq);"
  "CREATE INDEX documents_by_intent ON documents (kind, payment_intent, seq);"
  "CREATE INDEX documents_awake ON documents (wake_us) WHERE wake_us > 0;"
  "CREATE TABLE deliveries (delivery INTEGER PRIMARY KEY, event TEXT NOT NULL,"
  " endpoint TEXT NOT NULL, due_us INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
  " state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2)) STRICT;"
  "CREATE INDEX deliveries_due ON deliveries (due_us) WHERE state = 0;"

  "INSERT INTO documents (id, kind, created, text) SELECT id, 'customer', created_us / 1000000,"
  " json_object ('id', id, 'object', 'customer', 'created', created_us / 1000000,"
  " 'description', description, 'livemode', json ('false'), 'metadata', json ('{}'))"
  " FROM customers;"
  "INSERT INTO documents (id, kind, customer, created, text) SELECT id, 'payment_method', customer,"
  " created_us / 1000000, json_object ('id', id, 'object', 'payment_method', 'created',"
  " created_us / 1000000, 'customer', customer, 'type', 'card', 'livemode', json ('false'),"
  " 'metadata', json ('{}'), '_outcome', name) FROM methods;"
  "INSERT INTO documents (id, kind, created, text) SELECT balance, 'balance_transaction',"
  " created_us / 1000000, json_object ('id', balance, 'object', 'balance_transaction', 'amount',"
  " units, 'currency', currency, 'fee', fee_units, 'net', units - fee_units, 'type', 'charge',"
  " 'created', created_us / 1000000, 'source', charge) FROM intents WHERE balance <> '';"
  "INSERT INTO documents (id, kind, customer, payment_intent, created, text) SELECT charge,"
  " 'charge', customer, id, created_us / 1000000, json_object ('id', charge, 'object', 'charge',"
  " 'amount', units, 'amount_refunded', 0, 'currency', currency, 'customer', customer,"
  " 'payment_intent', id, 'payment_method', method, 'created', created_us / 1000000,"
  " 'paid', json (iif (balance <> '', 'true', 'false')), 'disputed', json ('false'),"
  " 'status', iif (balance <> '', 'succeeded', iif (decline = '', 'pending', 'failed')),"
  " 'refunded', json ('false'), 'livemode', json ('false'), 'metadata', json ('{}'),"
  " 'balance_transaction', nullif (balance, '')) FROM intents WHERE charge <> '';"
  "INSERT INTO documents (id, kind, customer, created, wake_us, text) SELECT id, 'payment_intent',"
  " customer, created_us / 1000000, settles_us, json_object ('id', id, 'object',"
  " 'payment_intent', 'amount', units, 'amount_received', iif (balance <> '', units, 0),"
  " 'currency', currency, 'customer', customer, 'payment_method', method, 'status', status,"
  " 'latest_charge', nullif (charge, ''), 'created', created_us / 1000000,"
  " 'livemode', json ('false'), 'metadata', json ('{}'), '_wake_us', settles_us) FROM intents;"
  "DROP TABLE intents; DROP TABLE methods; DROP TABLE customers;",
  NULL,
};

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

char *
far_provider_books_new_id (const char *prefix)
{
  guint8 bytes[ID_RANDOM_BYTES];
  g_autofree char *hex = NULL;

  far_random_bytes (bytes, sizeof bytes);
  hex = far_hex_encode (bytes, sizeof bytes);
  return g_strdup_printf ("%s_%s", prefix, hex);
}

/* ---- documents ---- */

static const char *
member (JsonObject *document,
        const char *name)
{
  JsonNode *node = json_object_get_member (document, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

gboolean
far_provider_books_put (FarDb       *db,
                        JsonObject  *document,
                        GError     **error)
{
  g_autoptr (FarStatement) put =
    far_db_prepare (db,
                    "INSERT INTO documents (id, kind, customer, payment_intent, created, wake_us,"
                    " text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET"
                    " customer = ?3, payment_intent = ?4, wake_us = ?6, text = ?7", error);
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), document);
  g_autofree char *text = NULL;

  if (put == NULL)
    return FALSE;
  far_json_writer_init (&writer);
  far_json_add_node (&writer, NULL, node);
  text = far_json_writer_steal (&writer, NULL);
  far_statement_bind_text (put, 1, member (document, "id"));
  far_statement_bind_text (put, 2, member (document, "object"));
  far_statement_bind_text (put, 3, member (document, "customer"));
  far_statement_bind_text (put, 4, member (document, "payment_intent"));
  far_statement_bind_int (put, 5, json_object_get_int_member_with_default (document, "created", 0));
  far_statement_bind_int (put, 6,
                          json_object_get_int_member_with_default (document, "_wake_us", 0));
  far_statement_bind_text (put, 7, text);
  return far_db_run (db, put, error);
}

static JsonObject *
parse_document (const char  *text,
                GError     **error)
{
  g_autoptr (JsonNode) node = far_json_parse_object (text, strlen (text), DOCUMENT_BYTES_MAX,
                                                     error);

  return node != NULL ? json_object_ref (json_node_get_object (node)) : NULL;
}

gboolean
far_provider_books_find (FarDb       *db,
                         const char  *id,
                         const char  *kind,
                         JsonObject **ret_document,
                         GError     **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (db, "SELECT text FROM documents WHERE id = ?1 AND (?2 IS NULL OR kind = ?2)",
                    error);
  FarStep step;

  *ret_document = NULL;
  if (find == NULL)
    return FALSE;
  far_statement_bind_text (find, 1, id);
  far_statement_bind_text (find, 2, kind);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW)
    {
      *ret_document = parse_document (far_statement_get_text (find, 0), error);
      return *ret_document != NULL;
    }
  return step == FAR_STEP_DONE;
}

/* The rest of a statement's rows as documents. */
static gboolean
take_rows (FarDb         *db,
           FarStatement  *rows,
           GPtrArray     *documents,
           GError       **error)
{
  FarStep step;

  while ((step = far_db_step (db, rows, error)) == FAR_STEP_ROW)
    {
      JsonObject *document = parse_document (far_statement_get_text (rows, 0), error);

      if (document == NULL)
        return FALSE;
      g_ptr_array_add (documents, document);
    }
  return step == FAR_STEP_DONE;
}

gboolean
far_provider_books_list (FarDb                   *db,
                         const FarProviderQuery  *query,
                         GPtrArray              **ret_documents,
                         gboolean                *ret_has_more,
                         GError                 **error)
{
  g_autoptr (GPtrArray) documents =
    g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  g_autoptr (FarStatement) rows =
    far_db_prepare (db,
                    "SELECT text FROM documents WHERE kind = ?1 AND (?2 IS NULL OR customer = ?2)"
                    " AND (?3 IS NULL OR payment_intent = ?3) AND created >= ?4 AND (?5 IS NULL OR"
                    " seq < (SELECT seq FROM documents WHERE id = ?5)) ORDER BY seq DESC LIMIT ?6",
                    error);

  g_assert (query->limit >= 1 && query->limit <= FAR_PROVIDER_LIST_MAX);
  if (rows == NULL)
    return FALSE;
  far_statement_bind_text (rows, 1, query->kind);
  far_statement_bind_text (rows, 2, query->customer);
  far_statement_bind_text (rows, 3, query->payment_intent);
  far_statement_bind_int (rows, 4, query->created_gte);
  far_statement_bind_text (rows, 5, query->starting_after);
  far_statement_bind_int (rows, 6, query->limit + 1);
  if (!take_rows (db, rows, documents, error))
    return FALSE;
  *ret_has_more = documents->len > query->limit;
  if (*ret_has_more)
    g_ptr_array_set_size (documents, (gint) query->limit);
  *ret_documents = g_steal_pointer (&documents);
  return TRUE;
}

gboolean
far_provider_books_list_awake (FarDb       *db,
                               gint64       now_us,
                               GPtrArray  **ret_documents,
                               GError     **error)
{
  g_autoptr (GPtrArray) documents =
    g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  g_autoptr (FarStatement) rows =
    far_db_prepare (db,
                    "SELECT text FROM documents WHERE wake_us > 0 AND wake_us <= ?1"
                    " ORDER BY wake_us LIMIT ?2", error);

  if (rows == NULL)
    return FALSE;
  far_statement_bind_int (rows, 1, now_us);
  far_statement_bind_int (rows, 2, AWAKE_MAX);
  if (!take_rows (db, rows, documents, error))
    return FALSE;
  *ret_documents = g_steal_pointer (&documents);
  return TRUE;
}

/* ---- answers of keys ---- */

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
      *ret_status = (guint) far_statement_get_int (find, 1);
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

/* ---- webhooks ---- */

static void
delivery_free (gpointer data)
{
  FarProviderDelivery *delivery = data;

  g_free (delivery->event);
  g_free (delivery->endpoint);
  g_free (delivery);
}

gboolean
far_provider_books_add_delivery (FarDb       *db,
                                 const char  *event,
                                 const char  *endpoint,
                                 gint64       due_us,
                                 GError     **error)
{
  g_autoptr (FarStatement) insert =
    far_db_prepare (db, "INSERT INTO deliveries (event, endpoint, due_us) VALUES (?1, ?2, ?3)",
                    error);

  if (insert == NULL)
    return FALSE;
  far_statement_bind_text (insert, 1, event);
  far_statement_bind_text (insert, 2, endpoint);
  far_statement_bind_int (insert, 3, due_us);
  return far_db_run (db, insert, error);
}

gboolean
far_provider_books_take_deliveries (FarDb       *db,
                                    gint64       now_us,
                                    gint64       until_us,
                                    gint64       limit,
                                    GPtrArray  **ret_deliveries,
                                    GError     **error)
{
  g_autoptr (GPtrArray) deliveries = g_ptr_array_new_with_free_func (delivery_free);
  g_autoptr (FarStatement) rows =
    far_db_prepare (db,
                    "SELECT delivery, event, endpoint, attempts FROM deliveries"
                    " WHERE state = 0 AND due_us <= ?1 ORDER BY due_us, delivery LIMIT ?2", error);
  g_autoptr (FarStatement) lease =
    rows != NULL ? far_db_prepare (db,
                                   "UPDATE deliveries SET due_us = ?2, attempts = attempts + 1"
                                   " WHERE delivery = ?1", error) : NULL;
  FarStep step;

  if (lease == NULL)
    return FALSE;
  far_statement_bind_int (rows, 1, now_us);
  far_statement_bind_int (rows, 2, limit);
  while ((step = far_db_step (db, rows, error)) == FAR_STEP_ROW)
    {
      FarProviderDelivery *delivery = g_new0 (FarProviderDelivery, 1);

      delivery->delivery = far_statement_get_int (rows, 0);
      delivery->event = g_strdup (far_statement_get_text (rows, 1));
      delivery->endpoint = g_strdup (far_statement_get_text (rows, 2));
      delivery->attempts = far_statement_get_int (rows, 3) + 1;
      g_ptr_array_add (deliveries, delivery);
    }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  for (guint i = 0; i < deliveries->len; i++)
    {
      const FarProviderDelivery *delivery = g_ptr_array_index (deliveries, i);

      far_statement_bind_int (lease, 1, delivery->delivery);
      far_statement_bind_int (lease, 2, until_us);
      if (!far_db_run (db, lease, error))
        return FALSE;
    }
  *ret_deliveries = g_steal_pointer (&deliveries);
  return TRUE;
}

gboolean
far_provider_books_end_delivery (FarDb     *db,
                                 gint64     delivery,
                                 gboolean   delivered,
                                 gint64     retry_us,
                                 GError   **error)
{
  g_autoptr (FarStatement) end =
    far_db_prepare (db, "UPDATE deliveries SET state = ?2, due_us = ?3 WHERE delivery = ?1",
                    error);

  if (end == NULL)
    return FALSE;
  far_statement_bind_int (end, 1, delivery);
  far_statement_bind_int (end, 2, delivered ? 1 : retry_us > 0 ? 0 : 2);
  far_statement_bind_int (end, 3, retry_us);
  return far_db_run (db, end, error);
}

gboolean
far_provider_books_find_delivery (FarDb     *db,
                                  gint64     delivery,
                                  gint64    *ret_attempts,
                                  GError   **error)
{
  g_autoptr (FarStatement) find =
    far_db_prepare (db, "SELECT attempts FROM deliveries WHERE delivery = ?1 AND state = 0", error);
  FarStep step;

  *ret_attempts = 0;
  if (find == NULL)
    return FALSE;
  far_statement_bind_int (find, 1, delivery);
  step = far_db_step (db, find, error);
  if (step == FAR_STEP_ROW)
    *ret_attempts = far_statement_get_int (find, 0);
  return step != FAR_STEP_ERROR;
}
