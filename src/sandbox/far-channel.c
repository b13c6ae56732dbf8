/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams with descriptors and credentials (see the header).
 *
 * Invariant: a datagram whose text or descriptors did not fit is refused whole, and every
 * descriptor that came with it is closed. Thread: any; no state. */
#include "sandbox/far-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

G_DEFINE_QUARK (far-channel-error-quark, far_channel_error)

typedef union {
  struct cmsghdr header;
  char           bytes[CMSG_SPACE (sizeof (struct ucred)) +
                       CMSG_SPACE (sizeof (int) * FAR_CHANNEL_FDS_MAX)];
} Control;

gboolean
far_channel_new_pair (int      ret_ends[2],
                      GError **error)
{
  const int on = 1;
  int ends[2];

  g_return_val_if_fail (ret_ends != NULL, FALSE);

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
      setsockopt (ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
      fcntl (ends[0], F_SETFL, O_NONBLOCK) < 0)
    {
      g_set_error (error, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_IO,
                   "Cannot make a socket pair: %s", g_strerror (errno));
      return FALSE;
    }
  ret_ends[0] = ends[0];
  ret_ends[1] = ends[1];
  return TRUE;
}

static void
set_error_from_errno (GError    **error,
                      const char *what,
                      int         number)
{
  FarChannelError code = FAR_CHANNEL_ERROR_IO;

  if (number == EAGAIN)
    code = FAR_CHANNEL_ERROR_AGAIN;
  else if (number == EPIPE || number == ECONNRESET)
    code = FAR_CHANNEL_ERROR_CLOSED;
  else if (number == EMSGSIZE)
    code = FAR_CHANNEL_ERROR_SIZE;
  g_set_error (error, FAR_CHANNEL_ERROR, code, "Cannot %s a message: %s", what,
               g_strerror (number));
}

gboolean
far_channel_send (int         fd,
                  const void *data,
                  gsize       n_bytes,
                  const int  *fds,
                  guint       n_fds,
                  pid_t       as_pid,
                  GError    **error)
{
  struct iovec vector = { (void *) data, n_bytes };
  Control control = { 0 };
  struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
  struct cmsghdr *header = &control.header;
  gsize length = 0;
  gssize sent;

  g_return_val_if_fail (n_bytes > 0 && n_bytes <= FAR_CHANNEL_MESSAGE_MAX, FALSE);
  g_return_val_if_fail (n_fds <= FAR_CHANNEL_FDS_MAX, FALSE);

  if (as_pid != 0)
    {
      struct ucred who = { .pid = as_pid, .uid = geteuid (), .gid = getegid () };

      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_CREDENTIALS;
      header->cmsg_len = CMSG_LEN (sizeof who);
      memcpy (CMSG_DATA (header), &who, sizeof who);
      length += CMSG_SPACE (sizeof who);
      header = (void *) (control.bytes + length);
    }
  if (n_fds > 0)
    {
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (sizeof (int) * n_fds);
      memcpy (CMSG_DATA (header), fds, sizeof (int) * n_fds);
      length += CMSG_SPACE (sizeof (int) * n_fds);
    }
  if (length > 0)
    {
      message.msg_control = control.bytes;
      message.msg_controllen = length;
    }

  do
    sent = sendmsg (fd, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0)
    {
      set_error_from_errno (error, "send", errno);
      return FALSE;
    }
  return TRUE;
}

static void
take_extras (struct msghdr    *message,
             FarChannelExtras *extras)
{
  struct cmsghdr *header;

  for (header = CMSG_FIRSTHDR (message); header; header = CMSG_NXTHDR (message, header))
    {
      if (header->cmsg_level != SOL_SOCKET)
        continue;
      if (header->cmsg_type == SCM_RIGHTS)
        {
          guint n = (header->cmsg_len - CMSG_LEN (0)) / sizeof (int);

          g_assert (n <= FAR_CHANNEL_FDS_MAX - extras->n_fds);
          memcpy (extras->fds + extras->n_fds, CMSG_DATA (header), n * sizeof (int));
          extras->n_fds += n;
        }
      else if (header->cmsg_type == SCM_CREDENTIALS)
        {
          struct ucred who;

          memcpy (&who, CMSG_DATA (header), sizeof who);
          extras->pid = who.pid;
          extras->uid = who.uid;
        }
    }
}

gssize
far_channel_receive (int               fd,
                     void             *buffer,
                     gsize             size,
                     FarChannelExtras *ret_extras,
                     GError          **error)
{
  struct iovec vector = { buffer, size };
  Control control;
  struct msghdr message = {
    .msg_iov = &vector,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control,
  };
  gssize received;

  g_return_val_if_fail (ret_extras != NULL, -1);

  memset (ret_extras, 0, sizeof *ret_extras);
  do
    received = recvmsg (fd, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  if (received < 0)
    {
      set_error_from_errno (error, "receive", errno);
      return -1;
    }
  take_extras (&message, ret_extras);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
    {
      far_channel_close_fds (ret_extras);
      g_set_error_literal (error, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_SIZE,
                           "A message was larger than the channel allows");
      return -1;
    }
  if (received == 0)
    {
      far_channel_close_fds (ret_extras);
      g_set_error_literal (error, FAR_CHANNEL_ERROR, FAR_CHANNEL_ERROR_CLOSED,
                           "The other side has closed the channel");
      return -1;
    }
  return received;
}

void
far_channel_close_fds (FarChannelExtras *extras)
{
  for (guint i = 0; i < extras->n_fds; i++)
    close (extras->fds[i]);
  extras->n_fds = 0;
}
