/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The platform's part, for tests of sandboxes: a spawner on a loop, a prepared function, and a
 * Runtime API spoken by hand over the instance's stream. */
#pragma once

#include "platform/far-spawner.h"

G_BEGIN_DECLS

#define HARNESS_DEADLINE_MS 60000

typedef struct {
  FarLoop    *loop;
  FarSpawner *spawner;
  gboolean    gone;
} Harness;

typedef struct {
  Harness    *harness;
  FarSandbox *sandbox;
  gboolean    ready;
  gboolean    fork_server;
  GError     *ended;
  int         log_fd; /* read end of the fork server's output */
} HarnessSandbox;

typedef struct {
  FarInstance    *instance; /* NULL once it has exited */
  int             runtime;  /* our end, or an accepted connection */
  int             listener; /* exec functions */
  int             log;      /* read end */
  int             services[FAR_SANDBOX_SERVICES_MAX]; /* our ends */
  gboolean        started;
  gboolean        exited;
  gboolean        adopted;
  FarInstanceExit exit;
  char           *reason;
  GByteArray     *received;
  char           *pending;  /* request id of the running invocation */
  gboolean        framed;   /* it speaks frames, not HTTP */
  gboolean        asked;    /* in frames, with its last answer */
} HarnessInstance;

Harness         *harness_new            (GError **error);
void             harness_free           (Harness *self);
/* Runs the loop until *flag is set; fails the test after HARNESS_DEADLINE_MS. */
void             harness_wait           (Harness *self, gboolean *flag, const char *what);
/* The same for what only a living instance brings about: its end fails the test with the reason. */
void             harness_wait_alive     (Harness *self, HarnessInstance *instance, gboolean *flag,
                                         const char *what);
void             harness_turn           (Harness *self);

void             harness_spec_init      (FarSandboxSpec *spec, const char *code_dir);
HarnessSandbox  *harness_prepare        (Harness *self, const FarSandboxSpec *spec,
                                         GError **error);
void             harness_sandbox_free   (HarnessSandbox *self);

HarnessInstance *harness_start          (HarnessSandbox *sandbox, guint n_services);
/* Gives one that stands by to a function, and waits until it is one of its. */
void             harness_adopt          (Harness *self, HarnessInstance *instance,
                                         HarnessSandbox *sandbox);
/* Waits for the instance's next and answers it with event; the whole answer of the function, or
 * NULL if the instance ended instead. */
char            *harness_invoke         (Harness *self, HarnessInstance *instance,
                                         const char *event, gboolean *ret_failed);
/* The first half of that: returns once the event is on its way. */
gboolean         harness_send_event     (Harness *self, HarnessInstance *instance,
                                         const char *event);
void             harness_instance_free  (HarnessInstance *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Harness, harness_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HarnessSandbox, harness_sandbox_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HarnessInstance, harness_instance_free)

G_END_DECLS
