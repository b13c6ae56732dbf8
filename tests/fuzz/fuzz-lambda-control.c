/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "METHOD PATH\nBODY" as an operation of Lambda's control plane, on a platform without processes:
 * each is answered once, with JSON and a status that fits. */
#include "fuzz-driver.h"

#include <stdlib.h>
#include <string.h>

#include "base/far-json.h"
#include "platform/far-code-archive.h"
#include "platform/far-lambda-control.h"

static const char template_text[] =
  "Transform: AWS::Serverless-2016-10-31\n"
  "Resources:\n"
  "  Echo:\n"
  "    Type: AWS::Serverless::Function\n"
  "    Properties: {CodeUri: ., Handler: bootstrap, Runtime: provided.al2023}\n"
  "  Work: {Type: AWS::SQS::Queue}\n";

static FarLambdaControl *control;
static FarPlatformStore *store;
static char *dir;

static int
open_service (FarFunction *function, const FarTemplateService *service, gpointer user_data,
              GError **error)
{
  g_assert_not_reached ();
}

static void
on_invocation (const FarInvocation *record, gpointer user_data)
{
}

static void
on_log_line (const FarTelemetryLine *line, gpointer user_data)
{
}

static void
on_annotation (const FarAnnotation *annotation, gpointer user_data)
{
}

static void
on_changed (gpointer user_data)
{
}

static const FarDispatcherHooks hooks = { open_service, on_invocation, on_log_line, on_annotation,
                                          on_changed };

static void
clean_up (void)
{
  far_platform_store_flush (store);
  far_code_archive_remove (dir);
}

static void
set_up (void)
{
  FarLoop *loop = far_loop_new (NULL, NULL);
  FarClock *clock = far_clock_new_manual (G_GINT64_CONSTANT (1700000000000000));
  FarTemplate *tmpl = far_template_parse (template_text, strlen (template_text), "t", "/tmp", NULL);
  FarDispatcher *dispatcher;
  FarRegistry *registry;
  FarQueues *queues;

  dir = g_dir_make_tmp ("farthing-fuzz-XXXXXX", NULL);
  g_assert_nonnull (dir);
  dispatcher = far_dispatcher_new (loop, clock, tmpl, dir, -1, &hooks, NULL);
  store = far_platform_store_open (loop, dir, NULL);
  registry = far_registry_new (dispatcher, store, tmpl, dir, NULL);
  queues = far_queues_new (store, clock);
  far_queues_add (queues, far_template_get_queue (tmpl, 0));
  control = far_lambda_control_new (dispatcher, registry, queues,
                                    far_event_sources_new (loop, dispatcher, queues, store),
                                    "http://127.0.0.1:1");
  atexit (clean_up);
}

static void
on_answer (guint status, const char *error_type, const char *body, gsize n_body,
           gpointer user_data)
{
  guint *n_answers = user_data;

  g_assert_true (status >= 200 && status < 600);
  g_assert_true ((status >= 400) == (error_type != NULL));
  g_assert_true (n_body == 0 || far_json_check (body, n_body, FAR_JSON_SIZE_MAX, NULL));
  ++*n_answers;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  char *body = strchr (text, '\n');
  char *path = strchr (text, ' ');
  FarLambdaRequest request = { .method = text, .query = "" };
  guint n_answers = 0;

  if (control == NULL)
    set_up ();
  if (path == NULL || body == NULL || path > body || !g_utf8_validate (text, -1, NULL))
    return 0;
  *path++ = '\0';
  *body++ = '\0';
  request.path = path;
  if (strchr (path, '?') != NULL)
    {
      request.query = strchr (path, '?') + 1;
      *strchr (path, '?') = '\0';
    }
  request.body = body;
  request.n_body = strlen (body);
  far_lambda_control_handle (control, &request, on_answer, &n_answers);
  while (n_answers == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_answers, ==, 1);
  return 0;
}
