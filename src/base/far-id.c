/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 128-bit ids and hex. Layout of a time-ordered id (RFC 9562, 5.7): bytes 0–5 Unix milliseconds,
 * big-endian; the high nibble of byte 6 is the version, 7; the two high bits of byte 8 are the
 * variant, binary 10; all other bits are random. So that ids sort by time, to a millisecond, by
 * plain comparison of bytes or of hex. No state; any thread; safe after fork(). */
#include "farthing-config.h"

#include "base/far-id.h"

#include <string.h>

#include "base/far-random.h"

static const char hex_digits[] = "0123456789abcdef";

/* A hyphen stands before these bytes in a UUID. */
static gboolean
hyphen_before (gsize i)
{
  return i == 4 || i == 6 || i == 8 || i == 10;
}

/**
 * far_id_init:
 * @id: (out caller-allocates): a new time-ordered id
 * @clock: whose time it bears
 */
void
far_id_init (FarId    *id,
             FarClock *clock)
{
  guint64 now_ms;

  g_return_if_fail (id != NULL && clock != NULL);

  now_ms = (guint64) MAX (far_clock_now_us (clock), 0) / 1000;
  far_random_bytes_ahead (id->bytes, FAR_ID_LEN);
  for (gsize i = 0; i < 6; i++)
    id->bytes[i] = (guint8) (now_ms >> (40 - 8 * i));
  id->bytes[6] = 0x70 | (id->bytes[6] & 0x0f);
  id->bytes[8] = 0x80 | (id->bytes[8] & 0x3f);
}

/**
 * far_id_init_random:
 * @id: (out caller-allocates): 128 random bits, which tell nothing, not even a time
 */
void
far_id_init_random (FarId *id)
{
  g_return_if_fail (id != NULL);

  far_random_bytes_ahead (id->bytes, FAR_ID_LEN);
}

static void
write_hex (const guint8 *bytes,
           gsize         n_bytes,
           char         *ret_hex)
{
  for (gsize i = 0; i < n_bytes; i++)
    {
      ret_hex[2 * i] = hex_digits[bytes[i] >> 4];
      ret_hex[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
  ret_hex[2 * n_bytes] = '\0';
}

/**
 * far_id_to_hex:
 * @id: an id
 * @ret_hex: (out caller-allocates): 32 lower-case hex digits and a NUL
 */
void
far_id_to_hex (const FarId *id,
               char         ret_hex[FAR_ID_HEX_LEN + 1])
{
  g_return_if_fail (id != NULL && ret_hex != NULL);

  write_hex (id->bytes, FAR_ID_LEN, ret_hex);
}

/**
 * far_id_to_uuid:
 * @id: an id
 * @ret_uuid: (out caller-allocates): 8-4-4-4-12 lower-case hex digits and a NUL
 */
void
far_id_to_uuid (const FarId *id,
                char         ret_uuid[FAR_UUID_LEN + 1])
{
  char *next = ret_uuid;

  g_return_if_fail (id != NULL && ret_uuid != NULL);

  for (gsize i = 0; i < FAR_ID_LEN; i++)
    {
      if (hyphen_before (i))
        *next++ = '-';
      *next++ = hex_digits[id->bytes[i] >> 4];
      *next++ = hex_digits[id->bytes[i] & 15];
    }
  *next = '\0';
  g_assert (next - ret_uuid == FAR_UUID_LEN);
}

static int
nibble_of (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

/**
 * far_id_parse:
 * @text: (nullable): 32 hex digits, or a UUID with its four hyphens; lower case
 * @ret_id: (out caller-allocates): the id; untouched on failure
 *
 * Returns: TRUE if @text is exactly one id
 */
gboolean
far_id_parse (const char *text,
              FarId      *ret_id)
{
  gsize length = text != NULL ? strlen (text) : 0;
  gboolean hyphens = length == FAR_UUID_LEN;
  FarId id;

  g_return_val_if_fail (ret_id != NULL, FALSE);

  if (!hyphens && length != FAR_ID_HEX_LEN)
    return FALSE;

  for (gsize i = 0; i < FAR_ID_LEN; i++)
    {
      int high, low;

      if (hyphens && hyphen_before (i) && *text++ != '-')
        return FALSE;
      high = nibble_of (*text++);
      low = nibble_of (*text++);
      if (high < 0 || low < 0)
        return FALSE;
      id.bytes[i] = (guint8) (high << 4 | low);
    }

  *ret_id = id;
  return TRUE;
}

/**
 * far_id_compare:
 * @a: one
 * @b: the other
 *
 * Returns: below, at or above 0 as @a sorts before, with or after @b
 */
int
far_id_compare (const FarId *a,
                const FarId *b)
{
  return memcmp (a->bytes, b->bytes, FAR_ID_LEN);
}

/**
 * far_hex_encode:
 * @bytes: (array length=n_bytes) (nullable): anything
 * @n_bytes: its length
 *
 * Returns: (transfer full): lower-case hex digits
 */
char *
far_hex_encode (const guint8 *bytes,
                gsize         n_bytes)
{
  char *hex;

  g_return_val_if_fail (bytes != NULL || n_bytes == 0, NULL);

  hex = g_malloc (2 * n_bytes + 1);
  write_hex (bytes, n_bytes, hex);
  return hex;
}

/**
 * far_hex_decode:
 * @text: (nullable): exactly 2 × @n_bytes lower-case hex digits
 * @ret_bytes: (out caller-allocates) (array length=n_bytes): the bytes; untouched on failure
 * @n_bytes: how many bytes are wanted
 *
 * Returns: TRUE if @text is just that
 */
gboolean
far_hex_decode (const char *text,
                guint8     *ret_bytes,
                gsize       n_bytes)
{
  g_return_val_if_fail (ret_bytes != NULL || n_bytes == 0, FALSE);

  if (text == NULL || strlen (text) != 2 * n_bytes)
    return FALSE;
  for (gsize i = 0; i < 2 * n_bytes; i++)
    if (nibble_of (text[i]) < 0)
      return FALSE;
  for (gsize i = 0; i < n_bytes; i++)
    ret_bytes[i] = (guint8) (nibble_of (text[2 * i]) << 4 | nibble_of (text[2 * i + 1]));
  return TRUE;
}
