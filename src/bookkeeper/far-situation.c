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

/* What a reader has pledged on a tab since then, refunds left out; from the wallet or not. */
static gboolean
load_spent (FarBooks   *books,
            gint64      tab,
            gint64      reader,
            gint64      since_us,
            gint64     *ret_micros,
            GError    **error)
{
  g_autoptr (FarStatement) row = NULL;

  if (far_sql_first (books->db, &row, error,
                     "SELECT coalesce (sum (price_micros), 0) FROM pledges"
                     " WHERE reader = ?1 AND tab = ?2 AND state <> 2 AND time_us >= ?3",
                     far_sql_int (reader), far_sql_int (tab), far_sql_int (since_us)) !=
      FAR_STEP_ROW)
    return FALSE;
  *ret_micros = far_statement_get_int (row, 0);
  return TRUE;
}

gboolean
far_caps_load (FarBooks         *books,
               const FarReader  *reader,
               const char       *currency,
               FarCaps          *ret_caps,
               GError          **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT day_micros, month_micros FROM reader_caps"
                                " WHERE reader = ?1 AND currency = ?2",
                                far_sql_int (reader->reader), far_sql_text (currency));

  *ret_caps = (FarCaps){ .day_micros = -1, .month_micros = -1 };
  if (step == FAR_STEP_ROW && !far_statement_is_null (row, 0))
    ret_caps->day_micros = far_statement_get_int (row, 0);
  if (step == FAR_STEP_ROW && !far_statement_is_null (row, 1))
    ret_caps->month_micros = far_statement_get_int (row, 1);
  return step != FAR_STEP_ERROR;
}

gboolean
far_caps_load_spent (FarBooks         *books,
                     const FarReader  *reader,
                     const FarTab     *tab,
                     gint64            now_us,
                     FarCaps          *caps,
                     GError          **error)
{
  return load_spent (books, tab->tab, reader->reader, far_day_start_us (now_us),
                     &caps->day_spent_micros, error) &&
         load_spent (books, tab->tab, reader->reader, far_month_start_us (now_us),
                     &caps->month_spent_micros, error);
}

/* Readers who have set no cap, nearly all, cost one look. */
static gboolean
load_own_caps (FarBooks          *books,
               const FarProperty *property,
               const FarReader   *reader,
               const FarTab      *tab,
               gint64             now_us,
               FarTabSituation   *situation,
               GError           **error)
{
  FarCaps caps;

  if (reader->reader == 0)
    return TRUE;
  if (!far_caps_load (books, reader, property->terms.currency, &caps, error))
    return FALSE;
  situation->own_capped = caps.day_micros >= 0 || caps.month_micros >= 0;
  if (!situation->own_capped)
    return TRUE;
  if (!far_caps_load_spent (books, reader, tab, now_us, &caps, error))
    return FALSE;
  situation->own_left_micros = G_MAXINT64;
  if (caps.day_micros >= 0)
    situation->own_left_micros = caps.day_micros - caps.day_spent_micros;
  if (caps.month_micros >= 0)
    situation->own_left_micros = MIN (situation->own_left_micros,
                                      caps.month_micros - caps.month_spent_micros);
  return TRUE;
}

/* A method by which the last charge of the tab failed secures nothing, until there is another one
 * or it has worked. */
static gboolean
load_secured (FarBooks         *books,
              const FarReader  *reader,
              const FarTab     *tab,
              gboolean         *ret_secured,
              GError          **error)
{
  g_autoptr (FarStatement) row = NULL;

  *ret_secured = reader->has_method;
  if (!reader->has_method || tab->n_failures == 0)
    return TRUE;
  if (far_sql_first (books->db, &row, error,
                     "SELECT NOT EXISTS (SELECT 1 FROM charges c, readers r WHERE c.tab = ?1"
                     " AND c.state = 3 AND r.reader = ?2 AND c.ended_us >= r.method_us)",
                     far_sql_int (tab->tab), far_sql_int (reader->reader)) != FAR_STEP_ROW)
    return FALSE;
  *ret_secured = far_statement_get_int (row, 0) != 0;
  return TRUE;
}

/* The counts matter only while no payment method secures the tab; with one they are not read,
 * however long the reader's history is. */
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
  ret_situation->tab_micros = tab->open_micros;
  if (!load_secured (books, reader, tab, &ret_situation->has_method, error) ||
      !far_tab_wallet_micros (books, tab, &ret_situation->wallet_micros, error) ||
      !load_own_caps (books, property, reader, tab, now_us, ret_situation, error))
    return FALSE;
  if (ret_situation->has_method)
    return TRUE;
  return far_situation_load_pledges (books, reader, property, ret_situation, error) &&
         load_hour (books, property, now_us, ret_situation, error);
}
