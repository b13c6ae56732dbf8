/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the bookkeeper understands: every command, its fields, its answer and its refusals.
 *
 * WIRE. A connection is a stream of frames (base/far-frame.h: 4 bytes of big-endian length, then
 * strict JSON, at most FAR_FRAME_MAX bytes). One request at a time on a connection:
 *   {"command":"pledge", …}  →  {"ok":true, …}  or  {"error":{"code":C,"message":TEXT}}
 * Every member named below must be there unless it is marked with "?"; a member that is not named
 * is refused (bad_request), so that a misspelt one cannot be lost. An answer leaves only after the
 * commit that holds its effects is on the disk.
 *
 * TYPES
 *   micros    a decimal string of micros, 1 ≤ value ≤ FAR_MICROS_MAX unless said otherwise
 *   …_us      µs since the epoch as an integer; 0 = never
 *   key       idempotency key: 1–128 printable ASCII characters without space
 *   reader    64 hex digits, the reader's Ed25519 public key
 *   property, article, campaign, advertiser, creative
 *             1–128 characters of [A-Za-z0-9._:/-]
 *   view, tab, intent
 *             32 hex digits
 *
 * KEYS. A key is scoped to principal, command and reader (or tab): the same request again gets the
 * stored answer, also when that was a refusal (a refusal is final for its key, so a copy that
 * arrives late cannot move money any more: after adding a payment method, pledge with a new key).
 * Other content under a used key is idempotency_mismatch. Codes marked with "*" are not about the
 * state of the books, are not stored, and may be retried with the same key. Kept for 30 days.
 *
 * CODES that any command may answer: bad_request* unknown_command* not_allowed* (not granted to
 * this principal) busy* (too much is waiting: try again in a moment) unknown* (the commit failed or
 * timed out: ask again with the same key) internal* overflow.
 *
 * PROPERTY
 *   property.ensure   property currency publisher? publisher_name? terms{…} → created changed
 *       publisher: whose property it is; where it is absent, one of the property's own name.
 *       publisher_name (1–70): the legal name, until publisher.set has given one.
 *       Registers a property and its terms, or changes them for what comes later. All terms are
 *       optional (default in brackets):
 *         fee_bps            int 0–10000, the fee of a pledge or an ad in basis points [0]
 *         fee_receiver       string ≤ 128, who gets it [""]
 *         free_type          "count" | "amount" [count]
 *         free_limit         count: int 0–1000 as string of digits [2]; amount: micros
 *         refund_window_s    int 0–31536000 [86400]
 *         reader_cap_micros  what one reader may owe with no payment method, across properties
 *                            [100 cents, see far_terms_cent_micros()]
 *         tab_cap_micros     what one reader may owe with one [2,000 cents]
 *         hour_cap_micros    unsecured pledges of all readers in one hour [25,000 cents]
 *         network_cap        int: new readers of one network prefix and day who pledge with no
 *                            payment method [50]
 *         least_charge_micros  no card is charged less, nor a wallet filled with less; 0: what the
 *                            provider asks [0]. At most tab_cap_micros; less than the provider
 *                            asks only with least_charge_own_risk true. Of all properties in a
 *                            currency the highest counts: a reader has one tab for them
 *       wrong_currency (a property keeps the currency it began with)
 *   Call it from the scheduled function, and from any other that was answered unknown_property*
 *   (then repeat the command with the same key).
 *
 * READERS
 *   pledge            key reader property article price_micros currency network?
 *       → moved_micros tab_micros wallet_micros existing paid_from("tab"|"wallet"|null)
 *         entitlement{article by("pledge"|"wallet"|"ad") since_us refundable_until_us}
 *       An article the reader is entitled to already: existing true, moved_micros "0",
 *       paid_from null, whatever the key. A wallet that holds the price pays first.
 *       refundable_until_us is 0 if not refundable. network: the prefix the reader comes from, by
 *       which new readers are counted (see NETWORKS); not told, not counted.
 *       unknown_property* wrong_currency payment_method_required (also where the last charge by the
 *       one that there is has failed) exposure_limit cap_reached (the reader's own)
 *   entitlement       reader property article
 *       → entitled, and if so: by since_us refundable_until_us
 *   refund            key reader property article
 *       → refunded_micros to_tab_micros to_wallet_micros tab_micros wallet_micros
 *         text_until("leave")
 *       What was not yet charged comes off the tab, what was charged goes to the wallet.
 *       not_entitled not_refundable (after an ad, or written off) window_over refund_limit
 *       (10 a reader and day) unknown_property*
 *   wallet            reader property
 *       → currency tab_micros wallet_micros pledges free_type free_limit(string) method(bool)
 *         method_required(bool: a pledge now would be refused without a method; the price matters
 *         to the amount limit only when asked) cap_micros
 *         minimum_micros(the least charge) threshold_micros(a tab of so much is charged)
 *         due_us(when it is charged in any case; 0: nothing is owed)
 *         wallet_refundable_micros money("test"|"live")
 *         caps{day_micros month_micros(null: none) day_spent_micros month_spent_micros}
 *         charge(the last one, or null){state amount_micros time_us reason url}
 *         history[{time_us article kind("pledge"|"ad"|"refund"|"charge"|"write_off"|"topup"
 *         |"wallet_refund") amount_micros}]
 *       newest first, at most 100; a reader never seen has zeros. `pledges` counts those of this
 *       property that were not refunded. Amounts of ads are what the advertiser paid.
 *       unknown_property*
 *   history           reader property limit?(int 1–100 [100]) before?("next" of the page before)
 *       → entries[…as in wallet] next(string or null)   unknown_property*
 *   caps.set          key reader property day_micros? month_micros?
 *       → caps{…}. What the reader will not go beyond in a (UTC) day and month, in the currency of
 *       the property and across properties; absent: no cap, "0": nothing may be pledged.
 *       unknown_property*
 *   method.set        key reader customer payment_method   (strings ≤ 255 of printable ASCII, as
 *       the provider named them)  → method(true)
 *         tabs[{currency tab_micros}]
 *
 *   reader.export     reader section? after?(int)
 *       → section rows[{…}] next(int, 0: the section is whole) next_section(or null)
 *       All that is held on a reader, table by table: ask until next_section is null.
 *   reader.delete     reader confirm(bool)
 *       → known deleted customer(as the provider names them, or null)
 *         left[{currency amount_micros}]
 *       Erases what leads to the person. confirm false only says whether it could be done, and what
 *       the provider is to forget first. left: what is too little to be moved, and stays.
 *       What is owed, can no longer be taken back and is too little to be charged is written off.
 *       not_settled (the message says what must happen first)
 *
 * CHECKOUTS (visits to the provider's page)
 *   checkout.begin    key reader property kind("setup"|"topup") amount_micros?(of a top-up)
 *       → checkout(32 hex) money kind amount_micros currency customer(or null)
 *       Before the provider is asked for a page; tell it this id. A top-up is whole units of the
 *       provider's. unknown_property* under_minimum exposure_limit
 *   checkout.session  checkout session url → state      unknown_checkout conflict
 *   checkout.get      reader checkout
 *       → checkout kind state("open"|"processing"|"succeeded"|"failed"|"expired") amount_micros
 *         currency session url method(bool) begun_us tab_micros wallet_micros
 *         chargeable_tab(id, or null: what a new method can pay at once)
 *       unknown_checkout (also another reader's)
 *   checkout.finish   checkout outcome("processing"|"succeeded"|"failed"|"expired")
 *                     customer? payment_method?(both of a setup that succeeded)
 *                     provider_id?(of a top-up that succeeded) fee_micros? fee_currency?
 *       → as checkout.get. Again, late or in another order: an end stays, but a success is booked
 *         also after a failure. unknown_checkout
 *   checkouts.open    before_us?(int) → checkouts[{checkout kind session begun_us state}]
 *
 * REFUNDS OF WALLETS
 *   wallet.refund.begin  key reader property
 *       → refunds[{refund(32 hex) money payment(as the provider names it) amount_micros
 *         currency}]
 *       What the wallet holds, back to what this reader has paid, newest first; it is out of the
 *       wallet at once. unknown_property* wallet_empty
 *   wallet.refund.finish refund outcome("succeeded"|"failed"|"unknown") provider_id?
 *       → state amount_micros wallet_micros. Failed brings it back, also after it had succeeded.
 *       unknown_refund
 *   refunds.open      → refunds[{…as above}] whose outcome is not known yet
 *
 * VIEWS OF ADS
 *   campaign.ensure   campaigns[{campaign advertiser budget_micros currency frequency_cap?}] (≤ 64)
 *       → created(int) funded_micros
 *       Test money only: makes what is missing and funds it once; a budget that grew is topped up,
 *       one that shrank stays. frequency_cap: completed or reserved views for one reader and day
 *       (UTC), 1–1000 [10]. live_money wrong_currency
 *   view.reserve      key reader property article
 *                     candidates[{campaign creative duration_ms total_bytes price_micros}] (≤ 32)
 *       → view campaign creative duration_ms price_micros expires_us
 *       or view null, reason("no_candidates"|"no_budget"|"frequency_cap")
 *       Ranked; the first with budget and under its cap wins, and its price is reserved until
 *       expires_us (duration + 120 s). duration_ms 1,000–120,000, total_bytes 1–64 MiB (the size
 *       of the file the reader must fetch). price_micros is for one completed view. An open view of
 *       the same reader and article is closed. Candidates are not part of what the key is
 *       compared by. unknown_property* unknown_campaign* already_entitled too_many_views (4 open)
 *   view.get          reader view
 *       → property article campaign creative state expires_us
 *       So that the function that serves the creative knows the file. unknown_view (also another
 *       reader's)
 *   view.fetched      reader view bytes(int ≥ 1)
 *       → fetched_bytes total_bytes
 *       Adds what was sent. unknown_view view_closed view_expired
 *   view.event        reader view event("start"|"firstQuartile"|"midpoint"|"thirdQuartile"
 *                     |"complete"|"abandon") visible_ms?(int) muted?(bool)
 *       → state("reserved"|"started"|…|"completed"|"abandoned") entitled wait_ms
 *         publisher_micros(what the completion paid the publisher, else "0")
 *         entitlement{…} once completed
 *       In this order, each not before its quarter of the duration has passed by our clock, less
 *       250 ms + 5 % of the duration: too_soon names the ms to wait in the message and
 *       nothing changes. wait_ms: until the next event will be taken. The last event again answers
 *       the same. visible_ms and muted are kept as client-reported and decide nothing. Completion
 *       posts the reserved money, splits it and entitles in one commit.
 *       unknown_view too_soon out_of_order not_fetched (the file was not sent whole) view_expired
 *       view_closed
 *
 *   money ("test" or "live") stands with whatever is to be carried out by the provider: its key
 *   must be for the same.
 *
 * SETTLEMENT
 *   tabs.due          limit?(int 1–100 [50])
 *       → tabs[{tab amount_micros currency items reason("threshold"|"month")}]
 *         open[{intent money amount_micros currency customer payment_method
 *         state("begun"|"unknown") created_us}]
 *       Tabs that charge.begin would take now; and charges whose outcome is not known yet, to be
 *       resolved first: make the same call again with the intent as the provider's idempotency key.
 *   tab.pay           key reader property
 *       → as charge.begin: because the reader asks, due or not. unknown_property* nothing_due
 *       under_minimum payment_method_required charge_in_flight
 *   charge.begin      key tab asked?(bool: as in tab.pay)
 *       → intent money amount_micros currency customer payment_method created_us
 *       The row is on disk before the provider is called. Use `intent` as the provider's
 *       Idempotency-Key. amount_micros is in whole minor units; the rest stays on the tab.
 *       unknown_tab nothing_due payment_method_required charge_in_flight
 *   charge.finish     intent outcome("succeeded"|"failed"|"unknown") provider_id? fee_micros?(0 ok)
 *                     fee_currency?(of the provider's account; the tab's) reason?(a word)
 *                     action_url?(where the bank wants the reader)
 *       → state("succeeded"|"failed"|"unknown") amount_micros to_wallet_micros
 *       unknown (a time-out) leaves it open. The same outcome again answers the same; a failure
 *       after a success is conflict. What was refunded meanwhile goes to the wallet; so does all of
 *       a charge that had failed and succeeds after all.
 *       unknown_intent conflict
 *
 * NETWORKS. A new reader is one without pledges and without payment method. The counter of a
 * network is an HMAC under a key that is destroyed with the (UTC) day; the prefix is not kept.
 *
 * DISPUTES
 *   dispute.apply     dispute payment status("opened"|"won"|"lost") amount_micros fee_micros?(0 ok)
 *                     fee_currency?
 *       → state amount_micros wallet_micros loss_micros
 *       Where a dispute stands by the provider, in any order and as often as one likes: opened and
 *       lost take every item of the charge back, won gives it back. dispute, payment: the
 *       provider's ids (payment: charge.finish's provider_id, or a top-up's). fee_micros: what the
 *       provider asks for it, borne by the platform. unknown_intent charge_in_flight conflict
 *
 * PUBLISHER
 *   In these, token is the SHA-256 of the bearer token that was presented, 64 hex digits: of role
 *   publisher, with a scope of "*", the property's name or its publisher's; "property:NAME" or
 *   "publisher:NAME" says which of the two, and must where a publisher and another one's property
 *   share the name. The operator (commands that came by the control API) needs none. unauthorized
 *   earnings          token? property days?(int 1–90 [30])
 *       → publisher fee_receiver currency publisher_micros pay_micros ad_micros refund_micros
 *         pledges views refunds fee_micros write_off_micros estimated_micros final_micros
 *         disputed_micros balance_micros held_micros payable_micros in_payout_micros
 *         paid_out_micros threshold_micros as_of_us
 *         articles[{article pay_micros ad_micros refund_micros pledges views refunds}]
 *         (the 100 that earned most) articles_left_off
 *         days[{day("2026-11-23") pay_micros ad_micros refund_micros pledges views refunds}]
 *         hours[{hour_us pay_micros ad_micros refund_micros pledges views refunds}] (today, UTC)
 *       All are the publisher's share. pay_micros is gross of refunds, refund_micros positive:
 *       publisher_micros = pay − refund − write_off + ad − disputed = estimated + final;
 *       final = balance + in_payout + paid_out; payable = balance − held (what a reader may still
 *       ask back). fee_micros is the fee that stands. unknown_property*
 *   earnings.articles token? property? currency? from_us? to_us? offset?
 *       → currency money from_us to_us total{…} articles[{property article net_micros pay_micros
 *         ad_micros refund_micros write_off_micros disputed_micros fee_micros pledges views
 *         refunds}] (those that earned most first, 100 from offset on) n_articles
 *         next_offset(or null)
 *       What came and went in that time, by the journal's rows: a refund counts when it was made.
 *       net = pay + ad − refund − write_off − disputed, the publisher's share. wrong_currency*
 *       unknown_property*
 *   trace             token? property pledge?|transfer?|article? limit?(int 1–50 [10])
 *       → pledges[{pledge property article currency price_micros publisher_micros fee_micros
 *         fee_bps fee_receiver state("open"|"settled"|"refunded"|"written_off") time_us
 *         steps[{kind time_us to("publisher"|"fee") micros transfer? seq? …}]}]
 *       Where the money of a pledge went. kinds: pledged paid_from_wallet charged{intent
 *       charge_micros(what of it was for this property; all of it for the operator)} settled
 *       refunded written_off disputed{dispute state} dispute_won{dispute state}
 *       paid_out{payout state} balanced_others_refunds on_account; the last three follow the
 *       settled row they are about, first in, first out, and come to as much; less where some of
 *       it was taken back. not_found* unknown_property*
 *   statement         token? month("2026-11") publisher?|property? currency?
 *       → month publisher property currency money from_us to_us complete
 *         estimated|final|fee_estimated|fee_final{opening_micros lines[{kind micros n}]
 *         closing_micros}
 *         summary{gross_micros taken_back_micros fee_micros net_micros paid_out_micros}
 *         books[{account accounts opening_micros debits_micros credits_micros closing_micros}]
 *       Credits less debits, from the journal alone. kinds: pledges wallet ads settled refunds
 *       write_offs disputes disputes_won payouts payouts_failed other. gross − taken_back − fee =
 *       net. books (the trial balance by kind of account) only where neither publisher nor property
 *       is named. unknown_property* unknown_publisher* not_found* wrong_currency
 *   payout.list       token? publisher?|property? batch? limit?(int 1–100 [50])
 *       → payouts[{payout batch publisher legal_name currency amount_micros account(masked)
 *         state("prepared"|"exported"|"paid"|"failed") made_us ended_us note}]
 *       Newest first. Of a property: those that it gave to, with its own part as amount.
 *       unknown_publisher* unknown_property*
 *
 * OPERATOR
 *   ledger.status     → transfers root checkpoints money("test"|"live")
 *   ledger.health     → payments_waiting oldest_age_us(0 without one) payout_mismatch_micros
 *                       paid_in(bool) paid_back(bool)
 *       Payments whose end the provider has not told, and by how much the payouts that are on their
 *       way are not what the journal has on its way. Whether the provider has ever moved money here
 *       (a charge, a top-up), and back (a refund of a wallet).
 *   ledger.verify     → ok transfers rows accounts root checkpoints
 *                       first_bad(row number or null) message?
 *       Here `ok` is the verdict. The ledger's own verification, and that tabs, entitlements and
 *       earnings are what the journal says.
 *   ledger.rotate_key → key(NAME+HASH+BASE64, the new one) size
 *       The old key signs the new one and is gone. conflict (replaced too often)
 *       unknown* (look at ledger.checkpoint: it may have happened)
 *
 *   ledger.backup     directory(absolute; a new one) → directory transfers rows root checkpoints
 *                       bytes
 *       A verified copy of one moment, made beside the writer (far-backup.h). conflict (a folder is
 *       there)
 *   publisher.set     publisher legal_name? iban? bic? threshold_micros?
 *       → publisher legal_name account(masked, or null) bic threshold_micros
 *       Makes the publisher where it is missing. A threshold of 20000000, which is where it begins,
 *       stands for about as much in any currency; another one is taken as it is. bad_account*
 *   publisher.list    offset?
 *       → publishers[{publisher legal_name account bic threshold_micros
 *         properties[{property currency balance_micros held_micros payable_micros
 *         in_payout_micros paid_out_micros disputed_micros threshold_micros(in its currency)}]}]
 *         next_offset(or null: that was all; a publisher may go on in the next answer)
 *   house.set         legal_name iban bic? → legal_name account bic      (who pays) bad_account*
 *   house.get         → legal_name account bic
 *   payout.prepare    key publisher? currency?
 *       → batches[{batch currency payouts amount_micros}]
 *         skipped[{publisher currency reason("below_threshold"|"no_account"|"negative"|"in_payout")
 *         payable_micros}]
 *       Takes what may be paid, in whole units, for each publisher that has reached its threshold.
 *       unknown_publisher*
 *   payout.export     batch format("pain.001"|"csv") offset?
 *       → batch payouts text total next_offset(or null)
 *       The file for the bank, in slices. unknown_batch* bad_account* (house.set first)
 *   payout.paid       key payout reference? → state amount_micros currency
 *   payout.failed     key payout reason     → state amount_micros currency
 *       The same again answers the same; the other is conflict. unknown_payout*
 *   token.create      hash role("publisher"|"advertiser"|"operator") scope label expires_us?
 *       → token(16 hex digits, its id) role scope label expires_us
 *       Who makes a token keeps it; only its SHA-256 comes here. conflict
 *   token.list        → tokens[{token role scope label state("valid"|"expired"|"revoked") made_us
 *         expires_us revoked_us}]
 *   token.revoke      token → token revoked_us      not_found* conflict (publisher.token's)
 *
 * PROOF
 *   ledger.checkpoint from?(int)
 *       → origin money key(the first one) rotations[note] checkpoint(note) size root
 *         from proof[64 hex digits]
 *       The last signed checkpoint; the notes by which the first key hands on to later ones; and
 *       the proof that the log of `from` rows is the beginning of the one of `size` rows (null
 *       where it is longer). See ledger/far-checkpoint.h.
 *   receipts          reader property article
 *       → receipts[{what("pledge"|"fee"|"refund"|"refund_fee"|"write_off"|"other") transfer seq
 *         amount_micros currency time_us receipt(text)}] left_off
 *       What was booked on the reader's own tab and wallet for the last time the article was paid
 *       for; each with its proof (ledger/far-receipt.h). not_found* not_checkpointed_yet* (ask
 *       again in a second) unknown_property*
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_COMMAND_ERROR (far_command_error_quark ())
GQuark far_command_error_quark (void);

/* name, wire code, whether it is final for its key (see KEYS). The client's list in
 * lambda/far-bookkeeper-client.h is held to this one by a test. */
#define FAR_COMMAND_ERRORS(X)                                         \
  X (BAD_REQUEST, "bad_request", FALSE)                               \
  X (UNKNOWN_COMMAND, "unknown_command", FALSE)                       \
  X (NOT_ALLOWED, "not_allowed", FALSE)                               \
  X (UNAUTHORIZED, "unauthorized", FALSE)                             \
  X (BUSY, "busy", FALSE)                                             \
  X (UNKNOWN, "unknown", FALSE)                                       \
  X (INTERNAL, "internal", FALSE)                                     \
  X (IDEMPOTENCY_MISMATCH, "idempotency_mismatch", FALSE)             \
  X (UNKNOWN_PROPERTY, "unknown_property", FALSE)                     \
  X (UNKNOWN_CAMPAIGN, "unknown_campaign", FALSE)                     \
  X (UNKNOWN_VIEW, "unknown_view", TRUE)                              \
  X (UNKNOWN_TAB, "unknown_tab", TRUE)                                \
  X (UNKNOWN_INTENT, "unknown_intent", TRUE)                          \
  X (WRONG_CURRENCY, "wrong_currency", TRUE)                          \
  X (PAYMENT_METHOD_REQUIRED, "payment_method_required", TRUE)        \
  X (EXPOSURE_LIMIT, "exposure_limit", TRUE)                          \
  X (CAP_REACHED, "cap_reached", TRUE)                                \
  X (UNDER_MINIMUM, "under_minimum", TRUE)                            \
  X (UNKNOWN_CHECKOUT, "unknown_checkout", TRUE)                      \
  X (UNKNOWN_REFUND, "unknown_refund", TRUE)                          \
  X (WALLET_EMPTY, "wallet_empty", TRUE)                              \
  X (NOT_SETTLED, "not_settled", TRUE)                                \
  X (ALREADY_ENTITLED, "already_entitled", TRUE)                      \
  X (NOT_ENTITLED, "not_entitled", TRUE)                              \
  X (NOT_REFUNDABLE, "not_refundable", TRUE)                          \
  X (WINDOW_OVER, "window_over", TRUE)                                \
  X (REFUND_LIMIT, "refund_limit", TRUE)                              \
  X (TOO_MANY_VIEWS, "too_many_views", TRUE)                          \
  X (TOO_SOON, "too_soon", TRUE)                                      \
  X (OUT_OF_ORDER, "out_of_order", TRUE)                              \
  X (NOT_FETCHED, "not_fetched", TRUE)                                \
  X (VIEW_EXPIRED, "view_expired", TRUE)                              \
  X (VIEW_CLOSED, "view_closed", TRUE)                                \
  X (CHARGE_IN_FLIGHT, "charge_in_flight", TRUE)                      \
  X (NOTHING_DUE, "nothing_due", TRUE)                                \
  X (CONFLICT, "conflict", TRUE)                                      \
  X (INSUFFICIENT_FUNDS, "insufficient_funds", TRUE)                  \
  X (LIVE_MONEY, "live_money", TRUE)                                  \
  X (UNKNOWN_PUBLISHER, "unknown_publisher", FALSE)                   \
  X (UNKNOWN_PAYOUT, "unknown_payout", FALSE)                         \
  X (UNKNOWN_BATCH, "unknown_batch", FALSE)                           \
  X (BAD_ACCOUNT, "bad_account", FALSE)                               \
  X (NOT_FOUND, "not_found", FALSE)                                   \
  X (NOT_CHECKPOINTED, "not_checkpointed_yet", FALSE)                 \
  X (OVERFLOW, "overflow", TRUE)

typedef enum {
#define FAR_COMMAND_ERROR_MEMBER(name, code, final) FAR_COMMAND_ERROR_##name,
  FAR_COMMAND_ERRORS (FAR_COMMAND_ERROR_MEMBER)
#undef FAR_COMMAND_ERROR_MEMBER
  FAR_COMMAND_N_ERRORS
} FarCommandError;

/* The wire code; "internal" for an error of another domain. Returns: a static string. */
const char *far_command_error_code     (const GError *error);
gboolean    far_command_error_is_final (const GError *error);

G_END_DECLS
