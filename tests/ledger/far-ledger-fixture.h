/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ledger in a temporary directory, with short ways to say what tests say often. */
#pragma once

#include "ledger/far-ledger.h"

G_BEGIN_DECLS

#define FIXTURE_START_US G_GINT64_CONSTANT (1790000000000000)

typedef struct {
  char      *directory;
  FarClock  *clock;
  FarLedger *ledger;
} Fixture;

void    fixture_set_up    (Fixture *fixture, gconstpointer unused);
void    fixture_tear_down (Fixture *fixture, gconstpointer unused);
/* Closes and opens again. */
void    fixture_reopen    (Fixture *fixture);
char   *fixture_path      (Fixture *fixture, const char *name);

void    fixture_begin     (Fixture *fixture);
void    fixture_commit    (Fixture *fixture);
/* Opens an account in a transaction that is open; its flags are the chart's unless given. */
FarId   fixture_account   (Fixture *fixture, FarAccountKind kind, const char *currency);
FarId   fixture_flagged   (Fixture *fixture, FarAccountKind kind, FarAccountFlags flags,
                           const char *currency);
/* A transfer with a fresh id, code 1, in USD. */
FarTransfer       fixture_transfer (Fixture *fixture, const FarId *debit, const FarId *credit,
                                    gint64 amount_micros);
FarTransferResult fixture_post     (Fixture *fixture, const FarTransfer *transfer);
FarTransferResult fixture_resolve  (Fixture *fixture, FarTransferKind kind,
                                    const FarTransfer *pending, gint64 amount_micros,
                                    FarTransfer *ret_sent);
FarBalance        fixture_balance  (Fixture *fixture, const FarId *account);
/* Fails the test, with the reason, unless the ledger verifies. */
void    fixture_assert_whole (Fixture *fixture);
/* The same with the ledger closed. */
void    fixture_assert_whole_at (Fixture *fixture);

#define assert_result(result, expected)                                              \
  g_assert_cmpstr (far_transfer_result_to_string (result), ==,                       \
                   far_transfer_result_to_string (expected))
#define assert_balance(fixture, account, dp, cp, dpend, cpend)                       \
  G_STMT_START {                                                                     \
    FarBalance found_ = fixture_balance (fixture, account);                          \
    g_assert_cmpint (found_.debits_posted_micros, ==, dp);                           \
    g_assert_cmpint (found_.credits_posted_micros, ==, cp);                          \
    g_assert_cmpint (found_.debits_pending_micros, ==, dpend);                       \
    g_assert_cmpint (found_.credits_pending_micros, ==, cpend);                      \
  } G_STMT_END

G_END_DECLS
