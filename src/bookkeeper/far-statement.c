/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statement: a month of a publisher's, of one property's, or (for the operator) of the whole books,
 * as an accountant reads it: what stood at the beginning, what moved and why, what stands at the
 * end, to the micro. Runs beside the writer.
 *
 * The figures are the journal's alone. What stands now comes from the accounts; the rows since the
 * month began are read once, each is put under its reason, and what came after the month is taken
 * off again. Opening and movements are added up and compared with the closing balance: a statement
 * that does not add up is not given. */
#include "bookkeeper/far-publishing.h"

#include <string.h>

#define MONTH_LEN 7 /* "2026-11" */

typedef enum {
  SIDE_NONE,
  SIDE_ESTIMATED,
  SIDE_FINAL,
  SIDE_FEE_ESTIMATED,
  SIDE_FEE_FINAL,
  N_SIDES
} Side;

static const char *const side_names[N_SIDES] = {
  NULL, "estimated", "final", "fee_estimated", "fee_final",
};

/* Why money came to a side or left it. One word for the publisher's and the fee's rows. */
typedef enum {
  LINE_PLEDGES, LINE_REFUNDS, LINE_WRITE_OFFS, LINE_SETTLED, LINE_WALLET, LINE_ADS, LINE_DISPUTES,
  LINE_DISPUTES_WON, LINE_PAYOUTS, LINE_PAYOUTS_FAILED, LINE_OTHER,
  N_LINES
} Line;

static const char *const line_names[N_LINES] = {
  "pledges", "refunds", "write_offs", "settled", "wallet", "ads", "disputes", "disputes_won",
  "payouts", "payouts_failed", "other",
};

typedef struct {
  gint64 now_micros;    /* credits less debits; becomes the closing balance */
  gint64 month_micros;
  gint64 lines_micros[N_LINES];
  guint  lines_n[N_LINES];
} SideSums;

/* A kind of account of the whole books. */
typedef struct {
  gint64 now_micros;
  gint64 debits_micros; /* in the month */
  gint64 credits_micros;
  guint  n_accounts;
} KindSums;

typedef struct {
  gint64      from_us;
  gint64      to_us;
  char        currency[FAR_CURRENCY_LEN + 1];
  GHashTable *wanted; /* FarId of an account → Side */
  GArray     *kinds;  /* of guint8: kind of account no − 1; 0: another currency's */
  GArray     *sides;  /* of guint8 */
  SideSums    sums[N_SIDES];
  KindSums    books[FAR_ACCOUNT_KIND_MAX + 1];
  gboolean    overflow;
  FarProgress *progress;
} Statement;

static void
statement_clear (Statement *statement)
{
  g_clear_pointer (&statement->wanted, g_hash_table_unref);
  g_clear_pointer (&statement->kinds, g_array_unref);
  g_clear_pointer (&statement->sides, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Statement, statement_clear)

static guint
id_hash (gconstpointer id)
{
  guint hash;

  /* The last bytes of an id are random. */
  memcpy (&hash, ((const FarId *) id)->bytes + FAR_ID_LEN - sizeof hash, sizeof hash);
  return hash;
}

static gboolean
id_equal (gconstpointer a,
          gconstpointer b)
{
  return far_id_compare (a, b) == 0;
}

/* ---- what is asked ---- */

/* "2026-11" → the month's first µs and that of the next one. */
static gboolean
parse_month (const char  *text,
             gint64      *ret_from_us,
             gint64      *ret_to_us,
             GError     **error)
{
  guint64 year, month;
  g_autofree char *from = g_strdup_printf ("%s-01T00:00:00Z", text);
  g_autofree char *year_text = g_strndup (text, 4);
  g_autofree char *to = NULL;

  if (strlen (text) != MONTH_LEN || text[4] != '-' ||
      !far_time_parse_rfc3339 (from, ret_from_us) ||
      !g_ascii_string_to_unsigned (year_text, 10, 1970, 9998, &year, NULL) ||
      !g_ascii_string_to_unsigned (text + 5, 10, 1, 12, &month, NULL))
    return far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST,
                       "\"month\" must be a year and a month, as 2026-11");
  to = g_strdup_printf ("%04u-%02u-01T00:00:00Z", (guint) (year + (month == 12)),
                        (guint) (month == 12 ? 1 : month + 1));
  return far_time_parse_rfc3339 (to, ret_to_us);
}

static void
want (Statement   *statement,
      const FarId *account,
      Side         side)
{
  g_hash_table_insert (statement->wanted, g_memdup2 (account, sizeof *account),
                       GINT_TO_POINTER (side));
}

/* A currency that no property has, but in which the house was paid or paid: the provider's fees may
 * be in one of its own. */
static gboolean
want_house (FarBooks    *books,
            const char  *currency,
            Statement   *statement,
            GError     **error)
{
  g_autoptr (FarStatement) row = NULL;
  FarStep step = far_sql_first (books->db, &row, error,
                                "SELECT 1 FROM house_accounts WHERE currency = ?1",
                                far_sql_text (currency));

  if (step == FAR_STEP_ROW)
    g_strlcpy (statement->currency, currency, sizeof statement->currency);
  return step != FAR_STEP_ERROR;
}

/* Why there is nothing to state. */
static gboolean
refuse_nothing (FarBooks    *books,
                JsonObject  *request,
                GError     **error)
{
  const char *publisher = far_request_text (request, "publisher");
  const char *property = far_request_text (request, "property");
  const char *currency = far_request_text (request, "currency");
  const char *who = property != NULL ? property : publisher;
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT group_concat (DISTINCT p.currency) FROM properties p"
                    " JOIN property_publishers USING (property) JOIN publishers b USING (publisher)"
                    " WHERE (?1 IS NULL OR b.name = ?1) AND (?2 IS NULL OR p.name = ?2)", error);
  const char *used;

  if (row == NULL)
    return FALSE;
  far_statement_bind_text (row, 1, publisher);
  far_statement_bind_text (row, 2, property);
  if (far_db_step (books->db, row, error) != FAR_STEP_ROW)
    return FALSE;
  used = far_statement_get_text (row, 0);
  if (used == NULL && who != NULL)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                       "\"%s\" has no property yet, and so no books", who);
  if (used == NULL)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                       "these books know no property yet: a publication is registered when it is "
                       "first asked for something");
  if (who != NULL)
    return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                       "\"%s\" has no books in %s; it has %s", who, currency, used);
  return far_refuse (error, FAR_COMMAND_ERROR_NOT_FOUND,
                     "%s is not used here; these books are kept in %s", currency, used);
}

static gboolean
want_properties (FarBooks    *books,
                 JsonObject  *request,
                 Statement   *statement,
                 GError     **error)
{
  const char *publisher = far_request_text (request, "publisher");
  const char *property = far_request_text (request, "property");
  const char *currency = far_request_text (request, "currency");
  g_autoptr (FarStatement) row =
    far_db_prepare (books->db,
                    "SELECT p.currency, estimated, payable, fee_estimated, fee_earned"
                    " FROM properties p JOIN property_publishers USING (property)"
                    " JOIN publishers b USING (publisher) WHERE (?1 IS NULL OR b.name = ?1)"
                    " AND (?2 IS NULL OR p.name = ?2) AND (?3 IS NULL OR p.currency = ?3)"
                    " ORDER BY p.property", error);
  FarStep step;

  if (row == NULL)
    return FALSE;
  far_statement_bind_text (row, 1, publisher);
  far_statement_bind_text (row, 2, property);
  far_statement_bind_text (row, 3, currency);
  while ((step = far_db_step (books->db, row, error)) == FAR_STEP_ROW)
    {
      FarId ids[4];

      if (*statement->currency != '\0' &&
          strcmp (statement->currency, far_statement_get_text (row, 0)) != 0)
        return far_refuse (error, FAR_COMMAND_ERROR_WRONG_CURRENCY,
                           "there are several currencies here and none is converted: say which "
                           "one with \"currency\"");
      g_strlcpy (statement->currency, far_statement_get_text (row, 0),
                 sizeof statement->currency);
      for (int i = 0; i < 4; i++)
        {
          if (!far_statement_copy_blob (row, 1 + i, &ids[i], FAR_ID_LEN))
            g_assert_not_reached ();
          want (statement, &ids[i], (Side) (SIDE_ESTIMATED + i));
        }
    }
  if (step == FAR_STEP_DONE && *statement->currency == '\0' && publisher == NULL &&
      property == NULL && currency != NULL && !want_house (books, currency, statement, error))
    return FALSE;
  if (step == FAR_STEP_DONE && *statement->currency == '\0')
    return refuse_nothing (books, request, error);
  return step == FAR_STEP_DONE;
}

/* ---- reading ---- */

static gint64
net_micros (const FarBalance *balance)
{
  return balance->credits_posted_micros - balance->debits_posted_micros;
}

/* Sums over many accounts may be more than can be counted, though none of them is: then no
 * statement is given. */
static void
add (Statement *statement,
     gint64    *sum_micros,
     gint64     more_micros)
{
  statement->overflow |= __builtin_add_overflow (*sum_micros, more_micros, sum_micros);
}

static void
take_account (guint64           no,
              const FarAccount *account,
              const FarBalance *balance,
              gpointer          data)
{
  Statement *statement = data;
  guint8 kind = strcmp (account->currency, statement->currency) == 0 ? (guint8) account->kind : 0;
  guint8 side = (guint8) GPOINTER_TO_INT (g_hash_table_lookup (statement->wanted, &account->id));

  g_array_append_val (statement->kinds, kind);
  g_array_append_val (statement->sides, side);
  if (kind != 0)
    {
      KindSums *sums = &statement->books[kind];

      add (statement, &sums->now_micros, net_micros (balance));
      sums->n_accounts++;
    }
  if (side != SIDE_NONE)
    add (statement, &statement->sums[side].now_micros, net_micros (balance));
}

static Line
line_of (guint16 code)
{
  switch (code)
    {
    case FAR_CODE_PLEDGE:
    case FAR_CODE_PLEDGE_FEE:
      return LINE_PLEDGES;
    case FAR_CODE_WALLET_PLEDGE:
    case FAR_CODE_WALLET_PLEDGE_FEE:
      return LINE_WALLET;
    case FAR_CODE_REFUND:
    case FAR_CODE_REFUND_FEE:
    case FAR_CODE_REFUND_FINAL:
    case FAR_CODE_REFUND_FINAL_FEE:
      return LINE_REFUNDS;
    case FAR_CODE_SETTLE:
    case FAR_CODE_SETTLE_FEE:
      return LINE_SETTLED;
    case FAR_CODE_WRITE_OFF:
    case FAR_CODE_WRITE_OFF_FEE:
      return LINE_WRITE_OFFS;
    case FAR_CODE_AD:
    case FAR_CODE_AD_FEE:
      return LINE_ADS;
    case FAR_CODE_PAYOUT:
      return LINE_PAYOUTS;
    case FAR_CODE_PAYOUT_FAILED:
      return LINE_PAYOUTS_FAILED;
    case FAR_CODE_DISPUTE:
    case FAR_CODE_DISPUTE_FEE:
      return LINE_DISPUTES;
    case FAR_CODE_DISPUTE_WON:
    case FAR_CODE_DISPUTE_WON_FEE:
      return LINE_DISPUTES_WON;
    default:
      return LINE_OTHER;
    }
}

/* One side of a transfer. amount_micros: negative for a debit. */
static void
take_side (Statement             *statement,
           const FarLedgerPosted *posted,
           guint64                no,
           gint64                 amount_micros,
           gboolean               in_month)
{
  guint8 kind, side;

  if (no == 0 || no > statement->kinds->len)
    return; /* opened after the accounts were read: the snapshot has none such */
  kind = g_array_index (statement->kinds, guint8, no - 1);
  side = g_array_index (statement->sides, guint8, no - 1);
  if (kind != 0 && !in_month)
    add (statement, &statement->books[kind].now_micros, -amount_micros);
  else if (kind != 0 && amount_micros < 0)
    add (statement, &statement->books[kind].debits_micros, -amount_micros);
  else if (kind != 0)
    add (statement, &statement->books[kind].credits_micros, amount_micros);
  if (side == SIDE_NONE)
    return;
  if (in_month)
    {
      Line line = line_of (posted->code);

      add (statement, &statement->sums[side].lines_micros[line], amount_micros);
      statement->sums[side].lines_n[line]++;
      add (statement, &statement->sums[side].month_micros, amount_micros);
    }
  else
    add (statement, &statement->sums[side].now_micros, -amount_micros);
}

static gboolean
take_posted (const FarLedgerPosted  *posted,
             gpointer                data,
             GError                **error)
{
  Statement *statement = data;
  gboolean in_month = posted->time_us < statement->to_us;

  take_side (statement, posted, posted->debit_no, -posted->amount_micros, in_month);
  take_side (statement, posted, posted->credit_no, posted->amount_micros, in_month);
  if (statement->progress != NULL && posted->seq % FAR_LEDGER_PROGRESS_ROWS == 0)
    __atomic_store_n (&statement->progress->rows, posted->seq, __ATOMIC_RELAXED);
  return TRUE;
}

/* ---- writing ---- */

static void
write_side (FarJsonWriter  *answer,
            Side            side,
            const SideSums *sums)
{
  far_json_begin_object (answer, side_names[side]);
  far_json_add_micros (answer, "opening_micros", sums->now_micros - sums->month_micros);
  far_json_begin_array (answer, "lines");
  for (guint i = 0; i < N_LINES; i++)
    if (sums->lines_n[i] > 0)
      {
        far_json_begin_object (answer, NULL);
        far_json_add_string (answer, "kind", line_names[i]);
        far_json_add_micros (answer, "micros", sums->lines_micros[i]);
        far_json_add_int (answer, "n", sums->lines_n[i]);
        far_json_end_object (answer);
      }
  far_json_end_array (answer);
  far_json_add_micros (answer, "closing_micros", sums->now_micros);
  far_json_end_object (answer);
}

static gint64
line_sum (const Statement *statement,
          Side             first,
          Line             line)
{
  return statement->sums[first].lines_micros[line] + statement->sums[first + 1].lines_micros[line];
}

/* From gross to payout: what readers and advertisers paid in the month, the fee, what is left. */
static void
write_summary (FarJsonWriter   *answer,
               const Statement *statement)
{
  static const Line earned[] = { LINE_PLEDGES, LINE_WALLET, LINE_ADS };
  static const Line lost[] = { LINE_REFUNDS, LINE_WRITE_OFFS, LINE_DISPUTES, LINE_DISPUTES_WON };
  gint64 gross_micros = 0, fee_micros = 0, lost_micros = 0, lost_fee_micros = 0;

  for (guint i = 0; i < G_N_ELEMENTS (earned); i++)
    {
      fee_micros += line_sum (statement, SIDE_FEE_ESTIMATED, earned[i]);
      gross_micros += line_sum (statement, SIDE_ESTIMATED, earned[i]) +
                      line_sum (statement, SIDE_FEE_ESTIMATED, earned[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (lost); i++)
    {
      lost_micros -= line_sum (statement, SIDE_ESTIMATED, lost[i]);
      lost_fee_micros -= line_sum (statement, SIDE_FEE_ESTIMATED, lost[i]);
    }
  far_json_begin_object (answer, "summary");
  far_json_add_micros (answer, "gross_micros", gross_micros);
  far_json_add_micros (answer, "taken_back_micros", lost_micros + lost_fee_micros);
  far_json_add_micros (answer, "fee_micros", fee_micros - lost_fee_micros);
  far_json_add_micros (answer, "net_micros",
                       gross_micros - lost_micros - fee_micros);
  far_json_add_micros (answer, "paid_out_micros",
                       -line_sum (statement, SIDE_ESTIMATED, LINE_PAYOUTS) -
                       line_sum (statement, SIDE_ESTIMATED, LINE_PAYOUTS_FAILED));
  far_json_end_object (answer);
}

static void
write_books (FarJsonWriter   *answer,
             const Statement *statement)
{
  far_json_begin_array (answer, "books");
  for (guint i = 1; i <= FAR_ACCOUNT_KIND_MAX; i++)
    {
      const KindSums *sums = &statement->books[i];

      if (sums->n_accounts == 0)
        continue;
      far_json_begin_object (answer, NULL);
      far_json_add_string (answer, "account", far_account_kind_to_string ((FarAccountKind) i));
      far_json_add_int (answer, "accounts", sums->n_accounts);
      far_json_add_micros (answer, "opening_micros",
                           sums->now_micros - sums->credits_micros + sums->debits_micros);
      far_json_add_micros (answer, "debits_micros", sums->debits_micros);
      far_json_add_micros (answer, "credits_micros", sums->credits_micros);
      far_json_add_micros (answer, "closing_micros", sums->now_micros);
      far_json_end_object (answer);
    }
  far_json_end_array (answer);
}

/* Debits equal credits: at the beginning, in the month, at the end. And an opening balance that is
 * asked of the accounts is the one that the movements lead back to. */
static gboolean
check_balance (FarBooks   *books,
               Statement  *statement,
               GError    **error)
{
  gint64 closing_micros = 0, debits_micros = 0, credits_micros = 0;
  gint64 opening_micros[N_SIDES] = { 0 };
  gboolean right = !statement->overflow;
  GHashTableIter iter;
  gpointer account, side;

  for (guint i = 1; i <= FAR_ACCOUNT_KIND_MAX; i++)
    {
      add (statement, &closing_micros, statement->books[i].now_micros);
      add (statement, &debits_micros, statement->books[i].debits_micros);
      add (statement, &credits_micros, statement->books[i].credits_micros);
    }
  g_hash_table_iter_init (&iter, statement->wanted);
  while (g_hash_table_iter_next (&iter, &account, &side))
    {
      FarBalance balance;

      if (!far_ledger_balance_at (books->ledger, account, statement->from_us - 1, &balance, error))
        return FALSE;
      add (statement, &opening_micros[GPOINTER_TO_INT (side)], net_micros (&balance));
    }
  right &= !statement->overflow;
  for (guint i = SIDE_ESTIMATED; right && i < N_SIDES; i++)
    right = opening_micros[i] == statement->sums[i].now_micros - statement->sums[i].month_micros;
  if (right && closing_micros == 0 && debits_micros == credits_micros)
    return TRUE;
  return far_refuse (error, FAR_COMMAND_ERROR_INTERNAL,
                     "the books of this month do not add up; run `farthingctl ledger verify`");
}

static gboolean
statement_beside (FarCall  *call,
                  GError  **error)
{
  g_autoptr (FarBooks) books = far_call_open_books (call, error);
  g_auto (Statement) statement = { .progress = call->progress };
  const char *month = far_request_text (call->request, "month");
  gboolean whole = far_request_text (call->request, "publisher") == NULL &&
                   far_request_text (call->request, "property") == NULL;

  if (books == NULL)
    return FALSE;
  statement.wanted = g_hash_table_new_full (id_hash, id_equal, g_free, NULL);
  statement.kinds = g_array_new (FALSE, FALSE, sizeof (guint8));
  statement.sides = g_array_new (FALSE, FALSE, sizeof (guint8));
  if (!parse_month (month, &statement.from_us, &statement.to_us, error) ||
      !want_properties (books, call->request, &statement, error) ||
      !far_ledger_each_account (books->ledger, take_account, &statement, error) ||
      !far_ledger_each_posted (books->ledger, statement.from_us, take_posted, &statement, error) ||
      !check_balance (books, &statement, error))
    return FALSE;

  far_json_add_string (call->answer, "month", month);
  far_json_add_string (call->answer, "publisher", far_request_text (call->request, "publisher"));
  far_json_add_string (call->answer, "property", far_request_text (call->request, "property"));
  far_json_add_string (call->answer, "currency", statement.currency);
  far_json_add_string (call->answer, "money", books->live ? "live" : "test");
  far_json_add_int (call->answer, "from_us", statement.from_us);
  far_json_add_int (call->answer, "to_us", statement.to_us);
  far_json_add_bool (call->answer, "complete", call->now_us >= statement.to_us);
  for (guint i = SIDE_ESTIMATED; i < N_SIDES; i++)
    write_side (call->answer, (Side) i, &statement.sums[i]);
  write_summary (call->answer, &statement);
  if (whole)
    write_books (call->answer, &statement);
  return TRUE;
}

/* Who may see it, and whether it can be had, before the long run. */
static gboolean
run_statement (FarCall  *call,
               GError  **error)
{
  const char *property_name = far_request_text (call->request, "property");
  const char *publisher_name = far_request_text (call->request, "publisher");
  gint64 from_us, to_us;
  FarProperty property;
  FarPublisher publisher = { 0 };

  if (property_name != NULL &&
      (!far_property_find (call->books, property_name, &property, error) ||
       !far_publisher_of (call->books, property.property, &publisher, error)))
    return FALSE;
  if (property_name == NULL && publisher_name != NULL &&
      !far_publisher_find (call->books, publisher_name, &publisher, error))
    return FALSE;
  return far_call_authorize (call, property_name, *publisher.name ? publisher.name : NULL, error) &&
         parse_month (far_request_text (call->request, "month"), &from_us, &to_us, error);
}

static const FarField statement_fields[] = {
  { "token", FAR_FIELD_HASH, FAR_FIELD_OPTIONAL },
  { "month", FAR_FIELD_WORD, 0, MONTH_LEN, MONTH_LEN },
  { "publisher", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "property", FAR_FIELD_NAME, FAR_FIELD_OPTIONAL },
  { "currency", FAR_FIELD_CURRENCY, FAR_FIELD_OPTIONAL },
  { NULL },
};

const FarCommand far_commands_statement[] = {
  { "statement", statement_fields, run_statement, .beside = statement_beside },
  { NULL },
};
