/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of egress grants and of what a proxy is asked for. tests/integration/test-runtimes.py
 * goes through the proxy itself. */
#include "platform/far-egress.h"

static void
test_grants (void)
{
  static const char *const good[] = { "platform", "internet", "api.example.org", "*.example.org",
                                      "api.example.org:8443", "127.0.0.1:5432", "localhost:80" };
  static const char *const bad[] = { "", "127.0.0.1", "localhost", "example", "*", "*.", "*.org",
                                     "api.example.org:", "api.example.org:0", "a..b.org",
                                     "api.example.org:65536", "http://a.org", "a.org/x", ".a.org",
                                     "user@a.org", "a b.org", "-a.org" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (far_egress_grant_is_valid (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (far_egress_grant_is_valid (bad[i]));
    }
}

static void
test_judge (void)
{
  static const struct {
    const char      *grant;
    const char      *host;
    guint16          port;
    FarEgressVerdict verdict;
  } cases[] = {
    { "api.example.org", "api.example.org", 443, FAR_EGRESS_PUBLIC },
    { "api.example.org", "API.example.ORG", 80, FAR_EGRESS_PUBLIC },
    { "api.example.org", "api.example.org", 22, FAR_EGRESS_DENIED },
    { "api.example.org", "example.org", 443, FAR_EGRESS_DENIED },
    { "api.example.org", "api.example.org.evil.net", 443, FAR_EGRESS_DENIED },
    { "api.example.org:8443", "api.example.org", 8443, FAR_EGRESS_PUBLIC },
    { "api.example.org:8443", "api.example.org", 443, FAR_EGRESS_DENIED },
    { "*.example.org", "a.b.example.org", 443, FAR_EGRESS_PUBLIC },
    { "*.example.org", "example.org", 443, FAR_EGRESS_DENIED },
    { "*.example.org", "evilexample.org", 443, FAR_EGRESS_DENIED },
    { "internet", "anything.net", 25, FAR_EGRESS_PUBLIC },
    { "internet", "127.0.0.1", 80, FAR_EGRESS_PUBLIC }, /* which its address then is not */
    { "127.0.0.1:5432", "127.0.0.1", 5432, FAR_EGRESS_LOOPBACK },
    { "127.0.0.1:5432", "127.0.0.1", 5433, FAR_EGRESS_DENIED },
    { "platform", FAR_EGRESS_GATEWAY, 80, FAR_EGRESS_PLATFORM },
    { "platform", FAR_EGRESS_GATEWAY, 443, FAR_EGRESS_DENIED },
    { "internet", FAR_EGRESS_GATEWAY, 80, FAR_EGRESS_PUBLIC },
    { "platform", "127.0.0.1", 80, FAR_EGRESS_DENIED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const grants[] = { cases[i].grant, NULL };

      g_test_message ("%s: %s:%u", cases[i].grant, cases[i].host, cases[i].port);
      g_assert_cmpint (far_egress_judge (grants, cases[i].host, cases[i].port), ==,
                       cases[i].verdict);
    }
  g_assert_cmpint (far_egress_judge (NULL, "a.org", 443), ==, FAR_EGRESS_DENIED);
}

static void
test_targets (void)
{
  static const struct {
    const char *line;
    const char *host; /* NULL: refused */
    guint       port;
    const char *path;
  } cases[] = {
    { "CONNECT a.org:443 HTTP/1.1", "a.org", 443, NULL },
    { "GET http://a.org/x?y HTTP/1.1", "a.org", 80, "/x?y" },
    { "GET http://a.org HTTP/1.0", "a.org", 80, "/" },
    { "POST http://a.org:8080?q HTTP/1.1", "a.org", 8080, "/?q" },
    { "CONNECT a.org HTTP/1.1", NULL, 0, NULL },
    { "CONNECT a.org:443", NULL, 0, NULL },
    { "CONNECT [::1]:443 HTTP/1.1", NULL, 0, NULL },
    { "GET /x HTTP/1.1", NULL, 0, NULL },
    { "GET https://a.org/ HTTP/1.1", NULL, 0, NULL },
    { "GET http://u:p@a.org/ HTTP/1.1", NULL, 0, NULL },
    { "GET http://a.org:99999/ HTTP/1.1", NULL, 0, NULL },
    { "GET http:/// HTTP/1.1", NULL, 0, NULL },
    { " http://a.org/ HTTP/1.1", NULL, 0, NULL },
    { "", NULL, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *host = NULL;
      g_autofree char *method = NULL;
      g_autofree char *path = NULL;
      guint16 port = 0;
      gboolean ok = far_egress_parse_target (cases[i].line, &host, &port, &method, &path);

      g_test_message ("%s", cases[i].line);
      g_assert_cmpint (ok, ==, cases[i].host != NULL);
      g_assert_cmpstr (host, ==, cases[i].host);
      g_assert_cmpstr (path, ==, cases[i].path);
      if (ok)
        g_assert_cmpuint (port, ==, cases[i].port);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/egress/grants", test_grants);
  g_test_add_func ("/egress/judge", test_judge);
  g_test_add_func ("/egress/targets", test_targets);
  return g_test_run ();
}
