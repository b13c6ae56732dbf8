/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the spawner's client know of each other. */
#pragma once

#include "platform/far-spawner.h"
#include "sandbox/far-channel.h"
#include "sandbox/far-plan.h"
#include "sandbox/far-sandbox-messages.h"

G_BEGIN_DECLS

/* A descriptor with its watch; fd is -1 when it is closed. */
typedef struct {
  int          fd;
  FarLoopWatch watch;
} FarSpawnerEnd;

struct _FarSpawner {
  FarLoop        *loop;
  pid_t           pid;
  FarSpawnerEnd   channel;
  FarIsolation    isolation;
  char           *notes;
  FarSpawnerGone  gone;
  gpointer        user_data;
  GHashTable     *sandboxes; /* set of FarSandbox; owned by their users, then by themselves */
  guint64         next_id;
  GQueue          busy;      /* FarInstance.busy_link: those whose memory is watched */
  FarLoopDeadline watch;
};

struct _FarSandbox {
  FarSpawner       *spawner;
  guint64           id;
  FarPlan          *plan;
  FarSandboxEvents  events;
  gpointer          user_data;
  FarSpawnerEnd     keeper;  /* fork server functions only, like control */
  FarSpawnerEnd     control;
  GHashTable       *by_id;   /* instance id → FarInstance (owned) */
  GHashTable       *by_pid;  /* host pid → FarInstance */
  guint64           next_instance;
  FarSandboxCensus *census;  /* shared with the keeper; fork server functions only */
  GQueue            waiting; /* FarInstance.wait_link: not sent to the fork server yet */
  guint             in_flight; /* sent, not STARTED */
  gboolean          ready;
  gboolean          closed;  /* by its user */
  gboolean          over;    /* nothing can be started any more */
  gboolean          orphaned; /* its spawner has gone */
  gboolean          ending;  /* end_all() is on the stack */
  GError           *failure;
  FarLoopTask       task;
  FarLoopDeadline   deadline; /* of init */
};

struct _FarInstance {
  FarSandbox        *sandbox;
  guint64            id;
  FarInstanceEvents  events;
  gpointer           user_data;
  FarSpawnerEnd      keeper;   /* exec functions: their own */
  FarInstanceFds     fds;      /* while waiting */
  int                handover; /* while it stands by: both, else -1 */
  int                user_namespace;
  int                egress;   /* until it is taken */
  GList              wait_link; /* data is NULL while not waiting */
  gboolean           in_flight;
  char              *reason;
  pid_t              pid;
  int                pidfd;    /* fork server functions: verified to be pid's */
  int                statm_fd;
  gint64             max_rss;
  gint64             looked_us; /* for max_rss */
  gboolean           out_of_memory;
  gboolean           killed;
  GList              busy_link; /* data is NULL while not watched */
  FarLoopDeadline    deadline; /* of its start */
};

/* far-spawner.c */
gboolean far_spawner_watch  (FarSpawner *self, FarSpawnerEnd *end, FarLoopFdFunc func,
                             gpointer user_data, GError **error);
void     far_spawner_unwatch (FarSpawner *self, FarSpawnerEnd *end);

/* far-sandbox.c */
void     far_sandbox_free         (FarSandbox *self);
void     far_sandbox_become_ready (FarSandbox *self);
void     far_sandbox_on_keeper    (guint32 events, gpointer user_data);
void     far_sandbox_on_control   (guint32 events, gpointer user_data);
/* Sends waiting starts as far as the fork server keeps up. */
void         far_sandbox_flush       (FarSandbox *self);
/* After an instance is gone: frees a closed sandbox with its last one. */
void         far_sandbox_settle      (FarSandbox *self);
/* Something is broken beyond one instance: kills all of it. */
void         far_sandbox_fail        (FarSandbox *self, FarSpawnerError code, const char *message);
/* The spawner has gone: everything has ended already. */
void         far_sandbox_orphan      (FarSandbox *self);
/* Frees all of it without a callback. */
void         far_sandbox_discard     (FarSandbox *self);

/* far-instance.c */
FarInstance *far_instance_new        (FarSandbox *sandbox, FarInstanceFds *fds,
                                      const FarInstanceEvents *events, gpointer user_data);
void         far_instance_free       (FarInstance *self);
/* Takes pidfd and listen_fd. */
void         far_instance_started    (FarInstance *self, pid_t pid, int pidfd, int listen_fd);
/* message: (nullable): what the keeper said; frees the instance. */
void         far_instance_exited     (FarInstance *self, const FarMessageExited *message);
/* Exec functions: orders a sandbox of its own. Takes the waiting descriptors. */
gboolean     far_instance_start_program (FarInstance *self, GError **error);
/* Sends START to the fork server and takes the waiting descriptors. */
gboolean     far_instance_send_start (FarInstance *self, GError **error);
void         far_instance_arm_start  (FarInstance *self);

G_END_DECLS
