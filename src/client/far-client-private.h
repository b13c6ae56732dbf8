/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to client: from an HTTP exchange to a JSON object or an error of FAR_CLIENT_ERROR. */
#pragma once

#include "base/far-json.h"
#include "client/far-client-error.h"
#include "net/far-http-client.h"

G_BEGIN_DECLS

#define FAR_ANSWER_MAX (16 * 1024 * 1024)

/* From an answer whose status is none of success: {"error":{"code","message"}}, or any other body.
 * Returns: (transfer full) */
GError     *far_client_error_from_answer (guint status, const char *body, gsize n_bytes);
/* From an error of the HTTP client; G_IO_ERROR_CANCELLED stays what it is.
 * Returns: (transfer full) */
GError     *far_client_error_from_http   (const GError *error);
/* An answer that cannot be understood; reason: of the JSON reader. Returns: (transfer full) */
GError     *far_client_error_protocol    (const GError *reason);

/* Ends far_http_client_send_async(): the answer, if its status is 2xx; else the error as above.
 * Returns: (transfer full) */
FarHttpReply *far_client_take_reply      (FarHttpClient *http, GAsyncResult *result,
                                          GError **error);
/* The same, and its body as an object. An empty body is an empty object.
 * Returns: (transfer full) */
JsonNode   *far_client_take_object       (FarHttpClient *http, GAsyncResult *result,
                                          GError **error);

/* ---- Members that may be missing, or of another type: then the fallback ---- */

/* Returns: (transfer full): "" if missing */
char       *far_client_dup_string        (JsonObject *object, const char *name);
/* Returns: (transfer none): "" if missing */
const char *far_client_peek_string       (JsonObject *object, const char *name);
gint64      far_client_get_int           (JsonObject *object, const char *name, gint64 fallback);
double      far_client_get_double        (JsonObject *object, const char *name, double fallback);
gboolean    far_client_get_bool          (JsonObject *object, const char *name);
/* A string of micros, also negative; 0 if missing. */
gint64      far_client_get_micros        (JsonObject *object, const char *name);
/* RFC 3339, or an integer of µs; 0 if missing. */
gint64      far_client_get_time_us       (JsonObject *object, const char *name);
/* Returns: (transfer none) (nullable) */
JsonObject *far_client_get_object        (JsonObject *object, const char *name);
JsonArray  *far_client_get_array         (JsonObject *object, const char *name);

G_END_DECLS
