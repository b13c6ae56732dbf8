/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attacks on what belongs to others: files, processes, sockets. Thread: any one. */
#include "attacks-private.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "sandbox/far-fork-server.h"

static gboolean
read_file (const char *path,
           GString    *detail)
{
  char text[256];
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gssize n_bytes = fd >= 0 ? read (fd, text, sizeof text) : -1;

  verdict (n_bytes > 0, detail, path);
  if (fd >= 0)
    close (fd);
  return n_bytes > 0;
}

/* Other entries than . and .. */
static gboolean
list_folder (const char *path,
             GString    *detail)
{
  DIR *folder = opendir (path);
  struct dirent *entry;
  guint n = 0;

  while (folder != NULL && (entry = readdir (folder)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      {
        g_string_append_printf (detail, "%s ", entry->d_name);
        n++;
      }
  if (folder != NULL)
    closedir (folder);
  return n > 0;
}

static gboolean
write_file (const char *path,
            GString    *detail)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && write (fd, "x", 1) == 1;

  verdict (ok, detail, path);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* A process that is neither oneself nor named as allowed. */
static gboolean
see_processes (const char *argument,
               GString    *detail)
{
  DIR *folder = opendir ("/proc");
  struct dirent *entry;
  char self[32] = "";
  gboolean seen = FALSE;

  if (readlink ("/proc/self", self, sizeof self - 1) < 0)
    self[0] = '\0';
  while (folder != NULL && (entry = readdir (folder)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]) && strcmp (entry->d_name, self) != 0)
      {
        g_string_append_printf (detail, "%s ", entry->d_name);
        seen = TRUE;
      }
  if (folder != NULL)
    closedir (folder);
  return seen;
}

static gboolean
signal_process (const char *argument,
                GString    *detail)
{
  return verdict (kill (number (argument), 0) == 0, detail, "kill");
}

static gboolean
trace_process (const char *argument,
               GString    *detail)
{
  gboolean ok = ptrace (PTRACE_SEIZE, number (argument), NULL, NULL) == 0;

  verdict (ok, detail, "ptrace");
  if (ok)
    ptrace (PTRACE_DETACH, number (argument), NULL, NULL);
  return ok;
}

static gboolean
trace_me (const char *argument,
          GString    *detail)
{
  return verdict (ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0, detail, "ptrace");
}

static gboolean
read_memory (const char *argument,
             GString    *detail)
{
  static char here[16];
  struct iovec vector = { here, sizeof here };

  return verdict (process_vm_readv (number (argument), &vector, 1, &vector, 1, 0) > 0, detail,
                  "process_vm_readv");
}

static gboolean
open_socket (int         family,
             int         type,
             int         protocol,
             GString    *detail)
{
  int fd = socket (family, type, protocol);

  verdict (fd >= 0, detail, "socket");
  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static gboolean
socket_inet (const char *argument,
             GString    *detail)
{
  return open_socket (AF_INET, SOCK_STREAM, 0, detail);
}

static gboolean
socket_udp (const char *argument,
            GString    *detail)
{
  return open_socket (AF_INET6, SOCK_DGRAM, 0, detail);
}

static gboolean
socket_netlink (const char *argument,
                GString    *detail)
{
  return open_socket (AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, detail);
}

static gboolean
connect_unix (const char *argument,
              GString    *detail)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  gboolean ok;

  g_strlcpy (address.sun_path, argument, sizeof address.sun_path);
  ok = fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  verdict (ok, detail, "connect");
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
connect_abstract (const char *argument,
                  GString    *detail)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);
  gboolean ok;

  g_strlcpy (address.sun_path + 1, argument, sizeof address.sun_path - 1);
  ok = fd >= 0 && connect (fd, (struct sockaddr *) &address,
                           G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 +
                           strlen (argument)) == 0;
  verdict (ok, detail, "connect");
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
connect_tcp (const char *argument,
             GString    *detail)
{
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons (number (argument)),
    .sin_addr = { htonl (INADDR_LOOPBACK) },
  };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  gboolean ok = fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0;

  verdict (ok, detail, "connect");
  if (fd >= 0)
    close (fd);
  return ok;
}

/* What whoever started us left open, beside what they mean us to have: the first three and the
 * places of a fork server. */
static gboolean
inherited (const char *argument,
           GString    *detail)
{
  guint n = 0;

  for (int fd = 3; fd < 1024; fd++)
    if (fcntl (fd, F_GETFD) >= 0 && (fd < FAR_FD_CONTROL || fd > FAR_FD_CLOCK))
      {
        g_string_append_printf (detail, "%d ", fd);
        n++;
      }
  g_string_append_printf (detail, "%u descriptors", n);
  return n > 0;
}

const Attack attacks_reach[] = {
  { "inherited", inherited },
  { "read", read_file },
  { "list", list_folder },
  { "write", write_file },
  { "see-processes", see_processes },
  { "signal", signal_process },
  { "trace", trace_process },
  { "trace-me", trace_me },
  { "read-memory", read_memory },
  { "socket-inet", socket_inet },
  { "socket-udp", socket_udp },
  { "socket-netlink", socket_netlink },
  { "connect-unix", connect_unix },
  { "connect-abstract", connect_abstract },
  { "connect-tcp", connect_tcp },
  { NULL, NULL },
};
