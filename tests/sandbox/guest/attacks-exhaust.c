/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attacks that use up what all share: processes, threads, descriptors, memory, disk. Each takes the
 * amount that it may have and succeeds with more. Thread: any one. */
#include "attacks-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/far-channel.h"
#include "sandbox/far-fork-server.h"

#define MIB (1 << 20)
#define CHILD_MIB 32
#define LOOKS_MS 3000
#define QUIET_MS 300 /* no more will come */

static gboolean
fork_once (const char *argument,
           GString    *detail)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (0);
  if (pid > 0)
    waitpid (pid, NULL, 0);
  return verdict (pid > 0, detail, "fork");
}

/* How many processes at a time? More than argument is too many. */
static gboolean
fork_bomb (const char *argument,
           GString    *detail)
{
  int allowed = number (argument);
  int n = 0;
  pid_t pid = 0;

  while (n <= allowed && (pid = fork ()) > 0)
    n++;
  if (pid == 0 && n <= allowed)
    for (;;)
      pause ();
  g_string_append_printf (detail, "%d processes", n);
  return n > allowed;
}

static void *
idle_thread (void *data)
{
  for (;;)
    pause ();
  return NULL;
}

static gboolean
thread_bomb (const char *argument,
             GString    *detail)
{
  int allowed = number (argument);
  int n = 0;
  pthread_attr_t attributes;
  pthread_t thread;

  pthread_attr_init (&attributes);
  pthread_attr_setstacksize (&attributes, 64 * 1024);
  while (n <= allowed && pthread_create (&thread, &attributes, idle_thread, NULL) == 0)
    n++;
  g_string_append_printf (detail, "%d threads", n);
  return n > allowed;
}

static gboolean
descriptors (const char *argument,
             GString    *detail)
{
  int allowed = number (argument);
  int n = 0;

  while (n <= allowed && open ("/dev/null", O_RDONLY) >= 0)
    n++;
  g_string_append_printf (detail, "%d descriptors", n);
  for (int fd = 3; fd < allowed + 64; fd++)
    if (n > allowed)
      close (fd);
  return n > allowed;
}

/* Allocates and touches, in MiB; more than argument is too much. */
static gboolean
memory (const char *argument,
        GString    *detail)
{
  int allowed = number (argument);
  int n = 0;

  while (n <= allowed)
    {
      char *block = mmap (NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      if (block == MAP_FAILED)
        break;
      memset (block, 1, MIB);
      n++;
    }
  g_string_append_printf (detail, "%d MiB", n);
  return n > allowed;
}

/* The same by children, none of whom has much; it succeeds if all are let live with it for longer
 * than a look at them takes. */
static gboolean
children_memory (const char *argument,
                 GString    *detail)
{
  int allowed = number (argument);
  int n = 0;
  int ends[2];
  pid_t pid = 1;

  if (pipe (ends) < 0)
    return verdict (FALSE, detail, "pipe");
  while (n <= allowed && pid > 0)
    {
      char byte;

      pid = fork ();
      if (pid == 0)
        {
          char *block = mmap (NULL, CHILD_MIB * MIB, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

          if (block == MAP_FAILED)
            _exit (1);
          memset (block, 1, CHILD_MIB * MIB);
          if (write (ends[1], "", 1) == 1)
            for (;;)
              pause ();
          _exit (1);
        }
      if (pid > 0 && read (ends[0], &byte, 1) == 1)
        n += CHILD_MIB;
    }
  if (n > allowed)
    poll (NULL, 0, LOOKS_MS);
  g_string_append_printf (detail, "%d MiB", n);
  return n > allowed;
}

/* In files of 8 MiB, unlinked and kept open, so that no limit of one file hides the disk's. */
static gboolean
disk (const char *argument,
      GString    *detail)
{
  g_autofree char *block = g_malloc0 (MIB);
  int allowed = number (argument);
  int n = 0;
  int fd = -1;

  for (; n <= allowed; n++)
    {
      if (n % 8 == 0)
        {
          g_autofree char *path = g_strdup_printf ("/tmp/far-disk-%d-%d", getpid (), n);

          fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
          unlink (path);
        }
      if (fd < 0 || write (fd, block, MIB) != MIB)
        break;
    }
  g_string_append_printf (detail, "%d MiB", n);
  return n > allowed;
}

static gboolean
inodes (const char *argument,
        GString    *detail)
{
  int allowed = number (argument);
  int n = 0;

  for (; n <= allowed; n++)
    {
      g_autofree char *path = g_strdup_printf ("/tmp/far-inode-%d-%d", getpid (), n);
      int fd = open (path, O_WRONLY | O_CREAT, 0600);

      if (fd < 0)
        break;
      close (fd);
    }
  g_string_append_printf (detail, "%d files", n);
  for (int i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/tmp/far-inode-%d-%d", getpid (), i);

      unlink (path);
    }
  return n > allowed;
}

/* An orphan, whose end its keeper sees. */
static void
orphan_once (void)
{
  pid_t pid = fork ();

  if (pid == 0)
    _exit (fork () > 0 ? 0 : 1);
  if (pid > 0)
    waitpid (pid, NULL, 0);
}

/* A fork server that takes the /tmp of instances that it never starts, and has as many processes
 * end as if it had. How many does it get? All are given back. */
static gboolean
hoard_tmp (const char *argument,
           GString    *detail)
{
  int allowed = number (argument);
  g_autofree int *fds = g_new (int, allowed + 1);
  struct pollfd stock = { .fd = FAR_FD_TMP, .events = POLLIN };
  int n = 0;

  while (n <= allowed && poll (&stock, 1, QUIET_MS) == 1)
    {
      char message[64];
      FarChannelExtras extras;

      if (far_channel_receive (stock.fd, message, sizeof message, &extras, NULL) < 0 ||
          extras.n_fds != 1)
        break;
      fds[n++] = extras.fds[0];
      orphan_once ();
    }
  g_string_append_printf (detail, "%d file systems", n);
  for (int i = 0; i < n; i++)
    close (fds[i]);
  return n > allowed;
}

const Attack attacks_exhaust[] = {
  { "fork", fork_once },
  { "fork-bomb", fork_bomb },
  { "thread-bomb", thread_bomb },
  { "descriptors", descriptors },
  { "memory", memory },
  { "children-memory", children_memory },
  { "disk", disk },
  { "inodes", inodes },
  { "hoard-tmp", hoard_tmp },
  { NULL, NULL },
};
