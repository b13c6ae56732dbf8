/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed notes, written and read. Everything read is foreign: lengths are bounded first, numbers
 * and base64 are taken in their one canonical spelling only. Any thread. */
#include "ledger/far-checkpoint.h"

#include <string.h>

G_DEFINE_QUARK (far-checkpoint-error-quark, far_checkpoint_error)

#define KEY_HASH_LEN 4
#define ALGORITHM_ED25519 0x01
#define SIGNATURE_BYTES (KEY_HASH_LEN + FAR_ED25519_SIGNATURE_LEN)
#define SIGNATURE_PREFIX "\xe2\x80\x94 " /* em dash, space */
#define SIGNATURE_PREFIX_LEN 4
#define TIME_PREFIX "time "
#define NEXT_PREFIX "next "
#define PRIVATE_PREFIX "PRIVATE+KEY+"

/* A run of bytes inside a note. */
typedef struct {
  const char *at;
  gsize       len;
} Span;

/* ---- canonical pieces ---- */

static void
key_hash (const FarCheckpointKey *key, guint8 ret_hash[KEY_HASH_LEN])
{
  guint8 data[FAR_CHECKPOINT_ORIGIN_MAX + 2 + FAR_ED25519_KEY_LEN];
  guint8 digest[FAR_SHA256_LEN];
  gsize n = strlen (key->name);

  g_assert (n <= FAR_CHECKPOINT_ORIGIN_MAX);
  memcpy (data, key->name, n);
  data[n++] = '\n';
  data[n++] = ALGORITHM_ED25519;
  memcpy (data + n, key->public_key, FAR_ED25519_KEY_LEN);
  far_sha256 (data, n + FAR_ED25519_KEY_LEN, digest);
  memcpy (ret_hash, digest, KEY_HASH_LEN);
}

/* Exactly n_bytes, spelt as an encoder would. */
static gboolean
decode_base64 (Span text, guint8 *ret_bytes, gsize n_bytes)
{
  g_autofree char *copy = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autofree char *again = NULL;
  gsize n = 0;

  if (text.len == 0 || text.len > FAR_CHECKPOINT_NOTE_MAX || memchr (text.at, 0, text.len))
    return FALSE;
  copy = g_strndup (text.at, text.len);
  bytes = g_base64_decode (copy, &n);
  if (n != n_bytes)
    return FALSE;
  again = g_base64_encode (bytes, n);
  if (strcmp (again, copy) != 0)
    return FALSE;
  memcpy (ret_bytes, bytes, n_bytes);
  return TRUE;
}

/* Decimal without sign or leading zeros, below 2⁶³. */
static gboolean
parse_number (Span text, guint64 *ret_value)
{
  guint64 value = 0;

  if (text.len == 0 || text.len > 19 || (text.len > 1 && text.at[0] == '0'))
    return FALSE;
  for (gsize i = 0; i < text.len; i++)
    {
      if (!g_ascii_isdigit (text.at[i]))
        return FALSE;
      value = value * 10 + (guint64) (text.at[i] - '0');
    }
  if (value > G_MAXINT64)
    return FALSE;
  *ret_value = value;
  return TRUE;
}

/* A name of the note format: not empty, no space, no plus, printable. */
static gboolean
parse_name (Span text, char ret_name[FAR_CHECKPOINT_ORIGIN_MAX + 1])
{
  if (text.len == 0 || text.len > FAR_CHECKPOINT_ORIGIN_MAX)
    return FALSE;
  for (gsize i = 0; i < text.len; i++)
    if (!g_ascii_isgraph (text.at[i]) || text.at[i] == '+')
      return FALSE;
  memcpy (ret_name, text.at, text.len);
  ret_name[text.len] = '\0';
  return TRUE;
}

/* Takes a line off the front, without its line feed. */
static gboolean
take_line (Span *rest, Span *ret_line)
{
  const char *end = rest->len > 0 ? memchr (rest->at, '\n', rest->len) : NULL;

  if (end == NULL)
    return FALSE;
  ret_line->at = rest->at;
  ret_line->len = (gsize) (end - rest->at);
  rest->at = end + 1;
  rest->len -= ret_line->len + 1;
  return TRUE;
}

static gboolean
has_prefix (Span text, const char *prefix, gsize n_prefix)
{
  return text.len >= n_prefix && memcmp (text.at, prefix, n_prefix) == 0;
}

/* ---- notes ---- */

static char *
format_text (const FarCheckpoint *checkpoint)
{
  g_autofree char *root = g_base64_encode (checkpoint->root.bytes, FAR_SHA256_LEN);
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%s\n%" G_GUINT64_FORMAT "\n%s\n" TIME_PREFIX "%" G_GINT64_FORMAT "\n",
                   checkpoint->origin, checkpoint->size, root, checkpoint->time_us);
  if (checkpoint->rotates)
    {
      FarCheckpointKey next;
      g_autofree char *line = NULL;

      g_strlcpy (next.name, checkpoint->origin, sizeof next.name);
      memcpy (next.public_key, checkpoint->next_key, sizeof next.public_key);
      line = far_checkpoint_key_to_string (&next);
      g_string_append_printf (text, NEXT_PREFIX "%s\n", line);
    }
  return g_string_free (text, FALSE);
}

static char *
sign_text (const char *text, const FarCheckpointKey *key,
           const guint8 private_key[FAR_ED25519_KEY_LEN])
{
  g_autofree char *encoded = NULL;
  guint8 bytes[SIGNATURE_BYTES];

  key_hash (key, bytes);
  far_ed25519_sign (private_key, key->public_key, text, strlen (text), bytes + KEY_HASH_LEN);
  encoded = g_base64_encode (bytes, sizeof bytes);
  return g_strdup_printf (SIGNATURE_PREFIX "%s %s\n", key->name, encoded);
}

char *
far_checkpoint_sign (const FarCheckpoint *checkpoint, const FarCheckpointKey *key,
                     const guint8 private_key[FAR_ED25519_KEY_LEN])
{
  g_autofree char *text = format_text (checkpoint);
  g_autofree char *signature = NULL;

  g_assert (strcmp (checkpoint->origin, key->name) == 0);
  g_assert (checkpoint->size <= G_MAXINT64 && checkpoint->time_us >= 0);

  signature = sign_text (text, key, private_key);
  return g_strconcat (text, "\n", signature, NULL);
}

char *
far_checkpoint_sign_rotation (const FarCheckpoint *checkpoint, const FarCheckpointKey *key,
                              const guint8 private_key[FAR_ED25519_KEY_LEN],
                              const FarCheckpointKey *next_key,
                              const guint8 next_private_key[FAR_ED25519_KEY_LEN])
{
  FarCheckpoint rotation = *checkpoint;
  g_autofree char *note = NULL;
  g_autofree char *text = NULL;
  g_autofree char *signature = NULL;

  g_assert (strcmp (next_key->name, key->name) == 0);

  rotation.rotates = TRUE;
  memcpy (rotation.next_key, next_key->public_key, sizeof rotation.next_key);
  note = far_checkpoint_sign (&rotation, key, private_key);
  text = format_text (&rotation);
  signature = sign_text (text, next_key, next_private_key);
  return g_strconcat (note, signature, NULL);
}

gsize
far_checkpoint_note_length (const char *notes, gsize n_bytes)
{
  const char *gap = n_bytes > 0 ? memmem (notes, n_bytes, "\n\n", 2) : NULL;
  Span rest, line;
  gsize length = 0;

  if (gap == NULL)
    return 0;
  rest.at = gap + 2;
  rest.len = n_bytes - (gsize) (rest.at - notes);
  while (has_prefix (rest, SIGNATURE_PREFIX, SIGNATURE_PREFIX_LEN) && take_line (&rest, &line))
    length = (gsize) (rest.at - notes);
  return length;
}

/* Text and signatures; the text keeps its last line feed. */
static gboolean
split_note (const char *note, gsize n_bytes, Span *ret_text, Span *ret_signatures, GError **error)
{
  const char *gap = NULL;

  if (n_bytes <= FAR_CHECKPOINT_NOTE_MAX && n_bytes > 0)
    gap = memmem (note, n_bytes, "\n\n", 2);
  if (gap == NULL || far_checkpoint_note_length (note, n_bytes) != n_bytes)
    {
      g_set_error_literal (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_SYNTAX,
                           "Not one whole signed note (text, an empty line, signatures)");
      return FALSE;
    }
  ret_text->at = note;
  ret_text->len = (gsize) (gap - note) + 1;
  ret_signatures->at = gap + 2;
  ret_signatures->len = n_bytes - (gsize) (gap + 2 - note);
  return TRUE;
}

/* Extension lines: those that are ours must be well-formed, all others are passed over. Returns:
 * what is wrong with the line, or NULL. */
static const char *
parse_extension (Span line, FarCheckpoint *found)
{
  guint64 time_us;

  if (has_prefix (line, TIME_PREFIX, strlen (TIME_PREFIX)))
    {
      line.at += strlen (TIME_PREFIX);
      line.len -= strlen (TIME_PREFIX);
      if (!parse_number (line, &time_us))
        return "time";
      found->time_us = (gint64) time_us;
    }
  else if (has_prefix (line, NEXT_PREFIX, strlen (NEXT_PREFIX)))
    {
      g_autofree char *text = g_strndup (line.at + strlen (NEXT_PREFIX),
                                         line.len - strlen (NEXT_PREFIX));
      FarCheckpointKey next;

      if (found->rotates || !far_checkpoint_key_parse (text, &next, NULL) ||
          strcmp (next.name, found->origin) != 0)
        return "next key";
      found->rotates = TRUE;
      memcpy (found->next_key, next.public_key, sizeof found->next_key);
    }
  return NULL;
}

static gboolean
parse_text (Span text, FarCheckpoint *ret_checkpoint, GError **error)
{
  FarCheckpoint found = { 0 };
  Span rest = text;
  Span line;
  const char *wrong = NULL;

  if (!take_line (&rest, &line) || !parse_name (line, found.origin))
    wrong = "origin";
  else if (!take_line (&rest, &line) || !parse_number (line, &found.size))
    wrong = "size";
  else if (!take_line (&rest, &line) || !decode_base64 (line, found.root.bytes, FAR_SHA256_LEN))
    wrong = "root hash";
  else
    while (wrong == NULL && take_line (&rest, &line))
      wrong = parse_extension (line, &found);
  if (wrong != NULL)
    {
      g_set_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_SYNTAX,
                   "The checkpoint's %s is missing or malformed", wrong);
      return FALSE;
    }
  *ret_checkpoint = found;
  return TRUE;
}

gboolean
far_checkpoint_seems_to_rotate (const char *note, gsize n_bytes)
{
  static const char mark[] = "\n" NEXT_PREFIX;

  return n_bytes > 0 && memmem (note, n_bytes, mark, strlen (mark)) != NULL;
}

gboolean
far_checkpoint_parse (const char *note, gsize n_bytes, FarCheckpoint *ret_checkpoint,
                      GError **error)
{
  Span text, signatures;

  return split_note (note, n_bytes, &text, &signatures, error) &&
         parse_text (text, ret_checkpoint, error);
}

/* Splits "— NAME BASE64". */
static gboolean
parse_signature_line (Span line, Span *ret_name, Span *ret_base64)
{
  const char *space;

  if (!has_prefix (line, SIGNATURE_PREFIX, SIGNATURE_PREFIX_LEN))
    return FALSE;
  line.at += SIGNATURE_PREFIX_LEN;
  line.len -= SIGNATURE_PREFIX_LEN;
  space = line.len > 0 ? memchr (line.at, ' ', line.len) : NULL;
  if (space == NULL)
    return FALSE;
  ret_name->at = line.at;
  ret_name->len = (gsize) (space - line.at);
  ret_base64->at = space + 1;
  ret_base64->len = line.len - ret_name->len - 1;
  return TRUE;
}

/* Signatures by other keys are passed over, as the note format demands. */
static gboolean
check_signature (Span text, Span signatures, const FarCheckpointKey *key, GError **error)
{
  guint8 expected[KEY_HASH_LEN];
  guint8 bytes[SIGNATURE_BYTES];
  gsize n_name = strlen (key->name);
  Span line, name, base64;
  guint n = 0;

  key_hash (key, expected);
  while (take_line (&signatures, &line))
    {
      if (++n > FAR_CHECKPOINT_SIGNATURES_MAX || !parse_signature_line (line, &name, &base64))
        {
          g_set_error_literal (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_SYNTAX,
                               "The checkpoint has a malformed signature line");
          return FALSE;
        }
      if (name.len != n_name || memcmp (name.at, key->name, n_name) != 0 ||
          !decode_base64 (base64, bytes, sizeof bytes) ||
          memcmp (bytes, expected, KEY_HASH_LEN) != 0)
        continue;
      if (far_ed25519_verify (key->public_key, text.at, text.len, bytes + KEY_HASH_LEN))
        return TRUE;
      g_set_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_SIGNATURE,
                   "The checkpoint's signature by %s is false", key->name);
      return FALSE;
    }
  g_set_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_UNSIGNED,
               "The checkpoint carries no signature by %s", key->name);
  return FALSE;
}

gboolean
far_checkpoint_open (const char *note, gsize n_bytes, const FarCheckpointKey *key,
                     FarCheckpoint *ret_checkpoint, GError **error)
{
  FarCheckpoint found;
  Span text, signatures;

  if (!split_note (note, n_bytes, &text, &signatures, error) ||
      !check_signature (text, signatures, key, error) || !parse_text (text, &found, error))
    return FALSE;
  if (strcmp (found.origin, key->name) != 0)
    {
      g_set_error (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_ORIGIN,
                   "The checkpoint is of %s, not of %s", found.origin, key->name);
      return FALSE;
    }
  *ret_checkpoint = found;
  return TRUE;
}

gboolean
far_checkpoint_follow (const char *note, gsize n_bytes, FarCheckpointKey *key,
                       FarCheckpoint *ret_checkpoint, GError **error)
{
  FarCheckpoint found;

  if (!far_checkpoint_open (note, n_bytes, key, &found, error))
    return FALSE;
  if (found.rotates && memcmp (found.next_key, key->public_key, sizeof found.next_key) != 0)
    {
      FarCheckpointKey next = *key;

      memcpy (next.public_key, found.next_key, sizeof next.public_key);
      if (!far_checkpoint_open (note, n_bytes, &next, &found, error))
        return FALSE;
      *key = next;
    }
  *ret_checkpoint = found;
  return TRUE;
}

/* ---- keys ---- */

static char *
format_key (const char *prefix, const FarCheckpointKey *key, const guint8 *key_bytes)
{
  guint8 data[1 + FAR_ED25519_KEY_LEN];
  guint8 hash[KEY_HASH_LEN];
  g_autofree char *encoded = NULL;
  char *text;

  key_hash (key, hash);
  data[0] = ALGORITHM_ED25519;
  memcpy (data + 1, key_bytes, FAR_ED25519_KEY_LEN);
  encoded = g_base64_encode (data, sizeof data);
  text = g_strdup_printf ("%s%s+%02x%02x%02x%02x+%s", prefix, key->name, hash[0], hash[1], hash[2],
                          hash[3], encoded);
  far_secret_wipe (encoded, strlen (encoded));
  far_secret_wipe (data, sizeof data);
  return text;
}

char *
far_checkpoint_key_to_string (const FarCheckpointKey *key)
{
  return format_key ("", key, key->public_key);
}

char *
far_checkpoint_private_to_string (const FarCheckpointKey *key,
                                  const guint8 private_key[FAR_ED25519_KEY_LEN])
{
  return format_key (PRIVATE_PREFIX, key, private_key);
}

/* NAME+HASH+BASE64: the base64 may hold a plus, name and hash do not. */
static gboolean
parse_key (const char *text, char ret_name[FAR_CHECKPOINT_ORIGIN_MAX + 1],
           char ret_hash[2 * KEY_HASH_LEN + 1], guint8 ret_bytes[FAR_ED25519_KEY_LEN])
{
  Span name = { text, strcspn (text, "+") };
  Span base64;
  guint8 data[1 + FAR_ED25519_KEY_LEN];
  const char *hash;
  gboolean ok;

  if (strlen (text) > FAR_CHECKPOINT_NOTE_MAX || !parse_name (name, ret_name))
    return FALSE;
  hash = text + name.len;
  if (strlen (hash) < 1 + 2 * KEY_HASH_LEN + 1 || hash[1 + 2 * KEY_HASH_LEN] != '+')
    return FALSE;
  memcpy (ret_hash, hash + 1, 2 * KEY_HASH_LEN);
  ret_hash[2 * KEY_HASH_LEN] = '\0';
  base64.at = hash + 1 + 2 * KEY_HASH_LEN + 1;
  base64.len = strlen (base64.at);
  ok = decode_base64 (base64, data, sizeof data) && data[0] == ALGORITHM_ED25519;
  if (ok)
    memcpy (ret_bytes, data + 1, FAR_ED25519_KEY_LEN);
  far_secret_wipe (data, sizeof data);
  return ok;
}

static gboolean
hash_matches (const FarCheckpointKey *key, const char *hex)
{
  guint8 hash[KEY_HASH_LEN];
  char expected[2 * KEY_HASH_LEN + 1];

  key_hash (key, hash);
  g_snprintf (expected, sizeof expected, "%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
  return strcmp (expected, hex) == 0;
}

gboolean
far_checkpoint_key_parse (const char *text, FarCheckpointKey *ret_key, GError **error)
{
  FarCheckpointKey key;
  char hex[2 * KEY_HASH_LEN + 1];

  if (!parse_key (text, key.name, hex, key.public_key) || !hash_matches (&key, hex))
    {
      g_set_error_literal (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_KEY,
                           "Not a public key of the form NAME+HASH+BASE64");
      return FALSE;
    }
  *ret_key = key;
  return TRUE;
}

gboolean
far_checkpoint_private_parse (const char *text, FarCheckpointKey *ret_key,
                              guint8 ret_private_key[FAR_ED25519_KEY_LEN], GError **error)
{
  FarCheckpointKey key;
  guint8 private_key[FAR_ED25519_KEY_LEN];
  char hex[2 * KEY_HASH_LEN + 1];
  gboolean ok = FALSE;

  if (g_str_has_prefix (text, PRIVATE_PREFIX) &&
      parse_key (text + strlen (PRIVATE_PREFIX), key.name, hex, private_key))
    {
      far_ed25519_public (private_key, key.public_key);
      ok = hash_matches (&key, hex);
    }
  if (ok)
    {
      *ret_key = key;
      memcpy (ret_private_key, private_key, FAR_ED25519_KEY_LEN);
    }
  else
    g_set_error_literal (error, FAR_CHECKPOINT_ERROR, FAR_CHECKPOINT_ERROR_KEY,
                         "Not a private key of the form PRIVATE+KEY+NAME+HASH+BASE64");
  far_secret_wipe (private_key, sizeof private_key);
  return ok;
}
