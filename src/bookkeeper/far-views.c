/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Views of ads as rows: finding, writing, resolving what they reserved, expiry; and the frequency
 * counters, which are HMACs under a key that is deleted with its day, so that afterwards nobody can
 * tell whose they were. (Deleted bytes may last in free pages and in backups: secure_delete
 * overwrites the former.) */
#include "bookkeeper/far-views.h"

#include <string.h>

#include "base/far-random.h"

#define FREQUENCY_KEY_LEN 32

#define VIEW_COLUMNS                                                                 \
  "v.view, v.nonce, v.reader, v.property, v.article, v.price_micros, v.fee_bps, "    \
  "v.state, v.duration_us, v.total_bytes, v.fetched_bytes, v.started_us, v.last_us, " \
  "v.expires_us, v.pending_publisher, v.pending_fee"

void
far_view_row_clear (FarViewRow *row)
{
  g_clear_pointer (&row->article, g_free);
}

static void
read_row (FarStatement *row,
          FarViewRow   *ret_row)
{
  memset (ret_row, 0, sizeof *ret_row);
  ret_row->view = far_statement_get_int (row, 0);
  if (!far_statement_copy_blob (row, 1, &ret_row->nonce, FAR_ID_LEN))
    g_assert_not_reached ();
  ret_row->reader = far_statement_get_int (row, 2);
  ret_row->property = far_statement_get_int (row, 3);
  ret_row->article = g_strdup (far_statement_get_text (row, 4));
  ret_row->price_micros = far_statement_get_int (row, 5);
  ret_row->fee_bps = (guint) far_statement_get_int (row, 6);
  ret_row->state.state = (FarViewState) far_statement_get_int (row, 7);
  ret_row->state.duration_us = far_statement_get_int (row, 8);
  ret_row->state.total_bytes = far_statement_get_int (row, 9);
  ret_row->state.fetched_bytes = far_statement_get_int (row, 10);
  ret_row->state.started_us = far_statement_get_int (row, 11);
  ret_row->state.last_us = far_statement_get_int (row, 12);
  ret_row->state.expires_us = far_statement_get_int (row, 13);
  ret_row->has_publisher =
    far_statement_copy_blob (row, 14, &ret_row->pending_publisher, FAR_ID_LEN);
  ret_row->has_fee = far_statement_copy_blob (row, 15, &ret_row->pending_fee, FAR_ID_LEN);
}

gboolean
far_view_row_find (FarBooks     *books,
                   const FarId  *nonce,
                   gint64        reader,
                   FarViewRow   *ret_row,
                   GError      **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " VIEW_COLUMNS " FROM views v WHERE v.nonce = ?1",
                                far_sql_id (nonce));

  if (step == FAR_STEP_ERROR)
    return FALSE;
  /* Another reader's view is answered as one that is not there. */
  if (step == FAR_STEP_DONE || far_statement_get_int (row, 2) != reader)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_VIEW,
                       "this reader has no such view; ask for an ad again");
  read_row (row, ret_row);
  return TRUE;
}

gboolean
far_view_row_update (FarBooks          *books,
                     const FarViewRow  *row,
                     GError           **error)
{
  return far_sql_run (books->db, error,
                      "UPDATE views SET state = ?2, fetched_bytes = ?3, started_us = ?4,"
                      " last_us = ?5 WHERE view = ?1",
                      far_sql_int (row->view), far_sql_int (row->state.state),
                      far_sql_int (row->state.fetched_bytes), far_sql_int (row->state.started_us),
                      far_sql_int (row->state.last_us));
}

gboolean
far_view_row_resolve (FarBooks           *books,
                      const FarViewRow   *row,
                      FarTransferKind     kind,
                      FarTransferResult  *ret_result,
                      GError            **error)
{
  FarProperty property;

  if (!far_property_load (books, row->property, &property, error))
    return FALSE;
  far_posting_begin (books);
  if (row->has_publisher)
    far_posting_resolve (books, kind, FAR_CODE_AD, property.terms.currency,
                         &row->pending_publisher, &row->nonce);
  if (row->has_fee)
    far_posting_resolve (books, kind, FAR_CODE_AD_FEE, property.terms.currency, &row->pending_fee,
                         &row->nonce);
  return far_posting_commit (books, ret_result, error);
}

gboolean
far_views_replace (FarBooks    *books,
                   gint64       reader,
                   gint64       property,
                   const char  *article,
                   gint64       now_us,
                   GError     **error)
{
  g_auto (FarViewRow) view = { 0 };
  FarTransferResult result;

  {
    g_autoptr (FarStatement) row = NULL;
    FarStep step = far_sql_first (books->db, &row, error,
                                  "SELECT " VIEW_COLUMNS " FROM views v WHERE v.reader = ?1"
                                  " AND v.property = ?2 AND v.article = ?3 AND v.state < 5",
                                  far_sql_int (reader), far_sql_int (property),
                                  far_sql_text (article));

    if (step != FAR_STEP_ROW)
      return step == FAR_STEP_DONE;
    read_row (row, &view);
  }

  /* Where the time is over, the ledger has voided it or will: that is a row of its own. */
  if (now_us < view.state.expires_us &&
      !far_view_row_resolve (books, &view, FAR_TRANSFER_VOID, &result, error))
    return FALSE;
  view.state.state = now_us < view.state.expires_us ? FAR_VIEW_REPLACED : FAR_VIEW_EXPIRED;
  return far_view_row_update (books, &view, error);
}

gboolean
far_views_expire (FarBooks  *books,
                  gint64     now_us,
                  GError   **error)
{
  return far_sql_run (books->db, error,
                      "UPDATE views SET state = 7 WHERE view IN (SELECT view FROM views"
                      " WHERE state < 5 AND expires_us <= ?1 ORDER BY expires_us LIMIT ?2)",
                      far_sql_int (now_us), far_sql_int (FAR_BOOKS_SWEEP_MAX));
}

/* ---- frequency ---- */

/* A new day has a new key, and the old day's counters can never be asked for again. They are many:
 * the table is emptied in one stroke, which SQLite does without visiting the rows. */
gboolean
far_frequency_expire (FarBooks  *books,
                      gint64     now_us,
                      GError   **error)
{
  gint64 day_us = far_day_start_us (now_us);

  if (books->frequency_day_us == day_us)
    return TRUE;
  if (!far_sql_run (books->db, error, "DELETE FROM frequency_days WHERE day_us < ?1",
                    far_sql_int (day_us)))
    return FALSE;
  if (far_db_get_changes (books->db) > 0 &&
      !far_db_exec (books->db, "DELETE FROM frequency", error))
    return FALSE;
  books->frequency_day_us = day_us;
  return TRUE;
}

static gboolean
load_day_key (FarBooks  *books,
              gint64     day_us,
              guint8     ret_key[FREQUENCY_KEY_LEN],
              GError   **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT key FROM frequency_days WHERE day_us = ?1",
                                far_sql_int (day_us));

  if (step == FAR_STEP_ROW)
    return far_statement_copy_blob (row, 0, ret_key, FREQUENCY_KEY_LEN);
  far_random_bytes (ret_key, FREQUENCY_KEY_LEN);
  return step == FAR_STEP_DONE &&
         far_sql_run (books->db, error,
                      "INSERT INTO frequency_days (day_us, key) VALUES (?1, ?2)",
                      far_sql_int (day_us), far_sql_blob (ret_key, FREQUENCY_KEY_LEN));
}

/* A counter of today: what it counts cannot be found again once the day's key is gone. */
static gboolean
counter_of (FarBooks      *books,
            const guint8  *subject,
            gsize          n_subject,
            gint64         now_us,
            guint8         ret_counter[FAR_SHA256_LEN],
            GError       **error)
{
  guint8 key[FREQUENCY_KEY_LEN];

  if (!far_frequency_expire (books, now_us, error) ||
      !load_day_key (books, far_day_start_us (now_us), key, error))
    return FALSE;
  far_hmac_sha256 (key, sizeof key, subject, n_subject, ret_counter);
  far_secret_wipe (key, sizeof key);
  return TRUE;
}

gboolean
far_network_count (FarBooks    *books,
                   const char  *network,
                   gint64       now_us,
                   gint64      *ret_n,
                   GError     **error)
{
  g_autofree char *subject = g_strconcat ("network ", network, NULL);
  g_autoptr (FarStatement) row = NULL;
  guint8 counter[FAR_SHA256_LEN];
  FarStep step;

  *ret_n = 0;
  if (!counter_of (books, (const guint8 *) subject, strlen (subject), now_us, counter, error))
    return FALSE;
  step = far_sql_first (books->db, &row, error, "SELECT n FROM frequency WHERE counter = ?1",
                        far_sql_blob (counter, sizeof counter));
  if (step == FAR_STEP_ROW)
    *ret_n = far_statement_get_int (row, 0);
  return step != FAR_STEP_ERROR;
}

gboolean
far_network_add (FarBooks    *books,
                 const char  *network,
                 gint64       now_us,
                 GError     **error)
{
  g_autofree char *subject = g_strconcat ("network ", network, NULL);
  guint8 counter[FAR_SHA256_LEN];

  return counter_of (books, (const guint8 *) subject, strlen (subject), now_us, counter, error) &&
         far_sql_run (books->db, error,
                      "INSERT INTO frequency (counter, n) VALUES (?1, 1)"
                      " ON CONFLICT (counter) DO UPDATE SET n = n + 1",
                      far_sql_blob (counter, sizeof counter));
}

gboolean
far_frequency_take (FarBooks         *books,
                    const FarReader  *reader,
                    gint64            campaign,
                    gint64            cap,
                    gint64            now_us,
                    gboolean         *ret_taken,
                    GError          **error)
{
  guint8 counter[FAR_SHA256_LEN];
  guint8 subject[FAR_SHA256_LEN + sizeof (guint64)];
  guint64 campaign_be = GUINT64_TO_BE ((guint64) campaign);

  memcpy (subject, reader->device, FAR_SHA256_LEN);
  memcpy (subject + FAR_SHA256_LEN, &campaign_be, sizeof campaign_be);
  if (!counter_of (books, subject, sizeof subject, now_us, counter, error) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO frequency (counter, n) VALUES (?1, 1)"
                    " ON CONFLICT (counter) DO UPDATE SET n = n + 1 WHERE n < ?2",
                    far_sql_blob (counter, sizeof counter), far_sql_int (cap)))
    return FALSE;
  *ret_taken = far_db_get_changes (books->db) > 0;
  return TRUE;
}
