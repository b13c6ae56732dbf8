/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the answer to the operator's checklist. Nothing is moved and nothing is kept. */
#include "functions/far-provider-check.h"

#include <string.h>

#include "functions/far-till.h"
#include "functions/far-way-back.h"

gboolean
far_provider_check_is_asked (const char *event,
                             gsize       n_bytes)
{
  g_autoptr (JsonNode) node = far_json_parse_object (event, n_bytes, FAR_JSON_SIZE_MAX, NULL);
  const char *what;

  return node != NULL &&
         far_json_get_string (json_node_get_object (node), "check", 16, &what, NULL) &&
         strcmp (what, "provider") == 0;
}

void
far_provider_check_answer (const FarLambdaContext *context,
                           GString                *result)
{
  static const char *const names[] = { "untold", "test", "live" };
  g_auto (FarTill) till = { NULL };
  g_auto (FarJsonWriter) writer = { NULL };
  g_autoptr (GError) reason = NULL;
  g_autofree char *text = NULL;
  gboolean live = FALSE, opened, ok;

  opened = far_till_open (&till, context->state, context->clock, NULL, &reason);
  ok = opened && far_provider_client_ask_account (till.provider, &live, &reason);
  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "provider");
  far_json_add_bool (&writer, "ok", ok);
  far_json_add_string (&writer, "message", reason != NULL ? reason->message : NULL);
  far_json_add_string (&writer, "key", opened
                       ? names[far_provider_client_get_money (till.provider)] : NULL);
  far_json_add_bool (&writer, "live", live);
  far_json_add_string (&writer, "public_url", g_getenv (FAR_PUBLIC_URL_ENV));
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  text = far_json_writer_steal (&writer, NULL);
  g_string_append (result, text);
}

gboolean
far_provider_check_event (const FarLambdaContext  *context,
                          const char              *event,
                          gsize                    n_bytes,
                          GString                 *result,
                          GError                 **error)
{
  if (far_provider_check_is_asked (event, n_bytes))
    {
      far_provider_check_answer (context, result);
      return TRUE;
    }
  g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT,
                       "This function takes HTTP requests, and {\"check\":\"provider\"}");
  return FALSE;
}
