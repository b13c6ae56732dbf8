/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tests' farthingd, and a plain HTTP client: one connection a request, closed behind it. */
#include "daemon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/far-json.h"
#include "net/far-sigv4.h"

#define READY_LINE_MAX 8192
#define HEADERS_MAX 8

static char *
build_path (const char *relative)
{
  const char *root = g_getenv ("FARTHING_BUILD_ROOT");

  if (root == NULL)
    g_error ("FARTHING_BUILD_ROOT must name the build folder; run this with meson test");
  return g_build_filename (root, relative, NULL);
}

static void
set_string (char **where, JsonObject *object, const char *name)
{
  g_free (*where);
  *where = g_strdup (json_object_get_string_member (object, name));
}

static char *
read_line (int fd)
{
  g_autoptr (GString) line = g_string_new (NULL);
  struct pollfd readable = { .fd = fd, .events = POLLIN };
  char c;

  while (line->len < READY_LINE_MAX)
    {
      if (poll (&readable, 1, DAEMON_DEADLINE_S * 1000) != 1 || read (fd, &c, 1) != 1)
        return NULL;
      if (c == '\n')
        return g_strdup (line->str);
      g_string_append_c (line, c);
    }
  return NULL;
}

static void
load_credentials (Daemon *self, const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &error);
  g_assert_no_error (error);
  g_free (self->access_key);
  g_free (self->secret_key);
  self->access_key = g_key_file_get_string (file, "default", "aws_access_key_id", NULL);
  self->secret_key = g_key_file_get_string (file, "default", "aws_secret_access_key", NULL);
}

/* It must not outlive a test that fails. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static void
launch (Daemon *self)
{
  g_autofree char *program = build_path ("src/platform/farthingd");
  char *argv[] = { program,           (char *) "--data-dir", self->dir,
                   (char *) "--port", (char *) "0",          (char *) "--template",
                   self->template_path, (char *) "--test-clock", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *line = NULL;
  JsonObject *ready;
  int errors;
  int out;

  errors = open (self->errors, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  g_assert_cmpint (errors, >=, 0);
  g_spawn_async_with_pipes_and_fds (NULL, (const char *const *) argv, NULL,
                                    G_SPAWN_DO_NOT_REAP_CHILD, die_with_parent, NULL, -1, -1,
                                    errors, NULL, NULL, 0, &self->pid, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  close (errors);
  line = read_line (out);
  close (out);
  if (line == NULL)
    {
      g_autofree char *text = daemon_errors (self);

      g_error ("farthingd was not ready: %s", text);
    }
  node = far_json_parse_object (line, strlen (line), READY_LINE_MAX, &error);
  g_assert_no_error (error);
  ready = json_node_get_object (node);
  g_assert_cmpint (json_object_get_int_member (ready, "pid"), ==, self->pid);
  set_string (&self->gateway, ready, "gateway");
  set_string (&self->lambda, ready, "lambda");
  set_string (&self->metrics, ready, "metrics");
  set_string (&self->control, ready, "control");
  set_string (&self->isolation, ready, "isolation");
  load_credentials (self, json_object_get_string_member (ready, "credentials"));
}

Daemon *
daemon_start (const char *template_path)
{
  Daemon *self = g_new0 (Daemon, 1);
  g_autoptr (GError) error = NULL;

  self->dir = g_dir_make_tmp ("farthing-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->errors = g_build_filename (self->dir, "stderr.txt", NULL);
  self->template_path = template_path != NULL
                            ? g_strdup (template_path)
                            : build_path ("tests/integration/functions/template.yaml");
  launch (self);
  return self;
}

void
daemon_restart (Daemon *self)
{
  g_assert_cmpint (self->pid, ==, 0);
  launch (self);
}

static int
wait_for_end (Daemon *self)
{
  int pidfd = pidfd_open (self->pid, 0);
  struct pollfd ended = { .fd = pidfd, .events = POLLIN };
  int status = 0;

  g_assert_cmpint (pidfd, >=, 0);
  if (poll (&ended, 1, DAEMON_DEADLINE_S * 1000) != 1)
    g_error ("farthingd does not end");
  close (pidfd);
  waitpid (self->pid, &status, 0);
  self->pid = 0;
  return status;
}

void
daemon_stop (Daemon *self)
{
  int status;

  kill (self->pid, SIGTERM);
  status = wait_for_end (self);
  if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
    {
      g_autofree char *text = daemon_errors (self);

      g_error ("farthingd ended with wait status %d: %s", status, text);
    }
}

void
daemon_kill (Daemon *self)
{
  kill (self->pid, SIGKILL);
  wait_for_end (self);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
daemon_free (Daemon *self)
{
  if (self->pid != 0)
    daemon_stop (self);
  remove_tree (self->dir);
  g_free (self->dir);
  g_free (self->template_path);
  g_free (self->gateway);
  g_free (self->lambda);
  g_free (self->metrics);
  g_free (self->control);
  g_free (self->isolation);
  g_free (self->access_key);
  g_free (self->secret_key);
  g_free (self->errors);
  g_free (self);
}

char *
daemon_errors (Daemon *self)
{
  char *text = NULL;

  return g_file_get_contents (self->errors, &text, NULL, NULL) ? text : g_strdup ("");
}

pid_t
daemon_find_child (Daemon *self, const char *program)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/children", self->pid, self->pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) pids = NULL;
  guint i;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  pids = g_strsplit (text, " ", -1);
  for (i = 0; pids[i] != NULL; i++)
    {
      g_autofree char *link = g_strdup_printf ("/proc/%s/exe", pids[i]);
      g_autofree char *target = g_file_read_link (link, NULL);

      if (target != NULL && g_str_has_suffix (target, program))
        return (pid_t) g_ascii_strtoll (pids[i], NULL, 10);
    }
  return 0;
}

void
reply_free (Reply *reply)
{
  g_free (reply->body);
  g_hash_table_unref (reply->headers);
  g_free (reply);
}

char *
url_of (const char *base, const char *target)
{
  return g_strconcat (base, target, NULL);
}

static int
connect_to (const char *url, const char **ret_target)
{
  const char *authority = strstr (url, "://") + 3;
  const char *colon = strchr (authority, ':');
  struct sockaddr_in where = { .sin_family = AF_INET };
  const struct timeval limit = { .tv_sec = DAEMON_DEADLINE_S };
  char *end = NULL;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  where.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  where.sin_port = htons ((guint16) g_ascii_strtoull (colon + 1, &end, 10));
  *ret_target = *end != '\0' ? end : "/";
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect (fd, (struct sockaddr *) &where, sizeof where) == 0)
    return fd;
  close (fd);
  return -1;
}

static Reply *
parse_reply (GString *text)
{
  Reply *reply = g_new0 (Reply, 1);
  char *end = strstr (text->str, "\r\n\r\n");
  g_auto (GStrv) lines = NULL;
  guint i;

  reply->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (end == NULL || strncmp (text->str, "HTTP/1.1 ", 9) != 0)
    {
      reply->body = g_strdup ("");
      return reply;
    }
  reply->status = g_ascii_strtoull (text->str + 9, NULL, 10);
  reply->n_body = text->len - (end + 4 - text->str);
  reply->body = g_malloc (reply->n_body + 1);
  memcpy (reply->body, end + 4, reply->n_body + 1);
  *end = '\0';
  lines = g_strsplit (text->str, "\r\n", -1);
  for (i = 1; lines[i] != NULL; i++)
    {
      char *colon = strstr (lines[i], ": ");

      if (colon != NULL)
        g_hash_table_insert (reply->headers, g_ascii_strdown (lines[i], colon - lines[i]),
                             g_strdup (colon + 2));
    }
  return reply;
}

static gboolean
send_all (int fd, const char *data, gsize n)
{
  while (n > 0)
    {
      ssize_t sent = send (fd, data, n, MSG_NOSIGNAL);

      if (sent <= 0)
        return FALSE;
      data += sent;
      n -= sent;
    }
  return TRUE;
}

Reply *
http_send (const char *method, const char *url, const char *headers, const void *body,
           gsize n_body)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *target;
  char buffer[65536];
  ssize_t n;
  int fd = connect_to (url, &target);
  Reply *reply;

  if (fd < 0)
    return parse_reply (text);
  g_string_append_printf (text, "%s %s HTTP/1.1\r\nConnection: close\r\n%s", method, target,
                          headers != NULL ? headers : "");
  if (headers == NULL || strstr (headers, "Host: ") == NULL)
    g_string_append (text, "Host: localhost\r\n");
  if (n_body > 0)
    g_string_append_printf (text, "Content-Length: %" G_GSIZE_FORMAT "\r\n", n_body);
  g_string_append (text, "\r\n");
  if (send_all (fd, text->str, text->len))
    send_all (fd, body, n_body);
  g_string_truncate (text, 0);
  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0)
    g_string_append_len (text, buffer, n);
  close (fd);
  reply = parse_reply (text);
  return reply;
}

/* Cuts the lines in two; the first place is Host's. */
static gsize
sign_all (char **lines, FarSigv4Header *ret_headers)
{
  gsize n = 1;

  for (; *lines != NULL && **lines != '\0'; lines++, n++)
    {
      char *colon = strstr (*lines, ": ");

      *colon = '\0';
      ret_headers[n] = (FarSigv4Header){ *lines, colon + 2 };
    }
  return n;
}

Reply *
lambda_send (Daemon *self, const char *method, const char *target, const char *headers,
             const char *body)
{
  static const FarSigv4Scope scope = { "us-east-1", "lambda" };
  const FarSigv4Credentials credentials = { self->access_key, self->secret_key, NULL };
  FarSigv4Header signed_headers[HEADERS_MAX] = { { "Host", "localhost" } };
  g_auto (GStrv) lines = g_strsplit (headers != NULL ? headers : "", "\r\n", HEADERS_MAX - 1);
  gsize n_headers = sign_all (lines, signed_headers);
  g_auto (GStrv) parts = g_strsplit (target, "?", 2);
  const FarSigv4Request request = {
    .method = method,
    .path = parts[0],
    .query = parts[1],
    .headers = signed_headers,
    .n_headers = n_headers,
    .body = body,
    .n_body = body != NULL ? strlen (body) : 0,
  };
  g_autofree char *url = url_of (self->lambda, target);
  gint64 now_us = g_get_real_time ();
  g_autofree char *authorization = far_sigv4_sign (&request, &credentials, &scope, now_us);
  char date[FAR_SIGV4_DATE_LEN + 1];
  g_autofree char *all = NULL;

  far_sigv4_format_date (now_us, date);
  all = g_strdup_printf ("Authorization: %s\r\nX-Amz-Date: %s\r\n%s", authorization, date,
                         headers != NULL ? headers : "");
  return http_send (method, url, all, body, request.n_body);
}
