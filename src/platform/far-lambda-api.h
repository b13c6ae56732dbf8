/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lambda's API as its clients speak it: Invoke here, everything else in far-lambda-control.h. Every
 * request must be signed (SigV4) with the platform's credentials. Thread: the loop's. */
#pragma once

#include "platform/far-async-queue.h"
#include "platform/far-credentials.h"
#include "platform/far-dispatcher.h"
#include "platform/far-lambda-control.h"

G_BEGIN_DECLS

#define FAR_LAMBDA_BODY_MAX (FAR_PAYLOAD_SYNC_MAX + 1024)
#define FAR_LAMBDA_CONNECTIONS_MAX 1024
#define FAR_LAMBDA_CONNECTION_MEMORY (32 * 1024)
#define FAR_LAMBDA_IDLE_TIMEOUT_S 60
#define FAR_LAMBDA_BODY_TIMEOUT_S 60
#define FAR_LAMBDA_CLIENT_CONTEXT_MAX 3583

typedef struct _FarLambdaApi FarLambdaApi;

/* listen_fd: taken. credentials: taken out of the struct. */
FarLambdaApi *far_lambda_api_new       (FarLoop *loop, FarDispatcher *dispatcher,
                                        FarAsyncQueue *queue, FarLambdaControl *control,
                                        FarCredentials *credentials, int listen_fd,
                                        GError **error);
void          far_lambda_api_free      (FarLambdaApi *self);
void          far_lambda_api_quiesce   (FarLambdaApi *self);
const char   *far_lambda_api_get_credentials_path (FarLambdaApi *self);

G_END_DECLS
