/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IBAN and BIC (see the header). The lengths by country are those of SWIFT's IBAN registry, release
 * 99 (2024-12); a country that is not in it has no IBAN. */
#include "market/far-iban.h"

#include <string.h>

G_DEFINE_QUARK (far-iban-error-quark, far_iban_error)

/* Country and length, four characters each. */
static const char lengths[] =
  "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24"
  "FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32"
  "LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24"
  "RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

static gsize
length_of (const char *country)
{
  for (gsize i = 0; i + 4 <= strlen (lengths); i += 4)
    if (memcmp (lengths + i, country, 2) == 0)
      return (gsize) (lengths[i + 2] - '0') * 10 + (gsize) (lengths[i + 3] - '0');
  return 0;
}

static gboolean
fail (FarIbanError   code,
      const char    *why,
      GError       **error)
{
  g_set_error (error, FAR_IBAN_ERROR, (int) code, "not an IBAN: %s", why);
  return FALSE;
}

/* The four first characters go to the end, letters become 10 … 35, and the number leaves 1. */
static guint
modulo_97 (const char *iban,
           gsize       n)
{
  guint rest = 0;

  for (gsize i = 0; i < n; i++)
    {
      char c = iban[(i + 4) % n];
      guint value = g_ascii_isdigit (c) ? (guint) (c - '0') : (guint) (c - 'A') + 10;

      rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
    }
  return rest;
}

gboolean
far_iban_parse (const char  *text,
                char         ret_iban[FAR_IBAN_MAX + 1],
                GError     **error)
{
  char iban[FAR_IBAN_MAX + 1];
  gsize n = 0;

  g_return_val_if_fail (text != NULL && ret_iban != NULL, FALSE);

  for (; *text != '\0'; text++)
    {
      if (*text == ' ')
        continue;
      if (!g_ascii_isalnum (*text) || n == FAR_IBAN_MAX)
        return fail (FAR_IBAN_ERROR_SYNTAX, "it has letters, digits and spaces only, 34 at most",
                     error);
      iban[n++] = g_ascii_toupper (*text);
    }
  iban[n] = '\0';
  if (n < 5 || !g_ascii_isalpha (iban[0]) || !g_ascii_isalpha (iban[1]) ||
      !g_ascii_isdigit (iban[2]) || !g_ascii_isdigit (iban[3]))
    return fail (FAR_IBAN_ERROR_SYNTAX, "it begins with a country and two digits", error);
  if (length_of (iban) == 0)
    return fail (FAR_IBAN_ERROR_COUNTRY, "its country has none", error);
  if (length_of (iban) != n)
    return fail (FAR_IBAN_ERROR_COUNTRY, "those of its country have another length", error);
  if (modulo_97 (iban, n) != 1)
    return fail (FAR_IBAN_ERROR_CHECK, "its check digits say that one character is wrong", error);
  memcpy (ret_iban, iban, n + 1);
  return TRUE;
}

char *
far_iban_mask (const char *iban)
{
  gsize n = strlen (iban);

  if (n < 8)
    return g_strdup ("…");
  return g_strdup_printf ("%.4s … %s", iban, iban + n - 4);
}

gboolean
far_bic_check (const char  *bic,
               GError     **error)
{
  gsize n = strlen (bic);
  gboolean ok = n == 8 || n == 11;

  for (gsize i = 0; ok && i < n; i++)
    ok = i < 6 ? g_ascii_isupper (bic[i]) : g_ascii_isupper (bic[i]) || g_ascii_isdigit (bic[i]);
  if (!ok)
    g_set_error (error, FAR_IBAN_ERROR, FAR_IBAN_ERROR_BIC,
                 "\"%s\" is not a BIC: six capital letters, then two or five letters or digits",
                 bic);
  return ok;
}
