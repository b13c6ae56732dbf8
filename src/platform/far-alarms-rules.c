/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the changing of rules: what may be asked for, ids, what stays of those that are built in. */
#include "platform/far-alarms-private.h"

#include <string.h>

#include "base/far-random.h"
#include "net/far-address-policy.h"

static gboolean
check_rule (FarAlarms *self, const FarAlarmRule *rule, GError **error)
{
  const FarAlarmMetric *metric = far_alarms_find_metric (rule->metric);
  FarFunctionState state;

  if (metric == NULL)
    {
      g_set_error (error, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_RULE,
                   "There is no metric “%s” for alarms; GET /v1/alarms lists them", rule->metric);
      return FALSE;
    }
  if (rule->function != NULL &&
      (metric->system || (!far_platform_get_function (self->platform, rule->function, &state) &&
                          far_telemetry_peek (self->telemetry, rule->function) == NULL)))
    {
      g_set_error (error, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_RULE,
                   metric->system ? "%s is not of functions; leave function out"
                                  : "There is no function “%s”",
                   metric->system ? metric->name : rule->function);
      return FALSE;
    }
  return rule->webhook == NULL ||
         far_address_check_url (FAR_ADDRESS_PUBLIC_OR_LOOPBACK, rule->webhook, error);
}

const FarAlarm *
far_alarms_add (FarAlarms *self, FarAlarmRule *rule, GError **error)
{
  FarAlarmEntry *entry;

  if (!check_rule (self, rule, error))
    return NULL;
  if (rule->id == NULL)
    {
      guint8 bytes[4];

      far_random_bytes (bytes, sizeof bytes);
      rule->id = far_hex_encode (bytes, sizeof bytes);
    }
  if (far_alarms_find_entry (self, rule->id) != NULL || self->entries->len >= FAR_ALARMS_MAX)
    {
      g_set_error (error, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_EXISTS,
                   self->entries->len >= FAR_ALARMS_MAX
                     ? "There are as many alarms as can be; delete one first (%s)"
                     : "There is an alarm “%s” already", rule->id);
      return NULL;
    }
  entry = far_alarms_add_entry (self, rule);
  if (far_alarms_save (self, error))
    return entry->alarm;
  g_ptr_array_remove (self->entries, entry);
  far_alarm_entry_drop (entry);
  return NULL;
}

const FarAlarm *
far_alarms_replace (FarAlarms *self, FarAlarmRule *rule, GError **error)
{
  FarAlarmEntry *entry = far_alarms_find_entry (self, rule->id);

  g_return_val_if_fail (entry != NULL, NULL);

  if (entry->alarm->rule.builtin)
    {
      const FarAlarmRule *old = &entry->alarm->rule;

      g_free (rule->name);
      g_free (rule->metric);
      g_free (rule->function);
      rule->name = g_strdup (old->name);
      rule->metric = g_strdup (old->metric);
      rule->function = g_strdup (old->function);
      rule->builtin = TRUE;
    }
  if (!check_rule (self, rule, error))
    return NULL;
  far_alarm_set_rule (entry->alarm, rule);
  entry->asked_us = 0;
  entry->has_value = FALSE;
  return far_alarms_save (self, error) ? entry->alarm : NULL;
}

gboolean
far_alarms_remove (FarAlarms *self, const char *id, GError **error)
{
  FarAlarmEntry *entry = far_alarms_find_entry (self, id);

  g_return_val_if_fail (entry != NULL, FALSE);

  if (entry->alarm->rule.builtin)
    {
      g_set_error (error, FAR_ALARMS_ERROR, FAR_ALARMS_ERROR_BUILTIN,
                   "“%s” is built in; disable it instead", id);
      return FALSE;
    }
  g_ptr_array_remove (self->entries, entry);
  far_alarm_entry_drop (entry);
  return far_alarms_save (self, error);
}

gboolean
far_alarms_test (FarAlarms *self, const char *id)
{
  FarAlarmEntry *entry = far_alarms_find_entry (self, id);

  g_return_val_if_fail (entry != NULL, FALSE);

  if (entry->alarm->rule.webhook == NULL ||
      far_webhooks_n_waiting (self->webhooks) >= FAR_WEBHOOKS_MAX)
    return FALSE;
  far_alarms_send_webhook (self, entry->alarm, "alarm.test", entry->alarm->state);
  return TRUE;
}
