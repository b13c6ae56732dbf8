/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the commands about money share: the operator's commands of the bookkeeper, and JSON on its
 * way to people. Main thread. */
#pragma once

#include "base/far-money.h"
#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* Connects and gives a command (bookkeeper/far-commands.h). fields: (nullable) (transfer full).
 * Returns: (transfer full) (nullable): the answer */
JsonObject *far_terminal_money   (FarTerminal *self, const char *command, JsonObject *fields,
                                  GError **error);
/* Meets the ledger before figures of it are shown: its signed checkpoint must continue the one that
 * was shown here last, which is kept (client/far-witness.h). FALSE if it does not, or cannot be
 * asked. */
gboolean    far_terminal_witness (FarTerminal *self, GError **error);
/* far_terminal_money() for what shows figures: after meeting the ledger. */
JsonObject *far_terminal_figures (FarTerminal *self, const char *command, JsonObject *fields,
                                  GError **error);
/* publisher.list, all pages of it as one. Returns: (transfer full) (nullable) */
JsonObject *far_terminal_publishers (FarTerminal *self, GError **error);
/* Prints the answer without its "ok", for programs. */
void        far_terminal_print_answer (JsonObject *answer);
/* Runs farthing-bookkeeper with these arguments, which must end by themselves, and reads the object
 * it prints. *ret_ok: it exited with 0. Returns: (transfer full) (nullable) */
JsonNode   *far_terminal_bookkeeper   (const char *const *arguments, gboolean *ret_ok,
                                       GError **error);

/* farthingctl earnings --trace: where the money of a pledge went. what: the id of a pledge or of a
 * transfer, or an article. property: (nullable): the only one. Returns: the exit code */
int         far_terminal_trace   (FarTerminal *self, const char *what, const char *property);

/* Members of an answer. What is missing is "", 0 or nothing. */
const char *far_answer_text    (JsonObject *object, const char *name);
gint64      far_answer_int     (JsonObject *object, const char *name);
gint64      far_answer_micros  (JsonObject *object, const char *name);
guint       far_answer_length  (JsonObject *object, const char *name);
JsonObject *far_answer_nth     (JsonObject *object, const char *name, guint n);
/* "12.345600": to the micro, so that the points stand below each other. Returns: (transfer full) */
char       *far_answer_exact   (gint64 micros);
/* "12.345678 USD"; exact. Returns: (transfer full) */
char       *far_answer_amount  (JsonObject *object, const char *name, const char *currency);
/* "2026-11-23 12:00"; "" for 0. Returns: (transfer full) */
char       *far_answer_time    (JsonObject *object, const char *name);

G_END_DECLS
