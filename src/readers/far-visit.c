/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One visit as a chain of steps. Each step sends one request and names what follows its answer; a
 * pause between two steps is a timeout. The visit is in exactly one of them: waiting for an answer
 * (owned by the HTTP object's callback), pausing (`timer`), or done.
 *
 * An answer that never came is asked for once more with the same key, as any client must: the
 * server promises that the repeat moves nothing twice. */
#include "readers/far-visit.h"

#include <string.h>

#include "base/far-id.h"
#include "base/far-json.h"

#define TRIES_MAX 3
#define WAIT_MS_MAX 120000
#define REFUND_PAUSE_MS 500
#define RETRY_PAUSE_MS 200

static const char *const ad_events[]
    = { "start", "firstQuartile", "midpoint", "thirdQuartile", "complete" };

typedef void (*Step) (FarVisit *self);
typedef void (*Then) (FarVisit *self, guint status, JsonObject *object);

struct _FarVisit {
  const FarVisitContext *context;
  FarReaderTraits traits;
  FarRng       rng;
  char        *article;
  char         key[FAR_ID_HEX_LEN + 1];
  char        *view;
  FarGateOffer offer;
  guint        event;
  guint        tries;
  gboolean     pledged;
  guint        timer;
  gint64       due_us;
  Step         step; /* after the pause */
  Then         then; /* after the answer */
  FarVisitDone done;
  gpointer     user_data;
};

static void step_pledge (FarVisit *self);
static void step_event (FarVisit *self);
static void step_read (FarVisit *self);
static void step_decide (FarVisit *self);

static gboolean
finish_idle (gpointer user_data)
{
  FarVisit *self = user_data;

  self->timer = 0;
  self->done (self, self->user_data);
  return G_SOURCE_REMOVE;
}

static void
finish (FarVisit *self)
{
  /* Not when idle: readers who come faster than they are served leave nobody idle. */
  self->timer = g_idle_add_full (G_PRIORITY_DEFAULT, finish_idle, self, NULL);
}

static gboolean
on_pause_over (gpointer user_data)
{
  FarVisit *self = user_data;

  self->timer = 0;
  self->step (self);
  return G_SOURCE_REMOVE;
}

static void
pause_then (FarVisit *self, guint pause_ms, Step step)
{
  self->step = step;
  self->due_us = g_get_monotonic_time () + (gint64) pause_ms * 1000;
  self->timer = g_timeout_add (pause_ms, on_pause_over, self);
}

static guint
think_ms (FarVisit *self)
{
  double mean = self->context->assumptions->think_mean_ms;

  return mean > 0 ? (guint) far_rng_exponential (&self->rng, mean) : 0;
}

static const char *
error_code (JsonObject *object)
{
  JsonObject *error = NULL;
  const char *code = "";

  if (object != NULL && far_json_get_object (object, "error", &error, NULL))
    far_json_get_string (error, "code", 64, &code, NULL);
  return code;
}

static void
on_answer (guint status, JsonObject *object, gsize n_bytes, gpointer user_data)
{
  FarVisit *self = user_data;

  /* The gateway's own 503 has no error of the market's in it. */
  if (status == 429 || (status == 503 && error_code (object)[0] == '\0'))
    {
      self->context->report->throttles++;
      finish (self);
      return;
    }
  self->then (self, status, object);
}

static void
send (FarVisit *self, const char *method, char *target, char *body, Then then)
{
  self->then = then;
  far_reader_http_send (self->context->http, &self->traits, method, target, body, self->due_us,
                        on_answer, self);
  g_free (target);
}

/* What no reader should be answered. The same step is tried again while the answer is unknown. */
static void
fail (FarVisit *self, const char *what, guint status, JsonObject *object, Step again)
{
  gboolean unknown = status == 0 || status >= 500;

  if (unknown && again != NULL && ++self->tries < TRIES_MAX)
    {
      pause_then (self, RETRY_PAUSE_MS, again);
      return;
    }
  far_visit_report_add_error (self->context->report, "%s %s: status %u %s", what, self->article,
                              status, error_code (object));
  finish (self);
}

static void
new_key (FarVisit *self)
{
  FarId id;

  far_id_init (&id, self->context->clock);
  far_id_to_hex (&id, self->key);
  self->tries = 0;
}

static char *
body_with_key (FarVisit *self, const char *name, const char *value, gboolean with_price)
{
  g_auto (FarJsonWriter) w = { 0 };
  gsize n;

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, name, value);
  if (with_price)
    far_json_add_micros (&w, "price_micros", self->offer.price_micros);
  far_json_add_string (&w, "key", self->key);
  far_json_end_object (&w);
  return far_json_writer_steal (&w, &n);
}

/* ---- refund ---- */

static void
on_refunded (FarVisit *self, guint status, JsonObject *object)
{
  if (status == 200 || status == 201)
    self->context->report->refunds++;
  else
    {
      fail (self, "refund", status, object, NULL);
      return;
    }
  finish (self);
}

static void
step_refund (FarVisit *self)
{
  new_key (self);
  send (self, "POST", g_strdup ("/refunds"), body_with_key (self, "article", self->article, FALSE),
        on_refunded);
}

/* ---- reading ---- */

static gboolean
is_unlocked (JsonObject *object)
{
  gboolean entitled = FALSE;

  return object != NULL && far_json_get_bool (object, "entitled", &entitled, NULL) && entitled
         && far_json_has (object, "body");
}

static void
on_read (FarVisit *self, guint status, JsonObject *object)
{
  if (status != 200 || !is_unlocked (object))
    {
      fail (self, "unlocked article", status, object, step_read);
      return;
    }
  if (self->pledged && far_rng_unit (&self->rng) < self->context->assumptions->refund)
    pause_then (self, REFUND_PAUSE_MS, step_refund);
  else
    finish (self);
}

static void
step_read (FarVisit *self)
{
  send (self, "GET", g_strconcat ("/articles/", self->article, NULL), NULL, on_read);
}

/* ---- paying ---- */

static void
leave (FarVisit *self)
{
  self->context->report->left++;
  finish (self);
}

static void
on_method_added (FarVisit *self, guint status, JsonObject *object)
{
  if (status != 200 && status != 201)
    {
      fail (self, "payment method", status, object, NULL);
      return;
    }
  new_key (self);
  pause_then (self, think_ms (self), step_pledge);
}

static void
step_add_method (FarVisit *self)
{
  new_key (self);
  send (self, "POST", g_strdup ("/wallet/methods"),
        body_with_key (self, "method", "pm_card_visa", FALSE), on_method_added);
}

/* Asked for a payment method: some add one, some would rather watch an ad, the rest leave. */
static void
without_method (FarVisit *self)
{
  FarGateOffer ad_only = self->offer;

  if (self->traits.adds_method)
    {
      pause_then (self, think_ms (self), step_add_method);
      return;
    }
  ad_only.pledge = FALSE;
  if (far_reader_choose (&self->traits, &ad_only, G_MAXINT64) == FAR_CHOICE_WATCH)
    {
      new_key (self);
      pause_then (self, think_ms (self), step_decide);
    }
  else
    leave (self);
}

static void
on_pledged (FarVisit *self, guint status, JsonObject *object)
{
  gint64 moved = 0;

  if (status == 402)
    {
      without_method (self);
      return;
    }
  if ((status != 200 && status != 201) || object == NULL
      || !far_json_get_micros (object, "moved_micros", &moved, NULL))
    {
      fail (self, "pledge", status, object, step_pledge);
      return;
    }
  if (moved > 0)
    {
      self->context->report->acknowledged++;
      self->context->report->acknowledged_micros += moved;
    }
  self->pledged = TRUE;
  self->tries = 0;
  pause_then (self, 0, step_read);
}

static void
step_pledge (FarVisit *self)
{
  send (self, "POST", g_strdup ("/pledges"), body_with_key (self, "article", self->article, TRUE),
        on_pledged);
}

/* ---- watching ---- */

static void
on_event (FarVisit *self, guint status, JsonObject *object)
{
  gint64 wait_ms = 0;

  if (object != NULL && strcmp (error_code (object), "too_soon") == 0)
    {
      pause_then (self, RETRY_PAUSE_MS, step_event);
      return;
    }
  if (status < 200 || status > 202 || object == NULL)
    {
      fail (self, ad_events[self->event], status, object, step_event);
      return;
    }
  self->tries = 0;
  if (++self->event == G_N_ELEMENTS (ad_events))
    {
      self->context->report->ads++;
      pause_then (self, 0, step_read);
      return;
    }
  if (!far_json_get_int (object, "wait_ms", 0, WAIT_MS_MAX, &wait_ms, NULL))
    wait_ms = RETRY_PAUSE_MS;
  pause_then (self, wait_ms, step_event);
}

static void
step_event (FarVisit *self)
{
  g_auto (FarJsonWriter) w = { 0 };
  gsize n;

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "view", self->view);
  far_json_add_string (&w, "event", ad_events[self->event]);
  /* A program looks at nothing. */
  far_json_add_int (&w, "visible_ms", 0);
  far_json_add_bool (&w, "muted", TRUE);
  far_json_end_object (&w);
  send (self, "POST", g_strdup ("/ads/events"), far_json_writer_steal (&w, &n), on_event);
}

static void
on_creative_got (FarVisit *self, guint status, JsonObject *object)
{
  if (status != 200)
    {
      fail (self, "creative", status, object, NULL);
      return;
    }
  self->event = 0;
  pause_then (self, 0, step_event);
}

static void
step_creative (FarVisit *self)
{
  send (self, "GET", g_strconcat ("/ads/creatives/", self->view, NULL), NULL, on_creative_got);
}

/* No ad to be had: whoever would pay too does, the rest leave. */
static void
unfilled (FarVisit *self)
{
  FarGateOffer pledge_only = self->offer;

  self->context->report->unfilled++;
  pledge_only.ad = FALSE;
  if (far_reader_choose (&self->traits, &pledge_only,
                         far_assumptions_draw_worth (self->context->assumptions, &self->rng))
      == FAR_CHOICE_PLEDGE)
    {
      self->context->report->pledges++;
      new_key (self);
      pause_then (self, think_ms (self), step_pledge);
    }
  else
    leave (self);
}

static void
on_decided (FarVisit *self, guint status, JsonObject *object)
{
  const char *view = NULL;

  if (status < 200 || status > 201 || object == NULL)
    {
      fail (self, "ad decision", status, object, step_decide);
      return;
    }
  if (!far_json_has (object, "view")
      || !far_json_get_string (object, "view", FAR_ID_HEX_LEN, &view, NULL))
    {
      unfilled (self);
      return;
    }
  self->view = g_strdup (view);
  self->tries = 0;
  pause_then (self, 0, step_creative);
}

static void
step_decide (FarVisit *self)
{
  send (self, "POST", g_strdup ("/ads/decisions"),
        body_with_key (self, "article", self->article, FALSE), on_decided);
}

/* ---- the gate ---- */

static void
choose (FarVisit *self, gboolean method_required)
{
  gint64 worth = far_assumptions_draw_worth (self->context->assumptions, &self->rng);

  new_key (self);
  switch (far_reader_choose (&self->traits, &self->offer, worth))
    {
    case FAR_CHOICE_PLEDGE:
      self->context->report->pledges++;
      if (method_required)
        without_method (self);
      else
        pause_then (self, think_ms (self), step_pledge);
      break;
    case FAR_CHOICE_WATCH:
      pause_then (self, think_ms (self), step_decide);
      break;
    case FAR_CHOICE_LEAVE:
    default:
      leave (self);
      break;
    }
}

static void
on_offer (FarVisit *self, guint status, JsonObject *object)
{
  gboolean method_required = FALSE;

  if (status != 200 || object == NULL
      || !far_json_get_micros (object, "price_micros", &self->offer.price_micros, NULL)
      || !far_json_get_bool (object, "pledge", &self->offer.pledge, NULL)
      || !far_json_get_bool (object, "ad", &self->offer.ad, NULL))
    {
      fail (self, "offer", status, object, NULL);
      return;
    }
  far_json_get_int (object, "ad_duration_ms", 0, WAIT_MS_MAX, &self->offer.ad_duration_ms, NULL);
  far_json_get_bool (object, "method_required", &method_required, NULL);
  choose (self, method_required);
}

static void
step_offer (FarVisit *self)
{
  send (self, "GET", g_strconcat ("/offers/", self->article, NULL), NULL, on_offer);
}

static void step_open (FarVisit *self);

static void
on_opened (FarVisit *self, guint status, JsonObject *object)
{
  if (status != 200 || object == NULL)
    {
      fail (self, "article", status, object, step_open);
      return;
    }
  self->tries = 0;
  if (is_unlocked (object))
    {
      self->context->report->returned++;
      finish (self);
      return;
    }
  if (far_rng_unit (&self->rng) < self->context->assumptions->leave_at_gate)
    leave (self);
  else
    pause_then (self, think_ms (self), step_offer);
}

static void
step_open (FarVisit *self)
{
  send (self, "GET", g_strconcat ("/articles/", self->article, NULL), NULL, on_opened);
}

FarVisit *
far_visit_new (const FarVisitContext *context, const FarReaderTraits *traits, guint64 seed,
               const char *article, gint64 due_us, FarVisitDone done, gpointer user_data)
{
  FarVisit *self = g_new0 (FarVisit, 1);

  self->context = context;
  self->traits = *traits;
  far_rng_init (&self->rng, seed, 1);
  self->article = g_strdup (article);
  self->due_us = due_us;
  self->done = done;
  self->user_data = user_data;
  context->report->arrivals++;
  step_open (self);
  return self;
}

void
far_visit_free (FarVisit *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  far_secret_wipe (self->traits.private_key, sizeof self->traits.private_key);
  g_free (self->article);
  g_free (self->view);
  g_free (self);
}
