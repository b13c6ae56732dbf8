/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ledger in a folder of its own, for tests of whoever checks what one shows. */
#pragma once

#include <json-glib/json-glib.h>

#include "ledger/far-ledger.h"

G_BEGIN_DECLS

typedef struct {
  char      *dir;
  FarClock  *clock;
  FarLedger *ledger;
} LedgerWorld;

void        ledger_world_open  (LedgerWorld *world, FarLedgerMoney money);
void        ledger_world_close (LedgerWorld *world);
/* One posted transfer of code 1, and a checkpoint. */
FarTransfer ledger_world_grow  (LedgerWorld *world, gint64 amount_micros);
/* As the bookkeeper answers ledger.checkpoint. Returns: (transfer full) */
JsonNode   *ledger_world_show  (LedgerWorld *world, guint64 from);

G_END_DECLS
