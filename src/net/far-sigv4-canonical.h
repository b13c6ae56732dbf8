/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to net: the canonical form that both sides of SigV4 hash. */
#pragma once

#include "net/far-sigv4.h"

G_BEGIN_DECLS

#define FAR_SIGV4_ALGORITHM "AWS4-HMAC-SHA256"

/* A query parameter, unescaped. */
typedef struct {
  char *name;
  char *value;
} FarSigv4Parameter;

/* (element-type FarSigv4Parameter), in the order of the query; NULL with an error for broken
 * escapes or too many. */
GPtrArray *far_sigv4_parse_query      (const char *query, GError **error);
void       far_sigv4_parameters_add   (GPtrArray *parameters, const char *name,
                                       const char *value);
/* (transfer none) (nullable): the only one of that name; NULL also if there are two. */
const char *far_sigv4_parameters_find (GPtrArray *parameters, const char *name);
/* Escaped, joined with "&", sorted if asked, without the one called `without` (nullable). */
char      *far_sigv4_format_query     (GPtrArray *parameters, gboolean sorted,
                                       const char *without);

/* The lower-case names of the headers, sorted, each once, joined with ";". */
char      *far_sigv4_signed_headers   (const FarSigv4Header *headers, gsize n_headers);

/* NULL if a name in signed_headers is not among the headers. payload_hash: hex. */
char      *far_sigv4_canonical_form   (const char *method, const char *path,
                                       const char *canonical_query,
                                       const FarSigv4Header *headers, gsize n_headers,
                                       const char *signed_headers, const char *payload_hash);

/* Hex signature of a canonical form. date: FAR_SIGV4_DATE_LEN characters. */
char      *far_sigv4_signature        (const char *canonical, const char *date,
                                       const FarSigv4Scope *scope, const char *secret);
/* "20150830/us-east-1/service/aws4_request" */
char      *far_sigv4_format_scope     (const char *date, const FarSigv4Scope *scope);
char      *far_sigv4_hash_body        (const void *body, gsize n_body);

G_END_DECLS
