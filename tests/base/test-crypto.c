/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes and signatures against the vectors of FIPS 180-4, RFC 4231 and RFC 8032. */
#include "base/far-crypto.h"

#include <string.h>

#include "base/far-id.h"

static void
assert_hex (const guint8 *bytes,
            gsize         n_bytes,
            const char   *expected)
{
  g_autofree char *hex = far_hex_encode (bytes, n_bytes);

  g_assert_cmpstr (hex, ==, expected);
}

static GBytes *
from_hex (const char *hex)
{
  gsize n_bytes = strlen (hex) / 2;
  guint8 *bytes = g_malloc (n_bytes + 1);

  g_assert_true (far_hex_decode (hex, bytes, n_bytes));
  return g_bytes_new_take (bytes, n_bytes);
}

static void
test_sha256 (void)
{
  guint8 digest[FAR_SHA256_LEN];
  g_autofree char *million = g_strnfill (1000000, 'a');

  far_sha256 (NULL, 0, digest);
  assert_hex (digest, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  far_sha256 ("abc", 3, digest);
  assert_hex (digest, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  far_sha256_2 ("a", 1, "bc", 2, digest);
  assert_hex (digest, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  far_sha256_tagged ('a', "b", 1, "c", 1, digest);
  assert_hex (digest, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  far_sha256 (million, 1000000, digest);
  assert_hex (digest, 32, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void
test_hmac_rfc4231 (void)
{
  static const struct { const char *key, *data, *digest; } cases[] = {
    { "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "dddddddddddddddddddddddddddddddddddddddddddddddddd"
      "dddddddddddddddddddddddddddddddddddddddddddddddddd",
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { "0102030405060708090a0b0c0d0e0f10111213141516171819",
      "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
      "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
  };
  guint8 digest[FAR_SHA256_LEN];
  guint8 key[131];

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) short_key = from_hex (cases[i].key);
      g_autoptr (GBytes) data = from_hex (cases[i].data);

      far_hmac_sha256 (g_bytes_get_data (short_key, NULL), g_bytes_get_size (short_key),
                       g_bytes_get_data (data, NULL), g_bytes_get_size (data), digest);
      assert_hex (digest, 32, cases[i].digest);
    }

  /* Cases 6 and 7: a key longer than a block. */
  memset (key, 0xaa, sizeof key);
  far_hmac_sha256 (key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
                   digest);
  assert_hex (digest, 32, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  far_hmac_sha256 (key, sizeof key,
                   "This is a test using a larger than block-size key and a larger than block-size "
                   "data. The key needs to be hashed before being used by the HMAC algorithm.", 152,
                   digest);
  assert_hex (digest, 32, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static const struct { const char *private_key, *public_key, *data, *signature; } rfc8032[] = {
  { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
    "b46bd25bf5f0595bbe24655141438e7a100b" },
  { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
    "1d8c387b2eaeb4302aeeb00d291612bb0c00" },
  { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
    "c6594a7c15e9716ed28dc027beceea1ec40a" },
};

static void
test_ed25519_rfc8032 (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rfc8032); i++)
    {
      g_autoptr (GBytes) private_key = from_hex (rfc8032[i].private_key);
      g_autoptr (GBytes) data = from_hex (rfc8032[i].data);
      guint8 public_key[FAR_ED25519_KEY_LEN];
      guint8 signature[FAR_ED25519_SIGNATURE_LEN];

      far_ed25519_public (g_bytes_get_data (private_key, NULL), public_key);
      assert_hex (public_key, sizeof public_key, rfc8032[i].public_key);
      far_ed25519_sign (g_bytes_get_data (private_key, NULL), public_key,
                        g_bytes_get_data (data, NULL), g_bytes_get_size (data), signature);
      assert_hex (signature, sizeof signature, rfc8032[i].signature);
      g_assert_true (far_ed25519_verify (public_key, g_bytes_get_data (data, NULL),
                                         g_bytes_get_size (data), signature));
    }
}

/* Every single flipped bit of signature, key or message makes it invalid. */
static void
test_ed25519_tampered (void)
{
  g_autoptr (GBytes) private_key = from_hex (rfc8032[2].private_key);
  guint8 public_key[FAR_ED25519_KEY_LEN];
  guint8 signature[FAR_ED25519_SIGNATURE_LEN];
  guint8 data[2] = { 0xaf, 0x82 };

  far_ed25519_public (g_bytes_get_data (private_key, NULL), public_key);
  far_ed25519_sign (g_bytes_get_data (private_key, NULL), public_key, data, 2, signature);
  for (guint bit = 0; bit < 8 * sizeof signature; bit++)
    {
      signature[bit / 8] ^= 1 << (bit % 8);
      g_assert_false (far_ed25519_verify (public_key, data, 2, signature));
      signature[bit / 8] ^= 1 << (bit % 8);
    }
  for (guint bit = 0; bit < 8 * sizeof public_key; bit++)
    {
      public_key[bit / 8] ^= 1 << (bit % 8);
      g_assert_false (far_ed25519_verify (public_key, data, 2, signature));
      public_key[bit / 8] ^= 1 << (bit % 8);
    }
  data[1] ^= 1;
  g_assert_false (far_ed25519_verify (public_key, data, 2, signature));
}

/* S + L signs the same equation; RFC 8032 5.1.7 wants it refused, or signatures are malleable. */
static void
test_ed25519_malleable (void)
{
  static const guint8 order[32] = {
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
  };
  g_autoptr (GBytes) public_key = from_hex (rfc8032[0].public_key);
  g_autoptr (GBytes) signature = from_hex (rfc8032[0].signature);
  guint8 other[FAR_ED25519_SIGNATURE_LEN];
  guint carry = 0;

  memcpy (other, g_bytes_get_data (signature, NULL), sizeof other);
  g_assert_true (far_ed25519_verify (g_bytes_get_data (public_key, NULL), NULL, 0, other));
  for (guint i = 0; i < 32; i++)
    {
      carry += other[32 + i] + order[i];
      other[32 + i] = (guint8) carry;
      carry >>= 8;
    }
  g_assert_false (far_ed25519_verify (g_bytes_get_data (public_key, NULL), NULL, 0, other));
}

/* The neutral point as a key: [S]B = R + [k]A holds for S = 0 and R = A whatever was said. */
static void
test_ed25519_small_order (void)
{
  const guint8 public_key[FAR_ED25519_KEY_LEN] = { 1 };
  const guint8 signature[FAR_ED25519_SIGNATURE_LEN] = { 1 };

  g_assert_false (far_ed25519_verify (public_key, "anything", 8, signature));
}

static void
test_secrets (void)
{
  guint8 secret[16] = "0123456789abcde";
  guint8 zero[16] = { 0, };

  g_assert_true (far_secret_equal (secret, "0123456789abcde", 16));
  g_assert_false (far_secret_equal (secret, "0123456789abcdf", 16));
  g_assert_false (far_secret_equal (secret, "1123456789abcde", 16));
  g_assert_true (far_secret_equal (NULL, NULL, 0));
  far_secret_wipe (secret, sizeof secret);
  g_assert_cmpmem (secret, 16, zero, 16);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/crypto/sha256", test_sha256);
  g_test_add_func ("/base/crypto/hmac-rfc4231", test_hmac_rfc4231);
  g_test_add_func ("/base/crypto/ed25519/rfc8032", test_ed25519_rfc8032);
  g_test_add_func ("/base/crypto/ed25519/tampered", test_ed25519_tampered);
  g_test_add_func ("/base/crypto/ed25519/malleable", test_ed25519_malleable);
  g_test_add_func ("/base/crypto/ed25519/small-order", test_ed25519_small_order);
  g_test_add_func ("/base/crypto/secrets", test_secrets);
  return g_test_run ();
}
