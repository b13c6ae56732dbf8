/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single records of another farthingd, which is played here: by its own clock, each once, also
 * after that was set back; and what it deleted before it was told here is a gap and not zero. */
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "platform/far-deployment-file.h"
#include "telemetry/far-query.h"

#define S ((gint64) G_USEC_PER_SEC)
#define T0 (G_GINT64_CONSTANT (1767225600) * S)
#define T1 (T0 + 9 * 86400 * S)
#define SKEW (-3600 * S)

typedef struct {
  char           *dir;
  FarClock       *clock;
  FarDeployments *deployments;
  FarDeployment  *shop;
  SoupServer     *server;
  gint64          now_us;       /* by the other side's clock */
  gint64          rows_from_us;
  gint64          ended_us[8];  /* of each record */
  guint           behind[8];    /* its number; 0 = it is in order */
  guint           n_records;
  gboolean        older;        /* it refuses to be asked for numbers */
  guint           n_refused;
  guint           n_asked;      /* without them */
  gboolean        broken;
} World;

/* ---- The other side ---- */

static guint
add_list (World *world, GString *json, gint64 after, gboolean behind)
{
  guint last = 0, i;
  gboolean first = TRUE;

  for (i = 0; i < world->n_records; i++)
    {
      gint64 at = world->ended_us[i];

      if ((behind ? world->behind[i] <= after : at <= after) ||
          (world->behind[i] != 0) != behind || at < world->rows_from_us)
        continue;
      g_string_append_printf (json, "%s{\"function\":\"f\",\"outcome\":\"ok\",\"at\":%"
                              G_GINT64_FORMAT ",\"arrival_us\":%" G_GINT64_FORMAT
                              ",\"duration_us\":1000,\"request_id\":\"%032x\"}",
                              first ? "" : ",", at, at - 1000, i + 1);
      first = FALSE;
      last = world->behind[i];
    }
  return last;
}

static char *
records_after (World *world, GHashTable *query)
{
  GString *json = g_string_new ("{\"invocations\":[");
  const char *number = g_hash_table_lookup (query, "behind_after");
  gint64 behind_after = number != NULL ? g_ascii_strtoll (number, NULL, 10) : 0;
  guint last;

  add_list (world, json, g_ascii_strtoll (g_hash_table_lookup (query, "after"), NULL, 10), FALSE);
  if (number == NULL)
    {
      world->n_asked++;
      g_string_append (json, "],\"next\":null}");
      return g_string_free (json, FALSE);
    }
  g_string_append (json, "],\"behind\":[");
  last = add_list (world, json, behind_after, TRUE);
  g_string_append_printf (json, "],\"next\":null,\"rows_from_us\":%" G_GINT64_FORMAT,
                          world->rows_from_us);
  if (last != 0)
    g_string_append_printf (json, ",\"behind_next\":%u}", last);
  else
    g_string_append (json, ",\"behind_next\":null}");
  return g_string_free (json, FALSE);
}

/* As one says it that does not know the parameter. */
static char *
refuse (World *world)
{
  world->n_refused++;
  return g_strdup ("{\"error\":{\"code\":\"bad_request\",\"message\":\"There is no parameter "
                   "“behind_after” here; see /v1/openapi.yaml\"}}");
}

static void
on_request (SoupServer *server, SoupServerMessage *msg, const char *path, GHashTable *query,
            gpointer user_data)
{
  World *world = user_data;
  guint status = SOUP_STATUS_OK;
  char *json;

  g_assert_cmpstr (soup_message_headers_get_one (soup_server_message_get_request_headers (msg),
                                                 "Authorization"), ==, "Bearer hush");
  if (strcmp (path, "/v1/status") == 0)
    json = g_strdup_printf ("{\"state\":\"running\",\"version\":\"1\",\"functions\":1,\"now_us\":%"
                            G_GINT64_FORMAT "}", world->now_us);
  else if (world->older && g_hash_table_contains (query, "behind_after"))
    {
      status = SOUP_STATUS_BAD_REQUEST;
      json = refuse (world);
    }
  else if (world->broken)
    json = g_strdup ("{}");
  else
    json = records_after (world, query);
  soup_server_message_set_status (msg, status, NULL);
  soup_server_message_set_response (msg, "application/json", SOUP_MEMORY_TAKE, json, strlen (json));
}

static void
add_records (World *world, gint64 from_us, guint n)
{
  guint i;

  for (i = 0; i < n; i++)
    world->ended_us[world->n_records++] = from_us + i * S;
}

/* ---- This side ---- */

static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(FarDeployment **) user_data = far_deployments_add_finish (NULL, result, &error);
  g_assert_no_error (error);
}

static void
setup (World *world, gconstpointer data)
{
  g_autoptr (GHashTable) settings = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  FarDeploymentRequest request = { .id = "shop", .kind = "farthingd", .settings = settings,
                                   .secrets = secrets };
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;
  g_autofree char *url = NULL;

  g_setenv ("FARTHING_SECRETS", "file", TRUE);
  world->now_us = T0;
  world->older = GPOINTER_TO_INT (data);
  add_records (world, T0 - 100 * S, 3);
  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, NULL, on_request, world, NULL);
  soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (world->server);
  url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  world->dir = g_dir_make_tmp ("far-pull-XXXXXX", NULL);
  world->clock = far_clock_new_manual (T0 - SKEW);
  world->deployments = far_deployments_new (world->dir, world->clock, &error);
  g_assert_no_error (error);
  g_hash_table_insert (settings, (char *) "url", url);
  g_hash_table_insert (secrets, (char *) "token", (char *) "hush");
  far_deployments_add_async (world->deployments, &request, on_added, &world->shop);
  while (world->shop == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
teardown (World *world, gconstpointer data)
{
  static const char *const folders[] = { "telemetry/deployments", "telemetry", "secrets", "" };
  g_autofree char *list = g_build_filename (world->dir, "deployments.json", NULL);
  g_autoptr (GError) error = NULL;
  guint i;

  g_assert_true (far_deployments_remove (world->deployments, "shop", &error));
  g_assert_no_error (error);
  far_deployments_free (world->deployments);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_unref (world->server);
  g_unlink (list);
  for (i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (world->dir, folders[i], NULL);

      g_assert_cmpint (g_rmdir (path), ==, 0);
    }
  far_clock_unref (world->clock);
  g_free (world->dir);
}

static void
keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Of the minute that begins at from_us: −1 = not known. */
static int
count_at (World *world, gint64 from_us)
{
  FarSeriesQuery query = { NULL, from_us, from_us + 60 * S, 60 * S };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (FarSeries) series = NULL;
  g_autoptr (GError) error = NULL;

  far_telemetry_series_async (world->shop->telemetry, &query, NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  series = far_telemetry_series_finish (world->shop->telemetry, result, &error);
  g_assert_no_error (error);
  return series->known[0] ? (int) far_aggregate_invocations (&series->points[0]) : -1;
}

/* Until so many records are here, and it is known up to that moment. */
static void
wait_for (World *world, guint n, gint64 covered_us)
{
  while (world->shop->telemetry == NULL ||
         far_telemetry_n_invocations (world->shop->telemetry) < n ||
         count_at (world, covered_us - 60 * S) < 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (far_telemetry_n_invocations (world->shop->telemetry), ==, n);
}

static void
test_gap (World *world, gconstpointer data)
{
  wait_for (world, 3, T0);
  g_assert_cmpint (world->shop->skew_us, ==, SKEW);
  g_assert_cmpint (far_deployment_get_state (world->shop, T0 - SKEW), ==, FAR_DEPLOYMENT_OK);
  g_assert_nonnull (strstr (world->shop->message, "shop: its clock is 3600 s behind ours"));
  g_assert_cmpint (count_at (world, T0 - 120 * S), ==, 3);
  g_assert_cmpint (count_at (world, T0 - 60 * S), ==, 0);
  /* By its clock that has not been yet, although ours is there. */
  g_assert_cmpint (count_at (world, T0 + 60 * S), ==, -1);

  /* Nine days of silence, of which it has kept the last thousand seconds. */
  g_assert_true (far_clock_advance (world->clock, T1 - T0, NULL));
  add_records (world, T0 + 86400 * S, 2);
  add_records (world, T1 - 600 * S, 2);
  world->rows_from_us = T1 - 1000 * S;
  world->now_us = T1;
  wait_for (world, 5, T1);
  g_assert_cmpint (count_at (world, T0 - 120 * S), ==, 3);
  g_assert_cmpint (count_at (world, T0 + 86400 * S), ==, -1);
  g_assert_cmpint (count_at (world, T1 - 1200 * S), ==, -1);
  g_assert_cmpint (count_at (world, T1 - 900 * S), ==, 0);
  g_assert_cmpint (count_at (world, T1 - 600 * S), ==, 2);
}

static char *
cursor_path (World *world)
{
  return g_build_filename (world->dir, "telemetry", "deployments", "shop", "cursor.json", NULL);
}

/* Its clock is set back by a minute: what was called from then on comes, and comes once, also to
 * one of us that has lost what it noted last. */
static void
test_back (World *world, gconstpointer data)
{
  g_autofree char *path = cursor_path (world);
  g_autofree char *old = NULL;
  g_autoptr (GError) error = NULL;
  guint i;

  wait_for (world, 3, T0);
  while (!g_file_get_contents (path, &old, NULL, NULL))
    g_main_context_iteration (NULL, TRUE);
  add_records (world, T0 - 90 * S, 2);
  world->behind[3] = 1;
  world->behind[4] = 2;
  world->now_us = T0 - 60 * S;
  wait_for (world, 5, T0);
  g_assert_cmpint (count_at (world, T0 - 120 * S), ==, 5);

  for (i = 0; i < 2; i++)
    {
      far_deployments_free (world->deployments);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      if (i == 0)
        g_assert_true (g_file_set_contents (path, old, -1, NULL));
      world->deployments = far_deployments_new (world->dir, world->clock, &error);
      g_assert_no_error (error);
      world->shop = far_deployments_find (world->deployments, "shop");
      add_records (world, T0 - (80 - i) * S, 1);
      world->behind[5 + i] = 3 + i;
      wait_for (world, 6 + i, T0);
    }
  g_assert_cmpint (count_at (world, T0 - 120 * S), ==, 7);
}

static gboolean
tells_all (World *world)
{
  FarSourceAbilities abilities = { 0 };
  guint i;

  far_source_describe (world->shop->source, &abilities);
  for (i = 0; i < G_N_ELEMENTS (abilities.missing) && abilities.missing[i].what != NULL; i++)
    if (strcmp (abilities.missing[i].what, "history") == 0)
      return FALSE;
  return TRUE;
}

/* One that knows no numbers is asked for them once, and again after it was away: it may have
 * become a newer one meanwhile. */
static void
test_older (World *world, gconstpointer data)
{
  guint i;

  for (i = 0; i < 2; i++)
    {
      wait_for (world, 3 + i, T0 + i * 60 * S);
      add_records (world, T0 + (i + 1) * 60 * S - 30 * S, 1);
      world->now_us = T0 + (i + 1) * 60 * S;
      g_assert_true (far_clock_advance (world->clock, 60 * S, NULL));
    }
  wait_for (world, 5, T0 + 120 * S);
  g_assert_cmpuint (world->n_refused, ==, 1);
  g_assert_cmpuint (world->n_asked, >=, 3);
  g_assert_cmpint (far_deployment_get_state (world->shop, T0 + 120 * S - SKEW), ==,
                   FAR_DEPLOYMENT_OK);
  g_assert_false (tells_all (world));

  /* It fails, and is a newer one when it is back. */
  world->older = FALSE;
  world->broken = TRUE;
  while (!world->shop->failing)
    g_main_context_iteration (NULL, TRUE);
  world->broken = FALSE;
  add_records (world, T0 + 60 * S, 1);
  world->behind[5] = 1;
  wait_for (world, 6, T0 + 120 * S);
  g_assert_true (tells_all (world));
  g_assert_cmpuint (world->n_refused, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/deployment-pull/gap", World, NULL, setup, test_gap, teardown);
  g_test_add ("/deployment-pull/back", World, NULL, setup, test_back, teardown);
  g_test_add ("/deployment-pull/older", World, GINT_TO_POINTER (TRUE), setup, test_older,
              teardown);
  return g_test_run ();
}
