/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control plane of Lambda's API, without its transport: functions and their code, concurrency,
 * what becomes of asynchronous events, function URLs, event sources, account settings. Who asks has
 * been authenticated: by a signature on the Lambda listener, by the socket's owner on the control
 * API.
 *
 * An operation is told once, from the call or later; what changes something is told when it is on
 * the disk. Thread: the loop's; uploaded code is unpacked on another. */
#pragma once

#include "platform/far-event-source.h"
#include "platform/far-registry.h"

G_BEGIN_DECLS

/* Of a request: a zip of FAR_CODE_ZIP_MAX in base64. */
#define FAR_LAMBDA_CONTROL_BODY_MAX (70 * 1024 * 1024)
/* Operations under way; more are refused with 429. */
#define FAR_LAMBDA_OPERATIONS_MAX 64

typedef struct _FarLambdaControl FarLambdaControl;

typedef struct {
  const char *method;
  const char *path;  /* as sent */
  const char *query; /* as sent, "" without one */
  const char *body;
  gsize       n_body;
} FarLambdaRequest;

/* error_type: (nullable): with a status from 400. body: JSON, "" for 204; borrowed. */
typedef void (*FarLambdaAnswer) (guint status, const char *error_type, const char *body,
                                 gsize n_body, gpointer user_data);

/* lambda_url: where function URLs are served. All outlive it. */
FarLambdaControl *far_lambda_control_new    (FarDispatcher *dispatcher, FarRegistry *registry,
                                             FarQueues *queues, FarEventSources *sources,
                                             const char *lambda_url);
/* Operations under way go on, and nobody is told. */
void              far_lambda_control_free   (FarLambdaControl *self);
void              far_lambda_control_handle (FarLambdaControl *self,
                                             const FarLambdaRequest *request,
                                             FarLambdaAnswer answer, gpointer user_data);

/* "name", "function:name", "account:function:name" or a whole ARN, each with ":qualifier" or
 * without. Returns: (transfer full) (nullable): the name */
char             *far_lambda_parse_name     (const char *text, char **ret_qualifier);
/* By such a name and the Qualifier of a query, each without one, with $LATEST or with the
 * function's alias. Returns: (nullable) */
FarFunction      *far_lambda_find_function  (FarDispatcher *dispatcher, const char *text,
                                             const char *query);
/* Why there is none. ret_message: (transfer full). Returns: the status to refuse it with */
guint             far_lambda_explain_name   (const char *text, const char *query,
                                             const char **ret_type, char **ret_message);
/* Of a query, unescaped. Returns: (transfer full) (nullable) */
char             *far_lambda_query_value    (const char *query, const char *name);
/* Valid JSON as a header may carry it: on one line, and ASCII by escapes. n_bytes: -1 = all.
 * Returns: (transfer full) */
char             *far_lambda_to_ascii       (const char *json, gssize n_bytes);
/* {"Type", "Message"}, appended. */
void              far_lambda_error_body     (guint status, const char *message, GString *body);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarLambdaControl, far_lambda_control_free)

G_END_DECLS
