/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the books say about a reader at the moment of a pledge: the numbers that the rules of
 * market/far-tab.h decide by. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

gboolean
far_situation_load_pledges (FarBooks           *books,
                            const FarReader    *reader,
                            const FarProperty  *property,
                            FarTabSituation    *situation,
                            GError            **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT count (*), coalesce (sum (price_micros), 0) FROM pledges"
                     " WHERE reader = ?1 AND property = ?2 AND state <> 2",
                     far_sql_int (reader->reader), far_sql_int (property->property)) !=
      FAR_STEP_ROW)
    return FALSE;
  situation->n_pledges = far_statement_get_int (row, 0);
  situation->pledged_micros = far_statement_get_int (row, 1);
  return TRUE;
}

static gboolean
load_hour (FarBooks           *books,
           const FarProperty  *property,
           gint64              now_us,
           FarTabSituation    *situation,
           GError            **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT unsecured_micros FROM earnings_hours"
                                " WHERE property = ?1 AND hour_us = ?2",
                                far_sql_int (property->property),
                                far_sql_int (far_hour_start_us (now_us)));

  if (step == FAR_STEP_ROW)
    situation->hour_micros = far_statement_get_int (row, 0);
  return step != FAR_STEP_ERROR;
}

/* The counts matter only while there is no payment method; with one they are not read, however long
 * the reader's history is. */
gboolean
far_situation_load (FarBooks           *books,
                    const FarProperty  *property,
                    const FarReader    *reader,
                    const FarTab       *tab,
                    gint64              now_us,
                    FarTabSituation    *ret_situation,
                    GError            **error)
{
  memset (ret_situation, 0, sizeof *ret_situation);
  ret_situation->has_method = reader->has_method;
  ret_situation->tab_micros = tab->open_micros;
  if (!far_tab_wallet_micros (books, tab, &ret_situation->wallet_micros, error))
    return FALSE;
  if (reader->has_method)
    return TRUE;
  return far_situation_load_pledges (books, reader, property, ret_situation, error) &&
         load_hour (books, property, now_us, ret_situation, error);
}
