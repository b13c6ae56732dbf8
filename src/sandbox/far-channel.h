/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One datagram at a time, with descriptors and the kernel's word on who sent it, over a Unix
 * SOCK_SEQPACKET pair. Used between platform, spawner, keeper and fork server. Nothing is
 * allocated but errors, so it may be used after fork(). */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define FAR_CHANNEL_ERROR (far_channel_error_quark ())
GQuark far_channel_error_quark (void);
typedef enum {
  FAR_CHANNEL_ERROR_CLOSED,    /* the other side has gone */
  FAR_CHANNEL_ERROR_AGAIN,     /* nothing there, or no room, on a non-blocking descriptor */
  FAR_CHANNEL_ERROR_SIZE,      /* a message or its descriptors were larger than allowed */
  FAR_CHANNEL_ERROR_IO,
} FarChannelError;

#define FAR_CHANNEL_MESSAGE_MAX (64 * 1024)
#define FAR_CHANNEL_FDS_MAX 16

typedef struct {
  pid_t pid; /* of the sender, in the receiver's pid namespace; 0 where not asked for */
  uid_t uid;
  int   fds[FAR_CHANNEL_FDS_MAX]; /* close-on-exec, the receiver's to close */
  guint n_fds;
} FarChannelExtras;

/* Both ends close-on-exec; the first one learns its senders' credentials and does not block. */
gboolean far_channel_new_pair   (int ret_ends[2], GError **error);

/**
 * far_channel_send:
 * @as_pid: 0, or the pid to show as sender, which the kernel allows to the owner of the pid
 *   namespace only
 */
gboolean far_channel_send       (int fd, const void *data, gsize n_bytes, const int *fds,
                                 guint n_fds, pid_t as_pid, GError **error);
/* Returns: bytes received (≥ 1); -1 with error, and then no descriptor is kept. */
gssize   far_channel_receive    (int fd, void *buffer, gsize size, FarChannelExtras *ret_extras,
                                 GError **error);
void     far_channel_close_fds  (FarChannelExtras *extras);

G_END_DECLS
