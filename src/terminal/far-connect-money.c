/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl connect verify, earnings: the money of a deployment. What was verified is remembered
 * in DATA/verified, so that the next time holds the journal against it. */
#include <stdio.h>

#include "base/far-id.h"
#include "client/far-journal.h"
#include "terminal/far-connect.h"

static void
print_verdict (FarTerminal *self, const FarJournalSeen *seen, gboolean first, guint64 before,
               const GError *error)
{
  g_autofree char *root = far_hex_encode (seen->root.bytes, FAR_SHA256_LEN);
  g_auto (FarJsonWriter) w = { 0 };

  if (!self->json)
    {
      if (error != NULL)
        printf ("THE JOURNAL IS NOT WHAT IT WAS: %s\n", error->message);
      else
        printf ("The journal holds: %" G_GUINT64_FORMAT " rows, %" G_GUINT64_FORMAT " more than "
                "before%s\n  root %s\n", seen->size, seen->size - before,
                first ? "; the key is remembered from now on" : "", root);
      return;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_bool (&w, "ok", error == NULL);
  far_json_add_string (&w, "message", error != NULL ? error->message : NULL);
  far_json_add_bool (&w, "first", first);
  far_json_add_int (&w, "rows", (gint64) seen->size);
  far_json_add_int (&w, "rows_before", (gint64) before);
  far_json_add_string (&w, "root", root);
  far_json_add_string (&w, "origin", seen->origin);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

int
far_connect_verify (FarTerminal *self, const char *id)
{
  g_autofree char *file = g_strconcat (id, ".json", NULL);
  g_autofree char *path = g_build_filename (self->data_dir, "verified", file, NULL);
  g_auto (FarJournalSeen) seen = { 0 };
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  gboolean first, ok;
  guint64 before;

  if (!far_journal_seen_read (path, &seen, &error))
    return far_terminal_fail (error);
  first = seen.key == NULL;
  before = seen.size;
  far_platform_client_load_journal_async (self->platform, id, before, NULL, far_wait_done, &wait);
  answer = far_platform_client_load_money_finish (self->platform, far_wait_for (&wait), &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  ok = far_journal_check (&seen, json_node_get_object (answer), &error);
  print_verdict (self, &seen, first, before, error);
  if (!ok)
    return FAR_EXIT_FAILED;
  return far_journal_seen_write (path, &seen, &error) ? FAR_EXIT_OK : far_terminal_fail (error);
}

int
far_connect_earnings (FarTerminal *self, const char *id)
{
  g_autoptr (JsonNode) answer = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  g_auto (FarJsonWriter) w = { 0 };
  JsonObject *object;
  const char *currency;
  gint64 micros;

  far_platform_client_load_earnings_async (self->platform, id, NULL, far_wait_done, &wait);
  answer = far_platform_client_load_money_finish (self->platform, far_wait_for (&wait), &error);
  if (answer == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_json_writer_init (&w);
      far_json_add_node (&w, NULL, answer);
      far_terminal_print_json (&w);
      return FAR_EXIT_OK;
    }
  object = json_node_get_object (answer);
  if (!far_json_get_string (object, "currency", 8, &currency, &error) ||
      !far_json_get_micros (object, "publisher_micros", &micros, &error))
    return far_terminal_fail (error);
  printf ("%" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT " %s\n", micros / 1000000, micros % 1000000,
          currency);
  return FAR_EXIT_OK;
}
