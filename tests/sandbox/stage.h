/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The world around a sandbox under attack: programs where any user can run them, and victims that
 * belong to the attacker's own user, since against those nothing but the sandbox stands. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "base/far-clock.h"

G_BEGIN_DECLS

/* As which a test runs that was asked to run as an ordinary user, where it is root. */
#define STAGE_USER 12345

typedef struct {
  char *folder;     /* readable by all */
  char *guest;      /* code folder of the guest */
  char *other;      /* code folder of another function, with a file "secret" */
  char *store_read; /* folders with a file "content" */
  char *store_write;
  char *secret;     /* a file of the user's, 0600 */
  char *socket;     /* a listening Unix socket; its name is an abstract one as well */
  guint16 port;     /* a listening TCP port of 127.0.0.1 */
  pid_t victim;     /* a process of the user's */
  FarClock *clock;  /* of a file of the user's, and what functions get of it */
  char *clock_path;
  int   clock_fd;
  int   fds[3];
} Stage;

/* Builds it, points FARTHING_LIBEXECDIR at it, and becomes STAGE_USER if as_user and root. */
Stage *stage_new  (gboolean as_user);
void   stage_free (Stage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stage, stage_free)

G_END_DECLS
