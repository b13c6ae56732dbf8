/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries each tier in a child, from the best: namespaces, root, nested namespaces, /tmp, Landlock,
 * filters, with the very functions that sandboxes are made with. The child writes what failed into
 * a pipe; silence means that it stood.
 *
 * Thread: single (the spawner, before it serves). */
#include "platform/spawner-probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/far-landlock.h"
#include "sandbox/far-limits.h"
#include "sandbox/far-root.h"
#include "sandbox/far-sandbox-messages.h"

#define NESTED_FLAGS (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC)

typedef gboolean (*Trial) (GError **error);

static gboolean
try_nested (int      tmp,
            GError **error)
{
  g_autoptr (FarFilter) outer = far_filter_compile (FAR_FILTER_FORK_SERVER, TRUE, error);
  g_autoptr (FarFilter) inner = far_filter_compile (FAR_FILTER_INSTANCE, TRUE, error);
  static const FarLandlockPath paths[] = { { "/", FAR_LANDLOCK_READ },
                                           { "/tmp", FAR_LANDLOCK_WRITE } };

  if (outer == NULL || inner == NULL || !far_limits_drop_privileges (error) ||
      !far_landlock_restrict_reach (FALSE, error) || !far_filter_load (outer, error))
    return FALSE;
  if (unshare (NESTED_FLAGS) < 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                   "Cannot make namespaces within a sandbox: %s", g_strerror (errno));
      return FALSE;
    }
  return far_root_attach_tmp (tmp, error) && far_limits_drop_capabilities (error) &&
         far_landlock_restrict_files (paths, G_N_ELEMENTS (paths), error) &&
         far_filter_load (inner, error);
}

static gboolean
try_full (GError **error)
{
  FarPlan plan = {
    .function = (char *) "probe",
    .code_dir = (char *) "/usr",
    .memory_mb = 64,
    .tmp_mb = 1,
    .instances_max = 1,
    .fork_server = TRUE,
  };
  FarIdentity identity;
  FarRootTrees trees;
  int tmp;

  far_identity_init (&identity, 0);
  if (!far_root_open_trees (&plan, &identity, &trees, error) ||
      !far_namespaces_enter (&identity, NULL, error) || !far_root_build (&plan, &trees, error) ||
      !far_namespaces_loopback_up (error))
    return FALSE;
  tmp = far_root_new_tmp (1, FALSE, error);
  return tmp >= 0 && try_nested (tmp, error);
}

static gboolean
try_flatpak (GError **error)
{
  g_autoptr (FarFilter) outer = far_filter_compile (FAR_FILTER_FORK_SERVER, FALSE, error);
  static const FarLandlockPath paths[] = { { "/usr", FAR_LANDLOCK_EXECUTE } };

  if (far_landlock_abi () < 1)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                           "The kernel has no Landlock; boot it with landlock among lsm=");
      return FALSE;
    }
  return outer != NULL && far_limits_drop_privileges (error) &&
         far_landlock_restrict_files (paths, G_N_ELEMENTS (paths), error) &&
         far_filter_load (outer, error);
}

/* Returns: (transfer full) (nullable): why it did not stand. */
static char *
run_trial (Trial trial)
{
  g_autofree char *text = g_malloc (FAR_MESSAGE_TEXT_MAX);
  gssize n_bytes = 0;
  int ends[2];
  pid_t pid;

  if (pipe2 (ends, O_CLOEXEC) < 0)
    return g_strdup (g_strerror (errno));
  pid = fork ();
  if (pid == 0)
    {
      GError *error = NULL;
      gboolean ok = trial (&error);
      gssize ignored G_GNUC_UNUSED;

      /* One byte says that the end was reached: a child that dies says nothing at all. */
      if (ok)
        ignored = write (ends[1], "", 1);
      else
        ignored = write (ends[1], error->message, strlen (error->message));
      _exit (0);
    }
  close (ends[1]);
  if (pid > 0)
    {
      do
        n_bytes = read (ends[0], text, FAR_MESSAGE_TEXT_MAX - 1);
      while (n_bytes < 0 && errno == EINTR);
      waitpid (pid, NULL, 0);
    }
  close (ends[0]);
  if (n_bytes == 1 && text[0] == '\0')
    return NULL;
  if (n_bytes <= 0)
    return g_strdup ("The trial ended without an answer");
  text[n_bytes] = '\0';
  return g_steal_pointer (&text);
}

static void
note (GString    *notes,
      const char *tier,
      const char *why)
{
  g_string_append_printf (notes, "%s%s: %s", notes->len > 0 ? "; " : "", tier, why);
}

FarIsolation
probe_isolation (FarIsolation ceiling,
                 char       **ret_notes)
{
  g_autoptr (GString) notes = g_string_new (NULL);
  g_autofree char *full = NULL;
  g_autofree char *flatpak = NULL;
  FarIsolation found = FAR_ISOLATION_NONE;

  if (ceiling >= FAR_ISOLATION_FULL && (full = run_trial (try_full)) == NULL)
    found = FAR_ISOLATION_FULL;
  else if (full != NULL)
    note (notes, "full", full);
  if (found == FAR_ISOLATION_NONE && ceiling >= FAR_ISOLATION_FLATPAK)
    {
      flatpak = run_trial (try_flatpak);
      if (flatpak == NULL)
        found = FAR_ISOLATION_FLATPAK;
      else
        note (notes, "flatpak", flatpak);
    }
  if (found == FAR_ISOLATION_FULL && far_landlock_abi () < 1)
    note (notes, "full", "without Landlock, which this kernel does not have");
  if (found < FAR_ISOLATION_FULL)
    note (notes, far_isolation_to_string (found), far_isolation_gaps (found));
  *ret_notes = g_string_free (g_steal_pointer (&notes), FALSE);
  return found;
}
