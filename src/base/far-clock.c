/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wall time as a thing that is passed in. A FarClock is the system's clock plus an offset (none, or
 * one that lies in a mapped file shared by all processes of a platform), or a manual one that
 * stands still. The offset is one aligned 64-bit word, read and added to atomically, so a clock
 * may be used by any thread and any number of processes; time never runs backwards through here. */
#include "farthing-config.h"

#include "base/far-clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARED_FILE_BYTES 4096
#define FD_PREFIX "fd:"

/* The offset in the shared file is little endian by contract, and added to in place. */
G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);
G_STATIC_ASSERT (sizeof (gint64) == 8);

typedef enum {
  CLOCK_KIND_SYSTEM,
  CLOCK_KIND_SHARED,
  CLOCK_KIND_MANUAL,
} ClockKind;

struct _FarClock {
  gatomicrefcount ref_count;
  ClockKind kind;
  gboolean writable;
  gint64 *offset_us;     /* shared: in the mapping; manual: at own_us */
  gint64 own_us;         /* manual: the time */
  gint64 *copy_us;       /* what far_clock_share() shows of it; nullable */
};

G_DEFINE_QUARK (far-clock-error-quark, far_clock_error)

static FarClock *
clock_new (ClockKind kind)
{
  FarClock *clock = g_new0 (FarClock, 1);

  g_atomic_ref_count_init (&clock->ref_count);
  clock->kind = kind;
  return clock;
}

/**
 * far_clock_new_system:
 *
 * Returns: (transfer full): the system's wall clock
 */
FarClock *
far_clock_new_system (void)
{
  return clock_new (CLOCK_KIND_SYSTEM);
}

/**
 * far_clock_new_manual:
 * @start_us: µs since the Unix epoch
 *
 * Returns: (transfer full): a clock that moves by far_clock_advance() only
 */
FarClock *
far_clock_new_manual (gint64 start_us)
{
  FarClock *clock = clock_new (CLOCK_KIND_MANUAL);

  clock->writable = TRUE;
  clock->own_us = start_us;
  clock->offset_us = &clock->own_us;
  return clock;
}

/* Maps the descriptor, which stays the caller's. A shorter file would be a SIGBUS later. */
static FarClock *
map_clock (int          fd,
           gboolean     writable,
           const char  *name,
           GError     **error)
{
  struct stat status;
  FarClock *clock;
  void *mapping;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) ||
      status.st_size < SHARED_FILE_BYTES)
    {
      g_set_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN,
                   "%s is not a test clock; unset " FAR_CLOCK_ENV " or start farthingd with "
                   "--test-clock", name);
      return NULL;
    }

  mapping = mmap (NULL, SHARED_FILE_BYTES, writable ? PROT_READ | PROT_WRITE : PROT_READ,
                  MAP_SHARED, fd, 0);
  if (mapping == MAP_FAILED)
    {
      g_set_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN,
                   "Cannot map the test clock %s: %s", name, g_strerror (errno));
      return NULL;
    }

  clock = clock_new (CLOCK_KIND_SHARED);
  clock->writable = writable;
  clock->offset_us = mapping;
  return clock;
}

static FarClock *
open_clock (const char  *path,
            int          flags,
            GError     **error)
{
  FarClock *clock;
  int fd = open (path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 || ((flags & O_CREAT) != 0 && ftruncate (fd, SHARED_FILE_BYTES) != 0))
    {
      g_set_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN,
                   "Cannot open the test clock %s: %s", path, g_strerror (errno));
      clock = NULL;
    }
  else
    clock = map_clock (fd, (flags & O_ACCMODE) == O_RDWR, path, error);

  if (fd >= 0)
    close (fd);
  return clock;
}

/**
 * far_clock_new_shared:
 * @path: the file; made with mode 0600 where it is not there, kept with its offset where it is
 * @error: FAR_CLOCK_ERROR_OPEN
 *
 * Returns: (transfer full): a clock that this process may advance for all that share the file
 */
FarClock *
far_clock_new_shared (const char  *path,
                      GError     **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  return open_clock (path, O_RDWR | O_CREAT, error);
}

/**
 * far_clock_share:
 * @clock: a clock that far_clock_new_shared() made, and that one thread advances; once
 * @error: FAR_CLOCK_ERROR_OPEN
 *
 * For whoever must not move it: a descriptor of the file can be opened again for writing by its
 * owner, in a sandbox too. What this one is of can be written by nobody but @clock.
 *
 * Returns: a descriptor, the caller's, that FAR_CLOCK_ENV can name as "fd:N"; -1 on error
 */
int
far_clock_share (FarClock  *clock,
                 GError   **error)
{
  int fd;
  void *mapping = MAP_FAILED;

  g_return_val_if_fail (clock != NULL && clock->writable && clock->copy_us == NULL, -1);

  fd = memfd_create ("test-clock", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd >= 0 && ftruncate (fd, SHARED_FILE_BYTES) == 0)
    mapping = mmap (NULL, SHARED_FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapping != MAP_FAILED)
    {
      clock->copy_us = mapping;
      *clock->copy_us = __atomic_load_n (clock->offset_us, __ATOMIC_ACQUIRE);
      if (fcntl (fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
          == 0)
        return fd;
    }
  g_set_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN, "Cannot share the test clock: %s",
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/**
 * far_clock_new_following:
 * @path: the file of a platform that runs
 * @error: FAR_CLOCK_ERROR_OPEN
 *
 * Returns: (transfer full): a clock that goes with the platform's, and cannot advance it
 */
FarClock *
far_clock_new_following (const char  *path,
                         GError     **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  return open_clock (path, O_RDONLY, error);
}

/**
 * far_clock_new_from_env:
 * @error: FAR_CLOCK_ERROR_OPEN if %FAR_CLOCK_ENV names something that is no test clock
 *
 * Follows the clock that %FAR_CLOCK_ENV names, a path or "fd:N" (the descriptor stays open), and
 * cannot advance it: the platform does that for all. The system's clock where it is unset.
 *
 * Returns: (transfer full): a clock
 */
FarClock *
far_clock_new_from_env (GError **error)
{
  const char *name = g_getenv (FAR_CLOCK_ENV);
  guint64 fd;

  if (name == NULL || *name == '\0')
    return far_clock_new_system ();

  if (!g_str_has_prefix (name, FD_PREFIX))
    return open_clock (name, O_RDONLY, error);

  if (!g_ascii_string_to_unsigned (name + strlen (FD_PREFIX), 10, 0, G_MAXINT, &fd, NULL))
    {
      g_set_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN,
                   FAR_CLOCK_ENV "=%s names no descriptor; write a path or fd:N", name);
      return NULL;
    }
  return map_clock ((int) fd, FALSE, name, error);
}

/**
 * far_clock_ref:
 * @clock: a clock
 *
 * Returns: (transfer full): @clock
 */
FarClock *
far_clock_ref (FarClock *clock)
{
  g_return_val_if_fail (clock != NULL, NULL);

  g_atomic_ref_count_inc (&clock->ref_count);
  return clock;
}

/**
 * far_clock_unref:
 * @clock: (transfer full): a clock
 */
void
far_clock_unref (FarClock *clock)
{
  g_return_if_fail (clock != NULL);

  if (!g_atomic_ref_count_dec (&clock->ref_count))
    return;
  if (clock->kind == CLOCK_KIND_SHARED)
    munmap (clock->offset_us, SHARED_FILE_BYTES);
  if (clock->copy_us != NULL)
    munmap (clock->copy_us, SHARED_FILE_BYTES);
  g_free (clock);
}

/**
 * far_clock_now_us:
 * @clock: a clock
 *
 * Returns: µs since the Unix epoch
 */
gint64
far_clock_now_us (FarClock *clock)
{
  gint64 offset_us = 0;

  g_return_val_if_fail (clock != NULL, 0);

  if (clock->offset_us != NULL)
    offset_us = __atomic_load_n (clock->offset_us, __ATOMIC_ACQUIRE);
  /* The file may have been set by others who own it; who has the copy is to see the same time. */
  if (clock->copy_us != NULL && __atomic_load_n (clock->copy_us, __ATOMIC_ACQUIRE) != offset_us)
    __atomic_store_n (clock->copy_us, offset_us, __ATOMIC_RELEASE);
  return clock->kind == CLOCK_KIND_MANUAL ? offset_us : g_get_real_time () + offset_us;
}

/**
 * far_clock_advance:
 * @clock: a clock that far_clock_new_shared() or far_clock_new_manual() made
 * @delta_us: µs to add, above 0
 * @error: FAR_CLOCK_ERROR_BACKWARDS if @delta_us is 0 or less, or beyond the end of time;
 *   FAR_CLOCK_ERROR_OPEN if this clock is not ours to move
 *
 * Returns: TRUE if the clock has moved
 */
gboolean
far_clock_advance (FarClock  *clock,
                   gint64     delta_us,
                   GError   **error)
{
  gint64 old_us, new_us, unused;

  g_return_val_if_fail (clock != NULL, FALSE);

  if (!clock->writable)
    {
      g_set_error_literal (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_OPEN,
                           "This clock cannot be moved; start farthingd with --test-clock and use "
                           "\"farthingctl clock advance\"");
      return FALSE;
    }

  old_us = __atomic_load_n (clock->offset_us, __ATOMIC_ACQUIRE);
  do
    {
      if (delta_us <= 0 || __builtin_add_overflow (old_us, delta_us, &new_us) ||
          __builtin_add_overflow (new_us, g_get_real_time (), &unused))
        {
          g_set_error (error, FAR_CLOCK_ERROR, FAR_CLOCK_ERROR_BACKWARDS,
                       "Cannot move the clock by %" G_GINT64_FORMAT " µs; it only goes forward",
                       delta_us);
          return FALSE;
        }
    }
  while (!__atomic_compare_exchange_n (clock->offset_us, &old_us, new_us, FALSE,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
  if (clock->copy_us != NULL)
    __atomic_store_n (clock->copy_us, new_us, __ATOMIC_RELEASE);
  return TRUE;
}

/**
 * far_clock_is_test:
 * @clock: a clock
 *
 * Returns: TRUE if this is not the system's own time
 */
gboolean
far_clock_is_test (FarClock *clock)
{
  g_return_val_if_fail (clock != NULL, FALSE);

  return clock->kind != CLOCK_KIND_SYSTEM;
}
