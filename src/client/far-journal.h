/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meeting a ledger through the platform: its own, or that of a deployment that it watches. The
 * platform passes on what the ledger shows; here it is held against what was kept (far-witness.h),
 * because only a client knows what it was shown before. */
#pragma once

#include "client/far-platform-client.h"
#include "client/far-witness.h"

G_BEGIN_DECLS

/**
 * far_platform_client_check_ledger_async:
 * @self: a client
 * @id: (nullable): of a deployment that is watched; NULL: the platform's own
 * @deployment: what names the ledger, as for far_witness_open()
 * @cancellable: (nullable): gives up
 * @callback: when it has been met
 * @user_data: for @callback
 *
 * Asks for the last checkpoint from the one on that was kept, demands consistency, and keeps it. No
 * function is invoked for it.
 */
void              far_platform_client_check_ledger_async  (FarPlatformClient *self, const char *id,
                                                           const char *deployment,
                                                           GCancellable *cancellable,
                                                           GAsyncReadyCallback callback,
                                                           gpointer user_data);
/* FAR_CLIENT_ERROR, FAR_WITNESS_ERROR (see far_witness_error_is_alarm()) or
 * G_IO_ERROR_CANCELLED. Returns: (transfer full): g_free() */
FarLedgerContact *far_platform_client_check_ledger_finish (FarPlatformClient *self,
                                                           GAsyncResult *result, GError **error);

G_END_DECLS
