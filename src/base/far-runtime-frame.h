/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an instance and the platform say to each other over an inherited stream: the Runtime API's
 * requests and answers without HTTP.
 *
 * A frame is a header of FAR_RUNTIME_FRAME_HEADER bytes, then its texts and the payload:
 *
 *   byte 0       0xf7, which begins no request of HTTP
 *   byte 1       0
 *   bytes 2–3    FarRuntimeKind
 *   bytes 4–23   lengths of id, name, note, context, payload, 4 bytes each
 *   bytes 24–31  number
 *
 * Numbers are big-endian. A text ends with a NUL that its length counts; length 0 = NULL. The
 * payload is any bytes. One side asks and then waits for its answer:
 *
 *   NEXT, RESPONSE, ERROR → EVENT as soon as there is one, or STATUS where that was refused
 *   INIT_ERROR            → STATUS
 *
 * STATUS carries the number that HTTP would have: 202 taken, 400 another invocation's id, 403 not
 * now, 413 too large. Any thread. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define FAR_RUNTIME_FRAME_ERROR (far_runtime_frame_error_quark ())
GQuark far_runtime_frame_error_quark (void);
typedef enum {
  FAR_RUNTIME_FRAME_ERROR_FORM, /* not a frame, or one out of bounds */
} FarRuntimeFrameError;

#define FAR_RUNTIME_FRAME_MAGIC 0xf7
#define FAR_RUNTIME_FRAME_HEADER 32
#define FAR_RUNTIME_FRAME_PARTS 6 /* header, four texts, payload */
#define FAR_RUNTIME_FRAME_TEXT_MAX (64 * 1024)
#define FAR_RUNTIME_FRAME_PAYLOAD_MAX (16 * 1024 * 1024)

typedef enum {
  FAR_RUNTIME_NEXT = 1,
  FAR_RUNTIME_RESPONSE,   /* id, note, payload; number: its size where it was too large to send */
  FAR_RUNTIME_ERROR,      /* id, name (error type), note, payload; number as above */
  FAR_RUNTIME_INIT_ERROR, /* name, payload; number as above */
  FAR_RUNTIME_EVENT,      /* id, name (ARN), note (trace), context, payload; number: deadline, ms */
  FAR_RUNTIME_STATUS,     /* number */
} FarRuntimeKind;

typedef struct {
  FarRuntimeKind kind;
  gint64         number;
  const char    *id;      /* nullable, like the next */
  const char    *name;
  const char    *note;
  const char    *context;
  const char    *payload;
  gsize          n_payload;
} FarRuntimeFrame;

guint    far_runtime_frame_pack   (const FarRuntimeFrame *frame,
                                   guint8                 header[FAR_RUNTIME_FRAME_HEADER],
                                   struct iovec           vector[FAR_RUNTIME_FRAME_PARTS]);
gsize    far_runtime_frame_length (const guint8 header[FAR_RUNTIME_FRAME_HEADER], GError **error);
gboolean far_runtime_frame_parse  (const guint8 *data, gsize n_bytes, FarRuntimeFrame *ret_frame,
                                   GError **error);

G_END_DECLS
