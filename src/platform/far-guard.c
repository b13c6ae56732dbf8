/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The guard is farthingd's own image before it has opened anything, so that a fork is a fresh
 * start. Its child shows it each listening socket over a channel; the next child inherits them.
 * What was accepted dies with the one that was killed; what has only connected waits in the
 * backlog. Thread: the only one. */
#include "platform/far-guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/far-channel.h"

typedef struct {
  FarGuard *guard;
  int       channel;   /* from the child */
  int       signal_fd;
  pid_t     child;
  sigset_t  before;    /* what was blocked before us */
  gboolean  listened;  /* the child has shown a socket, or one before it */
  gboolean  ending;    /* it was told to */
  guint     n_kills;   /* since window_us */
  gint64    window_us;
} Watch;

void
far_guard_init (FarGuard *self)
{
  self->channel = -1;
  for (guint i = 0; i < FAR_GUARD_LISTENERS_MAX; i++)
    self->listeners[i] = -1;
}

static int
fail (const char *what)
{
  g_printerr ("farthingd: its guard cannot %s: %s\n", what, g_strerror (errno));
  return EXIT_FAILURE;
}

static void
become_child (Watch *watch, int channel, pid_t parent)
{
  close (watch->channel);
  close (watch->signal_fd);
  watch->guard->channel = channel;
  sigprocmask (SIG_SETMASK, &watch->before, NULL);
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != parent)
    _exit (EXIT_FAILURE);
  if (watch->n_kills > 0)
    {
      /* The ready line was told to whoever started the first. */
      int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);

      if (null >= 0)
        dup2 (null, STDOUT_FILENO);
      if (null >= 0)
        close (null);
    }
}

/* Returns: TRUE in the child. */
static gboolean
start (Watch *watch)
{
  pid_t parent = getpid ();
  int ends[2];

  watch->child = -1;
  if (!far_channel_new_pair (ends, NULL))
    return FALSE;
  watch->channel = ends[0];
  watch->child = fork ();
  if (watch->child == 0)
    {
      become_child (watch, ends[1], parent);
      return TRUE;
    }
  close (ends[1]);
  return FALSE;
}

/* One socket that the child listens on. */
static void
take_listener (Watch *watch)
{
  FarChannelExtras extras;
  guint8 index = 0;

  if (far_channel_receive (watch->channel, &index, sizeof index, &extras, NULL) < 0)
    {
      close (g_steal_fd (&watch->channel));
      return;
    }
  if (extras.n_fds == 1 && index < FAR_GUARD_LISTENERS_MAX && watch->guard->listeners[index] < 0)
    {
      watch->guard->listeners[index] = extras.fds[0];
      watch->listened = TRUE;
    }
  else
    far_channel_close_fds (&extras);
}

/* Returns: whether it is to be started again; else *ret_exit is set. */
static gboolean
take_end (Watch *watch, int status, int *ret_exit)
{
  gint64 now_us = g_get_monotonic_time ();

  while (watch->channel >= 0)
    take_listener (watch);
  if (WIFEXITED (status))
    {
      *ret_exit = WEXITSTATUS (status);
      return FALSE;
    }
  *ret_exit = 128 + WTERMSIG (status);
  if (!watch->listened || watch->ending)
    return FALSE;
  if (now_us > watch->window_us + FAR_GUARD_WINDOW_S * G_USEC_PER_SEC)
    {
      watch->window_us = now_us;
      watch->n_kills = 0;
    }
  if (++watch->n_kills > FAR_GUARD_KILLS_MAX)
    {
      g_printerr ("farthingd: killed %d times within %d s, and not started again\n",
                  FAR_GUARD_KILLS_MAX + 1, FAR_GUARD_WINDOW_S);
      return FALSE;
    }
  g_printerr ("farthingd: killed by signal %d; starting again\n", WTERMSIG (status));
  return TRUE;
}

static void
pass_signal_on (Watch *watch)
{
  struct signalfd_siginfo info;

  while (read (watch->signal_fd, &info, sizeof info) == sizeof info)
    if (info.ssi_signo != SIGCHLD)
      {
        watch->ending = TRUE;
        kill (watch->child, (int) info.ssi_signo);
      }
}

/* Until the child has ended. Returns: its wait status */
static int
wait_for_end (Watch *watch)
{
  int status = 0;

  while (waitpid (watch->child, &status, WNOHANG) != watch->child)
    {
      struct pollfd fds[] = {
        { .fd = watch->signal_fd, .events = POLLIN },
        { .fd = watch->channel, .events = POLLIN },
      };

      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
        continue;
      if (fds[1].revents != 0)
        take_listener (watch);
      if (fds[0].revents != 0)
        pass_signal_on (watch);
    }
  return status;
}

gboolean
far_guard_start (FarGuard *self, int *ret_exit)
{
  Watch watch = { .guard = self, .channel = -1 };
  sigset_t signals;

  far_guard_init (self);
  sigemptyset (&signals);
  sigaddset (&signals, SIGCHLD);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGHUP);
  sigprocmask (SIG_BLOCK, &signals, &watch.before);
  watch.signal_fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (watch.signal_fd < 0)
    {
      *ret_exit = fail ("watch signals");
      return FALSE;
    }
  do
    {
      if (start (&watch))
        return TRUE;
      if (watch.child < 0)
        {
          *ret_exit = fail ("start it");
          break;
        }
    }
  while (take_end (&watch, wait_for_end (&watch), ret_exit));
  far_guard_settle (self);
  close (watch.signal_fd);
  return FALSE;
}

int
far_guard_take (FarGuard *self, guint index)
{
  g_return_val_if_fail (index < FAR_GUARD_LISTENERS_MAX, -1);

  return g_steal_fd (&self->listeners[index]);
}

void
far_guard_keep (FarGuard *self, guint index, int fd)
{
  const guint8 byte = (guint8) index;

  if (self->channel >= 0)
    far_channel_send (self->channel, &byte, sizeof byte, &fd, 1, 0, NULL);
}

void
far_guard_settle (FarGuard *self)
{
  for (guint i = 0; i < FAR_GUARD_LISTENERS_MAX; i++)
    if (self->listeners[i] >= 0)
      close (g_steal_fd (&self->listeners[i]));
}
