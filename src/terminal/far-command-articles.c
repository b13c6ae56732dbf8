/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl articles, earnings: what is sold, and what it brought. */
#include <stdio.h>

#include "base/far-money.h"
#include "terminal/far-money-call.h"
#include "terminal/far-money-print.h"

static void
print_articles_json (GPtrArray *articles)
{
  g_auto (FarJsonWriter) w = { 0 };
  guint i;

  far_json_writer_init (&w);
  far_json_begin_array (&w, NULL);
  for (i = 0; i < articles->len; i++)
    {
      const FarArticleSummary *a = g_ptr_array_index (articles, i);

      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "id", a->id);
      far_json_add_string (&w, "title", a->title);
      far_json_add_string (&w, "category", a->category);
      far_json_add_micros (&w, "price_micros", a->price_micros);
      far_json_add_string (&w, "currency", a->currency);
      far_json_add_string (&w, "price_from", a->price_from);
      far_json_add_string (&w, "price_rule", a->price_rule);
      far_json_end_object (&w);
    }
  far_json_end_array (&w);
  far_terminal_print_json (&w);
}

/* Why the price is this one. Returns: (transfer full) */
static char *
price_reason (const FarArticleSummary *article)
{
  if (g_str_equal (article->price_from, "rule"))
    return g_strdup_printf ("rule “%s”", article->price_rule);
  if (g_str_equal (article->price_from, "default"))
    return g_strdup ("default");
  return g_strdup (g_str_equal (article->price_from, "article") ? "its own" : "");
}

static void
print_articles (FarTerminal *self, GPtrArray *articles)
{
  const char *const titles[] = { "ID", "CATEGORY", "PRICE", "WHY", "TITLE" };
  FarTable *table = far_table_new ("llrll", titles);
  guint i;

  for (i = 0; i < articles->len; i++)
    {
      const FarArticleSummary *a = g_ptr_array_index (articles, i);

      far_table_add (table, g_strdup (a->id), g_strdup (a->category),
                     far_micros_to_display (a->price_micros, a->currency), price_reason (a),
                     g_strdup (a->title));
    }
  far_table_print (table, self);
}

int
far_command_articles (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  g_autoptr (GPtrArray) articles = NULL;
  g_auto (FarWait) wait = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("articles"), NULL, &argc, &argv, &code))
    return code;
  if (far_terminal_connect (self, FALSE, &error) == NULL
      || (market = far_terminal_market (self, NULL, &error)) == NULL)
    return far_terminal_fail (error);
  far_market_client_list_articles_async (market, NULL, far_wait_done, &wait);
  articles = far_market_client_list_articles_finish (market, far_wait_for (&wait), &error);
  if (articles == NULL)
    return far_terminal_fail (error);
  if (self->json)
    print_articles_json (articles);
  else
    print_articles (self, articles);
  return FAR_EXIT_OK;
}

static void
print_earnings (FarTerminal *self, const FarEarnings *e)
{
  const char *const titles[] = { "ARTICLE", "PLEDGES", "FROM PAY", "ADS", "FROM ADS", "REFUNDED" };
  const struct {
    const char *what;
    gint64 micros;
  } lines[] = {
    { "You earned", e->publisher_micros },   { "  from payments", e->pay_micros },
    { "  from ads", e->ad_micros },          { "  refunded since", e->refund_micros },
    { "of it estimated", e->estimated_micros }, { "of it final", e->final_micros },
    { "Fees beside it", e->fee_micros },
  };
  FarTable *table;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *amount = far_answer_exact (lines[i].micros);

      printf ("%-17s %14s %s\n", lines[i].what, amount, e->currency);
    }
  if (e->articles->len == 0)
    return;
  putchar ('\n');
  table = far_table_new ("lrrrrr", titles);
  for (i = 0; i < e->articles->len; i++)
    {
      const FarEarningsRow *row = g_ptr_array_index (e->articles, i);

      far_table_add (table, g_strdup (row->label),
                     g_strdup_printf ("%" G_GINT64_FORMAT, row->pledges),
                     far_answer_exact (row->pay_micros),
                     g_strdup_printf ("%" G_GINT64_FORMAT, row->views),
                     far_answer_exact (row->ad_micros),
                     far_answer_exact (row->refund_micros));
    }
  far_table_print (table, self);
}

int
far_command_earnings (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  g_autoptr (FarPlatformStatus) status = NULL;
  g_autoptr (FarEarnings) earnings = NULL;
  g_autofree char *trace = NULL, *property = NULL;
  const GOptionEntry entries[] = {
    { "trace", 0, 0, G_OPTION_ARG_STRING, &trace, "Where the money of a pledge went",
      "PLEDGE|TRANSFER|ARTICLE" },
    { "property", 0, 0, G_OPTION_ARG_STRING, &property, "trace: of this property", "NAME" },
    G_OPTION_ENTRY_NULL
  };
  g_auto (FarWait) wait = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("earnings"), entries, &argc, &argv, &code))
    return code;
  if (trace != NULL)
    return far_terminal_trace (self, trace, property);
  if (far_terminal_connect (self, FALSE, &error) == NULL
      || (status = far_terminal_status (self, &error)) == NULL
      || !far_terminal_witness (self, &error)
      || (market = far_terminal_market (self, NULL, &error)) == NULL)
    return far_terminal_fail (error);
  far_market_client_get_earnings_async (market, status->publisher_token, NULL, far_wait_done,
                                        &wait);
  earnings = far_market_client_get_earnings_finish (market, far_wait_for (&wait), &error);
  if (earnings == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_money_print_earnings_json (earnings);
  else
    print_earnings (self, earnings);
  return FAR_EXIT_OK;
}
