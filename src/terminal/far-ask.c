/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls of the control API that commands make directly: an object there, an object back. */
#include <stdio.h>

#include "terminal/far-terminal.h"

JsonNode *
far_terminal_ask (FarTerminal *self, const char *method, const char *url, FarJsonWriter *body,
                  GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GBytes) bytes = NULL;

  if (far_terminal_connect (self, FALSE, error) == NULL)
    return NULL;
  if (body != NULL)
    {
      gsize n;
      char *text = far_json_writer_steal (body, &n);

      bytes = g_bytes_new_take (text, n);
    }
  far_platform_client_request_async (self->platform, method, url, bytes, NULL, far_wait_done,
                                     &wait);
  return far_platform_client_request_finish (self->platform, far_wait_for (&wait), error);
}

void
far_terminal_print_node (JsonNode *node)
{
  g_auto (FarJsonWriter) w = { 0 };

  far_json_writer_init (&w);
  far_json_add_node (&w, NULL, node);
  far_terminal_print_json (&w);
}
