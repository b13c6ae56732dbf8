/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarPlatform: what its faces ask of it. It is built, supervised and taken down in
 * far-platform-life.c. */
#include "platform/far-platform-private.h"

#include <string.h>

#include "platform/far-invoke.h"
#include "platform/far-standby.h"

G_DEFINE_QUARK (far-platform-error-quark, far_platform_error)

guint
far_platform_observe (FarPlatform *self, const FarPlatformObserver *observer, gpointer user_data)
{
  guint i;

  g_return_val_if_fail (observer != NULL, 0);

  for (i = 0; i < FAR_PLATFORM_OBSERVERS_MAX; i++)
    if (self->observers[i].observer == NULL)
      {
        self->observers[i].observer = observer;
        self->observers[i].user_data = user_data;
        return i + 1;
      }
  g_return_val_if_reached (0);
}

void
far_platform_unobserve (FarPlatform *self, guint id)
{
  g_return_if_fail (id >= 1 && id <= FAR_PLATFORM_OBSERVERS_MAX);

  self->observers[id - 1].observer = NULL;
}

FarClock *
far_platform_get_clock (FarPlatform *self)
{
  return self->clock;
}

FarLoop *
far_platform_get_loop (FarPlatform *self)
{
  return self->loop;
}

FarTemplate *
far_platform_get_template (FarPlatform *self)
{
  return self->tmpl;
}

const char *
far_platform_get_data_dir (FarPlatform *self)
{
  return self->data_dir;
}

const char *
far_platform_get_failure (FarPlatform *self)
{
  return self->failure;
}

const char *
far_platform_state_to_string (FarPlatformState state)
{
  switch (state)
    {
    case FAR_PLATFORM_STARTING:
      return "starting";
    case FAR_PLATFORM_RUNNING:
      return "running";
    case FAR_PLATFORM_DEGRADED:
      return "degraded";
    case FAR_PLATFORM_STOPPING:
      return "stopping";
    default:
      g_return_val_if_reached ("unknown");
    }
}

FarDispatcher *
far_platform_get_dispatcher (FarPlatform *self)
{
  return self->dispatcher;
}

FarFaults *
far_platform_get_faults (FarPlatform *self)
{
  return far_dispatcher_get_faults (self->dispatcher);
}

void
far_platform_get_status (FarPlatform *self, FarPlatformStatus *ret_status)
{
  FarBookkeeperLink *link = self->bookkeeper;
  const char *token = link != NULL ? far_bookkeeper_link_get_token_path (link) : NULL;
  const char *money = link != NULL ? far_bookkeeper_link_get_money (link) : NULL;

  *ret_status = (FarPlatformStatus){
    .state = self->state,
    .isolation = far_isolation_to_string (self->isolation),
    .isolation_detail = self->isolation_notes,
    .gateway_url = self->gateway_url,
    .lambda_url = self->lambda_url,
    .metrics_url = self->metrics_url,
    .control_path = self->control_path,
    .credentials_path = far_lambda_api_get_credentials_path (self->lambda),
    .publisher_token_path = token != NULL ? token : "",
    .money = money != NULL ? money : "none",
    .transfers = link != NULL ? far_bookkeeper_link_get_transfers (link) : -1,
    .started_us = self->started_us,
    .n_functions = far_dispatcher_n_functions (self->dispatcher),
    .n_instances = far_dispatcher_n_instances (self->dispatcher),
    .n_standing_by = far_standby_n_ready (far_dispatcher_get_standby (self->dispatcher)),
    .n_invocations = far_dispatcher_n_invocations (self->dispatcher),
  };
}

void
far_platform_foreach_function (FarPlatform *self, FarFunctionVisitor visitor, gpointer user_data)
{
  guint i;

  for (i = 0; i < far_dispatcher_n_functions (self->dispatcher); i++)
    visitor (&far_dispatcher_nth (self->dispatcher, i)->state, user_data);
}

gboolean
far_platform_get_function (FarPlatform *self, const char *name, FarFunctionState *ret_state)
{
  FarFunction *function = far_dispatcher_find (self->dispatcher, name);

  if (function == NULL)
    return FALSE;
  *ret_state = function->state;
  return TRUE;
}

void
far_platform_invoke (FarPlatform *self, const char *function, FarInvokeType type, GBytes *payload,
                     const char *route, const char *client_context, FarInvokeCallback callback,
                     gpointer user_data)
{
  const FarInvokeRequest request = {
    .function = function,
    .type = type,
    .payload = payload,
    .route = route,
    .client_context = client_context,
    .want_tail = callback != NULL && type == FAR_INVOKE_REQUEST_RESPONSE,
  };

  far_invoke (self->dispatcher, self->queue, &request, callback, user_data);
}

void
far_platform_get_progress (FarPlatform *self, const char **ret_what, gint64 *ret_rows,
                           gint64 *ret_total)
{
  *ret_what = "";
  *ret_rows = *ret_total = 0;
  if (self->bookkeeper != NULL)
    far_bookkeeper_link_get_progress (self->bookkeeper, ret_what, ret_rows, ret_total);
}

int
far_platform_connect_bookkeeper (FarPlatform *self, const char *principal,
                                 const char *const *commands, GError **error)
{
  if (self->bookkeeper != NULL)
    return far_bookkeeper_link_connect (self->bookkeeper, principal, commands, error);
  g_set_error_literal (error, FAR_PLATFORM_ERROR, FAR_PLATFORM_ERROR_NOT_FOUND,
                       "No function of this template uses the bookkeeper, so none runs");
  return -1;
}

gboolean
far_platform_advance_clock (FarPlatform *self, gint64 delta_us, GError **error)
{
  if (!far_clock_advance (self->clock, delta_us, error))
    return FALSE;
  far_async_queue_wake (self->queue);
  far_event_sources_wake (self->sources);
  return TRUE;
}

void
far_platform_set_metrics (FarPlatform *self, FarMetricsText text, gpointer user_data)
{
  far_metrics_set_text (self->metrics, text, user_data);
}

FarQueues *
far_platform_get_queues (FarPlatform *self)
{
  return self->queues;
}

FarLambdaControl *
far_platform_get_lambda (FarPlatform *self)
{
  return self->control;
}
