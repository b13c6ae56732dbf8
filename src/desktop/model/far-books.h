/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the publication earned, as the ledger says, and whether the ledger holds. */
#pragma once

#include "client/far-platform-client.h"
#include "client/far-publisher.h"

G_BEGIN_DECLS

typedef enum {
  FAR_VERDICT_NONE,     /* nobody asked yet */
  FAR_VERDICT_CHECKING,
  FAR_VERDICT_DONE,     /* the report says what was found */
  FAR_VERDICT_FAILED,   /* the check itself failed; nothing is known */
} FarVerdict;

#define FAR_TYPE_BOOKS (far_books_get_type ())
G_DECLARE_FINAL_TYPE (FarBooks, far_books, FAR, BOOKS, GObject)

/* Signals: "changed" (new earnings or payouts, or it is known why there are none),
 * "verdict-changed", "problem" (GError): a call failed. */

FarBooks         *far_books_new            (void);
void              far_books_set_source     (FarBooks          *self,
                                            FarPlatformClient *client,
                                            FarPublisher      *publisher);
void              far_books_forget         (FarBooks          *self);
FarPublisher     *far_books_get_publisher  (FarBooks          *self);
void              far_books_watch          (FarBooks          *self,
                                            gboolean           watch);
void              far_books_refresh        (FarBooks          *self);
FarEarnings      *far_books_get_earnings   (FarBooks          *self);
GPtrArray        *far_books_get_payouts    (FarBooks          *self);
const char       *far_books_get_message    (FarBooks          *self);
gboolean          far_books_get_reported   (FarBooks          *self);
gboolean          far_books_can_verify     (FarBooks          *self);
gint64            far_books_get_today      (FarBooks          *self);
void              far_books_verify         (FarBooks          *self);
FarVerdict        far_books_get_verdict    (FarBooks          *self);
FarLedgerVerdict *far_books_get_report     (FarBooks          *self);
void              far_books_apply_earnings (FarBooks          *self,
                                            FarEarnings       *earnings);
void              far_books_apply_payouts  (FarBooks          *self,
                                            GPtrArray         *payouts);
void              far_books_apply_report   (FarBooks          *self,
                                            FarLedgerVerdict  *report);

G_END_DECLS
