/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The function under test: gives its event back. */
#include "lambda/far-lambda.h"

static gboolean
on_event (const FarLambdaContext *context,
          const char             *event,
          gsize                   n_bytes,
          GString                *result,
          GError                **error)
{
  g_string_append_len (result, event, n_bytes);
  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  static const FarLambdaFunction function = { .event = on_event };

  return far_lambda_main (argc, argv, &function);
}
