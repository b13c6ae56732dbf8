/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head of an HTTP/1.1 answer, and the chunked coding (RFC 9112). Strict: what is ambiguous is
 * an error. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_HTTP_HEAD_FIELDS_MAX 64

typedef struct {
  guint status;
  guint n_fields;
  struct {
    const char *name;  /* lower case */
    const char *value;
  } fields[FAR_HTTP_HEAD_FIELDS_MAX];
} FarHttpHead;

/* text is changed in place and borrowed; n_bytes reaches to the end of the empty line. */
gboolean    far_http_head_parse       (FarHttpHead *head, char *text, gsize n_bytes,
                                       GError **error);
/* name in lower case. Returns: (nullable) */
const char *far_http_head_get         (const FarHttpHead *head, const char *name);
gboolean    far_http_head_is_chunked  (const FarHttpHead *head);
gboolean    far_http_head_keeps_alive (const FarHttpHead *head);

typedef enum {
  FAR_HTTP_CHUNK_SIZE,
  FAR_HTTP_CHUNK_DATA,
  FAR_HTTP_CHUNK_DATA_END,
  FAR_HTTP_CHUNK_TRAILER,
} FarHttpChunkState;

/* Starts zeroed. */
typedef struct {
  FarHttpChunkState state;
  gsize             left; /* of the chunk */
  gboolean          done;
} FarHttpChunks;

/* Decodes what it can. out may overlap what has been taken of data (it never grows past it). */
gboolean    far_http_chunks_decode    (FarHttpChunks *chunks, const char *data, gsize n_bytes,
                                       char *out, gsize *ret_taken, gsize *ret_decoded,
                                       GError **error);

G_END_DECLS
