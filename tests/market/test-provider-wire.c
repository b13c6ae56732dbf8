/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A provider's forms and signed webhooks: what is read is what was written, and nothing else. */
#include <string.h>

#include "market/far-provider-form.h"
#include "market/far-provider-signature.h"

static void
test_form (void)
{
  static const char text[] = "a=1&metadata%5Bk%5D=%C3%A9+%26&expand[]=x&expand[]=y&empty=&&bare";
  g_autoptr (GError) error = NULL;
  g_autoptr (FarProviderForm) form = far_provider_form_parse (text, strlen (text), &error);
  g_autoptr (FarProviderForm) again = NULL;
  g_autofree char *encoded = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (far_provider_form_length (form), ==, 6);
  g_assert_cmpstr (far_provider_form_get (form, "a"), ==, "1");
  g_assert_cmpstr (far_provider_form_get (form, "metadata[k]"), ==, "é &");
  g_assert_cmpstr (far_provider_form_get (form, "expand[]"), ==, "y");
  g_assert_cmpstr (far_provider_form_value (form, 2), ==, "x");
  g_assert_cmpstr (far_provider_form_get (form, "empty"), ==, "");
  g_assert_cmpstr (far_provider_form_get (form, "bare"), ==, "");
  g_assert_null (far_provider_form_get (form, "metadata"));
  encoded = far_provider_form_encode (form);
  again = far_provider_form_parse (encoded, strlen (encoded), &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 6; i++)
    {
      g_assert_cmpstr (far_provider_form_name (form, i), ==, far_provider_form_name (again, i));
      g_assert_cmpstr (far_provider_form_value (form, i), ==, far_provider_form_value (again, i));
    }
}

static void
refuse_form (const char           *text,
             gsize                 n_bytes,
             FarProviderFormError  code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (far_provider_form_parse (text, n_bytes, &error));
  g_assert_error (error, FAR_PROVIDER_FORM_ERROR, (int) code);
}

static void
test_form_refused (void)
{
  g_autoptr (GString) many = g_string_new (NULL);
  g_autofree char *name = g_strnfill (FAR_PROVIDER_FORM_NAME_MAX + 1, 'n');
  g_autofree char *value = g_strnfill (FAR_PROVIDER_FORM_VALUE_MAX + 3, 'v');
  g_autofree char *body = g_strnfill (FAR_PROVIDER_FORM_BYTES_MAX + 1, 'b');

  memcpy (value, "a=", 2);
  for (guint i = 0; i <= FAR_PROVIDER_FORM_FIELDS_MAX; i++)
    g_string_append (many, "a&");
  refuse_form ("a=%", 3, FAR_PROVIDER_FORM_ERROR_SYNTAX);
  refuse_form ("a=%4", 4, FAR_PROVIDER_FORM_ERROR_SYNTAX);
  refuse_form ("a=%4g", 5, FAR_PROVIDER_FORM_ERROR_SYNTAX);
  refuse_form ("a=%00", 5, FAR_PROVIDER_FORM_ERROR_SYNTAX);
  refuse_form ("a=\0", 3, FAR_PROVIDER_FORM_ERROR_SYNTAX);
  refuse_form ("a=%ff", 5, FAR_PROVIDER_FORM_ERROR_SYNTAX);
  refuse_form (many->str, many->len, FAR_PROVIDER_FORM_ERROR_SIZE);
  refuse_form (name, strlen (name), FAR_PROVIDER_FORM_ERROR_SIZE);
  refuse_form (value, strlen (value), FAR_PROVIDER_FORM_ERROR_SIZE);
  refuse_form (body, strlen (body), FAR_PROVIDER_FORM_ERROR_SIZE);
}

#define NOW_S G_GINT64_CONSTANT (1795406400)

/* Computed with Python's hmac: HMAC-SHA256 ("whsec_test", "1795406400.{}"). */
static const char known[] =
  "t=1795406400,v1=0ebefcd8316206561b2c4ce3c5562441def1f4fda6fd54ea459b30e7908403d9";

static void
verify (const char  *header,
        const char  *secret,
        const char  *body,
        gint64       now_s,
        int          code)
{
  const char *const secrets[] = { "whsec_other", secret, NULL };
  g_autoptr (GError) error = NULL;
  gboolean holds = far_provider_signature_verify (header, secrets, body, strlen (body), now_s,
                                                  &error);

  g_assert_cmpint (holds, ==, code < 0);
  if (code >= 0)
    g_assert_error (error, FAR_PROVIDER_SIGNATURE_ERROR, code);
  else
    g_assert_no_error (error);
}

static void
test_signature (void)
{
  g_autofree char *header = far_provider_signature_sign ("whsec_test", NOW_S, "{}", 2);
  g_autofree char *rolled = g_strconcat (header, ",v1=", strstr (known, "v1=") + 3, NULL);
  g_autofree char *other = g_strconcat ("v0=abc,", header, NULL);
  g_autofree char *twice = g_strconcat (header, ",t=1", NULL);
  g_autofree char *longer = g_strnfill (FAR_PROVIDER_SIGNATURE_HEADER_MAX + 1, 'v');
  g_autoptr (GString) many = g_string_new ("t=1");

  for (guint i = 0; i <= FAR_PROVIDER_SIGNATURES_MAX; i++)
    g_string_append (many, strstr (known, ",v1="));
  g_assert_cmpstr (header, ==, known);
  verify (header, "whsec_test", "{}", NOW_S, -1);
  verify (header, "whsec_test", "{}", NOW_S + 300, -1);
  verify (header, "whsec_test", "{}", NOW_S - 300, -1);
  verify (rolled, "whsec_test", "{}", NOW_S, -1);
  verify (other, "whsec_test", "{}", NOW_S, -1);
  verify (header, "whsec_test", "{}", NOW_S + 301, FAR_PROVIDER_SIGNATURE_ERROR_STALE);
  verify (header, "whsec_test", "{}", NOW_S - 301, FAR_PROVIDER_SIGNATURE_ERROR_STALE);
  verify (header, "whsec_testx", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_FORGED);
  verify (header, "whsec_test", "{} ", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_FORGED);
  /* Forged and stale is forged: nothing is told to who cannot sign. */
  verify (header, "whsec_testx", "{}", NOW_S + 999, FAR_PROVIDER_SIGNATURE_ERROR_FORGED);
  verify (NULL, "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
  verify ("", "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
  verify ("t=1795406400", "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
  verify ("t=x,v1=00", "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
  verify (twice, "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
  verify (longer, "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
  verify (many->str, "whsec_test", "{}", NOW_S, FAR_PROVIDER_SIGNATURE_ERROR_SYNTAX);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/provider-wire/form", test_form);
  g_test_add_func ("/provider-wire/form-refused", test_form_refused);
  g_test_add_func ("/provider-wire/signature", test_signature);
  return g_test_run ();
}
