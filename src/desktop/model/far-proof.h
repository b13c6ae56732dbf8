/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The receipts of one visit: what the publication says was paid, and whether its ledger proves
 * it. */
#pragma once

#include "client/far-receipt-check.h"

G_BEGIN_DECLS

typedef enum {
  FAR_PROOF_LOADING, /* asked for, or not signed yet */
  FAR_PROOF_READY,   /* the receipts are here, unchecked */
  FAR_PROOF_CHECKING,
  FAR_PROOF_CHECKED, /* the report says what was found */
  FAR_PROOF_ALARM,   /* the ledger is not what it was */
  FAR_PROOF_FAILED,  /* there are none, or they could not be asked for */
} FarProofState;

#define FAR_TYPE_PROOF (far_proof_get_type ())
G_DECLARE_FINAL_TYPE (FarProof, far_proof, FAR, PROOF, GObject)

/* Signal: "changed". */

FarProof         *far_proof_new          (FarMarketClient *market,
                                          const char      *deployment,
                                          const char      *article);
FarProof         *far_proof_new_for_text (FarMarketClient *market,
                                          const char      *deployment,
                                          const char      *text,
                                          gsize            n_bytes);
gboolean          far_proof_can_check    (FarProof        *self);
void              far_proof_check        (FarProof        *self);
FarProofState     far_proof_get_state    (FarProof        *self);
const char       *far_proof_get_message  (FarProof        *self);
GPtrArray        *far_proof_get_receipts (FarProof        *self);
FarReceiptReport *far_proof_get_report   (FarProof        *self);
char             *far_proof_get_text     (FarProof        *self);
void              far_proof_close        (FarProof        *self);

G_END_DECLS
