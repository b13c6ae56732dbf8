/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl export push: what is measured, sent to a collector as it comes. */
#include "terminal/far-export-push.h"

#include <stdio.h>
#include <string.h>

#include "terminal/far-asking.h"
#include "terminal/far-take-secret.h"

void
far_export_push_options_clear (FarExportPushOptions *self)
{
  g_free (self->ca_file);
  g_free (self->secret);
}

static void
wipe (gpointer data)
{
  memset (data, 0, strlen (data));
  g_free (data);
}

static void
print_count (const char *label, JsonObject *push, const char *name)
{
  printf ("%-10s %" G_GINT64_FORMAT "\n", label,
          json_object_get_int_member_with_default (push, name, 0));
}

static void
print_state (FarTerminal *self, JsonObject *push)
{
  const char *problem = json_object_get_string_member_with_default (push, "problem", NULL);
  const char *url = json_object_get_string_member_with_default (push, "url", "");
  g_autofree char *clean_url = far_terminal_clean (url);

  if (!json_object_get_boolean_member_with_default (push, "active", FALSE))
    far_terminal_say (self, "Nothing is sent to a collector; farthingctl export push URL begins");
  else
    {
      gboolean traces = json_object_get_boolean_member_with_default (push, "traces", FALSE);
      gboolean metrics = json_object_get_boolean_member_with_default (push, "metrics", FALSE);

      printf ("%-10s %s\n", "to", clean_url);
      printf ("%-10s %s\n", "what", traces && metrics ? "traces, metrics"
                                     : traces          ? "traces"
                                                       : "metrics");
      print_count ("spans", push, "sent_spans");
      print_count ("metrics", push, "sent_metrics");
      print_count ("waiting", push, "queued");
      print_count ("dropped", push, "dropped");
      print_count ("refused", push, "refused");
      print_count ("retries", push, "retries");
    }
  if (problem != NULL)
    {
      g_autofree char *clean = far_terminal_clean (problem);

      far_terminal_say (self, "The last try failed: %s", clean);
    }
}

static gboolean
write_settings (FarJsonWriter *body, const FarExportPushOptions *options, const char *url,
                int *ret_exit)
{
  g_autoptr (GHashTable) secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, wipe);
  g_autofree char *ca_file = options->ca_file != NULL
    ? g_canonicalize_filename (options->ca_file, NULL) : NULL;

  if (options->secret != NULL && !g_str_has_prefix (options->secret, "token"))
    {
      *ret_exit = far_terminal_usage ("a collector has one secret: --secret token");
      return FALSE;
    }
  if (options->secret != NULL && !far_terminal_take_secret (secrets, options->secret, ret_exit))
    return FALSE;
  far_json_writer_init (body);
  far_json_begin_object (body, NULL);
  far_json_add_string (body, "url", url);
  if (ca_file != NULL)
    far_json_add_string (body, "ca_file", ca_file);
  if (g_hash_table_lookup (secrets, "token") != NULL)
    far_json_add_string (body, "token", g_hash_table_lookup (secrets, "token"));
  far_json_add_bool (body, "traces", !options->no_traces);
  far_json_add_bool (body, "metrics", !options->no_metrics);
  far_json_end_object (body);
  return TRUE;
}

int
far_export_push (FarTerminal *self, const FarExportPushOptions *options, const char *url)
{
  g_auto (FarJsonWriter) body = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  int code;

  if (url != NULL && strcmp (url, "off") != 0 && !write_settings (&body, options, url, &code))
    return code;
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  if (url == NULL)
    node = far_asking_get (self, "/v1/otlp/push", &error);
  else if (strcmp (url, "off") == 0)
    node = far_asking_send (self, "DELETE", "/v1/otlp/push", NULL, &error);
  else
    node = far_asking_send (self, "PUT", "/v1/otlp/push", &body, &error);
  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_asking_print (node);
  else
    print_state (self, json_node_get_object (node));
  return FAR_EXIT_OK;
}
