/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements with their values in one call, type-checked: every value is wrapped by one of
 * far_sql_int(), far_sql_text(), far_sql_blob(), far_sql_id() or far_sql_null(). The SQL must be a
 * string literal (it is the key of the statement cache). Single-threaded, as the connection is. */
#pragma once

#include "base/far-id.h"
#include "store/far-db.h"

G_BEGIN_DECLS

typedef struct {
  enum { FAR_SQL_INT, FAR_SQL_TEXT, FAR_SQL_BLOB, FAR_SQL_NULL } type;
  gint64      integer;
  const void *data;
  gsize       n_bytes;
} FarSqlValue;

static inline FarSqlValue
far_sql_int (gint64 value)
{
  return (FarSqlValue) { .type = FAR_SQL_INT, .integer = value };
}

/* NULL is bound as SQL NULL. Borrowed, as in far_statement_bind_text(). */
static inline FarSqlValue
far_sql_text (const char *value)
{
  return (FarSqlValue) { .type = value ? FAR_SQL_TEXT : FAR_SQL_NULL, .data = value };
}

static inline FarSqlValue
far_sql_blob (const void *data,
              gsize       n_bytes)
{
  return (FarSqlValue) { .type = FAR_SQL_BLOB, .data = data, .n_bytes = n_bytes };
}

/* NULL is bound as SQL NULL. */
static inline FarSqlValue
far_sql_id (const FarId *id)
{
  return (FarSqlValue) {
    .type = id ? FAR_SQL_BLOB : FAR_SQL_NULL, .data = id, .n_bytes = FAR_ID_LEN,
  };
}

/* Runs a statement that gives no rows. */
#define far_sql_run(db, error, sql, ...)                                              \
  far_sql_run_values ((db), "" sql, (const FarSqlValue[]){ __VA_ARGS__ },             \
                      G_N_ELEMENTS (((const FarSqlValue[]){ __VA_ARGS__ })), (error))

/* Steps to the first row. *ret_row is set only with FAR_STEP_ROW; reset it (g_autoptr) when done.
 * */
#define far_sql_first(db, ret_row, error, sql, ...)                                   \
  far_sql_first_values ((db), (ret_row), "" sql, (const FarSqlValue[]){ __VA_ARGS__ }, \
                        G_N_ELEMENTS (((const FarSqlValue[]){ __VA_ARGS__ })), (error))

gboolean far_sql_run_values   (FarDb              *db,
                               const char         *sql,
                               const FarSqlValue  *values,
                               gsize               n_values,
                               GError            **error);
FarStep  far_sql_first_values (FarDb              *db,
                               FarStatement      **ret_row,
                               const char         *sql,
                               const FarSqlValue  *values,
                               gsize               n_values,
                               GError            **error);

/* Of a list of n of which only max are told at once, from where on they are told in this minute.
 * Whoever asks each minute is told of all in turn, so that those which stay long do not hide the
 * ones behind them. 0 where all fit. */
gint64   far_sql_turn         (gint64              n,
                               guint               max,
                               gint64              now_us);

G_END_DECLS
