/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the part of Markdown (CommonMark) that articles are written in into blocks: paragraphs,
 * headings, quotes, flat lists, a picture alone on its line; inside them *emphasis*, **strong**,
 * `code` and [links](https://…). What is outside that part is an error with file and line, so that
 * no half-understood mark is ever printed. Blocks carry plain text, never HTML. Pure. */
#pragma once

#include "base/far-json.h"
#include "functions/far-flat-yaml.h"

G_BEGIN_DECLS

#define FAR_MARKDOWN_BLOCKS_MAX 500
#define FAR_MARKDOWN_SPANS_MAX 200  /* of one text */
#define FAR_MARKDOWN_ITEMS_MAX 100  /* of one list */

/* Where the gateway serves pictures. */
#define FAR_MEDIA_PATH "/media/"

typedef enum {
  FAR_BLOCK_TEXT,
  FAR_BLOCK_HEADING,
  FAR_BLOCK_QUOTE,
  FAR_BLOCK_LIST,
  FAR_BLOCK_PICTURE,
} FarBlockKind;

typedef enum {
  FAR_SPAN_EMPHASIS,
  FAR_SPAN_STRONG,
  FAR_SPAN_CODE,
  FAR_SPAN_LINK,
} FarSpanStyle;

/* A stretch of a text that looks different. Spans do not overlap and are in order. */
typedef struct {
  gsize        start; /* bytes of the text's UTF-8 */
  gsize        length;
  FarSpanStyle style;
  char        *url;   /* of a link */
} FarSpan;

typedef struct {
  char   *text;
  GArray *spans; /* (element-type FarSpan) (nullable): NULL where there are none */
} FarText;

typedef struct {
  FarBlockKind  kind;
  guint         line;    /* in the file */
  guint         level;   /* heading: 2 or 3 */
  gboolean      ordered; /* list */
  FarText       text;    /* text, heading, quote; picture: what it shows */
  GArray       *items;   /* list: (element-type FarText) */
  char         *picture; /* picture: its file */
} FarBlock;

/* Returns: (transfer full) (element-type FarBlock): at least one block; NULL with an error. */
GPtrArray *far_markdown_parse      (const char     *text,
                                    gsize           n_bytes,
                                    const char     *file,
                                    guint           first_line,
                                    GError        **error);
guint      far_block_count_words   (const FarBlock *block);
/* {"kind":"text","text":…,"spans":[{"start","length","style","url"?}]?} and by kind "level",
 * "ordered" with "items", "picture" (a path below the gateway). start and length count Unicode
 * characters, not bytes. */
void       far_block_write         (const FarBlock *block,
                                    FarJsonWriter  *writer);

G_END_DECLS
