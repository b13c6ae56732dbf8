/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Walks /proc: parents first, then the nanoseconds that schedstat has of every thread. */
#include "process-cpu.h"

#include <stdio.h>
#include <string.h>

typedef struct {
  pid_t pid;
  pid_t parent;
  char  name[32];
} Process;

/* "pid (name) state parent …"; a name may hold anything but is cut at its last parenthesis. */
static gboolean
read_process (const char *pid, Process *ret)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "stat", NULL);
  g_autofree char *text = NULL;
  const char *begin, *end;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return FALSE;
  begin = strchr (text, '(');
  end = strrchr (text, ')');
  if (begin == NULL || end == NULL || strlen (end) < 5)
    return FALSE;
  ret->pid = (pid_t) g_ascii_strtoll (pid, NULL, 10);
  ret->parent = (pid_t) g_ascii_strtoll (end + 4, NULL, 10);
  g_strlcpy (ret->name, begin + 1, MIN (sizeof ret->name, (gsize) (end - begin)));
  return TRUE;
}

static gint64
read_cpu_us (pid_t pid)
{
  g_autofree char *folder = g_strdup_printf ("/proc/%d/task", (int) pid);
  g_autoptr (GDir) tasks = g_dir_open (folder, 0, NULL);
  const char *task;
  gint64 ns = 0;

  while (tasks != NULL && (task = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, task, "schedstat", NULL);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL))
        ns += g_ascii_strtoll (text, NULL, 10);
    }
  return ns / 1000;
}

static GArray *
read_all (void)
{
  GArray *processes = g_array_new (FALSE, TRUE, sizeof (Process));
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
    {
      Process process = { 0 };

      if (g_ascii_isdigit (name[0]) && read_process (name, &process))
        g_array_append_val (processes, process);
    }
  return processes;
}

GHashTable *
process_cpu_read (pid_t root)
{
  GHashTable *used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) family = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) processes = read_all ();
  guint n_before;

  g_hash_table_add (family, GINT_TO_POINTER (root));
  do
    {
      n_before = g_hash_table_size (family);
      for (guint i = 0; i < processes->len; i++)
        {
          const Process *process = &g_array_index (processes, Process, i);

          if (g_hash_table_contains (family, GINT_TO_POINTER (process->parent)))
            g_hash_table_add (family, GINT_TO_POINTER (process->pid));
        }
    }
  while (g_hash_table_size (family) > n_before);

  for (guint i = 0; i < processes->len; i++)
    {
      const Process *process = &g_array_index (processes, Process, i);
      gint64 *sum;

      if (!g_hash_table_contains (family, GINT_TO_POINTER (process->pid)))
        continue;
      sum = g_hash_table_lookup (used, process->name);
      if (sum == NULL)
        {
          sum = g_new0 (gint64, 1);
          g_hash_table_insert (used, g_strdup (process->name), sum);
        }
      *sum += read_cpu_us (process->pid);
    }
  return used;
}
