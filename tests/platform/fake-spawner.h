/* SPDX-License-Identifier: GPL-3.0-or-later */
/* far-spawner.h without processes: an instance is a test's own end of the runtime channel, and it
 * ends when the test says so. */
#pragma once

#include "platform/far-spawner.h"

/* Instances in the order they were started; ended ones stay with fd -1. */
guint    fake_n_instances (void);
/* The instance's end of its Runtime API channel, blocking with a deadline. */
int      fake_fd          (guint index);
gboolean fake_was_killed  (guint index);
void     fake_log         (guint index, const char *text);
/* wait_status: as of waitpid(2) */
void     fake_end         (guint index, int wait_status);
/* The next starts fail with this, until 0. */
void     fake_refuse      (FarSpawnerError code, gboolean refuse);
/* Of the sandboxes in the order they were prepared. */
void     fake_end_sandbox (guint index, FarSpawnerError code);
guint    fake_n_sandboxes (void);
gboolean fake_sandbox_is_closed (guint index);
void     fake_reset       (void);
