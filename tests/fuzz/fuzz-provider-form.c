/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any form of a payment provider's API: what is taken comes back the same when it is written and
 * read again, and stays within its limits. */
#include "fuzz-driver.h"

#include <string.h>

#include "market/far-provider-form.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarProviderForm) form = far_provider_form_parse ((const char *) data, size, &error);
  g_autoptr (FarProviderForm) again = NULL;
  g_autofree char *text = NULL;

  if (form == NULL)
    {
      g_assert_true (error->domain == FAR_PROVIDER_FORM_ERROR);
      return 0;
    }
  g_assert_cmpuint (far_provider_form_length (form), <=, FAR_PROVIDER_FORM_FIELDS_MAX);
  text = far_provider_form_encode (form);
  if (strlen (text) > FAR_PROVIDER_FORM_BYTES_MAX) /* escapes make it longer */
    return 0;
  again = far_provider_form_parse (text, strlen (text), NULL);
  g_assert_nonnull (again);
  g_assert_cmpuint (far_provider_form_length (form), ==, far_provider_form_length (again));
  for (guint i = 0; i < far_provider_form_length (form); i++)
    {
      const char *name = far_provider_form_name (form, i);

      g_assert_true (g_utf8_validate (name, -1, NULL));
      g_assert_cmpuint (strlen (name), <=, FAR_PROVIDER_FORM_NAME_MAX);
      g_assert_cmpstr (name, ==, far_provider_form_name (again, i));
      g_assert_cmpstr (far_provider_form_value (form, i), ==, far_provider_form_value (again, i));
    }
  return 0;
}
