/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarCodeLook: a walk with descriptors, so that a folder that is renamed meanwhile is no other.
 * Entries are summed, not chained: the order in which a file system lists them is its own. */
#include "platform/far-code-look.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  FarCodeLook *look;
  gint64       now_us;
} Walk;

/* The finalizer of SplitMix64: each bit of the one number changes half of the other's. */
static guint64
mix (guint64 value)
{
  value ^= value >> 30;
  value *= G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  value ^= value >> 27;
  value *= G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return value ^ value >> 31;
}

static guint64
mix_name (guint64 folder, const char *name)
{
  guint64 value = folder;

  for (; *name != '\0'; name++)
    value = (value ^ (guint8) *name) * G_GUINT64_CONSTANT (0x100000001b3); /* FNV-1a */
  return mix (value);
}

static guint64
mix_time (guint64 value, const struct timespec *time)
{
  return mix (mix (value ^ (guint64) time->tv_sec) ^ (guint64) time->tv_nsec);
}

/* Of a folder only which one it is: what is in it is told by its entries. */
static void
add (Walk *walk, guint64 name, const struct stat *status)
{
  gint64 changed_us = (gint64) status->st_ctim.tv_sec * G_USEC_PER_SEC
                      + status->st_ctim.tv_nsec / 1000;
  gint64 age_us = walk->now_us - changed_us;
  guint64 value = mix (mix (name ^ (guint64) status->st_ino) ^ (guint64) status->st_dev);

  value = mix (value ^ (guint64) status->st_mode);
  if (!S_ISDIR (status->st_mode))
    {
      value = mix (value ^ (guint64) status->st_size);
      value = mix_time (mix_time (value, &status->st_mtim), &status->st_ctim);
    }
  walk->look->sum += value;
  walk->look->n_entries++;
  walk->look->young |= age_us >= 0 && age_us < FAR_CODE_LOOK_YOUNG_MS * G_TIME_SPAN_MILLISECOND;
}

static gboolean
is_passed_over (const char *name)
{
  return strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || strcmp (name, ".git") == 0;
}

/* Takes fd. */
static void
walk_folder (Walk *walk, int fd, guint64 folder, guint depth)
{
  DIR *entries = fdopendir (fd);
  const struct dirent *entry;

  if (entries == NULL)
    {
      close (fd);
      return;
    }
  while ((entry = readdir (entries)) != NULL)
    {
      guint64 name = mix_name (folder, entry->d_name);
      struct stat status;
      int child;

      if (is_passed_over (entry->d_name)
          || fstatat (fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      if (walk->look->n_entries >= FAR_CODE_LOOK_MAX || depth > FAR_CODE_LOOK_DEPTH_MAX)
        {
          walk->look->whole = FALSE;
          break;
        }
      add (walk, name, &status);
      if (!S_ISDIR (status.st_mode))
        continue;
      child = openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (child >= 0)
        walk_folder (walk, child, name, depth + 1);
    }
  closedir (entries);
}

void
far_code_look (const char *folder, FarCodeLook *ret_look)
{
  Walk walk = { ret_look, g_get_real_time () };
  struct stat status;
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  memset (ret_look, 0, sizeof *ret_look);
  ret_look->whole = TRUE;
  if (fd < 0)
    return;
  if (fstat (fd, &status) == 0)
    add (&walk, 0, &status);
  ret_look->has_code = fstatat (fd, "bootstrap", &status, 0) == 0;
  if (ret_look->has_code)
    add (&walk, 1, &status);
  ret_look->n_entries = 0;
  walk_folder (&walk, fd, 2, 0);
}

gboolean
far_code_look_is_newer (const FarCodeLook *now, const FarCodeLook *before)
{
  return now->has_code
         && (now->sum != before->sum || now->n_entries != before->n_entries
             || (before->young && !now->young));
}
