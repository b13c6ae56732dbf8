/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds what sandboxes are attacked from and for (see the header). Everything lies in one folder
 * below /tmp that is removed at the end. */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *
make_folder (const char *parent,
             const char *name)
{
  char *path = g_build_filename (parent, name, NULL);

  g_assert_no_errno (mkdir (path, 0755));
  return path;
}

static void
copy_program (const char *from,
              const char *folder,
              const char *name)
{
  g_autofree char *source = g_build_filename (g_getenv ("FARTHING_BUILD_ROOT"), from, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes;

  g_file_get_contents (source, &content, &n_bytes, &error);
  g_assert_no_error (error);
  g_file_set_contents_full (path, content, n_bytes, G_FILE_SET_CONTENTS_NONE, 0755, &error);
  g_assert_no_error (error);
}

static char *
write_text (const char *folder,
            const char *name,
            int         mode)
{
  char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, "content", -1, G_FILE_SET_CONTENTS_NONE, mode, &error);
  g_assert_no_error (error);
  return path;
}

static int
listen_on (const struct sockaddr *address,
           socklen_t              length)
{
  int fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_no_errno (fd);
  g_assert_no_errno (bind (fd, address, length));
  g_assert_no_errno (listen (fd, 16));
  return fd;
}

static void
listen_everywhere (Stage *self)
{
  struct sockaddr_un path = { .sun_family = AF_UNIX };
  struct sockaddr_un name = { .sun_family = AF_UNIX };
  struct sockaddr_in tcp = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t length = sizeof tcp;

  g_strlcpy (path.sun_path, self->socket, sizeof path.sun_path);
  g_strlcpy (name.sun_path + 1, self->socket, sizeof name.sun_path - 1);
  self->fds[0] = listen_on ((struct sockaddr *) &path, sizeof path);
  self->fds[1] = listen_on ((struct sockaddr *) &name,
                            G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 +
                            strlen (self->socket));
  self->fds[2] = listen_on ((struct sockaddr *) &tcp, sizeof tcp);
  g_assert_no_errno (getsockname (self->fds[2], (struct sockaddr *) &tcp, &length));
  self->port = ntohs (tcp.sin_port);
}

static void
start_victim (Stage *self)
{
  self->victim = fork ();
  g_assert_no_errno (self->victim);
  if (self->victim == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      for (;;)
        pause ();
    }
}

static void
become_user (Stage      *self,
             const char *libexec)
{
  g_assert_no_errno (chown (self->folder, STAGE_USER, STAGE_USER));
  g_assert_no_errno (chown (libexec, STAGE_USER, STAGE_USER));
  g_assert_no_errno (chown (self->guest, STAGE_USER, STAGE_USER));
  g_assert_no_errno (chown (self->other, STAGE_USER, STAGE_USER));
  g_assert_no_errno (chown (self->store_read, STAGE_USER, STAGE_USER));
  g_assert_no_errno (chown (self->store_write, STAGE_USER, STAGE_USER));
  g_assert_no_errno (setgroups (0, NULL));
  g_assert_no_errno (setresgid (STAGE_USER, STAGE_USER, STAGE_USER));
  g_assert_no_errno (setresuid (STAGE_USER, STAGE_USER, STAGE_USER));
  /* A change of ids makes /proc/self root's; a user who logs in has none of that. */
  g_assert_no_errno (prctl (PR_SET_DUMPABLE, 1));
}

Stage *
stage_new (gboolean as_user)
{
  Stage *self = g_new0 (Stage, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *libexec = NULL;

  self->folder = g_dir_make_tmp ("far-stage-XXXXXX", &error);
  g_assert_no_error (error);
  g_assert_no_errno (chmod (self->folder, 0755));
  libexec = make_folder (self->folder, "libexec");
  self->guest = make_folder (self->folder, "guest");
  self->other = make_folder (self->folder, "other");
  self->store_read = make_folder (self->folder, "store-read");
  self->store_write = make_folder (self->folder, "store-write");
  copy_program ("src/platform/farthing-spawner", libexec, "farthing-spawner");
  copy_program ("tests/sandbox/guest/bootstrap", self->guest, "bootstrap");
  copy_program ("tests/sandbox/guest/bootstrap", self->other, "bootstrap");
  g_free (write_text (self->other, "secret", 0644));
  g_free (write_text (self->store_read, "content", 0644));
  g_setenv ("FARTHING_LIBEXECDIR", libexec, TRUE);
  if (as_user && geteuid () == 0)
    become_user (self, libexec);
  self->secret = write_text (self->folder, "secret", 0600);
  self->socket = g_build_filename (self->folder, "socket", NULL);
  listen_everywhere (self);
  self->clock_path = g_build_filename (self->folder, "clock", NULL);
  self->clock = far_clock_new_shared (self->clock_path, &error);
  g_assert_no_error (error);
  self->clock_fd = far_clock_share (self->clock, &error);
  g_assert_no_error (error);
  start_victim (self);
  return self;
}

static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) children = NULL;

  children = g_file_enumerate_children (file, G_FILE_ATTRIBUTE_STANDARD_NAME,
                                        G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  for (;;)
    {
      GFile *child = NULL;

      if (children == NULL || !g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) ||
          child == NULL)
        break;
      remove_tree (child);
    }
  g_file_delete (file, NULL, NULL);
}

void
stage_free (Stage *self)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);

  kill (self->victim, SIGKILL);
  waitpid (self->victim, NULL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (self->fds); i++)
    close (self->fds[i]);
  close (self->clock_fd);
  far_clock_unref (self->clock);
  g_free (self->clock_path);
  remove_tree (folder);
  g_free (self->folder);
  g_free (self->guest);
  g_free (self->other);
  g_free (self->store_read);
  g_free (self->store_write);
  g_free (self->secret);
  g_free (self->socket);
  g_free (self);
}
