/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of YAML that a publication's front matter and settings are written in: one "key: value"
 * a line, where a value is plain, in double quotes, or a list in brackets; or a key alone, with
 * rows below it, each "  - {key: value, key: value}". Whatever this accepts means the same to any
 * YAML reader; the rest is refused with file, line, column, reason and what to write.
 *
 * A document is read by taking its keys; what nobody took is an unknown key, so that a misspelt one
 * is found. Pure; one thread at a time. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PUBLICATION_ERROR (far_publication_error_quark ())
GQuark far_publication_error_quark (void);

/* Every message begins with the file and the line; where it is about YAML, with the column too:
 * "file:line:column: ". */
typedef enum {
  FAR_PUBLICATION_ERROR_READ,    /* a file or folder cannot be read, or is too large */
  FAR_PUBLICATION_ERROR_SYNTAX,  /* not the YAML or Markdown that is taken */
  FAR_PUBLICATION_ERROR_MISSING, /* a key that must be there is not */
  FAR_PUBLICATION_ERROR_UNKNOWN, /* a key that nobody knows */
  FAR_PUBLICATION_ERROR_VALUE,   /* a value that cannot be */
} FarPublicationError;

#define FAR_FLAT_YAML_KEYS_MAX 64
#define FAR_FLAT_YAML_LIST_MAX 32
#define FAR_FLAT_YAML_ROWS_MAX 64
#define FAR_FLAT_YAML_VALUE_MAX 2000 /* bytes */

typedef struct _FarFlatYaml FarFlatYaml;

/* file stands in errors; first_line is the line in it that text begins with.
 * Returns: (transfer full) */
FarFlatYaml *far_flat_yaml_parse        (const char   *text,
                                         gsize         n_bytes,
                                         const char   *file,
                                         guint         first_line,
                                         GError      **error);
void         far_flat_yaml_free         (FarFlatYaml  *self);
/* "file:line:column" of a key's value; of the document's end if the key is NULL or not there.
 * Returns: (transfer full) */
char        *far_flat_yaml_get_place    (FarFlatYaml  *self,
                                         const char   *key);
/* Sets a VALUE error at that place. Returns: FALSE */
gboolean     far_flat_yaml_refuse       (FarFlatYaml  *self,
                                         const char   *key,
                                         GError      **error,
                                         const char   *format,
                                         ...) G_GNUC_PRINTF (4, 5);
gboolean     far_flat_yaml_has          (FarFlatYaml  *self,
                                         const char   *key);

/* Each takes a key that must be there. ret_value is untouched on failure. */
gboolean     far_flat_yaml_take_string  (FarFlatYaml  *self,
                                         const char   *key,
                                         char        **ret_value,
                                         GError      **error);
gboolean     far_flat_yaml_take_int     (FarFlatYaml  *self,
                                         const char   *key,
                                         gint64        min,
                                         gint64        max,
                                         gint64       *ret_value,
                                         GError      **error);
/* A decimal amount of the currency's major unit, above 0 and at most max_micros. */
gboolean     far_flat_yaml_take_amount  (FarFlatYaml  *self,
                                         const char   *key,
                                         gint64        max_micros,
                                         gint64       *ret_micros,
                                         GError      **error);
/* "2026-11-23", a day that exists. */
gboolean     far_flat_yaml_take_date    (FarFlatYaml  *self,
                                         const char   *key,
                                         char        **ret_value,
                                         GError      **error);
/* A list of at least one. */
gboolean     far_flat_yaml_take_list    (FarFlatYaml  *self,
                                         const char   *key,
                                         char       ***ret_value,
                                         GError      **error);
/* The rows below a key, at least one, each taken from like a document. Returns: (element-type
 * FarFlatYaml) (transfer full) */
gboolean     far_flat_yaml_take_rows    (FarFlatYaml  *self,
                                         const char   *key,
                                         GPtrArray   **ret_rows,
                                         GError      **error);
/* FALSE with UNKNOWN, naming the first key that was not taken and those that were. */
gboolean     far_flat_yaml_finish       (FarFlatYaml  *self,
                                         GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarFlatYaml, far_flat_yaml_free)

G_END_DECLS
