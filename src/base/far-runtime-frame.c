/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the form of a runtime frame. Strict: what is out of bounds, or says one thing in two ways,
 * is no frame. */
#include "base/far-runtime-frame.h"

#include <string.h>

#define N_TEXTS 4
#define LENGTHS_AT 4
#define NUMBER_AT 24

G_DEFINE_QUARK (far-runtime-frame-error-quark, far_runtime_frame_error)

static void
put_u32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (at, &value, sizeof value);
}

static guint32
get_u32 (const guint8 *at)
{
  guint32 value;

  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_BE (value);
}

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, FAR_RUNTIME_FRAME_ERROR, FAR_RUNTIME_FRAME_ERROR_FORM,
               "Not a frame of the runtime stream: %s", what);
  return FALSE;
}

/**
 * far_runtime_frame_pack:
 * @frame: what is to be said; texts shorter than %FAR_RUNTIME_FRAME_TEXT_MAX, payload of at most
 *   %FAR_RUNTIME_FRAME_PAYLOAD_MAX bytes
 * @header: (out): the frame's first bytes
 * @vector: (out): its parts in their order, without empty ones; they borrow from @header and @frame
 *
 * Returns: how many parts there are
 */
guint
far_runtime_frame_pack (const FarRuntimeFrame *frame, guint8 header[FAR_RUNTIME_FRAME_HEADER],
                        struct iovec vector[FAR_RUNTIME_FRAME_PARTS])
{
  const char *const texts[N_TEXTS] = { frame->id, frame->name, frame->note, frame->context };
  guint64 number = GUINT64_TO_BE ((guint64) frame->number);
  guint n = 0, i;

  g_assert (frame->n_payload <= FAR_RUNTIME_FRAME_PAYLOAD_MAX);
  header[0] = FAR_RUNTIME_FRAME_MAGIC;
  header[1] = 0;
  header[2] = 0;
  header[3] = (guint8) frame->kind;
  vector[n++] = (struct iovec) { header, FAR_RUNTIME_FRAME_HEADER };
  for (i = 0; i < N_TEXTS; i++)
    {
      gsize n_text = texts[i] != NULL ? strlen (texts[i]) + 1 : 0;

      g_assert (n_text <= FAR_RUNTIME_FRAME_TEXT_MAX);
      put_u32 (header + LENGTHS_AT + 4 * i, (guint32) n_text);
      if (n_text > 0)
        vector[n++] = (struct iovec) { (void *) texts[i], n_text };
    }
  put_u32 (header + LENGTHS_AT + 4 * N_TEXTS, (guint32) frame->n_payload);
  memcpy (header + NUMBER_AT, &number, sizeof number);
  if (frame->n_payload > 0)
    vector[n++] = (struct iovec) { (void *) frame->payload, frame->n_payload };
  return n;
}

/**
 * far_runtime_frame_length:
 * @header: the first bytes of a frame
 * @error: %FAR_RUNTIME_FRAME_ERROR_FORM; the stream must then be closed
 *
 * Returns: the bytes of the whole frame, header included; 0 if it is none
 */
gsize
far_runtime_frame_length (const guint8 header[FAR_RUNTIME_FRAME_HEADER], GError **error)
{
  gsize n_bytes = FAR_RUNTIME_FRAME_HEADER;
  guint i;

  if (header[0] != FAR_RUNTIME_FRAME_MAGIC || header[1] != 0 || header[2] != 0)
    return fail (error, "it begins with other bytes");
  if (header[3] < FAR_RUNTIME_NEXT || header[3] > FAR_RUNTIME_STATUS)
    return fail (error, "of no known kind");
  for (i = 0; i <= N_TEXTS; i++)
    {
      guint32 n = get_u32 (header + LENGTHS_AT + 4 * i);

      if (n > (i < N_TEXTS ? FAR_RUNTIME_FRAME_TEXT_MAX : FAR_RUNTIME_FRAME_PAYLOAD_MAX))
        return fail (error, "larger than any");
      n_bytes += n;
    }
  return n_bytes;
}

/**
 * far_runtime_frame_parse:
 * @data: (array length=n_bytes): one whole frame
 * @n_bytes: as far_runtime_frame_length() says
 * @ret_frame: (out): what it says; its texts and payload borrow from @data
 * @error: %FAR_RUNTIME_FRAME_ERROR_FORM; the stream must then be closed
 *
 * Returns: TRUE if it was one
 */
gboolean
far_runtime_frame_parse (const guint8 *data, gsize n_bytes, FarRuntimeFrame *ret_frame,
                         GError **error)
{
  const char *texts[N_TEXTS];
  const char *at = (const char *) data + FAR_RUNTIME_FRAME_HEADER;
  guint64 number;
  guint i;

  if (n_bytes < FAR_RUNTIME_FRAME_HEADER)
    return fail (error, "cut short");
  if (far_runtime_frame_length (data, error) == 0)
    return FALSE;
  if (far_runtime_frame_length (data, NULL) != n_bytes)
    return fail (error, "cut short");
  for (i = 0; i < N_TEXTS; i++)
    {
      guint32 n = get_u32 (data + LENGTHS_AT + 4 * i);

      if (n > 0 && memchr (at, '\0', n) != at + n - 1)
        return fail (error, "a text does not end where it says");
      texts[i] = n > 0 ? at : NULL;
      at += n;
    }
  memcpy (&number, data + NUMBER_AT, sizeof number);
  ret_frame->kind = data[3];
  ret_frame->number = (gint64) GUINT64_FROM_BE (number);
  ret_frame->id = texts[0];
  ret_frame->name = texts[1];
  ret_frame->note = texts[2];
  ret_frame->context = texts[3];
  ret_frame->payload = at;
  ret_frame->n_payload = get_u32 (data + LENGTHS_AT + 4 * N_TEXTS);
  return TRUE;
}
