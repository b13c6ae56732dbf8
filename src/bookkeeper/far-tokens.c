/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may ask as a publisher, an advertiser or the operator: bearer tokens, of which only the hash
 * is in the database and none is ever in an answer. A token has one role and one scope, may run
 * out, and can be revoked. The one in publisher.token is made at first and replaced by removing
 * the file. */
#include "bookkeeper/far-books-private.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/far-random.h"

#define TOKEN_PREFIX "farthing_publisher_"
#define TOKEN_SECRET_LEN 32
#define TOKEN_FILE_MAX 256
#define FILE_LABEL "publisher.token"
#define TOKEN_ID_LEN 16 /* hex digits of the hash: enough to name one, too few to guess it */
#define TOKENS_MAX 1000
#define SCOPE_ALL "*"
#define SCOPE_PROPERTY "property:"
#define SCOPE_PUBLISHER "publisher:"

/* ---- the token of the file ---- */

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

/* Whether the token is the file's, and the only one of it that holds. */
static gboolean
is_registered (FarBooks      *books,
               const guint8   hash[FAR_SHA256_LEN],
               gboolean      *ret_registered,
               GError       **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT count (*) = 1 AND max (hash) = ?1 FROM access_tokens"
                     " WHERE revoked_us = 0 AND label = ?2",
                     far_sql_blob (hash, FAR_SHA256_LEN), far_sql_text (FILE_LABEL)) !=
      FAR_STEP_ROW)
    return FALSE;
  *ret_registered = far_statement_get_int (row, 0) != 0;
  return TRUE;
}

/* The token of the file holds; any that was in it before is revoked in the same commit. Writes
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
                   "UPDATE access_tokens SET revoked_us = ?1"
                   " WHERE revoked_us = 0 AND hash <> ?2 AND label = ?3",
                   far_sql_int (now_us), far_sql_blob (hash, FAR_SHA256_LEN),
                   far_sql_text (FILE_LABEL)) &&
      far_sql_run (books->db, error,
                   "INSERT INTO access_tokens (hash, role, scope, label, made_us)"
                   " VALUES (?1, 'publisher', '*', ?3, ?2)"
                   " ON CONFLICT (hash) DO UPDATE SET revoked_us = 0",
                   far_sql_blob (hash, FAR_SHA256_LEN), far_sql_int (now_us),
                   far_sql_text (FILE_LABEL)) &&
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

/* ---- checking ---- */

static gboolean
scope_holds (const char *scope,
             const char *property,
             const char *party)
{
  if (g_str_has_prefix (scope, SCOPE_PROPERTY))
    return g_strcmp0 (scope + strlen (SCOPE_PROPERTY), property) == 0;
  if (g_str_has_prefix (scope, SCOPE_PUBLISHER))
    return g_strcmp0 (scope + strlen (SCOPE_PUBLISHER), party) == 0;
  return strcmp (scope, SCOPE_ALL) == 0 ||
         (property != NULL && strcmp (scope, property) == 0) ||
         (party != NULL && strcmp (scope, party) == 0);
}

/* Whether a bare name is that of a publisher with something of its own and of a property of another
 * one: then it says neither, whichever was there first. */
static gboolean
scope_is_two (FarBooks    *books,
              const char  *scope,
              gboolean    *ret_two,
              GError     **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT EXISTS (SELECT 1 FROM publishers b WHERE b.name = ?1 AND"
                     "   (EXISTS (SELECT 1 FROM property_publishers q"
                     "     WHERE q.publisher = b.publisher)"
                     "   OR EXISTS (SELECT 1 FROM payouts o WHERE o.publisher = b.publisher)))"
                     " AND EXISTS (SELECT 1 FROM properties p JOIN property_publishers"
                     "   USING (property) JOIN publishers b USING (publisher)"
                     "   WHERE p.name = ?1 AND b.name <> ?1)", far_sql_text (scope)) !=
      FAR_STEP_ROW)
    return FALSE;
  *ret_two = far_statement_get_int (row, 0) != 0;
  return TRUE;
}

gboolean
far_tokens_check (FarBooks    *books,
                  const char  *hash_hex,
                  const char  *role,
                  const char  *property,
                  const char  *party,
                  GError     **error)
{
  g_autoptr (FarStatement) tokens = NULL;
  g_autofree char *scope = NULL;
  guint8 hash[FAR_SHA256_LEN], stored[FAR_SHA256_LEN];
  gboolean two = FALSE;
  FarStep step;

  if (hash_hex == NULL || !far_hex_decode (hash_hex, hash, sizeof hash))
    return far_refuse (error, FAR_COMMAND_ERROR_UNAUTHORIZED, "this needs a token of role %s",
                       role);

  /* All are compared, each in constant time: how long it takes says nothing about a near miss. */
  tokens = far_db_prepare (books->db,
                           "SELECT hash, scope FROM access_tokens WHERE revoked_us = 0"
                           " AND role = ?1 AND (expires_us = 0 OR expires_us > ?2)", error);
  if (tokens == NULL)
    return FALSE;
  far_statement_bind_text (tokens, 1, role);
  far_statement_bind_int (tokens, 2, far_ledger_now_us (books->ledger));
  while ((step = far_db_step (books->db, tokens, error)) == FAR_STEP_ROW)
    if (far_statement_copy_blob (tokens, 0, stored, sizeof stored) &&
        far_secret_equal (stored, hash, sizeof hash))
      {
        g_free (scope);
        scope = g_strdup (far_statement_get_text (tokens, 1));
      }
  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (scope == NULL)
    return far_refuse (error, FAR_COMMAND_ERROR_UNAUTHORIZED,
                       "this token does not hold here; use the one in %s, or make one with "
                       "`farthingctl token create`", FAR_BOOKS_TOKEN_FILE);
  if (!scope_is_two (books, scope, &two, error))
    return FALSE;
  if (two)
    return far_refuse (error, FAR_COMMAND_ERROR_UNAUTHORIZED,
                       "a publisher and another one's property are both called %s: this token no "
                       "longer says which; make one for " SCOPE_PUBLISHER "%s or "
                       SCOPE_PROPERTY "%s", scope, scope, scope);
  if (scope_holds (scope, property, party))
    return TRUE;
  return far_refuse (error, FAR_COMMAND_ERROR_UNAUTHORIZED,
                     "this token's scope does not hold what is asked about");
}

gboolean
far_call_authorize (FarCall     *call,
                    const char  *property,
                    const char  *publisher,
                    GError     **error)
{
  const char *token = far_request_text (call->request, "token");

  if (token == NULL && strcmp (call->principal, FAR_PRINCIPAL_OPERATOR) == 0)
    return TRUE;
  return far_tokens_check (call->books, token, "publisher", property, publisher, error);
}

/* ---- token.create, token.list, token.revoke ---- */

static gboolean
check_role (const char  *role,
            const char  *scope,
            GError     **error)
{
  if (strcmp (role, "publisher") == 0 || strcmp (role, "advertiser") == 0)
    return TRUE;
  if (strcmp (role, "operator") != 0)
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"role\" must be publisher, advertiser or operator");
  return strcmp (scope, SCOPE_ALL) == 0 ||
         far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                     "an operator's token is for all: its scope is \"*\"");
}

static gboolean
run_create (FarCall  *call,
            GError  **error)
{
  FarBooks *books = call->books;
  const char *hash_hex = far_request_text (call->request, "hash");
  const char *role = far_request_text (call->request, "role");
  const char *scope = far_request_text (call->request, "scope");
  const char *label = far_request_text (call->request, "label");
  gint64 expires_us = far_request_int (call->request, "expires_us", 0);
  g_autofree char *id = g_ascii_strdown (hash_hex, TOKEN_ID_LEN);
  guint8 hash[FAR_SHA256_LEN];
  gint64 n;

  if (!far_hex_decode (hash_hex, hash, sizeof hash))
    g_assert_not_reached (); /* checked with the request */
  if (!check_role (role, scope, error) ||
      !far_db_query_int (books->db, "SELECT count (*) FROM access_tokens", &n, error))
    return FALSE;
  if (expires_us != 0 && expires_us <= call->now_us)
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "this token would have run out before it was made");
  if (n >= TOKENS_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                       "there are %d tokens, which is all there may be", TOKENS_MAX);
  if (strcmp (label, FILE_LABEL) == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"" FILE_LABEL "\" is the token of that file; choose another label");
  if (!far_sql_run (books->db, error,
                    "INSERT INTO access_tokens (hash, role, scope, label, made_us, expires_us)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (hash) DO NOTHING",
                    far_sql_blob (hash, sizeof hash), far_sql_text (role), far_sql_text (scope),
                    far_sql_text (label), far_sql_int (call->now_us), far_sql_int (expires_us)))
    return FALSE;
  if (far_db_get_changes (books->db) == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT, "this token is there already");
  far_json_add_string (call->answer, "token", id);
  far_json_add_string (call->answer, "role", role);
  far_json_add_string (call->answer, "scope", scope);
  far_json_add_string (call->answer, "label", label);
  far_json_add_int (call->answer, "expires_us", expires_us);
  return TRUE;
}

static const char *
state_of (FarStatement *row,
          gint64        now_us)
{
  gint64 expires_us = far_statement_get_int (row, 5);

  if (far_statement_get_int (row, 6) != 0)
    return "revoked";
  return expires_us != 0 && expires_us <= now_us ? "expired" : "valid";
}

static gboolean
run_list (FarCall  *call,
          GError  **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (call->books->db,
                    "SELECT lower (hex (substr (hash, 1, 8))), role, scope, label, made_us,"
                    " expires_us, revoked_us FROM access_tokens"
                    " ORDER BY revoked_us > 0, made_us DESC, hash LIMIT 200", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_json_begin_array (call->answer, "tokens");
  while ((step = far_db_step (call->books->db, row, error)) == FAR_STEP_ROW &&
         call->answer->text->len < FAR_ANSWER_ROOM)
    {
      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "token", far_statement_get_text (row, 0));
      far_json_add_string (call->answer, "role", far_statement_get_text (row, 1));
      far_json_add_string (call->answer, "scope", far_statement_get_text (row, 2));
      far_json_add_string (call->answer, "label", far_statement_get_text (row, 3));
      far_json_add_string (call->answer, "state", state_of (row, call->now_us));
      far_json_add_int (call->answer, "made_us", far_statement_get_int (row, 4));
      far_json_add_int (call->answer, "expires_us", far_statement_get_int (row, 5));
      far_json_add_int (call->answer, "revoked_us", far_statement_get_int (row, 6));
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  return step != FAR_STEP_ERROR;
}

static gboolean
run_revoke (FarCall  *call,
            GError  **error)
{
  const char *id = far_request_text (call->request, "token");
  g_autofree char *upper = g_ascii_strup (id, -1);
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (call->books->db, &row, error,
                                "SELECT revoked_us, label FROM access_tokens"
                                " WHERE hex (substr (hash, 1, 8)) = ?1", far_sql_text (upper));
  gint64 revoked_us;

  if (step == FAR_STEP_ERROR)
    return FALSE;
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                       "there is no token of this id; token.list names them");
  if (strcmp (far_statement_get_text (row, 1), FILE_LABEL) == 0)
    return far_refuse (error, FAR_COMMAND_ERROR_CONFLICT,
                       "this is the token of " FAR_BOOKS_TOKEN_FILE ": remove that file, and the "
                       "next start makes another and revokes this one");
  revoked_us = far_statement_get_int (row, 0);
  g_clear_pointer (&row, far_statement_reset);
  if (revoked_us == 0)
    revoked_us = call->now_us;
  far_json_add_string (call->answer, "token", id);
  far_json_add_int (call->answer, "revoked_us", revoked_us);
  return far_sql_run (call->books->db, error,
                      "UPDATE access_tokens SET revoked_us = ?2"
                      " WHERE hex (substr (hash, 1, 8)) = ?1",
                      far_sql_text (upper), far_sql_int (revoked_us));
}

static const FarField create_fields[] = {
  { "hash", FAR_FIELD_HASH },
  { "role", FAR_FIELD_WORD, 0, 1, 16 },
  { "scope", FAR_FIELD_WORD, 0, 1, FAR_FIELD_NAME_MAX },
  { "label", FAR_FIELD_WORD, 0, 1, 128 },
  { "expires_us", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, G_GINT64_CONSTANT (1) << 53 },
  { NULL },
};

static const FarField no_fields[] = { { NULL } };

static const FarField revoke_fields[] = {
  { "token", FAR_FIELD_WORD, 0, TOKEN_ID_LEN, TOKEN_ID_LEN },
  { NULL },
};

const FarCommand far_commands_tokens[] = {
  { "token.create", create_fields, run_create },
  { "token.list", no_fields, run_list },
  { "token.revoke", revoke_fields, run_revoke },
  { NULL },
};
