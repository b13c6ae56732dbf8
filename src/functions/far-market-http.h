/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the market's HTTP functions ask of a request before they do anything, and how they say no.
 * Each of these that fails has set the response, with the right status and
 * {"error":{"code","message"}}; the caller returns TRUE at once. One thread. */
#pragma once

#include "functions/far-market.h"

G_BEGIN_DECLS

#define FAR_READER_LEN 64 /* hex digits of the public key */

/* The reader who signed the request: 401 if nobody did or the signature does not hold. */
gboolean          far_market_need_reader   (const FarLambdaContext *context,
                                            FarLambdaRequest       *request,
                                            FarLambdaResponse      *response,
                                            char                    ret_reader[FAR_READER_LEN + 1]);
/* The same where a reader may stay unknown: "" if the request is not signed at all. */
gboolean          far_market_may_reader    (const FarLambdaContext *context,
                                            FarLambdaRequest       *request,
                                            FarLambdaResponse      *response,
                                            char                    ret_reader[FAR_READER_LEN + 1]);
/* The body as an object with no members but those named: 400. NULL-terminated names.
 * Returns: (transfer none) (nullable) */
JsonObject       *far_market_need_body     (FarLambdaRequest       *request,
                                            FarLambdaResponse      *response,
                                            const char             *name,
                                            ...) G_GNUC_NULL_TERMINATED;
/* A string member of the body: 400. Returns: (transfer none) (nullable) */
const char       *far_market_need_string   (JsonObject             *body,
                                            const char             *name,
                                            gsize                   len_max,
                                            FarLambdaResponse      *response);
/* The article of that id: 404. Returns: (transfer none) (nullable) */
const FarArticle *far_market_need_article  (FarMarket              *market,
                                            const char             *id,
                                            FarLambdaResponse      *response);
/* What a reader is told of a failure. A refusal says why in its own words; what failed inside (a
 * database, a path, a connection) becomes a code and a sentence that helps, and its text goes to
 * the function's log alone. Returns: a string that lives as long as the error */
const char       *far_market_explain       (const GError           *error,
                                            const char            **ret_code,
                                            guint                  *ret_status);
/* Answers with a bookkeeper's refusal, explained. */
void              far_market_refuse        (FarLambdaResponse      *response,
                                            const GError           *error);
/* Sends the command and answers with what the bookkeeper answered. */
gboolean          far_market_answer        (FarMarket              *market,
                                            FarJsonWriter          *request,
                                            FarLambdaResponse      *response);
/* A JSON body that no cache may keep. */
void              far_market_set_private   (FarLambdaResponse      *response,
                                            FarJsonWriter          *writer);

G_END_DECLS
