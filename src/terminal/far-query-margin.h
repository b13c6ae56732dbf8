/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of farthingctl query that are about money. Main thread. */
#pragma once

#include "terminal/far-asking.h"

G_BEGIN_DECLS

/* group: (nullable): "article" or "function". usd: (nullable): what a dollar costs in the ledger's
 * currency, as it was typed. Both return an exit code. */
int far_query_margin (FarTerminal *self, const FarAsking *asking, const char *group, int top,
                      const char *usd);
int far_query_prices (FarTerminal *self);

G_END_DECLS
