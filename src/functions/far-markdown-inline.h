/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The marks inside a paragraph. Only far-markdown.c uses it. Pure. */
#pragma once

#include "functions/far-markdown.h"

G_BEGIN_DECLS

void     far_text_clear         (FarText     *text);
/* source: the lines of one paragraph, joined by one space. */
gboolean far_text_parse         (FarText     *text,
                                 const char  *source,
                                 const char  *file,
                                 guint        line,
                                 GError     **error);
void     far_text_write_members (const FarText *text,
                                 FarJsonWriter *writer);

G_END_DECLS
