/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The function under test, good and bad. What it does is in its event:
 *
 *   {"attack":NAME,"argument":TEXT} → {"got":BOOL,"detail":TEXT}
 *   {"do":WORD,…}                   → see do_word()
 *   anything else                   → the event itself
 *
 * and, for what happens before any event, in its environment:
 *   GUEST_CONSTRUCTOR   "NAME=ARGUMENT;NAME=ARGUMENT…": attacks run by a constructor, before main;
 *                       "stray": forks a process that stays; "forge": lies to the platform
 *   GUEST_INIT          "fail", "exit" or "hang"
 *
 * Thread: one. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attacks.h"
#include "base/far-id.h"
#include "base/far-random.h"
#include "lambda/far-lambda.h"
#include "sandbox/far-channel.h"
#include "sandbox/far-fork-server.h"
#include "sandbox/far-sandbox-messages.h"

static GString *constructor_result;
static char init_secret[FAR_ID_HEX_LEN + 1];

static void
add_attack (FarJsonWriter *writer,
            const char    *member,
            const char    *name,
            const char    *argument)
{
  g_autoptr (GString) detail = g_string_new (NULL);
  gboolean got = attack_run (name, argument, detail);

  far_json_begin_object (writer, member);
  far_json_add_bool (writer, "got", got);
  far_json_add_string (writer, "name", name);
  far_json_add_string (writer, "detail", detail->str);
  far_json_end_object (writer);
}

/* A process that no instance knows of. */
static void
leave_stray (void)
{
  if (fork () == 0)
    for (;;)
      pause ();
}

/* Everything a fork server must not be believed. */
static void
forge (const char *kind)
{
  FarMessage message = { .type = FAR_MESSAGE_STARTED, .id = 1 };
  FarMessageExited exited = { .message = { .type = FAR_MESSAGE_EXITED, .id = 1 } };
  FarMessageText hello = { .message = { .type = FAR_MESSAGE_HELLO, .value = 2 } };
  int fd = open ("/dev/null", O_RDONLY);
  int pidfd = syscall (SYS_pidfd_open, getppid (), 0);

  if (strcmp (kind, "forge-no-pidfd") == 0)
    far_channel_send (FAR_FD_CONTROL, &message, sizeof message, NULL, 0, 0, NULL);
  else if (strcmp (kind, "forge-file") == 0)
    far_channel_send (FAR_FD_CONTROL, &message, sizeof message, &fd, 1, 0, NULL);
  else if (strcmp (kind, "forge-other") == 0)
    far_channel_send (FAR_FD_CONTROL, &message, sizeof message, &pidfd, pidfd >= 0 ? 1 : 0, 0,
                      NULL);
  else if (strcmp (kind, "forge-exited") == 0)
    far_channel_send (FAR_FD_CONTROL, &exited, sizeof exited, NULL, 0, 0, NULL);
  else if (strcmp (kind, "forge-hello") == 0)
    far_channel_send (FAR_FD_CONTROL, &hello, sizeof hello, NULL, 0, 0, NULL);
  else
    far_channel_send (FAR_FD_CONTROL, "?", 1, NULL, 0, 0, NULL);
}

__attribute__ ((constructor)) static void
run_before_main (void)
{
  const char *list = getenv ("GUEST_CONSTRUCTOR");
  g_auto (GStrv) names = NULL;
  g_auto (FarJsonWriter) writer = { NULL };

  if (list == NULL)
    return;
  if (strcmp (list, "stray") == 0)
    leave_stray ();
  if (g_str_has_prefix (list, "forge"))
    forge (list);
  if (strcmp (list, "stray") == 0 || g_str_has_prefix (list, "forge"))
    return;
  far_json_writer_init (&writer);
  far_json_begin_array (&writer, NULL);
  names = g_strsplit (list, ";", 0);
  for (guint i = 0; names[i]; i++)
    {
      char *equals = strchr (names[i], '=');

      if (equals != NULL)
        *equals = '\0';
      add_attack (&writer, NULL, names[i], equals ? equals + 1 : "");
    }
  far_json_end_array (&writer);
  constructor_result = g_string_new (writer.text->str);
}

static gboolean
init (gpointer *ret_state,
      GError  **error)
{
  const char *how = getenv ("GUEST_INIT");
  FarId id;

  far_id_init_random (&id);
  far_id_to_hex (&id, init_secret);
  if (g_strcmp0 (how, "exit") == 0)
    _exit (7);
  while (g_strcmp0 (how, "hang") == 0)
    pause ();
  if (g_strcmp0 (how, "fail") != 0)
    return TRUE;
  g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_ENVIRONMENT,
                       "The guest was told to fail");
  return FALSE;
}

/* Says what it is and makes ids of every kind. */
static void
add_identity (FarJsonWriter *writer)
{
  FarId random, timed;
  char hex[FAR_ID_HEX_LEN + 1];
  g_autoptr (FarClock) clock = far_clock_new_system ();
  struct rlimit limit;

  far_id_init_random (&random);
  far_id_to_hex (&random, hex);
  far_json_add_string (writer, "random", hex);
  far_id_init (&timed, clock);
  far_id_to_hex (&timed, hex);
  far_json_add_string (writer, "timed", hex);
  far_json_add_string (writer, "init", init_secret);
  far_json_add_int (writer, "uid", getuid ());
  far_json_add_int (writer, "pid", getpid ());
  far_json_add_string (writer, "stream", getenv ("AWS_LAMBDA_LOG_STREAM_NAME"));
  getrlimit (RLIMIT_DATA, &limit);
  far_json_add_int (writer, "data_mb", limit.rlim_cur >> 20);
}

static void
add_environment (FarJsonWriter *writer)
{
  g_auto (GStrv) names = g_listenv ();

  for (guint i = 0; names[i]; i++)
    far_json_add_string (writer, names[i], g_getenv (names[i]));
}

/* One line to the service and one back. */
static gboolean
talk_to_service (FarJsonWriter *writer,
                 const char    *name,
                 GError       **error)
{
  char answer[64] = "";
  int fd = far_lambda_service_fd (name, error);
  gssize n_bytes;

  if (fd < 0)
    return FALSE;
  n_bytes = write (fd, name, strlen (name));
  if (n_bytes > 0)
    n_bytes = read (fd, answer, sizeof answer - 1);
  close (fd);
  far_json_add_string (writer, "answer", answer);
  return n_bytes > 0;
}

/* A process in a session of its own that would live for ever. */
static void
leave_daemon (void)
{
  if (fork () == 0)
    {
      setsid ();
      if (fork () == 0)
        {
          for (int number = 1; number < NSIG; number++)
            signal (number, SIG_IGN);
          for (;;)
            pause ();
        }
      _exit (0);
    }
}

static gboolean
do_word (const char    *word,
         JsonObject    *event,
         FarJsonWriter *writer,
         GError       **error)
{
  const char *name = NULL;

  far_json_get_string (event, "name", 256, &name, NULL);
  if (strcmp (word, "exit") == 0)
    _exit (3);
  else if (strcmp (word, "crash") == 0)
    abort ();
  else if (strcmp (word, "spin") == 0)
    for (;;)
      continue;
  else if (strcmp (word, "identity") == 0)
    add_identity (writer);
  else if (strcmp (word, "environment") == 0)
    add_environment (writer);
  else if (strcmp (word, "service") == 0)
    return talk_to_service (writer, name, error);
  else if (strcmp (word, "store") == 0)
    far_json_add_string (writer, "path", far_lambda_store_path (name, error));
  else if (strcmp (word, "log") == 0)
    far_lambda_log (FAR_LAMBDA_LOG_INFO, "a line with \"quotes\"");
  else if (strcmp (word, "daemon") == 0)
    leave_daemon ();
  else
    g_set_error (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT, "The guest cannot %s", word);
  return *error == NULL;
}

static gboolean
on_event (const FarLambdaContext *context,
          const char             *event,
          gsize                   n_bytes,
          GString                *result,
          GError                **error)
{
  g_autoptr (JsonNode) root = far_json_parse_object (event, n_bytes, FAR_LAMBDA_EVENT_MAX, error);
  g_auto (FarJsonWriter) writer = { NULL };
  JsonObject *object = root ? json_node_get_object (root) : NULL;
  const char *word = NULL, *argument = "";
  gboolean ok = TRUE;

  if (root == NULL)
    return FALSE;
  far_json_writer_init (&writer);
  if (far_json_get_string (object, "attack", 64, &word, NULL))
    {
      far_json_get_string (object, "argument", 4096, &argument, NULL);
      add_attack (&writer, NULL, word, argument);
    }
  else if (far_json_get_string (object, "do", 64, &word, NULL) &&
           strcmp (word, "constructor") == 0)
    g_string_append (writer.text, constructor_result->str);
  else if (word != NULL)
    {
      far_json_begin_object (&writer, NULL);
      ok = do_word (word, object, &writer, error);
      far_json_end_object (&writer);
    }
  else
    g_string_append_len (writer.text, event, n_bytes);
  g_string_append_len (result, writer.text->str, writer.text->len);
  return ok;
}

int
main (int    argc,
      char **argv)
{
  static const FarLambdaFunction function = { .init = init, .event = on_event };

  return far_lambda_main (argc, argv, &function);
}
