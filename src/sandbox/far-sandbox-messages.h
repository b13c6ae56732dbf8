/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What platform, spawner, keeper and fork server say to each other, in the byte order of the
 * machine, since all of them run on it. Whoever receives checks length and type: a fork server is
 * the function's own code and may say anything.
 *
 *   platform → spawner      PREPARE id + plan (FarSandboxPlan as GVariant) + descriptors
 *                           START id (exec functions: one sandbox an instance) + descriptors
 *                           FORGET id
 *                           ADOPT instance that stands by, sandbox it becomes one of
 *                           + handover channel, user namespace
 *   spawner → keeper        ADOPT + plan + code and stores (on the handover channel)
 *   spawner → platform      HELLO tier, notes
 *   keeper → platform       BUILT (+ listening socket for exec functions, + one for its way
 *                           out where it has one or stands by, + its user namespace where it
 *                           stands by), ADOPTED, FAILED text,
 *                           EXITED wait status and usage, shown as sent by the process that
 *                           ended: the kernel translates its pid
 *   platform → keeper       CLOSE, FREEZE and THAW (all processes of an exec function's instance)
 *   fork server → platform  READY, FAILED text; by an instance: STARTED instance (+ its pidfd),
 *                           LOST instance
 *   platform → fork server  START instance + descriptors: runtime, log, services…
 *   keeper → fork server    (on a channel of its own) one detached /tmp a message
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_MESSAGE_TEXT_MAX 1024

typedef enum {
  FAR_MESSAGE_HELLO = 0x46610001,
  FAR_MESSAGE_PREPARE,
  FAR_MESSAGE_START,
  FAR_MESSAGE_FORGET,
  FAR_MESSAGE_BUILT,
  FAR_MESSAGE_FAILED,
  FAR_MESSAGE_READY,
  FAR_MESSAGE_STARTED,
  FAR_MESSAGE_LOST,
  FAR_MESSAGE_EXITED,
  FAR_MESSAGE_CLOSE,
  FAR_MESSAGE_TMP,
  FAR_MESSAGE_ADOPT,
  FAR_MESSAGE_ADOPTED,
  FAR_MESSAGE_FREEZE,
  FAR_MESSAGE_THAW,
} FarMessageType;

typedef struct {
  guint32 type;
  guint32 value; /* HELLO: FarIsolation; LOST: errno */
  guint64 id;    /* PREPARE, FORGET: sandbox; START, STARTED, LOST: instance; exec START: both */
  guint64 sandbox_id;
} FarMessage;

typedef struct {
  FarMessage message;
  char       text[FAR_MESSAGE_TEXT_MAX]; /* NUL-terminated */
} FarMessageText;

typedef struct {
  FarMessage message;    /* id: the instance; sandbox_id: what it becomes one of */
  guint64    standby_id; /* the sandbox it stood by in */
} FarMessageAdopt;

/* A page that the platform writes and a fork server's keeper reads; the fork server never sees it.
 * It costs no message to keep up to date. */
typedef struct {
  gint instances; /* that exist or are being started, atomic */
} FarSandboxCensus;

typedef struct {
  FarMessage message;
  gint32     wait_status;
  gint16     is_main;       /* the fork server, or the program of an exec function */
  gint16     out_of_memory; /* all of it was killed for that */
  gint64     max_rss_kb;
  gint64     cpu_us;
} FarMessageExited;

G_END_DECLS
