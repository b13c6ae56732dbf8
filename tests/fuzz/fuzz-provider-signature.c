/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any webhook: a line that is the header Stripe-Signature, the body to the end. What is accepted
 * must be refused as soon as the body, the secret or the time differs. */
#include "fuzz-driver.h"

#include <string.h>

#include "market/far-provider-signature.h"

#define NOW_S G_GINT64_CONSTANT (1795406400)

static gboolean
holds (const char *header, const char *secret, const char *body, gsize n_body, gint64 now_s)
{
  const char *const secrets[] = { secret, NULL };
  g_autoptr (GError) error = NULL;

  if (far_provider_signature_verify (header, secrets, body, n_body, now_s, &error))
    return TRUE;
  g_assert_true (error->domain == FAR_PROVIDER_SIGNATURE_ERROR);
  return FALSE;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  char *body = strchr (text, '\n');
  g_autofree char *longer = NULL;
  gsize n_body;

  if (body != NULL)
    *body++ = '\0';
  else
    body = text + strlen (text);
  n_body = strlen (body);
  if (!holds (text, "whsec_test", body, n_body, NOW_S))
    return 0;
  longer = g_strconcat (body, "x", NULL);
  g_assert_false (holds (text, "whsec_test", longer, n_body + 1, NOW_S));
  g_assert_false (holds (text, "whsec_tesu", body, n_body, NOW_S));
  g_assert_false (holds (text, "whsec_test", body, n_body, NOW_S + 601));
  return 0;
}
