/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled filters: carried over a descriptor, loaded into the calling thread. Thread: any. */
#include "sandbox/far-filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

G_DEFINE_QUARK (far-filter-error-quark, far_filter_error)

FarFilter *
far_filter_read (int      fd,
                 GError **error)
{
  g_autofree char *bytes = g_malloc (FAR_FILTER_BYTES_MAX);
  FarFilter *filter;
  gssize n_bytes;

  n_bytes = pread (fd, bytes, FAR_FILTER_BYTES_MAX, 0);
  if (n_bytes <= 0 || n_bytes % sizeof (struct sock_filter) != 0)
    {
      g_set_error (error, FAR_FILTER_ERROR, FAR_FILTER_ERROR_LOAD,
                   "Cannot read a compiled filter of whole instructions: %s",
                   n_bytes < 0 ? g_strerror (errno) : "wrong length");
      return NULL;
    }
  filter = g_new (FarFilter, 1);
  filter->n_instructions = n_bytes / sizeof (struct sock_filter);
  filter->instructions = g_memdup2 (bytes, n_bytes);
  return filter;
}

gboolean
far_filter_write (const FarFilter *filter,
                  int              fd,
                  GError         **error)
{
  gsize n_bytes = filter->n_instructions * sizeof (struct sock_filter);

  if (pwrite (fd, filter->instructions, n_bytes, 0) != (gssize) n_bytes)
    {
      g_set_error (error, FAR_FILTER_ERROR, FAR_FILTER_ERROR_LOAD,
                   "Cannot write a compiled filter: %s", g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

gboolean
far_filter_load (const FarFilter *filter,
                 GError         **error)
{
  struct sock_fprog program = { filter->n_instructions, filter->instructions };

  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
    {
      g_set_error (error, FAR_FILTER_ERROR, FAR_FILTER_ERROR_LOAD,
                   "The kernel refuses the system call filter: %s", g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

void
far_filter_free (FarFilter *filter)
{
  if (filter == NULL)
    return;
  g_free (filter->instructions);
  g_free (filter);
}
