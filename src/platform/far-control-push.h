/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the control API sends out by itself; see far-otlp-push.h. The main context's thread. */
#pragma once

#include "platform/far-control-private.h"
#include "platform/far-otlp-push.h"

G_BEGIN_DECLS

/* Goes on with what was set the last time. */
FarControlPush *far_control_push_new    (FarControl *control, const char *data_dir);
void            far_control_push_free   (FarControlPush *self);
void            far_control_push_record (FarControlPush *self, const FarInvocation *invocation);

G_END_DECLS
