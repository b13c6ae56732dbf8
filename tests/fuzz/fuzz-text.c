/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as an amount, a price, a time or an id: what is taken prints back to the same value, and
 * where there is one form only, to the same text. */
#include "fuzz-driver.h"

#include <string.h>

#include "base/far-clock.h"
#include "base/far-id.h"
#include "base/far-money.h"

static void
try_amount (const char *text)
{
  gint64 micros, again;
  g_autofree char *wire = NULL;

  if (!far_micros_parse (text, &micros, NULL))
    return;
  wire = far_micros_to_wire (micros);
  g_assert_cmpstr (wire, ==, text);
  g_assert_true (far_micros_parse (wire, &again, NULL));
}

static void
try_price (const char *text)
{
  gint64 micros, again;
  g_autofree char *decimal = NULL;

  if (!far_micros_parse_decimal (text, &micros, NULL))
    return;
  g_assert_cmpint (micros, >=, 0);
  g_assert_cmpint (micros, <=, FAR_MICROS_MAX);
  decimal = far_micros_to_decimal (micros, "USD");
  g_assert_true (far_micros_parse_decimal (decimal, &again, NULL));
  g_assert_cmpint (micros, ==, again);
}

static void
try_time (const char *text)
{
  gint64 time_us, again;
  g_autofree char *printed = NULL;

  if (!far_time_parse_rfc3339 (text, &time_us))
    return;
  printed = far_time_to_rfc3339 (time_us);
  g_assert_true (far_time_parse_rfc3339 (printed, &again));
  /* An offset can move the first and last day of what RFC 3339 can write out of it. */
  if (strncmp (text, "0000-01-01", 10) != 0 && strncmp (text, "9999-12-31", 10) != 0)
    g_assert_cmpint (time_us, ==, again);
}

static void
try_id (const char *text)
{
  char hex[FAR_ID_HEX_LEN + 1];
  char uuid[FAR_UUID_LEN + 1];
  FarId id;

  if (!far_id_parse (text, &id))
    return;
  far_id_to_hex (&id, hex);
  far_id_to_uuid (&id, uuid);
  g_assert_true (strcmp (text, hex) == 0 || strcmp (text, uuid) == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  try_amount (text);
  try_price (text);
  try_time (text);
  try_id (text);
  return 0;
}
