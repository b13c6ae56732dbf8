/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which route takes a path: precedence, parameters, escapes, paths that no route may have. */
#include <string.h>

#include "platform/far-routes.h"

static FarRoutes *
make_routes (void)
{
  static const char *const routes[][2] = {
    { "GET", "/" },
    { "GET", "/articles" },
    { "GET", "/articles/{id}" },
    { "GET", "/articles/latest" },
    { "POST", "/articles/{id}/pledges" },
    { "ANY", "/articles/{id}/pledges/{pledge}" },
    { "DELETE", "/articles/{id}/pledges/{pledge}" },
    { "GET", "/media/{proxy+}" },
    { "GET", "/media/{kind}/{file+}" },
    { "GET", "/media/logo" },
    { "POST", "/a/b/{c}" },
    { "GET", "/a/{b}/c" },
  };
  FarRoutes *self = far_routes_new ();
  guint i;

  for (i = 0; i < G_N_ELEMENTS (routes); i++)
    g_assert_true (far_routes_add (self, routes[i][0], routes[i][1], GUINT_TO_POINTER (i + 1)));
  return self;
}

static void
assert_match (FarRoutes *routes, const char *method, const char *path, const char *key,
              const char *values)
{
  g_auto (FarRouteMatch) match = { 0 };
  g_autoptr (GString) joined = g_string_new (NULL);
  guint i;

  if (far_routes_match (routes, method, path, &match) != FAR_ROUTE_FOUND)
    g_error ("%s %s found no route", method, path);
  g_assert_cmpstr (match.route->key, ==, key);
  for (i = 0; match.route->names[i] != NULL; i++)
    g_string_append_printf (joined, "%s=%s;", match.route->names[i], match.values[i]);
  g_assert_cmpstr (joined->str, ==, values);
}

static void
test_precedence (void)
{
  g_autoptr (FarRoutes) routes = make_routes ();

  assert_match (routes, "GET", "/", "GET /", "");
  assert_match (routes, "GET", "/articles/latest", "GET /articles/latest", "");
  assert_match (routes, "GET", "/articles/latest2", "GET /articles/{id}", "id=latest2;");
  assert_match (routes, "POST", "/articles/latest/pledges", "POST /articles/{id}/pledges",
                "id=latest;");
  assert_match (routes, "DELETE", "/articles/1/pledges/2",
                "DELETE /articles/{id}/pledges/{pledge}", "id=1;pledge=2;");
  assert_match (routes, "PATCH", "/articles/1/pledges/2", "ANY /articles/{id}/pledges/{pledge}",
                "id=1;pledge=2;");
  assert_match (routes, "GET", "/media/logo", "GET /media/logo", "");
  assert_match (routes, "GET", "/media/logo.png", "GET /media/{proxy+}", "proxy=logo.png;");
  /* The deeper greedy route is the closer match. */
  assert_match (routes, "GET", "/media/video/a/b.webm", "GET /media/{kind}/{file+}",
                "kind=video;file=a/b.webm;");
  /* The branch with its own text has the path, but not this method. */
  assert_match (routes, "GET", "/a/b/c", "GET /a/{b}/c", "b=b;");
}

static void
test_default (void)
{
  g_autoptr (FarRoutes) routes = make_routes ();

  g_assert_true (far_routes_add (routes, "ANY", "$default", routes));
  assert_match (routes, "GET", "/nowhere", "$default", "");
  assert_match (routes, "PUT", "/articles", "$default", "");
  g_assert_false (far_routes_add (routes, "ANY", "$default", routes));
  g_assert_false (far_routes_add (routes, "GET", "/articles/{id}", routes));
}

static void
test_escapes (void)
{
  g_autoptr (FarRoutes) routes = make_routes ();

  assert_match (routes, "GET", "/articles/a%20b%C3%A9", "GET /articles/{id}", "id=a bé;");
  assert_match (routes, "GET", "/articles/a%2Fb", "GET /articles/{id}", "id=a/b;");
  assert_match (routes, "GET", "/%61rticles/l%61test", "GET /articles/latest", "");
  assert_match (routes, "GET", "/media/a%2fb/c", "GET /media/{kind}/{file+}", "kind=a/b;file=c;");
}

static void
test_refused (void)
{
  static const struct { const char *path; FarRouteResult result; } cases[] = {
    { "/articles/..", FAR_ROUTE_BAD_PATH },
    { "/articles/%2e%2e", FAR_ROUTE_BAD_PATH },
    { "/articles/./latest", FAR_ROUTE_BAD_PATH },
    { "/media/a/../../b", FAR_ROUTE_BAD_PATH },
    { "/articles/%00", FAR_ROUTE_BAD_PATH },
    { "/articles/%", FAR_ROUTE_BAD_PATH },
    { "/articles/%4", FAR_ROUTE_BAD_PATH },
    { "/articles/%zz", FAR_ROUTE_BAD_PATH },
    { "/articles/%ff", FAR_ROUTE_BAD_PATH },
    { "articles", FAR_ROUTE_BAD_PATH },
    { "/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3", FAR_ROUTE_BAD_PATH },
    { "/articles/", FAR_ROUTE_NOT_FOUND },
    { "//articles", FAR_ROUTE_NOT_FOUND },
    { "/Articles", FAR_ROUTE_NOT_FOUND },
    { "/media", FAR_ROUTE_NOT_FOUND },
    { "/articles/1/2", FAR_ROUTE_NOT_FOUND },
  };
  g_autoptr (FarRoutes) routes = make_routes ();
  FarRouteMatch match = { 0 };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (cases); i++)
    if (far_routes_match (routes, "GET", cases[i].path, &match) != cases[i].result)
      g_error ("%s was not refused as it should be", cases[i].path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routes/precedence", test_precedence);
  g_test_add_func ("/routes/default", test_default);
  g_test_add_func ("/routes/escapes", test_escapes);
  g_test_add_func ("/routes/refused", test_refused);
  return g_test_run ();
}
