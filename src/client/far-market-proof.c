/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls about proof (see the header). */
#include "client/far-market-proof.h"

#include "base/far-json.h"
#include "client/far-market-private.h"

#define RECEIPTS_MAX 100

/* ---- the ledger's checkpoint ---- */

static void
on_checkpoint (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  FarWitness *witness = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (JsonObject) answer = g_task_propagate_pointer (G_TASK (result), &error);
  FarLedgerContact *contact = answer != NULL ? far_witness_meet (witness, answer, &error) : NULL;

  if (contact != NULL)
    g_task_return_pointer (task, contact, g_free);
  else
    g_task_return_error (task, error);
}

void
far_market_client_check_ledger_async (FarMarketClient *self, const char *deployment,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *target = NULL;
  GError *error = NULL;
  FarWitness *witness;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self) && deployment != NULL);

  g_task_set_source_tag (task, far_market_client_check_ledger_async);
  witness = far_witness_open (deployment, &error);
  if (witness == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  target = g_strdup_printf ("/ledger/checkpoint?from=%" G_GUINT64_FORMAT,
                            far_witness_size (witness));
  g_task_set_task_data (task, witness, (GDestroyNotify) far_witness_free);
  far_market_client_call_object (self, far_market_client_check_ledger_async, "GET", target, NULL,
                                 far_market_take_object,
                                 (GDestroyNotify) json_object_unref, cancellable, on_checkpoint,
                                 g_steal_pointer (&task));
}

FarLedgerContact *
far_market_client_check_ledger_finish (FarMarketClient *self, GAsyncResult *result,
                                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- receipts ---- */

void
far_receipt_free (FarReceipt *receipt)
{
  if (receipt == NULL)
    return;
  g_free (receipt->what);
  g_free (receipt->transfer);
  g_free (receipt->currency);
  g_free (receipt->text);
  g_free (receipt);
}

static FarReceipt *
parse_receipt (JsonObject *object, GError **error)
{
  const char *what, *transfer, *currency, *text;
  FarReceipt *receipt;
  gint64 amount_micros, time_us;

  if (!far_json_get_string (object, "what", 64, &what, error) ||
      !far_json_get_string (object, "transfer", 64, &transfer, error) ||
      !far_json_get_micros (object, "amount_micros", &amount_micros, error) ||
      !far_json_get_string (object, "currency", 3, &currency, error) ||
      !far_json_get_int (object, "time_us", 0, G_MAXINT64, &time_us, error) ||
      !far_json_get_string (object, "receipt", FAR_MARKET_TEXT_MAX, &text, error))
    return NULL;
  receipt = g_new0 (FarReceipt, 1);
  receipt->what = g_strdup (what);
  receipt->transfer = g_strdup (transfer);
  receipt->amount_micros = amount_micros;
  receipt->currency = g_strdup (currency);
  receipt->time_us = time_us;
  receipt->text = g_strdup (text);
  return receipt;
}

static gpointer
parse_receipts (JsonObject *object, GError **error)
{
  g_autoptr (GPtrArray) receipts =
    g_ptr_array_new_with_free_func ((GDestroyNotify) far_receipt_free);
  JsonArray *array;

  if (!far_json_get_array (object, "receipts", RECEIPTS_MAX, &array, error))
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      FarReceipt *receipt = JSON_NODE_HOLDS_OBJECT (element)
                              ? parse_receipt (json_node_get_object (element), error) : NULL;

      if (receipt == NULL)
        {
          if (error != NULL && *error == NULL)
            g_set_error_literal (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE,
                                 "a receipt is not an object");
          return NULL;
        }
      g_ptr_array_add (receipts, receipt);
    }
  return g_steal_pointer (&receipts);
}

void
far_market_client_get_receipts_async (FarMarketClient *self, const char *article,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autofree char *escaped = NULL;
  g_autofree char *target = NULL;

  g_return_if_fail (FAR_IS_MARKET_CLIENT (self) && article != NULL);

  escaped = g_uri_escape_string (article, NULL, FALSE);
  target = g_strconcat ("/receipts/", escaped, NULL);
  far_market_client_call_object (self, far_market_client_get_receipts_async, "GET", target, NULL,
                                 FAR_MARKET_PARSE (parse_receipts),
                                 (GDestroyNotify) g_ptr_array_unref, cancellable, callback,
                                 user_data);
}

GPtrArray *
far_market_client_get_receipts_finish (FarMarketClient *self, GAsyncResult *result,
                                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
