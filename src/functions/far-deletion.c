/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deletion has done, in sentences (see the header). */
#include "functions/far-deletion.h"

void
far_deletion_write (FarJsonWriter *writer,
                    JsonNode      *left)
{
  static const char *const erased[] = {
    "The link between your device key and your account in the books",
    "Your payment method and customer, here and at the payment provider",
    "The limits you have set, and what was noted of how you watched ads",
    "What you still owed, if it was less than the payment provider charges",
  };
  static const char *const kept[][2] = {
    { "Pledges, refunds and charges with their article, time and amount, under an account number "
      "that leads to nobody",
      "the publishers' books must add up, and be provable, as long as the law wants them kept" },
    { "Rows of the journal, which carry random account numbers and salts",
      "they are links of a chain of proof; they hold no personal data" },
    { "The provider's numbers of payments that were made",
      "a bank may dispute a payment, and a statement must be matched, for years" },
    { "Answers to requests, under hashes of keys that only you have had",
      "a repeated request must not move money twice; they go after 30 days" },
  };

  far_json_begin_array (writer, "erased");
  for (guint i = 0; i < G_N_ELEMENTS (erased); i++)
    far_json_add_string (writer, NULL, erased[i]);
  far_json_end_array (writer);
  far_json_begin_array (writer, "kept");
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "what", kept[i][0]);
      far_json_add_string (writer, "why", kept[i][1]);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  far_json_add_node (writer, "left", left);
}
