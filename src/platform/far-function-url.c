/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Function URLs on the Lambda listener. No state. */
#include "platform/far-function-url.h"

#include <string.h>

#include "platform/far-gateway.h"
#include "platform/far-routes.h"

char *
far_function_url_format (const char *lambda_url, const char *function)
{
  return g_strconcat (lambda_url, FAR_FUNCTION_URL_PREFIX, function, "/", NULL);
}

FarFunction *
far_function_url_find (FarDispatcher *dispatcher, const char *path, const char **ret_rest)
{
  g_autofree char *name = NULL;
  FarFunction *function;
  gsize n;

  if (!g_str_has_prefix (path, FAR_FUNCTION_URL_PREFIX))
    return NULL;
  path += strlen (FAR_FUNCTION_URL_PREFIX);
  n = strcspn (path, "/");
  name = g_strndup (path, n);
  function = far_dispatcher_find (dispatcher, name);
  *ret_rest = path[n] != '\0' ? path + n : "/";
  return function != NULL && function->spec->url.set ? function : NULL;
}

void
far_function_url_handle (FarDispatcher *dispatcher, FarFunction *function, const char *rest,
                         FarHttpRequest *request)
{
  static char *no_names[] = { NULL };
  static const FarRoute route = { (char *) "$default", NULL, no_names };
  const FarRouteMatch match = { .route = &route };

  far_gateway_forward (dispatcher, function, request, &match, rest, function->spec->url.stream);
}
