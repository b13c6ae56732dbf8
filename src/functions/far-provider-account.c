/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the provider's client asks about the account as a whole: whose money its key moves, whether
 * it is taken at all, and which payments are disputed. */
#include "functions/far-provider-client-private.h"

#include <string.h>

#include "base/far-json.h"

#define PAGE 100
#define PAGES_MAX 50 /* of disputes, in one call */

FarProviderMoney
far_provider_client_get_money (FarProviderClient *self)
{
  const char *key = far_provider_client_key (self);

  /* Secret and restricted keys alike: sk_live_…, rk_test_…. */
  if (strstr (key, FAR_PROVIDER_LIVE_MARK) != NULL)
    return FAR_PROVIDER_MONEY_LIVE;
  return strstr (key, "_test_") != NULL ? FAR_PROVIDER_MONEY_TEST : FAR_PROVIDER_MONEY_UNTOLD;
}

gboolean
far_provider_client_check_money (FarProviderClient  *self,
                                 const char         *books,
                                 GError            **error)
{
  FarProviderMoney money = far_provider_client_get_money (self);

  if (money == FAR_PROVIDER_MONEY_UNTOLD ||
      (money == FAR_PROVIDER_MONEY_LIVE) == (strcmp (books, "live") == 0))
    return TRUE;
  g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_CONFIG,
               "The books hold %s money and " FAR_PROVIDER_KEY_ENV " is a key for %s money: "
               "nothing is moved. Set the key that belongs to these books", books,
               money == FAR_PROVIDER_MONEY_LIVE ? "live" : "test");
  return FALSE;
}

gboolean
far_provider_client_ask_account (FarProviderClient  *self,
                                 gboolean           *ret_live,
                                 GError            **error)
{
  guint status;
  g_autoptr (JsonNode) node =
    far_provider_client_call (self, "GET", "/v1/balance", NULL, NULL, &status, error);

  if (node == NULL)
    return FALSE;
  if (status == 200)
    return far_json_get_bool (json_node_get_object (node), "livemode", ret_live, error);
  if (status == 401 || status == 403)
    g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_REFUSED,
                 "the provider does not take the key (%u)", status);
  else
    g_set_error (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
                 "the provider answered %u", status);
  return FALSE;
}

/* Appends one page. ret_last: (out) (transfer full): from where the next one goes on; NULL: there
 * is none */
static gboolean
read_page (JsonObject  *page,
           GPtrArray   *disputes,
           char       **ret_last,
           GError     **error)
{
  gboolean more = FALSE;
  JsonArray *data;

  *ret_last = NULL;
  if (!far_json_get_array (page, "data", PAGE, &data, error) ||
      !far_json_get_bool (page, "has_more", &more, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (data); i++)
    {
      JsonNode *node = json_array_get_element (data, i);
      FarProviderDispute *dispute = g_new0 (FarProviderDispute, 1);

      g_ptr_array_add (disputes, dispute);
      if (!JSON_NODE_HOLDS_OBJECT (node))
        {
          g_set_error_literal (error, FAR_PROVIDER_ERROR, FAR_PROVIDER_ERROR_UNKNOWN,
                               "The provider's list of disputes holds something else");
          return FALSE;
        }
      if (!far_provider_dispute_parse (json_node_get_object (node), dispute, error))
        return FALSE;
    }
  if (more && json_array_get_length (data) > 0)
    *ret_last = g_strdup (
      ((FarProviderDispute *) g_ptr_array_index (disputes, disputes->len - 1))->id);
  return TRUE;
}

static void
dispute_free (gpointer data)
{
  far_provider_dispute_clear (data);
  g_free (data);
}

GPtrArray *
far_provider_client_list_disputes (FarProviderClient  *self,
                                   gint64              since_us,
                                   GError            **error)
{
  g_autoptr (GPtrArray) disputes = g_ptr_array_new_with_free_func (dispute_free);
  g_autofree char *last = NULL;

  for (guint i = 0; i < PAGES_MAX && (i == 0 || last != NULL); i++)
    {
      g_autofree char *after =
        last != NULL ? g_strconcat ("&starting_after=", last, NULL) : g_strdup ("");
      g_autofree char *path =
        g_strdup_printf ("/v1/disputes?limit=%d&created%%5Bgte%%5D=%" G_GINT64_FORMAT "%s", PAGE,
                         MAX (0, since_us / G_USEC_PER_SEC), after);
      g_autoptr (JsonNode) node = far_provider_client_need (self, "GET", path, NULL, NULL, error);

      g_clear_pointer (&last, g_free);
      if (node == NULL || !read_page (json_node_get_object (node), disputes, &last, error))
        return NULL;
    }
  return g_steal_pointer (&disputes);
}
