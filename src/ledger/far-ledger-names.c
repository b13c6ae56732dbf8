/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of kinds and results, as they go over the wire, and the flags of the chart of accounts.
 * Any thread. */
#include "ledger/far-ledger.h"

G_DEFINE_QUARK (far-ledger-error-quark, far_ledger_error)

static const char *const account_results[] = {
  [FAR_ACCOUNT_OK] = "ok",
  [FAR_ACCOUNT_EXISTS] = "exists",
  [FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_KIND] = "exists_with_different_kind",
  [FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_FLAGS] = "exists_with_different_flags",
  [FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_CURRENCY] = "exists_with_different_currency",
  [FAR_ACCOUNT_EXISTS_WITH_DIFFERENT_REFERENCE] = "exists_with_different_reference",
  [FAR_ACCOUNT_ID_MUST_NOT_BE_ZERO] = "id_must_not_be_zero",
  [FAR_ACCOUNT_UNKNOWN_KIND] = "unknown_kind",
  [FAR_ACCOUNT_UNKNOWN_CURRENCY] = "unknown_currency",
  [FAR_ACCOUNT_FLAGS_ARE_MUTUALLY_EXCLUSIVE] = "flags_are_mutually_exclusive",
  [FAR_ACCOUNT_UNKNOWN_FLAGS] = "unknown_flags",
  [FAR_ACCOUNT_NOT_FOUND] = "not_found",
  [FAR_ACCOUNT_HAS_PENDING] = "has_pending",
};

static const char *const transfer_results[] = {
  [FAR_TRANSFER_OK] = "ok",
  [FAR_TRANSFER_EXISTS] = "exists",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_KIND] = "exists_with_different_kind",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_FLAGS] = "exists_with_different_flags",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CODE] = "exists_with_different_code",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CURRENCY] = "exists_with_different_currency",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEBIT] = "exists_with_different_debit",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_CREDIT] = "exists_with_different_credit",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_AMOUNT] = "exists_with_different_amount",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_PENDING_ID] = "exists_with_different_pending_id",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_DEADLINE] = "exists_with_different_deadline",
  [FAR_TRANSFER_EXISTS_WITH_DIFFERENT_REFERENCE] = "exists_with_different_reference",
  [FAR_TRANSFER_LINKED_FAILED] = "linked_failed",
  [FAR_TRANSFER_CHAIN_OPEN] = "chain_open",
  [FAR_TRANSFER_UNKNOWN_KIND] = "unknown_kind",
  [FAR_TRANSFER_UNKNOWN_FLAGS] = "unknown_flags",
  [FAR_TRANSFER_ID_MUST_NOT_BE_ZERO] = "id_must_not_be_zero",
  [FAR_TRANSFER_CODE_MUST_NOT_BE_ZERO] = "code_must_not_be_zero",
  [FAR_TRANSFER_AMOUNT_MUST_BE_POSITIVE] = "amount_must_be_positive",
  [FAR_TRANSFER_AMOUNT_TOO_LARGE] = "amount_too_large",
  [FAR_TRANSFER_PENDING_ID_MUST_BE_ZERO] = "pending_id_must_be_zero",
  [FAR_TRANSFER_PENDING_ID_MUST_NOT_BE_ZERO] = "pending_id_must_not_be_zero",
  [FAR_TRANSFER_DEADLINE_MUST_BE_ZERO] = "deadline_must_be_zero",
  [FAR_TRANSFER_DEADLINE_PASSED] = "deadline_passed",
  [FAR_TRANSFER_DEBIT_ACCOUNT_NOT_FOUND] = "debit_account_not_found",
  [FAR_TRANSFER_CREDIT_ACCOUNT_NOT_FOUND] = "credit_account_not_found",
  [FAR_TRANSFER_ACCOUNTS_MUST_DIFFER] = "accounts_must_differ",
  [FAR_TRANSFER_ACCOUNTS_HAVE_DIFFERENT_CURRENCIES] = "accounts_have_different_currencies",
  [FAR_TRANSFER_WRONG_CURRENCY] = "wrong_currency",
  [FAR_TRANSFER_DEBIT_ACCOUNT_CLOSED] = "debit_account_closed",
  [FAR_TRANSFER_CREDIT_ACCOUNT_CLOSED] = "credit_account_closed",
  [FAR_TRANSFER_EXCEEDS_CREDITS] = "exceeds_credits",
  [FAR_TRANSFER_EXCEEDS_DEBITS] = "exceeds_debits",
  [FAR_TRANSFER_OVERFLOW] = "overflow",
  [FAR_TRANSFER_PENDING_NOT_FOUND] = "pending_not_found",
  [FAR_TRANSFER_NOT_PENDING] = "not_pending",
  [FAR_TRANSFER_PENDING_HAS_DIFFERENT_DEBIT] = "pending_has_different_debit",
  [FAR_TRANSFER_PENDING_HAS_DIFFERENT_CREDIT] = "pending_has_different_credit",
  [FAR_TRANSFER_PENDING_HAS_DIFFERENT_CURRENCY] = "pending_has_different_currency",
  [FAR_TRANSFER_PENDING_HAS_DIFFERENT_AMOUNT] = "pending_has_different_amount",
  [FAR_TRANSFER_EXCEEDS_PENDING_AMOUNT] = "exceeds_pending_amount",
  [FAR_TRANSFER_PENDING_ALREADY_POSTED] = "pending_already_posted",
  [FAR_TRANSFER_PENDING_ALREADY_VOIDED] = "pending_already_voided",
  [FAR_TRANSFER_PENDING_EXPIRED] = "pending_expired",
};

static const struct {
  const char     *name;
  FarAccountFlags flags;
} kinds[FAR_ACCOUNT_KIND_MAX + 1] = {
  [FAR_ACCOUNT_READER_WALLET] = { "reader_wallet", FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS },
  [FAR_ACCOUNT_READER_TAB] = { "reader_tab", FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS },
  [FAR_ACCOUNT_SEAT_RECEIVABLE] = { "seat_receivable",
                                    FAR_ACCOUNT_CREDITS_MUST_NOT_EXCEED_DEBITS },
  [FAR_ACCOUNT_PUBLISHER_ESTIMATED] = { "publisher_estimated",
                                        FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS },
  [FAR_ACCOUNT_FEE_ESTIMATED] = { "fee_estimated", FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS },
  [FAR_ACCOUNT_ADVERTISER_FUNDS] = { "advertiser_funds",
                                     FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS },
  [FAR_ACCOUNT_CAMPAIGN_BUDGET] = { "campaign_budget",
                                    FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS },
  [FAR_ACCOUNT_TAX_PAYABLE] = { "tax_payable", FAR_ACCOUNT_DEBITS_MUST_NOT_EXCEED_CREDITS },
  [FAR_ACCOUNT_PUBLISHER_PAYABLE] = { "publisher_payable", 0 },
  [FAR_ACCOUNT_PROVIDER_CLEARING] = { "provider_clearing", 0 },
  [FAR_ACCOUNT_PAYOUT_CLEARING] = { "payout_clearing", 0 },
  [FAR_ACCOUNT_BANK] = { "bank", 0 },
  [FAR_ACCOUNT_FEE_EARNED] = { "fee_earned", 0 },
  [FAR_ACCOUNT_PROVIDER_FEES] = { "provider_fees", 0 },
  [FAR_ACCOUNT_DISPUTE_LOSS] = { "dispute_loss", 0 },
};

static const char *const transfer_kinds[] = {
  [FAR_TRANSFER_POSTED] = "posted",
  [FAR_TRANSFER_PENDING] = "pending",
  [FAR_TRANSFER_POST] = "post",
  [FAR_TRANSFER_VOID] = "void",
  [FAR_TRANSFER_EXPIRE] = "expire",
};

const char *
far_account_result_to_string (FarAccountResult result)
{
  g_return_val_if_fail ((gsize) result < G_N_ELEMENTS (account_results), NULL);

  return account_results[result];
}

const char *
far_transfer_result_to_string (FarTransferResult result)
{
  g_return_val_if_fail ((gsize) result < G_N_ELEMENTS (transfer_results), NULL);

  return transfer_results[result];
}

const char *
far_transfer_kind_to_string (FarTransferKind kind)
{
  g_return_val_if_fail ((gsize) kind < G_N_ELEMENTS (transfer_kinds), NULL);

  return transfer_kinds[kind];
}

const char *
far_account_kind_to_string (FarAccountKind kind)
{
  g_return_val_if_fail (kind >= 1 && kind <= FAR_ACCOUNT_KIND_MAX, NULL);

  return kinds[kind].name;
}

FarAccountFlags
far_account_kind_flags (FarAccountKind kind)
{
  g_return_val_if_fail (kind >= 1 && kind <= FAR_ACCOUNT_KIND_MAX, 0);

  return kinds[kind].flags;
}
