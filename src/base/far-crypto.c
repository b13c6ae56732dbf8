/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 and HMAC on nettle, Ed25519 (RFC 8032) on libsodium, which verifies in half the time.
 * Neither keeps state between calls; libsodium wants to be initialised once, which looks at the
 * processor and draws a few random bytes that none of this uses. So all of it is safe in a fork
 * server and in any thread. */
#include "farthing-config.h"

#include "base/far-crypto.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

G_STATIC_ASSERT (FAR_SHA256_LEN == SHA256_DIGEST_SIZE);
G_STATIC_ASSERT (FAR_ED25519_KEY_LEN == crypto_sign_ed25519_PUBLICKEYBYTES);
G_STATIC_ASSERT (FAR_ED25519_KEY_LEN == crypto_sign_ed25519_SEEDBYTES);
G_STATIC_ASSERT (FAR_ED25519_SIGNATURE_LEN == crypto_sign_ed25519_BYTES);

/**
 * far_sha256:
 * @data: (array length=n_bytes) (nullable): what to hash
 * @n_bytes: its length in bytes
 * @ret_digest: (out caller-allocates): the digest
 */
void
far_sha256 (const void *data,
            gsize       n_bytes,
            guint8      ret_digest[FAR_SHA256_LEN])
{
  far_sha256_2 (data, n_bytes, NULL, 0, ret_digest);
}

/**
 * far_sha256_2:
 * @a: (array length=n_a) (nullable): first part
 * @n_a: its length in bytes
 * @b: (array length=n_b) (nullable): second part
 * @n_b: its length in bytes
 * @ret_digest: (out caller-allocates): digest of @a followed by @b; may be either of them
 */
void
far_sha256_2 (const void *a,
              gsize       n_a,
              const void *b,
              gsize       n_b,
              guint8      ret_digest[FAR_SHA256_LEN])
{
  struct sha256_ctx context;

  g_return_if_fail (a != NULL || n_a == 0);
  g_return_if_fail (b != NULL || n_b == 0);

  sha256_init (&context);
  if (n_a > 0)
    sha256_update (&context, n_a, a);
  if (n_b > 0)
    sha256_update (&context, n_b, b);
  sha256_digest (&context, FAR_SHA256_LEN, ret_digest);
}

/**
 * far_sha256_tagged:
 * @tag: the domain separator that goes first
 * @a: (array length=n_a) (nullable): first part
 * @n_a: its length in bytes
 * @b: (array length=n_b) (nullable): second part
 * @n_b: its length in bytes
 * @ret_digest: (out caller-allocates): digest of @tag, @a and @b; may be either of them
 */
void
far_sha256_tagged (guint8      tag,
                   const void *a,
                   gsize       n_a,
                   const void *b,
                   gsize       n_b,
                   guint8      ret_digest[FAR_SHA256_LEN])
{
  struct sha256_ctx context;

  g_return_if_fail (a != NULL || n_a == 0);
  g_return_if_fail (b != NULL || n_b == 0);

  sha256_init (&context);
  sha256_update (&context, 1, &tag);
  if (n_a > 0)
    sha256_update (&context, n_a, a);
  if (n_b > 0)
    sha256_update (&context, n_b, b);
  sha256_digest (&context, FAR_SHA256_LEN, ret_digest);
}

/**
 * far_hmac_sha256:
 * @key: (array length=n_key) (nullable): the secret
 * @n_key: its length in bytes
 * @data: (array length=n_bytes) (nullable): the message
 * @n_bytes: its length in bytes
 * @ret_digest: (out caller-allocates): the code; may be @key, so that derivations chain
 */
void
far_hmac_sha256 (const void *key,
                 gsize       n_key,
                 const void *data,
                 gsize       n_bytes,
                 guint8      ret_digest[FAR_SHA256_LEN])
{
  struct hmac_sha256_ctx context;

  g_return_if_fail (key != NULL || n_key == 0);
  g_return_if_fail (data != NULL || n_bytes == 0);

  hmac_sha256_set_key (&context, n_key, n_key > 0 ? key : (const void *) "");
  if (n_bytes > 0)
    hmac_sha256_update (&context, n_bytes, data);
  hmac_sha256_digest (&context, FAR_SHA256_LEN, ret_digest);
  far_secret_wipe (&context, sizeof context);
}

static gpointer
init_sodium (gpointer data)
{
  if (sodium_init () < 0)
    g_error ("libsodium cannot be initialised");
  return NULL;
}

/**
 * far_crypto_init:
 *
 * Any thread; any number of times.
 */
void
far_crypto_init (void)
{
  static GOnce once = G_ONCE_INIT;

  g_once (&once, init_sodium, NULL);
}

/**
 * far_ed25519_public:
 * @private_key: the 32-byte seed
 * @ret_public: (out caller-allocates): its public key
 */
void
far_ed25519_public (const guint8 private_key[FAR_ED25519_KEY_LEN],
                    guint8       ret_public[FAR_ED25519_KEY_LEN])
{
  guint8 expanded[crypto_sign_ed25519_SECRETKEYBYTES];

  g_return_if_fail (private_key != NULL && ret_public != NULL);

  far_crypto_init ();
  crypto_sign_ed25519_seed_keypair (ret_public, expanded, private_key);
  far_secret_wipe (expanded, sizeof expanded);
}

/**
 * far_ed25519_sign:
 * @private_key: the 32-byte seed
 * @public_key: the public key of that very seed (another one would leak the seed)
 * @data: (array length=n_bytes) (nullable): the message
 * @n_bytes: its length in bytes
 * @ret_signature: (out caller-allocates): the signature; deterministic
 */
void
far_ed25519_sign (const guint8  private_key[FAR_ED25519_KEY_LEN],
                  const guint8  public_key[FAR_ED25519_KEY_LEN],
                  const void   *data,
                  gsize         n_bytes,
                  guint8        ret_signature[FAR_ED25519_SIGNATURE_LEN])
{
  guint8 expanded[crypto_sign_ed25519_SECRETKEYBYTES];

  g_return_if_fail (private_key != NULL && public_key != NULL && ret_signature != NULL);
  g_return_if_fail (data != NULL || n_bytes == 0);

  far_crypto_init ();
  /* As libsodium has it: the seed, and the public key behind it. */
  memcpy (expanded, private_key, FAR_ED25519_KEY_LEN);
  memcpy (expanded + FAR_ED25519_KEY_LEN, public_key, FAR_ED25519_KEY_LEN);
  crypto_sign_ed25519_detached (ret_signature, NULL, n_bytes > 0 ? data : (const void *) "",
                                n_bytes, expanded);
  far_secret_wipe (expanded, sizeof expanded);
}

/**
 * far_ed25519_verify:
 * @public_key: whose signature it should be
 * @data: (array length=n_bytes) (nullable): the message
 * @n_bytes: its length in bytes
 * @signature: the signature
 *
 * Keys and points of small order, which anybody could sign for, and all but the canonical text of
 * a signature are refused.
 *
 * Returns: TRUE if @signature is @public_key's over @data
 */
gboolean
far_ed25519_verify (const guint8  public_key[FAR_ED25519_KEY_LEN],
                    const void   *data,
                    gsize         n_bytes,
                    const guint8  signature[FAR_ED25519_SIGNATURE_LEN])
{
  g_return_val_if_fail (public_key != NULL && signature != NULL, FALSE);
  g_return_val_if_fail (data != NULL || n_bytes == 0, FALSE);

  far_crypto_init ();
  return crypto_sign_ed25519_verify_detached (signature, n_bytes > 0 ? data : (const void *) "",
                                              n_bytes, public_key) == 0;
}

/**
 * far_secret_equal:
 * @a: (array length=n_bytes): one
 * @b: (array length=n_bytes): the other
 * @n_bytes: length of both in bytes; compare lengths first where they can differ
 *
 * Returns: TRUE if equal, after a time that depends on @n_bytes alone
 */
gboolean
far_secret_equal (const void *a,
                  const void *b,
                  gsize       n_bytes)
{
  g_return_val_if_fail ((a != NULL && b != NULL) || n_bytes == 0, FALSE);

  return n_bytes == 0 || memeql_sec (a, b, n_bytes) == 1;
}

/**
 * far_secret_wipe:
 * @data: (array length=n_bytes): a secret that is no longer needed
 * @n_bytes: its length in bytes
 */
void
far_secret_wipe (void  *data,
                 gsize  n_bytes)
{
  g_return_if_fail (data != NULL || n_bytes == 0);

  if (n_bytes > 0)
    explicit_bzero (data, n_bytes);
}
