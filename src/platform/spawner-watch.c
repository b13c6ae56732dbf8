/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts processes and memory in the keeper's own pid namespace, by its own /proc.
 *
 * A program may have children, and all of them together get its memory. A fork server may have one
 * process for each instance that the platform knows of, and itself: whatever else stays longer
 * than a start takes was left behind by a hostile constructor, or by a fork server that lies, and
 * would outlive the instance it pretends to be. Thread: the keeper's. */
#include "platform/spawner-watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Starts under way: two processes each for a moment. More than that at once is a bomb. */
#define PROCESSES_SPARE 160
/* Looks in a row before the ages are asked for. */
#define OFFENCES_MAX 10
/* Far longer than the process between fork server and instance lives. */
#define AGE_US G_USEC_PER_SEC

typedef struct {
  guint  processes; /* without the keeper */
  gint64 pages;     /* resident, without those of files */
} Census;

static gint64
read_pages (int         proc,
            const char *pid)
{
  char path[64];
  char text[128];
  char *rest;
  gint64 resident;
  gssize n_bytes = -1;
  int fd;

  g_snprintf (path, sizeof path, "%s/statm", pid);
  fd = openat (proc, path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      n_bytes = read (fd, text, sizeof text - 1);
      close (fd);
    }
  if (n_bytes <= 0)
    return 0;
  text[n_bytes] = '\0';
  g_ascii_strtoll (text, &rest, 10);
  resident = g_ascii_strtoll (rest, &rest, 10);
  return MAX (resident - g_ascii_strtoll (rest, NULL, 10), 0);
}

/* Field 22 of stat: when it began, in ticks of the boot clock. The name before it may hold
 * anything. */
static gboolean
is_aged (int         proc,
         const char *pid)
{
  char path[64];
  char text[1024];
  const char *at;
  struct timespec now;
  gint64 began_us;
  gssize n_bytes = -1;
  int fd;

  g_snprintf (path, sizeof path, "%s/stat", pid);
  fd = openat (proc, path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      n_bytes = read (fd, text, sizeof text - 1);
      close (fd);
    }
  if (n_bytes <= 0)
    return FALSE;
  text[n_bytes] = '\0';
  at = strrchr (text, ')');
  for (int field = 2; at != NULL && field < 22; field++)
    at = strchr (at + 1, ' ');
  if (at == NULL)
    return FALSE;
  began_us = g_ascii_strtoll (at, NULL, 10) * (G_USEC_PER_SEC / sysconf (_SC_CLK_TCK));
  clock_gettime (CLOCK_BOOTTIME, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 - began_us > AGE_US;
}

/* FALSE without a /proc. */
static gboolean
count_aged (guint *ret_aged)
{
  DIR *folder = opendir ("/proc");
  struct dirent *entry;

  if (folder == NULL)
    return FALSE;
  *ret_aged = 0;
  while ((entry = readdir (folder)) != NULL)
    if (g_ascii_isdigit (entry->d_name[0]) && strcmp (entry->d_name, "1") != 0 &&
        is_aged (dirfd (folder), entry->d_name))
      (*ret_aged)++;
  closedir (folder);
  return TRUE;
}

static gboolean
take_census (Census  *census,
             gboolean memory)
{
  DIR *folder = opendir ("/proc");
  struct dirent *entry;

  memset (census, 0, sizeof *census);
  if (folder == NULL)
    return FALSE;
  while ((entry = readdir (folder)) != NULL)
    {
      if (!g_ascii_isdigit (entry->d_name[0]) || strcmp (entry->d_name, "1") == 0)
        continue;
      census->processes++;
      if (memory)
        census->pages += read_pages (dirfd (folder), entry->d_name);
    }
  closedir (folder);
  return TRUE;
}

void
watch_init (Watch                  *self,
            const FarPlan          *plan,
            const FarSandboxCensus *census,
            gboolean                own_processes)
{
  self->plan = plan;
  self->census = census;
  self->offences = 0;
  self->out_of_memory = FALSE;
  self->next_ms = own_processes && (census != NULL || !plan->fork_server) ? WATCH_IDLE_MS : -1;
}

static const char *
look_at_program (Watch *self)
{
  gint64 allowed = ((gint64) self->plan->memory_mb << 20) / sysconf (_SC_PAGESIZE);
  Census census;

  if (!take_census (&census, TRUE))
    return NULL;
  if (census.pages > allowed)
    {
      self->out_of_memory = TRUE;
      return "The program and its children used more than its memory";
    }
  /* A lone process is watched by the platform as well. */
  self->next_ms = census.processes > 1 || census.pages > allowed / 2 ? WATCH_BUSY_MS
                                                                     : WATCH_IDLE_MS;
  return NULL;
}

static const char *
look_at_fork_server (Watch *self)
{
  guint known = g_atomic_int_get (&self->census->instances);
  guint aged = 0;
  Census census;

  if (!take_census (&census, FALSE))
    return NULL;
  if (census.processes <= 1 + known)
    {
      self->offences = 0;
      self->next_ms = WATCH_IDLE_MS;
      return NULL;
    }
  self->next_ms = WATCH_BUSY_MS;
  if (census.processes > 1 + known + PROCESSES_SPARE)
    return "The fork server made far more processes than it was asked for";
  /* A flood of starts looks like this too, but its processes are young. Every instance that is
   * alive is known: the platform forgets it only after the keeper has cleared it away. */
  if (++self->offences <= OFFENCES_MAX)
    return NULL;
  self->offences = 0;
  known = g_atomic_int_get (&self->census->instances);
  if (count_aged (&aged) && aged > 1 + known)
    return "The fork server keeps processes that are no instances";
  return NULL;
}

const char *
watch_look (Watch *self)
{
  return self->plan->fork_server ? look_at_fork_server (self) : look_at_program (self);
}
