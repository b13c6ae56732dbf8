/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the ledgers that are shown are what they were: the platform's own, and that of each
 * deployment that it watches and that has one. */
#pragma once

#include "client/far-journal.h"
#include "desktop/model/far-watch-list.h"

G_BEGIN_DECLS

#define FAR_TYPE_LEDGER_WATCH (far_ledger_watch_get_type ())
G_DECLARE_FINAL_TYPE (FarLedgerWatch, far_ledger_watch, FAR, LEDGER_WATCH, GObject)

/* Signals: "changed"; "replaced" (name): there is another ledger of test money than before. */

FarLedgerWatch         *far_ledger_watch_new         (const char        *data_dir);
void                    far_ledger_watch_set_client  (FarLedgerWatch    *self,
                                                      FarPlatformClient *client);
void                    far_ledger_watch_look        (FarLedgerWatch    *self,
                                                      const char        *id,
                                                      const char        *name,
                                                      const char        *address);
void                    far_ledger_watch_tick        (FarLedgerWatch    *self,
                                                      GPtrArray         *deployments);
const char             *far_ledger_watch_get_alarm   (FarLedgerWatch    *self);
gboolean                far_ledger_watch_is_alarmed  (FarLedgerWatch    *self,
                                                      const char        *id);
const FarLedgerContact *far_ledger_watch_get_contact (FarLedgerWatch    *self,
                                                      const char        *id);

G_END_DECLS
