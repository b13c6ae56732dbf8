/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function's spec as the JSON in which the platform's database keeps it. Events, services, stores
 * and the fork server are the template's and are not in it. Pure; any thread. */
#pragma once

#include "platform/far-template.h"

G_BEGIN_DECLS

#define FAR_FUNCTION_DOCUMENT_MAX (64 * 1024)

/* Returns: (transfer full) */
char                *far_function_document_write (const FarTemplateFunction *function);
/* base: (nullable): the template's function of that name, for what the document does not have.
 * Returns: (transfer full) (nullable) */
FarTemplateFunction *far_function_document_read  (const char *json,
                                                  const FarTemplateFunction *base,
                                                  GError **error);
/* A UUID that is another one whenever anything in the document is. */
void                 far_function_document_revision (const FarTemplateFunction *function,
                                                     char ret_uuid[37]);

G_END_DECLS
