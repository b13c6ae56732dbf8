/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A provider's objects from JSON (see the header). */
#include "market/far-provider-objects.h"

#include <string.h>

#include "base/far-json.h"

#define UNITS_MAX G_GINT64_CONSTANT (99999999999999)
#define LIST_MAX 100
#define MESSAGE_MAX 4096

/* ---- members ---- */

static gboolean
take_word (JsonObject  *object,
           const char  *name,
           char       **ret_word,
           GError     **error)
{
  const char *value;

  if (!far_json_get_string (object, name, FAR_PROVIDER_WORD_MAX, &value, error))
    return FALSE;
  *ret_word = g_strdup (value);
  return TRUE;
}

/* A string, or nothing where it is missing, null, or an object: then that object's "id". */
static char *
id_of (JsonObject *object,
       const char *name)
{
  const char *value;
  JsonObject *inner;

  if (far_json_has (object, name) &&
      (far_json_get_string (object, name, FAR_PROVIDER_WORD_MAX, &value, NULL) ||
       (far_json_get_object (object, name, &inner, NULL) &&
        far_json_get_string (inner, "id", FAR_PROVIDER_WORD_MAX, &value, NULL))))
    return g_strdup (value);
  return NULL;
}

static char *
url_of (JsonObject *object,
        const char *name)
{
  const char *value;

  return far_json_has (object, name) &&
         far_json_get_string (object, name, FAR_PROVIDER_URL_MAX, &value, NULL)
           ? g_strdup (value) : NULL;
}

/* A code as a word of letters, digits and "_"; "declined" for anything else. */
static char *
word_of (JsonObject *object,
         const char *name)
{
  const char *value;

  if (!far_json_has (object, name) || !far_json_get_string (object, name, 64, &value, NULL) ||
      *value == '\0')
    return NULL;
  for (const char *c = value; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '_')
      return g_strdup ("declined");
  return g_strdup (value);
}

static gboolean
is (JsonObject *object,
    const char *name,
    const char *wanted)
{
  const char *value;

  return far_json_has (object, name) &&
         far_json_get_string (object, name, FAR_PROVIDER_WORD_MAX, &value, NULL) &&
         strcmp (value, wanted) == 0;
}

static gboolean
wrong (GError     **error,
       const char  *what)
{
  g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE, "\"%s\" is not what it can be", what);
  return FALSE;
}

static gboolean
take_currency (JsonObject  *object,
               char         ret_currency[4],
               GError     **error)
{
  const char *value;

  if (!far_json_get_string (object, "currency", 3, &value, error))
    return FALSE;
  if (strlen (value) != 3)
    return wrong (error, "currency");
  for (guint i = 0; i < 3; i++)
    ret_currency[i] = g_ascii_toupper (value[i]);
  ret_currency[3] = '\0';
  return TRUE;
}

static void
take_metadata (JsonObject  *object,
               char       **ret_kind,
               char       **ret_ref)
{
  JsonObject *metadata;

  if (!far_json_has (object, "metadata") ||
      !far_json_get_object (object, "metadata", &metadata, NULL))
    return;
  *ret_kind = word_of (metadata, FAR_PROVIDER_META_KIND);
  *ret_ref = word_of (metadata, FAR_PROVIDER_META_ID);
}

/* ---- intents ---- */

static gboolean
take_intent_state (JsonObject              *object,
                   FarProviderIntentState  *ret_state,
                   GError                 **error)
{
  static const struct {
    const char            *status;
    FarProviderIntentState state;
  } states[] = {
    { "requires_payment_method", FAR_PROVIDER_INTENT_WAITS },
    { "requires_confirmation", FAR_PROVIDER_INTENT_WAITS },
    { "requires_action", FAR_PROVIDER_INTENT_ACTION },
    { "processing", FAR_PROVIDER_INTENT_PROCESSING },
    { "requires_capture", FAR_PROVIDER_INTENT_PROCESSING },
    { "succeeded", FAR_PROVIDER_INTENT_SUCCEEDED },
    { "canceled", FAR_PROVIDER_INTENT_CANCELED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (is (object, "status", states[i].status))
      {
        *ret_state = states[i].state;
        return TRUE;
      }
  return wrong (error, "status");
}

/* latest_charge.balance_transaction.fee, where both are expanded, in the currency of the account it
 * was taken from. */
static gint64
fee_of (JsonObject *intent,
        char        ret_currency[4])
{
  JsonObject *charge, *booked;
  gint64 fee;

  if (far_json_has (intent, "latest_charge") &&
      far_json_get_object (intent, "latest_charge", &charge, NULL) &&
      far_json_has (charge, "balance_transaction") &&
      far_json_get_object (charge, "balance_transaction", &booked, NULL) &&
      far_json_get_int (booked, "fee", 0, UNITS_MAX, &fee, NULL) &&
      (!far_json_has (booked, "currency") || take_currency (booked, ret_currency, NULL)))
    return fee;
  return -1;
}

static char *
action_of (JsonObject *intent)
{
  JsonObject *action, *redirect;

  if (far_json_has (intent, "next_action") &&
      far_json_get_object (intent, "next_action", &action, NULL) &&
      far_json_has (action, "redirect_to_url") &&
      far_json_get_object (action, "redirect_to_url", &redirect, NULL))
    return url_of (redirect, "url");
  return NULL;
}

static char *
reason_of (JsonObject *fault)
{
  char *reason = word_of (fault, "decline_code");

  return reason != NULL ? reason : word_of (fault, "code");
}

gboolean
far_provider_intent_parse (JsonObject         *object,
                           FarProviderIntent  *ret_intent,
                           GError            **error)
{
  g_auto (FarProviderIntent) intent = { .fee_units = -1 };
  JsonObject *fault;

  g_return_val_if_fail (object != NULL && ret_intent != NULL, FALSE);

  memset (ret_intent, 0, sizeof *ret_intent);
  if (!take_word (object, "id", &intent.id, error) ||
      !take_intent_state (object, &intent.state, error) ||
      !far_json_get_int (object, "amount", 0, UNITS_MAX, &intent.units, error) ||
      !take_currency (object, intent.currency, error))
    return FALSE;
  intent.fee_units = fee_of (object, intent.fee_currency);
  intent.customer = id_of (object, "customer");
  intent.action_url = action_of (object);
  if (far_json_has (object, "last_payment_error") &&
      far_json_get_object (object, "last_payment_error", &fault, NULL))
    intent.reason = reason_of (fault);
  take_metadata (object, &intent.kind, &intent.ref);
  *ret_intent = intent;
  memset (&intent, 0, sizeof intent);
  return TRUE;
}

void
far_provider_intent_clear (FarProviderIntent *intent)
{
  g_clear_pointer (&intent->id, g_free);
  g_clear_pointer (&intent->customer, g_free);
  g_clear_pointer (&intent->action_url, g_free);
  g_clear_pointer (&intent->reason, g_free);
  g_clear_pointer (&intent->kind, g_free);
  g_clear_pointer (&intent->ref, g_free);
}

/* ---- sessions ---- */

/* The intents of a session, where they are expanded. */
static gboolean
take_session_intents (JsonObject          *object,
                      FarProviderSession  *session,
                      GError             **error)
{
  JsonObject *inner;

  if (far_json_has (object, "payment_intent") &&
      far_json_get_object (object, "payment_intent", &inner, NULL))
    {
      if (!far_provider_intent_parse (inner, &session->intent, error))
        return FALSE;
      session->has_intent = TRUE;
    }
  if (far_json_has (object, "setup_intent") &&
      far_json_get_object (object, "setup_intent", &inner, NULL) &&
      is (inner, "status", "succeeded"))
    session->method = id_of (inner, "payment_method");
  return TRUE;
}

gboolean
far_provider_session_parse (JsonObject          *object,
                            FarProviderSession  *ret_session,
                            GError             **error)
{
  g_auto (FarProviderSession) session = { NULL };

  g_return_val_if_fail (object != NULL && ret_session != NULL, FALSE);

  memset (ret_session, 0, sizeof *ret_session);
  if (!take_word (object, "id", &session.id, error) ||
      !far_json_get_int (object, "expires_at", 0, G_MAXINT64 / G_USEC_PER_SEC,
                         &session.expires_s, error))
    return FALSE;
  session.open = is (object, "status", "open");
  session.complete = is (object, "status", "complete");
  if (!session.open && !session.complete && !is (object, "status", "expired"))
    return wrong (error, "status");
  session.setup = is (object, "mode", "setup");
  session.paid = is (object, "payment_status", "paid");
  session.url = url_of (object, "url");
  session.customer = id_of (object, "customer");
  take_metadata (object, &session.kind, &session.ref);
  if (!take_session_intents (object, &session, error))
    return FALSE;
  *ret_session = session;
  memset (&session, 0, sizeof session);
  return TRUE;
}

void
far_provider_session_clear (FarProviderSession *session)
{
  g_clear_pointer (&session->id, g_free);
  g_clear_pointer (&session->url, g_free);
  g_clear_pointer (&session->customer, g_free);
  g_clear_pointer (&session->method, g_free);
  g_clear_pointer (&session->kind, g_free);
  g_clear_pointer (&session->ref, g_free);
  far_provider_intent_clear (&session->intent);
}

/* ---- refunds and disputes ---- */

gboolean
far_provider_refund_parse (JsonObject         *object,
                           FarProviderRefund  *ret_refund,
                           GError            **error)
{
  g_auto (FarProviderRefund) refund = { NULL };

  g_return_val_if_fail (object != NULL && ret_refund != NULL, FALSE);

  memset (ret_refund, 0, sizeof *ret_refund);
  if (!take_word (object, "id", &refund.id, error))
    return FALSE;
  if (is (object, "status", "succeeded"))
    refund.state = FAR_PROVIDER_REFUND_SUCCEEDED;
  else if (is (object, "status", "failed") || is (object, "status", "canceled"))
    refund.state = FAR_PROVIDER_REFUND_FAILED;
  else if (is (object, "status", "pending") || is (object, "status", "requires_action"))
    refund.state = FAR_PROVIDER_REFUND_PENDING;
  else
    return wrong (error, "status");
  take_metadata (object, &refund.kind, &refund.ref);
  *ret_refund = refund;
  memset (&refund, 0, sizeof refund);
  return TRUE;
}

void
far_provider_refund_clear (FarProviderRefund *refund)
{
  g_clear_pointer (&refund->id, g_free);
  g_clear_pointer (&refund->kind, g_free);
  g_clear_pointer (&refund->ref, g_free);
}

/* What the provider took for it, from its balance transactions, which are of one account. */
static gboolean
take_dispute_fee (JsonObject          *object,
                  FarProviderDispute  *dispute,
                  GError             **error)
{
  JsonArray *booked;

  dispute->fee_units = 0;
  if (!far_json_has (object, "balance_transactions"))
    return TRUE;
  if (!far_json_get_array (object, "balance_transactions", LIST_MAX, &booked, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (booked); i++)
    {
      JsonNode *node = json_array_get_element (booked, i);
      char currency[4] = "";
      gint64 fee;

      if (!JSON_NODE_HOLDS_OBJECT (node))
        continue;
      if (!far_json_get_int (json_node_get_object (node), "fee", 0, UNITS_MAX, &fee, error) ||
          (far_json_has (json_node_get_object (node), "currency") &&
           !take_currency (json_node_get_object (node), currency, error)))
        return FALSE;
      if (fee > 0 && dispute->fee_units > 0 && strcmp (currency, dispute->fee_currency) != 0)
        return wrong (error, "balance_transactions");
      if (fee > 0)
        g_strlcpy (dispute->fee_currency, currency, sizeof dispute->fee_currency);
      dispute->fee_units += fee;
    }
  return TRUE;
}

gboolean
far_provider_dispute_parse (JsonObject          *object,
                            FarProviderDispute  *ret_dispute,
                            GError             **error)
{
  g_auto (FarProviderDispute) dispute = { NULL };

  g_return_val_if_fail (object != NULL && ret_dispute != NULL, FALSE);

  memset (ret_dispute, 0, sizeof *ret_dispute);
  if (!take_word (object, "id", &dispute.id, error) ||
      !far_json_get_int (object, "amount", 0, UNITS_MAX, &dispute.units, error) ||
      !take_currency (object, dispute.currency, error) ||
      !take_dispute_fee (object, &dispute, error))
    return FALSE;
  dispute.payment = id_of (object, "payment_intent");
  if (is (object, "status", "won"))
    dispute.state = FAR_PROVIDER_DISPUTE_WON;
  else if (is (object, "status", "lost"))
    dispute.state = FAR_PROVIDER_DISPUTE_LOST;
  else
    dispute.state = FAR_PROVIDER_DISPUTE_OPENED;
  *ret_dispute = dispute;
  memset (&dispute, 0, sizeof dispute);
  return TRUE;
}

void
far_provider_dispute_clear (FarProviderDispute *dispute)
{
  g_clear_pointer (&dispute->id, g_free);
  g_clear_pointer (&dispute->payment, g_free);
}

/* ---- events and errors ---- */

gboolean
far_provider_event_parse (JsonObject        *object,
                          FarProviderEvent  *ret_event,
                          GError           **error)
{
  g_auto (FarProviderEvent) event = { NULL };
  JsonObject *data, *inner;

  g_return_val_if_fail (object != NULL && ret_event != NULL, FALSE);

  memset (ret_event, 0, sizeof *ret_event);
  if (!take_word (object, "id", &event.id, error) ||
      !take_word (object, "type", &event.type, error) ||
      !far_json_get_object (object, "data", &data, error) ||
      !far_json_get_object (data, "object", &inner, error))
    return FALSE;
  event.object_kind = id_of (inner, "object");
  event.object_id = id_of (inner, "id");
  event.tells_money = far_json_has (object, "livemode") &&
                      far_json_get_bool (object, "livemode", &event.live, NULL);
  *ret_event = event;
  memset (&event, 0, sizeof event);
  return TRUE;
}

void
far_provider_event_clear (FarProviderEvent *event)
{
  g_clear_pointer (&event->id, g_free);
  g_clear_pointer (&event->type, g_free);
  g_clear_pointer (&event->object_kind, g_free);
  g_clear_pointer (&event->object_id, g_free);
}

gboolean
far_provider_fault_parse (JsonObject        *object,
                          FarProviderFault  *ret_fault,
                          GError           **error)
{
  g_auto (FarProviderFault) fault = { NULL };
  const char *message;
  JsonObject *inner, *intent;

  g_return_val_if_fail (object != NULL && ret_fault != NULL, FALSE);

  memset (ret_fault, 0, sizeof *ret_fault);
  if (!far_json_get_object (object, "error", &inner, error) ||
      !take_word (inner, "type", &fault.type, error))
    return FALSE;
  fault.reason = reason_of (inner);
  if (fault.reason == NULL)
    fault.reason = g_strdup ("");
  fault.message = g_strdup (far_json_has (inner, "message") &&
                            far_json_get_string (inner, "message", MESSAGE_MAX, &message, NULL)
                              ? message : "no reason was given");
  if (far_json_has (inner, "payment_intent") &&
      far_json_get_object (inner, "payment_intent", &intent, NULL))
    {
      if (!far_provider_intent_parse (intent, &fault.intent, error))
        return FALSE;
      fault.has_intent = TRUE;
    }
  *ret_fault = fault;
  memset (&fault, 0, sizeof fault);
  return TRUE;
}

void
far_provider_fault_clear (FarProviderFault *fault)
{
  g_clear_pointer (&fault->type, g_free);
  g_clear_pointer (&fault->reason, g_free);
  g_clear_pointer (&fault->message, g_free);
  far_provider_intent_clear (&fault->intent);
}
