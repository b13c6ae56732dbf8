/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform's hot path on a GLib main context: many descriptors, deadlines and deferred work
 * behind one GSource.
 *
 * GLib polls every descriptor and asks every source at each turn; with a thousand instances that
 * is a thousand log pipes and deadlines for one request. Here descriptors stand in one epoll set,
 * deadlines in one heap, and work that a callback leaves for later runs before the thread goes
 * back to poll. Watches, deadlines and tasks are embedded in what owns them: nothing is allocated.
 *
 * One thread: that of the main context. Callbacks may add and remove anything, themselves too. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_LOOP_ERROR (far_loop_error_quark ())
GQuark far_loop_error_quark (void);
typedef enum {
  FAR_LOOP_ERROR_EPOLL,
} FarLoopError;

typedef struct _FarLoop FarLoop;

/* events: EPOLLIN, EPOLLHUP … of epoll(7). */
typedef void (*FarLoopFdFunc) (guint32 events, gpointer user_data);
typedef void (*FarLoopFunc)   (gpointer user_data);

typedef struct {
  int           fd; /* the owner's; valid while added */
  gboolean      added;
  FarLoopFdFunc func;
  gpointer      user_data;
} FarLoopWatch;

typedef struct {
  gint64      when_us; /* g_get_monotonic_time() */
  guint       index;   /* place in the heap + 1; 0 = not armed */
  FarLoopFunc func;
  gpointer    user_data;
} FarLoopDeadline;

typedef struct {
  GList       link; /* link.data is the task while it waits, else NULL */
  FarLoopFunc func;
  gpointer    user_data;
} FarLoopTask;

FarLoop *far_loop_new  (GMainContext *context, GError **error);
/* Everything must have been removed. */
void     far_loop_free (FarLoop *self);

/* Level triggered. */
gboolean far_loop_add    (FarLoop *self, FarLoopWatch *watch, int fd, guint32 events,
                          FarLoopFdFunc func, gpointer user_data, GError **error);
/* Nothing happens if it is not added. Before fd is closed. */
void     far_loop_remove (FarLoop *self, FarLoopWatch *watch);

/* Calls func once at when_us or soon after; moves it if it is armed already. */
void     far_loop_arm    (FarLoop *self, FarLoopDeadline *deadline, gint64 when_us,
                          FarLoopFunc func, gpointer user_data);
void     far_loop_disarm (FarLoop *self, FarLoopDeadline *deadline);

/* Calls func once, not from here but before the thread sleeps; once more if it waits already is
 * the same as once. */
void     far_loop_defer  (FarLoop *self, FarLoopTask *task, FarLoopFunc func,
                          gpointer user_data);
void     far_loop_cancel (FarLoop *self, FarLoopTask *task);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarLoop, far_loop_free)

G_END_DECLS
