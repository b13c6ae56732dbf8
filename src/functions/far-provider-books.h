/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the test payment provider remembers: customers, payment methods, payment intents, and the
 * answers given under idempotency keys. One SQLite database in a store of its own with one writer.
 * A request and its stored answer are one transaction. Times are µs since the epoch, passed in.
 *
 * There is no card here: a payment method is one of Stripe's test names, and the name says how a
 * charge will end. One thread. */
#pragma once

#include "base/far-json.h"
#include "store/far-db.h"

G_BEGIN_DECLS

#define FAR_PROVIDER_ID_MAX 64 /* bytes of an id, a test name or a currency */

/* How a charge of a test method ends. */
typedef enum {
  FAR_TEST_SUCCEEDS,
  FAR_TEST_DECLINES_ATTACH,         /* already when it is attached */
  FAR_TEST_DECLINES,
  FAR_TEST_INSUFFICIENT_FUNDS,
  FAR_TEST_AUTHENTICATION_REQUIRED,
  FAR_TEST_PROCESSING,              /* for a minute, then succeeds */
  FAR_TEST_TIMES_OUT,               /* succeeds, and the answer is lost */
} FarTestOutcome;

/* FALSE if there is no such test name. */
gboolean far_test_method_outcome (const char     *name,
                                  FarTestOutcome *ret_outcome);

typedef struct {
  char   id[FAR_PROVIDER_ID_MAX + 1];
  char   customer[FAR_PROVIDER_ID_MAX + 1];
  char   method[FAR_PROVIDER_ID_MAX + 1];
  char   charge[FAR_PROVIDER_ID_MAX + 1];      /* "" before there is one */
  char   transaction[FAR_PROVIDER_ID_MAX + 1]; /* "" before it has succeeded */
  char   currency[4];                          /* lower case */
  char   status[32];                           /* "succeeded", "processing", … */
  char   decline[32];                          /* Stripe's code; "" if it was not declined */
  gint64 units;
  gint64 fee_units;
  gint64 created_us;
  gint64 settles_us;                           /* when processing ends; 0 = it does not process */
} FarProviderIntent;

FarDb   *far_provider_books_open          (const char         *folder,
                                           GError            **error);
/* prefix, "_" and 24 hex digits from the kernel's generator. */
void     far_provider_books_new_id        (char                ret_id[FAR_PROVIDER_ID_MAX + 1],
                                           const char         *prefix);
gboolean far_provider_books_add_customer  (FarDb              *db,
                                           const char         *id,
                                           const char         *description,
                                           gint64              now_us,
                                           GError            **error);
gboolean far_provider_books_has_customer  (FarDb              *db,
                                           const char         *id,
                                           gboolean           *ret_found,
                                           GError            **error);
gboolean far_provider_books_add_method    (FarDb              *db,
                                           const char         *id,
                                           const char         *name,
                                           const char         *customer,
                                           gint64              now_us,
                                           GError            **error);
/* ret_name, ret_customer: "" if there is no such method. */
gboolean far_provider_books_find_method   (FarDb              *db,
                                           const char         *id,
                                           char                ret_name[FAR_PROVIDER_ID_MAX + 1],
                                           char           ret_customer[FAR_PROVIDER_ID_MAX + 1],
                                           GError            **error);
gboolean far_provider_books_put_intent    (FarDb              *db,
                                           const FarProviderIntent *intent,
                                           GError            **error);
/* ret_intent->id is "" if there is none. */
gboolean far_provider_books_find_intent   (FarDb              *db,
                                           const char         *id,
                                           FarProviderIntent  *ret_intent,
                                           GError            **error);
/* The answer under a key. ret_status 0: none yet. ret_same: whether it was given to this request
 * and not to another one. ret_body: (out) (transfer full) (nullable) */
gboolean far_provider_books_find_answer   (FarDb              *db,
                                           const char         *key,
                                           const char         *fingerprint,
                                           guint              *ret_status,
                                           gboolean           *ret_same,
                                           char              **ret_body,
                                           GError            **error);
gboolean far_provider_books_put_answer    (FarDb              *db,
                                           const char         *key,
                                           const char         *fingerprint,
                                           guint               status,
                                           const char         *body,
                                           gint64              now_us,
                                           GError            **error);

G_END_DECLS
