/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the function library know of each other. */
#pragma once

#include <sys/uio.h>

#include "lambda/far-lambda.h"

G_BEGIN_DECLS

/* far-lambda-service.c. Returns: a connected, close-on-exec socket, or -1. */
int                far_lambda_connect_tcp      (const char *address, GError **error);

/* far-lambda-socket.c. FAR_LAMBDA_ERROR_CLOSED once the other side has gone, else _PROTOCOL. */
/* Sets the error from errno, 0 being the end of the stream. Returns: FALSE */
gboolean           far_lambda_socket_error     (GError **error, const char *what);
/* vector is used up. Blocks until the kernel has all of it. */
gboolean           far_lambda_send_all         (int fd, struct iovec *vector, guint n_parts,
                                                GError **error);
/* Waits for something, and appends what is there, at most room bytes. */
gboolean           far_lambda_receive_more     (int fd, GByteArray *buffer, gsize room,
                                                GError **error);

/* far-lambda-log.c. id: (nullable): of the invocation that runs now; borrowed until the next. */
void               far_lambda_log_set_request  (const char *id, FarClock *clock);

/* far-lambda-trace.c. header: (nullable): the X-Ray header of the invocation that begins. */
void               far_lambda_trace_begin      (const char *header);
/* What was noted since: the value of the header Farthing-Notes; NULL if nothing was. */
const char        *far_lambda_trace_notes      (void);
void               far_lambda_trace_clear      (void);

/* far-lambda-event.c */
/* Checks the event strictly. Returns: (transfer full) (nullable): NULL without an error where it
 * does not come from an HTTP API in payload format 2.0 */
FarLambdaRequest  *far_lambda_request_new      (const char *event, gsize n_bytes, GError **error);
void               far_lambda_request_free     (FarLambdaRequest *request);

/* far-lambda-response.c */
FarLambdaResponse *far_lambda_response_new     (void);
void               far_lambda_response_free    (FarLambdaResponse *response);
/* Payload format 2.0. */
void               far_lambda_response_write   (FarLambdaResponse *response, GString *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarLambdaRequest, far_lambda_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarLambdaResponse, far_lambda_response_free)

G_END_DECLS
