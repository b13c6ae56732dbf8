/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A visit's receipt: what was booked, and, at a press, whether the ledger proves it. */
#pragma once

#include <adwaita.h>

#include "desktop/far-session.h"
#include "desktop/model/far-proof.h"

G_BEGIN_DECLS

#define FAR_TYPE_RECEIPT_DIALOG (far_receipt_dialog_get_type ())
G_DECLARE_FINAL_TYPE (FarReceiptDialog, far_receipt_dialog, FAR, RECEIPT_DIALOG, AdwWindow)

GtkWidget *far_receipt_dialog_new (GtkWindow  *parent,
                                   FarSession *session,
                                   FarProof   *proof,
                                   const char *title);

G_END_DECLS
