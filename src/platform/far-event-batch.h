/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of a queue as the event a function gets, and its answer as what becomes of them.
 * Formats: Lambda's event of SQS, and ReportBatchItemFailures. Pure; any thread. */
#pragma once

#include "platform/far-queue.h"

G_BEGIN_DECLS

#define FAR_EVENT_BATCH_MAX 10000 /* messages: SQS's, of a standard queue */

/* messages: of FarMessage. Returns: (transfer full): JSON */
char    *far_event_batch_build    (GPtrArray *messages, const char *arn, gsize *ret_length);
/* Which of the n_ids messages failed, by ReportBatchItemFailures. Nothing, null, {} and an empty
 * list are a success of all. FALSE: the answer cannot be read, or names what was not in the batch:
 * then all have failed. */
gboolean far_event_batch_failures (const char *payload, gsize n_payload, const FarId *ids,
                                   guint n_ids, gboolean *ret_failed);

G_END_DECLS
