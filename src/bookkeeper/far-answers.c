/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Idempotency keys and their answers, stored in the commit that holds the effects; and the
 * publisher's token, of which only the hash is in the database. */
#include "bookkeeper/far-books-private.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/far-random.h"

#define TOKEN_PREFIX "farthing_publisher_"
#define TOKEN_SECRET_LEN 32
#define TOKEN_FILE_MAX 256

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

/* ---- tokens ---- */

static char *
make_token (const char  *path,
            GError     **error)
{
  guint8 secret[TOKEN_SECRET_LEN];
  g_autofree char *hex = NULL;
  g_autofree char *token = NULL;
  g_autofree char *line = NULL;

  far_random_bytes (secret, sizeof secret);
  hex = far_hex_encode (secret, sizeof secret);
  token = g_strconcat (TOKEN_PREFIX, hex, NULL);
  line = g_strconcat (token, "\n", NULL);
  if (!g_file_set_contents_full (path, line, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                 0600, error))
    return NULL;
  return g_steal_pointer (&token);
}

static char *
read_token (const char  *path,
            GError     **error)
{
  g_autofree char *text = NULL;
  gsize n_bytes;

  if (!g_file_get_contents (path, &text, &n_bytes, error))
    return NULL;
  g_strchomp (text);
  if (n_bytes > TOKEN_FILE_MAX || strlen (text) < 16 || strpbrk (text, " \t\r\n") != NULL)
    {
      g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_TOKEN,
                   "%s holds no token (one line of at least 16 characters); remove the file, a new "
                   "one is made at the next start", path);
      return NULL;
    }
  return g_steal_pointer (&text);
}

/* Whether the token is the only one that holds. */
static gboolean
is_registered (FarBooks      *books,
               const guint8   hash[FAR_SHA256_LEN],
               gboolean      *ret_registered,
               GError       **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT count (*) = 1 AND max (hash) = ?1 FROM tokens WHERE revoked_us = 0",
                     far_sql_blob (hash, FAR_SHA256_LEN)) != FAR_STEP_ROW)
    return FALSE;
  *ret_registered = far_statement_get_int (row, 0) != 0;
  return TRUE;
}

/* The token of the file is the one that holds: any other is revoked in the same commit. Writes
 * nothing where it is so already, so that books on a full disk can still be opened. */
static gboolean
register_token (FarBooks      *books,
                const guint8   hash[FAR_SHA256_LEN],
                GError       **error)
{
  gboolean registered;
  gint64 now_us;

  if (!is_registered (books, hash, &registered, error))
    return FALSE;
  if (registered)
    return TRUE;

  if (!far_ledger_begin (books->ledger, error))
    return FALSE;
  now_us = far_ledger_now_us (books->ledger);
  if (far_sql_run (books->db, error,
                   "UPDATE tokens SET revoked_us = ?1 WHERE revoked_us = 0 AND hash <> ?2",
                   far_sql_int (now_us), far_sql_blob (hash, FAR_SHA256_LEN)) &&
      far_sql_run (books->db, error,
                   "INSERT INTO tokens (hash, role, made_us) VALUES (?1, 'publisher', ?2)"
                   " ON CONFLICT (hash) DO UPDATE SET revoked_us = 0",
                   far_sql_blob (hash, FAR_SHA256_LEN), far_sql_int (now_us)) &&
      far_ledger_commit (books->ledger, error))
    return TRUE;
  far_ledger_rollback (books->ledger);
  return FALSE;
}

gboolean
far_tokens_ensure (FarBooks    *books,
                   const char  *path,
                   GError     **error)
{
  g_autofree char *token = NULL;
  guint8 hash[FAR_SHA256_LEN];

  token = g_file_test (path, G_FILE_TEST_EXISTS) ? read_token (path, error)
                                                 : make_token (path, error);
  if (token == NULL)
    return FALSE;
  far_sha256 (token, strlen (token), hash);
  far_secret_wipe (token, strlen (token));
  return register_token (books, hash, error);
}

gboolean
far_tokens_check (FarBooks    *books,
                  const char  *hash_hex,
                  const char  *role,
                  GError     **error)
{
  g_autoptr (FarStatement) tokens = NULL;
  guint8 hash[FAR_SHA256_LEN], stored[FAR_SHA256_LEN];
  gboolean holds = FALSE;
  FarStep step;

  if (!far_hex_decode (hash_hex, hash, sizeof hash))
    g_assert_not_reached ();

  /* All are compared, each in constant time: how long it takes says nothing about a near miss. */
  tokens = far_db_prepare (books->db,
                           "SELECT hash FROM tokens WHERE revoked_us = 0 AND role = ?1", error);
  if (tokens == NULL)
    return FALSE;
  far_statement_bind_text (tokens, 1, role);
  while ((step = far_db_step (books->db, tokens, error)) == FAR_STEP_ROW)
    if (far_statement_copy_blob (tokens, 0, stored, sizeof stored))
      holds |= far_secret_equal (stored, hash, sizeof hash);
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (!holds)
    return far_refuse (error, FAR_COMMAND_ERROR_UNAUTHORIZED,
                       "this token does not hold here; use the one in %s", FAR_BOOKS_TOKEN_FILE);
  return TRUE;
}
