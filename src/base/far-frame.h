/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames on a stream socket: 4 bytes of big-endian length, then that many bytes (1 to
 * FAR_FRAME_MAX). Blocking calls with a time-out (below 0: none), for functions and tests; and an
 * incremental reader for event loops. EINTR and short reads are handled; SIGPIPE never arises. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_FRAME_ERROR (far_frame_error_quark ())
GQuark far_frame_error_quark (void);
typedef enum {
  FAR_FRAME_ERROR_CLOSED,  /* the other side has gone */
  FAR_FRAME_ERROR_TIMEOUT,
  FAR_FRAME_ERROR_SIZE,
  FAR_FRAME_ERROR_IO,
} FarFrameError;

#define FAR_FRAME_MAX (64 * 1024)

gboolean far_frame_write (int fd, const void *data, gsize n_bytes, gint64 timeout_us,
                          GError **error);
/* Returns: (transfer full): the payload with a NUL behind it. */
char    *far_frame_read  (int fd, gsize *ret_n_bytes, gint64 timeout_us, GError **error);

/* Feed what arrived; take out whole frames. */
typedef struct _FarFrameReader FarFrameReader;
FarFrameReader *far_frame_reader_new  (void);
void            far_frame_reader_free (FarFrameReader *reader);
/* Reads what is there without blocking. FALSE with FAR_FRAME_ERROR_CLOSED at the end. */
gboolean        far_frame_reader_fill (FarFrameReader *reader, int fd, GError **error);
/* Returns: (transfer full) (nullable): the next whole frame, NUL behind it; NULL without error when
 * more bytes are needed, with FAR_FRAME_ERROR_SIZE for a length out of bounds. */
char           *far_frame_reader_take (FarFrameReader *reader, gsize *ret_n_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarFrameReader, far_frame_reader_free)

G_END_DECLS
