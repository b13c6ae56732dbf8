/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of AWS's event stream (application/vnd.amazon.eventstream): a prelude of total and header
 * length with its CRC-32, headers, a payload, and a CRC-32 of all. Only string headers, as the
 * services use them. Pure; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_EVENT_STREAM_ERROR (far_event_stream_error_quark ())
GQuark far_event_stream_error_quark (void);
typedef enum {
  FAR_EVENT_STREAM_ERROR_FRAME, /* lengths or checksums that cannot be */
  FAR_EVENT_STREAM_ERROR_HEADER,
} FarEventStreamError;

#define FAR_EVENT_STREAM_TYPE "application/vnd.amazon.eventstream"
/* The format's own limits. */
#define FAR_EVENT_STREAM_HEADERS_MAX (128 * 1024)
#define FAR_EVENT_STREAM_PAYLOAD_MAX (24 * 1024 * 1024)
#define FAR_EVENT_STREAM_N_HEADERS_MAX 32

typedef struct {
  const char *name;
  const char *value;
} FarEventStreamHeader;

typedef struct {
  GHashTable   *headers; /* name → value, both copied */
  const guint8 *payload; /* in the data that was read */
  gsize         n_payload;
} FarEventStreamFrame;

void     far_event_stream_append (GByteArray *out, const FarEventStreamHeader *headers,
                                  gsize n_headers, const void *payload, gsize n_payload);
/* ret_n_bytes: how many bytes the frame took; 0 without an error when it is not all there yet. */
gboolean far_event_stream_read   (const guint8 *data, gsize n_bytes, FarEventStreamFrame *ret_frame,
                                  gsize *ret_n_bytes, GError **error);
void     far_event_stream_frame_clear (FarEventStreamFrame *frame);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarEventStreamFrame, far_event_stream_frame_clear)

G_END_DECLS
