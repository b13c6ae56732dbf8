/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands share: the books' insides, a call, the parties, postings. Only for the files of
 * this room. */
#pragma once

#include "base/far-frame.h"
#include "base/far-json.h"
#include "bookkeeper/far-books.h"
#include "bookkeeper/far-commands.h"
#include "bookkeeper/far-later.h"
#include "bookkeeper/far-request.h"
#include "bookkeeper/far-sql.h"
#include "market/far-settlement.h"
#include "market/far-split.h"
#include "market/far-tab.h"
#include "market/far-view.h"

G_BEGIN_DECLS

struct _FarBooks {
  FarLedger *ledger; /* owned */
  FarDb     *db;     /* the ledger's */
  FarClock  *clock;
  GArray    *posting; /* of FarTransfer: the one being put together */
  GArray    *results; /* of FarTransferResult */
  gint64     frequency_day_us; /* the day whose counters are there */
  gboolean   together;         /* no savepoints in this transaction */
  int        lock_fd; /* -1: none */
  gint64     before_us;        /* ledger time until which answers may be under scopes alone */
  gboolean   live;
  const FarLater *later; /* see far-later.h */
};

/* ---- calls ---- */

/* Half a SHA-256 of whom and what a key is for; its first FAR_SCOPE_TIME_LEN bytes give way to the
 * key's time where it has one. */
#define FAR_SCOPE_LEN 16
#define FAR_SCOPE_TIME_LEN 6

typedef struct {
  guint8   bytes[FAR_SCOPE_LEN];
  gboolean ordered;                     /* they begin with the key's time; then */
  guint8   digest[FAR_SCOPE_TIME_LEN];  /* this is what stood there */
} FarScope;

/* One command on its way. Commands write the members of their answer. */
typedef struct {
  FarBooks      *books;
  const char    *principal; /* NULL in what runs later */
  JsonObject    *request;
  FarJsonWriter *answer;
  gint64         now_us; /* ledger time */
  const guint8  *scope;  /* FAR_SCOPE_LEN bytes: where the answer is kept; NULL without key */
  /* For what runs beside the writer, where books is NULL: */
  const char    *data_dir;
  FarClock      *clock;
  FarProgress   *progress; /* nullable */
} FarCall;

typedef gboolean (*FarCommandRun) (FarCall *call, GError **error);

typedef struct _FarCommand FarCommand;
struct _FarCommand {
  const char     *name;
  const FarField *fields;
  FarCommandRun   run;    /* in the transaction; NULL: nothing to do there */
  FarCommandRun   after;  /* after its commit, on the writer's thread; writes the answer instead */
  FarCommandRun   beside; /* beside the writer; writes the answer instead */
  gboolean        own_ok; /* which then has an "ok" of its own */
};

/* For what runs beside: the books to read. Returns: (transfer full): NULL with a refusal */
FarBooks *far_call_open_books (FarCall *call, GError **error);

/* (array zero-terminated=1) each */
extern const FarCommand far_commands_pledge[];
extern const FarCommand far_commands_refund[];
extern const FarCommand far_commands_wallet[];
extern const FarCommand far_commands_checkout[];
extern const FarCommand far_commands_charge[];
extern const FarCommand far_commands_payback[];
extern const FarCommand far_commands_person[];
extern const FarCommand far_commands_views[];
extern const FarCommand far_commands_terms[];
extern const FarCommand far_commands_settlement[];
extern const FarCommand far_commands_earnings[];
extern const FarCommand far_commands_earnings_range[];
extern const FarCommand far_commands_ledger[];
extern const FarCommand far_commands_health[];
extern const FarCommand far_commands_publishers[];
extern const FarCommand far_commands_payouts[];
extern const FarCommand far_commands_tokens[];
extern const FarCommand far_commands_disputes[];
extern const FarCommand far_commands_statement[];
extern const FarCommand far_commands_trace[];

/* Of a list in an answer: nothing is begun behind this, so that what is begun fits a frame. */
#define FAR_ANSWER_ROOM (FAR_FRAME_MAX / 8 * 5)

/* Sets a refusal and returns FALSE. */
gboolean far_refuse (GError         **error,
                     FarCommandError  code,
                     const char      *format,
                     ...) G_GNUC_PRINTF (3, 4);

/* ---- parties ---- */

typedef struct {
  gint64   property; /* row */
  FarTerms terms;
  FarId    estimated, payable, fee_estimated, fee_earned;
  char     fee_receiver[129];
} FarProperty;

typedef struct {
  gint64   reader; /* row; 0: never seen */
  gboolean has_method;
  guint8   device[FAR_SHA256_LEN];
} FarReader;

typedef struct {
  gint64   tab; /* row; 0: none yet */
  FarId    id;
  FarId    wallet;
  gboolean has_wallet;
  gboolean secured;
  gint64   open_micros;
  gint64   n_open;
  gint64   oldest_us;
  gint64   retry_us;
  guint    n_failures;
  gint64   first_failed_us;
  gint64   reader;
  char     currency[FAR_CURRENCY_LEN + 1];
} FarTab;

typedef struct {
  gint64        entitlement; /* row; 0: none */
  FarEntitledBy by;
  gint64        pledge;
  gint64        since_us;
  gint64        refundable_until_us;
} FarEntitlement;

/* unknown_property if there is none. */
gboolean far_property_find     (FarBooks *books, const char *name, FarProperty *ret_property,
                                GError **error);
gboolean far_property_load     (FarBooks *books, gint64 property, FarProperty *ret_property,
                                GError **error);
/* The least that a card is charged in that currency: the provider's, or what terms say. */
gboolean far_least_charge      (FarBooks *books, const char *currency, gint64 *ret_micros,
                                GError **error);
/* reader 0 if there is none. */
gboolean far_reader_find       (FarBooks *books, const char *key_hex, FarReader *ret_reader,
                                GError **error);
/* Makes one where none is. */
gboolean far_reader_ensure     (FarBooks *books, FarReader *reader, gint64 now_us,
                                GError **error);
gboolean far_tab_find          (FarBooks *books, gint64 reader, const char *currency,
                                FarTab *ret_tab, GError **error);
gboolean far_tab_find_id       (FarBooks *books, const FarId *id, FarTab *ret_tab,
                                GError **error);
gboolean far_tab_load          (FarBooks *books, gint64 tab, FarTab *ret_tab, GError **error);
gboolean far_tab_ensure        (FarBooks *books, const FarReader *reader, const char *currency,
                                FarTab *tab, GError **error);
gboolean far_tab_ensure_wallet (FarBooks *books, FarTab *tab, GError **error);
/* 0 without wallet. */
gboolean far_tab_wallet_micros (FarBooks *books, const FarTab *tab, gint64 *ret_micros,
                                GError **error);
/* What stands on the tab now: recomputes sum, number and age of its open items. */
gboolean far_tab_refresh       (FarBooks *books, FarTab *tab, GError **error);
/* Entitlement 0 if there is no live one. */
gboolean far_entitlement_find  (FarBooks *books, gint64 reader, gint64 property,
                                const char *article, FarEntitlement *ret_entitlement,
                                GError **error);
void     far_entitlement_write (FarJsonWriter *answer, const char *name, const char *article,
                                const FarEntitlement *entitlement);
/* A charge that was given up is paid after all: its tab may have been charged anew since, so the
 * whole of it goes to the reader's wallet, as if they had paid it in. Told again, nothing moves. */
gboolean far_checkout_book_late (FarCall *call, gint64 charge, const FarId *intent,
                                 GError **error);
/* How a reader is charged from now on. */
gboolean far_reader_set_method (FarBooks *books, gint64 reader, const char *customer,
                                const char *payment_method, gint64 now_us, GError **error);
/* Pledges of the property that were not refunded. */
gboolean far_situation_load_pledges (FarBooks *books, const FarReader *reader,
                                     const FarProperty *property, FarTabSituation *situation,
                                     GError **error);
/* What a reader has set themself, and what counts against it. -1: no cap. */
typedef struct {
  gint64 day_micros;
  gint64 month_micros;
  gint64 day_spent_micros;
  gint64 month_spent_micros;
} FarCaps;

gboolean far_caps_load         (FarBooks *books, const FarReader *reader, const char *currency,
                                FarCaps *ret_caps, GError **error);
/* Writes the member "caps". */
gboolean far_caps_write        (FarCall *call, const FarReader *reader, const FarTab *tab,
                                const char *currency, GError **error);
gboolean far_caps_load_spent   (FarBooks *books, const FarReader *reader, const FarTab *tab,
                                gint64 now_us, FarCaps *caps, GError **error);
gboolean far_situation_load    (FarBooks *books, const FarProperty *property,
                                const FarReader *reader, const FarTab *tab, gint64 now_us,
                                FarTabSituation *ret_situation, GError **error);
/* An account of the house: bank, provider_clearing, provider_fees. */
gboolean far_house_account     (FarBooks *books, FarAccountKind kind, const char *currency,
                                FarId *ret_id, GError **error);
gboolean far_account_open      (FarBooks *books, FarAccountKind kind, const char *currency,
                                FarId *ret_id, GError **error);
/* Credits less debits, posted. */
gboolean far_account_credit_micros (FarBooks *books, const FarId *id, gint64 *ret_micros,
                                    GError **error);

/* ---- postings ---- */

/* Why money moved: FarTransfer.code. In the log: never renumber. */
typedef enum {
  FAR_CODE_PLEDGE = 1,             /* tab → estimated (debit → credit) */
  FAR_CODE_PLEDGE_FEE = 2,         /* tab → fee_estimated */
  FAR_CODE_WALLET_PLEDGE = 3,      /* wallet → payable */
  FAR_CODE_WALLET_PLEDGE_FEE = 4,  /* wallet → fee_earned */
  FAR_CODE_REFUND = 5,             /* estimated → tab */
  FAR_CODE_REFUND_FEE = 6,         /* fee_estimated → tab */
  FAR_CODE_REFUND_FINAL = 7,       /* payable → wallet */
  FAR_CODE_REFUND_FINAL_FEE = 8,   /* fee_earned → wallet */
  FAR_CODE_CHARGE = 9,             /* provider_clearing → tab */
  FAR_CODE_CHARGE_TO_WALLET = 10,  /* provider_clearing → wallet */
  FAR_CODE_SETTLE = 11,            /* estimated → payable */
  FAR_CODE_SETTLE_FEE = 12,        /* fee_estimated → fee_earned */
  FAR_CODE_PROVIDER_FEE = 13,      /* provider_fees → provider_clearing */
  FAR_CODE_WRITE_OFF = 14,         /* estimated → tab */
  FAR_CODE_WRITE_OFF_FEE = 15,     /* fee_estimated → tab */
  FAR_CODE_PREPAY = 16,            /* bank → advertiser_funds */
  FAR_CODE_ALLOT = 17,             /* advertiser_funds → campaign_budget */
  FAR_CODE_AD = 18,                /* campaign_budget → payable */
  FAR_CODE_AD_FEE = 19,            /* campaign_budget → fee_earned */
  FAR_CODE_TOPUP = 20,             /* provider_clearing → wallet */
  FAR_CODE_WALLET_REFUND = 21,     /* wallet → provider_clearing */
  FAR_CODE_WALLET_REFUND_BACK = 22, /* provider_clearing → wallet: it failed */
  /* 20–29: the reader's wallet and its provider */
  FAR_CODE_PAYOUT = 30,            /* payable → payout_clearing */
  FAR_CODE_PAYOUT_PAID = 31,       /* payout_clearing → bank */
  FAR_CODE_PAYOUT_FAILED = 32,     /* payout_clearing → payable */
  FAR_CODE_DISPUTE = 33,           /* payable → provider_clearing */
  FAR_CODE_DISPUTE_FEE = 34,       /* fee_earned → provider_clearing */
  FAR_CODE_DISPUTE_WALLET = 35,    /* wallet → provider_clearing */
  FAR_CODE_DISPUTE_LOSS = 36,      /* dispute_loss → provider_clearing */
  FAR_CODE_DISPUTE_WON = 37,       /* provider_clearing → payable */
  FAR_CODE_DISPUTE_WON_FEE = 38,   /* provider_clearing → fee_earned */
  FAR_CODE_DISPUTE_WON_WALLET = 39, /* provider_clearing → wallet */
  FAR_CODE_DISPUTE_WON_LOSS = 40,  /* provider_clearing → dispute_loss */
  FAR_CODE_DISPUTE_COST = 41,      /* dispute_loss → provider_clearing: what the provider asks */
} FarCode;

/* A posting is put together and happens as a whole or not at all. One at a time. */
void     far_posting_begin   (FarBooks *books);
/* Adds a transfer; an amount of 0 adds nothing. */
void     far_posting_add     (FarBooks *books, FarCode code, const char *currency,
                              const FarId *debit, const FarId *credit, gint64 amount_micros,
                              const FarId *reference);
/* What the provider took for itself, from provider_clearing to an account of the house of that
 * kind: in the request's "fee_currency", else in that of the payment. No amount is converted. */
gboolean far_posting_add_fee (FarCall *call, FarCode code, FarAccountKind kind,
                              const char *currency, gint64 fee_micros, const FarId *reference,
                              GError **error);
/* The same, reserved until deadline_us. Returns: its id, zero for an amount of 0. */
FarId    far_posting_reserve (FarBooks *books, FarCode code, const char *currency,
                              const FarId *debit, const FarId *credit, gint64 amount_micros,
                              gint64 deadline_us, const FarId *reference);
/* Posts (all of it) or voids a reservation. */
void     far_posting_resolve (FarBooks *books, FarTransferKind kind, FarCode code,
                              const char *currency, const FarId *pending,
                              const FarId *reference);
/* Executes it. *ret_result is FAR_TRANSFER_OK or why it was refused as a whole. */
gboolean far_posting_commit  (FarBooks *books, FarTransferResult *ret_result, GError **error);
/* The same where a refusal is a broken invariant, except that an overflow is refused as such. */
gboolean far_posting_must    (FarBooks *books, GError **error);

/* ---- earnings ---- */

typedef struct {
  gint64 pay_micros;
  gint64 ad_micros;
  gint64 fee_micros;
  gint64 refund_micros;
  gint64 write_off_micros;
  gint64 n_pledges;
  gint64 n_views;
  gint64 n_refunds;
  gint64 unsecured_micros;
} FarEarning;

gboolean far_earnings_add (FarBooks *books, gint64 property, const char *article, gint64 time_us,
                           const FarEarning *earning, GError **error);

/* ---- pledges and views ---- */

enum {
  FAR_PLEDGE_OPEN = 0,
  FAR_PLEDGE_SETTLED = 1,
  FAR_PLEDGE_REFUNDED = 2,
  FAR_PLEDGE_WRITTEN_OFF = 3,
};

/* Voids what open views the reader has of the article. */
gboolean far_views_replace   (FarBooks *books, gint64 reader, gint64 property,
                              const char *article, gint64 now_us, GError **error);
/* The sweeps' parts; each handles at most FAR_BOOKS_SWEEP_MAX rows. */
gboolean far_views_expire    (FarBooks *books, gint64 now_us, GError **error);
/* New unsecured readers of a network today, by a counter whose key is destroyed with the day. */
gboolean far_network_count   (FarBooks *books, const char *network, gint64 now_us,
                              gint64 *ret_n, GError **error);
gboolean far_network_add     (FarBooks *books, const char *network, gint64 now_us,
                              GError **error);
gboolean far_frequency_expire (FarBooks *books, gint64 now_us, GError **error);
gboolean far_tabs_write_off  (FarBooks *books, gint64 now_us, GError **error);
gboolean far_tab_write_off   (FarBooks *books, gint64 tab_row, gint64 now_us, GError **error);
gboolean far_answers_expire  (FarBooks *books, gint64 now_us, GError **error);

/* ---- refunds of wallets ---- */

/* What of the charges and top-ups of a tab has not gone back yet. */
gboolean far_payback_room    (FarBooks *books, const FarTab *tab, gint64 *ret_micros,
                              GError **error);
/* What of a wallet could be moved there, in the provider's units. */
gboolean far_payback_movable (FarBooks *books, const FarTab *tab, gint64 wallet_micros,
                              gint64 *ret_micros, GError **error);

/* ---- history and export ---- */

/* Where a page of a reader's history begins: before time_us, or at it behind n_given entries. */
typedef struct {
  gint64 time_us;
  guint  n_given;
} FarHistoryPlace;

/* "TIME.N" */
gboolean far_history_parse   (const char *text, FarHistoryPlace *ret_place);
/* Writes at most limit entries as an array. ret_next: where the next page begins; time_us 0: there
 * is none. */
gboolean far_history_write   (FarCall *call, const FarReader *reader, const FarTab *tab,
                              const char *currency, const char *name,
                              const FarHistoryPlace *before, guint limit,
                              FarHistoryPlace *ret_next, GError **error);
/* reader.export */
gboolean far_export_run      (FarCall *call, GError **error);

/* ---- answers of keys ---- */

/* After the schema is there. */
gboolean far_answers_open  (FarBooks *books, GError **error);
/* Where the answer of a command with a key is kept. */
void     far_answers_scope (const char *principal, const char *command, JsonObject *request,
                            FarScope *ret_scope);
/* Looks a key up. *ret_answer is the stored answer, NULL for a new key; idempotency_mismatch for
 * other content. */
gboolean far_answers_find  (FarBooks *books, const FarScope *scope,
                            const guint8 body[FAR_SHA256_LEN], char **ret_answer, GError **error);
gboolean far_answers_store (FarBooks *books, const FarScope *scope,
                            const guint8 body[FAR_SHA256_LEN], const char *answer, gint64 now_us,
                            GError **error);

/* ---- tokens ---- */

/* Makes publisher.token at first, and sees to it that its hash is known. */
gboolean far_tokens_ensure (FarBooks *books, const char *path, GError **error);
/* unauthorized unless the hash is of a token of this role that holds for the property, or for the
 * party (each nullable). */
gboolean far_tokens_check  (FarBooks *books, const char *hash_hex, const char *role,
                            const char *property, const char *party, GError **error);
/* For commands that the operator gives without a token, and publishers with one: "token". A
 * function's name never is the operator's. */
#define FAR_PRINCIPAL_OPERATOR ":operator"
gboolean far_call_authorize (FarCall *call, const char *property, const char *publisher,
                             GError **error);

G_END_DECLS
