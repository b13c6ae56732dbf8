/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What another farthingd's control API answers, read from foreign bytes. No state. */
#pragma once

#include <json-glib/json-glib.h>

#include "sources/far-source.h"

G_BEGIN_DECLS

/* GET /v1/invocations → batch's records and where the next begins; left as it is on error. */
gboolean   far_farthing_parse_records   (JsonObject *object, FarSourceBatch *batch,
                                         GError **error);
#define FAR_FARTHING_BEHIND "behind_after"

/* Where the batch behind cursor (nullable) begins, as that call's query; behind: with what was
 * stored under an earlier time, which older ones do not know. Returns: (transfer full) */
char      *far_farthing_cursor_to_query (const char *cursor, gboolean behind);
/* GET /v1/functions → (element-type FarSourceFunction), by name; NULL on error */
GPtrArray *far_farthing_parse_functions (JsonObject *object, GError **error);
/* One line of GET /v1/logs; NULL for what is none. */
FarSourceLogLine *far_farthing_parse_line (const char *text, gsize n_bytes);

G_END_DECLS
