/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarCodeLook: a walk with descriptors, so that a folder that is renamed meanwhile is no other.
 * Entries are summed, not chained: the order in which a file system lists them is its own. */
#include "platform/far-code-look.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/far-crypto.h"

typedef struct {
  FarCodeLook *look;
  gint64       now_us;
} Walk;

/* Adds an entry: its name in its folder, and what says whether it is what it was. Of a folder that
 * is only which one: what is in it is told by its entries. Returns: what stands for it as their
 * folder */
static guint64
add (Walk *walk, guint64 folder, const char *name, const struct stat *status)
{
  gint64 changed_us = (gint64) status->st_ctim.tv_sec * G_USEC_PER_SEC
                      + status->st_ctim.tv_nsec / 1000;
  gint64 age_us = walk->now_us - changed_us;
  gboolean has_content = !S_ISDIR (status->st_mode);
  const guint64 facts[] = {
    folder,
    status->st_ino,
    status->st_dev,
    status->st_mode,
    has_content ? (guint64) status->st_size : 0,
    has_content ? (guint64) status->st_mtim.tv_sec : 0,
    has_content ? (guint64) status->st_mtim.tv_nsec : 0,
    has_content ? (guint64) status->st_ctim.tv_sec : 0,
    has_content ? (guint64) status->st_ctim.tv_nsec : 0,
  };
  guint64 words[FAR_SHA256_LEN / sizeof (guint64)];
  guint8 digest[FAR_SHA256_LEN];

  far_sha256_2 (facts, sizeof facts, name, strlen (name), digest);
  memcpy (words, digest, sizeof words);
  walk->look->sum += words[0];
  walk->look->n_entries++;
  walk->look->young |= age_us >= 0 && age_us < FAR_CODE_LOOK_YOUNG_MS * G_TIME_SPAN_MILLISECOND;
  return words[1];
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
      struct stat status;
      guint64 place;
      int child;

      if (is_passed_over (entry->d_name)
          || fstatat (fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      if (walk->look->n_entries >= FAR_CODE_LOOK_MAX || depth > FAR_CODE_LOOK_DEPTH_MAX)
        {
          walk->look->whole = FALSE;
          break;
        }
      place = add (walk, folder, entry->d_name, &status);
      if (!S_ISDIR (status.st_mode))
        continue;
      child = openat (fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (child >= 0)
        walk_folder (walk, child, place, depth + 1);
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
    add (&walk, 0, "", &status);
  ret_look->has_code = fstatat (fd, "bootstrap", &status, 0) == 0;
  if (ret_look->has_code)
    add (&walk, 0, "bootstrap", &status);
  ret_look->n_entries = 0;
  walk_folder (&walk, fd, 1, 0);
}

gboolean
far_code_look_is_newer (const FarCodeLook *now, const FarCodeLook *before)
{
  return now->has_code
         && (now->sum != before->sum || now->n_entries != before->n_entries
             || (before->young && !now->young));
}
