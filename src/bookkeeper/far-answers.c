/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Idempotency keys and their answers, stored in the commit that holds the effects. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

gboolean
far_answers_find (FarBooks      *books,
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
far_answers_store (FarBooks      *books,
                   const guint8   scope[FAR_SCOPE_LEN],
                   const guint8   body[FAR_SHA256_LEN],
                   const char    *answer,
                   gint64         now_us,
                   GError       **error)
{
  return far_sql_run (books->db, error,
                      "INSERT INTO answers (scope, body, text, time_us) VALUES (?1, ?2, ?3, ?4)",
                      far_sql_blob (scope, FAR_SCOPE_LEN), far_sql_blob (body, FAR_SHA256_LEN),
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
