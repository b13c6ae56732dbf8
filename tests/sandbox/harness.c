/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays the platform (see the header). Everything waits on the loop with a generous deadline, so a
 * test that hangs fails instead. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/far-runtime-frame.h"

static void
on_gone (FarSpawner *spawner,
         gpointer    user_data)
{
  ((Harness *) user_data)->gone = TRUE;
}

Harness *
harness_new (GError **error)
{
  Harness *self = g_new0 (Harness, 1);

  self->loop = far_loop_new (NULL, error);
  g_assert_nonnull (self->loop);
  self->spawner = far_spawner_new (self->loop, on_gone, self, error);
  if (self->spawner == NULL)
    {
      harness_free (self);
      return NULL;
    }
  return self;
}

void
harness_free (Harness *self)
{
  g_clear_pointer (&self->spawner, far_spawner_free);
  g_clear_pointer (&self->loop, far_loop_free);
  g_free (self);
}

void
harness_turn (Harness *self)
{
  if (!g_main_context_iteration (NULL, FALSE))
    poll (NULL, 0, 1);
}

void
harness_wait (Harness    *self,
              gboolean   *flag,
              const char *what)
{
  gint64 deadline = g_get_monotonic_time () + HARNESS_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;

  while (!*flag)
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("Waited too long for %s", what);
      harness_turn (self);
    }
}

void
harness_wait_alive (Harness         *self,
                    HarnessInstance *instance,
                    gboolean        *flag,
                    const char      *what)
{
  gint64 deadline = g_get_monotonic_time () + HARNESS_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;

  while (!*flag)
    {
      if (instance->exited)
        g_error ("The instance ended with status %d instead of %s: %s", instance->exit.wait_status,
                 what, instance->reason ? instance->reason : "no reason given");
      if (g_get_monotonic_time () > deadline)
        g_error ("Waited too long for %s", what);
      harness_turn (self);
    }
}

void
harness_spec_init (FarSandboxSpec *spec,
                   const char     *code_dir)
{
  *spec = (FarSandboxSpec) {
    .function = "guest",
    .code_dir = code_dir,
    .memory_mb = 128,
    .tmp_mb = 16,
    .instances_max = 100,
    .fork_server = TRUE,
    .clock_fd = -1,
    .log_fd = STDERR_FILENO,
  };
}

static void
on_ready (FarSandbox *sandbox,
          gpointer    user_data)
{
  ((HarnessSandbox *) user_data)->ready = TRUE;
}

static void
on_ended (FarSandbox   *sandbox,
          const GError *error,
          gpointer      user_data)
{
  ((HarnessSandbox *) user_data)->ended = g_error_copy (error);
}

/* Returns: (nullable): NULL with the reason when it ended before it was ready. */
HarnessSandbox *
harness_prepare (Harness              *self,
                 const FarSandboxSpec *spec,
                 GError              **error)
{
  static const FarSandboxEvents events = { on_ready, on_ended };
  g_autoptr (HarnessSandbox) sandbox = g_new0 (HarnessSandbox, 1);
  gint64 deadline = g_get_monotonic_time () + HARNESS_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;

  sandbox->harness = self;
  sandbox->fork_server = spec->fork_server;
  sandbox->sandbox = far_spawner_prepare (self->spawner, spec, &events, sandbox, error);
  if (sandbox->sandbox == NULL)
    return NULL;
  while (!sandbox->ready && sandbox->ended == NULL)
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("Waited too long for a sandbox");
      harness_turn (self);
    }
  if (sandbox->ready)
    return g_steal_pointer (&sandbox);
  g_propagate_error (error, g_steal_pointer (&sandbox->ended));
  return NULL;
}

void
harness_sandbox_free (HarnessSandbox *self)
{
  if (self->sandbox != NULL)
    far_sandbox_close (self->sandbox);
  g_clear_error (&self->ended);
  g_free (self);
}

static void
on_started (FarInstance *instance,
            int          listen_fd,
            gpointer     user_data)
{
  HarnessInstance *self = user_data;

  self->started = TRUE;
  self->listener = listen_fd;
}

static void
on_exited (FarInstance           *instance,
           const FarInstanceExit *end,
           gpointer               user_data)
{
  HarnessInstance *self = user_data;

  self->exited = TRUE;
  self->exit = *end;
  self->reason = g_strdup (end->reason);
  self->exit.reason = self->reason;
  self->instance = NULL;
}

static void
on_adopted (FarInstance *instance,
            gpointer     user_data)
{
  HarnessInstance *self = user_data;

  self->adopted = TRUE;
}

void
harness_adopt (Harness         *self,
               HarnessInstance *instance,
               HarnessSandbox  *sandbox)
{
  g_autoptr (GError) error = NULL;

  harness_wait_alive (self, instance, &instance->started, "what stands by");
  g_assert_true (far_instance_adopt (instance->instance, sandbox->sandbox, &error));
  g_assert_no_error (error);
  harness_wait_alive (self, instance, &instance->adopted, "its adoption");
}

HarnessInstance *
harness_start (HarnessSandbox *sandbox,
               guint           n_services)
{
  static const FarInstanceEvents events = { on_started, on_exited, on_adopted };
  g_autoptr (GError) error = NULL;
  HarnessInstance *self = g_new0 (HarnessInstance, 1);
  FarInstanceFds fds = { .runtime = -1 };
  int ends[2];

  self->runtime = -1;
  self->listener = -1;
  self->received = g_byte_array_new ();
  if (sandbox->fork_server)
    {
      g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
      self->runtime = ends[0];
      fds.runtime = ends[1];
    }
  g_assert_no_errno (pipe2 (ends, O_CLOEXEC));
  self->log = ends[0];
  fds.log = ends[1];
  for (guint i = 0; i < n_services; i++)
    {
      g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
      self->services[i] = ends[0];
      fds.services[i] = ends[1];
    }
  self->instance = far_sandbox_start_instance (sandbox->sandbox, &fds, &events, self, &error);
  g_assert_no_error (error);
  return self;
}

void
harness_instance_free (HarnessInstance *self)
{
  g_assert_true (self->exited);
  if (self->runtime >= 0)
    close (self->runtime);
  if (self->listener >= 0)
    close (self->listener);
  close (self->log);
  g_byte_array_unref (self->received);
  g_free (self->reason);
  g_free (self->pending);
  g_free (self);
}

static void
accept_connection (HarnessInstance *self)
{
  if (self->runtime < 0 && self->listener >= 0)
    self->runtime = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
}

/* What there is of a request begins like one; returns its bytes, 0 as long as it is not whole. */
static gsize
whole_request (HarnessInstance *self)
{
  const char *data = (char *) self->received->data;
  const char *end;
  gsize n_bytes = self->received->len;

  if (n_bytes > 0 && self->received->data[0] == FAR_RUNTIME_FRAME_MAGIC)
    {
      self->framed = TRUE;
      if (n_bytes < FAR_RUNTIME_FRAME_HEADER)
        return 0;
      n_bytes = far_runtime_frame_length (self->received->data, NULL);
      g_assert_cmpuint (n_bytes, >, 0);
      return n_bytes <= self->received->len ? n_bytes : 0;
    }
  end = n_bytes > 0 ? g_strstr_len (data, (gssize) n_bytes, "\r\n\r\n") : NULL;
  if (end != NULL)
    {
      g_autofree char *head = g_ascii_strdown (data, end - data);
      const char *length = strstr (head, "content-length: ");
      gsize whole = end + 4 - data + (length ? g_ascii_strtoull (length + 16, NULL, 10) : 0);

      return whole <= n_bytes ? whole : 0;
    }
  return 0;
}

/* A whole request, head and body, with a NUL behind it. Returns: (transfer full) (nullable): NULL
 * at the end. */
static char *
receive_request (Harness         *harness,
                 HarnessInstance *self,
                 gsize           *ret_n_bytes)
{
  gint64 deadline = g_get_monotonic_time () + HARNESS_DEADLINE_MS * G_TIME_SPAN_MILLISECOND;

  for (;;)
    {
      char bytes[16384];
      gsize whole = whole_request (self);
      gssize n_bytes;

      if (whole > 0)
        {
          char *request = g_malloc (whole + 1);

          memcpy (request, self->received->data, whole);
          request[whole] = '\0';
          g_byte_array_remove_range (self->received, 0, (guint) whole);
          *ret_n_bytes = whole;
          return request;
        }
      if (g_get_monotonic_time () > deadline)
        g_error ("Waited too long for a request; received: %.*s", (int) self->received->len,
                 self->received->data);
      accept_connection (self);
      n_bytes = self->runtime < 0 ? -1
                                  : recv (self->runtime, bytes, sizeof bytes, MSG_DONTWAIT);
      if (n_bytes > 0)
        g_byte_array_append (self->received, (guint8 *) bytes, n_bytes);
      else if (self->exited)
        return NULL;
      else
        harness_turn (harness);
    }
}

static gboolean
send_frame (HarnessInstance       *self,
            const FarRuntimeFrame *frame)
{
  guint8 header[FAR_RUNTIME_FRAME_HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  struct msghdr message = { .msg_iov = vector };
  gssize n_bytes = 0;

  message.msg_iovlen = far_runtime_frame_pack (frame, header, vector);
  for (guint i = 0; i < message.msg_iovlen; i++)
    n_bytes += (gssize) vector[i].iov_len;
  return sendmsg (self->runtime, &message, MSG_NOSIGNAL) == n_bytes;
}

gboolean
harness_send_event (Harness         *harness,
                    HarnessInstance *self,
                    const char      *event)
{
  g_autofree char *request = NULL;
  g_autofree char *answer = NULL;
  static guint counter;
  gsize n_request = 0;
  FarRuntimeFrame frame;

  if (!self->asked)
    {
      request = receive_request (harness, self, &n_request);
      if (request == NULL)
        return FALSE;
    }
  g_free (self->pending);
  self->pending = g_strdup_printf ("request-%u", ++counter);
  if (self->framed)
    {
      const FarRuntimeFrame given = { .kind = FAR_RUNTIME_EVENT, .number = 1764000000000,
                                      .id = self->pending, .name = "arn:aws:lambda:x",
                                      .payload = event, .n_payload = strlen (event) };

      g_assert_true (self->asked ||
                     (far_runtime_frame_parse ((guint8 *) request, n_request, &frame, NULL) &&
                      frame.kind == FAR_RUNTIME_NEXT));
      self->asked = FALSE;
      return send_frame (self, &given);
    }
  g_assert_true (g_str_has_prefix (request,
                                   "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"));
  answer = g_strdup_printf ("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: %s\r\n"
                            "Lambda-Runtime-Deadline-Ms: 1764000000000\r\n"
                            "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:x\r\n"
                            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                            self->pending, strlen (event), event);
  return send (self->runtime, answer, strlen (answer), MSG_NOSIGNAL) == (gssize) strlen (answer);
}

/* A response and an error are also the request for the next event. */
static char *
take_frame (HarnessInstance *self,
            const char      *request,
            gsize            n_request,
            gboolean        *ret_failed)
{
  FarRuntimeFrame frame;

  g_assert_true (far_runtime_frame_parse ((const guint8 *) request, n_request, &frame, NULL));
  g_assert_true (frame.kind == FAR_RUNTIME_RESPONSE || frame.kind == FAR_RUNTIME_ERROR);
  g_assert_cmpstr (frame.id, ==, self->pending);
  if (ret_failed != NULL)
    *ret_failed = frame.kind == FAR_RUNTIME_ERROR;
  self->asked = TRUE;
  return g_strndup (frame.payload, frame.n_payload);
}

char *
harness_invoke (Harness         *harness,
                HarnessInstance *self,
                const char      *event,
                gboolean        *ret_failed)
{
  static const char accepted[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
  g_autofree char *request = NULL;
  g_autofree char *response = NULL;
  g_autofree char *failure = NULL;
  gsize n_request;

  if (!harness_send_event (harness, self, event))
    return NULL;
  request = receive_request (harness, self, &n_request);
  if (request == NULL)
    return NULL;
  if (self->framed)
    return take_frame (self, request, n_request, ret_failed);
  response = g_strdup_printf ("POST /2018-06-01/runtime/invocation/%s/response ", self->pending);
  failure = g_strdup_printf ("POST /2018-06-01/runtime/invocation/%s/error ", self->pending);
  g_assert_true (g_str_has_prefix (request, response) || g_str_has_prefix (request, failure));
  if (ret_failed != NULL)
    *ret_failed = g_str_has_prefix (request, failure);
  g_assert_cmpint (send (self->runtime, accepted, strlen (accepted), MSG_NOSIGNAL), ==,
                   strlen (accepted));
  return g_strdup (strstr (request, "\r\n\r\n") + 4);
}
