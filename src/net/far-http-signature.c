/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 9421 for one fixed profile. The signature base is lines of `"component": value`, ended by
 * `"@signature-params": ` and the parameters exactly as they stand in Signature-Input, so the
 * verifier signs over the sender's own bytes and needs no re-serialisation. Its parser takes the
 * canonical form only (RFC 8941 serialisation: one space between components, none elsewhere), and
 * exactly one signature. Order of the checks: form, coverage, time, digest, signature. */
#include "farthing-config.h"

#include "net/far-http-signature.h"

#include <string.h>

#include "base/far-id.h"

#define LABEL "sig="
#define ALGORITHM "ed25519"
#define DIGEST_PREFIX "sha-256=:"
#define SECONDS_DIGITS_MAX 15
#define STRING_LEN_MAX 128
#define US_PER_S G_GINT64_CONSTANT (1000000)

G_DEFINE_QUARK (far-http-signature-error-quark, far_http_signature_error)

typedef enum {
  COMPONENT_METHOD,
  COMPONENT_PATH,
  COMPONENT_QUERY,
  COMPONENT_DIGEST,
  N_COMPONENTS,
} Component;

static const char *const component_names[N_COMPONENTS] = {
  "@method", "@path", "@query", "content-digest",
};

/* What Signature-Input says. */
typedef struct {
  const char *parameters; /* from the opening parenthesis to the end of the field */
  Component order[N_COMPONENTS];
  guint n_components;
  gint64 created_s;
  gint64 expires_s; /* G_MAXINT64 where it is not given */
  gboolean has_created;
  gboolean has_algorithm;
  char keyid[FAR_HTTP_KEYID_LEN + 1];
} Input;

static gboolean
fail (GError                **error,
      FarHttpSignatureError   code,
      const char             *message)
{
  g_set_error_literal (error, FAR_HTTP_SIGNATURE_ERROR, code, message);
  return FALSE;
}

static gboolean
fail_syntax (GError     **error,
             const char  *message)
{
  return fail (error, FAR_HTTP_SIGNATURE_ERROR_SYNTAX, message);
}

/* ---- The base ---- */

static char *
make_digest (const FarHttpSignable *request)
{
  guint8 digest[FAR_SHA256_LEN];
  g_autofree char *text = NULL;

  far_sha256 (request->body, request->n_body, digest);
  text = g_base64_encode (digest, sizeof digest);
  return g_strconcat (DIGEST_PREFIX, text, ":", NULL);
}

static GString *
make_base (const FarHttpSignable *request,
           const Component       *order,
           guint                  n_components,
           const char            *content_digest,
           const char            *parameters)
{
  GString *base = g_string_sized_new (512);

  for (guint i = 0; i < n_components; i++)
    {
      g_string_append_printf (base, "\"%s\": ", component_names[order[i]]);
      switch (order[i])
        {
        case COMPONENT_METHOD:
          g_string_append (base, request->method);
          break;
        case COMPONENT_PATH:
          g_string_append (base, *request->path != '\0' ? request->path : "/");
          break;
        case COMPONENT_QUERY:
          g_string_append_c (base, '?');
          g_string_append (base, request->query != NULL ? request->query : "");
          break;
        case COMPONENT_DIGEST:
          g_string_append (base, content_digest);
          break;
        case N_COMPONENTS:
        default:
          g_assert_not_reached ();
        }
      g_string_append_c (base, '\n');
    }
  g_string_append_printf (base, "\"@signature-params\": %s", parameters);
  return base;
}

/**
 * far_http_signature_sign:
 * @request: what to sign
 * @private_key: the device's 32-byte seed
 * @public_key: its public key
 * @now_us: µs since the Unix epoch
 *
 * Returns: (transfer full): the fields to send with the request
 */
FarHttpSignatureFields *
far_http_signature_sign (const FarHttpSignable *request,
                         const guint8           private_key[FAR_ED25519_KEY_LEN],
                         const guint8           public_key[FAR_ED25519_KEY_LEN],
                         gint64                 now_us)
{
  static const Component order[N_COMPONENTS] = {
    COMPONENT_METHOD, COMPONENT_PATH, COMPONENT_QUERY, COMPONENT_DIGEST,
  };
  gboolean has_body = request->n_body > 0;
  FarHttpSignatureFields *fields = g_new0 (FarHttpSignatureFields, 1);
  g_autofree char *keyid = far_hex_encode (public_key, FAR_ED25519_KEY_LEN);
  g_autofree char *parameters = NULL;
  g_autofree char *encoded = NULL;
  g_autoptr (GString) base = NULL;
  guint8 signature[FAR_ED25519_SIGNATURE_LEN];

  g_assert (request->method != NULL && request->path != NULL);
  g_assert (request->body != NULL || !has_body);

  parameters = g_strdup_printf ("(\"@method\" \"@path\" \"@query\"%s);created=%" G_GINT64_FORMAT
                                ";keyid=\"%s\";alg=\"" ALGORITHM "\"",
                                has_body ? " \"content-digest\"" : "", now_us / US_PER_S, keyid);
  if (has_body)
    fields->content_digest = make_digest (request);
  base = make_base (request, order, has_body ? N_COMPONENTS : N_COMPONENTS - 1,
                    fields->content_digest, parameters);
  far_ed25519_sign (private_key, public_key, base->str, base->len, signature);
  encoded = g_base64_encode (signature, sizeof signature);
  fields->signature_input = g_strconcat (LABEL, parameters, NULL);
  fields->signature = g_strconcat (LABEL ":", encoded, ":", NULL);
  return fields;
}

/**
 * far_http_signature_fields_free:
 * @fields: (transfer full): what far_http_signature_sign() gave
 */
void
far_http_signature_fields_free (FarHttpSignatureFields *fields)
{
  g_return_if_fail (fields != NULL);

  g_free ((char *) fields->signature_input);
  g_free ((char *) fields->signature);
  g_free ((char *) fields->content_digest);
  g_free (fields);
}

/* ---- Reading Signature-Input ---- */

static gboolean
take (const char **next,
      const char  *expected)
{
  gsize length = strlen (expected);

  if (strncmp (*next, expected, length) != 0)
    return FALSE;
  *next += length;
  return TRUE;
}

/* A quoted string without escapes, which no value of this profile needs. */
static gboolean
take_string (const char **next,
             char         ret_value[STRING_LEN_MAX + 1])
{
  gsize length;

  if (!take (next, "\""))
    return FALSE;
  length = strcspn (*next, "\"\\");
  if (length > STRING_LEN_MAX || (*next)[length] != '"')
    return FALSE;
  memcpy (ret_value, *next, length);
  ret_value[length] = '\0';
  *next += length + 1;
  return TRUE;
}

static gboolean
take_seconds (const char **next,
              gint64      *ret_seconds)
{
  gsize n_digits = strspn (*next, "0123456789");
  gint64 seconds = 0;

  if (n_digits == 0 || n_digits > SECONDS_DIGITS_MAX)
    return FALSE;
  for (gsize i = 0; i < n_digits; i++)
    seconds = seconds * 10 + (*(*next)++ - '0');
  *ret_seconds = seconds;
  return TRUE;
}

static gboolean
take_components (const char **next,
                 Input       *input,
                 GError     **error)
{
  if (!take (next, "("))
    return fail_syntax (error, "Signature-Input has no list of components; write sig=(…)");

  while (!take (next, ")"))
    {
      char name[STRING_LEN_MAX + 1];
      guint component = 0;

      if ((input->n_components > 0 && !take (next, " ")) || !take_string (next, name))
        return fail_syntax (error, "Signature-Input's components are no list of quoted names");
      while (component < N_COMPONENTS && strcmp (component_names[component], name) != 0)
        component++;
      if (component == N_COMPONENTS)
        return fail (error, FAR_HTTP_SIGNATURE_ERROR_COVERAGE,
                     "Only @method, @path, @query and content-digest may be signed");
      for (guint i = 0; i < input->n_components; i++)
        if (input->order[i] == component)
          return fail_syntax (error, "Signature-Input names a component twice");
      input->order[input->n_components++] = component;
    }
  return TRUE;
}

static gboolean
take_parameter (const char **next,
                Input       *input,
                GError     **error)
{
  char value[STRING_LEN_MAX + 1];

  if (take (next, "created="))
    {
      if (input->has_created || !take_seconds (next, &input->created_s))
        return fail_syntax (error, "Signature-Input's created is no time in seconds");
      input->has_created = TRUE;
    }
  else if (take (next, "expires="))
    {
      if (input->expires_s != G_MAXINT64 || !take_seconds (next, &input->expires_s))
        return fail_syntax (error, "Signature-Input's expires is no time in seconds");
    }
  else if (take (next, "keyid="))
    {
      if (input->keyid[0] != '\0' || !take_string (next, value) ||
          strlen (value) != FAR_HTTP_KEYID_LEN)
        return fail_syntax (error, "Signature-Input's keyid is no key of 64 hex digits");
      memcpy (input->keyid, value, FAR_HTTP_KEYID_LEN + 1);
    }
  else if (take (next, "alg="))
    {
      if (input->has_algorithm || !take_string (next, value) || strcmp (value, ALGORITHM) != 0)
        return fail_syntax (error, "Signature-Input's alg must be \"" ALGORITHM "\"");
      input->has_algorithm = TRUE;
    }
  else if (!(take (next, "nonce=") || take (next, "tag=")) || !take_string (next, value))
    return fail_syntax (error, "Signature-Input has an unknown parameter; send created, keyid "
                               "and alg");
  return TRUE;
}

static gboolean
parse_input (const char  *field,
             Input       *input,
             GError     **error)
{
  const char *next = field;

  *input = (Input) { .expires_s = G_MAXINT64 };
  if (strlen (field) > FAR_HTTP_SIGNATURE_HEADER_MAX)
    return fail_syntax (error, "Signature-Input is too long");
  if (!take (&next, LABEL))
    return fail_syntax (error, "Signature-Input must be one signature with the label sig");
  input->parameters = next;
  if (!take_components (&next, input, error))
    return FALSE;
  while (take (&next, ";"))
    if (!take_parameter (&next, input, error))
      return FALSE;
  if (*next != '\0')
    return fail_syntax (error, "Signature-Input goes on behind its parameters; send one signature");
  if (!input->has_created || !input->has_algorithm || input->keyid[0] == '\0')
    return fail_syntax (error, "Signature-Input must have created, keyid and alg");
  return TRUE;
}

/* ---- The checks ---- */

/* Canonical base64 of exactly n_bytes: one text for one value. */
static gboolean
decode_base64 (const char *text,
               gsize       n_text,
               guint8     *ret_bytes,
               gsize       n_bytes)
{
  g_autofree char *copy = g_strndup (text, n_text);
  g_autofree guchar *bytes = NULL;
  g_autofree char *again = NULL;
  gsize n_decoded = 0;

  if (n_text != 4 * ((n_bytes + 2) / 3))
    return FALSE;
  bytes = g_base64_decode (copy, &n_decoded);
  if (bytes == NULL || n_decoded != n_bytes)
    return FALSE;
  again = g_base64_encode (bytes, n_bytes);
  if (strcmp (again, copy) != 0)
    return FALSE;
  memcpy (ret_bytes, bytes, n_bytes);
  return TRUE;
}

static gboolean
parse_signature (const char  *field,
                 guint8       ret_signature[FAR_ED25519_SIGNATURE_LEN],
                 GError     **error)
{
  const char *next = field;
  gsize length;

  if (!take (&next, LABEL ":") || (length = strlen (next)) == 0 || next[length - 1] != ':' ||
      !decode_base64 (next, length - 1, ret_signature, FAR_ED25519_SIGNATURE_LEN))
    return fail_syntax (error, "Signature must be sig=:…: around 64 bytes in base64");
  return TRUE;
}

static gboolean
check_coverage (const FarHttpSignable  *request,
                const Input            *input,
                const char             *content_digest,
                GError                **error)
{
  gboolean covered[N_COMPONENTS] = { FALSE, };

  for (guint i = 0; i < input->n_components; i++)
    covered[input->order[i]] = TRUE;
  if (!covered[COMPONENT_METHOD] || !covered[COMPONENT_PATH] || !covered[COMPONENT_QUERY])
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_COVERAGE,
                 "The signature must cover @method, @path and @query");
  if (request->n_body > 0 && !covered[COMPONENT_DIGEST])
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_COVERAGE,
                 "The signature of a request with a body must cover content-digest");
  if (covered[COMPONENT_DIGEST] && content_digest == NULL)
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_COVERAGE,
                 "The signature covers Content-Digest, which is missing; send it");
  return TRUE;
}

static gboolean
check_time (const Input  *input,
            gint64        now_us,
            GError      **error)
{
  gint64 now_s = now_us / US_PER_S;

  if (input->created_s < now_s - FAR_HTTP_SIGNATURE_WINDOW_S ||
      input->created_s > now_s + FAR_HTTP_SIGNATURE_WINDOW_S || input->expires_s < now_s)
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_TIME,
                 "The signature is too old or from the future; set the clock and sign again");
  return TRUE;
}

static gboolean
check_digest (const FarHttpSignable  *request,
              const char             *content_digest,
              GError                **error)
{
  g_autofree char *expected = NULL;

  if (content_digest == NULL)
    return TRUE;
  expected = make_digest (request);
  if (strcmp (expected, content_digest) != 0)
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_DIGEST,
                 "Content-Digest is not the body's; send sha-256=:…: of the body as sent");
  return TRUE;
}

/* No HTTP server hands on a request line with a control character; in the base, a line break would
 * begin another component. */
static gboolean
has_control (const char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return TRUE;
  return FALSE;
}

/**
 * far_http_signature_verify:
 * @request: the request as it came in
 * @fields: values of its signature fields
 * @now_us: µs since the Unix epoch
 * @ret_keyid: (out caller-allocates): the signer's public key in hex; untouched on failure
 * @error: a FarHttpSignatureError
 *
 * That the same request may come twice within the window is not this function's business: commands
 * carry idempotency keys.
 *
 * Returns: TRUE if the key in keyid signed just this request, within ±%FAR_HTTP_SIGNATURE_WINDOW_S
 */
gboolean
far_http_signature_verify (const FarHttpSignable         *request,
                           const FarHttpSignatureFields  *fields,
                           gint64                         now_us,
                           char                           ret_keyid[FAR_HTTP_KEYID_LEN + 1],
                           GError                       **error)
{
  guint8 public_key[FAR_ED25519_KEY_LEN];
  guint8 signature[FAR_ED25519_SIGNATURE_LEN];
  g_autoptr (GString) base = NULL;
  Input input;

  g_return_val_if_fail (request != NULL && fields != NULL && ret_keyid != NULL, FALSE);
  g_return_val_if_fail (request->method != NULL && request->path != NULL, FALSE);

  if (fields->signature_input == NULL || fields->signature == NULL)
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_MISSING,
                 "The request is not signed; send Signature-Input and Signature (RFC 9421)");
  if (has_control (request->method) || has_control (request->path) || has_control (request->query))
    return fail_syntax (error, "The request line has a control character");
  if (!parse_input (fields->signature_input, &input, error) ||
      !parse_signature (fields->signature, signature, error))
    return FALSE;
  if (!far_hex_decode (input.keyid, public_key, sizeof public_key))
    return fail_syntax (error, "Signature-Input's keyid is no key of 64 hex digits");
  if (!check_coverage (request, &input, fields->content_digest, error) ||
      !check_time (&input, now_us, error) ||
      !check_digest (request, fields->content_digest, error))
    return FALSE;

  base = make_base (request, input.order, input.n_components, fields->content_digest,
                    input.parameters);
  if (!far_ed25519_verify (public_key, base->str, base->len, signature))
    return fail (error, FAR_HTTP_SIGNATURE_ERROR_INVALID,
                 "The signature is not this key's over this request; sign what is sent");
  memcpy (ret_keyid, input.keyid, FAR_HTTP_KEYID_LEN + 1);
  return TRUE;
}
