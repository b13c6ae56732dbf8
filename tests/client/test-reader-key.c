/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Device keys: made once, the same ever after, private, and never replaced when damaged. */
#include "client/far-reader-key.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *path; /* of the reader "me" */
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->folder = g_dir_make_tmp ("far-key-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "readers", "me.key", NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree char *readers = g_build_filename (fixture->folder, "readers", NULL);
  g_autoptr (GDir) folder = g_dir_open (readers, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *path = g_build_filename (readers, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_rmdir (readers);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->path);
}

static FarReaderKey *
load (Fixture    *fixture,
      const char *name)
{
  g_autoptr (GError) error = NULL;
  FarReaderKey *key = far_reader_key_load (fixture->folder, name, &error);

  g_assert_no_error (error);
  return key;
}

static void
assert_fails (Fixture    *fixture,
              const char *name,
              GFileError  expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (far_reader_key_load (fixture->folder, name, &error));
  g_assert_error (error, G_FILE_ERROR, (int) expected);
}

static void
test_made_once (Fixture       *fixture,
                gconstpointer  data)
{
  g_autoptr (FarReaderKey) first = load (fixture, "me");
  g_autoptr (FarReaderKey) again = load (fixture, "me");
  g_autoptr (FarReaderKey) other = load (fixture, "Other_2-x");
  guint8 signature[FAR_ED25519_SIGNATURE_LEN];
  struct stat status;

  g_assert_cmpmem (first, sizeof *first, again, sizeof *again);
  g_assert_cmpstr (first->id, !=, other->id);
  g_assert_cmpuint (strlen (first->id), ==, 64);
  g_assert_cmpint (stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  far_ed25519_sign (first->private_key, first->public_key, "x", 1, signature);
  g_assert_true (far_ed25519_verify (again->public_key, "x", 1, signature));
}

static void
test_names (Fixture       *fixture,
            gconstpointer  data)
{
  static const char *const names[] = { "", ".", "..", "../me", "a/b", "a b", "ä", "me\n",
                                       "me.key" };
  g_autofree char *longest = g_strnfill (FAR_READER_NAME_MAX, 'a');
  g_autofree char *too_long = g_strnfill (FAR_READER_NAME_MAX + 1, 'a');

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assert_fails (fixture, names[i], G_FILE_ERROR_INVAL);
  assert_fails (fixture, too_long, G_FILE_ERROR_INVAL);
  far_reader_key_free (load (fixture, longest));
}

static void
test_exposed (Fixture       *fixture,
              gconstpointer  data)
{
  far_reader_key_free (load (fixture, "me"));
  g_assert_cmpint (g_chmod (fixture->path, 0640), ==, 0);
  assert_fails (fixture, "me", G_FILE_ERROR_PERM);
  g_assert_cmpint (g_chmod (fixture->path, 0600), ==, 0);
  far_reader_key_free (load (fixture, "me"));
}

static void
test_damaged (Fixture       *fixture,
              gconstpointer  data)
{
  static const char *const contents[] = {
    "", "0", "hello\n",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n",
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n",
    "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
  };

  far_reader_key_free (load (fixture, "me"));
  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autofree char *after = NULL;

      g_test_message ("%s", contents[i]);
      g_assert_true (g_file_set_contents_full (fixture->path, contents[i], -1,
                                               G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
      assert_fails (fixture, "me", G_FILE_ERROR_INVAL);
      g_assert_true (g_file_get_contents (fixture->path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, contents[i]);
    }
}

/* The seed of RFC 8032's first test, as it stands in a file, is that test's key. */
static void
test_format (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (FarReaderKey) key = NULL;

  far_reader_key_free (load (fixture, "me"));
  g_assert_true (g_file_set_contents_full (
    fixture->path, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n", -1,
    G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  key = load (fixture, "me");
  g_assert_cmpstr (key->id, ==,
                   "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}

static void
test_symlink (Fixture       *fixture,
              gconstpointer  data)
{
  g_autofree char *link_path = g_build_filename (fixture->folder, "readers", "link.key", NULL);
  g_autoptr (GError) error = NULL;

  far_reader_key_free (load (fixture, "me"));
  g_assert_cmpint (symlink ("me.key", link_path), ==, 0);
  g_assert_null (far_reader_key_load (fixture->folder, "link", &error));
  g_assert_true (error->domain == G_FILE_ERROR);
}

/* Many programs that want a first key at once get one and the same. */
static void
test_race (Fixture       *fixture,
           gconstpointer  data)
{
  int ends[2];
  char ids[20][64];

  g_assert_cmpint (pipe (ends), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    if (fork () == 0)
      {
        FarReaderKey *key = far_reader_key_load (fixture->folder, "me", NULL);
        gboolean ok = key != NULL && write (ends[1], key->id, 64) == 64;

        _exit (ok ? 0 : 1);
      }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      int status = -1;

      g_assert_cmpint (wait (&status), >, 0);
      g_assert_cmpint (status, ==, 0);
      g_assert_cmpint (read (ends[0], ids[i], 64), ==, 64);
      g_assert_cmpmem (ids[i], 64, ids[0], 64);
    }
  close (ends[0]);
  close (ends[1]);
}

#define ADD(name, function) \
  g_test_add ("/client/reader-key/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("made-once", test_made_once);
  ADD ("names", test_names);
  ADD ("exposed", test_exposed);
  ADD ("damaged", test_damaged);
  ADD ("format", test_format);
  ADD ("symlink", test_symlink);
  ADD ("race", test_race);
  return g_test_run ();
}
