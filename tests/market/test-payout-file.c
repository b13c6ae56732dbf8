/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bank accounts and the files for the bank: IBANs of SWIFT's examples, pain.001.001.09 against a
 * schema of its structure, sums that are exact, hostile names. */
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "market/far-payout-file.h"

#define CREATED_US G_GINT64_CONSTANT (1795435200123456)

/* ---- accounts ---- */

static void
test_ibans (void)
{
  static const char *const good[] = {
    "DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606",
    "NL91ABNA0417164300", "BE68539007547034", "NO9386011117947", "MT84MALT011000012345MTLCAST001S",
    "CH9300762011623852957", "SA0380000000608010167519", "de89 3704 0044 0532 0130 00",
  };
  static const struct { const char *text; FarIbanError code; } bad[] = {
    { "", FAR_IBAN_ERROR_SYNTAX }, { "DE", FAR_IBAN_ERROR_SYNTAX },
    { "8937040044", FAR_IBAN_ERROR_SYNTAX }, { "DE89-3704", FAR_IBAN_ERROR_SYNTAX },
    { "DE8937040044053201300", FAR_IBAN_ERROR_COUNTRY }, { "US8937040044", FAR_IBAN_ERROR_COUNTRY },
    { "DE89370400440532013001", FAR_IBAN_ERROR_CHECK },
    { "DE89370400440532031000", FAR_IBAN_ERROR_CHECK },
    { "GB82WEST12345698765423", FAR_IBAN_ERROR_CHECK },
    { "DE893704004405320130000000000000000000", FAR_IBAN_ERROR_SYNTAX },
  };
  char iban[FAR_IBAN_MAX + 1];
  g_autofree char *masked = far_iban_mask (good[0]);

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (far_iban_parse (good[i], iban, &error));
      g_assert_no_error (error);
    }
  g_assert_cmpstr (iban, ==, "DE89370400440532013000");
  g_assert_cmpstr (masked, ==, "DE89 … 3000");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (far_iban_parse (bad[i].text, iban, &error));
      g_assert_error (error, FAR_IBAN_ERROR, (int) bad[i].code);
    }
  g_assert_true (far_bic_check ("COBADEFFXXX", NULL));
  g_assert_true (far_bic_check ("COBADEFF", NULL));
  g_assert_false (far_bic_check ("COBADEF", NULL));
  g_assert_false (far_bic_check ("cobadeff", NULL));
  g_assert_false (far_bic_check ("COB1DEFF", NULL));
}

/* Every change of one digit, and every swap of two neighbours, is noticed. */
static void
test_every_slip (void)
{
  static const char iban[] = "DE89370400440532013000";
  char slip[sizeof iban], out[FAR_IBAN_MAX + 1];

  for (guint i = 2; i < strlen (iban); i++)
    {
      for (char c = '0'; c <= '9'; c++)
        {
          memcpy (slip, iban, sizeof iban);
          slip[i] = c;
          g_assert_true (far_iban_parse (slip, out, NULL) == (c == iban[i]));
        }
      memcpy (slip, iban, sizeof iban);
      if (i + 1 < strlen (iban) && i != 3 && iban[i] != iban[i + 1])
        {
          slip[i] = iban[i + 1];
          slip[i + 1] = iban[i];
          g_assert_false (far_iban_parse (slip, out, NULL));
        }
    }
}

/* ---- pain.001 ---- */

static void
quiet (void *data, const char *format, ...)
{
}

static gboolean
is_valid (const char *text, xmlDocPtr *ret_doc)
{
  g_autofree char *path = g_build_filename (g_getenv ("FARTHING_SOURCE_ROOT"), "tests", "market",
                                            "pain.001.xsd", NULL);
  xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt (path);
  xmlSchemaPtr schema = xmlSchemaParse (parser);
  xmlSchemaValidCtxtPtr check;
  gboolean valid;

  g_assert_nonnull (schema);
  *ret_doc = xmlReadMemory (text, (int) strlen (text), "pain.xml", NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  g_assert_nonnull (*ret_doc); /* well-formed at least */
  check = xmlSchemaNewValidCtxt (schema);
  xmlSchemaSetValidErrors (check, g_test_verbose () ? NULL : quiet, quiet, NULL);
  valid = xmlSchemaValidateDoc (check, *ret_doc) == 0;
  xmlSchemaFreeValidCtxt (check);
  xmlSchemaFree (schema);
  xmlSchemaFreeParserCtxt (parser);
  return valid;
}

static char *
value_of (xmlDocPtr doc, const char *path)
{
  xmlXPathContextPtr context = xmlXPathNewContext (doc);
  xmlXPathObjectPtr found;
  xmlChar *text;
  char *copy;

  xmlXPathRegisterNs (context, BAD_CAST "p",
                      BAD_CAST "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09");
  found = xmlXPathEvalExpression (BAD_CAST path, context);
  g_assert_nonnull (found);
  text = xmlXPathCastToString (found);
  copy = g_strdup ((const char *) text);
  xmlFree (text);
  xmlXPathFreeObject (found);
  xmlXPathFreeContext (context);
  return copy;
}

static void
expect (xmlDocPtr doc, const char *path, const char *expected)
{
  g_autofree char *found = value_of (doc, path);

  g_assert_cmpstr (found, ==, expected);
}

static FarPayoutBatch
make_batch (const FarPayoutOrder *orders, guint n_orders, const char *currency)
{
  FarPayoutBatch batch = {
    .id = "0190aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    .created_us = CREATED_US,
    .debtor = { "Rope Walk", "GB82WEST12345698765432", NULL },
    .orders = orders,
    .n_orders = n_orders,
  };

  g_strlcpy (batch.currency, currency, sizeof batch.currency);
  return batch;
}

static void
test_pain (void)
{
  static const FarPayoutOrder orders[] = {
    { "0190bbbb", { "Müller & Söhne <GmbH> \"Zeitung\"", "DE89370400440532013000", "COBADEFFXXX" },
      12340000, "earnings ]]> & more" },
    { "0190cccc", { "Žluťoučký 新聞", "NL91ABNA0417164300", NULL }, 1000000000010000, "" },
  };
  FarPayoutBatch batch = make_batch (orders, G_N_ELEMENTS (orders), "EUR");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = far_payout_batch_to_pain_001 (&batch, &error);
  g_autofree char *broken = NULL;
  g_auto (GStrv) parts = NULL;
  xmlDocPtr doc;

  g_assert_no_error (error);
  g_assert_true (is_valid (text, &doc));
  expect (doc, "//p:GrpHdr/p:MsgId", "0190aaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  expect (doc, "//p:GrpHdr/p:NbOfTxs", "2");
  expect (doc, "//p:GrpHdr/p:CtrlSum", "1000000012.35");
  expect (doc, "//p:PmtInf/p:CtrlSum", "1000000012.35");
  expect (doc, "//p:GrpHdr/p:CreDtTm", "2026-11-23T12:00:00Z");
  expect (doc, "//p:ReqdExctnDt/p:Dt", "2026-11-23");
  expect (doc, "//p:DbtrAgt//p:Othr/p:Id", "NOTPROVIDED");
  expect (doc, "//p:CdtTrfTxInf[1]//p:InstdAmt", "12.34");
  expect (doc, "//p:CdtTrfTxInf[1]//p:InstdAmt/@Ccy", "EUR");
  expect (doc, "//p:CdtTrfTxInf[1]/p:PmtId/p:EndToEndId", "0190bbbb");
  expect (doc, "count(//p:CdtTrfTxInf[2]/p:CdtrAgt)", "0");
  xmlFreeDoc (doc);

  /* The schema is a test that can fail. */
  parts = g_strsplit (text, "<ChrgBr>SLEV</ChrgBr>", 2);
  broken = g_strjoinv ("", parts);
  g_assert_false (is_valid (broken, &doc));
  xmlFreeDoc (doc);
}

static void
test_currencies (void)
{
  static const struct { const char *currency; gint64 micros; const char *text; } cases[] = {
    { "JPY", 1234000000, "1234" }, { "EUR", 10000, "0.01" }, { "BHD", 1010000, "1.010" },
    { "EUR", 15000, NULL }, { "JPY", 1500000, NULL }, { "EUR", 0, NULL }, { "EUR", -10000, NULL },
    { "XYZ", 10000, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FarPayoutOrder order = {
        "1", { "A", "DE89370400440532013000", NULL }, cases[i].micros, "for",
      };
      FarPayoutBatch batch = make_batch (&order, 1, cases[i].currency);
      g_autoptr (GError) error = NULL;
      g_autofree char *text = far_payout_batch_to_pain_001 (&batch, &error);
      xmlDocPtr doc;

      g_assert_true ((text != NULL) == (cases[i].text != NULL));
      g_assert_true ((error == NULL) == (cases[i].text != NULL));
      if (text == NULL)
        continue;
      g_assert_true (is_valid (text, &doc));
      expect (doc, "//p:InstdAmt", cases[i].text);
      xmlFreeDoc (doc);
    }
}

static void
test_csv (void)
{
  static const FarPayoutOrder orders[] = {
    { "1", { "=HYPERLINK(\"x\")", "DE89370400440532013000", NULL }, 12340000, "a,b" },
    { "2", { "plain", "NL91ABNA0417164300", "ABNANL2A" }, 10000, "+1" },
  };
  FarPayoutBatch batch = make_batch (orders, G_N_ELEMENTS (orders), "EUR");
  g_autofree char *text = far_payout_batch_to_csv (&batch, NULL);

  g_assert_cmpstr (text, ==,
    "\"payout\",\"name\",\"iban\",\"bic\",\"amount\",\"currency\",\"what for\"\r\n"
    "\"1\",\"'=HYPERLINK(\"\"x\"\")\",\"DE89370400440532013000\",\"\",\"12.34\",\"EUR\",\"a,b\"\r\n"
    "\"2\",\"plain\",\"NL91ABNA0417164300\",\"ABNANL2A\",\"0.01\",\"EUR\",\"'+1\"\r\n");
}

int
main (int argc, char *argv[])
{
  int failed;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/market/payout-file/ibans", test_ibans);
  g_test_add_func ("/market/payout-file/every-slip", test_every_slip);
  g_test_add_func ("/market/payout-file/pain", test_pain);
  g_test_add_func ("/market/payout-file/currencies", test_currencies);
  g_test_add_func ("/market/payout-file/csv", test_csv);
  failed = g_test_run ();
  xmlCleanupParser ();
  return failed;
}
