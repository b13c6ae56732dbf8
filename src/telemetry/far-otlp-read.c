/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the reading of OTLP's JSON (opentelemetry-proto, "OTLP/JSON": 64-bit numbers are strings,
 * names are lowerCamelCase, unknown members are passed over). */
#include "telemetry/far-otlp.h"

#include <math.h>
#include <string.h>

#include "base/far-json.h"

#define STEP_MAX 30 /* of exponential histograms: scale from -10 to 20 */

G_DEFINE_QUARK (far-otlp-error-quark, far_otlp_error)

/* ---- Members ---- */

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static guint
length_of (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

static JsonObject *
object_at (JsonArray *array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* "" if it is not there. */
static const char *
get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) &&
                     json_node_get_value_type (node) == G_TYPE_STRING
    ? json_node_get_string (node) : NULL;

  return text != NULL ? text : "";
}

/* At most so many bytes, cut between characters. */
static char *
dup_cut (const char *text, gsize len_max)
{
  gsize n = strlen (text);

  if (n > len_max)
    for (n = len_max; n > 0 && ((guchar) text[n] & 0xc0) == 0x80; n--)
      ;
  return g_strndup (text, n);
}

/* A 64-bit number as a string, or as a number. */
static gboolean
read_unsigned (JsonNode *node, guint64 *ret_value)
{
  gint64 value;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (json_node_get_value_type (node) == G_TYPE_STRING)
    return g_ascii_string_to_unsigned (json_node_get_string (node), 10, 0, G_MAXUINT64, ret_value,
                                       NULL);
  value = json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : -1;
  *ret_value = (guint64) value;
  return value >= 0;
}

static gint64
get_nanos_as_us (JsonObject *object, const char *name)
{
  guint64 nanos;

  return read_unsigned (json_object_get_member (object, name), &nanos) ? (gint64) (nanos / 1000)
                                                                       : 0;
}

/* NaN if it is not there or no finite number. */
static double
read_number (JsonNode *node)
{
  double value = NAN;
  GType type;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NAN;
  type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    {
      const char *text = json_node_get_string (node);
      char *end;

      value = g_ascii_strtod (text, &end);
      if (end == text || *end != '\0')
        return NAN;
    }
  else if (type == G_TYPE_INT64 || type == G_TYPE_DOUBLE)
    value = json_node_get_double (node);
  return isfinite (value) ? value : NAN;
}

static double
get_number (JsonObject *object, const char *name)
{
  return read_number (json_object_get_member (object, name));
}

/* Hex of exactly so many bytes, or base64 of them; not all zero. */
static gboolean
get_id (JsonObject *object, const char *name, guint8 *ret_bytes, gsize n_bytes)
{
  const char *text = get_text (object, name);
  g_autofree char *lower = g_ascii_strdown (text, -1);
  gboolean any = FALSE;
  gsize i;

  if (strlen (text) == 2 * n_bytes)
    {
      if (!far_hex_decode (lower, ret_bytes, n_bytes))
        return FALSE;
    }
  else
    {
      g_autofree guchar *decoded = NULL;
      gsize n_decoded = 0;

      if (*text == '\0' || strlen (text) > 4 * n_bytes)
        return FALSE;
      decoded = g_base64_decode (text, &n_decoded);
      if (n_decoded != n_bytes)
        return FALSE;
      memcpy (ret_bytes, decoded, n_bytes);
    }
  for (i = 0; i < n_bytes; i++)
    any = any || ret_bytes[i] != 0;
  return any;
}

static guint64
span_of (const guint8 bytes[8])
{
  guint64 span = 0;
  guint i;

  for (i = 0; i < 8; i++)
    span = span << 8 | bytes[i];
  return span;
}

/* ---- Attributes ---- */

/* Returns: (transfer full) (nullable): NULL for arrays and maps */
static char *
value_text (JsonObject *attribute)
{
  JsonObject *value = get_object (attribute, "value");
  JsonNode *node;

  if (value == NULL)
    return NULL;
  if (json_object_has_member (value, "stringValue"))
    return dup_cut (get_text (value, "stringValue"), FAR_OTLP_TEXT_MAX);
  node = json_object_get_member (value, "boolValue");
  if (node != NULL && JSON_NODE_HOLDS_VALUE (node))
    return g_strdup (json_node_get_boolean (node) ? "true" : "false");
  node = json_object_get_member (value, "intValue");
  if (node == NULL)
    node = json_object_get_member (value, "doubleValue");
  if (!isnan (read_number (node)))
    {
      char buffer[G_ASCII_DTOSTR_BUF_SIZE];

      return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.15g", read_number (node)));
    }
  return NULL;
}

/* Returns: (transfer full) (nullable) */
static char *
find_attribute (JsonArray *attributes, const char *key)
{
  guint i, n = MIN (length_of (attributes), FAR_OTLP_ATTRIBUTES_MAX);

  for (i = 0; i < n; i++)
    {
      JsonObject *attribute = object_at (attributes, i);

      if (attribute != NULL && strcmp (get_text (attribute, "key"), key) == 0)
        return value_text (attribute);
    }
  return NULL;
}

/* An object of texts; a key that comes twice counts once. */
static char *
attributes_json (JsonArray *attributes)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_auto (FarJsonWriter) writer = { 0 };
  guint i, n = MIN (length_of (attributes), FAR_OTLP_ATTRIBUTES_MAX);

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  for (i = 0; i < n; i++)
    {
      JsonObject *attribute = object_at (attributes, i);
      const char *key = attribute != NULL ? get_text (attribute, "key") : "";
      g_autofree char *text = *key != '\0' ? value_text (attribute) : NULL;

      if (text == NULL || strlen (key) > FAR_OTLP_TEXT_MAX ||
          writer.text->len + strlen (key) + 6 * strlen (text) + 16 > FAR_SPAN_ATTRIBUTES_MAX ||
          !g_hash_table_add (seen, (gpointer) key))
        continue;
      far_json_add_string (&writer, key, text);
    }
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, NULL);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* "key=value,…" in the order of keys. */
static char *
attributes_line (JsonArray *attributes)
{
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func (g_free);
  guint i, n = MIN (length_of (attributes), FAR_OTLP_ATTRIBUTES_MAX);

  for (i = 0; i < n; i++)
    {
      JsonObject *attribute = object_at (attributes, i);
      g_autofree char *text = attribute != NULL ? value_text (attribute) : NULL;
      g_autofree char *key = attribute != NULL
        ? dup_cut (get_text (attribute, "key"), FAR_OTLP_TEXT_MAX) : NULL;

      if (text != NULL)
        g_ptr_array_add (pairs, g_strconcat (key, "=", text, NULL));
    }
  g_ptr_array_sort (pairs, compare_texts);
  g_ptr_array_add (pairs, NULL);
  return g_strjoinv (",", (char **) pairs->pdata);
}

/* Who sent it. */
static char *
service_of (JsonObject *resource_item)
{
  JsonObject *resource = get_object (resource_item, "resource");
  JsonArray *attributes = resource != NULL ? get_array (resource, "attributes") : NULL;
  char *service = find_attribute (attributes, "faas.name");

  if (service == NULL)
    service = find_attribute (attributes, "service.name");
  return service != NULL ? service : g_strdup ("");
}

static JsonNode *
parse_body (const char *body, gsize n_bytes, const char *member, JsonArray **ret_items,
            GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) root = far_json_parse_object (body, n_bytes, FAR_OTLP_BODY_MAX, &why);

  if (root != NULL)
    {
      JsonObject *object = json_node_get_object (root);

      *ret_items = get_array (object, member);
      /* An empty request may leave it out. */
      if (*ret_items != NULL || !json_object_has_member (object, member))
        return g_steal_pointer (&root);
    }
  g_set_error (error, FAR_OTLP_ERROR, FAR_OTLP_ERROR_BODY, "The body is no OTLP JSON: %s",
               why != NULL ? why->message : "it has no list where one belongs");
  return NULL;
}

/* ---- Traces ---- */

static FarSpan *
parse_span (JsonObject *object, const char *service)
{
  gint64 start_us = get_nanos_as_us (object, "startTimeUnixNano");
  gint64 end_us = get_nanos_as_us (object, "endTimeUnixNano");
  JsonObject *status = get_object (object, "status");
  guint8 id[8], parent[8];
  FarSpan *span;
  FarId trace;

  if (!get_id (object, "traceId", trace.bytes, FAR_ID_LEN) || !get_id (object, "spanId", id, 8) ||
      start_us <= 0 || end_us < start_us)
    return NULL;
  span = g_new0 (FarSpan, 1);
  span->trace_id = trace;
  span->id = span_of (id);
  if (get_id (object, "parentSpanId", parent, 8))
    span->parent = span_of (parent);
  span->start_us = start_us;
  span->duration_us = end_us - start_us;
  span->kind = g_strdup ("remote");
  span->name = dup_cut (get_text (object, "name"), FAR_SPAN_NAME_MAX);
  span->function = dup_cut (service, FAR_SPAN_SERVICE_MAX);
  span->attributes = attributes_json (get_array (object, "attributes"));
  if (status != NULL)
    {
      double code = get_number (status, "code");

      if (code == 2 || strcmp (get_text (status, "code"), "STATUS_CODE_ERROR") == 0)
        span->status = FAR_SPAN_ERROR;
      else if (code == 1 || strcmp (get_text (status, "code"), "STATUS_CODE_OK") == 0)
        span->status = FAR_SPAN_OK;
    }
  return span;
}

static void
parse_spans (JsonObject *scope, const char *service, GPtrArray *spans, guint *rejected)
{
  JsonArray *list = get_array (scope, "spans");
  guint i;

  for (i = 0; i < length_of (list); i++)
    {
      JsonObject *object = object_at (list, i);
      FarSpan *span = object != NULL && spans->len < FAR_OTLP_SPANS_MAX
        ? parse_span (object, service) : NULL;

      if (span != NULL)
        g_ptr_array_add (spans, span);
      else
        (*rejected)++;
    }
}

GPtrArray *
far_otlp_parse_traces (const char *body, gsize n_bytes, guint *ret_rejected, GError **error)
{
  JsonArray *items = NULL;
  g_autoptr (JsonNode) root = parse_body (body, n_bytes, "resourceSpans", &items, error);
  GPtrArray *spans;
  guint i, s;

  if (root == NULL)
    return NULL;
  *ret_rejected = 0;
  spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  for (i = 0; i < length_of (items); i++)
    {
      JsonObject *item = object_at (items, i);
      g_autofree char *service = item != NULL ? service_of (item) : NULL;
      JsonArray *scopes = item != NULL ? get_array (item, "scopeSpans") : NULL;

      for (s = 0; s < length_of (scopes); s++)
        if (object_at (scopes, s) != NULL)
          parse_spans (object_at (scopes, s), service, spans, ret_rejected);
    }
  return spans;
}

/* ---- Metrics ---- */

static void
add_bucket (FarOtlpPoint *point, double limit, guint64 count)
{
  if (count == 0)
    return;
  point->limits[point->n_buckets] = limit;
  point->counts[point->n_buckets++] = count;
}

static void
need_buckets (FarOtlpPoint *point, guint n)
{
  point->limits = g_new0 (double, n + 1);
  point->counts = g_new0 (guint64, n + 1);
}

/* n limits, n + 1 counts; the last bucket has no limit. */
static gboolean
parse_explicit (JsonObject *object, FarOtlpPoint *point)
{
  JsonArray *limits = get_array (object, "explicitBounds");
  JsonArray *counts = get_array (object, "bucketCounts");
  double before = -INFINITY;
  guint n = length_of (counts), i;

  if (n == 0)
    return length_of (limits) == 0;
  if (n > FAR_OTLP_BUCKETS_MAX || length_of (limits) != n - 1)
    return FALSE;
  need_buckets (point, n);
  for (i = 0; i < n; i++)
    {
      double limit = i + 1 < n ? read_number (json_array_get_element (limits, i)) : INFINITY;
      guint64 count;

      if (isnan (limit) || !(limit > before) ||
          !read_unsigned (json_array_get_element (counts, i), &count))
        return FALSE;
      add_bucket (point, limit, count);
      before = limit;
    }
  return TRUE;
}

/* Bucket i of offset o and scale s ends at 2^((o + i + 1) / 2^s). Durations are not negative. */
static gboolean
parse_exponential (JsonObject *object, FarOtlpPoint *point)
{
  JsonObject *positive = get_object (object, "positive");
  JsonArray *counts = positive != NULL ? get_array (positive, "bucketCounts") : NULL;
  double scale = get_number (object, "scale");
  double offset = positive != NULL ? get_number (positive, "offset") : 0;
  guint64 zero = 0;
  guint n = length_of (counts), i;

  scale = isnan (scale) ? 0 : scale;
  offset = isnan (offset) ? 0 : offset;
  if (n > FAR_OTLP_BUCKETS_MAX || scale < -STEP_MAX || scale > STEP_MAX || fabs (offset) > 1e9)
    return FALSE;
  need_buckets (point, n + 1);
  if (read_unsigned (json_object_get_member (object, "zeroCount"), &zero))
    add_bucket (point, 0, zero);
  for (i = 0; i < n; i++)
    {
      guint64 count;

      if (!read_unsigned (json_array_get_element (counts, i), &count))
        return FALSE;
      add_bucket (point, exp2 ((offset + i + 1) / exp2 (scale)), count);
    }
  return TRUE;
}

/* What is counted must be what is said to be counted. */
static gboolean
counts_agree (const FarOtlpPoint *point)
{
  guint64 sum = 0;
  guint i;

  for (i = 0; i < point->n_buckets; i++)
    if (sum + point->counts[i] < sum)
      return FALSE;
    else
      sum += point->counts[i];
  return point->n_buckets == 0 || sum == point->count;
}

static gboolean
parse_value (JsonObject *object, FarOtlpPoint *point, gboolean exponential)
{
  point->min = get_number (object, "min");
  point->max = get_number (object, "max");
  if (point->kind != FAR_OTLP_HISTOGRAM)
    {
      point->value = get_number (object, json_object_has_member (object, "asInt") ? "asInt"
                                                                                  : "asDouble");
      return !isnan (point->value) && (!point->monotonic || point->value >= 0);
    }
  point->value = get_number (object, "sum");
  if (!read_unsigned (json_object_get_member (object, "count"), &point->count) ||
      !(exponential ? parse_exponential (object, point) : parse_explicit (object, point)))
    return FALSE;
  return counts_agree (point);
}

typedef struct {
  JsonObject *metric;
  JsonObject *data;
  const char *service;
  FarOtlpKind kind;
  gboolean    exponential;
} Metric;

static FarOtlpPoint *
parse_point (const Metric *metric, JsonObject *object)
{
  FarOtlpPoint *point = g_new0 (FarOtlpPoint, 1);
  JsonNode *monotonic = json_object_get_member (metric->data, "isMonotonic");
  double temporality = get_number (metric->data, "aggregationTemporality");

  point->kind = metric->kind;
  point->cumulative = temporality == 2 ||
                      strcmp (get_text (metric->data, "aggregationTemporality"),
                              "AGGREGATION_TEMPORALITY_CUMULATIVE") == 0;
  point->monotonic = monotonic != NULL && JSON_NODE_HOLDS_VALUE (monotonic) &&
                     json_node_get_boolean (monotonic);
  point->service = dup_cut (metric->service, FAR_OTLP_TEXT_MAX);
  point->name = dup_cut (get_text (metric->metric, "name"), FAR_OTLP_TEXT_MAX);
  point->unit = dup_cut (get_text (metric->metric, "unit"), FAR_OTLP_TEXT_MAX);
  point->attributes = attributes_line (get_array (object, "attributes"));
  point->start_us = get_nanos_as_us (object, "startTimeUnixNano");
  point->time_us = get_nanos_as_us (object, "timeUnixNano");
  if (*point->name != '\0' && point->time_us > 0 &&
      parse_value (object, point, metric->exponential))
    return point;
  far_otlp_point_free (point);
  return NULL;
}

static void
parse_metric (JsonObject *object, const char *service, GPtrArray *points, guint *rejected)
{
  static const struct { const char *name; FarOtlpKind kind; gboolean exponential; } kinds[] = {
    { "gauge", FAR_OTLP_GAUGE, FALSE },
    { "sum", FAR_OTLP_SUM, FALSE },
    { "histogram", FAR_OTLP_HISTOGRAM, FALSE },
    { "exponentialHistogram", FAR_OTLP_HISTOGRAM, TRUE },
  };
  guint k, i;

  for (k = 0; k < G_N_ELEMENTS (kinds); k++)
    {
      JsonObject *data = get_object (object, kinds[k].name);
      const Metric metric = { object, data, service, kinds[k].kind, kinds[k].exponential };
      JsonArray *list = data != NULL ? get_array (data, "dataPoints") : NULL;

      for (i = 0; i < length_of (list); i++)
        {
          JsonObject *one = object_at (list, i);
          FarOtlpPoint *point = one != NULL && points->len < FAR_OTLP_POINTS_MAX
            ? parse_point (&metric, one) : NULL;

          if (point != NULL)
            g_ptr_array_add (points, point);
          else
            (*rejected)++;
        }
    }
}

static void
parse_scopes (JsonObject *item, GPtrArray *points, guint *rejected)
{
  g_autofree char *service = service_of (item);
  JsonArray *scopes = get_array (item, "scopeMetrics");
  guint s, m;

  for (s = 0; s < length_of (scopes); s++)
    {
      JsonObject *scope = object_at (scopes, s);
      JsonArray *metrics = scope != NULL ? get_array (scope, "metrics") : NULL;

      for (m = 0; m < length_of (metrics); m++)
        if (object_at (metrics, m) != NULL)
          parse_metric (object_at (metrics, m), service, points, rejected);
    }
}

GPtrArray *
far_otlp_parse_metrics (const char *body, gsize n_bytes, guint *ret_rejected, GError **error)
{
  JsonArray *items = NULL;
  g_autoptr (JsonNode) root = parse_body (body, n_bytes, "resourceMetrics", &items, error);
  GPtrArray *points;
  guint i;

  if (root == NULL)
    return NULL;
  *ret_rejected = 0;
  points = g_ptr_array_new_with_free_func ((GDestroyNotify) far_otlp_point_free);
  for (i = 0; i < length_of (items); i++)
    if (object_at (items, i) != NULL)
      parse_scopes (object_at (items, i), points, ret_rejected);
  return points;
}
