/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking the desktop, from inside a sandbox, whether the publication may go on without a window. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean far_background_is_needed      (void);
void     far_background_request_async  (GDBusConnection     *bus,
                                        const char          *reason,
                                        GCancellable        *cancellable,
                                        GAsyncReadyCallback  callback,
                                        gpointer             user_data);
gboolean far_background_request_finish (GAsyncResult        *result,
                                        GError             **error);

G_END_DECLS
