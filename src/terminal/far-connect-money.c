/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl connect verify, earnings: the money of a deployment. What was verified is kept where
 * the desktop keeps it too, so that the next time holds the journal against it. */
#include <stdio.h>

#include "base/far-id.h"
#include "base/far-money.h"
#include "client/far-publisher.h"
#include "terminal/far-connect.h"
#include "terminal/far-money-print.h"

static void
print_verdict (FarTerminal *self, const FarLedgerContact *contact, const GError *error)
{
  g_autofree char *root = contact != NULL
                            ? far_hex_encode (contact->root.bytes, FAR_SHA256_LEN) : NULL;
  gboolean first = contact != NULL && contact->finding == FAR_WITNESS_FIRST;
  g_auto (FarJsonWriter) w = { 0 };

  if (!self->json)
    {
      if (contact == NULL)
        printf ("THE JOURNAL IS NOT WHAT IT WAS: %s\n", error->message);
      else
        printf ("The journal holds: %" G_GUINT64_FORMAT " rows, %" G_GUINT64_FORMAT " more than "
                "before%s\n  root %s\n", contact->size, contact->grown,
                first ? "; the key is remembered from now on" : "", root);
      return;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_bool (&w, "ok", contact != NULL);
  far_json_add_string (&w, "message", error != NULL ? error->message : NULL);
  if (contact != NULL)
    {
      far_json_add_bool (&w, "first", first);
      far_json_add_int (&w, "rows", (gint64) contact->size);
      far_json_add_int (&w, "rows_before",
                        first ? 0 : (gint64) (contact->size - contact->grown));
      far_json_add_string (&w, "root", root);
      far_json_add_string (&w, "origin", contact->origin);
    }
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

int
far_connect_verify (FarTerminal *self, const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autofree FarLedgerContact *contact = far_terminal_meet (self, id, &error);

  if (contact == NULL && !far_witness_error_is_alarm (error))
    return far_terminal_fail (error);
  print_verdict (self, contact, error);
  return contact != NULL ? FAR_EXIT_OK : FAR_EXIT_FAILED;
}

int
far_connect_earnings (FarTerminal *self, const char *id)
{
  g_autoptr (FarPublisher) publisher = far_publisher_new_watched (self->platform, id);
  g_autoptr (FarEarnings) earnings = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };

  far_publisher_load_earnings_async (publisher, NULL, far_wait_done, &wait);
  earnings = far_publisher_load_earnings_finish (publisher, far_wait_for (&wait), &error);
  if (earnings == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_money_print_earnings_json (earnings);
  else
    {
      g_autofree char *amount = far_micros_to_decimal (earnings->publisher_micros,
                                                       earnings->currency);

      printf ("%s %s\n", amount, earnings->currency);
    }
  return far_terminal_end_with_ledger (self, id, FAR_EXIT_OK);
}
