/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checkpoint file, read from its first byte: every note whole, rightly signed, and of a log
 * that only grew.
 *
 * A signature takes some 100 µs to check, as long as a hundred rows, and there may be one a second
 * of the ledger's life: so notes are read in batches, and the signatures of a batch are checked by
 * as many threads as there are processors. The threads live within the call. */
#include "ledger/far-ledger-audit.h"

#include <string.h>

#define WINDOW (64 * 1024)
#define BATCH_MAX 4096
#define SHARE 64          /* notes a thread takes at a time */
#define THREADS_MAX 16

/* A window on the file that moves forward. */
typedef struct {
  FarVfsFile *file;
  guint64     offset; /* of the window's first byte */
  guint64     end;    /* of what is to be read */
  gsize       start;  /* where it begins in bytes[] */
  gsize       n;      /* its length */
  char        bytes[WINDOW];
} Window;

typedef struct {
  guint64       offset; /* in the file */
  gsize         start;  /* in the batch's text */
  gsize         len;
  FarCheckpoint checkpoint;
  gboolean      good;
} Note;

/* All of one key: the note that hands on to the next one ends a batch. */
typedef struct {
  FarCheckpointKey *key;
  GByteArray       *text;
  GArray           *notes; /* Note */
  gboolean          ended; /* by such a note */
  GArray           *rotations;
} Batch;

/* ---- reading ---- */

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

/* Takes whole notes into the batch, until it is full, the file ends, or something else follows. */
static gboolean
fill (Window *window, Batch *batch, GError **error)
{
  g_byte_array_set_size (batch->text, 0);
  g_array_set_size (batch->notes, 0);
  batch->ended = FALSE;
  while (batch->notes->len < BATCH_MAX && !batch->ended)
    {
      Note note = { .offset = window->offset, .start = batch->text->len };

      if (window->n < FAR_CHECKPOINT_NOTE_MAX && !refill (window, error))
        return FALSE;
      note.len = far_checkpoint_note_length (front (window),
                                             MIN (window->n, FAR_CHECKPOINT_NOTE_MAX));
      if (note.len == 0)
        break;
      g_byte_array_append (batch->text, (const guint8 *) front (window), (guint) note.len);
      g_array_append_val (batch->notes, note);
      batch->ended = far_checkpoint_seems_to_rotate (front (window), note.len);
      advance (window, note.len);
    }
  return TRUE;
}

/* ---- signatures ---- */

static gboolean
open_note (const Batch *batch, Note *note, GError **error)
{
  return far_checkpoint_open ((const char *) batch->text->data + note->start, note->len, batch->key,
                              &note->checkpoint, error);
}

/* share: the number of the first note, plus one as a pool takes no NULL. */
static void
check_share (gpointer share, gpointer data)
{
  Batch *batch = data;
  guint first = GPOINTER_TO_UINT (share) - 1;

  for (guint i = first; i < MIN (first + SHARE, batch->notes->len); i++)
    {
      Note *note = &g_array_index (batch->notes, Note, i);

      note->good = open_note (batch, note, NULL);
    }
}

static void
check_signatures (Batch *batch)
{
  GThreadPool *pool = NULL;

  if (batch->notes->len > SHARE)
    pool = g_thread_pool_new (check_share, batch,
                              (int) MIN (g_get_num_processors (), THREADS_MAX), TRUE, NULL);
  for (guint first = 0; first < batch->notes->len; first += SHARE)
    {
      gpointer share = GUINT_TO_POINTER (first + 1);

      if (pool == NULL || !g_thread_pool_push (pool, share, NULL))
        check_share (share, batch);
    }
  if (pool != NULL)
    g_thread_pool_free (pool, FALSE, TRUE); /* waits for all of them */
}

/* ---- the file ---- */

static char *
describe (guint number, guint64 offset, const char *what)
{
  return g_strdup_printf ("checkpoint %u (byte %" G_GUINT64_FORMAT " of the file): %s", number,
                          offset, what);
}

/* What a power cut left of a note that nobody relied on yet. */
static gboolean
is_torn_tail (const Window *window, guint64 offset, guint64 known_bytes)
{
  return offset >= known_bytes && window->end - offset <= FAR_CHECKPOINT_NOTE_MAX;
}

/* The batch's last note: signed by both keys, and the next one takes over. */
static gboolean
take_rotation (Batch *batch, const Note *note, GError **error)
{
  FarRotation rotation = { .offset = note->offset, .n_bytes = note->len };
  FarCheckpoint checkpoint;

  if (!far_checkpoint_follow ((const char *) batch->text->data + note->start, note->len,
                              batch->key, &checkpoint, error))
    return FALSE;
  rotation.size = checkpoint.size;
  memcpy (rotation.public_key, checkpoint.next_key, sizeof rotation.public_key);
  g_array_append_val (batch->rotations, rotation);
  return TRUE;
}

/* Only a note that rotates may sign a log that did not grow. */
static gboolean
has_grown (const GArray *notes, const FarCheckpoint *checkpoint)
{
  guint64 before;

  if (notes->len == 0)
    return TRUE;
  before = g_array_index (notes, FarAuditNote, notes->len - 1).size;
  return checkpoint->size > before || (checkpoint->size == before && checkpoint->rotates);
}

/* Hands on the batch's notes up to the first bad one. *ret_problem: what is wrong with that. */
static gboolean
take_batch (const Window *window, Batch *batch, guint64 known_bytes, GArray *notes,
            char **ret_problem)
{
  for (guint i = 0; i < batch->notes->len; i++)
    {
      Note *note = &g_array_index (batch->notes, Note, i);
      FarAuditNote audit_note = { note->checkpoint.size, note->checkpoint.root };
      g_autoptr (GError) error = NULL;

      if (!note->good)
        {
          if (!is_torn_tail (window, note->offset, known_bytes) &&
              !open_note (batch, note, &error))
            *ret_problem = describe (notes->len, note->offset, error->message);
          return FALSE;
        }
      if (!has_grown (notes, &note->checkpoint))
        {
          *ret_problem = describe (notes->len, note->offset,
                                   "the log did not grow since the one before");
          return FALSE;
        }
      if (note->checkpoint.rotates && !take_rotation (batch, note, &error))
        {
          *ret_problem = describe (notes->len, note->offset, error->message);
          return FALSE;
        }
      g_array_append_val (notes, audit_note);
    }
  return TRUE;
}

static char *
read_notes (Window *window, Batch *batch, guint64 known_bytes, GArray *notes)
{
  char *problem = NULL;

  do
    {
      g_autoptr (GError) error = NULL;

      if (!fill (window, batch, &error))
        return describe (notes->len, window->offset, error->message);
      check_signatures (batch);
      if (!take_batch (window, batch, known_bytes, notes, &problem))
        return problem;
    }
  while (batch->notes->len == BATCH_MAX || batch->ended);
  if (window->n == 0 || is_torn_tail (window, window->offset, known_bytes))
    return NULL;
  return describe (notes->len, window->offset, "it is cut off or damaged");
}

GArray *
far_audit_read_notes (const FarLedgerOptions *options, FarCheckpointKey *key, GArray *rotations,
                      guint64 n_bytes, guint64 known_bytes, char **ret_problem)
{
  GArray *notes = g_array_new (FALSE, FALSE, sizeof (FarAuditNote));
  g_autoptr (FarVfsFile) file = NULL;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autoptr (GArray) batch_notes = g_array_new (FALSE, TRUE, sizeof (Note));
  g_autofree Window *window = NULL;
  g_autoptr (GError) error = NULL;
  Batch batch = { key, text, batch_notes, FALSE, rotations };
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
  window = g_new0 (Window, 1);
  window->file = file;
  window->end = MIN (size, n_bytes);
  *ret_problem = read_notes (window, &batch, known_bytes, notes);
  return notes;
}
