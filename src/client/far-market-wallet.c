/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of the market API about the reader's own money: payment methods and top-ups by the
 * provider's page, the tab, refunds of the wallet, caps, history, export, deletion. As all calls of
 * FarMarketClient: one exchange each, nothing is retried here. */
#include "base/far-id.h"
#include "client/far-client-private.h"
#include "client/far-market-private.h"

#include <string.h>

#define EXPORT_BYTES_MAX (6 * 1024 * 1024)

char *
far_market_client_new_key (void)
{
  g_autoptr (FarClock) clock = far_clock_new_system ();
  FarId id;
  char hex[FAR_ID_HEX_LEN + 1];

  /* Keys in the order of time are kept together. */
  far_id_init (&id, clock);
  far_id_to_hex (&id, hex);
  return g_strdup (hex);
}

static void
begin_body (FarJsonWriter *writer, const char *key)
{
  far_json_writer_init (writer);
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "key", key);
}

/* Sends a body that was begun. */
static void
post (FarMarketClient *self, gpointer tag, const char *target, FarJsonWriter *body,
      FarMarketParse parse, GDestroyNotify destroy, GCancellable *cancellable,
      GAsyncReadyCallback callback, gpointer user_data)
{
  far_json_end_object (body);
  far_market_client_call_object (self, tag, "POST", target, far_json_writer_steal (body, NULL),
                                 parse, destroy, cancellable, callback, user_data);
}

void
far_market_client_begin_setup_async (FarMarketClient *self, const char *key,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_auto (FarJsonWriter) body = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (key != NULL);

  begin_body (&body, key);
  post (self, far_market_client_begin_setup_async, "/wallet/setups", &body,
        FAR_MARKET_PARSE (far_market_parse_checkout), (GDestroyNotify) far_checkout_unref,
        cancellable, callback, user_data);
}

void
far_market_client_begin_topup_async (FarMarketClient *self, gint64 amount_micros, const char *key,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_auto (FarJsonWriter) body = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (key != NULL);

  begin_body (&body, key);
  far_json_add_micros (&body, "amount_micros", amount_micros);
  post (self, far_market_client_begin_topup_async, "/wallet/topups", &body,
        FAR_MARKET_PARSE (far_market_parse_checkout), (GDestroyNotify) far_checkout_unref,
        cancellable, callback, user_data);
}

void
far_market_client_get_checkout_async (FarMarketClient *self, const char *checkout,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autofree char *escaped = NULL;
  g_autofree char *target = NULL;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (checkout != NULL);

  escaped = g_uri_escape_string (checkout, NULL, FALSE);
  target = g_strconcat ("/wallet/checkouts/", escaped, NULL);
  far_market_client_call_object (self, far_market_client_get_checkout_async, "GET", target, NULL,
                                 FAR_MARKET_PARSE (far_market_parse_checkout),
                                 (GDestroyNotify) far_checkout_unref, cancellable, callback,
                                 user_data);
}

/* ---- the test provider's page ---- */

static void
on_pressed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarHttpReply) reply = far_http_client_send_finish (FAR_HTTP_CLIENT (source), result,
                                                                &error);
  guint status = reply != NULL ? far_http_reply_get_status (reply) : 0;

  if (reply == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else if (status < 500 || status == 504) /* a decline and a lost answer are what was asked for */
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_SERVER,
                             "The payment provider's page answered %u", status);
}

void
far_market_client_press_test_page_async (FarMarketClient *self, const char *url,
                                         const char *outcome, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (FarHttpClient) http = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autofree char *page = NULL;
  g_autofree char *escaped = NULL;
  char *form;
  GTask *task;
  FarHttpCall call = { .method = "POST", .url = url,
                       .content_type = "application/x-www-form-urlencoded" };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (url != NULL && outcome != NULL);

  task = g_task_new (self, cancellable, callback, user_data);
  page = g_strconcat (far_market_client_get_gateway (self), "/provider/", NULL);
  if (!g_str_has_prefix (url, page))
    {
      g_task_return_new_error (task, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_BAD_REQUEST,
                               "This page belongs to a payment provider that is no test: open it "
                               "in a browser");
      g_object_unref (task);
      return;
    }
  escaped = g_uri_escape_string (outcome, NULL, FALSE);
  form = g_strconcat ("outcome=", escaped, NULL);
  call.body = body = g_bytes_new_take (form, strlen (form));
  http = far_http_client_new (1);
  far_http_client_send_async (http, &call, cancellable, on_pressed, task);
}

gboolean
far_market_client_press_test_page_finish (FarMarketClient *self, GAsyncResult *result,
                                          GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

void
far_market_client_pay_tab_async (FarMarketClient *self, const char *key, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_auto (FarJsonWriter) body = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (key != NULL);

  begin_body (&body, key);
  post (self, far_market_client_pay_tab_async, "/tab/payments", &body,
        FAR_MARKET_PARSE (far_market_parse_tab_payment), (GDestroyNotify) far_tab_payment_unref,
        cancellable, callback, user_data);
}

void
far_market_client_refund_wallet_async (FarMarketClient *self, const char *key,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_auto (FarJsonWriter) body = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (key != NULL);

  begin_body (&body, key);
  post (self, far_market_client_refund_wallet_async, "/wallet/refunds", &body,
        FAR_MARKET_PARSE (far_market_parse_wallet_refund),
        (GDestroyNotify) far_wallet_refund_unref, cancellable, callback, user_data);
}

void
far_market_client_set_caps_async (FarMarketClient *self, gint64 day_micros, gint64 month_micros,
                                  const char *key, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_auto (FarJsonWriter) body = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (key != NULL && day_micros >= -1 && month_micros >= -1);

  begin_body (&body, key);
  if (day_micros >= 0)
    far_json_add_micros (&body, "day_micros", day_micros);
  if (month_micros >= 0)
    far_json_add_micros (&body, "month_micros", month_micros);
  post (self, far_market_client_set_caps_async, "/wallet/caps", &body,
        FAR_MARKET_PARSE (far_market_parse_caps), (GDestroyNotify) far_caps_unref, cancellable,
        callback, user_data);
}

void
far_market_client_get_history_async (FarMarketClient *self, const char *before, guint limit,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
  g_autofree char *escaped = NULL;
  g_autofree char *target = NULL;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (limit >= 1 && limit <= 100);

  escaped = before != NULL ? g_uri_escape_string (before, NULL, FALSE) : NULL;
  target = escaped != NULL ? g_strdup_printf ("/wallet/history?limit=%u&before=%s", limit, escaped)
                           : g_strdup_printf ("/wallet/history?limit=%u", limit);
  far_market_client_call_object (self, far_market_client_get_history_async, "GET", target, NULL,
                                 FAR_MARKET_PARSE (far_market_parse_history),
                                 (GDestroyNotify) far_history_unref, cancellable, callback,
                                 user_data);
}

void
far_market_client_export_async (FarMarketClient *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));

  far_market_client_call_bytes (self, far_market_client_export_async, "/wallet/export",
                                EXPORT_BYTES_MAX, cancellable, callback, user_data);
}

void
far_market_client_delete_reader_async (FarMarketClient *self, const char *key,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  g_auto (FarJsonWriter) body = { 0 };

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self));
  g_return_if_fail (key != NULL);

  begin_body (&body, key);
  post (self, far_market_client_delete_reader_async, "/wallet/deletion", &body,
        FAR_MARKET_PARSE (far_market_parse_deletion), (GDestroyNotify) far_deletion_unref,
        cancellable, callback, user_data);
}

#define DEFINE_FINISH(Type, name) \
  Type * \
  far_market_client_##name##_finish (FarMarketClient *self, GAsyncResult *result, GError **error) \
  { \
    g_return_val_if_fail (g_task_is_valid (result, self), NULL); \
    return g_task_propagate_pointer (G_TASK (result), error); \
  }

DEFINE_FINISH (FarCheckout, begin_setup)
DEFINE_FINISH (FarCheckout, begin_topup)
DEFINE_FINISH (FarCheckout, get_checkout)
DEFINE_FINISH (FarTabPayment, pay_tab)
DEFINE_FINISH (FarWalletRefund, refund_wallet)
DEFINE_FINISH (FarCaps, set_caps)
DEFINE_FINISH (FarHistory, get_history)
DEFINE_FINISH (GBytes, export)
DEFINE_FINISH (FarDeletion, delete_reader)
