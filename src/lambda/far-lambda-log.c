/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Log lines as Lambda's JSON log format has them, one write(2) each, so that lines of a pipe do
 * not mix. A line that would be longer than FAR_LAMBDA_LOG_LINE_MAX is cut in its message.
 * Thread: the function's one. */
#include "lambda/far-lambda-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char *current_request;
static FarClock *current_clock;

void
far_lambda_log_set_request (const char *id,
                            FarClock   *clock)
{
  current_request = id;
  current_clock = clock;
}

static void
write_all (const char *text,
           gsize       n_bytes)
{
  while (n_bytes > 0)
    {
      gssize written = write (STDOUT_FILENO, text, n_bytes);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return;
      text += written;
      n_bytes -= written;
    }
}

void
far_lambda_log (FarLambdaLogLevel level,
                const char       *format,
                ...)
{
  static const char *const names[] = { "DEBUG", "INFO", "WARN", "ERROR" };
  g_autofree char *message = NULL;
  g_auto (FarJsonWriter) writer = { NULL };
  va_list arguments;

  g_return_if_fail ((guint) level < G_N_ELEMENTS (names));

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  /* Each byte may take six in JSON. */
  if (strlen (message) > FAR_LAMBDA_LOG_LINE_MAX / 8)
    message[FAR_LAMBDA_LOG_LINE_MAX / 8] = '\0';

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  if (current_clock != NULL)
    far_json_add_time (&writer, "timestamp", far_clock_now_us (current_clock));
  far_json_add_string (&writer, "level", names[level]);
  if (current_request != NULL)
    far_json_add_string (&writer, "requestId", current_request);
  far_json_add_string (&writer, "message", message);
  far_json_end_object (&writer);
  g_string_append_c (writer.text, '\n');
  write_all (writer.text->str, writer.text->len);
}
