/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a function posted: whole, and as the head of a streamed answer. */
#include "fuzz-driver.h"

#include <string.h>

#include "platform/far-gateway-answer.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char *payload = g_malloc (size + 1);
  g_autofree char *text = NULL;
  FarHttpStream *stream = NULL;
  FarHttpResponse *response;
  guint status = 0;

  memcpy (payload, data, size);
  payload[size] = '\0';
  text = g_memdup2 (payload, size + 1);
  response = far_gateway_answer (payload, size, &status);
  if (response != NULL)
    {
      g_assert (status >= 200 && status <= 599);
      far_http_response_free (response);
    }
  response = far_gateway_answer_stream (text, size, &status, &stream);
  g_assert ((response == NULL) == (stream == NULL));
  if (response != NULL)
    {
      g_assert (status >= 200 && status <= 599);
      far_http_response_free (response);
      far_http_stream_end (stream, FALSE);
    }
  return 0;
}
