/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns GET /v1/margin: what articles earned beside what their invocations cost. Three questions
 * follow each other: costs by article and function, costs of everything, and the journal, page by
 * page. The range is that of the first, which is rounded out to what is kept.
 *
 * Money is the ledger's alone. Where it cannot be had, costs are answered with the reason. */
#include "platform/far-control-margin.h"

#include <string.h>

#define DEFAULT_RANGE_US (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)
#define COMMAND "earnings.articles"
#define ARTICLES_MAX 1000
#define LIMIT_DEFAULT 100
#define NAME_MAX_LEN 256

typedef struct {
  FarControlRequest *request;
  FarSummaryQuery    query;
  FarMargin          margin;
} Request;

static void
request_free (Request *self)
{
  far_summary_free (self->margin.articles);
  far_summary_free (self->margin.functions);
  g_clear_pointer (&self->margin.earned, g_ptr_array_unref);
  g_free (self->margin.currency);
  g_free (self->margin.reason);
  g_free (self->margin.money);
  g_free (self);
}

void
far_margin_money_free (gpointer data)
{
  FarMarginMoney *money = data;

  g_free (money->property);
  g_free (money->article);
  g_free (money);
}

static void
answer (Request *self)
{
  g_auto (FarJsonWriter) writer = { 0 };

  far_json_writer_init (&writer);
  far_margin_write (&writer, &self->margin);
  far_control_answer (self->request, SOUP_STATUS_OK, &writer);
  request_free (self);
}

/* ---- The journal ---- */

static void ask_books (Request *self, gint64 offset);

/* No money: the costs stand alone, and why. Takes text. */
static void
answer_without_money (Request *self, char *text)
{
  g_free (self->margin.reason);
  self->margin.reason = text;
  g_clear_pointer (&self->margin.currency, g_free);
  answer (self);
}

/* Amounts may be negative here: what was taken back in a range may be more than what came. */
static gboolean
take_micros (JsonObject *object, const char *name, gint64 *ret_micros)
{
  const char *text;

  return far_json_get_string (object, name, 32, &text, NULL) &&
         g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, ret_micros, NULL);
}

static gboolean
take_money (JsonObject *object, FarMarginMoney *ret)
{
  return take_micros (object, "net_micros", &ret->net_micros) &&
         take_micros (object, "pay_micros", &ret->pay_micros) &&
         take_micros (object, "ad_micros", &ret->ad_micros) &&
         take_micros (object, "refund_micros", &ret->refund_micros) &&
         take_micros (object, "write_off_micros", &ret->write_off_micros) &&
         take_micros (object, "disputed_micros", &ret->disputed_micros) &&
         take_micros (object, "fee_micros", &ret->fee_micros);
}

static gboolean
take_articles (FarMargin *margin, JsonArray *articles)
{
  guint i;

  for (i = 0; i < json_array_get_length (articles); i++)
    {
      JsonObject *object = json_array_get_object_element (articles, i);
      FarMarginMoney *money = g_new0 (FarMarginMoney, 1);
      const char *property, *article;

      g_ptr_array_add (margin->earned, money);
      if (!far_json_get_string (object, "property", NAME_MAX_LEN, &property, NULL) ||
          !far_json_get_string (object, "article", NAME_MAX_LEN, &article, NULL) ||
          !take_money (object, money))
        return FALSE;
      money->property = g_strdup (property);
      money->article = g_strdup (article);
    }
  return TRUE;
}

/* ret_offset: of the next page; 0 = that was the last. */
static gboolean
take_page (FarMargin *margin, JsonObject *page, gint64 *ret_offset, GError **error)
{
  JsonObject *total;
  JsonArray *articles;
  const char *currency, *money;

  *ret_offset = 0;
  if (!far_json_get_object (page, "total", &total, error) ||
      !far_json_get_array (page, "articles", ARTICLES_MAX, &articles, error) ||
      !far_json_get_string (page, "currency", 3, &currency, error) ||
      !far_json_get_string (page, "money", 8, &money, error) ||
      !far_json_get_int (page, "n_articles", 0, G_MAXINT64, &margin->n_articles, error))
    return FALSE;
  if (!take_money (total, &margin->total) || !take_articles (margin, articles))
    {
      g_set_error (error, FAR_JSON_ERROR, FAR_JSON_ERROR_TYPE, "an amount is none");
      return FALSE;
    }
  g_free (margin->currency);
  margin->currency = g_strdup (currency);
  g_free (margin->money);
  margin->money = g_strdup (money);
  return !far_json_has (page, "next_offset") ||
         far_json_get_int (page, "next_offset", 1, G_MAXINT64, ret_offset, error);
}

static char *
refusal_of (JsonObject *page)
{
  JsonObject *refusal;
  const char *message;

  if (far_json_get_object (page, "error", &refusal, NULL) &&
      far_json_get_string (refusal, "message", 4096, &message, NULL))
    return g_strdup_printf ("The ledger refused: %s", message);
  return g_strdup ("The ledger refused");
}

static void
on_page (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) page = far_control_books_answer (result, &error);
  gint64 offset;

  if (self->request->control == NULL)
    {
      far_control_request_free (self->request);
      request_free (self);
    }
  else if (page != NULL && far_json_has (json_node_get_object (page), "error"))
    answer_without_money (self, refusal_of (json_node_get_object (page)));
  else if (page == NULL ||
           !take_page (&self->margin, json_node_get_object (page), &offset, &error))
    answer_without_money (self, g_strdup_printf ("The ledger did not answer: %s",
                                                 error->message));
  else if (offset > 0 && self->margin.earned->len < ARTICLES_MAX)
    ask_books (self, offset);
  else
    answer (self);
}

static void
ask_books (Request *self, gint64 offset)
{
  g_autoptr (JsonNode) fields = json_node_alloc ();
  g_autoptr (GError) error = NULL;
  JsonObject *object = json_object_new ();

  json_node_init_object (fields, object);
  json_object_set_int_member (object, "from_us", self->margin.articles->from_us);
  json_object_set_int_member (object, "to_us", self->margin.articles->to_us);
  json_object_set_int_member (object, "offset", offset);
  json_object_unref (object);
  if (!far_control_books_ask (self->request->control, COMMAND, fields, on_page, self, &error))
    answer_without_money (self, g_strdup_printf ("There is no ledger to ask: %s",
                                                 error->message));
}

/* ---- Costs ---- */

static void
on_functions (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  GError *error = NULL;

  self->margin.functions = far_telemetry_summary_finish (NULL, result, &error);
  if (!far_control_take (self->request, self->margin.functions != NULL, error))
    request_free (self);
  else if (self->request->deployment != NULL)
    answer_without_money (self, g_strdup_printf (
      "%s: a deployment of the kind %s has no ledger that can be asked",
      self->request->deployment->id, self->request->deployment->kind));
  else
    ask_books (self, 0);
}

static void
on_articles (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *self = user_data;
  GError *error = NULL;

  self->margin.articles = far_telemetry_summary_finish (NULL, result, &error);
  if (!far_control_take (self->request, self->margin.articles != NULL, error))
    {
      request_free (self);
      return;
    }
  self->query.group = FAR_GROUP_FUNCTION;
  self->query.from_us = self->margin.articles->from_us;
  self->query.to_us = self->margin.articles->to_us;
  far_telemetry_summary_async (self->request->telemetry, &self->query, self->request->cancellable,
                               on_functions, self);
}

/* ---- The question ---- */

/* FALSE: the error has been answered. */
static gboolean
read_query (FarControlRequest *request, Request *self)
{
  const char *group = g_hash_table_lookup (request->query, "group");
  gint64 now_us = far_clock_now_us (request->control->clock);
  gint64 limit;

  if (group != NULL && strcmp (group, "article") != 0 && strcmp (group, "function") != 0)
    {
      far_control_error (request, SOUP_STATUS_BAD_REQUEST, "bad_request",
                         "group is article or function, not “%s”", group);
      return FALSE;
    }
  if (!far_control_query_int (request, "to_us", 1, FAR_CONTROL_TIME_MAX_US, now_us,
                              &self->query.to_us) ||
      !far_control_query_int (request, "from_us", 0, FAR_CONTROL_TIME_MAX_US,
                              MAX (self->query.to_us - DEFAULT_RANGE_US, 0),
                              &self->query.from_us) ||
      !far_control_query_int (request, "usd_micros", 1, FAR_PICODOLLARS_PER_USD, 0,
                              &self->margin.usd_micros) ||
      !far_control_query_int (request, "limit", 1, ARTICLES_MAX, LIMIT_DEFAULT, &limit))
    return FALSE;
  self->margin.limit = (guint) limit;
  self->margin.by_function = g_strcmp0 (group, "function") == 0;
  return TRUE;
}

/* Another farthingd has ledger and costs beside each other, and puts them together itself. */
static void
pass_on (FarControlRequest *request, Request *self)
{
  g_autoptr (GString) query = g_string_new (NULL);

  g_string_printf (query, "from_us=%" G_GINT64_FORMAT "&to_us=%" G_GINT64_FORMAT
                   "&group=%s&limit=%u", self->query.from_us, self->query.to_us,
                   self->margin.by_function ? "function" : "article", self->margin.limit);
  if (self->margin.usd_micros > 0)
    g_string_append_printf (query, "&usd_micros=%" G_GINT64_FORMAT, self->margin.usd_micros);
  far_control_remote_money (request, FAR_SOURCE_MARGIN, query->str);
}

void
far_control_get_margin (FarControlRequest *request)
{
  Request *self = g_new0 (Request, 1);

  self->request = request;
  self->margin.control = request->control;
  self->query.group = FAR_GROUP_ARTICLE;
  if (!read_query (request, self))
    {
      request_free (self);
      return;
    }
  if (request->deployment != NULL &&
      strcmp (request->deployment->kind, "farthingd") == 0)
    {
      pass_on (request, self);
      request_free (self);
      return;
    }
  self->margin.earned = g_ptr_array_new_with_free_func (far_margin_money_free);
  far_control_request_pause (request);
  far_telemetry_summary_async (request->telemetry, &self->query, request->cancellable,
                               on_articles, self);
}
