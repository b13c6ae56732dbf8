/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any line as a proxy's request, any text as a grant: no grant lets out what it does not name. */
#include "fuzz-driver.h"

#include <string.h>

#include "platform/far-egress.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const grants[] = { "api.example.org", "*.example.net:8443", "127.0.0.1:5432",
                                        NULL };
  g_autofree char *line = g_strndup ((const char *) data, size);
  g_autofree char *host = NULL;
  g_autofree char *method = NULL;
  g_autofree char *path = NULL;
  guint16 port = 0;

  far_egress_grant_is_valid (line);
  if (!far_egress_parse_target (line, &host, &port, &method, &path))
    {
      g_assert (host == NULL && method == NULL && path == NULL);
      return 0;
    }
  g_assert (port > 0 && method[0] != '\0' && strpbrk (host, "/:@[] ") == NULL);
  g_assert (path == NULL || path[0] == '/');
  switch (far_egress_judge (grants, host, port))
    {
    case FAR_EGRESS_LOOPBACK:
      g_assert (strcmp (host, "127.0.0.1") == 0 && port == 5432);
      break;
    case FAR_EGRESS_PUBLIC:
      g_assert (g_ascii_strcasecmp (host, "api.example.org") == 0 || port == 8443);
      break;
    case FAR_EGRESS_PLATFORM:
      g_assert_not_reached ();
    case FAR_EGRESS_DENIED:
    default:
      break;
    }
  return 0;
}
