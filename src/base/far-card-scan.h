/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds card numbers in any bytes: a database, a log, a write-ahead log. A number is 14 to 19 ASCII
 * digits, in one run or in the groups that are printed on cards (4-4-4-4, 4-4-4-4-3, 4-6-5, 4-6-4
 * with spaces or hyphens), of an issuer's range and length, with the right check digit (ISO/IEC
 * 7812, Luhn). Times, amounts, UUIDs and hashes are told apart by what stands around them. What is
 * encrypted, compressed, packed as binary or spread over other groups is not found; 13-digit Visa
 * numbers are no longer issued. Any thread, a scan each. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_CARD_MASKED_LEN 24

typedef struct {
  guint64     offset; /* of its first digit */
  const char *issuer; /* "Visa" */
  char        masked[FAR_CARD_MASKED_LEN + 1]; /* "424242…4242" */
} FarCardFound;

typedef void (*FarCardFunc) (const FarCardFound *found, gpointer data);

#define FAR_CARD_WINDOW 256 /* bytes kept from one piece to the next */

typedef struct {
  FarCardFunc func;
  gpointer    data;
  guint64     offset; /* of window[0] */
  gsize       n;
  gsize       start;  /* what is before it was looked at, and is there for what stands around */
  gboolean    inside; /* start is inside a run of digits that was looked at */
  char        window[2 * FAR_CARD_WINDOW];
} FarCardScan;

void far_card_scan_init (FarCardScan *scan, FarCardFunc func, gpointer data);
void far_card_scan_feed (FarCardScan *scan, const void *bytes, gsize n_bytes);
void far_card_scan_end  (FarCardScan *scan);

/* Exactly these digits: their issuer, or NULL if they are no card number. */
const char *far_card_issuer (const char *digits, gsize n_digits);

G_END_DECLS
