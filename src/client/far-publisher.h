/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publisher's side of a market: what was earned, paid out, and where a reader's money went.
 * Asked of the market with the publisher's token, or of the platform that watches a deployment,
 * which holds the token then. The same questions and answers either way. Asynchronous on the main
 * context that made it; errors are FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED. */
#pragma once

#include "client/far-market-client.h"
#include "client/far-platform-client.h"

G_BEGIN_DECLS

#define FAR_PAYOUTS_MAX 100
#define FAR_TRACES_MAX 50
#define FAR_TRACE_STEPS_MAX 4096

/* Strings are never NULL; money is micros; times are µs since the epoch, 0 = not yet. */
typedef struct {
  char  *payout;   /* 32 hex digits */
  char  *batch;
  char  *currency;
  char  *account;  /* masked */
  char  *state;    /* "prepared" "exported" "paid" "failed" */
  char  *note;     /* the bank's reference, or why it failed */
  gint64 amount_micros;
  gint64 made_us;
  gint64 ended_us;
} FarPayout;
void far_payout_free (FarPayout *payout);

typedef struct {
  char  *kind;     /* of the bookkeeper's command "trace" */
  char  *to;       /* "publisher" "fee"; "" of a charge */
  char  *transfer; /* "" where the step is no row of its own */
  char  *payout;   /* "" = none */
  char  *state;    /* of a payout or a dispute; "" */
  gint64 micros;
  gint64 time_us;
  gint64 seq;      /* entry in the log; −1 = none */
} FarTraceStep;

/* The way of one reader's money. */
typedef struct {
  char      *pledge;
  char      *article;
  char      *currency;
  char      *fee_receiver; /* "" = not named */
  char      *state;        /* "open" "settled" "refunded" "written_off" */
  gint64     price_micros;
  gint64     publisher_micros;
  gint64     fee_micros;
  gint64     fee_bps;
  gint64     time_us;
  GPtrArray *steps;        /* (element-type FarTraceStep), oldest first */
} FarTrace;
void far_trace_free (FarTrace *trace);

#define FAR_TYPE_PUBLISHER (far_publisher_get_type ())
G_DECLARE_FINAL_TYPE (FarPublisher, far_publisher, FAR, PUBLISHER, GObject)

/* token_path: "publisher_token" of the platform's status, read at each call. */
FarPublisher *far_publisher_new         (FarMarketClient *market, const char *token_path);
/* id: of a deployment that the platform watches. */
FarPublisher *far_publisher_new_watched (FarPlatformClient *platform, const char *id);

void         far_publisher_load_earnings_async  (FarPublisher *self, GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
FarEarnings *far_publisher_load_earnings_finish (FarPublisher *self, GAsyncResult *result,
                                                 GError **error);
/* → (element-type FarPayout), newest first */
void         far_publisher_load_payouts_async   (FarPublisher *self, GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
GPtrArray   *far_publisher_load_payouts_finish  (FarPublisher *self, GAsyncResult *result,
                                                 GError **error);
/* article: whose pledges. limit: 1–FAR_TRACES_MAX. → (element-type FarTrace), newest first */
void         far_publisher_load_traces_async    (FarPublisher *self, const char *article,
                                                 guint limit, GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
GPtrArray   *far_publisher_load_traces_finish   (FarPublisher *self, GAsyncResult *result,
                                                 GError **error);
/* month: "2026-11". → the statement as a table for spreadsheets (RFC 4180), to the micro */
void         far_publisher_load_statement_async (FarPublisher *self, const char *month,
                                                 GCancellable *cancellable,
                                                 GAsyncReadyCallback callback,
                                                 gpointer user_data);
char        *far_publisher_load_statement_finish (FarPublisher *self, GAsyncResult *result,
                                                  GError **error);

/* ---- far-publisher-types.c: from JSON; (transfer full), NULL with FAR_JSON_ERROR ---- */

GPtrArray *far_payouts_parse        (JsonObject *object, GError **error);
GPtrArray *far_traces_parse         (JsonObject *object, GError **error);
/* The statement of the bookkeeper's command as comma-separated lines: section, line, number of
 * bookings, amount in units with six digits behind the point, currency. */
char      *far_statement_to_csv     (JsonObject *object, GError **error);

G_END_DECLS
