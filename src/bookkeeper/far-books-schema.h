/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bookkeeper's own tables in the money database, for far_ledger_migrate(). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_BOOKS_MODULE "bookkeeper"

extern const char *const far_books_schema[];
extern const guint far_books_schema_len;

/* The publisher's side: see far-publishing-schema.c. After the other. */
#define FAR_PUBLISHING_MODULE "publishing"

extern const char *const far_publishing_schema[];
extern const guint far_publishing_schema_len;

G_END_DECLS
