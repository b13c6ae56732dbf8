/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sharing of function URLs with pages of other origins: the Cors object of a function URL's
 * configuration (AWS Lambda API reference, Cors), and the answers that follow from it (Fetch
 * standard, CORS protocol). A configuration is kept as the JSON text that far_cors_read() gives. */
#pragma once

#include <json-glib/json-glib.h>

#include "platform/far-http-server.h"

G_BEGIN_DECLS

#define FAR_CORS_ERROR (far_cors_error_quark ())
GQuark far_cors_error_quark (void);
typedef enum {
  FAR_CORS_ERROR_VALUE,
} FarCorsError;

#define FAR_CORS_TEXT_MAX 8192 /* bytes of a whole configuration */
#define FAR_CORS_ITEMS_MAX 100 /* of a list */
#define FAR_CORS_AGE_MAX_S 86400

/**
 * far_cors_read:
 * @object: of the API or a template: AllowCredentials, AllowHeaders, AllowMethods, AllowOrigins,
 *   ExposeHeaders, MaxAge
 * @error: a FarCorsError whose text names the member
 *
 * Returns: (transfer full) (nullable): the configuration as text; NULL with an error
 */
char    *far_cors_read      (JsonObject *object, GError **error);
/* Whether pages of this origin may ask. */
gboolean far_cors_allows    (const char *cors, const char *origin);
/* Adds what an answer to origin carries. */
void     far_cors_add       (const char *cors, const char *origin, FarHttpRequest *request);
/* TRUE: it only asks whether another may be sent (OPTIONS); it has been answered. */
gboolean far_cors_preflight (const char *cors, FarHttpRequest *request);

G_END_DECLS
