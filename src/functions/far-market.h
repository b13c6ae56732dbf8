/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the market's functions share: the publication, read before any instance exists and read
 * again when its files have changed, and the line to the bookkeeper.
 *
 * Money: a price is the publication's own, never a client's. A command that could not be answered
 * is never tried again by itself under another key; only what the bookkeeper refused because it
 * does not know the property or a campaign yet is sent again, with the same key, after telling it.
 *
 * One thread. far_market_init() runs in the fork server and leaves nothing but memory behind. */
#pragma once

#include "functions/far-publication.h"
#include "lambda/far-bookkeeper-client.h"
#include "lambda/far-lambda.h"

G_BEGIN_DECLS

/* The store that holds the publication's folder. */
#define FAR_MARKET_STORE "publication"

typedef struct {
  FarPublication      *publication;
  FarBookkeeperClient *bookkeeper; /* NULL before start, and where none was granted */
  char                *complaint;  /* what is wrong with the folder now; NULL if nothing */
  gint64               disputes_asked_us; /* settle's: when it last asked for them; 0: never */
  gint64               looked_us;  /* monotonic: when the folder was last looked at */
} FarMarket;

/* FarLambdaFunction's hooks; state is a FarMarket. */
gboolean    far_market_init     (gpointer       *ret_state,
                                 GError        **error);
gboolean    far_market_start    (gpointer        state,
                                 GError        **error);
void        far_market_finish   (gpointer        state);

/* The publication as it was on disk at most 500 ms ago. One that has been broken meanwhile is
 * logged, once, with file and line, and the last whole one is kept. Borrowed pointers into the old
 * one become invalid. */
void        far_market_refresh  (FarMarket      *self);
/* Sends a request made with far_bookkeeper_client_begin() and clears it. Returns: (transfer full)
 * (nullable): the answer's object, or NULL with FAR_BOOKKEEPER_ERROR */
JsonNode   *far_market_call     (FarMarket      *self,
                                 FarJsonWriter  *request,
                                 GError        **error);
/* The same, as text for far_json_walk(). */
char       *far_market_ask      (FarMarket      *self,
                                 FarJsonWriter  *request,
                                 gsize          *ret_n_bytes,
                                 GError        **error);
/* Whether a reader is entitled to an article, and how: writes the members "entitled", "by",
 * "since_us" and "refundable_until_us". Books that do not know the property yet entitle nobody.
 * ret_entitled is FALSE on failure, and then nothing was written. */
gboolean    far_market_add_entitlement (FarMarket        *self,
                                        const char       *reader,
                                        const FarArticle *article,
                                        FarJsonWriter    *writer,
                                        gboolean         *ret_entitled,
                                        GError          **error);
/* Writes an answer's members but "ok". */
void        far_market_add_members (FarJsonWriter *writer,
                                    JsonNode      *answer);
/* Tells the bookkeeper the property and its terms; with campaigns, those too. */
gboolean    far_market_register (FarMarket      *self,
                                 gboolean        campaigns,
                                 GError        **error);

G_END_DECLS
