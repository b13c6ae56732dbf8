/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "METHOD TARGET\nBODY" as a request of the control API, on a platform without processes: each is
 * answered with a status that fits, and an error with JSON. Left out: PUT, which starts simulated
 * readers or speaks to other machines; streams, which do not end; and what this world has not
 * (queues, secrets, code). */
#include "fuzz-driver.h"

#include <stdlib.h>
#include <string.h>

#include "control-fixture.h"

static Fixture fixture;

static void
clean_up (void)
{
  fixture_clear (&fixture);
}

static void
set_up (void)
{
  fixture_init (&fixture, NULL);
  fixture_record (&fixture, "content", FAR_INVOCATION_OK, 1000);
  fixture_log (&fixture, "content", "a line");
  atexit (clean_up);
}

/* What HTTP takes; the rest is the server's to refuse, which is not ours. */
static gboolean
is_target (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isgraph (*at))
      return FALSE;
  return g_str_has_prefix (text, "/v1/");
}

static gboolean
is_left_out (const char *target)
{
  static const char *const words[] = { "events", "follow", "queues", "lambda",
                                       "secrets", "watch", "%" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (target, words[i]) != NULL)
      return TRUE;
  return FALSE;
}

static gboolean
is_answered (gpointer user_data)
{
  Client *client = user_data;

  client_poll (client);
  if (fake_platform_get_invokes (fixture.platform)->len > 0)
    fake_platform_answer (fixture.platform, 200, "null");
  return client->closed;
}

static void
ask_for (const char *method, const char *target, const char *body)
{
  g_autofree char *text
      = g_strdup_printf ("%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                         "Content-Type: application/json\r\n"
                         "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                         method, target, strlen (body), body);
  g_auto (Client) client = { 0 };
  const char *split;
  guint64 status;

  client_open (&client, &fixture);
  client_send (&client, text, strlen (text));
  run_until ("an answer", is_answered, &client);
  g_assert_true (g_str_has_prefix (client.bytes->str, "HTTP/1.1 "));
  status = g_ascii_strtoull (client.bytes->str + strlen ("HTTP/1.1 "), NULL, 10);
  split = strstr (client.bytes->str, "\r\n\r\n");
  g_assert_true (status >= 200 && status < 600 && split != NULL);
  g_assert_true (status < 400 || strstr (split, "\"error\":{\"code\":\"") != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const methods[] = { "GET", "POST", "DELETE", NULL };
  g_autofree char *text = g_strndup ((const char *) data, size);
  char *body = strchr (text, '\n');
  char *target = strchr (text, ' ');

  if (fixture.control == NULL)
    set_up ();
  if (target == NULL || body == NULL || target > body)
    return 0;
  *target++ = '\0';
  *body++ = '\0';
  if (g_strv_contains (methods, text) && is_target (target) && !is_left_out (target))
    ask_for (text, target, body);
  return 0;
}
