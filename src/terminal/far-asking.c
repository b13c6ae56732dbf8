/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns what the commands that ask about telemetry share. */
#include "terminal/far-asking.h"

#include "terminal/far-range.h"

void
far_asking_clear (FarAsking *self)
{
  g_free (self->from);
  g_free (self->to);
  g_free (self->zone_name);
  g_free (self->deployment);
  g_clear_pointer (&self->zone, g_time_zone_unref);
}

int
far_asking_open (FarAsking *self, FarTerminal *terminal, const char *from_default)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  const char *from = self->from != NULL ? self->from : from_default;
  const char *to = self->to != NULL ? self->to : "now";

  self->zone = self->zone_name != NULL ? g_time_zone_new_identifier (self->zone_name)
                                       : g_time_zone_new_local ();
  if (self->zone == NULL)
    return far_terminal_usage ("there is no time zone “%s”; say one like Europe/Berlin",
                               self->zone_name);
  if (far_terminal_connect (terminal, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  status = far_terminal_status (terminal, &error);
  if (status == NULL)
    return far_terminal_fail (error);
  self->now_us = status->now_us;
  if (!far_range_parse_time (from, self->now_us, self->zone, &self->from_us) ||
      !far_range_parse_time (to, self->now_us, self->zone, &self->to_us))
    return far_terminal_usage ("--from and --to take 90s, 15m, 2h, 7d, today, yesterday, now, a "
                               "date, or an RFC 3339 time");
  if (self->from_us >= self->to_us)
    return far_terminal_usage ("the range ends before it begins");
  g_snprintf (self->from_text, sizeof self->from_text, "%" G_GINT64_FORMAT, self->from_us);
  g_snprintf (self->to_text, sizeof self->to_text, "%" G_GINT64_FORMAT, self->to_us);
  return FAR_EXIT_OK;
}

JsonNode *
far_asking_send (FarTerminal *terminal, const char *method, const char *url, FarJsonWriter *body,
                 GError **error)
{
  g_auto (FarWait) wait = { 0 };
  g_autoptr (GBytes) bytes = NULL;

  if (far_terminal_connect (terminal, FALSE, error) == NULL)
    return NULL;
  if (body != NULL)
    {
      gsize length;
      char *text = far_json_writer_steal (body, &length);

      bytes = g_bytes_new_take (text, length);
    }
  far_platform_client_request_async (terminal->platform, method, url, bytes, NULL, far_wait_done,
                                     &wait);
  return far_platform_client_request_finish (terminal->platform, far_wait_for (&wait), error);
}

JsonNode *
far_asking_get (FarTerminal *terminal, const char *url, GError **error)
{
  return far_asking_send (terminal, "GET", url, NULL, error);
}

void
far_asking_print (JsonNode *node)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_json_add_node (&writer, NULL, node);
  far_terminal_print_json (&writer);
}
