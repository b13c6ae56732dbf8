/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns DATA/tokens.json and which route needs which scope. A token is 32 random bytes, so that its
 * plain SHA-256 is as good as a slow hash would be. */
#include "platform/far-control-tokens.h"

#include <string.h>

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "base/far-random.h"

#define FILE_NAME "tokens.json"
#define FILE_MAX (256 * 1024)
#define TOKEN_BYTES 32
#define TOKEN_PREFIX "farthing_"

G_DEFINE_QUARK (far-tokens-error-quark, far_tokens_error)

typedef struct {
  char  *name;
  guint8 hash[FAR_SHA256_LEN];
  guint  scopes;
  gint64 created_us;
} Token;

struct _FarTokens {
  char      *path;
  FarClock  *clock;
  GPtrArray *list; /* (element-type Token) */
};

static const struct { const char *name; FarScope scope; } names[] = {
  { "telemetry:read", FAR_SCOPE_TELEMETRY },
  { "logs:read", FAR_SCOPE_LOGS },
  { "functions:invoke", FAR_SCOPE_INVOKE },
  { "earnings:read", FAR_SCOPE_EARNINGS },
  { "telemetry:write", FAR_SCOPE_WRITE },
};

/* What is not named here stays on this machine: a new route is closed until somebody opens it. */
static const struct { const char *method; const char *path; FarScope scope; } routes[] = {
  { "GET", "/healthz", FAR_SCOPE_OPEN },
  { "GET", "/readyz", FAR_SCOPE_OPEN },
  { "GET", "/v1/openapi.yaml", FAR_SCOPE_OPEN },
  { "GET", "/v1/status", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/functions", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/series", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/heatmap", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/summary", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/invocations", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/annotations", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/traces", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/traces/{name}", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/events", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/export", FAR_SCOPE_TELEMETRY },
  { "GET", "/metrics", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/otlp/traces", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/otlp/metrics", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/logs", FAR_SCOPE_LOGS },
  { "POST", "/v1/functions/{name}/invocations", FAR_SCOPE_INVOKE },
  { "GET", "/v1/prices", FAR_SCOPE_TELEMETRY },
  { "GET", "/v1/margin", FAR_SCOPE_EARNINGS },
  { "GET", "/v1/journal", FAR_SCOPE_EARNINGS },
  { "POST", "/v1/traces", FAR_SCOPE_WRITE },
  { "POST", "/v1/metrics", FAR_SCOPE_WRITE },
};

FarScope
far_scope_of_route (const char *method, const char *pattern)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (routes); i++)
    if (strcmp (routes[i].path, pattern) == 0 && strcmp (routes[i].method, method) == 0)
      return routes[i].scope;
  return FAR_SCOPE_LOCAL;
}

guint
far_scopes_parse (const char *const *wanted)
{
  guint scopes = 0, i, j;

  for (i = 0; wanted[i] != NULL; i++)
    {
      for (j = 0; j < G_N_ELEMENTS (names) && strcmp (names[j].name, wanted[i]) != 0; j++)
        ;
      if (j == G_N_ELEMENTS (names))
        return 0;
      scopes |= names[j].scope;
    }
  return scopes;
}

static void
token_free (gpointer data)
{
  Token *token = data;

  g_free (token->name);
  g_free (token);
}

/* ---- The file ---- */

static guint
read_scopes (JsonArray *array)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();
  guint i;

  for (i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_ptr_array_add (list, (char *) json_node_get_string (node));
    }
  g_ptr_array_add (list, NULL);
  return far_scopes_parse ((const char *const *) list->pdata);
}

static gboolean
read_token (FarTokens *self, JsonNode *node, GError **error)
{
  const char *name, *hash;
  JsonObject *object;
  JsonArray *scopes;
  Token *token;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_FILE, "an entry is no object");
      return FALSE;
    }
  object = json_node_get_object (node);
  token = g_new0 (Token, 1);
  if (!far_json_get_string (object, "name", FAR_TOKEN_NAME_MAX, &name, error) ||
      !far_json_get_string (object, "sha256", 2 * FAR_SHA256_LEN, &hash, error) ||
      !far_json_get_int (object, "created_us", 0, G_MAXINT64, &token->created_us, error) ||
      !far_json_get_array (object, "scopes", 16, &scopes, error))
    {
      g_free (token);
      return FALSE;
    }
  token->scopes = read_scopes (scopes);
  if (strlen (hash) != 2 * FAR_SHA256_LEN || !far_hex_decode (hash, token->hash, FAR_SHA256_LEN))
    {
      g_free (token);
      g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_FILE, "a hash is none");
      return FALSE;
    }
  token->name = g_strdup (name);
  g_ptr_array_add (self->list, token);
  return TRUE;
}

static gboolean
read_file (FarTokens *self, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) root = NULL;
  JsonArray *array;
  gsize length;
  guint i;

  if (!g_file_get_contents (self->path, &text, &length, &why))
    {
      if (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
    }
  else
    {
      root = far_json_parse_object (text, length, FILE_MAX, &why);
      if (root != NULL &&
          far_json_get_array (json_node_get_object (root), "tokens", FAR_TOKENS_MAX, &array, &why))
        for (i = 0; i < json_array_get_length (array) && why == NULL; i++)
          read_token (self, json_array_get_element (array, i), &why);
    }
  if (why == NULL)
    return TRUE;
  g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_FILE,
               "The tokens in %s cannot be read: %s; mend the file, or move it away and make new "
               "tokens", self->path, why->message);
  return FALSE;
}

static void
add_scopes (FarJsonWriter *writer, guint scopes)
{
  guint i;

  far_json_begin_array (writer, "scopes");
  for (i = 0; i < G_N_ELEMENTS (names); i++)
    if ((scopes & names[i].scope) != 0)
      far_json_add_string (writer, NULL, names[i].name);
  far_json_end_array (writer);
}

static void
add_tokens (FarTokens *self, FarJsonWriter *writer, gboolean hashes)
{
  guint i;

  far_json_begin_array (writer, "tokens");
  for (i = 0; i < self->list->len; i++)
    {
      const Token *token = g_ptr_array_index (self->list, i);
      g_autofree char *hash = far_hex_encode (token->hash, FAR_SHA256_LEN);

      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "name", token->name);
      if (hashes)
        far_json_add_string (writer, "sha256", hash);
      add_scopes (writer, token->scopes);
      far_json_add_int (writer, "created_us", token->created_us);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

static gboolean
write_file (FarTokens *self, GError **error)
{
  g_auto (FarJsonWriter) writer = { 0 };
  g_autoptr (GError) why = NULL;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  add_tokens (self, &writer, TRUE);
  far_json_end_object (&writer);
  if (g_file_set_contents_full (self->path, writer.text->str, (gssize) writer.text->len,
                                G_FILE_SET_CONTENTS_CONSISTENT, 0600, &why))
    return TRUE;
  g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_FILE,
               "The tokens cannot be written to %s: %s", self->path, why->message);
  return FALSE;
}

/* ---- Tokens ---- */

FarTokens *
far_tokens_new (const char *data_dir, FarClock *clock, GError **error)
{
  FarTokens *self = g_new0 (FarTokens, 1);

  self->path = g_build_filename (data_dir, FILE_NAME, NULL);
  self->clock = far_clock_ref (clock);
  self->list = g_ptr_array_new_with_free_func (token_free);
  if (read_file (self, error))
    return self;
  far_tokens_free (self);
  return NULL;
}

void
far_tokens_free (FarTokens *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->list);
  far_clock_unref (self->clock);
  g_free (self->path);
  g_free (self);
}

static Token *
find (FarTokens *self, const char *name)
{
  guint i;

  for (i = 0; i < self->list->len; i++)
    if (strcmp (((Token *) g_ptr_array_index (self->list, i))->name, name) == 0)
      return g_ptr_array_index (self->list, i);
  return NULL;
}

static gboolean
is_name (const char *name)
{
  const char *p;

  for (p = name; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-_.", *p) == NULL)
      return FALSE;
  return p > name && p - name <= FAR_TOKEN_NAME_MAX;
}

char *
far_tokens_add (FarTokens *self, const char *name, guint scopes, GError **error)
{
  guint8 bytes[TOKEN_BYTES];
  g_autofree char *hex = NULL;
  char *text;
  Token *token;

  if (!is_name (name))
    g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_NAME,
                 "“%.64s” cannot be a token's name; take letters, digits, - _ .", name);
  else if (find (self, name) != NULL)
    g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_NAME,
                 "There is a token “%.64s” already; remove it first, or take another name", name);
  else if (scopes == 0)
    g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_SCOPE,
                 "A token needs scopes, of telemetry:read, telemetry:write, logs:read, "
                 "functions:invoke and earnings:read");
  else if (self->list->len >= FAR_TOKENS_MAX)
    g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_FULL,
                 "There are %d tokens already; remove one first", FAR_TOKENS_MAX);
  else
    {
      far_random_bytes (bytes, sizeof bytes);
      hex = far_hex_encode (bytes, sizeof bytes);
      far_secret_wipe (bytes, sizeof bytes);
      text = g_strconcat (TOKEN_PREFIX, hex, NULL);
      token = g_new0 (Token, 1);
      token->name = g_strdup (name);
      token->scopes = scopes;
      token->created_us = far_clock_now_us (self->clock);
      far_sha256 (text, strlen (text), token->hash);
      g_ptr_array_add (self->list, token);
      if (write_file (self, error))
        return text;
      g_ptr_array_remove (self->list, token);
      g_free (text);
    }
  return NULL;
}

gboolean
far_tokens_remove (FarTokens *self, const char *name, GError **error)
{
  Token *token = find (self, name);

  if (token == NULL)
    {
      g_set_error (error, FAR_TOKENS_ERROR, FAR_TOKENS_ERROR_NAME, "There is no token “%.64s”",
                   name);
      return FALSE;
    }
  g_ptr_array_remove (self->list, token);
  return write_file (self, error);
}

guint
far_tokens_check (FarTokens *self, const char *token)
{
  guint8 hash[FAR_SHA256_LEN];
  guint scopes = 0, i;

  far_sha256 (token, strlen (token), hash);
  for (i = 0; i < self->list->len; i++)
    {
      const Token *one = g_ptr_array_index (self->list, i);

      if (far_secret_equal (hash, one->hash, sizeof hash))
        scopes = one->scopes;
    }
  return scopes;
}

void
far_tokens_write (FarTokens *self, FarJsonWriter *writer)
{
  add_tokens (self, writer, FALSE);
}
