/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spans become records: which of them, of whom, and each once. */
#include <glib/gstdio.h>
#include <string.h>

#include "platform/far-deployment-file.h"
#include "telemetry/far-span.h"

#define T0 (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)

typedef struct {
  char           *dir;
  FarClock       *clock;
  FarDeployments *deployments;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_setenv ("FARTHING_SECRETS", "file", TRUE);
  self->dir = g_dir_make_tmp ("far-otlp-XXXXXX", NULL);
  self->clock = far_clock_new_manual (T0);
  self->deployments = far_deployments_new (self->dir, self->clock, &error);
  g_assert_no_error (error);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_autofree char *telemetry = g_build_filename (self->dir, "telemetry", NULL);
  g_autofree char *folder = g_build_filename (telemetry, "deployments", NULL);
  g_autofree char *list = g_build_filename (self->dir, "deployments.json", NULL);

  while (far_deployments_n (self->deployments) > 0)
    {
      g_autofree char *id = g_strdup (far_deployments_nth (self->deployments, 0)->id);
      g_autoptr (GError) error = NULL;

      g_assert_true (far_deployments_remove (self->deployments, id, &error));
      g_assert_no_error (error);
    }
  far_deployments_free (self->deployments);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_unlink (list);
  g_rmdir (folder);
  g_rmdir (telemetry);
  g_assert_cmpint (g_rmdir (self->dir), ==, 0);
  far_clock_unref (self->clock);
  g_free (self->dir);
}

static void
on_added (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(FarDeployment **) user_data = far_deployments_add_finish (NULL, result, &error);
  g_assert_no_error (error);
}

static FarDeployment *
add (Fixture *self, const char *id, const char *service)
{
  g_autoptr (GHashTable) settings = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) secrets = g_hash_table_new (g_str_hash, g_str_equal);
  FarDeploymentRequest request = { .id = id, .kind = "otlp", .settings = settings,
                                   .secrets = secrets };
  FarDeployment *deployment = NULL;

  if (service != NULL)
    g_hash_table_insert (settings, (char *) "service_name", (char *) service);
  far_deployments_add_async (self->deployments, &request, on_added, &deployment);
  while (deployment == NULL || deployment->telemetry == NULL || !deployment->asked)
    g_main_context_iteration (NULL, TRUE);
  return deployment;
}

static void
put (GPtrArray *spans, guint64 id, guint64 parent, const char *service, FarSpanStatus status,
     const char *attributes)
{
  FarSpan *span = g_new0 (FarSpan, 1);

  span->id = id;
  span->parent = parent;
  memset (span->trace_id.bytes, 7, FAR_ID_LEN);
  span->start_us = T0 - 5 * G_USEC_PER_SEC;
  span->duration_us = 2000;
  span->status = status;
  span->kind = g_strdup ("remote");
  span->name = g_strdup ("GET /");
  span->function = g_strdup (service);
  span->attributes = g_strdup (attributes);
  g_ptr_array_add (spans, span);
}

static guint64
count (FarDeployment *deployment, const char *function)
{
  const FarAggregate *aggregate = far_telemetry_peek (deployment->telemetry, function);

  return aggregate != NULL ? far_aggregate_invocations (aggregate) : 0;
}

static void
test_taken (Fixture *self, gconstpointer data)
{
  FarDeployment *shop = add (self, "shop", "shop");
  FarDeployment *all = add (self, "all", NULL);
  g_autoptr (GPtrArray) spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  const FarAggregate *aggregate;

  g_assert_cmpint (far_deployment_get_state (all, T0), ==, FAR_DEPLOYMENT_STALE);
  put (spans, 1, 0, "shop", FAR_SPAN_OK, NULL);
  put (spans, 2, 1, "shop", FAR_SPAN_OK, "{\"db.system\":\"sqlite\"}"); /* no invocation */
  put (spans, 3, 1, "shop", FAR_SPAN_ERROR,
       "{\"faas.name\":\"pay\",\"faas.coldstart\":true,\"faas.max_memory\":134217728,"
       "\"error.type\":\"Declined\"}");
  put (spans, 4, 0, "other", FAR_SPAN_UNSET, "not json");
  put (spans, 5, 9, "other", FAR_SPAN_UNSET, "{\"faas.coldstart\":\"true\"}");
  g_assert_cmpuint (far_deployments_take_spans (self->deployments, spans), ==, 4);
  /* An exporter that got no answer sends the same again. */
  g_assert_cmpuint (far_deployments_take_spans (self->deployments, spans), ==, 0);
  g_assert_cmpuint (count (shop, "shop"), ==, 1);
  g_assert_cmpuint (count (shop, "pay"), ==, 1);
  g_assert_cmpuint (count (shop, "other"), ==, 0);
  g_assert_cmpuint (count (all, "other"), ==, 2);
  g_assert_cmpuint (count (all, "pay"), ==, 1);
  aggregate = far_telemetry_peek (all->telemetry, "pay");
  g_assert_cmpuint (far_aggregate_errors (aggregate), ==, 1);
  g_assert_cmpuint (aggregate->cold_starts, ==, 1);
  g_assert_cmpint (shop->sample_us, ==, T0 - 5 * G_USEC_PER_SEC + 2000);
  g_assert_cmpint (far_deployment_get_state (shop, T0), ==, FAR_DEPLOYMENT_OK);
  g_assert_cmpint (far_deployment_get_state (shop, T0 + 3600 * (gint64) G_USEC_PER_SEC), ==,
                   FAR_DEPLOYMENT_STALE);
}

/* A farthingd that was restarted is sent again what it may not have got. */
static void
test_restarted (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) spans = g_ptr_array_new_with_free_func ((GDestroyNotify) far_span_free);
  g_autoptr (GError) error = NULL;
  FarDeployment *all = add (self, "all", NULL);

  put (spans, 1, 0, "shop", FAR_SPAN_OK, NULL);
  put (spans, 2, 1, "shop", FAR_SPAN_OK,
       "{\"faas.invocation_id\":\"3897a7c2-8ac6-4ce7-883c-6e8bf0bfb00a\"}");
  g_assert_cmpuint (far_deployments_take_spans (self->deployments, spans), ==, 2);
  far_deployments_free (self->deployments);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  self->deployments = far_deployments_new (self->dir, self->clock, &error);
  g_assert_no_error (error);
  all = far_deployments_nth (self->deployments, 0);
  while (all->spans == NULL || g_hash_table_size (all->spans) < 2)
    g_main_context_iteration (NULL, TRUE);
  put (spans, 3, 1, "shop", FAR_SPAN_OK, "{\"faas.name\":\"shop\"}");
  g_assert_cmpuint (far_deployments_take_spans (self->deployments, spans), ==, 1);
  g_assert_cmpuint (count (all, "shop"), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/deployment-otlp/taken", Fixture, NULL, setup, test_taken, teardown);
  g_test_add ("/deployment-otlp/restarted", Fixture, NULL, setup, test_restarted, teardown);
  return g_test_run ();
}
