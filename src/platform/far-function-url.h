/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Function URLs: HTTP straight to one function, in the payload format 2.0, open to everybody
 * (NONE) or to who signs with the platform's credentials (AWS_IAM).
 *
 * On AWS each has a host name of its own; here they are folders of the Lambda listener,
 * http://127.0.0.1:PORT/lambda-url/NAME/, because a name below localhost does not resolve
 * everywhere. A function sees the path behind that. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"

G_BEGIN_DECLS

#define FAR_FUNCTION_URL_PREFIX "/lambda-url/"

/* Returns: (transfer full) */
char        *far_function_url_format (const char *lambda_url, const char *function);
/* The function that a path leads to, NULL if it has no URL; ret_rest: of path, what it sees. */
FarFunction *far_function_url_find   (FarDispatcher *dispatcher, const char *path,
                                      const char **ret_rest);
/* Answers the request with what the function answers. Who asks is known. */
void         far_function_url_handle (FarDispatcher *dispatcher, FarFunction *function,
                                      const char *rest, FarHttpRequest *request);

G_END_DECLS
