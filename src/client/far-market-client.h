/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The market API below a gateway: as a reader, whose requests are signed with the device key, and
 * as the publisher, with the token. Asynchronous on the main context that made the client. A call
 * that moves money takes an idempotency key: a repeat with the same key is safe, and is what to do
 * after FAR_CLIENT_ERROR_TIMEOUT. Errors are FAR_CLIENT_ERROR or G_IO_ERROR_CANCELLED. */
#pragma once

#include "base/far-clock.h"
#include "client/far-client-error.h"
#include "client/far-market-types.h"
#include "client/far-reader-key.h"

G_BEGIN_DECLS

#define FAR_CREATIVE_BYTES_MAX (64 * 1024 * 1024)
#define FAR_PICTURE_BYTES_MAX (8 * 1024 * 1024)

#define FAR_TYPE_MARKET_CLIENT (far_market_client_get_type ())
G_DECLARE_FINAL_TYPE (FarMarketClient, far_market_client, FAR, MARKET_CLIENT, GObject)

/* gateway: "http://127.0.0.1:8787". key: (nullable) (transfer full): without one only what needs no
 * reader. clock: (nullable): for the signatures' time, which a test clock shifts. */
FarMarketClient *far_market_client_new         (const char *gateway, FarReaderKey *key,
                                                FarClock *clock);
/* An https gateway whose certificate a private authority signed: its file, PEM. FALSE with
 * FAR_HTTP_CLIENT_ERROR_CERTIFICATE if that cannot be used. */
gboolean         far_market_client_trust       (FarMarketClient *self, const char *ca_file,
                                                GError **error);
const char      *far_market_client_get_gateway (FarMarketClient *self);
const char      *far_market_client_get_reader  (FarMarketClient *self); /* hex, or "" */

/* A new idempotency key. Returns: (transfer full) */
char *far_market_client_new_key (void);

/* → (element-type FarArticleSummary) */
void far_market_client_list_articles_async (FarMarketClient *self, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *far_market_client_list_articles_finish (FarMarketClient *self, GAsyncResult *result,
                                                   GError **error);

void far_market_client_get_article_async (FarMarketClient *self, const char *article,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
FarArticle *far_market_client_get_article_finish (FarMarketClient *self, GAsyncResult *result,
                                                  GError **error);

void far_market_client_get_offer_async (FarMarketClient *self, const char *article,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
FarOffer *far_market_client_get_offer_finish (FarMarketClient *self, GAsyncResult *result,
                                              GError **error);

void far_market_client_pledge_async (FarMarketClient *self, const char *article,
                                     gint64 price_micros, const char *key,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
FarPledge *far_market_client_pledge_finish (FarMarketClient *self, GAsyncResult *result,
                                            GError **error);

void far_market_client_decide_ad_async (FarMarketClient *self, const char *article,
                                        const char *key, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
FarAdDecision *far_market_client_decide_ad_finish (FarMarketClient *self, GAsyncResult *result,
                                                   GError **error);

/* Fetches the creative of a view into a new private file in the user's cache folder, named for
 * media_type; refuses more than FAR_CREATIVE_BYTES_MAX. → the file, to be deleted after use */
void far_market_client_download_creative_async (FarMarketClient *self, const char *view,
                                                const char *media_type,
                                                GCancellable *cancellable,
                                                GAsyncReadyCallback callback,
                                                gpointer user_data);
GFile *far_market_client_download_creative_finish (FarMarketClient *self, GAsyncResult *result,
                                                   GError **error);

/* event: "start" "firstQuartile" "midpoint" "thirdQuartile" "complete" "abandon" */
void far_market_client_send_ad_event_async (FarMarketClient *self, const char *view,
                                            const char *event, gint64 visible_ms,
                                            gboolean muted, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
FarAdProgress *far_market_client_send_ad_event_finish (FarMarketClient *self,
                                                       GAsyncResult *result, GError **error);

void far_market_client_get_entitlement_async (FarMarketClient *self, const char *article,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
FarEntitlement *far_market_client_get_entitlement_finish (FarMarketClient *self,
                                                          GAsyncResult *result, GError **error);

void far_market_client_refund_async (FarMarketClient *self, const char *article,
                                     const char *key, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
FarRefund *far_market_client_refund_finish (FarMarketClient *self, GAsyncResult *result,
                                            GError **error);

void far_market_client_get_wallet_async (FarMarketClient *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
FarWallet *far_market_client_get_wallet_finish (FarMarketClient *self, GAsyncResult *result,
                                                GError **error);

/* Adds a test payment method ("pm_card_visa", "pm_card_chargeDeclined"). Where money is live there
 * are none: begin_setup. */
void far_market_client_add_method_async (FarMarketClient *self, const char *method,
                                         const char *key, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gboolean far_market_client_add_method_finish (FarMarketClient *self, GAsyncResult *result,
                                              GError **error);

/* Prepares a visit to the payment provider's page that saves a payment method, or that pays an
 * amount into the wallet: open the answer's url in a browser, then ask with get_checkout until its
 * state is neither "open" nor "processing". */
void far_market_client_begin_setup_async (FarMarketClient *self, const char *key,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
FarCheckout *far_market_client_begin_setup_finish (FarMarketClient *self, GAsyncResult *result,
                                                   GError **error);
void far_market_client_begin_topup_async (FarMarketClient *self, gint64 amount_micros,
                                          const char *key, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
FarCheckout *far_market_client_begin_topup_finish (FarMarketClient *self, GAsyncResult *result,
                                                   GError **error);
void far_market_client_get_checkout_async (FarMarketClient *self, const char *checkout,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
FarCheckout *far_market_client_get_checkout_finish (FarMarketClient *self,
                                                    GAsyncResult *result, GError **error);

/* Presses a button of the test provider's page ("succeeds", "declines", …) as a browser would. url:
 * FarCheckout.url, or FarCharge.url with "yes" or "no". Refused for a page of another host: money
 * that is not a test is paid by people. */
void far_market_client_press_test_page_async (FarMarketClient *self, const char *url,
                                              const char *outcome, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
gboolean far_market_client_press_test_page_finish (FarMarketClient *self, GAsyncResult *result,
                                                   GError **error);

/* Charges the tab now, if it has reached the provider's least amount. */
void far_market_client_pay_tab_async (FarMarketClient *self, const char *key,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
FarTabPayment *far_market_client_pay_tab_finish (FarMarketClient *self, GAsyncResult *result,
                                                 GError **error);

/* Gives the rest of the wallet back to where it came from. */
void far_market_client_refund_wallet_async (FarMarketClient *self, const char *key,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
FarWalletRefund *far_market_client_refund_wallet_finish (FarMarketClient *self,
                                                         GAsyncResult *result, GError **error);

/* -1: no cap. */
void far_market_client_set_caps_async (FarMarketClient *self, gint64 day_micros,
                                       gint64 month_micros, const char *key,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
FarCaps *far_market_client_set_caps_finish (FarMarketClient *self, GAsyncResult *result,
                                            GError **error);

/* before: (nullable): FarHistory.next of the page before this one. limit: 1–100 */
void far_market_client_get_history_async (FarMarketClient *self, const char *before, guint limit,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
FarHistory *far_market_client_get_history_finish (FarMarketClient *self, GAsyncResult *result,
                                                  GError **error);

/* Everything that is held on this reader, as JSON text. */
void far_market_client_export_async (FarMarketClient *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
GBytes *far_market_client_export_finish (FarMarketClient *self, GAsyncResult *result,
                                         GError **error);

/* Erases what leads from the books to this reader. FAR_CLIENT_ERROR_REFUSED (not_settled) while
 * something is owed, or the wallet holds money. */
void far_market_client_delete_reader_async (FarMarketClient *self, const char *key,
                                            GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
FarDeletion *far_market_client_delete_reader_finish (FarMarketClient *self,
                                                     GAsyncResult *result, GError **error);

/* As the publisher. token_path: "publisher_token" of the platform's status, read at each call. */
void far_market_client_get_earnings_async (FarMarketClient *self, const char *token_path,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
FarEarnings *far_market_client_get_earnings_finish (FarMarketClient *self,
                                                    GAsyncResult *result, GError **error);

/* A picture of an article: bytes of at most FAR_PICTURE_BYTES_MAX. path: "/media/…" */
void far_market_client_get_media_async (FarMarketClient *self, const char *path,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
GBytes *far_market_client_get_media_finish (FarMarketClient *self, GAsyncResult *result,
                                            GError **error);

G_END_DECLS
