/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at code folders: every way of editing one shows, and nothing else does. */
#include "platform/far-code-look.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char       *root;
  char       *folder;
  FarCodeLook before;
} Fixture;

static char *
path_in (Fixture *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

static void
put (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = path_in (self, name);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  close (fd);
}

static void
make_folder (Fixture *self, const char *name)
{
  g_autofree char *path = path_in (self, name);

  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
}

static void
fixture_init (Fixture *self)
{
  self->root = g_dir_make_tmp ("farthing-code-XXXXXX", NULL);
  self->folder = g_build_filename (self->root, "code", NULL);
  g_assert_cmpint (g_mkdir (self->folder, 0755), ==, 0);
  put (self, "bootstrap", "#!/bin/true\n");
  make_folder (self, "lib");
  put (self, "lib/words", "one\n");
  far_code_look (self->folder, &self->before);
  g_assert_true (self->before.has_code && self->before.whole);
  g_assert_cmpuint (self->before.n_entries, ==, 3);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) folder = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      folder = g_dir_open (path, 0, NULL);
      while ((name = g_dir_read_name (folder)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);

          remove_tree (child);
        }
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
fixture_clear (Fixture *self)
{
  remove_tree (self->root);
  g_free (self->folder);
  g_free (self->root);
}

/* Whether there is something newer than at the last look, whenever that was. */
static gboolean
has_changed (Fixture *self)
{
  FarCodeLook before = self->before;

  before.young = FALSE;
  far_code_look (self->folder, &self->before);
  return far_code_look_is_newer (&self->before, &before);
}

static void
test_edits (void)
{
  Fixture fixture;
  g_autofree char *words = NULL, *other = NULL, *link = NULL;

  fixture_init (&fixture);
  words = path_in (&fixture, "lib/words");
  other = path_in (&fixture, "lib/other");
  link = path_in (&fixture, "link");
  g_assert_false (has_changed (&fixture));
  put (&fixture, "lib/words", "one and two\n");
  g_assert_true (has_changed (&fixture));
  put (&fixture, "lib/more", "");
  g_assert_true (has_changed (&fixture));
  make_folder (&fixture, "empty");
  g_assert_true (has_changed (&fixture));
  put (&fixture, "lib/other", "two and one\n");
  g_assert_true (has_changed (&fixture));
  g_assert_cmpint (g_rename (other, words), ==, 0);
  g_assert_true (has_changed (&fixture));
  g_assert_cmpint (g_rename (words, other), ==, 0);
  g_assert_true (has_changed (&fixture));
  g_assert_cmpint (g_remove (other), ==, 0);
  g_assert_true (has_changed (&fixture));
  g_assert_cmpint (symlink ("lib", link), ==, 0);
  g_assert_true (has_changed (&fixture));
  g_assert_cmpint (g_chmod (fixture.folder, 0700), ==, 0);
  g_assert_true (has_changed (&fixture));
  g_assert_false (has_changed (&fixture));
  make_folder (&fixture, ".git");
  put (&fixture, ".git/index", "no code");
  g_assert_false (has_changed (&fixture));
  fixture_clear (&fixture);
}

/* Renamed over with the same length and the same time of writing, as deployments do. */
static void
test_renamed_over (void)
{
  Fixture fixture;
  g_autofree char *old = NULL, *new = NULL;
  const struct timespec times[2] = { { .tv_sec = 1767225600 }, { .tv_sec = 1767225600 } };

  fixture_init (&fixture);
  old = path_in (&fixture, "lib/words");
  new = g_build_filename (fixture.root, "words", NULL);
  g_assert_cmpint (utimensat (AT_FDCWD, old, times, 0), ==, 0);
  has_changed (&fixture);
  put (&fixture, "../words", "two\n");
  g_assert_cmpint (utimensat (AT_FDCWD, new, times, 0), ==, 0);
  g_assert_false (has_changed (&fixture));
  g_assert_cmpint (g_rename (new, old), ==, 0);
  g_assert_true (has_changed (&fixture));
  fixture_clear (&fixture);
}

/* The folder is a link that is turned to another release. */
static void
test_linked_folder (void)
{
  Fixture fixture;
  g_autofree char *link = NULL, *next = NULL;

  fixture_init (&fixture);
  make_folder (&fixture, "../other");
  put (&fixture, "../other/bootstrap", "#!/bin/true\n");
  link = g_build_filename (fixture.root, "current", NULL);
  next = g_build_filename (fixture.root, "next", NULL);
  g_assert_cmpint (symlink ("code", link), ==, 0);
  g_assert_cmpint (symlink ("other", next), ==, 0);
  g_free (fixture.folder);
  fixture.folder = g_steal_pointer (&link);
  g_assert_false (has_changed (&fixture));
  put (&fixture, "lib/words", "behind the link");
  g_assert_true (has_changed (&fixture));
  g_assert_cmpint (g_rename (next, fixture.folder), ==, 0);
  g_assert_true (has_changed (&fixture));
  fixture_clear (&fixture);
}

static void
test_not_there (void)
{
  Fixture fixture;
  g_autofree char *program = NULL;

  fixture_init (&fixture);
  program = path_in (&fixture, "bootstrap");
  g_assert_cmpint (g_remove (program), ==, 0);
  g_assert_false (has_changed (&fixture));
  g_assert_false (fixture.before.has_code);
  put (&fixture, "bootstrap", "#!/bin/false\n");
  g_assert_true (has_changed (&fixture));
  fixture_clear (&fixture);
}

static void
test_limit (void)
{
  Fixture fixture;
  guint i;

  fixture_init (&fixture);
  for (i = fixture.before.n_entries; i < FAR_CODE_LOOK_MAX; i++)
    {
      g_autofree char *name = g_strdup_printf ("lib/%u", i);

      put (&fixture, name, "");
    }
  g_assert_true (has_changed (&fixture));
  g_assert_true (fixture.before.whole);
  g_assert_cmpuint (fixture.before.n_entries, ==, FAR_CODE_LOOK_MAX);
  put (&fixture, "lib/more", "");
  has_changed (&fixture);
  g_assert_false (fixture.before.whole);
  g_assert_false (has_changed (&fixture));
  put (&fixture, "bootstrap", "a program of another length");
  g_assert_true (has_changed (&fixture));
  fixture_clear (&fixture);
}

/* What could have been written twice in one tick of the clock is used anew, once. */
static void
test_young (void)
{
  const FarCodeLook young = { .sum = 1, .has_code = TRUE, .whole = TRUE, .young = TRUE };
  const FarCodeLook old = { .sum = 1, .has_code = TRUE, .whole = TRUE };
  Fixture fixture;

  g_assert_false (far_code_look_is_newer (&young, &young));
  g_assert_true (far_code_look_is_newer (&old, &young));
  g_assert_false (far_code_look_is_newer (&old, &old));
  g_assert_false (far_code_look_is_newer (&young, &old));
  fixture_init (&fixture);
  while (fixture.before.young)
    far_code_look (fixture.folder, &fixture.before);
  g_assert_false (has_changed (&fixture));
  fixture_clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/code-look/edits", test_edits);
  g_test_add_func ("/code-look/renamed-over", test_renamed_over);
  g_test_add_func ("/code-look/linked-folder", test_linked_folder);
  g_test_add_func ("/code-look/not-there", test_not_there);
  g_test_add_func ("/code-look/limit", test_limit);
  g_test_add_func ("/code-look/young", test_young);
  return g_test_run ();
}
