/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's verdict, and the button that asks for it. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"

G_BEGIN_DECLS

#define FAR_TYPE_LEDGER_CARD (far_ledger_card_get_type ())
G_DECLARE_FINAL_TYPE (FarLedgerCard, far_ledger_card, FAR, LEDGER_CARD, AdwBin)

void far_ledger_card_set_books   (FarLedgerCard *self,
                                  FarBooks      *books);
void far_ledger_card_set_session (FarLedgerCard *self,
                                  FarSession    *session);

G_END_DECLS
