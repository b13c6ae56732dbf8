/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of farthingctl connect; and meeting ledgers, which others do too. */
#pragma once

#include "client/far-deployments.h"
#include "client/far-journal.h"
#include "terminal/far-terminal.h"

G_BEGIN_DECLS

/* One of the list, as JSON; and the age of its newest sample for people, (transfer full). */
void  far_connect_add_info (FarJsonWriter *w, const FarDeploymentInfo *info);
char *far_connect_age      (const FarDeploymentInfo *info);

/* Return exit codes. */
int far_connect_show     (FarTerminal *self, const char *id);
int far_connect_verify   (FarTerminal *self, const char *id);
int far_connect_earnings (FarTerminal *self, const char *id);

/* Holds a ledger against what was seen of it before, and keeps what is seen now. id: (nullable): of
 * a deployment; NULL: the platform's own. Returns: (transfer full) (nullable): g_free() */
FarLedgerContact *far_terminal_meet (FarTerminal *self, const char *id, GError **error);
/* The end of a command that has printed what a ledger says. Returns: code, or FAR_EXIT_FAILED,
 * having said so, where the ledger is not what it was */
int far_terminal_end_with_ledger (FarTerminal *self, const char *id, int code);

G_END_DECLS
