/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bank accounts as payouts name them: IBAN (ISO 13616, check digits ISO 7064 MOD 97-10) and BIC
 * (ISO 9362). Pure; thread-safe. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_IBAN_ERROR (far_iban_error_quark ())
GQuark far_iban_error_quark (void);
typedef enum {
  FAR_IBAN_ERROR_SYNTAX,  /* not letters and digits in the right places */
  FAR_IBAN_ERROR_COUNTRY, /* a country without IBANs, or not of its length */
  FAR_IBAN_ERROR_CHECK,   /* a digit is wrong */
  FAR_IBAN_ERROR_BIC,
} FarIbanError;

#define FAR_IBAN_MAX 34
#define FAR_BIC_MAX 11

/* Accepts the spelling of people (spaces, small letters); ret_iban is the electronic one. */
gboolean far_iban_parse (const char *text, char ret_iban[FAR_IBAN_MAX + 1], GError **error);
/* "DE89 … 3000": fit to be shown. Returns: (transfer full) */
char    *far_iban_mask  (const char *iban);
gboolean far_bic_check  (const char *bic, GError **error);

G_END_DECLS
