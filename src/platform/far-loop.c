/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarLoop: one GSource over an epoll set, a binary heap of deadlines and a list of tasks.
 *
 * Invariants: heap[0] is the earliest deadline and deadline->index is its place + 1; the source's
 * ready time is never later than heap[0]. While a batch of events is handed out, a watch that is
 * removed is struck from the rest of the batch, so that its callback never runs after removal.
 * Thread: the main context's. */
#include "platform/far-loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

G_DEFINE_QUARK (far-loop-error-quark, far_loop_error)

/* Events of one epoll_wait(); more come at the next. */
#define BATCH_MAX 128
/* Rounds of fresh events before other sources get their turn. */
#define ROUNDS_MAX 8

typedef struct {
  GSource  source;
  FarLoop *loop;
} LoopSource;

struct _FarLoop {
  LoopSource        *source;
  int                epoll_fd;
  gpointer           tag;
  GPtrArray         *heap;
  GQueue             tasks;
  struct epoll_event batch[BATCH_MAX];
  int                batch_at;
  int                batch_len;
  gint64             ready_us; /* what the source is set to; -1 = none */
};

static gint64
deadline_when (FarLoop *self, guint at)
{
  return ((FarLoopDeadline *) g_ptr_array_index (self->heap, at))->when_us;
}

static void
heap_place (FarLoop *self, guint at, FarLoopDeadline *deadline)
{
  g_ptr_array_index (self->heap, at) = deadline;
  deadline->index = at + 1;
}

static void
heap_up (FarLoop *self, guint at)
{
  FarLoopDeadline *deadline = g_ptr_array_index (self->heap, at);

  while (at > 0 && deadline_when (self, (at - 1) / 2) > deadline->when_us)
    {
      heap_place (self, at, g_ptr_array_index (self->heap, (at - 1) / 2));
      at = (at - 1) / 2;
    }
  heap_place (self, at, deadline);
}

static void
heap_down (FarLoop *self, guint at)
{
  FarLoopDeadline *deadline = g_ptr_array_index (self->heap, at);
  guint n = self->heap->len;

  for (;;)
    {
      guint child = 2 * at + 1;

      if (child >= n)
        break;
      if (child + 1 < n && deadline_when (self, child + 1) < deadline_when (self, child))
        child++;
      if (deadline_when (self, child) >= deadline->when_us)
        break;
      heap_place (self, at, g_ptr_array_index (self->heap, child));
      at = child;
    }
  heap_place (self, at, deadline);
}

/* Only ever moved earlier from outside; a deadline that was disarmed costs one idle wake-up. */
static void
update_ready_time (FarLoop *self, gboolean may_delay)
{
  gint64 first_us = self->heap->len > 0 ? deadline_when (self, 0) : -1;

  if (first_us == self->ready_us)
    return;
  if (!may_delay && (first_us < 0 || (self->ready_us >= 0 && first_us > self->ready_us)))
    return;
  self->ready_us = first_us;
  g_source_set_ready_time (&self->source->source, first_us);
}

static gboolean
run_tasks (FarLoop *self)
{
  /* Tasks deferred by these wait for the next round, so that none can starve the descriptors. */
  guint n = self->tasks.length;
  gboolean any = n > 0;

  while (n-- > 0 && self->tasks.head != NULL)
    {
      FarLoopTask *task = self->tasks.head->data;

      g_queue_unlink (&self->tasks, &task->link);
      task->link.data = NULL;
      task->func (task->user_data);
    }
  return any;
}

static gboolean
run_events (FarLoop *self)
{
  int n = epoll_wait (self->epoll_fd, self->batch, BATCH_MAX, 0);

  if (n <= 0)
    return FALSE;
  self->batch_len = n;
  for (self->batch_at = 0; self->batch_at < self->batch_len;)
    {
      struct epoll_event *event = &self->batch[self->batch_at++];
      FarLoopWatch *watch = event->data.ptr;

      if (watch != NULL)
        watch->func (event->events, watch->user_data);
    }
  self->batch_len = 0;
  return TRUE;
}

static void
run_deadlines (FarLoop *self)
{
  gint64 now_us;

  if (self->ready_us < 0)
    return;
  now_us = g_get_monotonic_time ();
  while (self->heap->len > 0 && deadline_when (self, 0) <= now_us)
    {
      FarLoopDeadline *deadline = g_ptr_array_index (self->heap, 0);

      far_loop_disarm (self, deadline);
      deadline->func (deadline->user_data);
    }
  if (self->ready_us >= 0 && self->ready_us <= now_us)
    update_ready_time (self, TRUE);
}

static gboolean
source_prepare (GSource *source, int *timeout_ms)
{
  FarLoop *self = ((LoopSource *) source)->loop;

  *timeout_ms = -1;
  return self->tasks.length > 0;
}

static gboolean
source_check (GSource *source)
{
  FarLoop *self = ((LoopSource *) source)->loop;

  return self->tasks.length > 0 || g_source_query_unix_fd (source, self->tag) != 0;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  FarLoop *self = ((LoopSource *) source)->loop;
  guint round;

  for (round = 0; round < ROUNDS_MAX && run_events (self); round++)
    while (run_tasks (self) && ++round < ROUNDS_MAX)
      ;
  run_tasks (self);
  run_deadlines (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
  .prepare = source_prepare,
  .check = source_check,
  .dispatch = source_dispatch,
};

FarLoop *
far_loop_new (GMainContext *context, GError **error)
{
  FarLoop *self;
  int fd = epoll_create1 (EPOLL_CLOEXEC);

  if (fd < 0)
    {
      g_set_error (error, FAR_LOOP_ERROR, FAR_LOOP_ERROR_EPOLL, "No epoll set can be made: %s",
                   g_strerror (errno));
      return NULL;
    }
  self = g_new0 (FarLoop, 1);
  self->epoll_fd = fd;
  self->heap = g_ptr_array_new ();
  self->ready_us = -1;
  g_queue_init (&self->tasks);
  self->source = (LoopSource *) g_source_new (&source_funcs, sizeof (LoopSource));
  self->source->loop = self;
  g_source_set_static_name (&self->source->source, "[farthing] loop");
  self->tag = g_source_add_unix_fd (&self->source->source, fd, G_IO_IN);
  g_source_attach (&self->source->source, context);
  return self;
}

void
far_loop_free (FarLoop *self)
{
  g_return_if_fail (self != NULL);
  g_assert (self->heap->len == 0);
  g_assert (self->tasks.length == 0);

  g_source_destroy (&self->source->source);
  g_source_unref (&self->source->source);
  g_ptr_array_unref (self->heap);
  close (self->epoll_fd);
  g_free (self);
}

gboolean
far_loop_add (FarLoop *self, FarLoopWatch *watch, int fd, guint32 events, FarLoopFdFunc func,
              gpointer user_data, GError **error)
{
  struct epoll_event event = { .events = events, .data.ptr = watch };

  g_return_val_if_fail (fd >= 0 && func != NULL && !watch->added, FALSE);

  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    {
      g_set_error (error, FAR_LOOP_ERROR, FAR_LOOP_ERROR_EPOLL,
                   "Descriptor %d cannot be watched: %s", fd, g_strerror (errno));
      return FALSE;
    }
  watch->fd = fd;
  watch->func = func;
  watch->user_data = user_data;
  watch->added = TRUE;
  return TRUE;
}

void
far_loop_remove (FarLoop *self, FarLoopWatch *watch)
{
  int i;

  if (!watch->added)
    return;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) != 0)
    g_assert_not_reached (); /* closed before it was removed: a wrong descriptor may follow */
  watch->added = FALSE;
  for (i = self->batch_at; i < self->batch_len; i++)
    if (self->batch[i].data.ptr == watch)
      self->batch[i].data.ptr = NULL;
}

void
far_loop_arm (FarLoop *self, FarLoopDeadline *deadline, gint64 when_us, FarLoopFunc func,
              gpointer user_data)
{
  g_return_if_fail (func != NULL && when_us >= 0);

  far_loop_disarm (self, deadline);
  deadline->when_us = when_us;
  deadline->func = func;
  deadline->user_data = user_data;
  g_ptr_array_add (self->heap, deadline);
  heap_up (self, self->heap->len - 1);
  update_ready_time (self, FALSE);
}

void
far_loop_disarm (FarLoop *self, FarLoopDeadline *deadline)
{
  FarLoopDeadline *last;
  guint at;

  if (deadline->index == 0)
    return;
  at = deadline->index - 1;
  g_assert (g_ptr_array_index (self->heap, at) == deadline);
  deadline->index = 0;
  last = g_ptr_array_index (self->heap, self->heap->len - 1);
  g_ptr_array_set_size (self->heap, self->heap->len - 1);
  if (last == deadline)
    return;
  heap_place (self, at, last);
  heap_up (self, at);
  heap_down (self, last->index - 1);
}

void
far_loop_defer (FarLoop *self, FarLoopTask *task, FarLoopFunc func, gpointer user_data)
{
  task->func = func;
  task->user_data = user_data;
  if (task->link.data != NULL)
    return;
  task->link.data = task;
  g_queue_push_tail_link (&self->tasks, &task->link);
}

void
far_loop_cancel (FarLoop *self, FarLoopTask *task)
{
  if (task->link.data == NULL)
    return;
  g_queue_unlink (&self->tasks, &task->link);
  task->link.data = NULL;
}
