/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the inherited stream as frames, and the buffer of the last one, which shrinks back after a
 * large event. The platform is trusted, yet everything is bounded, and what is not understood ends
 * the instance rather than being guessed at. */
#include "lambda/far-runtime-channel.h"

#include <unistd.h>

#include "lambda/far-lambda-private.h"

#define KEPT_BUFFER_MAX (64 * 1024)
#define READ_FIRST (16 * 1024)

struct _FarRuntimeChannel {
  int         fd;
  GByteArray *buffer;
};

FarRuntimeChannel *
far_runtime_channel_new (int fd)
{
  FarRuntimeChannel *self = g_new0 (FarRuntimeChannel, 1);

  self->fd = fd;
  self->buffer = g_byte_array_new ();
  return self;
}

void
far_runtime_channel_free (FarRuntimeChannel *self)
{
  if (self == NULL)
    return;
  close (self->fd);
  g_byte_array_unref (self->buffer);
  g_free (self);
}

gboolean
far_runtime_channel_send (FarRuntimeChannel     *self,
                          const FarRuntimeFrame *frame,
                          GError               **error)
{
  guint8 header[FAR_RUNTIME_FRAME_HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  guint n_parts = far_runtime_frame_pack (frame, header, vector);

  return far_lambda_send_all (self->fd, vector, n_parts, error);
}

/* Until there are n_bytes. */
static gboolean
fill (FarRuntimeChannel *self,
      gsize              n_bytes,
      GError           **error)
{
  while (self->buffer->len < n_bytes)
    if (!far_lambda_receive_more (self->fd, self->buffer,
                                  MAX (n_bytes - self->buffer->len, READ_FIRST), error))
      return FALSE;
  return TRUE;
}

gboolean
far_runtime_channel_receive (FarRuntimeChannel *self,
                             FarRuntimeFrame   *ret_frame,
                             GError           **error)
{
  g_autoptr (GError) form_error = NULL;
  gsize n_bytes;

  if (self->buffer->len > KEPT_BUFFER_MAX)
    {
      g_byte_array_unref (self->buffer);
      self->buffer = g_byte_array_new ();
    }
  g_byte_array_set_size (self->buffer, 0);
  if (!fill (self, FAR_RUNTIME_FRAME_HEADER, error))
    return FALSE;
  n_bytes = far_runtime_frame_length (self->buffer->data, &form_error);
  if (n_bytes > 0 && !fill (self, n_bytes, error))
    return FALSE;
  if (n_bytes > 0 && self->buffer->len == n_bytes)
    {
      /* One NUL behind the payload, for those who want text. */
      g_byte_array_append (self->buffer, (const guint8 *) "", 1);
      if (far_runtime_frame_parse (self->buffer->data, n_bytes, ret_frame, &form_error))
        return TRUE;
    }
  g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_PROTOCOL, "Runtime stream: %s",
               form_error != NULL ? form_error->message : "more bytes than announced");
  return FALSE;
}
