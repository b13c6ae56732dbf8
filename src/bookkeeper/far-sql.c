/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding of typed values (see the header). */
#include "bookkeeper/far-sql.h"

static FarStatement *
prepare (FarDb              *db,
         const char         *sql,
         const FarSqlValue  *values,
         gsize               n_values,
         GError            **error)
{
  FarStatement *statement = far_db_prepare (db, sql, error);

  if (statement == NULL)
    return NULL;
  g_assert (sqlite3_bind_parameter_count (statement) == (int) n_values);
  for (gsize i = 0; i < n_values; i++)
    {
      int parameter = (int) i + 1;

      switch (values[i].type)
        {
        case FAR_SQL_INT:
          far_statement_bind_int (statement, parameter, values[i].integer);
          break;
        case FAR_SQL_TEXT:
          far_statement_bind_text (statement, parameter, values[i].data);
          break;
        case FAR_SQL_BLOB:
          far_statement_bind_blob (statement, parameter, values[i].data, values[i].n_bytes);
          break;
        case FAR_SQL_NULL:
          far_statement_bind_null (statement, parameter);
          break;
        default:
          g_assert_not_reached ();
        }
    }
  return statement;
}

gboolean
far_sql_run_values (FarDb              *db,
                    const char         *sql,
                    const FarSqlValue  *values,
                    gsize               n_values,
                    GError            **error)
{
  g_autoptr (FarStatement) statement = prepare (db, sql, values, n_values, error);

  return statement != NULL && far_db_run (db, statement, error);
}

FarStep
far_sql_first_values (FarDb              *db,
                      FarStatement      **ret_row,
                      const char         *sql,
                      const FarSqlValue  *values,
                      gsize               n_values,
                      GError            **error)
{
  g_autoptr (FarStatement) statement = prepare (db, sql, values, n_values, error);
  FarStep step;

  g_assert (ret_row != NULL && *ret_row == NULL);

  if (statement == NULL)
    return FAR_STEP_ERROR;
  step = far_db_step (db, statement, error);
  if (step == FAR_STEP_ROW)
    *ret_row = g_steal_pointer (&statement);
  return step;
}

gint64
far_sql_turn (gint64 n,
              guint  max,
              gint64 now_us)
{
  g_return_val_if_fail (n >= 0 && max > 0, 0);

  if (n <= max)
    return 0;
  return MAX (now_us, 0) / (60 * G_USEC_PER_SEC) % n * max % n;
}
