/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the market API answers, as immutable, reference-counted structs (boxed types). Strings are
 * never NULL unless marked; money is micros; times are µs since the Unix epoch, 0 = never. */
#pragma once

#include "client/far-platform-types.h"

G_BEGIN_DECLS

/* An article as lists show it. */
typedef struct {
  char *id;
  char *title;
  char *author;
  char *category;
  char *date;        /* "2026-03-14" */
  char *summary;
  char *picture;     /* path of a GET below the gateway, "/media/…"; "" = none */
  char *picture_alt;
  char *currency;
  gint64 price_micros;
  char *price_from;  /* "article" "rule" "default"; "" where it was not told */
  char *price_rule;  /* the rule's name; "" unless from one */
} FarArticleSummary;
FAR_DECLARE_RC_BOXED (FarArticleSummary, far_article_summary)
#define FAR_TYPE_ARTICLE_SUMMARY (far_article_summary_get_type ())

typedef enum {
  FAR_BLOCK_PARAGRAPH,
  FAR_BLOCK_HEADING,
  FAR_BLOCK_QUOTE,
  FAR_BLOCK_LIST_ITEM,
  FAR_BLOCK_PICTURE,
  FAR_BLOCK_RULE,
} FarBlockKind;

typedef struct {
  FarBlockKind kind;
  int level;      /* of a heading, from 1 */
  char *text;     /* plain text; of a picture its description */
  char *markup;   /* the same with <b>, <i>, <tt>, <a> as Pango markup, safe to set */
  char *picture;  /* path below the gateway; "" unless it is one */
} FarBlock;

typedef struct {
  FarArticleSummary *summary;
  GPtrArray *free_blocks; /* (element-type FarBlock) */
  GPtrArray *paid_blocks; /* (element-type FarBlock); empty until entitled */
  gboolean entitled;
  gint64 text_bytes;      /* of all text that was sent */
} FarArticle;
FAR_DECLARE_RC_BOXED (FarArticle, far_article)
#define FAR_TYPE_ARTICLE (far_article_get_type ())

typedef struct {
  gboolean entitled;
  char *by;          /* "pledge" "wallet" "ad"; "" = not entitled */
  gint64 since_us;
  gint64 refundable_until_us;
} FarEntitlement;
FAR_DECLARE_RC_BOXED (FarEntitlement, far_entitlement)
#define FAR_TYPE_ENTITLEMENT (far_entitlement_get_type ())

/* GET /offers/{article} */
typedef struct {
  char *article;
  char *currency;
  gint64 price_micros;
  gboolean pledge;           /* may be pledged for */
  gboolean ad;               /* may be opened with an ad */
  gint64 ad_duration_ms;     /* 0 where it is not known before the decision */
  gboolean method_required;  /* a pledge now needs a payment method first */
  gint64 tab_micros;         /* what this reader owes already */
  gint64 wallet_micros;      /* what this reader has paid in; where it is enough, it pays */
  gint64 refund_window_us;
} FarOffer;
FAR_DECLARE_RC_BOXED (FarOffer, far_offer)
#define FAR_TYPE_OFFER (far_offer_get_type ())

/* POST /pledges */
typedef struct {
  gint64 moved_micros;   /* 0 where the reader was entitled already */
  gint64 tab_micros;
  gint64 wallet_micros;
  gboolean existing;
  FarEntitlement *entitlement;
} FarPledge;
FAR_DECLARE_RC_BOXED (FarPledge, far_pledge)
#define FAR_TYPE_PLEDGE (far_pledge_get_type ())

/* POST /ads/decisions */
typedef struct {
  char *view;            /* 32 hex digits; "" = no ad, see reason */
  char *reason;
  char *campaign;
  char *advertiser;
  char *title;           /* what to call it on screen */
  char *landing_url;     /* "" = none */
  char *media_type;      /* "video/webm", "image/png" */
  gint64 duration_ms;
  gint64 price_micros;   /* what the advertiser pays; "" currency as the property's */
  gint64 expires_us;
} FarAdDecision;
FAR_DECLARE_RC_BOXED (FarAdDecision, far_ad_decision)
#define FAR_TYPE_AD_DECISION (far_ad_decision_get_type ())

/* POST /ads/events */
typedef struct {
  char *state;
  gboolean entitled;
  gint64 wait_ms;        /* until the next event will be taken */
} FarAdProgress;
FAR_DECLARE_RC_BOXED (FarAdProgress, far_ad_progress)
#define FAR_TYPE_AD_PROGRESS (far_ad_progress_get_type ())

/* POST /refunds */
typedef struct {
  gint64 refunded_micros;
  gint64 tab_micros;
  gint64 wallet_micros;
} FarRefund;
FAR_DECLARE_RC_BOXED (FarRefund, far_refund)
#define FAR_TYPE_REFUND (far_refund_get_type ())

typedef struct {
  gint64 time_us;
  char *kind;            /* "pledge" "ad" "refund" "charge" "write_off" "topup" "wallet_refund" */
  char *article;         /* "" = none */
  gint64 amount_micros;
} FarWalletEntry;

/* The last time that a tab was charged. */
typedef struct {
  char *state;           /* "begun" "unknown" "succeeded" "failed" */
  gint64 amount_micros;
  gint64 time_us;
  char *reason;          /* why it failed or is not known, for people; "" = none */
  char *url;             /* where the reader's bank wants to see them; "" = nowhere */
} FarCharge;
FAR_DECLARE_RC_BOXED (FarCharge, far_charge)
#define FAR_TYPE_CHARGE (far_charge_get_type ())

/* What the reader will not go beyond. -1: no cap; 0: nothing may be pledged. */
typedef struct {
  gint64 day_micros;
  gint64 month_micros;
  gint64 day_spent_micros;
  gint64 month_spent_micros;
} FarCaps;
FAR_DECLARE_RC_BOXED (FarCaps, far_caps)
#define FAR_TYPE_CAPS (far_caps_get_type ())

/* GET /wallet */
typedef struct {
  char *currency;
  gint64 tab_micros;
  gint64 wallet_micros;
  gint64 pledges;
  gint64 free_limit;     /* pledges (or micros) without a payment method */
  gboolean method;       /* one is on file */
  gboolean method_required;
  gint64 cap_micros;     /* what may be owed */
  gint64 minimum_micros; /* the least that the payment provider charges */
  gint64 threshold_micros; /* a tab of so much is charged */
  gint64 due_us;         /* when it is charged in any case; 0 = nothing is owed */
  gint64 refundable_micros; /* of the wallet, back to where it came from */
  char *money;           /* "test" "live"; "" = not said */
  FarCaps *caps;         /* (nullable): a publication that has none */
  FarCharge *charge;     /* (nullable): never charged yet */
  GPtrArray *history;    /* (element-type FarWalletEntry), newest first */
} FarWallet;
FAR_DECLARE_RC_BOXED (FarWallet, far_wallet)
#define FAR_TYPE_WALLET (far_wallet_get_type ())

/* POST /tab/payments, and what adding a payment method led to */
typedef struct {
  FarCharge *charge;     /* (nullable): there was nothing to charge */
  gint64 tab_micros;
  gint64 wallet_micros;
} FarTabPayment;
FAR_DECLARE_RC_BOXED (FarTabPayment, far_tab_payment)
#define FAR_TYPE_TAB_PAYMENT (far_tab_payment_get_type ())

/* A visit to the provider's page: POST /wallet/setups, POST /wallet/topups,
 * GET /wallet/checkouts/{checkout} */
typedef struct {
  char *checkout;        /* 32 hex digits */
  char *kind;            /* "setup" "topup" */
  char *state;           /* "open" "processing" "succeeded" "failed" "expired" */
  char *url;             /* to be opened in a browser; "" once it is over */
  gint64 expires_us;
  gint64 amount_micros;  /* of a top-up */
  char *currency;
  gint64 wallet_micros;
  gint64 tab_micros;
  gboolean method;       /* one is on file now */
  FarCharge *charge;     /* (nullable): what the new method paid at once */
} FarCheckout;
FAR_DECLARE_RC_BOXED (FarCheckout, far_checkout)
#define FAR_TYPE_CHECKOUT (far_checkout_get_type ())

/* POST /wallet/refunds */
typedef struct {
  gint64 refunded_micros;
  gint64 pending_micros;  /* on its way; the bank takes its time */
  gint64 failed_micros;   /* in the wallet again */
  gint64 wallet_micros;
} FarWalletRefund;
FAR_DECLARE_RC_BOXED (FarWalletRefund, far_wallet_refund)
#define FAR_TYPE_WALLET_REFUND (far_wallet_refund_get_type ())

/* GET /wallet/history */
typedef struct {
  GPtrArray *entries;    /* (element-type FarWalletEntry), newest first */
  char *next;            /* where the next page begins; "" = this was the last */
} FarHistory;
FAR_DECLARE_RC_BOXED (FarHistory, far_history)
#define FAR_TYPE_HISTORY (far_history_get_type ())

/* POST /wallet/deletion. Sentences for people. */
typedef struct {
  GPtrArray *erased;     /* (element-type utf8) */
  GPtrArray *kept;       /* (element-type utf8): what stays, and why */
} FarDeletion;
FAR_DECLARE_RC_BOXED (FarDeletion, far_deletion)
#define FAR_TYPE_DELETION (far_deletion_get_type ())

/* What was earned by one article, in one hour or on one day. */
typedef struct {
  char *label;           /* article id, "2026-11-23"; "" for hours */
  gint64 time_us;        /* of an hour; else 0 */
  gint64 pay_micros;
  gint64 ad_micros;
  gint64 refund_micros;
  gint64 pledges;
  gint64 views;
  gint64 refunds;
} FarEarningsRow;

/* GET /earnings */
typedef struct {
  char *currency;
  gint64 publisher_micros; /* pay − refund − write_off + ad = estimated + final */
  gint64 pay_micros;
  gint64 ad_micros;
  gint64 fee_micros;
  gint64 refund_micros;
  gint64 write_off_micros;
  gint64 estimated_micros;
  gint64 final_micros;
  gint64 pledges;
  gint64 views;
  gint64 refunds;
  gint64 as_of_us;
  /* Of the publisher's account; only where has_account (an older market does not tell). */
  gboolean has_account;
  char *publisher;
  char *fee_receiver;      /* "" = not named */
  gint64 disputed_micros;
  gint64 balance_micros;   /* final, on account; negative is carried on */
  gint64 held_micros;      /* of it, what readers may still ask back */
  gint64 payable_micros;   /* balance − held */
  gint64 in_payout_micros; /* on its way to the bank */
  gint64 paid_out_micros;
  gint64 threshold_micros; /* less is not paid out */
  GPtrArray *articles;   /* (element-type FarEarningsRow), those that earned most first */
  GPtrArray *days;       /* (element-type FarEarningsRow) */
  GPtrArray *hours;      /* (element-type FarEarningsRow), of today */
} FarEarnings;
FAR_DECLARE_RC_BOXED (FarEarnings, far_earnings)
#define FAR_TYPE_EARNINGS (far_earnings_get_type ())

G_END_DECLS
