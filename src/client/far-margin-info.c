/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of margins: GET /v1/margin. */
#include "client/far-telemetry-types.h"

#include "client/far-boxed-private.h"
#include "client/far-client-error.h"
#include "client/far-client-private.h"

#define ROWS_MAX 2000

static void
row_clear (FarMarginRow *row)
{
  g_free (row->key);
  g_free (row->reason);
}

static void
margin_info_clear (FarMarginInfo *self)
{
  guint i;

  for (i = 0; i < self->n_rows; i++)
    row_clear (&self->rows[i]);
  g_free (self->rows);
  row_clear (&self->total);
  g_free (self->currency);
  g_free (self->money);
  g_free (self->money_reason);
  g_free (self->price_region);
  g_free (self->price_architecture);
  g_free (self->price_since);
  g_free (self->price_source);
}

FAR_DEFINE_RC_BOXED (FarMarginInfo, far_margin_info, margin_info_clear)

/* Amounts that may be negative. */
static gboolean
take_amount (JsonObject *object, const char *name, gint64 *ret_value)
{
  g_autofree char *text = far_client_dup_string (object, name);

  return g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, ret_value, NULL);
}

static void
parse_row (JsonObject *object, FarMarginRow *ret)
{
  ret->key = far_client_dup_string (object, "key");
  ret->reason = far_client_dup_string (object, "reason");
  ret->invocations = far_client_get_int (object, "invocations", 0);
  ret->cost_picodollars = far_client_get_int (object, "cost_picodollars", 0);
  ret->has_earned = take_amount (object, "earned_micros", &ret->earned_micros);
  ret->reported = take_amount (object, "net_picodollars", &ret->net_picodollars);
}

static void
parse_price (JsonObject *price, FarMarginInfo *self)
{
  self->price_region = price != NULL ? far_client_dup_string (price, "region") : g_strdup ("");
  self->price_architecture = price != NULL ? far_client_dup_string (price, "architecture")
                                           : g_strdup ("");
  self->price_since = price != NULL ? far_client_dup_string (price, "since") : g_strdup ("");
  self->price_source = price != NULL ? far_client_dup_string (price, "source") : g_strdup ("");
}

FarMarginInfo *
far_margin_info_parse (JsonObject *object, GError **error)
{
  g_autoptr (FarMarginInfo) self = g_rc_box_new0 (FarMarginInfo);
  g_autofree char *group = far_client_dup_string (object, "group");
  JsonArray *rows = far_client_get_array (object, "rows");
  JsonObject *total = far_client_get_object (object, "total");
  JsonObject *rest = far_client_get_object (object, "unattributed");

  if (rows == NULL || json_array_get_length (rows) > ROWS_MAX || total == NULL || rest == NULL)
    {
      g_set_error (error, FAR_CLIENT_ERROR, FAR_CLIENT_ERROR_PROTOCOL,
                   "The answer about margins has no %s", rows == NULL    ? "rows"
                                                         : total == NULL ? "total"
                                                         : rest == NULL  ? "unattributed"
                                                                         : "end");
      return NULL;
    }
  self->from_us = far_client_get_int (object, "from_us", 0);
  self->to_us = far_client_get_int (object, "to_us", 0);
  self->by_function = g_strcmp0 (group, "function") == 0;
  self->currency = far_client_dup_string (object, "currency");
  self->money = far_client_dup_string (object, "money");
  self->money_reason = far_client_dup_string (object, "money_reason");
  parse_price (far_client_get_object (object, "price"), self);
  self->rows = g_new0 (FarMarginRow, json_array_get_length (rows) + 1);
  for (; self->n_rows < json_array_get_length (rows); self->n_rows++)
    parse_row (json_array_get_object_element (rows, self->n_rows), &self->rows[self->n_rows]);
  self->n_all_rows = far_client_get_int (object, "n_rows", self->n_rows);
  parse_row (total, &self->total);
  self->rest_invocations = far_client_get_int (rest, "invocations", 0);
  self->rest_cost_picodollars = far_client_get_int (rest, "cost_picodollars", 0);
  self->has_rest_earned = take_amount (rest, "earned_micros", &self->rest_earned_micros);
  return g_steal_pointer (&self);
}
