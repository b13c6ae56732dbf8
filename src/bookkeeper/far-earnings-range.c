/* SPDX-License-Identifier: GPL-3.0-or-later */
/* earnings.articles: what each article earned in a stretch of time, from the rows of the journal
 * alone: each row that moved a share names the pledge or the view it was for, and that names the
 * article. What was taken back counts when it was taken back, whenever the money had come. Runs
 * beside the writer. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#define ARTICLES_MAX 100 /* a page; with all else an answer stays within a frame */
#define OFFSET_MAX 1000000

typedef struct {
  char  *property;
  char  *article;
  gint64 pay_micros;
  gint64 ad_micros;
  gint64 refund_micros;
  gint64 write_off_micros;
  gint64 disputed_micros; /* less what was won */
  gint64 fee_micros;
  gint64 n_pledges;
  gint64 n_views;
  gint64 n_refunds;
} Sums;

typedef struct {
  FarBooks    *books;
  gint64       to_us;
  gint64       property; /* 0 = all of the currency */
  char         currency[FAR_CURRENCY_LEN + 1];
  GHashTable  *by_article; /* "PROPERTY\nARTICLE" → Sums */
  Sums         total;
  FarId        refunded; /* of the last refund: one may have two rows, of open and of final money */
  FarProgress *progress;
} Range;

static void
sums_free (gpointer data)
{
  Sums *sums = data;

  g_free (sums->property);
  g_free (sums->article);
  g_free (sums);
}

static gint64
net_micros (const Sums *sums)
{
  return sums->pay_micros + sums->ad_micros - sums->refund_micros - sums->write_off_micros -
         sums->disputed_micros;
}

/* ---- reading ---- */

/* Whether rows of this reason are a share's: "settled" and payouts only move what was earned. */
static gboolean
is_earning (guint16 code)
{
  switch (code)
    {
    case FAR_CODE_PLEDGE:
    case FAR_CODE_PLEDGE_FEE:
    case FAR_CODE_WALLET_PLEDGE:
    case FAR_CODE_WALLET_PLEDGE_FEE:
    case FAR_CODE_REFUND:
    case FAR_CODE_REFUND_FEE:
    case FAR_CODE_REFUND_FINAL:
    case FAR_CODE_REFUND_FINAL_FEE:
    case FAR_CODE_WRITE_OFF:
    case FAR_CODE_WRITE_OFF_FEE:
    case FAR_CODE_AD:
    case FAR_CODE_AD_FEE:
    case FAR_CODE_DISPUTE:
    case FAR_CODE_DISPUTE_FEE:
    case FAR_CODE_DISPUTE_WON:
    case FAR_CODE_DISPUTE_WON_FEE:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
add_row (Sums *sums, guint16 code, gint64 micros)
{
  switch (code)
    {
    case FAR_CODE_PLEDGE:
    case FAR_CODE_WALLET_PLEDGE:
      sums->pay_micros += micros;
      sums->n_pledges++;
      break;
    case FAR_CODE_AD:
      sums->ad_micros += micros;
      sums->n_views++;
      break;
    case FAR_CODE_REFUND:
    case FAR_CODE_REFUND_FINAL:
      sums->refund_micros += micros;
      break;
    case FAR_CODE_WRITE_OFF:
      sums->write_off_micros += micros;
      break;
    case FAR_CODE_DISPUTE:
      sums->disputed_micros += micros;
      break;
    case FAR_CODE_DISPUTE_WON:
      sums->disputed_micros -= micros;
      break;
    case FAR_CODE_PLEDGE_FEE:
    case FAR_CODE_WALLET_PLEDGE_FEE:
    case FAR_CODE_AD_FEE:
    case FAR_CODE_DISPUTE_WON_FEE:
      sums->fee_micros += micros;
      break;
    default: /* the other fees, taken back */
      sums->fee_micros -= micros;
      break;
    }
}

static Sums *
need_sums (Range *range, const char *property, const char *article)
{
  g_autofree char *key = g_strdup_printf ("%s\n%s", property, article);
  Sums *sums = g_hash_table_lookup (range->by_article, key);

  if (sums != NULL)
    return sums;
  sums = g_new0 (Sums, 1);
  sums->property = g_strdup (property);
  sums->article = g_strdup (article);
  g_hash_table_insert (range->by_article, g_steal_pointer (&key), sums);
  return sums;
}

static gboolean
take_posted (const FarLedgerPosted *posted, gpointer data, GError **error)
{
  Range *range = data;
  g_autoptr (FarStatement) row = NULL;
  FarStep step;
  Sums *sums;

  if (range->progress != NULL && posted->seq % FAR_LEDGER_PROGRESS_ROWS == 0)
    __atomic_store_n (&range->progress->rows, posted->seq, __ATOMIC_RELAXED);
  if (posted->time_us >= range->to_us || !is_earning (posted->code))
    return TRUE;
  if (posted->code == FAR_CODE_AD || posted->code == FAR_CODE_AD_FEE)
    step = far_sql_first (range->books->db, &row, error,
                          "SELECT v.article, p.name, p.currency, v.property FROM views v"
                          " JOIN properties p USING (property) WHERE v.nonce = ?1",
                          far_sql_id (&posted->reference));
  else
    step = far_sql_first (range->books->db, &row, error,
                          "SELECT g.article, p.name, p.currency, g.property FROM pledges g"
                          " JOIN properties p USING (property) WHERE g.id = ?1",
                          far_sql_id (&posted->reference));
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL,
                       "the journal pays for something that no row knows; run `farthingctl ledger "
                       "verify`");
  if (step != FAR_STEP_ROW)
    return FALSE;
  if (strcmp (far_statement_get_text (row, 2), range->currency) != 0 ||
      (range->property != 0 && far_statement_get_int (row, 3) != range->property))
    return TRUE;
  sums = need_sums (range, far_statement_get_text (row, 1), far_statement_get_text (row, 0));
  add_row (sums, posted->code, posted->amount_micros);
  add_row (&range->total, posted->code, posted->amount_micros);
  if ((posted->code == FAR_CODE_REFUND || posted->code == FAR_CODE_REFUND_FINAL) &&
      far_id_compare (&range->refunded, &posted->reference) != 0)
    {
      range->refunded = posted->reference;
      sums->n_refunds++;
      range->total.n_refunds++;
    }
  return TRUE;
}

/* ---- writing ---- */

static void
write_sums (FarJsonWriter *answer, const Sums *sums)
{
  far_json_add_micros (answer, "net_micros", net_micros (sums));
  far_json_add_micros (answer, "pay_micros", sums->pay_micros);
  far_json_add_micros (answer, "ad_micros", sums->ad_micros);
  far_json_add_micros (answer, "refund_micros", sums->refund_micros);
  far_json_add_micros (answer, "write_off_micros", sums->write_off_micros);
  far_json_add_micros (answer, "disputed_micros", sums->disputed_micros);
  far_json_add_micros (answer, "fee_micros", sums->fee_micros);
  far_json_add_int (answer, "pledges", sums->n_pledges);
  far_json_add_int (answer, "views", sums->n_views);
  far_json_add_int (answer, "refunds", sums->n_refunds);
}

static int
compare_sums (gconstpointer a, gconstpointer b)
{
  const Sums *x = *(const Sums *const *) a, *y = *(const Sums *const *) b;
  gint64 more = net_micros (y), less = net_micros (x);
  int order = (more > less) - (more < less);

  order = order != 0 ? order : strcmp (x->property, y->property);
  return order != 0 ? order : strcmp (x->article, y->article);
}

static void
write_articles (FarJsonWriter *answer, const Range *range, gint64 offset)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  guint i = (guint) offset, end;

  g_hash_table_iter_init (&iter, range->by_article);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (all, value);
  g_ptr_array_sort (all, compare_sums);
  end = MIN (i + ARTICLES_MAX, all->len);
  far_json_begin_array (answer, "articles");
  for (; i < end; i++)
    {
      const Sums *sums = g_ptr_array_index (all, i);

      far_json_begin_object (answer, NULL);
      far_json_add_string (answer, "property", sums->property);
      far_json_add_string (answer, "article", sums->article);
      write_sums (answer, sums);
      far_json_end_object (answer);
    }
  far_json_end_array (answer);
  far_json_add_int (answer, "n_articles", all->len);
  if (end < all->len)
    far_json_add_int (answer, "next_offset", end);
  else
    far_json_add_null (answer, "next_offset");
}

/* ---- the command ---- */

/* The only currency there is, or the one that is asked for. */
static gboolean
choose_currency (FarBooks *books, JsonObject *request, Range *range, GError **error)
{
  const char *asked = far_request_text (request, "currency");
  const char *name = far_request_text (request, "property");
  g_autoptr (FarStatement) row = NULL;
  FarProperty property;

  if (name != NULL)
    {
      if (!far_property_find (books, name, &property, error))
        return FALSE;
      range->property = property.property;
      g_strlcpy (range->currency, property.terms.currency, sizeof range->currency);
      return TRUE;
    }
  if (far_sql_first (books->db, &row, error,
                     "SELECT count (DISTINCT currency), coalesce (max (currency), 'USD')"
                     " FROM properties WHERE ?1 IS NULL OR currency = ?1",
                     far_sql_text (asked)) != FAR_STEP_ROW)
    return FALSE;
  if (far_statement_get_int (row, 0) > 1)
    return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                       "there are several currencies here and none is converted: say which one "
                       "with \"currency\"");
  g_strlcpy (range->currency, asked != NULL ? asked : far_statement_get_text (row, 1),
             sizeof range->currency);
  return TRUE;
}

static gboolean
earnings_articles_beside (FarCall *call, GError **error)
{
  g_autoptr (FarBooks) books = far_call_open_books (call, error);
  g_autoptr (GHashTable) by_article = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                             sums_free);
  gint64 from_us = far_request_int (call->request, "from_us", 0);
  Range range = { .books = books, .by_article = by_article, .progress = call->progress };

  range.to_us = far_request_int (call->request, "to_us", G_MAXINT64);
  if (books == NULL || !choose_currency (books, call->request, &range, error) ||
      !far_ledger_each_posted (books->ledger, from_us, take_posted, &range, error))
    return FALSE;
  far_json_add_string (call->answer, "currency", range.currency);
  far_json_add_string (call->answer, "money", books->live ? "live" : "test");
  far_json_add_int (call->answer, "from_us", from_us);
  far_json_add_int (call->answer, "to_us", MIN (range.to_us, call->now_us));
  far_json_begin_object (call->answer, "total");
  write_sums (call->answer, &range.total);
  far_json_end_object (call->answer);
  write_articles (call->answer, &range, far_request_int (call->request, "offset", 0));
  return TRUE;
}

/* Who may see it, before the long run. */
static gboolean
run_earnings_articles (FarCall *call, GError **error)
{
  const char *name = far_request_text (call->request, "property");
  FarPublisher publisher = { 0 };
  FarProperty property;

  if (name != NULL && (!far_property_find (call->books, name, &property, error) ||
                       !far_publisher_of (call->books, property.property, &publisher, error)))
    return FALSE;
  return far_call_authorize (call, name, *publisher.name ? publisher.name : NULL, error);
}

static const FarField earnings_articles_fields[] = {
  { "token", FAR_FIELD_HASH, FAR_FIELD_OPTIONAL },
  { "property", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "currency", FAR_FIELD_CURRENCY, FAR_FIELD_OPTIONAL },
  { "from_us", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, G_MAXINT64 },
  { "to_us", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 1, G_MAXINT64 },
  { "offset", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, OFFSET_MAX },
  { NULL },
};

const FarCommand far_commands_earnings_range[] = {
  { "earnings.articles", earnings_articles_fields, run_earnings_articles,
    .beside = earnings_articles_beside },
  { NULL },
};
