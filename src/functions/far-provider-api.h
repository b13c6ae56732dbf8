/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test provider's routes, as Stripe's API reference writes them (read 2026-11): what each does
 * to the books and what it answers. HTTP, keys and transactions are provider.c's; objects stand in
 * far-provider-customers.c, -payments.c, -refunds.c, -checkout.c and -events.c. One thread. */
#pragma once

#include "functions/far-provider-books.h"
#include "market/far-provider-form.h"

G_BEGIN_DECLS

#define FAR_PROVIDER_API_VERSION "2025-02-24.acacia"

typedef struct {
  FarDb                 *db;
  gint64                 now_us;
  const char            *method;          /* "GET", "POST" or "DELETE" */
  const char            *path;            /* behind /v1/ */
  const char            *origin;          /* "http://127.0.0.1:8787": where pages are reached */
  const char            *request_id;
  const char            *idempotency_key; /* (nullable) */
  const char            *webhook_secret;  /* of the endpoint that is there from the start */
  const FarProviderForm *form;            /* the body of a POST, the query of others */
  const char            *id;              /* the id in the path, set by the router */
} FarProviderCall;

typedef struct {
  guint    status;
  char    *body;
  gboolean replayed; /* from under its key */
  gboolean lose;     /* carry it out, but let the answer be lost */
} FarProviderAnswer;

/* FALSE: the books failed. A refusal is an answer. */
gboolean far_provider_api_call        (FarProviderCall *call, FarProviderAnswer *ret_answer,
                                       GError **error);
/* What happens by itself: payments that were processing, refunds that were pending. */
gboolean far_provider_api_wake        (const FarProviderCall *call, GError **error);
/* {"error":{"type","message","code"?}} */
void     far_provider_answer_error    (FarProviderAnswer *answer, guint status, const char *type,
                                       const char *code, const char *message);
void     far_provider_answer_clear    (FarProviderAnswer *answer);

/* ---- Checkout's hosted page, behind /provider/checkout/ and /provider/authenticate/ ---- */

typedef struct {
  guint status;
  char *html;     /* (nullable) */
  char *location; /* (nullable): of a redirect */
} FarProviderPage;

/* A page, or what a press of one of its buttons ("outcome" in the form) leads to. */
gboolean far_provider_page_checkout     (const FarProviderCall *call, const char *session,
                                         FarProviderPage *ret_page, GError **error);
gboolean far_provider_page_authenticate (const FarProviderCall *call, const char *intent,
                                         FarProviderPage *ret_page, GError **error);
void     far_provider_page_clear        (FarProviderPage *page);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderAnswer, far_provider_answer_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderPage, far_provider_page_clear)

G_END_DECLS
