/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things lie: one runtime directory for every way to write a data directory, socket addresses
 * that fit, folders that are private, and helpers found along a search path. */
#include "base/far-paths.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct {
  char *folder;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("far-paths-XXXXXX", NULL);
  g_setenv ("XDG_RUNTIME_DIR", fixture->folder, TRUE);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  const char *const remove[] = { "/bin/rm", "-rf", fixture->folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) remove, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (fixture->folder);
}

static void
assert_same_runtime (const char *a,
                     const char *b)
{
  g_autofree char *one = far_paths_runtime_dir (a);
  g_autofree char *other = far_paths_runtime_dir (b);

  g_assert_cmpstr (one, ==, other);
}

/* Inside Flatpak the sockets lie where every sandbox of the app sees them. */
static void
test_flatpak (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *shared = g_build_filename (fixture->folder, "app", "org.example.App", NULL);
  g_autofree char *plain = far_paths_runtime_dir ("/data");
  g_autofree char *missing = NULL;
  g_autofree char *inside = NULL;
  g_autofree char *hostile = NULL;

  g_setenv ("FLATPAK_ID", "org.example.App", TRUE);
  missing = far_paths_runtime_dir ("/data");
  g_assert_cmpstr (missing, ==, plain);
  g_assert_cmpint (g_mkdir_with_parents (shared, 0700), ==, 0);
  inside = far_paths_runtime_dir ("/data");
  g_assert_true (g_str_has_prefix (inside, shared));
  g_setenv ("FLATPAK_ID", "../app", TRUE);
  hostile = far_paths_runtime_dir ("/data");
  g_assert_cmpstr (hostile, ==, plain);
  g_unsetenv ("FLATPAK_ID");
}

/* H is by contract the first 16 hex digits of SHA-256 of the resolved path. */
static void
test_runtime (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *real = g_build_filename (fixture->folder, "data", NULL);
  g_autofree char *link_path = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *dotted = g_build_filename (fixture->folder, ".", "x", "..", "data", NULL);
  g_autofree char *below = g_build_filename (fixture->folder, "link", "not", "there", NULL);
  g_autofree char *below_real = g_build_filename (fixture->folder, "data", "not", "there", NULL);
  g_autofree char *slash = g_strconcat (real, "/", NULL);
  g_autofree char *resolved = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *name = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *before = far_paths_runtime_dir (real);
  g_autofree char *after = NULL;

  g_assert_cmpint (g_mkdir (real, 0700), ==, 0);
  g_assert_cmpint (symlink ("data", link_path), ==, 0);
  after = far_paths_runtime_dir (real);
  g_assert_cmpstr (before, ==, after);
  assert_same_runtime (real, link_path);
  assert_same_runtime (real, slash);
  assert_same_runtime (real, dotted);
  assert_same_runtime (below, below_real);

  resolved = g_canonicalize_filename (real, NULL);
  hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, resolved, -1);
  name = g_strndup (hash, 16);
  expected = g_build_filename (fixture->folder, "farthing", name, NULL);
  g_assert_cmpstr (after, ==, expected);
  g_assert_false (g_file_test (after, G_FILE_TEST_EXISTS));
}

static void
test_socket_fits (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *long_name = g_strnfill (90, 'r');
  g_autofree char *long_root = g_build_filename ("/tmp", long_name, NULL);
  g_autofree char *fallback = g_strdup_printf ("/tmp/farthing-%u/", (guint) getuid ());
  const char *const roots[] = { fixture->folder, long_root, "relative/path", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_autofree char *socket_path = NULL;

      if (roots[i] != NULL)
        g_setenv ("XDG_RUNTIME_DIR", roots[i], TRUE);
      else
        g_unsetenv ("XDG_RUNTIME_DIR");
      socket_path = far_paths_control_socket (fixture->folder);
      g_assert_true (g_str_has_suffix (socket_path, "/control.sock"));
      g_assert_cmpuint (strlen (socket_path), <, sizeof ((struct sockaddr_un *) NULL)->sun_path);
      g_assert_true (g_str_has_prefix (socket_path, i == 0 ? fixture->folder : fallback));
    }
}

static void
test_private_dir (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a", "b", "c", NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *file = g_build_filename (fixture->folder, "file", NULL);
  g_autofree char *link_path = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *below_file = g_build_filename (file, "x", NULL);
  g_autoptr (GError) error = NULL;
  struct stat status;

  g_assert_true (far_paths_ensure_private_dir (path, NULL));
  g_assert_true (far_paths_ensure_private_dir (path, NULL));
  g_assert_cmpint (g_chmod (path, 0755), ==, 0);
  g_assert_true (far_paths_ensure_private_dir (path, NULL));
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 07777, ==, 0700);

  /* Others could put their own folder in the place of ours. */
  g_assert_cmpint (g_chmod (parent, 0777), ==, 0);
  g_assert_false (far_paths_ensure_private_dir (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM);
  g_clear_error (&error);
  g_assert_cmpint (g_chmod (parent, 01777), ==, 0);
  g_assert_true (far_paths_ensure_private_dir (path, NULL));

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_cmpint (symlink (path, link_path), ==, 0);
  g_assert_false (far_paths_ensure_private_dir (link_path, &error));
  g_assert_true (error->domain == G_FILE_ERROR);
  g_clear_error (&error);
  g_assert_false (far_paths_ensure_private_dir (file, &error));
  g_assert_true (error->domain == G_FILE_ERROR);
  g_clear_error (&error);
  g_assert_false (far_paths_ensure_private_dir (below_file, &error));
  g_assert_true (error->domain == G_FILE_ERROR);
}

/* Only root can make what belongs to somebody else. */
static void
test_foreign_dir (Fixture       *fixture,
                  gconstpointer  data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "theirs", NULL);
  g_autofree char *below = g_build_filename (path, "ours", NULL);
  g_autoptr (GError) error = NULL;

  if (geteuid () != 0)
    {
      g_test_skip ("needs root to make a folder that belongs to somebody else");
      return;
    }
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_cmpint (chown (path, 65534, 65534), ==, 0);
  g_assert_false (far_paths_ensure_private_dir (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM);
  g_clear_error (&error);
  g_assert_false (far_paths_ensure_private_dir (below, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_PERM);
}

static void
test_libexec (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *first = g_build_filename (fixture->folder, "first", NULL);
  g_autofree char *second = g_build_filename (fixture->folder, "second", NULL);
  g_autofree char *plain = g_build_filename (first, "helper", NULL);
  g_autofree char *program = g_build_filename (second, "helper", NULL);
  g_autofree char *search_path = g_strdup_printf ("/nonexistent::%s:%s", first, second);
  g_autofree char *found = NULL;
  g_autofree char *found_first = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (first, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (second, 0700), ==, 0);
  g_assert_true (g_file_set_contents (plain, "", 0, NULL));
  g_assert_true (g_file_set_contents (program, "", 0, NULL));
  g_assert_cmpint (g_chmod (plain, 0600), ==, 0);
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  g_setenv ("FARTHING_LIBEXECDIR", search_path, TRUE);

  /* One that cannot be run is passed over. */
  found = far_paths_find_libexec ("helper", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found, ==, program);
  g_assert_cmpint (g_chmod (plain, 0700), ==, 0);
  found_first = far_paths_find_libexec ("helper", NULL);
  g_assert_cmpstr (found_first, ==, plain);
  g_assert_null (far_paths_find_libexec ("first", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "FARTHING_LIBEXECDIR"));
}

static void
test_template (Fixture       *fixture,
               gconstpointer  data)
{
  g_autofree char *given = NULL;
  g_autofree char *installed = NULL;

  g_setenv ("FARTHING_TEMPLATE", "/some/template.yaml", TRUE);
  given = far_paths_default_template ();
  g_assert_cmpstr (given, ==, "/some/template.yaml");
  g_setenv ("FARTHING_TEMPLATE", "", TRUE);
  installed = far_paths_default_template ();
  g_assert_true (g_path_is_absolute (installed));
  g_assert_true (g_str_has_suffix (installed, "/publication/template.yaml"));
}

#define ADD(name, function) \
  g_test_add ("/base/paths/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("runtime", test_runtime);
  ADD ("flatpak", test_flatpak);
  ADD ("socket-fits", test_socket_fits);
  ADD ("private-dir", test_private_dir);
  ADD ("foreign-dir", test_foreign_dir);
  ADD ("libexec", test_libexec);
  ADD ("template", test_template);
  return g_test_run ();
}
