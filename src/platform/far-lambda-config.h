/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions and account in the words of Lambda's control plane. No state. */
#pragma once

#include "base/far-json.h"
#include "platform/far-dispatcher.h"

G_BEGIN_DECLS

/* A FunctionConfiguration. */
void far_lambda_config_add          (FarJsonWriter *writer, const char *name,
                                     FarFunction *function);
/* GetFunction's answer: Configuration, Code, Concurrency. */
void far_lambda_config_add_function (FarJsonWriter *writer, FarFunction *function);
/* GetAccountSettings' answer. */
void far_lambda_config_add_account  (FarJsonWriter *writer, FarDispatcher *dispatcher);

G_END_DECLS
