/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl query --margin: what was earned less what it cost; --prices: what Lambda charges. */
#include "terminal/far-query-margin.h"

#include <stdio.h>

#include "base/far-money.h"
#include "client/far-telemetry-types.h"
#include "terminal/far-range.h"

/* "−$0.0123" */
static char *
dollars (gboolean known, gint64 picodollars)
{
  g_autofree char *text = NULL;

  if (!known)
    return g_strdup ("not reported");
  text = far_terminal_picodollars (ABS (MAX (picodollars, -G_MAXINT64)));
  return g_strconcat (picodollars < 0 ? "−" : "", text, NULL);
}

static char *
earned (const FarMarginInfo *margin, gboolean known, gint64 micros)
{
  g_autofree char *text = NULL;

  if (!known || *margin->currency == '\0')
    return g_strdup ("not reported");
  text = far_micros_to_display (ABS (MAX (micros, -G_MAXINT64)), margin->currency);
  return g_strconcat (micros < 0 ? "−" : "", text, NULL);
}

static void
add_row (FarTable *table, const FarMarginInfo *margin, char *name, const FarMarginRow *row)
{
  far_table_add (table, name, g_strdup_printf ("%" G_GINT64_FORMAT, row->invocations),
                 earned (margin, row->has_earned, row->earned_micros),
                 dollars (TRUE, row->cost_picodollars),
                 dollars (row->reported, row->net_picodollars));
}

/* Why rows have no margin, each reason once. */
static void
say_reasons (FarTerminal *self, const FarMarginInfo *margin)
{
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  guint i;

  if (*margin->money_reason != '\0')
    far_terminal_say (self, "No money is known: %s", margin->money_reason);
  for (i = 0; i < margin->n_rows; i++)
    if (*margin->rows[i].reason != '\0' &&
        g_strcmp0 (margin->rows[i].reason, margin->money_reason) != 0 &&
        g_hash_table_add (said, margin->rows[i].reason))
      far_terminal_say (self, "Not reported: %s", margin->rows[i].reason);
}

static void
print_margin (FarTerminal *self, const FarAsking *asking, const FarMarginInfo *margin)
{
  const char *const titles[] = { margin->by_function ? "FUNCTION" : "ARTICLE", "INVOCATIONS",
                                 "EARNED", "COST", "NET", NULL };
  FarTable *table = far_table_new ("lrrrr", titles);
  g_autofree char *from = far_range_format_time (margin->from_us, asking->now_us, asking->zone);
  g_autofree char *to = far_range_format_time (margin->to_us, asking->now_us, asking->zone);
  guint i;

  for (i = 0; i < margin->n_rows; i++)
    add_row (table, margin, far_terminal_clean (margin->rows[i].key), &margin->rows[i]);
  if (margin->n_all_rows > margin->n_rows)
    far_table_add (table, g_strdup_printf ("(%" G_GINT64_FORMAT " more)",
                                           margin->n_all_rows - margin->n_rows),
                   g_strdup (""), g_strdup (""), g_strdup (""), g_strdup (""));
  far_table_add (table, g_strdup ("of no row"),
                 g_strdup_printf ("%" G_GINT64_FORMAT, margin->rest_invocations),
                 earned (margin, margin->has_rest_earned, margin->rest_earned_micros),
                 dollars (TRUE, margin->rest_cost_picodollars), g_strdup ("–"));
  add_row (table, margin, g_strdup ("all together"), &margin->total);
  far_table_print (table, self);
  say_reasons (self, margin);
  far_terminal_say (self, "%s to %s%s%s; earned: the publisher's share by the ledger; cost: list "
                    "price of Lambda (%s, %s) since %s", from, to,
                    *margin->money != '\0' ? ", money: " : "", margin->money,
                    margin->price_region, margin->price_architecture, margin->price_since);
}

int
far_query_margin (FarTerminal *self, const FarAsking *asking, const char *group, int top,
                  const char *usd)
{
  g_autofree char *limit = top > 0 ? g_strdup_printf ("%d", top) : NULL;
  g_autofree char *usd_micros = NULL;
  g_autofree char *url = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (FarMarginInfo) margin = NULL;
  gint64 micros;

  if (usd != NULL && (!far_micros_parse_decimal (usd, &micros, NULL) || micros <= 0))
    return far_terminal_usage ("--usd takes what a dollar costs in the ledger's currency: 0.92");
  if (usd != NULL)
    usd_micros = g_strdup_printf ("%" G_GINT64_FORMAT, micros);
  url = far_platform_url ("/v1/margin", "deployment", asking->deployment, "from_us",
                          asking->from_text, "to_us", asking->to_text, "group", group, "limit",
                          limit, "usd_micros", usd_micros, NULL);
  node = far_asking_get (self, url, &error);
  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  margin = far_margin_info_parse (json_node_get_object (node), &error);
  if (margin == NULL)
    return far_terminal_fail (error);
  print_margin (self, asking, margin);
  return FAR_EXIT_OK;
}

/* ---- Prices ---- */

static char *
price_of (JsonObject *object, const char *name)
{
  gint64 value = json_object_get_int_member_with_default (object, name, 0);

  return value > 0 ? far_terminal_picodollars (value) : g_strdup ("–");
}

static void
add_price (FarTable *table, JsonObject *price)
{
  JsonArray *tiers = json_object_get_array_member (price, "tiers");
  JsonObject *first = json_array_get_object_element (tiers, 0);

  far_table_add (table, far_terminal_clean (json_object_get_string_member (price, "region")),
                 far_terminal_clean (json_object_get_string_member (price, "architecture")),
                 far_terminal_clean (json_object_get_string_member (price, "since")),
                 price_of (price, "picodollars_per_million_requests"),
                 price_of (first, "picodollars_per_gb_s"),
                 g_strdup_printf ("%u", json_array_get_length (tiers)),
                 price_of (price, "provisioned_picodollars_per_gb_s"),
                 far_terminal_clean (json_object_get_string_member (price, "read")));
}

int
far_query_prices (FarTerminal *self)
{
  static const char *const titles[] = { "REGION", "ARCHITECTURE", "SINCE", "MILLION REQUESTS",
                                        "GB-SECOND", "TIERS", "KEPT READY", "READ", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = far_asking_get (self, "/v1/prices", &error);
  JsonArray *prices;
  FarTable *table;
  guint i;

  if (node == NULL)
    return far_terminal_fail (error);
  if (self->json)
    {
      far_asking_print (node);
      return FAR_EXIT_OK;
    }
  if (!far_json_get_array (json_node_get_object (node), "prices", 4096, &prices, &error))
    return far_terminal_fail (error);
  table = far_table_new ("lllrrrrl", titles);
  for (i = 0; i < json_array_get_length (prices); i++)
    add_price (table, json_array_get_object_element (prices, i));
  far_table_print (table, self);
  far_terminal_say (self, "List prices of AWS Lambda, before taxes; costs here are those of the "
                    "first tier, without what is free");
  return FAR_EXIT_OK;
}
