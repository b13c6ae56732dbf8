/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a C function asks the bookkeeper: one blocking request at a time over one connection. What
 * each command takes and answers stands in bookkeeper/far-commands.h.
 *
 *   g_auto (FarJsonWriter) request;
 *   g_autoptr (JsonNode) answer = NULL;
 *
 *   far_bookkeeper_client_begin (&request, "entitlement");
 *   far_json_add_string (&request, "reader", reader);
 *   far_json_add_string (&request, "property", property);
 *   far_json_add_string (&request, "article", article);
 *   answer = far_bookkeeper_client_call (client, &request, FAR_BOOKKEEPER_TIMEOUT_US, &error);
 *   if (answer == NULL)
 *     return respond (far_bookkeeper_error_status (error), far_bookkeeper_error_code (error),
 *                     error->message);
 *
 * Invariants: after a time-out or a broken stream an answer could belong to an older request, so
 * the connection is closed and never used again. One over a descriptor the platform gave
 * ("fd:N") cannot be opened again: every later call fails with UNAVAILABLE, and the function does
 * best to exit so that a new instance takes its place. One over an address is opened again by the
 * next call. Not thread-safe; make it after the fork, never in a fork server. */
#pragma once

#include "base/far-json.h"

G_BEGIN_DECLS

/* The environment variable: "fd:N", "unix:PATH" or "HOST:PORT". */
#define FAR_BOOKKEEPER_ENV "FARTHING_SERVICE_BOOKKEEPER"

/* How long a function waits for an answer by default. */
#define FAR_BOOKKEEPER_TIMEOUT_US (5 * G_USEC_PER_SEC)

#define FAR_BOOKKEEPER_ERROR (far_bookkeeper_error_quark ())
GQuark far_bookkeeper_error_quark (void);

/* One for each code a bookkeeper answers (far-commands.h), and three of the client's own. */
typedef enum {
  /* The outcome is unknown: it may have been booked. Ask again with the same key. */
  FAR_BOOKKEEPER_ERROR_UNKNOWN,
  /* Nothing was sent: no connection. Nothing can have been booked. */
  FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
  /* The answer was no valid answer. Treated as unknown. */
  FAR_BOOKKEEPER_ERROR_PROTOCOL,
  FAR_BOOKKEEPER_ERROR_BAD_REQUEST,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_COMMAND,
  FAR_BOOKKEEPER_ERROR_NOT_ALLOWED,
  FAR_BOOKKEEPER_ERROR_UNAUTHORIZED,
  FAR_BOOKKEEPER_ERROR_BUSY,
  FAR_BOOKKEEPER_ERROR_INTERNAL,
  FAR_BOOKKEEPER_ERROR_IDEMPOTENCY_MISMATCH,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_PROPERTY,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_CAMPAIGN,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_VIEW,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_TAB,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_INTENT,
  FAR_BOOKKEEPER_ERROR_WRONG_CURRENCY,
  FAR_BOOKKEEPER_ERROR_PAYMENT_METHOD_REQUIRED,
  FAR_BOOKKEEPER_ERROR_EXPOSURE_LIMIT,
  FAR_BOOKKEEPER_ERROR_CAP_REACHED,
  FAR_BOOKKEEPER_ERROR_UNDER_MINIMUM,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_CHECKOUT,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_REFUND,
  FAR_BOOKKEEPER_ERROR_WALLET_EMPTY,
  FAR_BOOKKEEPER_ERROR_NOT_SETTLED,
  FAR_BOOKKEEPER_ERROR_ALREADY_ENTITLED,
  FAR_BOOKKEEPER_ERROR_NOT_ENTITLED,
  FAR_BOOKKEEPER_ERROR_NOT_REFUNDABLE,
  FAR_BOOKKEEPER_ERROR_WINDOW_OVER,
  FAR_BOOKKEEPER_ERROR_REFUND_LIMIT,
  FAR_BOOKKEEPER_ERROR_TOO_MANY_VIEWS,
  FAR_BOOKKEEPER_ERROR_TOO_SOON,
  FAR_BOOKKEEPER_ERROR_OUT_OF_ORDER,
  FAR_BOOKKEEPER_ERROR_NOT_FETCHED,
  FAR_BOOKKEEPER_ERROR_VIEW_EXPIRED,
  FAR_BOOKKEEPER_ERROR_VIEW_CLOSED,
  FAR_BOOKKEEPER_ERROR_CHARGE_IN_FLIGHT,
  FAR_BOOKKEEPER_ERROR_NOTHING_DUE,
  FAR_BOOKKEEPER_ERROR_CONFLICT,
  FAR_BOOKKEEPER_ERROR_INSUFFICIENT_FUNDS,
  FAR_BOOKKEEPER_ERROR_LIVE_MONEY,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_PUBLISHER,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_PAYOUT,
  FAR_BOOKKEEPER_ERROR_UNKNOWN_BATCH,
  FAR_BOOKKEEPER_ERROR_BAD_ACCOUNT,
  FAR_BOOKKEEPER_ERROR_NOT_FOUND,
  FAR_BOOKKEEPER_ERROR_NOT_CHECKPOINTED,
  FAR_BOOKKEEPER_ERROR_OVERFLOW,
  FAR_BOOKKEEPER_N_ERRORS
} FarBookkeeperError;

/* The wire code of an error of this domain ("payment_method_required"); "internal" for any other
 * domain. Returns: a static string. */
const char          *far_bookkeeper_error_code    (const GError *error);
/* The HTTP status a market route answers with: 402 for payment_method_required, 503 for unknown …
 * 500 for any other domain. */
guint                far_bookkeeper_error_status  (const GError *error);

typedef struct _FarBookkeeperClient FarBookkeeperClient;

/* Reads FAR_BOOKKEEPER_ENV. An address is connected to by the first call. Returns: (transfer full)
 * (nullable): NULL with UNAVAILABLE if the variable is missing or malformed. */
FarBookkeeperClient *far_bookkeeper_client_new_from_env (GError **error);
/* Takes fd, a connected stream socket, over. Returns: (transfer full) */
FarBookkeeperClient *far_bookkeeper_client_new_for_fd   (int fd);
void                 far_bookkeeper_client_free         (FarBookkeeperClient *client);

/* Starts a request: initialises the writer, opens its object and adds "command". */
void                 far_bookkeeper_client_begin  (FarJsonWriter *request,
                                                   const char    *command);
/* Closes and sends the request, waits for the answer at most timeout_us. The writer is cleared in
 * any case. Returns: (transfer full) (nullable): an object whose "ok" is true (for
 * ledger.verify it is the verdict); NULL with an error
 * of FAR_BOOKKEEPER_ERROR, whose message is fit to be shown. */
JsonNode            *far_bookkeeper_client_call   (FarBookkeeperClient *client,
                                                   FarJsonWriter       *request,
                                                   gint64               timeout_us,
                                                   GError             **error);
/* The same, for who passes the answer on: its text, for far_json_walk(). */
char                *far_bookkeeper_client_ask    (FarBookkeeperClient *client,
                                                   FarJsonWriter       *request,
                                                   gint64               timeout_us,
                                                   gsize               *ret_n_bytes,
                                                   GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarBookkeeperClient, far_bookkeeper_client_free)

G_END_DECLS
