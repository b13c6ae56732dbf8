/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an OpenFaaS gateway answers, read from foreign bytes. No state. */
#pragma once

#include "sources/far-source.h"

G_BEGIN_DECLS

typedef struct {
  char  *name;      /* "name" or "name.namespace" */
  double invocations; /* so far */
  gint64 replicas;
  gint64 memory_mb; /* 0 = no limit is set */
} FarOpenfaasFunction;

void       far_openfaas_function_free (FarOpenfaasFunction *function);
/* GET /system/functions → (element-type FarOpenfaasFunction) */
GPtrArray *far_openfaas_parse_functions (const char *data, gsize n_bytes, GError **error);
/* One line of GET /system/logs; NULL for what is none. */
FarSourceLogLine *far_openfaas_parse_line (const char *text, gsize n_bytes);

G_END_DECLS
