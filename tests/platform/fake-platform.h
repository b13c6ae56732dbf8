/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A platform without processes, behind far-platform.h: the control API's and the scheduler's tests
 * link it in place of the real one. It keeps what it was asked and answers when told to. */
#pragma once

#include "platform/far-platform.h"

G_BEGIN_DECLS

typedef struct {
  char             *function;
  FarInvokeType     type;
  char             *payload;
  char             *route; /* nullable */
  FarInvokeCallback callback;
  gpointer          user_data;
} FakeInvoke;

/* text: a template; functions of that name exist. */
FarPlatform *fake_platform_new  (FarClock *clock, const char *template_text);
void         fake_platform_free (FarPlatform *self);

/* (element-type FakeInvoke): what was asked and not yet answered or taken. */
GPtrArray   *fake_platform_get_invokes (FarPlatform *self);
/* Answers the oldest with this status and payload, and takes it off. */
void         fake_platform_answer      (FarPlatform *self, guint status, const char *payload);
FarFunctionState *
             fake_platform_get_state   (FarPlatform *self, const char *function);
void         fake_platform_tell_state  (FarPlatform *self);
void         fake_platform_tell_journal (FarPlatform *self, gint64 transfers);
void         fake_platform_set_data_dir (FarPlatform *self, const char *data_dir);
void         fake_platform_set_gateway (FarPlatform *self, const char *url);
/* The other end of the next bookkeeper connection; -1 = there is no bookkeeper. Taken. */
void         fake_platform_set_bookkeeper (FarPlatform *self, int fd);
gboolean     fake_platform_was_stopped (FarPlatform *self);

G_END_DECLS
