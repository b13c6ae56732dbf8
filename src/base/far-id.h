/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 128-bit ids. Time-ordered ones are UUID version 7 (RFC 9562): 48 bits of Unix milliseconds and
 * 74 random bits from getrandom(). Written as 32 lower-case hex digits, or with hyphens where a
 * format wants a UUID. */
#pragma once

#include <glib.h>

#include "base/far-clock.h"

G_BEGIN_DECLS

#define FAR_ID_LEN 16
#define FAR_ID_HEX_LEN 32
#define FAR_UUID_LEN 36

typedef struct {
  guint8 bytes[FAR_ID_LEN];
} FarId;

void     far_id_init        (FarId *id, FarClock *clock);
void     far_id_init_random (FarId *id);
void     far_id_to_hex      (const FarId *id, char ret_hex[FAR_ID_HEX_LEN + 1]);
void     far_id_to_uuid     (const FarId *id, char ret_uuid[FAR_UUID_LEN + 1]);
/* Accepts both forms, lower case only. */
gboolean far_id_parse       (const char *text, FarId *ret_id);
int      far_id_compare     (const FarId *a, const FarId *b);

/* Hex of any bytes; decoding takes lower case only and exactly n_bytes. */
char    *far_hex_encode     (const guint8 *bytes, gsize n_bytes);
gboolean far_hex_decode     (const char *text, guint8 *ret_bytes, gsize n_bytes);

G_END_DECLS
