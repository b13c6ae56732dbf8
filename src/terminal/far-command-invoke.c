/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl invoke, watch: a function by hand, and its code as it is saved. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terminal/far-logs.h"
#include "terminal/far-terminal.h"

#define EVENT_BYTES_MAX (6 * 1024 * 1024)
#define STATUS_ACCEPTED 202 /* asynchronously */
#define STATUS_COULD 204    /* a dry run */

static GBytes *
read_event (const char *path, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *contents = NULL;
  guint8 chunk[16384];
  ssize_t n;
  gsize size;

  if (path == NULL)
    return g_bytes_new_static ("{}", 2);
  if (strcmp (path, "-") != 0)
    {
      if (!g_file_get_contents (path, &contents, &size, error))
        return NULL;
      if (size <= EVENT_BYTES_MAX)
        return g_bytes_new_take (g_steal_pointer (&contents), size);
    }
  else
    {
      while ((n = read (STDIN_FILENO, chunk, sizeof chunk)) > 0 && bytes->len <= EVENT_BYTES_MAX)
        g_byte_array_append (bytes, chunk, n);
      if (bytes->len <= EVENT_BYTES_MAX)
        return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
               "The event is larger than the 6 MB that Lambda takes");
  return NULL;
}

static int
print_result (FarTerminal *self, const FarInvokeResult *result, gboolean with_log)
{
  g_auto (FarJsonWriter) w = { 0 };

  if (self->json)
    {
      g_autoptr (JsonNode) payload
          = far_json_parse (result->payload, strlen (result->payload), FAR_JSON_SIZE_MAX, NULL);

      far_json_writer_init (&w);
      far_json_begin_object (&w, NULL);
      far_json_add_int (&w, "status", result->status);
      far_json_add_string (&w, "function_error",
                           result->function_error[0] != '\0' ? result->function_error : NULL);
      if (payload != NULL)
        far_json_add_node (&w, "payload", payload);
      else
        far_json_add_string (&w, "payload", result->payload);
      far_json_add_string (&w, "log", result->log);
      far_json_add_string (&w, "request_id", result->request_id);
      far_json_end_object (&w);
      far_terminal_print_json (&w);
    }
  else
    {
      g_autofree char *log = far_terminal_clean (result->log);
      g_autofree char *payload = far_terminal_clean (result->payload);

      if (result->status == STATUS_ACCEPTED)
        printf ("Accepted as %s; farthingctl logs shows what becomes of it.\n",
                result->request_id);
      else if (result->status == STATUS_COULD)
        puts ("It could be invoked.");
      if (result->status == STATUS_ACCEPTED || result->status == STATUS_COULD)
        return FAR_EXIT_OK;
      if (with_log)
        fprintf (stderr, "%s%s", log, g_str_has_suffix (log, "\n") || log[0] == '\0' ? "" : "\n");
      puts (payload);
    }
  return result->function_error[0] == '\0' && result->status < 300 ? FAR_EXIT_OK
                                                                   : FAR_EXIT_FAILED;
}

int
far_command_invoke (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *path = NULL;
  g_autofree char *type = NULL;
  g_autofree char *client_context = NULL;
  gboolean later = FALSE;
  gboolean dry = FALSE;
  gboolean no_log = FALSE;
  const GOptionEntry entries[] = {
    { "event", 0, 0, G_OPTION_ARG_FILENAME, &path, "JSON; “-”: from standard input", "FILE" },
    { "type", 0, 0, G_OPTION_ARG_STRING, &type, "RequestResponse, Event or DryRun", "TYPE" },
    { "async", 0, 0, G_OPTION_ARG_NONE, &later, "The same as --type Event", NULL },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, "The same as --type DryRun", NULL },
    { "client-context", 0, 0, G_OPTION_ARG_STRING, &client_context, "For the function's context",
      "JSON" },
    { "no-log", 0, 0, G_OPTION_ARG_NONE, &no_log, "Without the tail of what it logged", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) event = NULL;
  g_autoptr (FarInvokeResult) result = NULL;
  g_auto (FarWait) wait = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("invoke"), entries, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return far_terminal_usage ("name one function: farthingctl invoke NAME --event FILE");
  if (later + dry + (type != NULL) > 1)
    return far_terminal_usage ("say only one of --type, --async and --dry-run");
  event = read_event (path, &error);
  if (event == NULL)
    {
      fprintf (stderr, "farthingctl: %s\n", error->message);
      return FAR_EXIT_NO_INPUT;
    }
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  far_platform_client_invoke_async (self->platform, argv[1],
                                    type != NULL ? type
                                    : later      ? "Event"
                                    : dry        ? "DryRun"
                                                 : "RequestResponse",
                                    client_context, event, NULL, far_wait_done, &wait);
  result = far_platform_client_invoke_finish (self->platform, far_wait_for (&wait), &error);
  if (result == NULL)
    return far_terminal_fail (error);
  return print_result (self, result, !no_log);
}

/* ---- watch ---- */

static void
on_reload (FarLogLine *line, gpointer user_data)
{
  FarTerminal *self = user_data;
  g_autofree char *message = far_terminal_clean (line->message);

  if (self->json)
    {
      far_logs_print_line (line, self);
      return;
    }
  printf ("%s%s%s\n", line->function, line->function[0] != '\0' ? ": " : "", message);
  fflush (stdout);
}

int
far_command_watch (FarTerminal *self, int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarWait) wait = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("watch"), NULL, &argc, &argv, &code))
    return code;
  if (argc > 1)
    return far_terminal_usage ("watch takes no names: it looks after every function's code");
  if (far_terminal_connect (self, FALSE, &error) == NULL)
    return far_terminal_fail (error);
  far_platform_client_watch_code_async (self->platform, on_reload, self, NULL, far_wait_done,
                                        &wait);
  if (!far_platform_client_read_logs_finish (self->platform, far_wait_for (&wait), &error))
    return far_terminal_fail (error);
  return FAR_EXIT_OK;
}
