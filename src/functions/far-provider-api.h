/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test provider's routes, as Stripe writes them (API reference, read 2026-11): what each does
 * to the books and what it answers. HTTP, keys and transactions are provider.c's. One thread. */
#pragma once

#include "functions/far-provider-books.h"

G_BEGIN_DECLS

typedef struct {
  FarDb      *db;
  gint64      now_us;
  const char *method; /* "GET" or "POST" */
  char      **path;   /* segments behind /v1/ */
  GHashTable *fields; /* form or query: name → value */
} FarProviderCall;

typedef struct {
  guint    status;
  char    *body;
  gboolean lose; /* carry it out, but let the answer be lost */
} FarProviderAnswer;

/* FALSE: the books failed. A refusal is an answer. */
gboolean far_provider_api_call        (const FarProviderCall  *call,
                                       FarProviderAnswer      *ret_answer,
                                       GError                **error);
/* {"error":{"type","message","code"?}} */
void     far_provider_answer_error    (FarProviderAnswer      *answer,
                                       guint                   status,
                                       const char             *type,
                                       const char             *code,
                                       const char             *message);
void     far_provider_answer_clear    (FarProviderAnswer      *answer);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarProviderAnswer, far_provider_answer_clear)

G_END_DECLS
