/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what follows from an invocation's record: outcome names, billed time, log lines in Lambda's
 * form. No state; any thread. */
#include "telemetry/far-invocation.h"

static const char *const outcome_names[FAR_INVOCATION_N_OUTCOMES] = {
  [FAR_INVOCATION_OK] = "ok",
  [FAR_INVOCATION_FUNCTION_ERROR] = "function_error",
  [FAR_INVOCATION_TIMEOUT] = "timeout",
  [FAR_INVOCATION_CRASH] = "crash",
  [FAR_INVOCATION_INIT_ERROR] = "init_error",
  [FAR_INVOCATION_THROTTLE] = "throttle",
};

const char *
far_invocation_outcome_to_string (FarInvocationOutcome outcome)
{
  g_return_val_if_fail ((guint) outcome < FAR_INVOCATION_N_OUTCOMES, NULL);

  return outcome_names[outcome];
}

gboolean
far_invocation_outcome_from_string (const char *text, FarInvocationOutcome *ret_outcome)
{
  guint i;

  for (i = 0; i < FAR_INVOCATION_N_OUTCOMES; i++)
    {
      if (g_strcmp0 (text, outcome_names[i]) == 0)
        {
          *ret_outcome = i;
          return TRUE;
        }
    }
  return FALSE;
}

gboolean
far_invocation_is_error (const FarInvocation *invocation)
{
  return invocation->outcome != FAR_INVOCATION_OK &&
         invocation->outcome != FAR_INVOCATION_THROTTLE;
}

gint64
far_invocation_end_us (const FarInvocation *invocation)
{
  return invocation->arrival_us + invocation->start_us + invocation->duration_us +
         invocation->overhead_us;
}

gint64
far_invocation_billed_ms (const FarInvocation *invocation)
{
  gint64 billed_us = MAX (invocation->duration_us, 0);

  if (invocation->outcome == FAR_INVOCATION_THROTTLE)
    return 0;
  if (invocation->cold)
    billed_us += MAX (invocation->init_us, 0);
  return (billed_us + 999) / 1000;
}

gint64
far_invocation_mb_ms (const FarInvocation *invocation)
{
  return far_invocation_billed_ms (invocation) * invocation->memory_mb;
}

char *
far_invocation_start_line (const FarInvocation *invocation)
{
  char id[FAR_UUID_LEN + 1];

  far_id_to_uuid (&invocation->request_id, id);
  return g_strdup_printf ("START RequestId: %s Version: %s", id,
                          invocation->version != NULL ? invocation->version : "$LATEST");
}

char *
far_invocation_end_line (const FarInvocation *invocation)
{
  char id[FAR_UUID_LEN + 1];

  far_id_to_uuid (&invocation->request_id, id);
  return g_strdup_printf ("END RequestId: %s", id);
}

/* Hundredths of a millisecond, rounded half up, without a locale's decimal comma. */
static void
append_ms (GString *line, const char *name, gint64 us)
{
  gint64 hundredths = (MAX (us, 0) + 5) / 10;

  g_string_append_printf (line, "\t%s: %" G_GINT64_FORMAT ".%02d ms", name, hundredths / 100,
                          (int) (hundredths % 100));
}

char *
far_invocation_report_line (const FarInvocation *invocation)
{
  GString *line = g_string_new ("REPORT RequestId: ");
  char id[FAR_UUID_LEN + 1];

  far_id_to_uuid (&invocation->request_id, id);
  g_string_append (line, id);
  append_ms (line, "Duration", invocation->duration_us);
  g_string_append_printf (line, "\tBilled Duration: %" G_GINT64_FORMAT " ms\tMemory Size: %u MB",
                          far_invocation_billed_ms (invocation), invocation->memory_mb);
  /* Nothing is printed that was not measured. */
  if (invocation->memory_max_kb > 0)
    g_string_append_printf (line, "\tMax Memory Used: %u MB",
                            (invocation->memory_max_kb + 1023) / 1024);
  if (invocation->cold)
    append_ms (line, "Init Duration", invocation->init_us);
  if (invocation->outcome == FAR_INVOCATION_TIMEOUT)
    g_string_append (line, "\tStatus: timeout");
  else if (far_invocation_is_error (invocation))
    g_string_append_printf (line, "\tStatus: error\tError Type: %s",
                            invocation->error_type != NULL ? invocation->error_type : "Unknown");
  return g_string_free (line, FALSE);
}
