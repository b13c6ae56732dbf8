/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strict JSON (RFC 8259) from foreign bytes, and JSON out.
 *
 * json-glib accepts comments, single quotes, leading zeros and duplicate keys, wraps large
 * integers and crashes on deep nesting; so a reader of ours checks (size, depth, UTF-8, grammar,
 * duplicate names, integers beyond int64) and builds a tree of json-glib's types in one pass.
 * Money and 64-bit ids travel as strings. FarJsonWriter prints valid JSON only. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define FAR_JSON_ERROR (far_json_error_quark ())
GQuark far_json_error_quark (void);
typedef enum {
  FAR_JSON_ERROR_SIZE,
  FAR_JSON_ERROR_DEPTH,
  FAR_JSON_ERROR_SYNTAX,
  FAR_JSON_ERROR_DUPLICATE,
  FAR_JSON_ERROR_RANGE,
  FAR_JSON_ERROR_MISSING, /* a member that must be there is not */
  FAR_JSON_ERROR_TYPE,    /* a member has another type than asked for */
} FarJsonError;

#define FAR_JSON_DEPTH_MAX 64
#define FAR_JSON_SIZE_MAX (6 * 1024 * 1024 + 1024)

gboolean  far_json_check        (const char *data, gsize n_bytes, gsize size_max, GError **error);
/* For text that is passed on: the grammar alone, any depth, names twice, numbers of any size. */
gboolean  far_json_check_grammar (const char *data, gsize n_bytes, GError **error);
/* Returns: (transfer full) */
JsonNode *far_json_parse        (const char *data, gsize n_bytes, gsize size_max, GError **error);
/* As far_json_parse(), and the root must be an object. */
JsonNode *far_json_parse_object (const char *data, gsize n_bytes, gsize size_max, GError **error);

/* Members of an object. Each names the member in its error. Strings stay the object's. */
gboolean  far_json_get_string   (JsonObject *object, const char *name, gsize len_max,
                                 const char **ret_value, GError **error);
gboolean  far_json_get_int      (JsonObject *object, const char *name, gint64 min, gint64 max,
                                 gint64 *ret_value, GError **error);
gboolean  far_json_get_bool     (JsonObject *object, const char *name, gboolean *ret_value,
                                 GError **error);
/* A string of micros, 0 ≤ value ≤ FAR_MICROS_MAX. */
gboolean  far_json_get_micros   (JsonObject *object, const char *name, gint64 *ret_micros,
                                 GError **error);
gboolean  far_json_get_object   (JsonObject *object, const char *name, JsonObject **ret_value,
                                 GError **error);
gboolean  far_json_get_array    (JsonObject *object, const char *name, gsize n_max,
                                 JsonArray **ret_value, GError **error);
/* TRUE if the member is there and not null. */
gboolean  far_json_has          (JsonObject *object, const char *name);

/* Some bytes of somebody's text. */
typedef struct {
  const char *text;
  gsize       n_bytes;
} FarJsonSpan;

/* Without a tree: in text that far_json_check() has accepted. */
gboolean  far_json_walk         (FarJsonSpan *rest, FarJsonSpan *ret_name, FarJsonSpan *ret_value);
gboolean  far_json_span_is      (FarJsonSpan string, const char *text);
gssize    far_json_copy_string  (FarJsonSpan string, char *ret_copy);

/* Writer: a stack allocated struct on a growing string. Commas and escapes are its business. */
typedef struct {
  GString *text;
  gboolean need_comma;
} FarJsonWriter;

void  far_json_writer_init    (FarJsonWriter *writer);
void  far_json_writer_clear   (FarJsonWriter *writer);
/* Returns: (transfer full): the text; the writer is cleared. */
char *far_json_writer_steal   (FarJsonWriter *writer, gsize *ret_length);
/* name is NULL inside arrays and at the root, in all of the following. */
void  far_json_begin_object   (FarJsonWriter *writer, const char *name);
void  far_json_end_object     (FarJsonWriter *writer);
void  far_json_begin_array    (FarJsonWriter *writer, const char *name);
void  far_json_end_array      (FarJsonWriter *writer);
/* value NULL prints null; invalid UTF-8 is replaced by U+FFFD. */
void  far_json_add_string     (FarJsonWriter *writer, const char *name, const char *value);
void  far_json_add_string_len (FarJsonWriter *writer, const char *name, const char *value,
                               gsize n_bytes);
void  far_json_add_int        (FarJsonWriter *writer, const char *name, gint64 value);
/* As a string. */
void  far_json_add_micros     (FarJsonWriter *writer, const char *name, gint64 micros);
/* As RFC 3339. */
void  far_json_add_time       (FarJsonWriter *writer, const char *name, gint64 time_us);
void  far_json_add_bool       (FarJsonWriter *writer, const char *name, gboolean value);
void  far_json_add_null       (FarJsonWriter *writer, const char *name);
/* Shortest digits that read back the same, C locale; NaN and infinities print null. */
void  far_json_add_double     (FarJsonWriter *writer, const char *name, double value);
/* Text that is known to be valid JSON. */
void  far_json_add_raw        (FarJsonWriter *writer, const char *name, const char *json,
                               gssize n_bytes);
void  far_json_add_node       (FarJsonWriter *writer, const char *name, JsonNode *node);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarJsonWriter, far_json_writer_clear)

G_END_DECLS
