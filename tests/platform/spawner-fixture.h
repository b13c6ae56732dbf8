/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the spawner share: a spawner for each, in the world of stage.h. */
#pragma once

#include <json-glib/json-glib.h>

#include "sandbox/harness.h"
#include "sandbox/stage.h"

G_BEGIN_DECLS

typedef struct {
  Harness       *harness;
  FarSandboxSpec spec;
} Fixture;

/* data: TRUE for a function with fork server. */
void            set_up           (Fixture *self, gconstpointer data);
void            tear_down        (Fixture *self, gconstpointer data);
HarnessSandbox *prepare          (Fixture *self);
/* Kills it if need be, waits for its end, frees it. */
void            end              (Fixture *self, HarnessInstance *instance);
JsonNode       *ask              (Fixture *self, HarnessInstance *instance, const char *event);
const char     *member           (JsonNode *node, const char *name);
/* Until the process is not there any more, not even as a zombie. */
void            wait_gone        (Fixture *self, pid_t pid);
/* One instance from start to end: the test that everything else still works. */
void            test_invoke      (Fixture *self, gconstpointer data);
/* Arguments: --user (as an ordinary user), --at-most=TIER. add: adds the tests. */
int             run_spawner_tests (int argc, char **argv, void (*add) (void));

#define ADD(path, kind, func) \
  g_test_add ("/spawner/" path, Fixture, GINT_TO_POINTER (kind), set_up, func, tear_down)
#define ADD_BOTH(path, func) \
  do { ADD ("fork/" path, TRUE, func); ADD ("exec/" path, FALSE, func); } while (0)

G_END_DECLS
