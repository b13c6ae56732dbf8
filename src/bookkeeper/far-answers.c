/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Idempotency keys and their answers, stored in the commit that holds the effects.
 *
 * An answer is found by its scope, a digest, so that readers who share a key share nothing else. A
 * key that says when it was made (UUID version 7, which is what our clients send) gives its scope
 * that time to begin with: what comes together then lies together, and a batch writes a few pages
 * of the index instead of one a key. Answers of before are found by the digest alone. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

#include "base/far-id.h"

#define VERSION_BYTE 6
#define TIME_ORDERED 7

/* Principal, command, party and key, each with its NUL, so that no two scopes share their bytes. */
static void
digest_of (const char *principal,
           const char *command,
           JsonObject *request,
           guint8      ret_scope[FAR_SCOPE_LEN])
{
  const char *reader = far_request_text (request, "reader");
  const char *tab = far_request_text (request, "tab");
  const char *parts[] = {
    principal, command, reader ? reader : tab ? tab : "", far_request_text (request, "key"),
  };
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 digest[FAR_SHA256_LEN];

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_string_append_len (text, parts[i], (gssize) strlen (parts[i]) + 1);
  far_sha256 (text->str, text->len, digest);
  memcpy (ret_scope, digest, FAR_SCOPE_LEN);
}

gboolean
far_answers_open (FarBooks  *books,
                  GError   **error)
{
  gint64 until_us;

  if (!far_db_query_int (books->db, "SELECT coalesce (max (until_us), -1) FROM answers_before",
                         &until_us, error))
    return FALSE;
  books->before_us = until_us >= 0 ? until_us + FAR_BOOKS_ANSWERS_KEPT_US : 0;
  return TRUE;
}

void
far_answers_scope (const char *principal,
                   const char *command,
                   JsonObject *request,
                   FarScope   *ret_scope)
{
  FarId id;

  digest_of (principal, command, request, ret_scope->bytes);
  ret_scope->ordered = far_id_parse (far_request_text (request, "key"), &id) &&
                       id.bytes[VERSION_BYTE] >> 4 == TIME_ORDERED;
  if (!ret_scope->ordered)
    return;
  memcpy (ret_scope->digest, ret_scope->bytes, FAR_SCOPE_TIME_LEN);
  memcpy (ret_scope->bytes, id.bytes, FAR_SCOPE_TIME_LEN);
}

static gboolean
find_in_scope (FarBooks      *books,
               const guint8   scope[FAR_SCOPE_LEN],
               const guint8   body[FAR_SHA256_LEN],
               char         **ret_answer,
               GError       **error)
{
  g_autoptr (FarStatement) row = NULL;
  guint8 stored[FAR_SHA256_LEN];

  *ret_answer = NULL;
  switch (far_sql_first (books->db, &row, error,
                         "SELECT body, text FROM answers WHERE scope = ?1",
                         far_sql_blob (scope, FAR_SCOPE_LEN)))
    {
    case FAR_STEP_ERROR:
      return FALSE;
    case FAR_STEP_DONE:
      return TRUE;
    case FAR_STEP_ROW:
    default:
      break;
    }
  if (!far_statement_copy_blob (row, 0, stored, sizeof stored) ||
      memcmp (stored, body, sizeof stored) != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_IDEMPOTENCY_MISMATCH,
                       "this key was used for a request with other content; use a new key");
  *ret_answer = g_strdup (far_statement_get_text (row, 1));
  return TRUE;
}

gboolean
far_answers_find (FarBooks        *books,
                  const FarScope  *scope,
                  const guint8     body[FAR_SHA256_LEN],
                  char           **ret_answer,
                  GError         **error)
{
  guint8 alone[FAR_SCOPE_LEN];

  if (!find_in_scope (books, scope->bytes, body, ret_answer, error))
    return FALSE;
  if (*ret_answer != NULL || !scope->ordered ||
      far_ledger_now_us (books->ledger) > books->before_us)
    return TRUE;
  memcpy (alone, scope->bytes, sizeof alone);
  memcpy (alone, scope->digest, FAR_SCOPE_TIME_LEN);
  return find_in_scope (books, alone, body, ret_answer, error);
}

gboolean
far_answers_store (FarBooks      *books,
                   const FarScope *scope,
                   const guint8   body[FAR_SHA256_LEN],
                   const char    *answer,
                   gint64         now_us,
                   GError       **error)
{
  return far_sql_run (books->db, error,
                      "INSERT INTO answers (scope, body, text, time_us) VALUES (?1, ?2, ?3, ?4)",
                      far_sql_blob (scope->bytes, FAR_SCOPE_LEN),
                      far_sql_blob (body, FAR_SHA256_LEN),
                      far_sql_text (answer), far_sql_int (now_us));
}

gboolean
far_answers_expire (FarBooks  *books,
                    gint64     now_us,
                    GError   **error)
{
  /* The oldest rows come first: no more than these are looked at. */
  return far_sql_run (books->db, error,
                      "DELETE FROM answers WHERE answer IN (SELECT answer FROM"
                      " (SELECT answer, time_us FROM answers ORDER BY answer LIMIT ?2)"
                      " WHERE time_us < ?1)",
                      far_sql_int (now_us - FAR_BOOKS_ANSWERS_KEPT_US),
                      far_sql_int (FAR_BOOKS_SWEEP_MAX));
}
