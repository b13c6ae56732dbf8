/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any JSON as each of the objects a payment provider answers with: what is taken has an id, amounts
 * that are none below nothing, and codes that are words. */
#include "fuzz-driver.h"

#include <string.h>

#include "base/far-json.h"
#include "market/far-provider-objects.h"

static void
check_word (const char *word)
{
  for (; word != NULL && *word != '\0'; word++)
    g_assert_true (g_ascii_isalnum (*word) || *word == '_');
}

static void
check_intent (const FarProviderIntent *intent)
{
  g_assert_nonnull (intent->id);
  g_assert_cmpint (intent->units, >=, 0);
  g_assert_cmpint (intent->fee_units, >=, -1);
  g_assert_cmpuint (strlen (intent->currency), <=, 3);
  check_word (intent->reason);
  check_word (intent->kind);
  check_word (intent->ref);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (JsonNode) root = far_json_parse_object ((const char *) data, size, 64 * 1024, NULL);
  g_auto (FarProviderIntent) intent = { NULL };
  g_auto (FarProviderSession) session = { NULL };
  g_auto (FarProviderRefund) refund = { NULL };
  g_auto (FarProviderDispute) dispute = { NULL };
  g_auto (FarProviderEvent) event = { NULL };
  g_auto (FarProviderFault) fault = { NULL };
  g_autoptr (GError) error = NULL;
  JsonObject *object;

  if (root == NULL)
    return 0;
  object = json_node_get_object (root);
  if (far_provider_intent_parse (object, &intent, &error))
    check_intent (&intent);
  else
    g_assert_true (error->domain == FAR_JSON_ERROR && intent.id == NULL);
  if (far_provider_session_parse (object, &session, NULL))
    {
      g_assert_nonnull (session.id);
      g_assert_false (session.open && session.complete);
      if (session.has_intent)
        check_intent (&session.intent);
    }
  if (far_provider_refund_parse (object, &refund, NULL))
    g_assert_nonnull (refund.id);
  if (far_provider_dispute_parse (object, &dispute, NULL))
    g_assert_true (dispute.id != NULL && dispute.units >= 0 && dispute.fee_units >= 0);
  if (far_provider_event_parse (object, &event, NULL))
    g_assert_true (event.id != NULL && event.type != NULL);
  if (far_provider_fault_parse (object, &fault, NULL))
    {
      check_word (fault.reason);
      g_assert_nonnull (fault.message);
    }
  return 0;
}
