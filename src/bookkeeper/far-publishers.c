/* SPDX-License-Identifier: GPL-3.0-or-later */
/* publisher.set, publisher.list, house.set, house.get: who the publishers are, where their money
 * goes, and what is theirs (see far-publishing.h). */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#define LINES_MAX 60 /* of publisher.list in one answer: with the longest names it fits a frame */
#define PUBLISHER_COLUMNS "b.publisher, b.name, b.legal_name, b.iban, b.bic, b.threshold_micros"

static void
read_publisher (FarStatement *row,
                FarPublisher *ret_publisher)
{
  const char *iban = far_statement_get_text (row, 3);
  const char *bic = far_statement_get_text (row, 4);

  memset (ret_publisher, 0, sizeof *ret_publisher);
  ret_publisher->publisher = far_statement_get_int (row, 0);
  g_strlcpy (ret_publisher->name, far_statement_get_text (row, 1), sizeof ret_publisher->name);
  g_strlcpy (ret_publisher->legal_name, far_statement_get_text (row, 2),
             sizeof ret_publisher->legal_name);
  g_strlcpy (ret_publisher->iban, iban ? iban : "", sizeof ret_publisher->iban);
  g_strlcpy (ret_publisher->bic, bic ? bic : "", sizeof ret_publisher->bic);
  ret_publisher->threshold_micros = far_statement_get_int (row, 5);
}

gboolean
far_publisher_find (FarBooks      *books,
                    const char    *name,
                    FarPublisher  *ret_publisher,
                    GError       **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " PUBLISHER_COLUMNS " FROM publishers b WHERE b.name = ?1",
                                far_sql_text (name));

  if (step == FAR_STEP_ROW)
    read_publisher (row, ret_publisher);
  if (step == FAR_STEP_DONE)
    return far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_PUBLISHER,
                       "there is no publisher \"%s\"; publisher.list names them", name);
  return step == FAR_STEP_ROW;
}

gboolean
far_publisher_of (FarBooks      *books,
                  gint64         property,
                  FarPublisher  *ret_publisher,
                  GError       **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT " PUBLISHER_COLUMNS " FROM property_publishers"
                                " JOIN publishers b USING (publisher) WHERE property = ?1",
                                far_sql_int (property));

  if (step == FAR_STEP_ROW)
    read_publisher (row, ret_publisher);
  return step == FAR_STEP_ROW;
}

gboolean
far_publisher_threshold (const FarPublisher  *publisher,
                         const char          *currency,
                         gint64              *ret_micros,
                         GError             **error)
{
  gint64 cent_micros;

  *ret_micros = publisher->threshold_micros;
  return publisher->threshold_micros != FAR_PAYOUT_THRESHOLD_MICROS ||
         (far_terms_cent_micros (currency, &cent_micros, error) &&
          far_micros_mul (cent_micros, FAR_PAYOUT_THRESHOLD_CENTS, ret_micros, error));
}

static gboolean
insert_publisher (FarBooks    *books,
                  const char  *name,
                  GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT publisher FROM publishers WHERE name = ?1",
                                far_sql_text (name));
  gint64 n;

  if (step != FAR_STEP_DONE)
    return step == FAR_STEP_ROW;
  if (!far_db_query_int (books->db, "SELECT count (*) FROM publishers", &n, error))
    return FALSE;
  if (n >= FAR_PUBLISHERS_MAX)
    return far_refuse (error, FAR_COMMAND_ERROR_EXPOSURE_LIMIT,
                       "the books hold %d publishers, which is all they take",
                       FAR_PUBLISHERS_MAX);
  return far_sql_run (books->db, error,
                      "INSERT INTO publishers (name, threshold_micros) VALUES (?1, ?2)",
                      far_sql_text (name), far_sql_int (FAR_PAYOUT_THRESHOLD_MICROS));
}

gboolean
far_publisher_ensure (FarBooks    *books,
                      gint64       property,
                      const char  *name,
                      const char  *legal_name,
                      gboolean    *ret_changed,
                      GError     **error)
{
  if (!insert_publisher (books, name, error) ||
      !far_sql_run (books->db, error,
                    "UPDATE publishers SET legal_name = ?2 WHERE name = ?1 AND legal_name = ''"
                    " AND ?2 <> ''", far_sql_text (name), far_sql_text (legal_name)) ||
      !far_sql_run (books->db, error,
                    "INSERT INTO property_publishers (property, publisher)"
                    " SELECT ?1, publisher FROM publishers WHERE name = ?2"
                    " ON CONFLICT (property) DO UPDATE SET publisher = excluded.publisher"
                    " WHERE publisher <> excluded.publisher",
                    far_sql_int (property), far_sql_text (name)))
    return FALSE;
  *ret_changed = far_db_get_changes (books->db) > 0;
  return TRUE;
}

/* ---- what is whose ---- */

/* The publisher's share of what was settled and may still be refunded. */
static gboolean
load_held (FarBooks  *books,
           gint64     property,
           gint64     now_us,
           gint64    *ret_micros,
           GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT p.settled_micros, p.fee_bps, count (*) FROM entitlements e"
                    " JOIN pledges p USING (pledge)"
                    " WHERE e.property = ?1 AND e.refundable_until_us > ?2 AND e.ended_us = 0"
                    " AND e.refundable_until_us > 0 AND p.settled_micros > 0"
                    " AND p.state IN (0, 1)"
                    " AND NOT EXISTS (SELECT 1 FROM dispute_items i JOIN disputes d USING (dispute)"
                    "   WHERE i.pledge = p.pledge AND d.state <> 1)"
                    " GROUP BY p.settled_micros, p.fee_bps", error);
  FarStep step;

  *ret_micros = 0;
  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, property);
  far_statement_bind_int (row, 2, now_us);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      FarSplit split;
      gint64 share_micros;

      if (!far_split_gross (far_statement_get_int (row, 0), (guint) far_statement_get_int (row, 1),
                            &split, error) ||
          !far_micros_mul (split.publisher_micros, far_statement_get_int (row, 2), &share_micros,
                           error) ||
          !far_micros_add (*ret_micros, share_micros, ret_micros, error))
        return FALSE;
    }
  return step == FAR_STEP_DONE;
}

gboolean
far_holding_load (FarBooks           *books,
                  const FarProperty  *property,
                  gint64              now_us,
                  FarHolding         *ret_holding,
                  GError            **error)
{
  g_autoptr (FarStatement) row = NULL;

  memset (ret_holding, 0, sizeof *ret_holding);
  if (!far_account_credit_micros (books, &property->payable, &ret_holding->balance_micros, error) ||
      !load_held (books, property->property, now_us, &ret_holding->held_micros, error) ||
      far_sql_first (books->db, &row, error,
                     "SELECT coalesce ((SELECT sum (i.amount_micros) FROM payout_items i"
                     "   JOIN payouts o USING (payout) WHERE i.property = ?1 AND o.state = 0), 0),"
                     " coalesce ((SELECT sum (i.amount_micros) FROM payout_items i"
                     "   JOIN payouts o USING (payout) WHERE i.property = ?1 AND o.state = 1), 0),"
                     " coalesce ((SELECT sum (i.publisher_micros) FROM disputes d"
                     "   JOIN dispute_items i USING (dispute) JOIN pledges p USING (pledge)"
                     "   WHERE d.state <> 1 AND p.property = ?1), 0)",
                     far_sql_int (property->property)) != FAR_STEP_ROW)
    return FALSE;
  ret_holding->in_payout_micros = far_statement_get_int (row, 0);
  ret_holding->paid_out_micros = far_statement_get_int (row, 1);
  ret_holding->disputed_micros = far_statement_get_int (row, 2);
  return TRUE;
}

gint64
far_holding_final_micros (const FarHolding *holding)
{
  return holding->balance_micros + holding->in_payout_micros + holding->paid_out_micros;
}

/* ---- publisher.set, house.set, house.get ---- */

/* What the request says of a bank account, into iban and bic, which hold what was. */
static gboolean
merge_account (JsonObject  *request,
               char         iban[FAR_IBAN_MAX + 1],
               char         bic[FAR_BIC_MAX + 1],
               GError     **error)
{
  const char *new_iban = far_request_text (request, "iban");
  const char *new_bic = far_request_text (request, "bic");
  g_autoptr (GError) wrong = NULL;

  if ((new_iban != NULL && !far_iban_parse (new_iban, iban, &wrong)) ||
      (new_bic != NULL && *new_bic != '\0' && !far_bic_check (new_bic, &wrong)))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_ACCOUNT, "%s", wrong->message);
  if (new_bic != NULL)
    g_strlcpy (bic, new_bic, FAR_BIC_MAX + 1);
  return TRUE;
}

static void
write_account (FarJsonWriter *answer,
               const char    *legal_name,
               const char    *iban,
               const char    *bic)
{
  g_autofree char *masked = *iban != '\0' ? far_iban_mask (iban) : NULL;

  far_json_add_string (answer, "legal_name", legal_name);
  if (masked != NULL)
    far_json_add_string (answer, "account", masked);
  else
    far_json_add_null (answer, "account");
  if (*bic != '\0')
    far_json_add_string (answer, "bic", bic);
  else
    far_json_add_null (answer, "bic");
}

static gboolean
run_publisher_set (FarCall  *call,
                   GError  **error)
{
  const char *name = far_request_text (call->request, "publisher");
  const char *legal_name = far_request_text (call->request, "legal_name");
  FarPublisher publisher;

  if (!insert_publisher (call->books, name, error) ||
      !far_publisher_find (call->books, name, &publisher, error) ||
      !merge_account (call->request, publisher.iban, publisher.bic, error))
    return FALSE;
  if (legal_name != NULL)
    g_strlcpy (publisher.legal_name, legal_name, sizeof publisher.legal_name);
  if (json_object_has_member (call->request, "threshold_micros"))
    publisher.threshold_micros = far_request_micros (call->request, "threshold_micros");

  far_json_add_string (call->answer, "publisher", name);
  write_account (call->answer, publisher.legal_name, publisher.iban, publisher.bic);
  far_json_add_micros (call->answer, "threshold_micros", publisher.threshold_micros);
  return far_sql_run (call->books->db, error,
                      "UPDATE publishers SET legal_name = ?2, iban = nullif (?3, ''),"
                      " bic = nullif (?4, ''), threshold_micros = ?5 WHERE publisher = ?1",
                      far_sql_int (publisher.publisher), far_sql_text (publisher.legal_name),
                      far_sql_text (publisher.iban), far_sql_text (publisher.bic),
                      far_sql_int (publisher.threshold_micros));
}

static gboolean
run_house_set (FarCall  *call,
               GError  **error)
{
  const char *legal_name = far_request_text (call->request, "legal_name");
  char iban[FAR_IBAN_MAX + 1] = "", bic[FAR_BIC_MAX + 1] = "";

  if (!merge_account (call->request, iban, bic, error))
    return FALSE;
  write_account (call->answer, legal_name, iban, bic);
  return far_sql_run (call->books->db, error,
                      "INSERT INTO house VALUES (1, ?1, ?2, nullif (?3, '')) ON CONFLICT (one)"
                      " DO UPDATE SET legal_name = ?1, iban = ?2, bic = nullif (?3, '')",
                      far_sql_text (legal_name), far_sql_text (iban), far_sql_text (bic));
}

static gboolean
run_house_get (FarCall  *call,
               GError  **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (call->books->db, &row, error,
                                "SELECT legal_name, iban, coalesce (bic, '') FROM house"
                                " WHERE one = ?1", far_sql_int (1));

  if (step == FAR_STEP_ROW)
    write_account (call->answer, far_statement_get_text (row, 0), far_statement_get_text (row, 1),
                   far_statement_get_text (row, 2));
  else
    write_account (call->answer, "", "", "");
  return step != FAR_STEP_ERROR;
}

/* ---- publisher.list ---- */

typedef struct {
  FarPublisher publisher;
  gint64       property;
  char        *property_name;
} Line;

static void
line_clear (gpointer data)
{
  g_free (((Line *) data)->property_name);
}

static gboolean
load_lines (FarBooks  *books,
            gint64     offset,
            GArray    *lines,
            GError   **error)
{
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT " PUBLISHER_COLUMNS ", coalesce (p.property, 0), coalesce (p.name, '')"
                    " FROM publishers b LEFT JOIN property_publishers USING (publisher)"
                    " LEFT JOIN properties p USING (property) ORDER BY b.name, p.name"
                    " LIMIT ?1 OFFSET ?2", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_int (row, 1, LINES_MAX + 1);
  far_statement_bind_int (row, 2, offset);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      Line line = {
        .property = far_statement_get_int (row, 6),
        .property_name = g_strdup (far_statement_get_text (row, 7)),
      };

      read_publisher (row, &line.publisher);
      g_array_append_val (lines, line);
    }
  return step == FAR_STEP_DONE;
}

static gboolean
write_property (FarCall     *call,
                const Line  *line,
                GError     **error)
{
  FarProperty property;
  FarHolding holding;
  gint64 threshold_micros;

  if (!far_property_load (call->books, line->property, &property, error) ||
      !far_holding_load (call->books, &property, call->now_us, &holding, error) ||
      !far_publisher_threshold (&line->publisher, property.terms.currency, &threshold_micros,
                                error))
    return FALSE;
  far_json_begin_object (call->answer, NULL);
  far_json_add_string (call->answer, "property", line->property_name);
  far_json_add_string (call->answer, "currency", property.terms.currency);
  far_json_add_micros (call->answer, "balance_micros", holding.balance_micros);
  far_json_add_micros (call->answer, "held_micros", holding.held_micros);
  far_json_add_micros (call->answer, "payable_micros",
                       holding.balance_micros - holding.held_micros);
  far_json_add_micros (call->answer, "in_payout_micros", holding.in_payout_micros);
  far_json_add_micros (call->answer, "paid_out_micros", holding.paid_out_micros);
  far_json_add_micros (call->answer, "disputed_micros", holding.disputed_micros);
  far_json_add_micros (call->answer, "threshold_micros", threshold_micros);
  far_json_end_object (call->answer);
  return TRUE;
}

static gboolean
run_publisher_list (FarCall  *call,
                    GError  **error)
{
  g_autoptr (GArray) lines = g_array_new (FALSE, FALSE, sizeof (Line));
  gint64 offset = far_request_int (call->request, "offset", 0);
  gboolean more;

  g_array_set_clear_func (lines, line_clear);
  if (!load_lines (call->books, offset, lines, error))
    return FALSE;
  more = lines->len > LINES_MAX;
  if (more)
    g_array_set_size (lines, LINES_MAX);
  far_json_begin_array (call->answer, "publishers");
  for (guint i = 0; i < lines->len;)
    {
      const FarPublisher *publisher = &g_array_index (lines, Line, i).publisher;
      const gint64 row = publisher->publisher;

      far_json_begin_object (call->answer, NULL);
      far_json_add_string (call->answer, "publisher", publisher->name);
      write_account (call->answer, publisher->legal_name, publisher->iban, publisher->bic);
      far_json_add_micros (call->answer, "threshold_micros", publisher->threshold_micros);
      far_json_begin_array (call->answer, "properties");
      for (; i < lines->len && g_array_index (lines, Line, i).publisher.publisher == row; i++)
        if (g_array_index (lines, Line, i).property != 0 &&
            !write_property (call, &g_array_index (lines, Line, i), error))
          return FALSE;
      far_json_end_array (call->answer);
      far_json_end_object (call->answer);
    }
  far_json_end_array (call->answer);
  if (more)
    far_json_add_int (call->answer, "next_offset", offset + LINES_MAX);
  else
    far_json_add_null (call->answer, "next_offset");
  return TRUE;
}

static const FarField list_fields[] = {
  { "offset", FAR_FIELD_INT, FAR_FIELD_OPTIONAL, 0, 1 << 24 },
  { NULL },
};

static const FarField set_fields[] = {
  { "publisher", FAR_FIELD_NAME },
  { "legal_name", FAR_FIELD_TEXT, FAR_FIELD_OPTIONAL, 1, FAR_PAYOUT_NAME_MAX },
  { "iban", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 5, 64 },
  { "bic", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 0, FAR_BIC_MAX },
  { "threshold_micros", FAR_FIELD_MICROS_OR_ZERO, FAR_FIELD_OPTIONAL },
  { NULL },
};

static const FarField house_fields[] = {
  { "legal_name", FAR_FIELD_TEXT, 0, 1, FAR_PAYOUT_NAME_MAX },
  { "iban", FAR_FIELD_WORD, 0, 5, 64 },
  { "bic", FAR_FIELD_WORD, FAR_FIELD_OPTIONAL, 0, FAR_BIC_MAX },
  { NULL },
};

static const FarField no_fields[] = { { NULL } };

const FarCommand far_commands_publishers[] = {
  { "publisher.set", set_fields, run_publisher_set },
  { "publisher.list", list_fields, run_publisher_list },
  { "house.set", house_fields, run_house_set },
  { "house.get", no_fields, run_house_get },
  { NULL },
};
