/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each minute: takes the webhooks that the test provider has to send and posts them to where they
 * belong, below the same gateway. Stripe does this by itself; here it stands outside the provider,
 * which is one instance and would wait for itself when the receiver asks it back. */
#include "functions/far-functions.h"

#include <string.h>

#include "functions/far-gateway-client.h"
#include "functions/far-provider-client-private.h"

#define TAKEN_MAX 100
#define POST_TIMEOUT_US (10 * G_USEC_PER_SEC)
#define PAYLOAD_MAX (256 * 1024)

/* Posts one event. TRUE: it was taken. */
static gboolean
deliver (FarGatewayClient *gateway,
         JsonObject       *delivery)
{
  const char *url, *signature, *payload;
  g_autofree char *headers = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) answer = NULL;
  FarGatewayRequest request = { .method = "POST" };
  guint status = 0;

  if (!far_json_get_string (delivery, "url", FAR_PROVIDER_URL_MAX, &url, &error) ||
      !far_json_get_string (delivery, "stripe_signature", FAR_PROVIDER_URL_MAX, &signature,
                            &error) ||
      !far_json_get_string (delivery, "payload", PAYLOAD_MAX, &payload, &error))
    {
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "a delivery cannot be read: %s", error->message);
      return FALSE;
    }
  if (*url != '/')
    return FALSE; /* an address in the world: this courier goes nowhere */
  headers = g_strdup_printf ("Content-Type: application/json\r\nStripe-Signature: %s\r\n",
                             signature);
  request.path = url;
  request.headers = headers;
  request.body = payload;
  request.n_body = strlen (payload);
  answer = far_gateway_client_call (gateway, &request, POST_TIMEOUT_US, &status, &error);
  if (answer == NULL || status != 200)
    far_lambda_log (FAR_LAMBDA_LOG_WARN, "%s did not take a webhook: %s", url,
                    answer == NULL ? error->message : answer->str);
  return answer != NULL && status == 200;
}

static gboolean
report (FarProviderClient  *provider,
        JsonObject         *delivery,
        gboolean            delivered,
        GError            **error)
{
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *path = NULL;
  gint64 id;

  if (!far_json_get_int (delivery, "id", 1, G_MAXINT64, &id, error))
    return FALSE;
  path = g_strdup_printf ("/v1/test_helpers/webhook_deliveries/%" G_GINT64_FORMAT, id);
  far_provider_form_add (form, "delivered", delivered ? "true" : "false");
  node = far_provider_client_need (provider, "POST", path, form, NULL, error);
  return node != NULL;
}

static gboolean
courier (const FarLambdaContext  *context,
         const char              *event,
         gsize                    n_bytes,
         GString                 *result,
         GError                 **error)
{
  g_autoptr (FarProviderClient) provider = far_provider_client_new (NULL, error);
  g_autoptr (FarGatewayClient) gateway = far_gateway_client_new ();
  g_autoptr (FarProviderForm) form = far_provider_form_new ();
  guint n_delivered = 0, n_failed = 0;

  for (guint round = 0; provider != NULL && round < TAKEN_MAX; round++)
    {
      g_autoptr (JsonNode) taken =
        far_provider_client_need (provider, "POST", "/v1/test_helpers/webhook_deliveries", form,
                                  NULL, error);
      JsonArray *data;

      if (taken == NULL ||
          !far_json_get_array (json_node_get_object (taken), "data", TAKEN_MAX, &data, error))
        return FALSE;
      for (guint i = 0; i < json_array_get_length (data); i++)
        {
          JsonObject *delivery = json_array_get_object_element (data, i);
          gboolean delivered = deliver (gateway, delivery);

          n_delivered += delivered;
          n_failed += !delivered;
          if (!report (provider, delivery, delivered, error))
            return FALSE;
        }
      if (json_array_get_length (data) == 0)
        break;
    }
  if (provider == NULL)
    return FALSE;
  g_string_append_printf (result, "{\"delivered\":%u,\"failed\":%u}", n_delivered, n_failed);
  return TRUE;
}

const FarLambdaFunction far_courier_function = {
  .event = courier,
};
