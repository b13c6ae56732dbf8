/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the tables of special addresses (IANA's registries for IPv4 and IPv6). */
#include "net/far-address-policy.h"

#include <string.h>

typedef struct {
  guint8 bytes[4];
  guint  bits;
} Block;

static const Block special_v4[] = {
  { { 0, 0, 0, 0 }, 8 },       { { 10, 0, 0, 0 }, 8 },      { { 100, 64, 0, 0 }, 10 },
  { { 127, 0, 0, 0 }, 8 },     { { 169, 254, 0, 0 }, 16 },  { { 172, 16, 0, 0 }, 12 },
  { { 192, 0, 0, 0 }, 24 },    { { 192, 0, 2, 0 }, 24 },    { { 192, 88, 99, 0 }, 24 },
  { { 192, 168, 0, 0 }, 16 },  { { 198, 18, 0, 0 }, 15 },   { { 198, 51, 100, 0 }, 24 },
  { { 203, 0, 113, 0 }, 24 },  { { 224, 0, 0, 0 }, 4 },     { { 240, 0, 0, 0 }, 4 },
};

static gboolean
has_prefix (const guint8 *bytes, const guint8 *prefix, guint bits)
{
  guint whole = bits / 8, rest = bits % 8;

  if (memcmp (bytes, prefix, whole) != 0)
    return FALSE;
  return rest == 0 || (bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

static gboolean
is_public_v4 (const guint8 *bytes)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (special_v4); i++)
    if (has_prefix (bytes, special_v4[i].bytes, special_v4[i].bits))
      return FALSE;
  return TRUE;
}

/* An address that carries an IPv4 one is as good as that. */
static gboolean
is_public_v6 (const guint8 *bytes)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  static const guint8 nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
  static const guint8 six_to_four[2] = { 0x20, 0x02 };
  static const guint8 global[1] = { 0x20 };
  static const guint8 documentation[4] = { 0x20, 0x01, 0x0d, 0xb8 };
  static const guint8 special[3] = { 0x20, 0x01, 0x00 }; /* Teredo, ORCHID, benchmarks */

  if (has_prefix (bytes, mapped, 96) || has_prefix (bytes, nat64, 96))
    return is_public_v4 (bytes + 12);
  if (has_prefix (bytes, six_to_four, 16))
    return is_public_v4 (bytes + 2);
  return has_prefix (bytes, global, 3) && !has_prefix (bytes, documentation, 32) &&
         !has_prefix (bytes, special, 23);
}

gboolean
far_address_is_public (GInetAddress *address)
{
  const guint8 *bytes = g_inet_address_to_bytes (address);

  return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV4 ? is_public_v4 (bytes)
                                                                     : is_public_v6 (bytes);
}

gboolean
far_address_allowed (FarAddressPolicy policy, GInetAddress *address)
{
  return policy == FAR_ADDRESS_ANY || far_address_is_public (address) ||
         (policy == FAR_ADDRESS_PUBLIC_OR_LOOPBACK && g_inet_address_get_is_loopback (address));
}

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
  return FALSE;
}

gboolean
far_address_check_url (FarAddressPolicy policy, const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GInetAddress) address = NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  gboolean secure;

  if (host == NULL || *host == '\0')
    return refuse (error, "That is no address; give one that begins with https://");
  secure = strcmp (g_uri_get_scheme (uri), "https") == 0;
  if (g_uri_get_userinfo (uri) != NULL)
    return refuse (error, "An address with a user name or password in it is not taken");
  address = g_inet_address_new_from_string (host);
  if (address != NULL && !far_address_allowed (policy, address))
    return refuse (error, "That address is of a private network; give a public one");
  if (secure || policy == FAR_ADDRESS_ANY)
    return secure || strcmp (g_uri_get_scheme (uri), "http") == 0 ||
           refuse (error, "Give an address that begins with https://");
  if (strcmp (g_uri_get_scheme (uri), "http") == 0 && address != NULL &&
      g_inet_address_get_is_loopback (address))
    return TRUE;
  return refuse (error, "Give an address that begins with https://; http:// only leads to "
                        "127.0.0.1 or [::1]");
}
