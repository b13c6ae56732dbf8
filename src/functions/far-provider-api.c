/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routing, answers and documents of the test provider (see far-provider-api.h). */
#include "functions/far-provider-private.h"

#include <string.h>

#include "base/far-money.h"
#include "market/far-provider-units.h"

#define UNITS_MAX G_GINT64_CONSTANT (99999999999999) /* of any currency */
#define EXPAND_DEPTH_MAX 4
#define METADATA_MAX 50
#define LIST_DEFAULT 10

void
far_provider_answer_clear (FarProviderAnswer *answer)
{
  g_clear_pointer (&answer->body, g_free);
}

void
far_provider_page_clear (FarProviderPage *page)
{
  g_clear_pointer (&page->html, g_free);
  g_clear_pointer (&page->location, g_free);
}

/* ---- documents ---- */

const char *
far_provider_field (const FarProviderCall *call,
                    const char            *name)
{
  const char *value = far_provider_form_get (call->form, name);

  return value != NULL && *value != '\0' ? value : NULL;
}

JsonObject *
far_provider_document_new (const FarProviderCall *call,
                           const char            *prefix,
                           const char            *kind)
{
  g_autofree char *id = far_provider_books_new_id (prefix);
  JsonObject *document = json_object_new ();

  json_object_set_string_member (document, "id", id);
  json_object_set_string_member (document, "object", kind);
  json_object_set_int_member (document, "created", call->now_us / G_USEC_PER_SEC);
  json_object_set_boolean_member (document, "livemode", FALSE);
  return document;
}

const char *
far_provider_member (JsonObject *document,
                     const char *name)
{
  JsonNode *node = json_object_get_member (document, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
         json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

gint64
far_provider_member_int (JsonObject *document,
                         const char *name)
{
  return json_object_get_int_member_with_default (document, name, 0);
}

void
far_provider_set_string (JsonObject *document,
                         const char *name,
                         const char *value)
{
  if (value != NULL)
    json_object_set_string_member (document, name, value);
  else
    json_object_set_null_member (document, name);
}

gboolean
far_provider_take_metadata (const FarProviderCall *call,
                            const char            *prefix,
                            JsonObject            *document,
                            FarProviderAnswer     *answer)
{
  g_autofree char *start =
    prefix != NULL ? g_strdup_printf ("%s[metadata][", prefix) : g_strdup ("metadata[");
  JsonObject *metadata = json_object_has_member (document, "metadata")
                           ? json_object_get_object_member (document, "metadata") : NULL;

  if (metadata == NULL)
    {
      metadata = json_object_new ();
      json_object_set_object_member (document, "metadata", metadata);
    }
  for (guint i = 0; i < far_provider_form_length (call->form); i++)
    {
      const char *name = far_provider_form_name (call->form, i);
      const char *value = far_provider_form_value (call->form, i);
      g_autofree char *key = NULL;

      if (!g_str_has_prefix (name, start) || !g_str_has_suffix (name, "]"))
        continue;
      key = g_strndup (name + strlen (start), strlen (name) - strlen (start) - 1);
      if (*key == '\0' || strlen (key) > 40 || strlen (value) > 500 ||
          (json_object_get_size (metadata) >= METADATA_MAX &&
           !json_object_has_member (metadata, key)))
        return !far_provider_refuse (answer, 400, "parameter_invalid",
                                     "metadata takes 50 keys of at most 40 characters, with values "
                                     "of at most 500");
      if (*value == '\0')
        json_object_remove_member (metadata, key);
      else
        json_object_set_string_member (metadata, key, value);
    }
  return TRUE;
}

gboolean
far_provider_need (const FarProviderCall  *call,
                   const char             *id,
                   const char             *kind,
                   FarProviderAnswer      *answer,
                   JsonObject            **ret_document,
                   GError                **error)
{
  if (!far_provider_books_find (call->db, id, kind, ret_document, error))
    return FALSE;
  if (*ret_document == NULL)
    far_provider_refuse_missing (answer, kind, id);
  return TRUE;
}

gboolean
far_provider_take_amount (const char        *amount,
                          const char        *currency,
                          gint64            *ret_units,
                          FarProviderAnswer *answer)
{
  g_autofree char *code = currency != NULL ? g_ascii_strup (currency, -1) : NULL;
  gint64 micros, taken_micros, minimum_micros, maximum_micros, units;

  if (amount == NULL || !g_ascii_string_to_signed (amount, 10, 1, UNITS_MAX, ret_units, NULL))
    return !far_provider_refuse (answer, 400, "parameter_invalid_integer",
                                 "amount is a whole number of the currency's smallest unit");
  if (code == NULL || !far_provider_units_to_micros (code, *ret_units, &micros, NULL) ||
      !far_provider_minimum (code, &minimum_micros, NULL) ||
      !far_provider_maximum (code, &maximum_micros, NULL) ||
      !far_provider_units_floor (code, FAR_PROVIDER_CHARGE, micros, &units, &taken_micros, NULL))
    return !far_provider_refuse (answer, 400, "parameter_invalid_string",
                                 "Invalid currency: give a code of ISO 4217 that is supported");
  if (micros < minimum_micros)
    return !far_provider_refuse (answer, 400, "amount_too_small",
                                 "Amount must be no less than the least charge of its currency");
  if (micros > maximum_micros)
    return !far_provider_refuse (answer, 400, "amount_too_large",
                                 "Amount must be no more than the largest charge of its currency");
  if (taken_micros != micros)
    return !far_provider_refuse (answer, 400, "parameter_invalid_integer",
                                 "Amounts of this currency are multiples of ten, or of a hundred: "
                                 "the last digits are 0");
  return TRUE;
}

/* ---- answers ---- */

/* Writes a node without the members that are the provider's own. */
static void
write_node (FarJsonWriter *writer,
            const char    *name,
            JsonNode      *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      g_autoptr (GList) members = json_object_get_members (object);

      far_json_begin_object (writer, name);
      for (const GList *l = members; l != NULL; l = l->next)
        if (*(const char *) l->data != '_')
          write_node (writer, l->data, json_object_get_member (object, l->data));
      far_json_end_object (writer);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      far_json_begin_array (writer, name);
      for (guint i = 0; i < json_array_get_length (array); i++)
        write_node (writer, NULL, json_array_get_element (array, i));
      far_json_end_array (writer);
    }
  else
    far_json_add_node (writer, name, node);
}

char *
far_provider_document_text (JsonObject *document)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), document);
  g_auto (FarJsonWriter) writer = { NULL };

  far_json_writer_init (&writer);
  write_node (&writer, NULL, node);
  return far_json_writer_steal (&writer, NULL);
}

static void
answer_object (FarProviderAnswer *answer,
               guint              status,
               JsonObject        *object)
{
  g_free (answer->body);
  answer->status = status;
  answer->body = far_provider_document_text (object);
}

/* {"error":{…}} around an error's object, which is taken over. */
static void
answer_error_object (FarProviderAnswer *answer,
                     guint              status,
                     JsonObject        *inner)
{
  g_autoptr (JsonObject) outer = json_object_new ();

  json_object_set_object_member (outer, "error", inner);
  answer_object (answer, status, outer);
}

void
far_provider_answer_error (FarProviderAnswer *answer,
                           guint              status,
                           const char        *type,
                           const char        *code,
                           const char        *message)
{
  JsonObject *inner = json_object_new ();

  json_object_set_string_member (inner, "type", type);
  if (code != NULL)
    json_object_set_string_member (inner, "code", code);
  json_object_set_string_member (inner, "message", message);
  answer_error_object (answer, status, inner);
}

gboolean
far_provider_refuse (FarProviderAnswer *answer,
                     guint              status,
                     const char        *code,
                     const char        *message)
{
  far_provider_answer_error (answer, status, "invalid_request_error", code, message);
  return TRUE;
}

gboolean
far_provider_refuse_missing (FarProviderAnswer *answer,
                             const char        *kind,
                             const char        *id)
{
  g_autofree char *message = g_strdup_printf ("No such %s: '%.64s'", kind, id);

  return far_provider_refuse (answer, 404, "resource_missing", message);
}

/* Replaces an id by the document it names, down a path of members ("a.b.c"); what is no id stays.
 * A list is gone through. */
static gboolean
expand (const FarProviderCall  *call,
        JsonObject             *object,
        const char *const      *path,
        guint                   depth,
        GError                **error)
{
  g_autoptr (JsonObject) found = NULL;
  JsonNode *node;

  if (path[0] == NULL || depth >= EXPAND_DEPTH_MAX)
    return TRUE;
  node = json_object_get_member (object, path[0]);
  if (node == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        if (JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)) &&
            !expand (call, json_array_get_object_element (array, i), path + 1, depth + 1, error))
          return FALSE;
      return TRUE;
    }
  if (JSON_NODE_HOLDS_OBJECT (node))
    return expand (call, json_node_get_object (node), path + 1, depth + 1, error);
  if (far_provider_member (object, path[0]) == NULL)
    return TRUE;
  if (!far_provider_books_find (call->db, json_node_get_string (node), NULL, &found, error))
    return FALSE;
  if (found == NULL)
    return TRUE;
  json_object_set_object_member (object, path[0], json_object_ref (found));
  return expand (call, found, path + 1, depth + 1, error);
}

static gboolean
expand_all (const FarProviderCall  *call,
            JsonObject             *object,
            GError                **error)
{
  for (guint i = 0; i < far_provider_form_length (call->form); i++)
    if (g_str_has_prefix (far_provider_form_name (call->form, i), "expand["))
      {
        g_auto (GStrv) path =
          g_strsplit (far_provider_form_value (call->form, i), ".", EXPAND_DEPTH_MAX + 1);

        if (!expand (call, object, (const char *const *) path, 0, error))
          return FALSE;
      }
  return TRUE;
}

gboolean
far_provider_answer_document (const FarProviderCall  *call,
                              FarProviderAnswer      *answer,
                              JsonObject             *document,
                              GError                **error)
{
  if (!expand_all (call, document, error))
    return FALSE;
  answer_object (answer, 200, document);
  return TRUE;
}

gboolean
far_provider_answer_declined (const FarProviderCall  *call,
                              FarProviderAnswer      *answer,
                              JsonObject             *error_object,
                              JsonObject             *intent,
                              GError                **error)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), error_object);
  g_autoptr (JsonNode) copy = json_node_copy (node);
  JsonObject *inner = json_object_new ();
  g_autoptr (GList) members = json_object_get_members (json_node_get_object (copy));

  if (!expand_all (call, intent, error))
    {
      json_object_unref (inner);
      return FALSE;
    }
  for (const GList *l = members; l != NULL; l = l->next)
    json_object_set_member (inner, l->data,
                            json_node_copy (json_object_get_member (json_node_get_object (copy),
                                                                    l->data)));
  json_object_set_object_member (inner, "payment_intent", json_object_ref (intent));
  answer_error_object (answer, 402, inner);
  return TRUE;
}

gboolean
far_provider_answer_list (const FarProviderCall  *call,
                          FarProviderAnswer      *answer,
                          const char             *kind,
                          GError                **error)
{
  const char *limit = far_provider_field (call, "limit");
  const char *created = far_provider_field (call, "created[gte]");
  g_autofree char *url = g_strconcat ("/v1/", call->path, NULL);
  g_autoptr (GPtrArray) documents = NULL;
  g_autoptr (JsonObject) list = json_object_new ();
  FarProviderQuery query = {
    .kind = kind,
    .customer = far_provider_field (call, "customer"),
    .payment_intent = far_provider_field (call, "payment_intent"),
    .starting_after = far_provider_field (call, "starting_after"),
    .limit = LIST_DEFAULT,
  };
  JsonArray *data;
  gboolean has_more;

  if ((limit != NULL && !g_ascii_string_to_signed (limit, 10, 1, FAR_PROVIDER_LIST_MAX,
                                                   &query.limit, NULL)) ||
      (created != NULL && !g_ascii_string_to_signed (created, 10, 0, G_MAXINT32 * 4LL,
                                                     &query.created_gte, NULL)))
    return far_provider_refuse (answer, 400, "parameter_invalid_integer",
                                "limit is 1 to 100, created[gte] a time in seconds");
  if (!far_provider_books_list (call->db, &query, &documents, &has_more, error))
    return FALSE;
  data = json_array_new ();
  for (guint i = 0; i < documents->len; i++)
    json_array_add_object_element (data, json_object_ref (g_ptr_array_index (documents, i)));
  json_object_set_string_member (list, "object", "list");
  json_object_set_array_member (list, "data", data);
  json_object_set_boolean_member (list, "has_more", has_more);
  json_object_set_string_member (list, "url", url);
  return far_provider_answer_document (call, answer, list, error);
}

gboolean
far_provider_answer_get (const FarProviderCall  *call,
                         FarProviderAnswer      *answer,
                         const char             *kind,
                         GError                **error)
{
  g_autoptr (JsonObject) document = NULL;

  if (!far_provider_need (call, call->id, kind, answer, &document, error))
    return FALSE;
  return document == NULL || far_provider_answer_document (call, answer, document, error);
}

/* ---- routes ---- */

/* Whether a path is that of a route; sets *ret_id (transfer full) to what stands for "{}". */
static gboolean
route_matches (const char  *route,
               const char  *path,
               char       **ret_id)
{
  g_auto (GStrv) wanted = g_strsplit (route, "/", -1);
  g_auto (GStrv) given = g_strsplit (path, "/", 6);

  g_clear_pointer (ret_id, g_free);
  if (g_strv_length (wanted) != g_strv_length (given))
    return FALSE;
  for (guint i = 0; wanted[i] != NULL; i++)
    {
      if (strcmp (wanted[i], "{}") == 0 && *given[i] != '\0' &&
          strlen (given[i]) <= FAR_PROVIDER_ID_MAX)
        *ret_id = g_strdup (given[i]);
      else if (strcmp (wanted[i], given[i]) != 0)
        {
          g_clear_pointer (ret_id, g_free);
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
far_provider_api_call (FarProviderCall    *call,
                       FarProviderAnswer  *ret_answer,
                       GError            **error)
{
  static const FarProviderRoute *const groups[] = {
    far_provider_routes_customers, far_provider_routes_payments, far_provider_routes_refunds,
    far_provider_routes_checkout, far_provider_routes_events,
  };
  gboolean other_method = FALSE;

  for (guint group = 0; group < G_N_ELEMENTS (groups); group++)
    for (const FarProviderRoute *route = groups[group]; route->path != NULL; route++)
      {
        g_autofree char *id = NULL;
        gboolean done;

        if (!route_matches (route->path, call->path, &id))
          continue;
        if (strcmp (route->method, call->method) != 0)
          {
            other_method = TRUE;
            continue;
          }
        call->id = id;
        done = route->handler (call, ret_answer, error);
        call->id = NULL;
        return done;
      }
  if (other_method)
    return far_provider_refuse (ret_answer, 405, NULL, "This URL does not take that method");
  return far_provider_refuse (ret_answer, 404, NULL,
                              "Unrecognized request URL. This test provider knows the parts of "
                              "Stripe's API that stand in far-provider-*.c");
}

gboolean
far_provider_api_wake (const FarProviderCall  *call,
                       GError                **error)
{
  g_autoptr (GPtrArray) awake = NULL;

  if (!far_provider_books_list_awake (call->db, call->now_us, &awake, error))
    return FALSE;
  for (guint i = 0; i < awake->len; i++)
    {
      JsonObject *document = g_ptr_array_index (awake, i);
      const char *kind = far_provider_member (document, "object");
      gboolean done;

      json_object_remove_member (document, "_wake_us");
      if (g_strcmp0 (kind, "payment_intent") == 0)
        done = far_provider_settle (call, document, TRUE, error);
      else if (g_strcmp0 (kind, "refund") == 0)
        done = far_provider_refund_wake (call, document, error);
      else if (g_strcmp0 (kind, "checkout.session") == 0)
        done = far_provider_session_expire (call, document, error);
      else
        done = far_provider_books_put (call->db, document, error);
      if (!done)
        return FALSE;
    }
  return TRUE;
}
