/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gateway (see the header). It reads whole requests of its own client only. */
#include "provider-gateway.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct _ProviderGateway {
  Harness *harness;
  char    *folder;
  GThread *thread;
  int      fd, client_fd;
  gint     broken_status; /* atomic */
  gint     n_requests;    /* atomic */
};

static gboolean
read_request (int      fd,
              GString *text)
{
  char bytes[4096];

  for (;;)
    {
      const char *end = strstr (text->str, "\r\n\r\n");
      const char *length = strstr (text->str, "Content-Length: ");
      gsize body = length != NULL ? g_ascii_strtoull (length + 16, NULL, 10) : 0;
      gssize n;

      if (end != NULL && text->len >= (gsize) (end + 4 - text->str) + body)
        return TRUE;
      n = recv (fd, bytes, sizeof bytes, 0);
      if (n <= 0)
        return FALSE;
      g_string_append_len (text, bytes, n);
    }
}

static void
send_answer (int         fd,
             guint       status,
             const char *body)
{
  g_autofree char *text =
    g_strdup_printf ("HTTP/1.1 %u Whatever\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                     status, strlen (body), body);

  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
}

/* Turns the bytes of a request into a call of the provider's handler. */
static void
pass_on (ProviderGateway *self,
         char            *text)
{
  char *body = strstr (text, "\r\n\r\n") + 4;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) words = NULL;
  HarnessRequest request = { .header = "authorization", .parameter = "proxy" };
  g_autoptr (HarnessAnswer) answer = NULL;
  char *query;

  body[-1] = '\0';
  lines = g_strsplit (text, "\r\n", -1);
  words = g_strsplit (lines[0], " ", 3);
  g_assert_true (g_str_has_prefix (words[1], "/provider/v1/"));
  query = strchr (words[1], '?');
  if (query != NULL)
    {
      *query = '\0';
      request.query = query + 1;
    }
  request.method = words[0];
  request.path = words[1];
  request.value = words[1] + strlen ("/provider/v1/");
  request.body = strcmp (words[0], "POST") == 0 ? body : NULL;
  for (guint i = 1; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (lines[i], "Authorization: "))
        request.header_value = lines[i] + strlen ("Authorization: ");
      if (g_str_has_prefix (lines[i], "Idempotency-Key: "))
        request.idempotency_key = lines[i] + strlen ("Idempotency-Key: ");
    }
  answer = harness_call (self->harness, &request);
  send_answer (self->fd, answer->status, answer->body != NULL ? answer->body : "{}");
}

static gpointer
serve (gpointer data)
{
  ProviderGateway *self = data;

  for (;;)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      int status;

      if (!read_request (self->fd, text))
        return NULL;
      g_atomic_int_inc (&self->n_requests);
      status = g_atomic_int_get (&self->broken_status);
      if (status != 0)
        send_answer (self->fd, status, "{\"error\":{\"message\":\"broken for the test\"}}");
      else
        pass_on (self, text->str);
    }
}

ProviderGateway *
provider_gateway_new (void)
{
  ProviderGateway *self = g_new0 (ProviderGateway, 1);
  g_autofree char *service = NULL;
  int fds[2];

  self->folder = g_dir_make_tmp ("far-provider-XXXXXX", NULL);
  g_setenv ("FARTHING_STORE_PROVIDER", self->folder, TRUE);
  g_setenv ("PROVIDER_KEY", GATEWAY_KEY, TRUE);
  self->harness = harness_new (&far_provider_function, "/nowhere", -1);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  self->fd = fds[0];
  self->client_fd = fds[1];
  service = g_strdup_printf ("fd:%d", self->client_fd);
  g_setenv ("FARTHING_SERVICE_GATEWAY", service, TRUE);
  self->thread = g_thread_new ("gateway", serve, self);
  return self;
}

void
provider_gateway_free (ProviderGateway *self)
{
  g_autofree char *cleanup = g_strdup_printf ("rm -r '%s'", self->folder);

  shutdown (self->client_fd, SHUT_RDWR);
  g_thread_join (self->thread);
  close (self->fd);
  close (self->client_fd);
  harness_free (self->harness);
  g_assert_true (g_spawn_command_line_sync (cleanup, NULL, NULL, NULL, NULL));
  g_free (self->folder);
  g_free (self);
}

Harness *
provider_gateway_harness (ProviderGateway *self)
{
  return self->harness;
}

void
provider_gateway_break (ProviderGateway *self,
                        guint            status)
{
  g_atomic_int_set (&self->broken_status, status);
}

guint
provider_gateway_n_requests (ProviderGateway *self)
{
  return g_atomic_int_get (&self->n_requests);
}

void
provider_gateway_restart (ProviderGateway *self)
{
  harness_free (self->harness);
  self->harness = harness_new (&far_provider_function, "/nowhere", -1);
}
