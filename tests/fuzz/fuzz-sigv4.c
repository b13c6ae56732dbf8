/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any request with any AWS signature: request line, header lines, an empty line, the body. What is
 * accepted must be refused as soon as method or body differ, or with another secret. */
#include "fuzz-driver.h"

#include <string.h>

#include "net/far-sigv4.h"

#define NOW_US (G_GINT64_CONSTANT (1440938160) * 1000000)

static const FarSigv4Credentials credentials = { "AKIDEXAMPLE", "s3cret", NULL };
static const FarSigv4Credentials others = { "AKIDEXAMPLE", "another", NULL };
static const FarSigv4Scope scope = { NULL, "lambda" };

/* Cuts the text into a request; headers has room for FAR_SIGV4_HEADERS_MAX + 1. */
static void
cut (char *text, FarSigv4Request *request, FarSigv4Header *headers)
{
  char *body = strstr (text, "\n\n");
  char *line, *next, *space, *question;

  request->headers = headers;
  request->body = body != NULL ? body + 2 : "";
  request->n_body = strlen (request->body);
  if (body != NULL)
    *body = '\0';
  next = strchr (text, '\n');
  if (next != NULL)
    *next++ = '\0';
  space = strchr (text, ' ');
  request->method = text;
  request->path = space != NULL ? space + 1 : "";
  if (space != NULL)
    *space = '\0';
  question = strchr (request->path, '?');
  if (question != NULL)
    {
      *question = '\0';
      request->query = question + 1;
    }
  while ((line = next) != NULL && request->n_headers <= FAR_SIGV4_HEADERS_MAX)
    {
      char *colon;

      next = strchr (line, '\n');
      if (next != NULL)
        *next++ = '\0';
      colon = strchr (line, ':');
      if (colon == NULL)
        continue;
      *colon = '\0';
      headers[request->n_headers++] = (FarSigv4Header) { line, colon + 1 };
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  FarSigv4Header headers[FAR_SIGV4_HEADERS_MAX + 1];
  FarSigv4Request request = { NULL, };
  g_autoptr (GError) error = NULL;
  g_autofree char *key = NULL;
  FarSigv4Request altered;

  cut (text, &request, headers);
  key = far_sigv4_get_access_key (&request);
  if (!far_sigv4_verify (&request, &credentials, &scope, NOW_US, &error))
    {
      g_assert_true (error->domain == FAR_SIGV4_ERROR);
      return 0;
    }
  g_assert_cmpstr (key, ==, credentials.access_key_id);
  g_assert_false (far_sigv4_verify (&request, &others, &scope, NOW_US, NULL));
  altered = request;
  altered.method = "OTHER";
  g_assert_false (far_sigv4_verify (&altered, &credentials, &scope, NOW_US, NULL));
  altered = request;
  altered.body = "another body";
  altered.n_body = strlen (altered.body);
  g_assert_false (far_sigv4_verify (&altered, &credentials, &scope, NOW_US, NULL));
  g_assert_false (far_sigv4_verify (&request, &credentials, &scope,
                                    NOW_US + G_GINT64_CONSTANT (8) * 86400 * 1000000, NULL));
  return 0;
}
