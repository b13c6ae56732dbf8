/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main of every C function: init once, then the loop of the Runtime API.
 *
 * Two ways in, chosen by the environment. As Farthing's fork server, init runs before any instance
 * exists and every instance is a fork of its result; elsewhere (AWS_LAMBDA_RUNTIME_API) init and
 * loop follow each other in one process, as on Lambda. The loop itself is the same.
 *
 * An error of the function is answered and the loop goes on; an error of the protocol ends the
 * process, for nothing after it could be trusted. Thread: one. */
#include "lambda/far-lambda.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lambda/far-lambda-private.h"
#include "lambda/far-runtime-client.h"
#include "sandbox/far-fork-server.h"

#define STATUS_USAGE 2

typedef struct {
  const FarLambdaFunction *function;
  FarRuntimeClient        *client;
  FarClock                *clock;
  gpointer                 state;
} Loop;

/* "far-json-error-quark", 1 → "Function.FarJsonError1": a token, whatever the domain is called. */
static char *
error_type (const GError *error)
{
  GString *type = g_string_new ("Function.");
  const char *domain = g_quark_to_string (error->domain);
  gboolean start = TRUE;

  for (const char *c = domain; *c && strcmp (c, "-quark") != 0; c++)
    {
      if (g_ascii_isalnum (*c))
        g_string_append_c (type, start ? g_ascii_toupper (*c) : *c);
      start = !g_ascii_isalnum (*c);
    }
  g_string_append_printf (type, "%d", error->code);
  return g_string_free (type, FALSE);
}

static gboolean
init_function (const FarLambdaFunction *function,
               gpointer                *ret_state,
               GError                 **error)
{
  if (function->init == NULL || function->init (ret_state, error))
    return TRUE;
  if (error != NULL && *error == NULL)
    g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_ENVIRONMENT,
                         "The function's init failed without saying why");
  return FALSE;
}

static gboolean
handle_http (Loop                   *self,
             const FarLambdaContext *context,
             FarLambdaRequest       *request,
             GString                *result,
             GError                **error)
{
  g_autoptr (FarLambdaResponse) response = far_lambda_response_new ();

  if (!self->function->http (context, request, response, error))
    return FALSE;
  far_lambda_response_write (response, result);
  return TRUE;
}

static gboolean
handle_event (Loop                       *self,
              const FarLambdaContext     *context,
              const FarRuntimeInvocation *invocation,
              GString                    *result,
              GError                    **error)
{
  if (self->function->event == NULL)
    {
      g_set_error_literal (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT,
                           "This function answers HTTP API events only");
      return FALSE;
    }
  if (!self->function->event (context, invocation->event, invocation->n_bytes, result, error))
    return FALSE;
  if (result->len == 0)
    g_string_append (result, "null");
  return TRUE;
}

static gboolean
handle (Loop                       *self,
        const FarRuntimeInvocation *invocation,
        GString                    *result,
        GError                    **error)
{
  FarLambdaContext context = {
    .request_id = invocation->request_id,
    .function_arn = invocation->function_arn,
    .trace_id = invocation->trace_id,
    .client_context = invocation->client_context,
    .deadline_us = invocation->deadline_ms * 1000,
    .clock = self->clock,
    .state = self->state,
  };
  g_autoptr (FarLambdaRequest) request = NULL;
  g_autoptr (GError) refused = NULL;

  if (self->function->http != NULL)
    request = far_lambda_request_new (invocation->event, invocation->n_bytes, &refused);
  if (request != NULL)
    return handle_http (self, &context, request, result, error);
  if (refused == NULL)
    return handle_event (self, &context, invocation, result, error);
  g_propagate_error (error, g_steal_pointer (&refused));
  return FALSE;
}

/* Runs one invocation and posts what came of it. FALSE: the protocol is broken. */
static gboolean
serve_one (Loop                       *self,
           const FarRuntimeInvocation *invocation,
           GError                    **error)
{
  g_autoptr (GString) result = g_string_new (NULL);
  g_autoptr (GError) local = NULL;
  g_autofree char *id = g_strdup (invocation->request_id);
  g_autofree char *type = NULL;
  gboolean ok;

  far_lambda_log_set_request (id, self->clock);
  far_lambda_trace_begin (invocation->trace_id);
  ok = handle (self, invocation, result, &local);
  if (ok)
    ok = far_runtime_client_respond (self->client, id, result->str, result->len,
                                     far_lambda_trace_notes (), error);
  else
    {
      if (local == NULL)
        g_set_error_literal (&local, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_EVENT,
                             "The handler failed without saying why");
      type = error_type (local);
      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "%s: %s", type, local->message);
      ok = far_runtime_client_fail (self->client, id, type, local->message,
                                    far_lambda_trace_notes (), error);
    }
  far_lambda_log_set_request (NULL, self->clock);
  return ok;
}

static int
run_loop (Loop *self)
{
  g_autoptr (GError) error = NULL;
  FarRuntimeInvocation invocation;

  if (self->function->start != NULL && !self->function->start (self->state, &error))
    {
      g_autofree char *type = error_type (error);

      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "%s: %s", type, error->message);
      far_runtime_client_fail (self->client, NULL, type, error->message, NULL, NULL);
      return 1;
    }
  while (far_runtime_client_next (self->client, &invocation, &error) &&
         serve_one (self, &invocation, &error))
    continue;
  if (self->function->finish != NULL)
    self->function->finish (self->state);
  if (g_error_matches (error, FAR_LAMBDA_ERROR, FAR_LAMBDA_ERROR_CLOSED))
    return 0;
  far_lambda_log (FAR_LAMBDA_LOG_ERROR, "%s", error->message);
  return 1;
}

/* The instance's own identity, for those who look. */
static void
name_instance (guint64 id)
{
  g_autofree char *stream = g_strdup_printf ("local/[$LATEST]%016" G_GINT64_MODIFIER "x", id);

  g_setenv ("AWS_LAMBDA_LOG_STREAM_NAME", stream, TRUE);
}

static int
run_fork_server (Loop *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) init_error = NULL;
  g_autoptr (FarForkServer) server = far_fork_server_new (&error);
  guint64 instance = 0;

  if (server == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return STATUS_USAGE;
    }
  init_function (self->function, &self->state, &init_error);
  /* What init let go of would be copied into every instance. */
  malloc_trim (0);
  if (!far_fork_server_report_init (server, init_error, &error) || init_error != NULL)
    return 1;
  if (!far_fork_server_run (server, &instance, &error))
    return error != NULL;
  name_instance (instance);
  self->client = g_strcmp0 (g_getenv (FAR_ENV_RUNTIME), FAR_RUNTIME_FRAMES) == 0
    ? far_runtime_client_new_for_channel (FAR_FD_RUNTIME)
    : far_runtime_client_new_for_fd (FAR_FD_RUNTIME);
  return run_loop (self);
}

static int
run_alone (Loop       *self,
           const char *address)
{
  g_autoptr (GError) error = NULL;

  self->client = far_runtime_client_new_for_address (address);
  if (!init_function (self->function, &self->state, &error))
    {
      g_autofree char *type = error_type (error);

      far_lambda_log (FAR_LAMBDA_LOG_ERROR, "%s: %s", type, error->message);
      far_runtime_client_fail (self->client, NULL, type, error->message, NULL, NULL);
      return 1;
    }
  return run_loop (self);
}

int
far_lambda_main (int                      argc,
                 char                   **argv,
                 const FarLambdaFunction *function)
{
  const char *address = g_getenv ("AWS_LAMBDA_RUNTIME_API");
  const char *name = g_getenv ("AWS_LAMBDA_FUNCTION_NAME");
  g_autoptr (GError) error = NULL;
  Loop loop = { .function = function };
  int status;

  g_return_val_if_fail (function != NULL && (function->http || function->event), STATUS_USAGE);

  if (name != NULL)
    prctl (PR_SET_NAME, name);
  loop.clock = far_clock_new_from_env (&error);
  if (loop.clock == NULL)
    {
      fprintf (stderr, "%s\n", error->message);
      return STATUS_USAGE;
    }
  far_lambda_log_set_request (NULL, loop.clock);
  if (g_strcmp0 (g_getenv (FAR_ENV_FORK_SERVER), "1") == 0)
    status = run_fork_server (&loop);
  else if (address != NULL)
    status = run_alone (&loop, address);
  else
    {
      fprintf (stderr, "%s is a function: deploy it with a template, or set "
                       "AWS_LAMBDA_RUNTIME_API to the HOST:PORT of a Runtime API.\n",
               argc > 0 ? argv[0] : "This");
      status = STATUS_USAGE;
    }
  far_lambda_log_set_request (NULL, NULL);
  far_lambda_trace_clear ();
  g_clear_pointer (&loop.client, far_runtime_client_free);
  g_clear_pointer (&loop.clock, far_clock_unref);
  return status;
}
