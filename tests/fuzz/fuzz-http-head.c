/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the head of the Runtime API's answer, and as a chunked body behind it, cut at any
 * place: a C function's runtime client reads both. */
#include "fuzz-driver.h"

#include "lambda/far-http-head.h"

static void
decode (const char *data, gsize n_bytes, gsize first)
{
  g_autofree char *out = g_malloc (n_bytes + 1);
  FarHttpChunks chunks = { 0 };
  gsize at = 0;
  gsize n_out = 0;

  while (at < n_bytes && !chunks.done)
    {
      gsize n = first > 0 ? MIN (first, n_bytes - at) : n_bytes - at;
      gsize taken = 0;
      gsize decoded = 0;

      first = 0;
      if (!far_http_chunks_decode (&chunks, data + at, n, out + n_out, &taken, &decoded, NULL))
        return;
      g_assert (taken <= n && decoded <= taken);
      at += taken;
      n_out += decoded;
      if (taken == 0)
        return;
    }
  g_assert (n_out <= n_bytes);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  FarHttpHead head;

  if (size == 0)
    return 0;
  decode ((const char *) data + 1, size - 1, data[0]);
  if (far_http_head_parse (&head, text, size, &error))
    {
      g_assert (head.n_fields <= FAR_HTTP_HEAD_FIELDS_MAX && head.status >= 100);
      far_http_head_get (&head, "content-length");
      far_http_head_is_chunked (&head);
      far_http_head_keeps_alive (&head);
    }
  else
    g_assert (error != NULL);
  return 0;
}
