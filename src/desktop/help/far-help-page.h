/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A help page: the part of Mallard that the pages in help/ use, as blocks of Pango markup. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A page is short; what is longer is no page of ours. */
#define FAR_HELP_BLOCKS_MAX 256

#define FAR_HELP_ERROR (far_help_error_quark ())
GQuark far_help_error_quark (void);
typedef enum {
  FAR_HELP_ERROR_ELEMENT,
  FAR_HELP_ERROR_TOO_LONG,
} FarHelpError;

typedef enum {
  FAR_HELP_TITLE,
  FAR_HELP_HEADING,
  FAR_HELP_TERM,
  FAR_HELP_PARAGRAPH,
  FAR_HELP_ITEM,
  FAR_HELP_STEP,
  FAR_HELP_NOTE,
} FarHelpKind;

/* number: of a step, from 1. markup: links to other pages are "help:ID". */
typedef struct {
  FarHelpKind kind;
  guint       number;
  char       *markup;
} FarHelpBlock;

GPtrArray *far_help_page_parse (const char *text,
                                gsize       n_bytes,
                                GError    **error);

G_END_DECLS
