/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Payouts, traces and statements from JSON. A member that the API promises must be there; others
 * are not looked at. Pure. */
#include "client/far-publisher.h"

#include <string.h>

#include "base/far-json.h"
#include "base/far-money.h"

#define WORD_MAX 256
#define TEXT_MAX 4096
#define LINES_MAX 256

void
far_payout_free (FarPayout *payout)
{
  if (payout == NULL)
    return;
  g_free (payout->payout);
  g_free (payout->batch);
  g_free (payout->currency);
  g_free (payout->account);
  g_free (payout->state);
  g_free (payout->note);
  g_free (payout);
}

static void
step_free (FarTraceStep *step)
{
  g_free (step->kind);
  g_free (step->to);
  g_free (step->transfer);
  g_free (step->payout);
  g_free (step->state);
  g_free (step);
}

void
far_trace_free (FarTrace *trace)
{
  if (trace == NULL)
    return;
  g_free (trace->pledge);
  g_free (trace->article);
  g_free (trace->currency);
  g_free (trace->fee_receiver);
  g_free (trace->state);
  g_clear_pointer (&trace->steps, g_ptr_array_unref);
  g_free (trace);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTrace, far_trace_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarPayout, far_payout_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTraceStep, step_free)

/* ---- members ---- */

static gboolean
take_text (JsonObject *object, const char *name, char **ret, GError **error)
{
  const char *text;

  if (!far_json_get_string (object, name, TEXT_MAX, &text, error))
    return FALSE;
  *ret = g_strdup (text);
  return TRUE;
}

/* Absent or null: "". */
static gboolean
take_word (JsonObject *object, const char *name, char **ret, GError **error)
{
  if (far_json_has (object, name))
    return take_text (object, name, ret, error);
  *ret = g_strdup ("");
  return TRUE;
}

static gboolean
take_time (JsonObject *object, const char *name, gint64 *ret_us, GError **error)
{
  return far_json_get_int (object, name, 0, G_MAXINT64, ret_us, error);
}

typedef gpointer (*ParseOne) (JsonObject *object, GError **error);

static GPtrArray *
parse_list (JsonObject *object, const char *name, gsize n_max, ParseOne parse,
            GDestroyNotify destroy, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (destroy);
  JsonArray *array;

  if (!far_json_get_array (object, name, n_max, &array, error))
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      gpointer one = NULL;

      if (JSON_NODE_HOLDS_OBJECT (element))
        one = parse (json_node_get_object (element), error);
      else
        g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE, "%s has what is no object", name);
      if (one == NULL)
        return NULL;
      g_ptr_array_add (list, one);
    }
  return g_steal_pointer (&list);
}

/* ---- payouts ---- */

static gpointer
parse_payout (JsonObject *object, GError **error)
{
  g_autoptr (FarPayout) payout = g_new0 (FarPayout, 1);

  if (!take_text (object, "payout", &payout->payout, error) ||
      !take_text (object, "batch", &payout->batch, error) ||
      !take_text (object, "currency", &payout->currency, error) ||
      !take_word (object, "account", &payout->account, error) ||
      !take_text (object, "state", &payout->state, error) ||
      !take_word (object, "note", &payout->note, error) ||
      !far_json_get_micros (object, "amount_micros", &payout->amount_micros, error) ||
      !take_time (object, "made_us", &payout->made_us, error) ||
      !take_time (object, "ended_us", &payout->ended_us, error))
    return NULL;
  return g_steal_pointer (&payout);
}

GPtrArray *
far_payouts_parse (JsonObject *object, GError **error)
{
  return parse_list (object, "payouts", FAR_PAYOUTS_MAX, parse_payout,
                     (GDestroyNotify) far_payout_free, error);
}

/* ---- traces ---- */

/* A charge is of a whole tab, so its amount has a name of its own. */
static gpointer
parse_step (JsonObject *object, GError **error)
{
  g_autoptr (FarTraceStep) step = g_new0 (FarTraceStep, 1);
  const char *amount = far_json_has (object, "micros") ? "micros" : "charge_micros";

  step->seq = -1;
  if (!take_text (object, "kind", &step->kind, error) ||
      !take_word (object, "to", &step->to, error) ||
      !take_word (object, "transfer", &step->transfer, error) ||
      !take_word (object, "payout", &step->payout, error) ||
      !take_word (object, "state", &step->state, error) ||
      !far_json_get_micros (object, amount, &step->micros, error) ||
      !take_time (object, "time_us", &step->time_us, error) ||
      (far_json_has (object, "seq") && !take_time (object, "seq", &step->seq, error)))
    return NULL;
  return g_steal_pointer (&step);
}

static gpointer
parse_trace (JsonObject *object, GError **error)
{
  g_autoptr (FarTrace) trace = g_new0 (FarTrace, 1);

  if (!take_text (object, "pledge", &trace->pledge, error) ||
      !take_text (object, "article", &trace->article, error) ||
      !take_text (object, "currency", &trace->currency, error) ||
      !take_word (object, "fee_receiver", &trace->fee_receiver, error) ||
      !take_text (object, "state", &trace->state, error) ||
      !far_json_get_micros (object, "price_micros", &trace->price_micros, error) ||
      !far_json_get_micros (object, "publisher_micros", &trace->publisher_micros, error) ||
      !far_json_get_micros (object, "fee_micros", &trace->fee_micros, error) ||
      !far_json_get_int (object, "fee_bps", 0, 10000, &trace->fee_bps, error) ||
      !take_time (object, "time_us", &trace->time_us, error))
    return NULL;
  trace->steps = parse_list (object, "steps", FAR_TRACE_STEPS_MAX, parse_step,
                             (GDestroyNotify) step_free, error);
  return trace->steps != NULL ? g_steal_pointer (&trace) : NULL;
}

GPtrArray *
far_traces_parse (JsonObject *object, GError **error)
{
  return parse_list (object, "pledges", FAR_TRACES_MAX, parse_trace,
                     (GDestroyNotify) far_trace_free, error);
}

/* ---- statements ---- */

/* As RFC 4180 quotes. What a spreadsheet would take for a formula is quoted away from it. */
static void
add_cell (GString *csv, const char *text, char end)
{
  gboolean formula = text[0] != '\0' && strchr ("=+-@\t\r", text[0]) != NULL;

  g_string_append_c (csv, '"');
  if (formula)
    g_string_append_c (csv, '\'');
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *at);
    }
  g_string_append_c (csv, '"');
  g_string_append_c (csv, end);
}

static void
add_line (GString *csv, const char *section, const char *line, gint64 n, gint64 micros,
          const char *currency)
{
  const guint64 magnitude = micros < 0 ? -(guint64) micros : (guint64) micros;

  add_cell (csv, section, ',');
  add_cell (csv, line, ',');
  if (n >= 0)
    g_string_append_printf (csv, "%" G_GINT64_FORMAT, n);
  g_string_append_printf (csv, ",%s%" G_GUINT64_FORMAT ".%06" G_GUINT64_FORMAT ",%s\r\n",
                          micros < 0 ? "-" : "", magnitude / FAR_MICROS_PER_UNIT,
                          magnitude % FAR_MICROS_PER_UNIT, currency);
}

static gboolean
add_amount (GString *csv, JsonObject *object, const char *member, const char *section,
            const char *line, const char *currency, GError **error)
{
  gint64 micros;

  if (!far_json_get_micros (object, member, &micros, error))
    return FALSE;
  add_line (csv, section, line, -1, micros, currency);
  return TRUE;
}

static gboolean
add_side (GString *csv, JsonObject *statement, const char *name, const char *currency,
          GError **error)
{
  JsonObject *side;
  JsonArray *lines;

  if (!far_json_get_object (statement, name, &side, error) ||
      !far_json_get_array (side, "lines", LINES_MAX, &lines, error) ||
      !add_amount (csv, side, "opening_micros", name, "opening", currency, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (lines); i++)
    {
      JsonNode *element = json_array_get_element (lines, i);
      const char *kind;
      gint64 micros, n;

      if (!JSON_NODE_HOLDS_OBJECT (element))
        {
          g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE, "a line is no object");
          return FALSE;
        }
      if (!far_json_get_string (json_node_get_object (element), "kind", WORD_MAX, &kind, error) ||
          !far_json_get_micros (json_node_get_object (element), "micros", &micros, error) ||
          !far_json_get_int (json_node_get_object (element), "n", 0, G_MAXINT64, &n, error))
        return FALSE;
      add_line (csv, name, kind, n, micros, currency);
    }
  return add_amount (csv, side, "closing_micros", name, "closing", currency, error);
}

char *
far_statement_to_csv (JsonObject *object, GError **error)
{
  static const char *const sums[][2] = {
    { "gross_micros", "gross" }, { "taken_back_micros", "taken back" }, { "fee_micros", "fees" },
    { "net_micros", "net" }, { "paid_out_micros", "paid out" },
  };
  static const char *const sides[] = { "estimated", "final", "fee_estimated", "fee_final" };
  g_autoptr (GString) csv = g_string_new ("section,line,bookings,amount,currency\r\n");
  g_autofree char *title = NULL;
  const char *month, *currency, *money;
  JsonObject *summary;
  gboolean complete;
  guint exponent;

  if (!far_json_get_string (object, "month", WORD_MAX, &month, error) ||
      !far_json_get_string (object, "currency", FAR_CURRENCY_LEN, &currency, error) ||
      !far_json_get_string (object, "money", WORD_MAX, &money, error) ||
      !far_json_get_bool (object, "complete", &complete, error) ||
      !far_json_get_object (object, "summary", &summary, error) ||
      !far_currency_exponent (currency, &exponent, error))
    return NULL;
  title = g_strdup_printf ("%s, %s money, %s", month, money,
                           complete ? "complete" : "the month is not over");
  add_cell (csv, "statement", ',');
  add_cell (csv, title, ',');
  g_string_append (csv, ",,\r\n");
  for (guint i = 0; i < G_N_ELEMENTS (sums); i++)
    if (!add_amount (csv, summary, sums[i][0], "summary", sums[i][1], currency, error))
      return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (sides); i++)
    if (!add_side (csv, object, sides[i], currency, error))
      return NULL;
  return g_string_free (g_steal_pointer (&csv), FALSE);
}
