/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes by nettle, signatures by libsodium: no state between calls, safe in a fork server and in
 * any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_SHA256_LEN 32
#define FAR_ED25519_KEY_LEN 32
#define FAR_ED25519_SIGNATURE_LEN 64

void     far_sha256          (const void *data, gsize n_bytes, guint8 ret_digest[FAR_SHA256_LEN]);
/* Hash of the concatenation of two buffers, for tree hashing without a copy. */
void     far_sha256_2        (const void *a, gsize n_a, const void *b, gsize n_b,
                              guint8 ret_digest[FAR_SHA256_LEN]);
/* Hash of the concatenation of prefix, a and b: RFC 9162's 0x00 || leaf and 0x01 || l || r. */
void     far_sha256_tagged   (guint8 tag, const void *a, gsize n_a, const void *b, gsize n_b,
                              guint8 ret_digest[FAR_SHA256_LEN]);
void     far_hmac_sha256     (const void *key, gsize n_key, const void *data, gsize n_bytes,
                              guint8 ret_digest[FAR_SHA256_LEN]);

/* Gets the signatures ready, which their first use does as well. A fork server does it before its
 * instances would, each for itself. */
void     far_crypto_init     (void);
/* private_key is the 32-byte seed of RFC 8032. */
void     far_ed25519_public  (const guint8 private_key[FAR_ED25519_KEY_LEN],
                              guint8       ret_public[FAR_ED25519_KEY_LEN]);
void     far_ed25519_sign    (const guint8 private_key[FAR_ED25519_KEY_LEN],
                              const guint8 public_key[FAR_ED25519_KEY_LEN],
                              const void *data, gsize n_bytes,
                              guint8 ret_signature[FAR_ED25519_SIGNATURE_LEN]);
gboolean far_ed25519_verify  (const guint8 public_key[FAR_ED25519_KEY_LEN],
                              const void *data, gsize n_bytes,
                              const guint8 signature[FAR_ED25519_SIGNATURE_LEN]);

/* Constant time in the content (not in the length). */
gboolean far_secret_equal    (const void *a, const void *b, gsize n_bytes);
/* Overwrites a secret so that the compiler cannot leave it out. */
void     far_secret_wipe     (void *data, gsize n_bytes);

G_END_DECLS
