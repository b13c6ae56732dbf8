/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many more requests than connections: all are answered, none before a connection is free. */
#include <libsoup/soup.h>

#include "crowd-server.h"
#include "readers/far-reader-http.h"

#define REQUESTS 1000
#define DEADLINE_S 120

typedef struct {
  SoupServer *server;
  GQueue      held; /* SoupServerMessage, paused */
  guint       n_came;
  guint       n_held_max;
  guint       n_answered;
  guint       n_right;
} Crowd;

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer user_data)
{
  Crowd *crowd = user_data;

  g_assert_cmpuint (soup_server_message_get_request_body (message)->length, ==, 2);
  crowd->n_came++;
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, "{}", 2);
  soup_server_message_pause (message);
  g_queue_push_tail (&crowd->held, g_object_ref (message));
  crowd->n_held_max = MAX (crowd->n_held_max, crowd->held.length);
}

static void
on_answer (guint status, JsonObject *object, gsize n_bytes, gpointer user_data)
{
  Crowd *crowd = user_data;

  crowd->n_answered++;
  if (status == 200 && object != NULL)
    crowd->n_right++;
}

static gboolean
on_deadline (gpointer user_data)
{
  g_error ("still waiting after %d s", DEADLINE_S);
  return G_SOURCE_REMOVE;
}

static void
release (Crowd *crowd)
{
  g_autoptr (SoupServerMessage) message = g_queue_pop_head (&crowd->held);

  if (message != NULL)
    soup_server_message_unpause (message);
}

static void
test_crowd (void)
{
  Crowd crowd = { .held = G_QUEUE_INIT };
  g_autoptr (FarClock) clock = far_clock_new_system ();
  g_autofree char *url = NULL;
  g_autofree FarVisitReport *report = g_new0 (FarVisitReport, 1);
  FarReaderTraits traits = { 0 };
  FarReaderHttp *http;
  guint deadline = g_timeout_add_seconds (DEADLINE_S, on_deadline, NULL);
  guint i;

  crowd.server = soup_server_new (NULL, NULL);
  soup_server_add_handler (crowd.server, NULL, on_request, &crowd, NULL);
  url = crowd_server_listen (crowd.server);
  http = far_reader_http_new (url, clock, report);
  for (i = 0; i < REQUESTS; i++)
    far_reader_http_send (http, &traits, "POST", "/", g_strdup ("{}"), g_get_monotonic_time (),
                          on_answer, &crowd);
  /* The first connections fill, and nothing else comes until one of them is free again. */
  while (crowd.n_came < FAR_READER_CONNECTIONS_MAX)
    g_main_context_iteration (NULL, TRUE);
  while (crowd.n_answered < REQUESTS)
    {
      release (&crowd);
      g_main_context_iteration (NULL, crowd.held.length == 0);
    }
  g_assert_cmpuint (crowd.n_right, ==, REQUESTS);
  g_assert_cmpuint (crowd.n_came, ==, REQUESTS);
  g_assert_cmpuint (crowd.n_held_max, ==, FAR_READER_CONNECTIONS_MAX);

  /* What still waits when it is freed is never answered. */
  for (i = 0; i < 2 * FAR_READER_CONNECTIONS_MAX; i++)
    far_reader_http_send (http, &traits, "POST", "/", g_strdup ("{}"), g_get_monotonic_time (),
                          on_answer, &crowd);
  far_reader_http_free (http);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (crowd.n_answered, ==, REQUESTS);

  while (crowd.held.length > 0)
    release (&crowd);
  g_source_remove (deadline);
  soup_server_disconnect (crowd.server);
  g_object_unref (crowd.server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readers/http/crowd", test_crowd);
  return g_test_run ();
}
