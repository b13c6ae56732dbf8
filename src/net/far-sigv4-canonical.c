/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The canonical request of AWS Signature Version 4, as "Create a signed AWS API request" describes
 * it for services other than S3:
 *   METHOD \n path \n query \n (name:value \n)… \n signed;header;names \n hash of the body
 * The path is normalised (dot segments and empty segments go) and every byte of it but unreserved
 * ones and "/" is escaped, which escapes the escapes of the request line once more. Query names and
 * values are unescaped and escaped again in one way, then sorted. Header values lose outer space,
 * and runs of space become one; fields of one name are joined with a comma. */
#include "farthing-config.h"

#include "net/far-sigv4-canonical.h"

#include <string.h>

#include "base/far-id.h"

static void
parameter_free (gpointer data)
{
  FarSigv4Parameter *parameter = data;

  g_free (parameter->name);
  g_free (parameter->value);
  g_free (parameter);
}

static void
append_escaped (GString    *text,
                const char *value,
                gsize       n_bytes,
                gboolean    keep_slash)
{
  static const char hex[] = "0123456789ABCDEF";

  for (gsize i = 0; i < n_bytes; i++)
    {
      guchar c = (guchar) value[i];

      if (g_ascii_isalnum (c) || strchr ("-._~", c) != NULL || (c == '/' && keep_slash))
        {
          g_string_append_c (text, (char) c);
          continue;
        }
      g_string_append_c (text, '%');
      g_string_append_c (text, hex[c >> 4]);
      g_string_append_c (text, hex[c & 15]);
    }
}

/* ---- The query ---- */

void
far_sigv4_parameters_add (GPtrArray  *parameters,
                          const char *name,
                          const char *value)
{
  FarSigv4Parameter *parameter = g_new (FarSigv4Parameter, 1);

  parameter->name = g_strdup (name);
  parameter->value = g_strdup (value);
  g_ptr_array_add (parameters, parameter);
}

static gboolean
add_pair (GPtrArray  *parameters,
          const char *pair)
{
  const char *equals = strchr (pair, '=');
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;

  name = g_uri_unescape_segment (pair, equals, NULL);
  value = g_uri_unescape_segment (equals != NULL ? equals + 1 : "", NULL, NULL);
  if (name == NULL || value == NULL || parameters->len == FAR_SIGV4_PARAMETERS_MAX)
    return FALSE;
  far_sigv4_parameters_add (parameters, name, value);
  return TRUE;
}

GPtrArray *
far_sigv4_parse_query (const char  *query,
                       GError     **error)
{
  g_autoptr (GPtrArray) parameters = g_ptr_array_new_with_free_func (parameter_free);
  g_auto (GStrv) pairs = g_strsplit (query != NULL ? query : "", "&", -1);

  for (gsize i = 0; pairs[i] != NULL; i++)
    if (*pairs[i] != '\0' && !add_pair (parameters, pairs[i]))
      {
        g_set_error (error, FAR_SIGV4_ERROR, FAR_SIGV4_ERROR_INCOMPLETE,
                     "The query has broken escapes or more than %d parameters; send it escaped",
                     FAR_SIGV4_PARAMETERS_MAX);
        return NULL;
      }
  return g_steal_pointer (&parameters);
}

const char *
far_sigv4_parameters_find (GPtrArray  *parameters,
                           const char *name)
{
  const char *found = NULL;

  for (guint i = 0; i < parameters->len; i++)
    {
      FarSigv4Parameter *parameter = g_ptr_array_index (parameters, i);

      if (strcmp (parameter->name, name) != 0)
        continue;
      if (found != NULL)
        return NULL;
      found = parameter->value;
    }
  return found;
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* What sorts right as a whole text: "=" is escaped in names, and '=' < any unreserved character
 * does not hold, so name and value are joined with a byte below all others first. */
static GPtrArray *
format_pairs (GPtrArray  *parameters,
              const char *without)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < parameters->len; i++)
    {
      FarSigv4Parameter *parameter = g_ptr_array_index (parameters, i);
      GString *pair;

      if (g_strcmp0 (parameter->name, without) == 0)
        continue;
      pair = g_string_new (NULL);
      append_escaped (pair, parameter->name, strlen (parameter->name), FALSE);
      g_string_append_c (pair, '\x01');
      append_escaped (pair, parameter->value, strlen (parameter->value), FALSE);
      g_ptr_array_add (pairs, g_string_free (pair, FALSE));
    }
  return pairs;
}

char *
far_sigv4_format_query (GPtrArray  *parameters,
                        gboolean    sorted,
                        const char *without)
{
  g_autoptr (GPtrArray) pairs = format_pairs (parameters, without);
  GString *query = g_string_new (NULL);

  if (sorted)
    g_ptr_array_sort (pairs, compare_texts);
  for (guint i = 0; i < pairs->len; i++)
    {
      char *pair = g_ptr_array_index (pairs, i);

      *strchr (pair, '\x01') = '=';
      if (i > 0)
        g_string_append_c (query, '&');
      g_string_append (query, pair);
    }
  return g_string_free (query, FALSE);
}

/* ---- The path ---- */

static char *
canonical_path (const char *path)
{
  g_auto (GStrv) segments = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();
  gboolean ends_in_slash = *path == '\0' || g_str_has_suffix (path, "/") ||
                           g_str_has_suffix (path, "/.") || g_str_has_suffix (path, "/..");
  GString *canonical = g_string_new (NULL);

  for (gsize i = 0; segments[i] != NULL; i++)
    {
      if (*segments[i] == '\0' || strcmp (segments[i], ".") == 0)
        continue;
      if (strcmp (segments[i], "..") != 0)
        g_ptr_array_add (kept, segments[i]);
      else if (kept->len > 0)
        g_ptr_array_set_size (kept, (int) kept->len - 1);
    }
  for (guint i = 0; i < kept->len; i++)
    {
      const char *segment = g_ptr_array_index (kept, i);

      g_string_append_c (canonical, '/');
      append_escaped (canonical, segment, strlen (segment), FALSE);
    }
  if (ends_in_slash || kept->len == 0)
    g_string_append_c (canonical, '/');
  return g_string_free (canonical, FALSE);
}

/* ---- The headers ---- */

char *
far_sigv4_signed_headers (const FarSigv4Header *headers,
                          gsize                 n_headers)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GString *joined = g_string_new (NULL);

  for (gsize i = 0; i < n_headers; i++)
    g_ptr_array_add (names, g_ascii_strdown (headers[i].name, -1));
  g_ptr_array_sort (names, compare_texts);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (i > 0 && strcmp (name, g_ptr_array_index (names, i - 1)) == 0)
        continue;
      if (joined->len > 0)
        g_string_append_c (joined, ';');
      g_string_append (joined, name);
    }
  return g_string_free (joined, FALSE);
}

static void
append_trimmed (GString    *text,
                const char *value)
{
  gboolean pending = FALSE;
  gsize begin = text->len;

  for (const char *p = value; *p != '\0'; p++)
    {
      if (*p == ' ' || *p == '\t')
        {
          pending = text->len > begin;
          continue;
        }
      if (pending)
        g_string_append_c (text, ' ');
      pending = FALSE;
      g_string_append_c (text, *p);
    }
}

/* "name:value[,value…]\n"; FALSE if there is no field of that name. */
static gboolean
append_header (GString              *text,
               const char           *name,
               const FarSigv4Header *headers,
               gsize                 n_headers)
{
  guint n_found = 0;

  for (gsize i = 0; i < n_headers; i++)
    {
      if (g_ascii_strcasecmp (headers[i].name, name) != 0)
        continue;
      if (n_found++ == 0)
        g_string_append_printf (text, "%s:", name);
      else
        g_string_append_c (text, ',');
      append_trimmed (text, headers[i].value);
    }
  g_string_append_c (text, '\n');
  return n_found > 0;
}

char *
far_sigv4_canonical_form (const char           *method,
                          const char           *path,
                          const char           *canonical_query,
                          const FarSigv4Header *headers,
                          gsize                 n_headers,
                          const char           *signed_headers,
                          const char           *payload_hash)
{
  g_autoptr (GString) text = g_string_sized_new (512);
  g_autofree char *escaped_path = canonical_path (path);
  g_auto (GStrv) names = g_strsplit (signed_headers, ";", -1);

  g_string_append_printf (text, "%s\n%s\n%s\n", method, escaped_path, canonical_query);
  for (gsize i = 0; names[i] != NULL; i++)
    if (!append_header (text, names[i], headers, n_headers))
      return NULL;
  g_string_append_printf (text, "\n%s\n%s", signed_headers, payload_hash);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- The signature ---- */

char *
far_sigv4_hash_body (const void *body,
                     gsize       n_body)
{
  guint8 digest[FAR_SHA256_LEN];

  far_sha256 (body, n_body, digest);
  return far_hex_encode (digest, sizeof digest);
}

char *
far_sigv4_format_scope (const char          *date,
                        const FarSigv4Scope *scope)
{
  return g_strdup_printf ("%.8s/%s/%s/aws4_request", date, scope->region, scope->service);
}

char *
far_sigv4_signature (const char          *canonical,
                     const char          *date,
                     const FarSigv4Scope *scope,
                     const char          *secret)
{
  g_autofree char *canonical_hash = far_sigv4_hash_body (canonical, strlen (canonical));
  g_autofree char *scope_text = far_sigv4_format_scope (date, scope);
  g_autofree char *to_sign = g_strdup_printf (FAR_SIGV4_ALGORITHM "\n%s\n%s\n%s", date, scope_text,
                                              canonical_hash);
  g_autofree char *first_key = g_strconcat ("AWS4", secret, NULL);
  guint8 key[FAR_SHA256_LEN];
  guint8 signature[FAR_SHA256_LEN];

  far_hmac_sha256 (first_key, strlen (first_key), date, 8, key);
  far_hmac_sha256 (key, sizeof key, scope->region, strlen (scope->region), key);
  far_hmac_sha256 (key, sizeof key, scope->service, strlen (scope->service), key);
  far_hmac_sha256 (key, sizeof key, "aws4_request", strlen ("aws4_request"), key);
  far_hmac_sha256 (key, sizeof key, to_sign, strlen (to_sign), signature);
  far_secret_wipe (first_key, strlen (first_key));
  far_secret_wipe (key, sizeof key);
  return far_hex_encode (signature, sizeof signature);
}
