/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checkpoint file, read from its first byte: every note whole, rightly signed, and of a log
 * that only grew. One thread. */
#include "ledger/far-ledger-audit.h"

#include <string.h>

#define CHUNK (64 * 1024)

/* A window on the file that moves forward. */
typedef struct {
  FarVfsFile *file;
  guint64     offset; /* of the window's first byte */
  guint64     end;    /* of what is to be read */
  gsize       start;  /* where it begins in bytes[] */
  gsize       n;      /* its length */
  char        bytes[CHUNK];
} Window;

static const char *
front (const Window *window)
{
  return window->bytes + window->start;
}

static gboolean
refill (Window *window, GError **error)
{
  guint64 left = window->end - window->offset - window->n;
  gsize n = (gsize) MIN (sizeof window->bytes - window->n, left);

  memmove (window->bytes, front (window), window->n);
  window->start = 0;
  if (!far_vfs_file_read (window->file, window->offset + window->n, window->bytes + window->n, n,
                          error))
    return FALSE;
  window->n += n;
  return TRUE;
}

static void
advance (Window *window, gsize n)
{
  window->start += n;
  window->n -= n;
  window->offset += n;
}

static char *
describe (guint number, guint64 offset, const char *what)
{
  return g_strdup_printf ("checkpoint %u (byte %" G_GUINT64_FORMAT " of the file): %s", number,
                          offset, what);
}

/* *ret_length 0: no whole note follows. */
static gboolean
read_note (Window *window, const FarCheckpointKey *key, FarCheckpoint *ret_note,
           gsize *ret_length, GError **error)
{
  gsize n = MIN (window->n, FAR_CHECKPOINT_NOTE_MAX);

  *ret_length = far_checkpoint_note_length (front (window), n);
  return *ret_length == 0 ||
         far_checkpoint_open (front (window), *ret_length, key, ret_note, error);
}

static char *
read_notes (Window *window, const FarCheckpointKey *key, guint64 known_bytes, GArray *notes)
{
  guint64 last_size = 0;

  while (TRUE)
    {
      g_autoptr (GError) error = NULL;
      FarCheckpoint found;
      FarAuditNote note;
      gsize len;

      if (window->n < FAR_CHECKPOINT_NOTE_MAX && !refill (window, &error))
        return describe (notes->len, window->offset, error->message);
      if (window->n == 0)
        return NULL;
      if (!read_note (window, key, &found, &len, &error) || len == 0)
        {
          const char *what = error != NULL ? error->message : "it is cut off or damaged";

          /* What a power cut left of a note that nobody relied on yet. */
          if (window->offset >= known_bytes &&
              window->end - window->offset <= FAR_CHECKPOINT_NOTE_MAX)
            return NULL;
          return describe (notes->len, window->offset, what);
        }
      if (found.size <= last_size)
        return describe (notes->len, window->offset, "the log did not grow since the one before");
      note.size = found.size;
      note.root = found.root;
      g_array_append_val (notes, note);
      last_size = found.size;
      advance (window, len);
    }
}

GArray *
far_audit_read_notes (const FarLedgerOptions *options, const FarCheckpointKey *key,
                      guint64 n_bytes, guint64 known_bytes, char **ret_problem)
{
  GArray *notes = g_array_new (FALSE, FALSE, sizeof (FarAuditNote));
  g_autoptr (FarVfsFile) file = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree Window *window = NULL;
  guint64 size = 0;

  *ret_problem = NULL;
  if (n_bytes == 0)
    return notes;
  file = far_vfs_file_open (options->checkpoints_path, options->vfs, FALSE, FALSE, &error);
  if (file == NULL || !far_vfs_file_get_size (file, &size, &error))
    {
      *ret_problem = g_strdup (error->message);
      return notes;
    }
  if (size < known_bytes)
    {
      *ret_problem = g_strdup ("the checkpoint file was cut off");
      return notes;
    }
  window = g_new (Window, 1);
  window->file = file;
  window->offset = 0;
  window->start = 0;
  window->n = 0;
  window->end = MIN (size, n_bytes);
  *ret_problem = read_notes (window, key, known_bytes, notes);
  return notes;
}
