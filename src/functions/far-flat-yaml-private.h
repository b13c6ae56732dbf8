/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scanner of flat YAML leaves for those who take its keys. */
#pragma once

#include "functions/far-flat-yaml.h"

G_BEGIN_DECLS

/* One of value, list and rows is set. */
typedef struct {
  char      *key;
  char      *value;
  char     **list;
  GPtrArray *rows;   /* (element-type FarFlatYaml) */
  guint      indent; /* of the rows */
  guint      line;
  guint      column; /* of the value, from 1 */
  gboolean   taken;
} FarFlatYamlEntry;

struct _FarFlatYaml {
  char   *file;
  guint   last_line;
  guint   column;  /* of a row's brace; 1 for a document */
  GArray *entries; /* (element-type FarFlatYamlEntry) */
};

/* NULL if it is not there. */
FarFlatYamlEntry *far_flat_yaml_find (FarFlatYaml *self,
                                      const char  *key);

G_END_DECLS
