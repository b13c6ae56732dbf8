/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the free beginning ends: the two ways on, and what each of them means. */
#pragma once

#include <adwaita.h>

#include "client/far-market-types.h"

G_BEGIN_DECLS

#define FAR_TYPE_GATE (far_gate_get_type ())
G_DECLARE_FINAL_TYPE (FarGate, far_gate, FAR, GATE, AdwBin)

/* Signals "pledge", "watch" and "add-method": the reader chose. */

void far_gate_set_offer (FarGate    *self,
                         FarOffer   *offer,
                         gboolean    test_money);
void far_gate_set_busy  (FarGate    *self,
                         gboolean    busy);
void far_gate_set_no_ad (FarGate    *self,
                         const char *reason);

G_END_DECLS
