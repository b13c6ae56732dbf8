/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small numbers for the names that records carry: functions, routes, versions, error types.
 *
 * Append-only and bounded by kind, because error types come from functions: once a kind is full,
 * further names are all "(other)". Number 0 is no name. A number keeps its meaning for the life of
 * the database, which stores the table.
 *
 * Written by the owning thread only; far_names_get() may be called from any thread with a number
 * that reached it through a lock or the database. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  FAR_NAME_FUNCTION,
  FAR_NAME_ROUTE,
  FAR_NAME_VERSION,
  FAR_NAME_ERROR_TYPE,
  FAR_NAME_SCOPE, /* a part of a function's invocations that has rollups of its own */
} FarNameKind;
#define FAR_NAME_N_KINDS 5

#define FAR_NAMES_MAX 16384
#define FAR_NAMES_FUNCTIONS_MAX 256
#define FAR_NAMES_ROUTES_MAX 2048
#define FAR_NAMES_VERSIONS_MAX 512
#define FAR_NAMES_ERROR_TYPES_MAX 1024
#define FAR_NAMES_SCOPES_MAX 8192
#define FAR_NAMES_OTHER "(other)"

/* "*", all functions together; "v/FUNCTION/VERSION" and "a/FUNCTION/ARTICLE". */
#define FAR_NAMES_SCOPE_ALL "*"
#define FAR_NAMES_SCOPE_VERSION 'v'
#define FAR_NAMES_SCOPE_ARTICLE 'a'
#define FAR_NAMES_SCOPE_LEN_MAX 256

typedef struct _FarNames FarNames;

FarNames   *far_names_new    (void);
void        far_names_free   (FarNames *self);

/* The number of a text, new or known; 0 for NULL and "". At most len_max bytes are kept, cut at a
 * character; bytes that are not UTF-8 are replaced. */
guint16     far_names_intern (FarNames *self, FarNameKind kind, const char *text, gsize len_max);
/* The number of a known text, else 0. Owning thread. */
guint16     far_names_find   (FarNames *self, FarNameKind kind, const char *text);
/* Puts back a stored name; FALSE if the number is not the next or the kind is unknown. */
gboolean    far_names_restore (FarNames *self, guint16 id, int kind, const char *text);

/* NULL for 0 and unknown numbers. */
const char *far_names_get    (FarNames *self, guint16 id);
FarNameKind far_names_kind   (FarNames *self, guint16 id);
/* One above the highest number. */
guint       far_names_end    (FarNames *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarNames, far_names_free)

G_END_DECLS
