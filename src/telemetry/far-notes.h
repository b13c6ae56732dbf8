/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a function told about its invocation: attributes and spans of what it asked others, in the
 * one-line form that lambda/far-lambda-trace.c writes. It is foreign text: checked whole before any
 * of it is kept, and bounded in everything. No state; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_NOTES_MAX 2048
#define FAR_NOTES_SPANS_MAX 16
#define FAR_NOTES_ATTRIBUTES_MAX 4
#define FAR_NOTES_KEY_MAX 32
#define FAR_NOTES_KIND_MAX 16
#define FAR_NOTES_VALUE_MAX 128
#define FAR_NOTES_SPAN_US_MAX (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* The attribute that rollups are kept for. */
#define FAR_NOTES_ARTICLE "article"

typedef struct {
  guint64 id;
  gint64  offset_us; /* from the event's arrival in the function */
  gint64  duration_us;
  guint   status;    /* 0 unset, 1 ok, 2 error */
  char    kind[FAR_NOTES_KIND_MAX + 1];
  char    name[FAR_NOTES_VALUE_MAX + 1];
} FarNotesSpan;

typedef struct {
  char key[FAR_NOTES_KEY_MAX + 1];
  char value[FAR_NOTES_VALUE_MAX + 1]; /* UTF-8 */
} FarNotesAttribute;

typedef struct {
  guint             n_spans;
  guint             n_attributes;
  FarNotesAttribute attributes[FAR_NOTES_ATTRIBUTES_MAX];
  FarNotesSpan      spans[FAR_NOTES_SPANS_MAX];
} FarNotes;

/* FALSE if any part is not of the form; then nothing of ret_notes means anything. */
gboolean    far_notes_parse     (const char *text, FarNotes *ret_notes);
/* NULL if there is none of that key. */
const char *far_notes_attribute (const FarNotes *notes, const char *key);

G_END_DECLS
