/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lock of a data directory: flock(2), close-on-exec. */
#include "platform/far-data-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "platform/far-platform.h"

#define PID_TEXT_MAX 16

int
far_data_lock_take (const char *data_dir, GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, FAR_DATA_LOCK_NAME, NULL);
  char pid[PID_TEXT_MAX] = "";
  ssize_t n;
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_LOCKED,
                   "%s cannot be opened: %s", path, g_strerror (errno));
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      n = pread (fd, pid, sizeof pid - 1, 0);
      g_strchomp (pid);
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_LOCKED,
                   "Another farthingd (process %s) runs on %s already; join it, stop it, or choose "
                   "another folder with --data-dir", n > 0 ? pid : "unknown", data_dir);
      close (fd);
      return -1;
    }
  g_snprintf (pid, sizeof pid, "%d\n", (int) getpid ());
  if (ftruncate (fd, 0) != 0 || pwrite (fd, pid, strlen (pid), 0) != (ssize_t) strlen (pid))
    {
      g_set_error (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_LOCKED,
                   "%s cannot be written: %s", path, g_strerror (errno));
      close (fd);
      return -1;
    }
  return fd;
}
