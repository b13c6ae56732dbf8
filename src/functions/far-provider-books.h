/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the test payment provider remembers: documents as Stripe's API shows them (customers,
 * methods, intents, charges, refunds, disputes, sessions, events …), the answers given under
 * idempotency keys, and the webhooks that are on their way. One SQLite database in a store of its
 * own with one writer. A request and its stored answer are one transaction. Times are µs since the
 * epoch, passed in.
 *
 * A document is a JSON object with an "id" and an "object". Members whose name begins with "_" are
 * the provider's own and never leave it: "_outcome" (how charges of a method end), "_wake_us" (when
 * something happens to it by itself), "_webhooks" (how its events travel). There is no card in
 * it: a payment method is one of Stripe's test names. One thread. */
#pragma once

#include "base/far-json.h"
#include "store/far-db.h"

G_BEGIN_DECLS

#define FAR_PROVIDER_ID_MAX 128 /* bytes of an id */
#define FAR_PROVIDER_LIST_MAX 100

FarDb   *far_provider_books_open        (const char *folder, GError **error);
/* prefix, "_" and 24 hex digits from the kernel's generator. Returns: (transfer full) */
char    *far_provider_books_new_id      (const char *prefix);

/* Inserts or replaces. */
gboolean far_provider_books_put         (FarDb *db, JsonObject *document, GError **error);
/* *ret_document is NULL if there is none of that id and kind ("object"); kind NULL takes any. */
gboolean far_provider_books_find        (FarDb *db, const char *id, const char *kind,
                                         JsonObject **ret_document, GError **error);

typedef struct {
  const char *kind;
  const char *customer;       /* (nullable) */
  const char *payment_intent; /* (nullable) */
  gint64      created_gte;    /* seconds; 0: all */
  const char *starting_after; /* (nullable): an id */
  gint64      limit;          /* 1 … FAR_PROVIDER_LIST_MAX */
} FarProviderQuery;

/* Newest first. ret_documents: (element-type JsonObject) */
gboolean far_provider_books_list        (FarDb *db, const FarProviderQuery *query,
                                         GPtrArray **ret_documents, gboolean *ret_has_more,
                                         GError **error);
/* Those whose "_wake_us" has come. ret_documents: (element-type JsonObject) */
gboolean far_provider_books_list_awake  (FarDb *db, gint64 now_us, GPtrArray **ret_documents,
                                         GError **error);

/* The answer under a key. ret_status 0: none yet. ret_same: whether it was given to this request
 * and not to another one. ret_body: (out) (transfer full) (nullable) */
gboolean far_provider_books_find_answer (FarDb *db, const char *key, const char *fingerprint,
                                         guint *ret_status, gboolean *ret_same, char **ret_body,
                                         GError **error);
gboolean far_provider_books_put_answer  (FarDb *db, const char *key, const char *fingerprint,
                                         guint status, const char *body, gint64 now_us,
                                         GError **error);

/* ---- webhooks ---- */

typedef struct {
  gint64 delivery;
  char  *event;    /* id */
  char  *endpoint; /* id */
  gint64 attempts;
} FarProviderDelivery;

gboolean far_provider_books_add_delivery    (FarDb *db, const char *event, const char *endpoint,
                                             gint64 due_us, GError **error);
/* Takes what is due, and sees to it that nobody else takes it before until_us.
 * ret_deliveries: (element-type FarProviderDelivery) */
gboolean far_provider_books_take_deliveries (FarDb *db, gint64 now_us, gint64 until_us,
                                             gint64 limit, GPtrArray **ret_deliveries,
                                             GError **error);
/* Delivered, or to be tried again at retry_us (0: never again). */
gboolean far_provider_books_end_delivery    (FarDb *db, gint64 delivery, gboolean delivered,
                                             gint64 retry_us, GError **error);
gboolean far_provider_books_find_delivery   (FarDb *db, gint64 delivery, gint64 *ret_attempts,
                                             GError **error);

G_END_DECLS
