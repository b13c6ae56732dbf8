/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the first head of a connection, as it comes and cut anywhere; and as a path that is
 * to lead to a function. */
#include "fuzz-driver.h"

#include <string.h>

#include "platform/far-http-door.h"
#include "platform/far-routes.h"

static guint
look (const char *data, gsize n_bytes)
{
  const char *message = NULL;
  guint status = far_http_door_check (data, n_bytes, &message);

  g_assert (status == 0 || status == 200 || (status >= 400 && status <= 505));
  g_assert ((message != NULL) == (status >= 400));
  return status;
}

static void
route (const char *path)
{
  static FarRoutes *routes;
  g_auto (FarRouteMatch) match = { 0 };

  if (routes == NULL)
    {
      routes = far_routes_new ();
      far_routes_add (routes, "ANY", "/a/{b}", &routes);
      far_routes_add (routes, "GET", "/a/{b}/{rest+}", &routes);
    }
  if (far_routes_match (routes, "GET", path, &match) == FAR_ROUTE_FOUND)
    for (guint i = 0; match.route->names[i] != NULL; i++)
      g_assert (match.values[i] != NULL && strlen (match.values[i]) <= strlen (path));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  guint whole;

  if (size == 0)
    return 0;
  whole = look ((const char *) data, size);
  /* What a part of it is let in with, the rest does not change. */
  if (look ((const char *) data, size / 2) == 200)
    g_assert (whole == 200);
  route (text);
  return 0;
}
