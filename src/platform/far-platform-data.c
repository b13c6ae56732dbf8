/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarPlatform: what outlives a run, taken out of the platform's database at the start: functions,
 * queues, event sources, asynchronous events. */
#include "platform/far-platform-private.h"

gboolean
far_platform_open_data (FarPlatform *self, GError **error)
{
  guint i;

  self->store = far_platform_store_open (self->loop, self->data_dir, error);
  if (self->store == NULL)
    return FALSE;
  self->registry = far_registry_new (self->dispatcher, self->store, self->tmpl, self->data_dir,
                                     error);
  if (self->registry == NULL)
    return FALSE;
  self->queues = far_queues_new (self->store, self->clock);
  for (i = 0; i < far_template_n_queues (self->tmpl); i++)
    far_queues_add (self->queues, far_template_get_queue (self->tmpl, i));
  self->queue = far_async_queue_new (self->loop, self->dispatcher, self->store, self->queues);
  self->sources = far_event_sources_new (self->loop, self->dispatcher, self->queues, self->store);
  return far_queues_load (self->queues, error) && far_async_queue_load (self->queue, error)
         && far_event_sources_load (self->sources, self->tmpl, error);
}

void
far_platform_close_data (FarPlatform *self)
{
  g_clear_pointer (&self->queue, far_async_queue_free);
  g_clear_pointer (&self->sources, far_event_sources_free);
  g_clear_pointer (&self->queues, far_queues_free);
  g_clear_pointer (&self->registry, far_registry_free);
  g_clear_pointer (&self->store, far_platform_store_close);
}
