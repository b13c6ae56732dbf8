/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns how margins are put together and written.
 *
 * By article: its share by the journal, less what the invocations cost whose spans carried it. By
 * function: what was booked through it, less what its invocations cost that carried an article; and
 * money is booked through whoever alone was granted the command that books it. What can be
 * attributed to nobody stands apart, so that the rows and it add up to the total. No state. */
#include "platform/far-control-margin.h"

#include <string.h>

#define NO_ARTICLE "no span of its invocations carries an article"

/* ---- Costs ---- */

static gint64
cost_of (const FarMargin *self, const FarAggregate *aggregate)
{
  const FarSummary *of = self->articles;

  return far_price_cost (far_price_at (of->from_us + (of->to_us - of->from_us) / 2),
                         aggregate->mb_ms, far_aggregate_invocations (aggregate));
}

static void
add_cost (FarJsonWriter *writer, const FarMargin *self, const FarAggregate *aggregate)
{
  far_json_add_int (writer, "invocations", (gint64) far_aggregate_invocations (aggregate));
  far_json_add_int (writer, "cost_picodollars", cost_of (self, aggregate));
}

/* What an article or a function has in groups. FALSE: nothing. */
static gboolean
sum_of (const FarSummary *articles, const char *article, const char *function,
        FarAggregate *ret_sum)
{
  gboolean found = FALSE;
  guint i;

  for (i = 0; i < articles->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (articles->groups, i);

      if ((article != NULL && strcmp (group->key, article) != 0) ||
          (function != NULL && strcmp (group->function, function) != 0))
        continue;
      far_aggregate_merge (ret_sum, &group->aggregate);
      found = TRUE;
    }
  return found;
}

/* ---- Money less cost ---- */

/* FALSE: it is no amount in dollars, for *ret_reason. */
static gboolean
to_picodollars (const FarMargin *self, gint64 micros, gint64 *ret_picodollars,
                const char **ret_reason)
{
  __int128 value;

  if (strcmp (self->currency, "USD") != 0 && self->usd_micros == 0)
    {
      *ret_reason = "it was earned in another currency than costs are in; usd_micros says what a "
                    "dollar costs";
      return FALSE;
    }
  value = (__int128) micros * FAR_PICODOLLARS_PER_USD /
          (strcmp (self->currency, "USD") == 0 ? FAR_PICODOLLARS_PER_MICRO : self->usd_micros);
  if (value > G_MAXINT64 || value < G_MININT64)
    {
      *ret_reason = "it is more than can be told in picodollars";
      return FALSE;
    }
  *ret_picodollars = (gint64) value;
  return TRUE;
}

static void
add_string_int (FarJsonWriter *writer, const char *name, gint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  far_json_add_string (writer, name, text);
}

/* reason: (nullable): why there is no margin whatever the money. */
static void
add_net (FarJsonWriter *writer, const FarMargin *self, const gint64 *earned_micros, gint64 cost,
         const char *reason)
{
  gint64 earned, net;

  if (reason == NULL && self->currency == NULL)
    reason = self->reason;
  if (earned_micros != NULL && self->currency != NULL)
    far_json_add_micros (writer, "earned_micros", *earned_micros);
  else
    far_json_add_null (writer, "earned_micros");
  if (reason == NULL && earned_micros != NULL &&
      to_picodollars (self, *earned_micros, &earned, &reason) &&
      !__builtin_sub_overflow (earned, cost, &net))
    add_string_int (writer, "net_picodollars", net);
  else
    far_json_add_null (writer, "net_picodollars");
  far_json_add_bool (writer, "reported", reason == NULL);
  far_json_add_string (writer, "reason", reason);
}

static void
add_money (FarJsonWriter *writer, const FarMarginMoney *money)
{
  far_json_add_micros (writer, "pay_micros", money->pay_micros);
  far_json_add_micros (writer, "ad_micros", money->ad_micros);
  far_json_add_micros (writer, "refund_micros", money->refund_micros);
  far_json_add_micros (writer, "write_off_micros", money->write_off_micros);
  far_json_add_micros (writer, "disputed_micros", money->disputed_micros);
  far_json_add_micros (writer, "fee_micros", money->fee_micros);
}

/* ---- By article ---- */

static void
add_article_functions (FarJsonWriter *writer, const FarMargin *self, const char *article)
{
  guint i;

  far_json_begin_array (writer, "functions");
  for (i = 0; i < self->articles->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (self->articles->groups, i);

      if (strcmp (group->key, article) != 0)
        continue;
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "function", group->function);
      add_cost (writer, self, &group->aggregate);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
}

/* money: (nullable): it earned nothing in the range */
static void
add_article (FarJsonWriter *writer, const FarMargin *self, const char *article,
             const FarMarginMoney *money)
{
  static const FarMarginMoney nothing;
  g_auto (FarAggregate) sum = FAR_AGGREGATE_INIT;
  gboolean carried = sum_of (self->articles, article, NULL, &sum);

  if (money == NULL)
    money = &nothing;
  far_json_begin_object (writer, NULL);
  far_json_add_string (writer, "key", article);
  far_json_add_string (writer, "property", money->property);
  add_cost (writer, self, &sum);
  add_net (writer, self, &money->net_micros, cost_of (self, &sum), carried ? NULL : NO_ARTICLE);
  if (self->currency != NULL)
    add_money (writer, money);
  add_article_functions (writer, self, article);
  far_json_end_object (writer);
}

/* Those that earned, by what they did; then those that only cost. Returns: how many there are */
static guint
add_articles (FarJsonWriter *writer, const FarMargin *self)
{
  g_autoptr (GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = 0, i;

  for (i = 0; i < self->earned->len; i++)
    {
      const FarMarginMoney *money = g_ptr_array_index (self->earned, i);

      g_hash_table_add (done, money->article);
      if (n++ < self->limit)
        add_article (writer, self, money->article, money);
    }
  for (i = 0; i < self->articles->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (self->articles->groups, i);

      if (!g_hash_table_add (done, group->key))
        continue;
      if (n++ < self->limit)
        add_article (writer, self, group->key, NULL);
    }
  return n;
}

/* ---- By function ---- */

/* Which command of the bookkeeper's books which money. */
static const struct { const char *command; gsize offset; int sign; } bookings[] = {
  { "pledge", G_STRUCT_OFFSET (FarMarginMoney, pay_micros), 1 },
  { "view.event", G_STRUCT_OFFSET (FarMarginMoney, ad_micros), 1 },
  { "refund", G_STRUCT_OFFSET (FarMarginMoney, refund_micros), -1 },
  { "dispute.apply", G_STRUCT_OFFSET (FarMarginMoney, disputed_micros), -1 },
};

static gboolean
is_granted (const FarTemplateFunction *function, const char *command)
{
  guint i;

  for (i = 0; i < function->services->len; i++)
    {
      const FarTemplateService *service = g_ptr_array_index (function->services, i);

      if (service->commands != NULL &&
          g_strv_contains ((const char *const *) service->commands, command))
        return TRUE;
    }
  return FALSE;
}

/* The only function that may give a command; NULL: nobody, or several may. */
static const char *
who_books (FarTemplate *tmpl, const char *command)
{
  const char *found = NULL;
  guint i;

  for (i = 0; i < far_template_n_functions (tmpl); i++)
    {
      const FarTemplateFunction *function = far_template_get_function (tmpl, i);

      if (!is_granted (function, command))
        continue;
      if (found != NULL)
        return NULL;
      found = function->name;
    }
  return found;
}

static gint64
booked_by (const FarMargin *self, const char *function)
{
  FarTemplate *tmpl = far_platform_get_template (self->control->platform);
  gint64 sum = 0;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (bookings); i++)
    if (g_strcmp0 (who_books (tmpl, bookings[i].command), function) == 0)
      sum += bookings[i].sign * G_STRUCT_MEMBER (gint64, &self->total, bookings[i].offset);
  return sum;
}

static guint
add_functions (FarJsonWriter *writer, const FarMargin *self, gint64 *ret_booked_micros)
{
  guint i;

  for (i = 0; i < self->functions->groups->len; i++)
    {
      const FarSummaryGroup *group = g_ptr_array_index (self->functions->groups, i);
      g_auto (FarAggregate) sum = FAR_AGGREGATE_INIT;
      gboolean carried = sum_of (self->articles, NULL, group->key, &sum);
      gint64 booked = booked_by (self, group->key);

      if (carried)
        *ret_booked_micros += booked;
      if (i >= self->limit)
        continue;
      far_json_begin_object (writer, NULL);
      far_json_add_string (writer, "key", group->key);
      add_cost (writer, self, &sum);
      add_net (writer, self, carried ? &booked : NULL, cost_of (self, &sum),
               carried ? NULL : NO_ARTICLE);
      far_json_add_int (writer, "all_invocations",
                        (gint64) far_aggregate_invocations (&group->aggregate));
      far_json_add_int (writer, "all_cost_picodollars", cost_of (self, &group->aggregate));
      far_json_end_object (writer);
    }
  return self->functions->groups->len;
}

/* ---- The answer ---- */

/* All there is, and what of it no article or function was found for. */
static void
add_totals (FarJsonWriter *writer, const FarMargin *self, gint64 booked_micros)
{
  g_auto (FarAggregate) carried = FAR_AGGREGATE_INIT;
  const FarAggregate *all = &self->functions->total;
  gint64 rest_micros = self->total.net_micros - booked_micros;

  sum_of (self->articles, NULL, NULL, &carried);
  far_json_begin_object (writer, "total");
  add_cost (writer, self, all);
  add_net (writer, self, &self->total.net_micros, cost_of (self, all), NULL);
  if (self->currency != NULL)
    add_money (writer, &self->total);
  far_json_end_object (writer);
  far_json_begin_object (writer, "unattributed");
  far_json_add_int (writer, "invocations", (gint64) far_aggregate_invocations (all) -
                                             (gint64) far_aggregate_invocations (&carried));
  far_json_add_int (writer, "cost_picodollars", cost_of (self, all) - cost_of (self, &carried));
  if (self->currency != NULL)
    far_json_add_micros (writer, "earned_micros", rest_micros);
  else
    far_json_add_null (writer, "earned_micros");
  far_json_end_object (writer);
}

static gint64
earned_by_rows (const FarMargin *self)
{
  gint64 sum = 0;
  guint i;

  for (i = 0; i < self->earned->len; i++)
    sum += ((const FarMarginMoney *) g_ptr_array_index (self->earned, i))->net_micros;
  return sum;
}

void
far_margin_write (FarJsonWriter *writer, const FarMargin *self)
{
  const FarSummary *of = self->articles;
  gint64 booked_micros = 0;
  guint n;

  far_json_begin_object (writer, NULL);
  far_json_add_int (writer, "from_us", of->from_us);
  far_json_add_int (writer, "to_us", of->to_us);
  far_json_add_int (writer, "now_us", of->now_us);
  far_control_add_price (writer, "price", far_price_at (of->from_us +
                                                        (of->to_us - of->from_us) / 2));
  far_json_add_string (writer, "group", self->by_function ? "function" : "article");
  far_json_add_string (writer, "currency", self->currency);
  far_json_add_string (writer, "money", self->money);
  far_json_add_string (writer, "money_reason", self->reason);
  if (self->usd_micros > 0)
    far_json_add_int (writer, "usd_micros", self->usd_micros);
  else
    far_json_add_null (writer, "usd_micros");
  far_json_begin_array (writer, "rows");
  n = self->by_function ? add_functions (writer, self, &booked_micros)
                        : add_articles (writer, self);
  far_json_end_array (writer);
  far_json_add_int (writer, "n_rows", n);
  add_totals (writer, self, self->by_function ? booked_micros : earned_by_rows (self));
  far_json_end_object (writer);
}

/* ---- Prices ---- */

void
far_control_add_price (FarJsonWriter *writer, const char *name, const FarPrice *price)
{
  guint i;

  far_json_begin_object (writer, name);
  far_json_add_string (writer, "region", price->region);
  far_json_add_string (writer, "architecture", price->architecture);
  far_json_add_string (writer, "since", price->since);
  far_json_add_string (writer, "source", price->source);
  far_json_add_string (writer, "read", price->read);
  far_json_add_int (writer, "picodollars_per_million_requests",
                    (gint64) price->picodollars_per_million_requests);
  far_json_begin_array (writer, "tiers");
  for (i = 0; i < price->n_tiers; i++)
    {
      far_json_begin_object (writer, NULL);
      far_json_add_int (writer, "gb_s", (gint64) price->tiers[i].gb_s);
      far_json_add_int (writer, "picodollars_per_gb_s",
                        (gint64) price->tiers[i].picodollars_per_gb_s);
      far_json_end_object (writer);
    }
  far_json_end_array (writer);
  far_json_add_int (writer, "provisioned_picodollars_per_gb_s",
                    (gint64) price->provisioned_picodollars_per_gb_s);
  far_json_add_int (writer, "ready_picodollars_per_gb_s",
                    (gint64) price->ready_picodollars_per_gb_s);
  far_json_add_int (writer, "free_requests", (gint64) price->free_requests);
  far_json_add_int (writer, "free_gb_s", (gint64) price->free_gb_s);
  far_json_end_object (writer);
}

void
far_control_get_prices (FarControlRequest *request)
{
  g_auto (FarJsonWriter) writer = { 0 };
  guint i;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_array (&writer, "prices");
  for (i = 0; i < far_price_n (); i++)
    far_control_add_price (&writer, NULL, far_price_nth (i));
  far_json_end_array (&writer);
  far_json_end_object (&writer);
  far_control_answer (request, SOUP_STATUS_OK, &writer);
}
