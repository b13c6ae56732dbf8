/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which keeper a watch belongs to stands in a table that keepers write and the spawner clears; an
 * entry is written before its folder is handed out, so that it cannot end before it is there. */
#include "platform/spawner-tmps.h"

#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <unistd.h>

/* Alive at once, of all functions together; far above what a machine has room for. */
#define WATCHES_MAX 8192
#define KEEPERS_MAX 1024
#define TAKEN (-1)

typedef struct {
  gint  wd;     /* 0: free */
  guint number; /* of its keeper */
} Entry;

typedef struct {
  guint number; /* 0: nobody's */
  gint  pid;    /* 0 until it was forked */
  gint  waits;
  guint ended;
} Place;

struct _TmpsPages {
  Entry entries[WATCHES_MAX];
  Place places[KEEPERS_MAX];
  guint last;
};

static Place *
place_of (TmpsPages *pages, guint number)
{
  return &pages->places[number % KEEPERS_MAX];
}

void
tmps_init (SpawnerTmps *self)
{
  void *pages = MAP_FAILED;

  self->pages = NULL;
  self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  if (self->fd < 0)
    return;
  pages = mmap (NULL, sizeof *self->pages, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                0);
  if (pages != MAP_FAILED)
    {
      self->pages = pages;
      return;
    }
  close (self->fd);
  self->fd = -1;
}

guint
tmps_enrol (SpawnerTmps *self)
{
  guint i;

  for (i = 0; self->pages != NULL && i < KEEPERS_MAX; i++)
    {
      guint number = ++self->pages->last;
      Place *place = place_of (self->pages, number);

      if (number == 0 || place->number != 0)
        continue;
      *place = (Place) { .number = number };
      return number;
    }
  return 0;
}

void
tmps_set_pid (SpawnerTmps *self, guint number, gint pid)
{
  if (number != 0)
    g_atomic_int_compare_and_exchange (&place_of (self->pages, number)->pid, 0, pid);
}

gint *
tmps_pid (const SpawnerTmps *self, guint number)
{
  return number != 0 ? &place_of (self->pages, number)->pid : NULL;
}

void
tmps_dismiss (SpawnerTmps *self, gint pid)
{
  guint i;

  for (i = 0; self->pages != NULL && i < KEEPERS_MAX; i++)
    if (self->pages->places[i].number != 0
        && g_atomic_int_get (&self->pages->places[i].pid) == pid)
      self->pages->places[i].number = 0;
}

static void
take (TmpsPages *pages, gint wd)
{
  guint i;

  for (i = 0; i < WATCHES_MAX; i++)
    {
      Entry *entry = &pages->entries[((guint) wd + i) % WATCHES_MAX];
      Place *place;

      if (g_atomic_int_get (&entry->wd) != wd)
        continue;
      place = place_of (pages, entry->number);
      if (place->number == entry->number) /* else its keeper is gone */
        {
          gint pid = g_atomic_int_get (&place->pid);

          g_atomic_int_inc (&place->ended);
          if (pid > 0 && g_atomic_int_compare_and_exchange (&place->waits, TRUE, FALSE))
            kill (pid, SIGCHLD);
        }
      g_atomic_int_set (&entry->wd, 0);
      return;
    }
}

void
tmps_take (SpawnerTmps *self)
{
  union {
    struct inotify_event event;
    char                 bytes[4096];
  } buffer;
  gssize n_bytes = read (self->fd, buffer.bytes, sizeof buffer.bytes);

  for (gssize at = 0; at + (gssize) sizeof buffer.event <= n_bytes;)
    {
      struct inotify_event event;

      memcpy (&event, buffer.bytes + at, sizeof event);
      if ((event.mask & IN_IGNORED) != 0)
        take (self->pages, event.wd);
      at += sizeof event + event.len;
    }
}

gboolean
tmps_watch (const SpawnerTmps *self, guint number, int fd)
{
  char path[32];
  guint i;
  gint wd;

  if (number == 0)
    return FALSE;
  g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  wd = inotify_add_watch (self->fd, path, IN_DELETE_SELF | IN_ONLYDIR);
  for (i = 0; wd > 0 && i < WATCHES_MAX; i++)
    {
      Entry *entry = &self->pages->entries[((guint) wd + i) % WATCHES_MAX];

      if (!g_atomic_int_compare_and_exchange (&entry->wd, 0, TAKEN))
        continue;
      entry->number = number;
      g_atomic_int_set (&entry->wd, wd);
      return TRUE;
    }
  if (wd > 0)
    inotify_rm_watch (self->fd, wd);
  return FALSE;
}

guint
tmps_ended (const SpawnerTmps *self, guint number, gboolean waits)
{
  Place *place;

  if (number == 0)
    return 0;
  place = place_of (self->pages, number);
  g_atomic_int_set (&place->waits, waits);
  return g_atomic_int_and (&place->ended, 0);
}
