/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shape of a request: a table of its fields. A request is checked against it before a command
 * sees it, so commands read members that are there, of the right type and within bounds; and
 * requests are compared (idempotency) by what the table names, not by their bytes. Pure. */
#pragma once

#include "base/far-crypto.h"
#include "base/far-id.h"
#include "base/far-json.h"

G_BEGIN_DECLS

#define FAR_FIELD_NAME_MAX 128
#define FAR_READER_LEN 32

typedef enum {
  FAR_FIELD_KEY,            /* 1–128 printable ASCII characters without space */
  FAR_FIELD_READER,         /* 64 hex digits */
  FAR_FIELD_HASH,           /* 64 hex digits */
  FAR_FIELD_NAME,           /* 1–128 of [A-Za-z0-9._:/-] */
  FAR_FIELD_ID,             /* 32 hex digits */
  FAR_FIELD_CURRENCY,       /* a known ISO 4217 code */
  FAR_FIELD_MICROS,         /* string of micros ≥ 1 */
  FAR_FIELD_MICROS_OR_ZERO,
  FAR_FIELD_INT,            /* min … max */
  FAR_FIELD_BOOL,
  FAR_FIELD_WORD,           /* min … max printable ASCII characters */
  FAR_FIELD_TEXT,           /* min … max bytes of UTF-8 without control characters */
  FAR_FIELD_OBJECT,         /* of members */
  FAR_FIELD_ARRAY,          /* min … max objects of members */
} FarFieldType;

typedef enum {
  FAR_FIELD_OPTIONAL = 1 << 0,
  FAR_FIELD_NOT_COMPARED = 1 << 1, /* another value is still the same request */
} FarFieldFlags;

typedef struct _FarField FarField;
struct _FarField {
  const char     *name; /* NULL ends a table */
  FarFieldType    type;
  FarFieldFlags   flags;
  gint64          min;
  gint64          max;
  const FarField *members;
};

/* FALSE with FAR_COMMAND_ERROR_BAD_REQUEST, which names the member and what is wanted. also: a
 * member that is no field but allowed (NULL: none). */
gboolean far_request_check  (JsonObject      *object,
                             const FarField  *fields,
                             const char      *also,
                             GError         **error);
/* What two equal requests have in common. Only after far_request_check(). */
void     far_request_digest (JsonObject      *object,
                             const FarField  *fields,
                             guint8           ret_digest[FAR_SHA256_LEN]);

/* Members of a checked request. */
const char *far_request_text   (JsonObject *object,
                                const char *name);
gint64      far_request_micros (JsonObject *object,
                                const char *name);
gint64      far_request_int    (JsonObject *object,
                                const char *name,
                                gint64      if_absent);
FarId       far_request_id     (JsonObject *object,
                                const char *name);

G_END_DECLS
