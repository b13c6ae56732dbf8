/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of a request, and what of it is refused before anybody looks at it: ambiguous lengths
 * (request smuggling), a foreign Host or Origin (DNS rebinding), names and values that may not be,
 * too much of anything. Pure; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_HTTP_FIELDS_INLINE 24

typedef struct {
  const char *name;
  const char *value;
} FarHttpField;

/* Fields are borrowed. All zero is an empty head. */
typedef struct {
  FarHttpField  first[FAR_HTTP_FIELDS_INLINE];
  FarHttpField *more; /* from the 25th on */
  guint         n_fields;
  gboolean      malformed;
  gboolean      has_body;
  gboolean      takes_origin;   /* whatever Origin there is is welcome */
  guint64       content_length; /* 0 when chunked */
  gsize         n_bytes;        /* of the whole head, as received */
  gsize         target_bytes;
} FarHttpHead;

void                far_http_head_clear (FarHttpHead *self);
/* FALSE when there are too many. */
gboolean            far_http_head_add   (FarHttpHead *self, const char *name, gsize n_name,
                                         const char *value, gsize n_value);
const FarHttpField *far_http_head_nth   (const FarHttpHead *self, guint index);
const char         *far_http_head_find  (const FarHttpHead *self, const char *name);

/* Sets has_body and content_length. hosts: (nullable). Returns: 0 if it may go on, else the status
 * to refuse it with and a sentence that says why. */
guint               far_http_head_check (FarHttpHead *self, const char *path, const char *version,
                                         const char *const *hosts, gsize body_max,
                                         const char **ret_message);

G_END_DECLS
