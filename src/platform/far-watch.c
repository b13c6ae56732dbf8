/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarWatch: one inotify descriptor in the loop, a watch on each folder below a function's code.
 * Several functions may share a folder; a change reloads each of them once it has settled. What is
 * changed while a new folder is being watched for the first time counts as changed. */
#include "platform/far-watch.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

G_DEFINE_QUARK (far-watch-error-quark, far_watch_error)

#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | \
                IN_ONLYDIR | IN_EXCL_UNLINK)
#define DEPTH_MAX 32
/* What the kernel grants a user is used up. */
#define NO_INSTANCES_LEFT \
  ". Programs of this user watch files already, as many as may: end some, or raise " \
  "fs.inotify.max_user_instances with sysctl"
#define NO_WATCHES_LEFT \
  ". Programs of this user watch folders already, as many as may: end some, or raise " \
  "fs.inotify.max_user_watches with sysctl"

struct _FarWatch {
  FarDispatcher  *dispatcher;
  FarWatchChanged changed;
  gpointer        user_data;
  int             fd;
  FarLoopWatch    watch;
  FarLoopDeadline settle;
  GHashTable     *folders; /* watch descriptor → path */
  GHashTable     *dirty;   /* function's name → path that changed last */
};

static gboolean
add_folder (FarWatch *self, const char *path, guint depth, GError **error)
{
  g_autoptr (GDir) folder = NULL;
  const char *name;
  int wd;

  if (g_hash_table_size (self->folders) >= FAR_WATCH_FOLDERS_MAX || depth > DEPTH_MAX)
    {
      g_set_error (error, FAR_WATCH_ERROR, FAR_WATCH_ERROR_LIMIT,
                   "There are more than %d folders of code, or they are too deep: move what is no "
                   "code elsewhere (%s)", FAR_WATCH_FOLDERS_MAX, path);
      return FALSE;
    }
  /* The code folder itself may be a link. */
  wd = inotify_add_watch (self->fd, path, depth > 0 ? EVENTS | IN_DONT_FOLLOW : EVENTS);
  if (wd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
    return TRUE; /* not built yet, or gone again */
  if (wd < 0)
    {
      g_set_error (error, FAR_WATCH_ERROR, FAR_WATCH_ERROR_INOTIFY,
                   "%s cannot be watched: %s%s", path, g_strerror (errno),
                   errno == ENOSPC ? NO_WATCHES_LEFT : "");
      return FALSE;
    }
  g_hash_table_insert (self->folders, GINT_TO_POINTER (wd), g_strdup (path));
  folder = g_dir_open (path, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      struct stat status;

      if (lstat (child, &status) == 0 && S_ISDIR (status.st_mode) && strcmp (name, ".git") != 0 &&
          !add_folder (self, child, depth + 1, error))
        return FALSE;
    }
  return TRUE;
}

/* The path behind a function's code folder; NULL if it is not there. */
static const char *
behind (const char *path, const char *code_dir)
{
  gsize n = strlen (code_dir);

  return strncmp (path, code_dir, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

static void
on_settled (gpointer user_data)
{
  FarWatch *self = user_data;
  g_autoptr (GHashTable) dirty = g_steal_pointer (&self->dirty);
  GHashTableIter iter;
  gpointer name, path;

  self->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_iter_init (&iter, dirty);
  while (g_hash_table_iter_next (&iter, &name, &path))
    {
      FarFunction *function = far_dispatcher_find (self->dispatcher, name);

      if (function == NULL)
        continue;
      far_dispatcher_reload (self->dispatcher, function);
      self->changed (name, path, self->user_data);
    }
}

static void
mark (FarWatch *self, const char *path)
{
  guint i;

  for (i = 0; i < far_dispatcher_n_functions (self->dispatcher); i++)
    {
      const FarTemplateFunction *spec = far_dispatcher_nth (self->dispatcher, i)->spec;
      const char *rest = behind (path, spec->code_dir);

      if (rest != NULL)
        g_hash_table_replace (self->dirty, g_strdup (spec->name), g_strdup (rest));
    }
  if (g_hash_table_size (self->dirty) > 0)
    far_loop_arm (far_dispatcher_get_loop (self->dispatcher), &self->settle,
                  g_get_monotonic_time () + FAR_WATCH_SETTLE_MS * G_TIME_SPAN_MILLISECOND,
                  on_settled, self);
}

static void
take (FarWatch *self, const struct inotify_event *event, const char *name)
{
  const char *folder = g_hash_table_lookup (self->folders, GINT_TO_POINTER (event->wd));
  g_autofree char *path = NULL;

  if ((event->mask & IN_IGNORED) != 0)
    {
      g_hash_table_remove (self->folders, GINT_TO_POINTER (event->wd));
      return;
    }
  if (folder == NULL)
    return;
  path = g_build_filename (folder, name, NULL);
  if ((event->mask & IN_ISDIR) != 0 && (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0)
    add_folder (self, path, 1, NULL);
  /* A new file is reported again when it is closed; only a link is not. */
  if ((event->mask & IN_CREATE) == 0 || (event->mask & IN_ISDIR) != 0
      || g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    mark (self, path);
}

static void
on_events (guint32 events, gpointer user_data)
{
  FarWatch *self = user_data;
  union {
    struct inotify_event event;
    char                 bytes[16384];
  } buffer;
  ssize_t n = read (self->fd, buffer.bytes, sizeof buffer);
  ssize_t at;

  for (at = 0; at + (ssize_t) sizeof (struct inotify_event) <= n;)
    {
      struct inotify_event event;

      memcpy (&event, buffer.bytes + at, sizeof event);
      take (self, &event, event.len > 0 ? buffer.bytes + at + sizeof event : "");
      at += (ssize_t) sizeof event + event.len;
    }
}

FarWatch *
far_watch_new (FarDispatcher *dispatcher, FarWatchChanged changed, gpointer user_data,
               GError **error)
{
  FarWatch *self = g_new0 (FarWatch, 1);
  gboolean ok;
  guint i;

  self->dispatcher = dispatcher;
  self->changed = changed;
  self->user_data = user_data;
  self->folders = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  ok = self->fd >= 0 && far_loop_add (far_dispatcher_get_loop (dispatcher), &self->watch, self->fd,
                                      EPOLLIN, on_events, self, error);
  if (self->fd < 0)
    g_set_error (error, FAR_WATCH_ERROR, FAR_WATCH_ERROR_INOTIFY, "Nothing can be watched: %s%s",
                 g_strerror (errno), errno == EMFILE ? NO_INSTANCES_LEFT : "");
  for (i = 0; ok && i < far_dispatcher_n_functions (dispatcher); i++)
    ok = add_folder (self, far_dispatcher_nth (dispatcher, i)->spec->code_dir, 0, error);
  if (ok)
    return self;
  far_watch_free (self);
  return NULL;
}

void
far_watch_free (FarWatch *self)
{
  FarLoop *loop = far_dispatcher_get_loop (self->dispatcher);

  far_loop_disarm (loop, &self->settle);
  far_loop_remove (loop, &self->watch);
  if (self->fd >= 0)
    close (self->fd);
  g_hash_table_unref (self->folders);
  g_hash_table_unref (self->dirty);
  g_free (self);
}

guint
far_watch_n_folders (FarWatch *self)
{
  return g_hash_table_size (self->folders);
}
