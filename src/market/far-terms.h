/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The terms of a property (a publisher's site): its fee, how much is pledged before a payment
 * method is asked for, the exposure caps, the refund window. Plain data; thread-safe. */
#pragma once

#include <glib.h>

#include "base/far-money.h"

G_BEGIN_DECLS

#define FAR_TERMS_ERROR (far_terms_error_quark ())
GQuark far_terms_error_quark (void);
typedef enum {
  FAR_TERMS_ERROR_RANGE,
} FarTermsError;

#define FAR_TERMS_FREE_COUNT_DEFAULT 2
#define FAR_TERMS_FREE_COUNT_MAX 1000
#define FAR_TERMS_REFUND_WINDOW_US_DEFAULT (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define FAR_TERMS_REFUND_WINDOW_US_MAX (365 * G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* In far_terms_cent_micros(). */
#define FAR_TERMS_CENTS_OF_MINIMUM 50
#define FAR_TERMS_READER_CAP_CENTS_DEFAULT 100
#define FAR_TERMS_TAB_CAP_CENTS_DEFAULT 2000
#define FAR_TERMS_HOUR_CAP_CENTS_DEFAULT 25000
/* New readers from one network prefix in one (UTC) day who pledge with no payment method. A whole
 * university or a carrier's gateway stands behind one prefix, and a thief rents many. */
#define FAR_TERMS_NETWORK_CAP_DEFAULT 50
#define FAR_TERMS_NETWORK_CAP_MAX 1000000

typedef enum {
  FAR_FREE_COUNT,
  FAR_FREE_AMOUNT,
} FarFreeType;

typedef struct {
  char        currency[FAR_CURRENCY_LEN + 1];
  guint       fee_bps;
  FarFreeType free_type;
  gint64      free_limit;        /* pledges, or micros */
  gint64      refund_window_us;
  gint64      reader_cap_micros; /* owed by one reader with no payment method, across properties */
  gint64      tab_cap_micros;    /* owed by one reader with a payment method */
  gint64      hour_cap_micros;   /* unsecured pledges of all readers of the property in an hour */
  gint64      network_cap;       /* new unsecured readers of one network prefix in a day */
  gint64      least_charge_micros; /* no card is charged less; 0: what the provider asks */
} FarTerms;

/* The defaults of a self-hosted publication: no fee, two pledges. Fails with
 * FAR_MONEY_ERROR_CURRENCY. */
gboolean    far_terms_init        (FarTerms    *terms,
                                   const char  *currency,
                                   GError     **error);
/* Every value within its bounds; names the first that is not. */
gboolean    far_terms_check       (const FarTerms  *terms,
                                   GError         **error);
const char *far_free_type_to_text (FarFreeType  type);
gboolean    far_free_type_parse   (const char  *text,
                                   FarFreeType *ret_type);
/* A fiftieth of the least that the provider charges, in micros: a cent of a dollar or of a euro,
 * and as much in any other money (a yen, 3.5 forints). */
gboolean    far_terms_cent_micros (const char  *currency,
                                   gint64      *ret_micros,
                                   GError     **error);

G_END_DECLS
