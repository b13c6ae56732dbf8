/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the looking after the books: what they say of themselves becomes figures that alarms are
 * about. Every half minute a short question; the whole log now and then, beside the writer. The
 * platform knows nothing of money: it passes on three numbers.
 *
 * What cannot be had is no data. The main context's thread. */
#include "platform/far-control-private.h"

#define HEALTH "ledger.health"
#define VERIFY "ledger.verify"
/* The first whole verification waits until a start is over. */
#define VERIFY_FIRST_US (G_GINT64_CONSTANT (120) * G_USEC_PER_SEC)
#define VERIFY_EVERY_US (G_GINT64_CONSTANT (6) * 3600 * G_USEC_PER_SEC)

struct _FarControlVigil {
  FarControl *control; /* NULL once it has gone: what is asked ends by itself */
  guint       timer;
  guint       n_asking;
  gboolean    asking_health;
  gboolean    verifying;
  gint64      verify_us; /* monotonic: when it is due */
};

static void
vigil_unref (FarControlVigil *self)
{
  if (self->control == NULL && self->n_asking == 0)
    g_free (self);
}

static void
report (FarControlVigil *self, FarGauge gauge, gboolean known, gint64 value)
{
  if (known)
    far_alarms_report (self->control->alarms, gauge, value);
  else
    far_alarms_forget (self->control->alarms, gauge);
}

/* NULL: it gave none. */
static JsonObject *
take (GAsyncResult *result, JsonNode **ret_node)
{
  *ret_node = far_control_books_answer (result, NULL);
  return *ret_node != NULL && !far_json_has (json_node_get_object (*ret_node), "error")
           ? json_node_get_object (*ret_node) : NULL;
}

static void
on_health (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlVigil *self = user_data;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *health = take (result, &node);
  gint64 age_us = 0, apart_micros = 0;
  gboolean known;

  self->n_asking--;
  self->asking_health = FALSE;
  if (self->control != NULL)
    {
      known = health != NULL &&
              far_json_get_int (health, "oldest_age_us", 0, G_MAXINT64, &age_us, NULL);
      report (self, FAR_GAUGE_WEBHOOK_AGE_S, known, age_us / G_USEC_PER_SEC);
      known = health != NULL &&
              far_json_get_micros (health, "payout_mismatch_micros", &apart_micros, NULL);
      report (self, FAR_GAUGE_PAYOUT_MISMATCH, known, apart_micros);
    }
  vigil_unref (self);
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FarControlVigil *self = user_data;
  g_autoptr (JsonNode) node = NULL;
  JsonObject *verdict = take (result, &node);
  gboolean ok;

  self->n_asking--;
  self->verifying = FALSE;
  /* No verdict says nothing of the log: the last one stands. */
  if (self->control != NULL && verdict != NULL && far_json_get_bool (verdict, "ok", &ok, NULL))
    report (self, FAR_GAUGE_LEDGER_BROKEN, TRUE, ok ? 0 : 1);
  vigil_unref (self);
}

static void
ask_health (FarControlVigil *self)
{
  if (self->asking_health)
    return;
  self->asking_health = far_control_books_ask (self->control, HEALTH, NULL, on_health, self, NULL);
  self->n_asking += self->asking_health;
  if (!self->asking_health)
    {
      report (self, FAR_GAUGE_WEBHOOK_AGE_S, FALSE, 0);
      report (self, FAR_GAUGE_PAYOUT_MISMATCH, FALSE, 0);
    }
}

void
far_control_vigil_verify (FarControlVigil *self)
{
  if (self->verifying)
    return;
  self->verifying = far_control_books_ask (self->control, VERIFY, NULL, on_verified, self, NULL);
  self->n_asking += self->verifying;
  if (self->verifying)
    self->verify_us = g_get_monotonic_time () + VERIFY_EVERY_US;
}

void
far_control_vigil_look (FarControlVigil *self)
{
  ask_health (self);
  if (g_get_monotonic_time () >= self->verify_us)
    far_control_vigil_verify (self);
}

static gboolean
on_timer (gpointer user_data)
{
  far_control_vigil_look (user_data);
  return G_SOURCE_CONTINUE;
}

FarControlVigil *
far_control_vigil_new (FarControl *control)
{
  FarControlVigil *self = g_new0 (FarControlVigil, 1);

  self->control = control;
  self->verify_us = g_get_monotonic_time () + VERIFY_FIRST_US;
  self->timer = g_timeout_add_seconds (FAR_CONTROL_VIGIL_S, on_timer, self);
  return self;
}

void
far_control_vigil_hold (FarControlVigil *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
}

void
far_control_vigil_free (FarControlVigil *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->control = NULL;
  vigil_unref (self);
}
