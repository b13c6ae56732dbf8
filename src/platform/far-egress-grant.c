/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of grants, and of what a proxy is asked for. Pure. */
#include "platform/far-egress.h"

#include <string.h>

/* "name" or "name:port". FALSE if the port is none. ret_host: (transfer full) */
static gboolean
split (const char *text, char **ret_host, guint16 *ret_port)
{
  const char *colon = strrchr (text, ':');
  guint64 port = 0;

  *ret_host = g_strndup (text, colon != NULL ? (gsize) (colon - text) : strlen (text));
  if (colon != NULL && !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL))
    {
      g_clear_pointer (ret_host, g_free);
      return FALSE;
    }
  *ret_port = (guint16) port;
  return TRUE;
}

static gboolean
is_host (const char *host)
{
  gsize n = strlen (host);
  gsize i;

  if (n == 0 || n > 253 || host[0] == '.' || host[0] == '-' || host[n - 1] == '.')
    return FALSE;
  for (i = 0; i < n; i++)
    if (!g_ascii_isalnum (host[i]) && host[i] != '-' && host[i] != '.')
      return FALSE;
  return strstr (host, "..") == NULL;
}

static gboolean
is_loopback_name (const char *host)
{
  return strcmp (host, "127.0.0.1") == 0 || g_ascii_strcasecmp (host, "localhost") == 0;
}

gboolean
far_egress_grant_is_valid (const char *grant)
{
  g_autofree char *host = NULL;
  guint16 port;

  if (strcmp (grant, "platform") == 0 || strcmp (grant, "internet") == 0)
    return TRUE;
  if (strlen (grant) > FAR_EGRESS_GRANT_MAX || !split (grant, &host, &port))
    return FALSE;
  /* A bare "localhost" would be every service of the machine. */
  if (is_loopback_name (host))
    return port != 0;
  return is_host (g_str_has_prefix (host, "*.") ? host + 2 : host) &&
         strchr (g_str_has_prefix (host, "*.") ? host + 2 : host, '.') != NULL;
}

static gboolean
host_matches (const char *pattern, const char *host)
{
  gsize n_host = strlen (host);
  gsize n_suffix;

  if (!g_str_has_prefix (pattern, "*."))
    return g_ascii_strcasecmp (pattern, host) == 0;
  n_suffix = strlen (pattern + 1); /* with its dot */
  return n_host > n_suffix &&
         g_ascii_strcasecmp (host + n_host - n_suffix, pattern + 1) == 0;
}

FarEgressVerdict
far_egress_judge (const char *const *grants, const char *host, guint16 port)
{
  guint i;

  for (i = 0; grants != NULL && grants[i] != NULL; i++)
    {
      g_autofree char *granted = NULL;
      guint16 only;

      if (strcmp (grants[i], "platform") == 0)
        {
          if (g_ascii_strcasecmp (host, FAR_EGRESS_GATEWAY) == 0 && port == 80)
            return FAR_EGRESS_PLATFORM;
          continue;
        }
      if (strcmp (grants[i], "internet") == 0)
        return FAR_EGRESS_PUBLIC;
      if (!split (grants[i], &granted, &only) || !host_matches (granted, host) ||
          (only != 0 ? only != port : port != 80 && port != 443))
        continue;
      return is_loopback_name (granted) ? FAR_EGRESS_LOOPBACK : FAR_EGRESS_PUBLIC;
    }
  return FAR_EGRESS_DENIED;
}

/* authority: "host:port", "host" or "[address]:port" */
static gboolean
take_authority (const char *authority, guint16 port_otherwise, char **ret_host, guint16 *ret_port)
{
  g_autofree char *host = NULL;
  guint16 port;

  if (strchr (authority, '[') != NULL || strchr (authority, '@') != NULL ||
      !split (authority, &host, &port) || !is_host (host) || (port == 0 && port_otherwise == 0))
    return FALSE;
  *ret_host = g_steal_pointer (&host);
  *ret_port = port != 0 ? port : port_otherwise;
  return TRUE;
}

gboolean
far_egress_parse_target (const char *line, char **ret_host, guint16 *ret_port, char **ret_method,
                         char **ret_path)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  g_autofree char *authority = NULL;
  const char *rest;

  *ret_host = *ret_method = *ret_path = NULL;
  if (g_strv_length (words) != 3 || words[0][0] == '\0' ||
      !g_str_has_prefix (words[2], "HTTP/1."))
    return FALSE;
  if (strcmp (words[0], "CONNECT") == 0)
    {
      if (!take_authority (words[1], 0, ret_host, ret_port))
        return FALSE;
      *ret_method = g_strdup (words[0]);
      return TRUE;
    }
  if (g_ascii_strncasecmp (words[1], "http://", strlen ("http://")) != 0)
    return FALSE;
  rest = words[1] + strlen ("http://");
  authority = g_strndup (rest, strcspn (rest, "/?"));
  rest += strlen (authority);
  if (!take_authority (authority, 80, ret_host, ret_port))
    return FALSE;
  *ret_method = g_strdup (words[0]);
  *ret_path = g_strconcat (rest[0] == '/' ? "" : "/", rest, NULL);
  return TRUE;
}
