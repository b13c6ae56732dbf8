/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State of the market's functions (see the header). */
#include "functions/far-market.h"

#include <string.h>

#include "base/far-crypto.h"
#include "base/far-frame.h"

/* A look is one stat() a file, through the sandbox's rules: too dear for every call of a busy
 * instance, and nobody minds that a change of the text came half a second later. */
#define LOOK_AGAIN_US (500 * G_TIME_SPAN_MILLISECOND)

gboolean
far_market_init (gpointer  *ret_state,
                 GError   **error)
{
  const char *folder = far_lambda_store_path (FAR_MARKET_STORE, error);
  FarPublication *publication = folder != NULL ? far_publication_load (folder, error) : NULL;
  FarMarket *self;

  if (publication == NULL)
    return FALSE;
  far_crypto_init (); /* once for all instances */
  self = g_new0 (FarMarket, 1);
  self->publication = publication;
  *ret_state = self;
  return TRUE;
}

gboolean
far_market_start (gpointer   state,
                  GError   **error)
{
  FarMarket *self = state;

  self->bookkeeper = far_bookkeeper_client_new_from_env (error);
  return self->bookkeeper != NULL;
}

void
far_market_finish (gpointer state)
{
  FarMarket *self = state;

  if (self == NULL)
    return;
  g_clear_pointer (&self->bookkeeper, far_bookkeeper_client_free);
  g_clear_pointer (&self->publication, far_publication_free);
  g_free (self->complaint);
  g_free (self);
}

void
far_market_refresh (FarMarket *self)
{
  g_autoptr (GError) error = NULL;
  FarPublication *fresh;

  gint64 now_us = g_get_monotonic_time ();

  g_return_if_fail (self != NULL);

  if (now_us - self->looked_us < LOOK_AGAIN_US)
    return;
  self->looked_us = now_us;
  if (far_publication_is_current (self->publication))
    return;
  fresh = far_publication_load (self->publication->folder, &error);
  if (fresh != NULL)
    {
      far_publication_free (self->publication);
      self->publication = fresh;
      g_clear_pointer (&self->complaint, g_free);
      return;
    }
  if (g_strcmp0 (self->complaint, error->message) == 0)
    return;
  far_lambda_log (FAR_LAMBDA_LOG_WARN, "The publication is served as it was before: %s",
                  error->message);
  g_free (self->complaint);
  self->complaint = g_strdup (error->message);
}

/* FALSE clears the request. */
static gboolean
is_granted (FarMarket      *self,
            FarJsonWriter  *request,
            GError        **error)
{
  if (self->bookkeeper != NULL)
    return TRUE;
  far_json_writer_clear (request);
  g_set_error_literal (error, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNAVAILABLE,
                       "This function was granted no bookkeeper");
  return FALSE;
}

static char *
ask_once (FarMarket      *self,
          FarJsonWriter  *request,
          gsize          *ret_n_bytes,
          GError        **error)
{
  return is_granted (self, request, error)
    ? far_bookkeeper_client_ask (self->bookkeeper, request, FAR_BOOKKEEPER_TIMEOUT_US,
                                 ret_n_bytes, error)
    : NULL;
}

static JsonNode *
call_once (FarMarket      *self,
           FarJsonWriter  *request,
           GError        **error)
{
  return is_granted (self, request, error)
    ? far_bookkeeper_client_call (self->bookkeeper, request, FAR_BOOKKEEPER_TIMEOUT_US, error)
    : NULL;
}

static gboolean
register_property (FarMarket  *self,
                   GError    **error)
{
  const FarPublication *publication = self->publication;
  g_auto (FarJsonWriter) request = { NULL };
  g_autoptr (JsonNode) answer = NULL;
  g_autofree char *free_limit = g_strdup_printf ("%u", publication->free_pledges);

  far_bookkeeper_client_begin (&request, "property.ensure");
  far_json_add_string (&request, "property", publication->id);
  far_json_add_string (&request, "publisher", publication->publisher);
  far_json_add_string (&request, "publisher_name", publication->publisher_name);
  far_json_add_string (&request, "currency", publication->currency);
  far_json_begin_object (&request, "terms");
  far_json_add_int (&request, "fee_bps", publication->fee_bps);
  far_json_add_string (&request, "fee_receiver", publication->fee_receiver);
  far_json_add_string (&request, "free_type", "count");
  far_json_add_string (&request, "free_limit", free_limit);
  far_json_add_int (&request, "refund_window_s", publication->refund_window_s);
  if (publication->reader_cap_micros >= 0)
    far_json_add_micros (&request, "reader_cap_micros", publication->reader_cap_micros);
  if (publication->tab_cap_micros >= 0)
    far_json_add_micros (&request, "tab_cap_micros", publication->tab_cap_micros);
  if (publication->hour_cap_micros >= 0)
    far_json_add_micros (&request, "hour_cap_micros", publication->hour_cap_micros);
  if (publication->network_cap >= 0)
    far_json_add_int (&request, "network_cap", publication->network_cap);
  far_json_add_micros (&request, "least_charge_micros", publication->least_charge_micros);
  far_json_add_bool (&request, "least_charge_own_risk", publication->least_charge_own_risk);
  far_json_end_object (&request);
  answer = call_once (self, &request, error);
  return answer != NULL;
}

static gboolean
register_campaigns (FarMarket  *self,
                    GError    **error)
{
  const GPtrArray *campaigns = self->publication->campaigns;
  g_auto (FarJsonWriter) request = { NULL };
  g_autoptr (JsonNode) answer = NULL;

  if (campaigns->len == 0)
    return TRUE;
  far_bookkeeper_client_begin (&request, "campaign.ensure");
  far_json_begin_array (&request, "campaigns");
  for (guint i = 0; i < campaigns->len; i++)
    {
      const FarCampaign *campaign = g_ptr_array_index (campaigns, i);

      far_json_begin_object (&request, NULL);
      far_json_add_string (&request, "campaign", campaign->id);
      far_json_add_string (&request, "advertiser", campaign->advertiser);
      far_json_add_micros (&request, "budget_micros", campaign->budget_micros);
      far_json_add_string (&request, "currency", campaign->currency);
      far_json_end_object (&request);
    }
  far_json_end_array (&request);
  answer = call_once (self, &request, error);
  return answer != NULL;
}

gboolean
far_market_register (FarMarket  *self,
                     gboolean    campaigns,
                     GError    **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return register_property (self, error) && (!campaigns || register_campaigns (self, error));
}

char *
far_market_ask (FarMarket      *self,
                FarJsonWriter  *request,
                gsize          *ret_n_bytes,
                GError        **error)
{
  g_autofree char *text = NULL;
  gboolean property = FALSE, campaigns = FALSE; /* told to the bookkeeper already */

  g_return_val_if_fail (self != NULL && request != NULL && request->text != NULL, NULL);

  text = g_strdup (request->text->str);
  for (;;)
    {
      g_autoptr (GError) refused = NULL;
      char *answer = ask_once (self, request, ret_n_bytes, &refused);

      if (answer != NULL)
        return answer;
      if (!property && g_error_matches (refused, FAR_BOOKKEEPER_ERROR,
                                        FAR_BOOKKEEPER_ERROR_UNKNOWN_PROPERTY))
        property = TRUE;
      else if (!campaigns && g_error_matches (refused, FAR_BOOKKEEPER_ERROR,
                                              FAR_BOOKKEEPER_ERROR_UNKNOWN_CAMPAIGN))
        property = campaigns = TRUE;
      else
        {
          g_propagate_error (error, g_steal_pointer (&refused));
          return NULL;
        }
      if (!far_market_register (self, campaigns, error))
        return NULL;
      request->text = g_string_new (text);
      request->need_comma = TRUE;
    }
}

JsonNode *
far_market_call (FarMarket      *self,
                 FarJsonWriter  *request,
                 GError        **error)
{
  gsize n_bytes;
  g_autofree char *answer = far_market_ask (self, request, &n_bytes, error);

  return answer != NULL ? far_json_parse_object (answer, n_bytes, FAR_FRAME_MAX, error) : NULL;
}

void
far_market_add_members (FarJsonWriter *writer,
                        JsonNode      *answer)
{
  JsonObject *object = json_node_get_object (answer);
  g_autoptr (GList) members = json_object_get_members (object);

  for (const GList *l = members; l != NULL; l = l->next)
    if (strcmp (l->data, "ok") != 0)
      far_json_add_node (writer, l->data, json_object_get_member (object, l->data));
}

gboolean
far_market_add_entitlement (FarMarket         *self,
                            const char        *reader,
                            const FarArticle  *article,
                            FarJsonWriter     *writer,
                            gboolean          *ret_entitled,
                            GError           **error)
{
  g_auto (FarJsonWriter) request = { NULL };
  g_autoptr (GError) refused = NULL;
  g_autoptr (JsonNode) answer = NULL;

  g_return_val_if_fail (self != NULL && reader != NULL && article != NULL, FALSE);
  g_return_val_if_fail (writer != NULL && ret_entitled != NULL, FALSE);

  *ret_entitled = FALSE;
  far_bookkeeper_client_begin (&request, "entitlement");
  far_json_add_string (&request, "reader", reader);
  far_json_add_string (&request, "property", self->publication->id);
  far_json_add_string (&request, "article", article->id);
  answer = call_once (self, &request, &refused);
  if (answer != NULL &&
      far_json_get_bool (json_node_get_object (answer), "entitled", ret_entitled, &refused))
    {
      far_market_add_members (writer, answer);
      return TRUE;
    }
  if (g_error_matches (refused, FAR_BOOKKEEPER_ERROR, FAR_BOOKKEEPER_ERROR_UNKNOWN_PROPERTY))
    {
      far_json_add_bool (writer, "entitled", FALSE);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&refused));
  return FALSE;
}
