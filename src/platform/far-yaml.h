/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small, strict reading of YAML: one document of mappings, sequences and scalars, each with its
 * place in the file.
 *
 * Anchors, aliases, tags, merge keys, several documents and duplicate keys are refused, so that
 * a file means what it looks like and cannot grow in memory beyond its size. Scalars keep their
 * text: no value turns into another type because of how it looks. Immutable once read. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_YAML_ERROR (far_yaml_error_quark ())
GQuark far_yaml_error_quark (void);
typedef enum {
  FAR_YAML_ERROR_SYNTAX,
  FAR_YAML_ERROR_LIMIT,
  FAR_YAML_ERROR_UNSUPPORTED, /* YAML that is not taken: anchors, tags, duplicate keys */
} FarYamlError;

#define FAR_YAML_SIZE_MAX (1024 * 1024)
#define FAR_YAML_DEPTH_MAX 32
#define FAR_YAML_NODES_MAX 50000
#define FAR_YAML_KEY_MAX 256 /* bytes */

typedef enum {
  FAR_YAML_SCALAR,
  FAR_YAML_SEQUENCE,
  FAR_YAML_MAPPING,
} FarYamlKind;

typedef struct _FarYamlNode FarYamlNode;
struct _FarYamlNode {
  FarYamlKind kind;
  guint       line;   /* from 1 */
  guint       column; /* from 1, in characters */
  char       *text;   /* scalar: valid UTF-8 without NUL */
  gboolean    plain;  /* scalar: written without quotes */
  char       *tag;    /* nullable: an application's own tag on a node, "!Ref" */
  GPtrArray  *items;  /* sequence: nodes. mapping: key, value, key, value, … */
};

/* name stands in errors: "name:line:column: …". Returns: (transfer full) */
FarYamlNode *far_yaml_parse (const char *data, gsize n_bytes, const char *name, GError **error);
void         far_yaml_free  (FarYamlNode *node);

/* The value of a key, NULL if it is not there or node is no mapping. */
FarYamlNode *far_yaml_get   (const FarYamlNode *node, const char *key);
/* Pairs of a mapping, items of a sequence. */
guint        far_yaml_n     (const FarYamlNode *node);
FarYamlNode *far_yaml_key   (const FarYamlNode *mapping, guint index);
FarYamlNode *far_yaml_value (const FarYamlNode *mapping, guint index);
FarYamlNode *far_yaml_item  (const FarYamlNode *sequence, guint index);

/* An empty plain scalar, "~" or "null". */
gboolean     far_yaml_is_null (const FarYamlNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarYamlNode, far_yaml_free)

G_END_DECLS
