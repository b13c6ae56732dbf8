/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where granted services and stores are: an inherited descriptor on Farthing, an address
 * elsewhere, read from the environment by name. Thread: any; no state but the environment. */
#include "lambda/far-lambda-private.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

G_DEFINE_QUARK (far-lambda-error-quark, far_lambda_error)

static int
fail (GError    **error,
      const char *address,
      const char *why)
{
  g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_SERVICE, "Cannot reach %s: %s", address,
               why);
  return -1;
}

static int
connect_to (const struct sockaddr *address,
            socklen_t              length,
            const char            *name,
            GError               **error)
{
  int fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  int status;
  int number;

  if (fd < 0)
    return fail (error, name, g_strerror (errno));
  if (address->sa_family != AF_UNIX)
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  do
    status = connect (fd, address, length);
  while (status < 0 && errno == EINTR);
  if (status == 0)
    return fd;
  number = errno;
  close (fd);
  return fail (error, name, g_strerror (number));
}

int
far_lambda_connect_tcp (const char *address,
                        GError    **error)
{
  struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  const char *colon = strrchr (address, ':');
  g_autofree char *host = NULL;
  int status;
  int fd = -1;

  if (colon == NULL || colon == address || colon[1] == '\0')
    return fail (error, address, "an address is HOST:PORT");
  host = g_strndup (address, colon - address);
  if (host[0] == '[' && g_str_has_suffix (host, "]"))
    {
      memmove (host, host + 1, strlen (host));
      host[strlen (host) - 1] = '\0';
    }
  status = getaddrinfo (host, colon + 1, &hints, &found);
  if (status != 0)
    return fail (error, address, gai_strerror (status));
  for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
    fd = connect_to (a->ai_addr, a->ai_addrlen, address, a->ai_next ? NULL : error);
  freeaddrinfo (found);
  return fd;
}

static int
connect_unix (const char *path,
              GError    **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (strlen (path) >= sizeof address.sun_path)
    return fail (error, path, "the path of a socket has at most 107 bytes");
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  return connect_to ((struct sockaddr *) &address, sizeof address, path, error);
}

static char *
variable_name (const char *kind,
               const char *name)
{
  g_autofree char *upper = g_ascii_strup (name, -1);

  return g_strconcat ("FARTHING_", kind, "_", g_strdelimit (upper, "-", '_'), NULL);
}

int
far_lambda_service_fd (const char *name,
                       GError    **error)
{
  g_autofree char *variable = NULL;
  const char *address;
  guint64 number;
  int fd;

  g_return_val_if_fail (name != NULL, -1);

  variable = variable_name ("SERVICE", name);
  address = g_getenv (variable);
  if (address == NULL || address[0] == '\0')
    {
      g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_SERVICE,
                   "No service %s is granted: list it under Metadata: Farthing: Services, or set "
                   "%s to unix:PATH or HOST:PORT", name, variable);
      return -1;
    }
  if (g_str_has_prefix (address, "unix:"))
    return connect_unix (address + strlen ("unix:"), error);
  if (!g_str_has_prefix (address, "fd:"))
    return far_lambda_connect_tcp (address, error);
  if (!g_ascii_string_to_unsigned (address + strlen ("fd:"), 10, 0, G_MAXINT, &number, NULL))
    return fail (error, address, "a descriptor is fd:NUMBER");
  fd = fcntl ((int) number, F_DUPFD_CLOEXEC, 3);
  return fd >= 0 ? fd : fail (error, address, g_strerror (errno));
}

const char *
far_lambda_store_path (const char *name,
                       GError    **error)
{
  g_autofree char *variable = NULL;
  const char *path;

  g_return_val_if_fail (name != NULL, NULL);

  variable = variable_name ("STORE", name);
  path = g_getenv (variable);
  if (path == NULL || path[0] != '/')
    {
      g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_SERVICE,
                   "No store %s is granted: list it under Metadata: Farthing: Stores, or set %s "
                   "to its folder", name, variable);
      return NULL;
    }
  return path;
}
