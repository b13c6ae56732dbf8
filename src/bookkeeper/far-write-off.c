/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The write-off of tabs that could not be collected, 60 days after the first failed charge; and of
 * what is too little to be charged when its reader wants to be forgotten. The booked split of every
 * open item is reversed, publisher and platform each bear their share. The reader keeps the
 * articles. */
#include "bookkeeper/far-books-private.h"

#include <string.h>

/* Tabs of one sweep: each may have FAR_BOOKS_TAB_ITEMS_MAX items. */
#define WRITE_OFF_TABS_MAX 1

typedef struct {
  gint64 pledge;
  FarId  id;
  gint64 property;
  char  *article;
  gint64 price_micros;
  gint64 settled_micros;
  guint  fee_bps;
} Item;

static void
item_clear (gpointer data)
{
  Item *item = data;

  g_free (item->article);
}

static gboolean
load_items (FarBooks  *books,
            gint64     tab,
            GArray    *items,
            GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT pledge, id, property, article, price_micros, settled_micros, fee_bps"
                    " FROM pledges WHERE tab = ?1 AND state = 0 ORDER BY pledge", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, tab);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      Item item = {
        .pledge = far_statement_get_int (row, 0),
        .property = far_statement_get_int (row, 2),
        .article = g_strdup (far_statement_get_text (row, 3)),
        .price_micros = far_statement_get_int (row, 4),
        .settled_micros = far_statement_get_int (row, 5),
        .fee_bps = (guint) far_statement_get_int (row, 6),
      };

      if (!far_statement_copy_blob (row, 1, &item.id, FAR_ID_LEN))
        g_assert_not_reached ();
      g_array_append_val (items, item);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
write_off_item (FarBooks      *books,
                const FarTab  *tab,
                const Item    *item,
                gint64         now_us,
                GError       **error)
{
  FarProperty property;
  FarEarning earning = { 0 };
  FarSplit open;

  if (!far_property_load (books, item->property, &property, error) ||
      !far_split_range (item->settled_micros, item->price_micros, item->fee_bps, &open, error))
    return FALSE;
  far_posting_add (books, FAR_CODE_WRITE_OFF, tab->currency, &property.estimated, &tab->id,
                   open.publisher_micros, &item->id);
  far_posting_add (books, FAR_CODE_WRITE_OFF_FEE, tab->currency, &property.fee_estimated,
                   &tab->id, open.fee_micros, &item->id);
  earning.write_off_micros = open.publisher_micros;
  earning.fee_micros = -open.fee_micros;
  return far_earnings_add (books, item->property, item->article, now_us, &earning, error) &&
         far_sql_run (books->db, error,
                      "UPDATE pledges SET state = 3, closed_us = ?2 WHERE pledge = ?1",
                      far_sql_int (item->pledge), far_sql_int (now_us));
}

gboolean
far_tab_write_off (FarBooks  *books,
                   gint64     tab_row,
                   gint64     now_us,
                   GError   **error)
{
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (Item));
  FarTab tab;

  g_array_set_clear_func (items, item_clear);
  if (!far_tab_load (books, tab_row, &tab, error) ||
      !load_items (books, tab_row, items, error))
    return FALSE;
  far_posting_begin (books);
  for (guint i = 0; i < items->len; i++)
    if (!write_off_item (books, &tab, &g_array_index (items, Item, i), now_us, error))
      return FALSE;
  return far_posting_must (books, error) && far_tab_refresh (books, &tab, error) &&
         far_sql_run (books->db, error,
                      "UPDATE tabs SET n_failures = 0, first_failed_us = 0, retry_us = 0"
                      " WHERE tab = ?1", far_sql_int (tab_row));
}

gboolean
far_tabs_write_off (FarBooks  *books,
                    gint64     now_us,
                    GError   **error)
{
  for (guint i = 0; i < WRITE_OFF_TABS_MAX; i++)
    {
      gint64 tab;

      {
        g_autoptr (FarStatement) row = NULL;
        /* A charge in flight may still bring the money: it is waited for. */
        FarStep step = far_sql_first (books->db, &row, error,
                                      "SELECT tab FROM tabs t WHERE first_failed_us > 0"
                                      " AND first_failed_us <= ?1 AND NOT EXISTS"
                                      " (SELECT 1 FROM charges c"
                                      "   WHERE c.tab = t.tab AND c.state < 2)"
                                      " ORDER BY first_failed_us LIMIT 1",
                                      far_sql_int (now_us - FAR_TAB_WRITE_OFF_US));

        if (step != FAR_STEP_ROW)
          return step == FAR_STEP_DONE;
        tab = far_statement_get_int (row, 0);
      }
      if (!far_tab_write_off (books, tab, now_us, error))
        return FALSE;
    }
  return TRUE;
}
