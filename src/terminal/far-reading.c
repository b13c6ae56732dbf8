/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader's way through one article over the real market API. */
#include "terminal/far-reading.h"

#include <gio/gio.h>

#define TOO_SOON_TRIES_MAX 200
#define TOO_SOON_PAUSE_MS 100
#define TEST_METHOD "pm_card_visa" /* the provider's name of a card that works */

static const char *const ad_events[]
    = { "start", "firstQuartile", "midpoint", "thirdQuartile", "complete" };

void
far_reading_clear (FarReading *self)
{
  g_clear_pointer (&self->entitled_by, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->title, g_free);
  g_clear_pointer (&self->currency, g_free);
}

static FarReadingStep *
begin (FarReading *self, const char *name)
{
  FarReadingStep *step;

  g_assert (self->n_steps < FAR_READING_STEPS_MAX);
  step = &self->steps[self->n_steps++];
  step->name = name;
  step->us = g_get_monotonic_time ();
  return step;
}

static void
end (FarReadingStep *step, const GError *error)
{
  step->us = g_get_monotonic_time () - step->us;
  step->status = error == NULL ? 200 : far_client_error_get_status (error);
}

static gboolean
on_timeout (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
wait_ms (gint64 ms)
{
  gboolean over = FALSE;

  if (ms <= 0)
    return;
  g_timeout_add (ms, on_timeout, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static FarArticle *
open_article (FarReading *self, FarMarketClient *market, const char *article, const char *name,
              GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  FarReadingStep *step = begin (self, name);
  FarArticle *answer;

  far_market_client_get_article_async (market, article, NULL, far_wait_done, &wait);
  answer = far_market_client_get_article_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (answer == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return answer;
}

static FarOffer *
look_at_offer (FarReading *self, FarMarketClient *market, const char *article, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  FarReadingStep *step = begin (self, "offer");
  FarOffer *offer;

  far_market_client_get_offer_async (market, article, NULL, far_wait_done, &wait);
  offer = far_market_client_get_offer_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (offer == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return offer;
}

static gboolean
pledge (FarReading *self, FarMarketClient *market, const char *article, gint64 price_micros,
        GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  g_autoptr (FarPledge) answer = NULL;
  g_autofree char *key = far_market_client_new_key ();
  FarReadingStep *step = begin (self, "pledge");

  far_market_client_pledge_async (market, article, price_micros, key, NULL, far_wait_done, &wait);
  answer = far_market_client_pledge_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (answer == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self->moved_micros = answer->moved_micros;
  return TRUE;
}

static gboolean
add_method (FarReading *self, FarMarketClient *market, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  g_autofree char *key = far_market_client_new_key ();
  FarReadingStep *step = begin (self, "method");
  gboolean added;

  far_market_client_add_method_async (market, TEST_METHOD, key, NULL, far_wait_done, &wait);
  added = far_market_client_add_method_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (!added)
    g_propagate_error (error, g_steal_pointer (&local));
  return added;
}

static gboolean
pay (FarReading *self, FarMarketClient *market, const char *article, gint64 price_micros,
     gboolean adding_method, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (pledge (self, market, article, price_micros, &local))
    return TRUE;
  if (!adding_method
      || g_strcmp0 (far_client_error_get_code (local), "payment_method_required") != 0)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return add_method (self, market, error)
         && pledge (self, market, article, price_micros, error);
}

static gboolean
fetch_creative (FarReading *self, FarMarketClient *market, const FarAdDecision *decision,
                GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  g_autoptr (GFile) file = NULL;
  FarReadingStep *step = begin (self, "creative");

  far_market_client_download_creative_async (market, decision->view, decision->media_type, NULL,
                                             far_wait_done, &wait);
  file = far_market_client_download_creative_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (file == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  g_file_delete (file, NULL, NULL);
  return TRUE;
}

/* Sends one event, again after a moment if the server says that it is too soon. */
static gboolean
send_event (FarReading *self, FarMarketClient *market, const char *view, const char *event,
            gint64 *ret_wait_ms, GError **error)
{
  FarReadingStep *step = begin (self, event);
  guint tries;

  for (tries = 0; tries < TOO_SOON_TRIES_MAX; tries++)
    {
      g_auto (FarWait) wait = { 0 };
      g_autoptr (GError) local = NULL;
      g_autoptr (FarAdProgress) progress = NULL;

      /* A terminal shows nothing, so nothing was visible, and it says so. */
      far_market_client_send_ad_event_async (market, view, event, 0, TRUE, NULL, far_wait_done,
                                             &wait);
      progress = far_market_client_send_ad_event_finish (market, far_wait_for (&wait), &local);
      if (progress != NULL)
        {
          end (step, NULL);
          *ret_wait_ms = progress->wait_ms;
          return TRUE;
        }
      if (g_strcmp0 (far_client_error_get_code (local), "too_soon") != 0)
        {
          end (step, local);
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      wait_ms (TOO_SOON_PAUSE_MS);
    }
  end (step, NULL);
  g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_TIMEOUT,
               "The ad did not come to its end: “%s” stayed too soon", event);
  return FALSE;
}

static gboolean
watch_ad (FarReading *self, FarMarketClient *market, const char *article, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  g_autoptr (FarAdDecision) decision = NULL;
  g_autofree char *key = far_market_client_new_key ();
  FarReadingStep *step = begin (self, "decision");
  gint64 pause_ms = 0;
  guint i;

  far_market_client_decide_ad_async (market, article, key, NULL, far_wait_done, &wait);
  decision = far_market_client_decide_ad_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (decision == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (decision->view[0] == '\0')
    {
      g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_CONFLICT,
                   "There is no ad for this article just now (%s); try --pay", decision->reason);
      return FALSE;
    }
  if (!fetch_creative (self, market, decision, error))
    return FALSE;
  for (i = 0; i < G_N_ELEMENTS (ad_events); i++)
    {
      wait_ms (pause_ms);
      if (!send_event (self, market, decision->view, ad_events[i], &pause_ms, error))
        return FALSE;
    }
  self->moved_micros = decision->price_micros;
  return TRUE;
}

static gboolean
take_entitlement (FarReading *self, FarMarketClient *market, const char *article, GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GError) local = NULL;
  g_autoptr (FarEntitlement) entitlement = NULL;
  FarReadingStep *step = begin (self, "entitlement");

  far_market_client_get_entitlement_async (market, article, NULL, far_wait_done, &wait);
  entitlement
      = far_market_client_get_entitlement_finish (market, far_wait_for (&wait), &local);
  end (step, local);
  if (entitlement == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self->entitled_by = g_strdup (entitlement->entitled ? entitlement->by : "");
  return TRUE;
}

static void
take_text (FarReading *self, const FarArticle *article)
{
  g_autoptr (GString) text = g_string_new (NULL);
  GPtrArray *parts[] = { article->free_blocks, article->paid_blocks };
  guint i, j;

  for (i = 0; i < G_N_ELEMENTS (parts); i++)
    for (j = 0; j < parts[i]->len; j++)
      {
        const FarBlock *block = g_ptr_array_index (parts[i], j);

        g_string_append_printf (text, "%s%s\n\n", block->kind == FAR_BLOCK_LIST_ITEM ? "• " : "",
                                block->text);
      }
  self->text = g_strdup (text->str);
  self->text_bytes = article->text_bytes;
}

gboolean
far_reading_run (FarReading *self, FarMarketClient *market, const char *article,
                 FarReadingWay way, GError **error)
{
  g_autoptr (FarArticle) closed = open_article (self, market, article, "article", error);
  g_autoptr (FarArticle) opened = NULL;
  g_autoptr (FarOffer) offer = NULL;

  if (closed == NULL)
    return FALSE;
  self->title = g_strdup (closed->summary->title);
  self->currency = g_strdup (closed->summary->currency);
  if (!closed->entitled)
    {
      offer = look_at_offer (self, market, article, error);
      if (offer == NULL)
        return FALSE;
      if (way == FAR_READING_WATCH
              ? !watch_ad (self, market, article, error)
              : !pay (self, market, article, offer->price_micros,
                      way == FAR_READING_PAY_ADDING_METHOD, error))
        return FALSE;
      opened = open_article (self, market, article, "text", error);
      if (opened == NULL)
        return FALSE;
    }
  take_text (self, opened != NULL ? opened : closed);
  return take_entitlement (self, market, article, error);
}
