/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pain.001.001.09 and CSV (see the header). Elements in the order of the ISO 20022 schema. */
#include "market/far-payout-file.h"

#include <string.h>

#include "base/far-clock.h"

#define NAMESPACE "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
#define REMITTANCE_MAX 140
#define CHARACTERS "/-?:().,'+ "

/* ---- texts ---- */

/* Returns: (transfer full): in the schemes' characters, at most n_max of them, never empty */
static char *
plain_text (const char *text,
            gsize       n_max)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *ascii = g_str_to_ascii (valid, "C");
  GString *plain = g_string_new (NULL);

  for (const char *at = ascii; *at != '\0' && plain->len < n_max; at++)
    g_string_append_c (plain, g_ascii_isalnum (*at) || strchr (CHARACTERS, *at) ? *at : '.');
  if (plain->len == 0)
    g_string_append_c (plain, '.');
  return g_string_free (plain, FALSE);
}

/* An amount with exactly as many decimals as the currency has. */
static char *
amount_text (gint64       amount_micros,
             const char  *currency,
             GError     **error)
{
  gint64 step = FAR_MICROS_PER_UNIT;
  guint exponent;

  if (!far_currency_exponent (currency, &exponent, error))
    return NULL;
  for (guint i = 0; i < exponent; i++)
    step /= 10;
  if (amount_micros <= 0 || amount_micros % step != 0)
    {
      g_set_error (error, FAR_MONEY_ERROR, FAR_MONEY_ERROR_RANGE,
                   "%" G_GINT64_FORMAT " micros of %s are no amount that a bank can move",
                   amount_micros, currency);
      return NULL;
    }
  if (exponent == 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT, amount_micros / step);
  return g_strdup_printf ("%" G_GINT64_FORMAT ".%0*" G_GINT64_FORMAT,
                          amount_micros / FAR_MICROS_PER_UNIT, (int) exponent,
                          amount_micros % FAR_MICROS_PER_UNIT / step);
}

static char *
sum_text (const FarPayoutBatch  *batch,
          GError               **error)
{
  gint64 sum_micros = 0;

  for (guint i = 0; i < batch->n_orders; i++)
    if (!far_micros_add (sum_micros, batch->orders[i].amount_micros, &sum_micros, error))
      return NULL;
  return amount_text (sum_micros, batch->currency, error);
}

/* ---- pain.001 ---- */

/* What goes in is out of plain_text(), an id, or a number: only the apostrophe of those could need
 * escaping in an attribute, and none is put there. */
static void
element (GString    *xml,
         guint       depth,
         const char *name,
         const char *text)
{
  g_string_append_printf (xml, "%*s<%s>%s</%s>\n", (int) (2 * depth), "", name, text, name);
}

static void
begin (GString    *xml,
       guint       depth,
       const char *name)
{
  g_string_append_printf (xml, "%*s<%s>\n", (int) (2 * depth), "", name);
}

static void
end (GString    *xml,
     guint       depth,
     const char *name)
{
  g_string_append_printf (xml, "%*s</%s>\n", (int) (2 * depth), "", name);
}

static void
add_party (GString              *xml,
           guint                 depth,
           const char           *name,
           const FarPayoutParty *party)
{
  g_autofree char *text = plain_text (party->name, FAR_PAYOUT_NAME_MAX);

  begin (xml, depth, name);
  element (xml, depth + 1, "Nm", text);
  end (xml, depth, name);
}

static void
add_account (GString              *xml,
             guint                 depth,
             const char           *name,
             const FarPayoutParty *party)
{
  begin (xml, depth, name);
  begin (xml, depth + 1, "Id");
  element (xml, depth + 2, "IBAN", party->iban);
  end (xml, depth + 1, "Id");
  end (xml, depth, name);
}

/* required: where the schema demands the element, "not provided" stands for an unknown bank. */
static void
add_agent (GString              *xml,
           guint                 depth,
           const char           *name,
           const FarPayoutParty *party,
           gboolean              required)
{
  if (party->bic == NULL && !required)
    return;
  begin (xml, depth, name);
  begin (xml, depth + 1, "FinInstnId");
  if (party->bic != NULL)
    element (xml, depth + 2, "BICFI", party->bic);
  else
    {
      begin (xml, depth + 2, "Othr");
      element (xml, depth + 3, "Id", "NOTPROVIDED");
      end (xml, depth + 2, "Othr");
    }
  end (xml, depth + 1, "FinInstnId");
  end (xml, depth, name);
}

static gboolean
add_order (GString               *xml,
           const FarPayoutBatch  *batch,
           const FarPayoutOrder  *order,
           GError               **error)
{
  g_autofree char *amount = amount_text (order->amount_micros, batch->currency, error);
  g_autofree char *remittance = plain_text (order->remittance, REMITTANCE_MAX);

  if (amount == NULL)
    return FALSE;
  g_assert (strlen (order->id) <= FAR_PAYOUT_ID_MAX);
  begin (xml, 3, "CdtTrfTxInf");
  begin (xml, 4, "PmtId");
  element (xml, 5, "InstrId", order->id);
  element (xml, 5, "EndToEndId", order->id);
  end (xml, 4, "PmtId");
  begin (xml, 4, "Amt");
  g_string_append_printf (xml, "%*s<InstdAmt Ccy=\"%s\">%s</InstdAmt>\n", 10, "", batch->currency,
                          amount);
  end (xml, 4, "Amt");
  add_agent (xml, 4, "CdtrAgt", &order->creditor, FALSE);
  add_party (xml, 4, "Cdtr", &order->creditor);
  add_account (xml, 4, "CdtrAcct", &order->creditor);
  begin (xml, 4, "RmtInf");
  element (xml, 5, "Ustrd", remittance);
  end (xml, 4, "RmtInf");
  end (xml, 3, "CdtTrfTxInf");
  return TRUE;
}

static void
add_group_header (GString              *xml,
                  const FarPayoutBatch *batch,
                  const char           *created,
                  const char           *count,
                  const char           *sum)
{
  begin (xml, 2, "GrpHdr");
  element (xml, 3, "MsgId", batch->id);
  element (xml, 3, "CreDtTm", created);
  element (xml, 3, "NbOfTxs", count);
  element (xml, 3, "CtrlSum", sum);
  add_party (xml, 3, "InitgPty", &batch->debtor);
  end (xml, 2, "GrpHdr");
}

static void
add_payment_header (GString              *xml,
                    const FarPayoutBatch *batch,
                    const char           *day,
                    const char           *count,
                    const char           *sum)
{
  element (xml, 3, "PmtInfId", batch->id);
  element (xml, 3, "PmtMtd", "TRF");
  element (xml, 3, "NbOfTxs", count);
  element (xml, 3, "CtrlSum", sum);
  begin (xml, 3, "ReqdExctnDt");
  element (xml, 4, "Dt", day);
  end (xml, 3, "ReqdExctnDt");
  add_party (xml, 3, "Dbtr", &batch->debtor);
  add_account (xml, 3, "DbtrAcct", &batch->debtor);
  add_agent (xml, 3, "DbtrAgt", &batch->debtor, TRUE);
  element (xml, 3, "ChrgBr", "SLEV");
}

char *
far_payout_batch_to_pain_001 (const FarPayoutBatch  *batch,
                              GError               **error)
{
  g_autoptr (GString) xml = NULL;
  g_autofree char *sum = NULL;
  g_autofree char *count = NULL;
  g_autofree char *created = NULL;
  g_autofree char *day = NULL;

  g_return_val_if_fail (batch != NULL && batch->n_orders > 0, NULL);

  g_assert (strlen (batch->id) <= FAR_PAYOUT_ID_MAX);
  sum = sum_text (batch, error);
  if (sum == NULL)
    return NULL;
  count = g_strdup_printf ("%u", batch->n_orders);
  created = far_time_to_rfc3339 (batch->created_us);
  day = g_strndup (created, strlen ("2026-11-23"));
  memcpy (created + strlen ("2026-11-23T04:12:00"), "Z", 2); /* whole seconds will do */

  xml = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<Document xmlns=\"" NAMESPACE "\">\n");
  begin (xml, 1, "CstmrCdtTrfInitn");
  add_group_header (xml, batch, created, count, sum);
  begin (xml, 2, "PmtInf");
  add_payment_header (xml, batch, day, count, sum);
  for (guint i = 0; i < batch->n_orders; i++)
    if (!add_order (xml, batch, &batch->orders[i], error))
      return NULL;
  end (xml, 2, "PmtInf");
  end (xml, 1, "CstmrCdtTrfInitn");
  g_string_append (xml, "</Document>\n");
  return g_string_free (g_steal_pointer (&xml), FALSE);
}

/* ---- CSV ---- */

static void
add_cell (GString    *csv,
          const char *text,
          gboolean    last)
{
  gboolean formula = *text != '\0' && strchr ("=+-@\t\r", *text) != NULL;

  g_string_append_c (csv, '"');
  if (formula)
    g_string_append_c (csv, '\'');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *text);
    }
  g_string_append (csv, last ? "\"\r\n" : "\",");
}

char *
far_payout_batch_to_csv (const FarPayoutBatch  *batch,
                         GError               **error)
{
  g_autoptr (GString) csv = NULL;

  g_return_val_if_fail (batch != NULL, NULL);

  csv = g_string_new ("\"payout\",\"name\",\"iban\",\"bic\",\"amount\",\"currency\",\"what for\""
                      "\r\n");
  for (guint i = 0; i < batch->n_orders; i++)
    {
      const FarPayoutOrder *order = &batch->orders[i];
      g_autofree char *amount = amount_text (order->amount_micros, batch->currency, error);

      if (amount == NULL)
        return NULL;
      add_cell (csv, order->id, FALSE);
      add_cell (csv, order->creditor.name, FALSE);
      add_cell (csv, order->creditor.iban, FALSE);
      add_cell (csv, order->creditor.bic ? order->creditor.bic : "", FALSE);
      add_cell (csv, amount, FALSE);
      add_cell (csv, batch->currency, FALSE);
      add_cell (csv, order->remittance, TRUE);
    }
  return g_string_free (g_steal_pointer (&csv), FALSE);
}
