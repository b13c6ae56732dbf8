/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to base: the lexical half of the strict JSON reader, over a span of foreign bytes.
 * far-json-parse.c owns the grammar and the tree. Every function that returns FALSE has set the
 * scanner's error. */
#pragma once

#include "base/far-json.h"

G_BEGIN_DECLS

typedef struct {
  const char *start;
  const char *next;
  const char *end;
  GString *scratch; /* the last string that had escapes */
  GError **error;
  gboolean lax; /* strings say U+FFFD for a lone surrogate, and may have U+0000 */
} FarJsonScanner;

typedef struct {
  gboolean is_integer;
  gint64 integer;
  double real;
} FarJsonNumber;

void     far_json_scanner_init       (FarJsonScanner *scanner, const char *data, gsize n_bytes,
                                      GError **error);
void     far_json_scanner_clear      (FarJsonScanner *scanner);

/* Always FALSE; the message names the byte. */
gboolean far_json_fail               (FarJsonScanner *scanner, FarJsonError code,
                                      const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean far_json_fail_expected      (FarJsonScanner *scanner, const char *expected);

void     far_json_skip_space         (FarJsonScanner *scanner);
/* The next byte, or 0 at the end, which no caller takes for anything that it wants. */
char     far_json_peek               (const FarJsonScanner *scanner);
gboolean far_json_take               (FarJsonScanner *scanner, char c);
gboolean far_json_scan_word          (FarJsonScanner *scanner, const char *word);
/* Over one number of the grammar, of any size. */
gboolean far_json_skip_number        (FarJsonScanner *scanner, gboolean *ret_is_integer);
gboolean far_json_scan_number        (FarJsonScanner *scanner, FarJsonNumber *ret_number);
/* A string from its opening quote on: a span of the input, or of the scratch buffer if it had
 * escapes; valid until the next string. */
gboolean far_json_scan_string        (FarJsonScanner *scanner, FarJsonSpan *ret_string,
                                      gboolean *ret_in_scratch);
/* Over one of the grammar, from its opening quote on. */
gboolean far_json_skip_string        (FarJsonScanner *scanner);

G_END_DECLS
