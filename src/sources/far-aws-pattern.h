/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is sent as the filterPattern of CloudWatch Logs. No state; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_AWS_PATTERN_MAX 1024 /* characters of one */

/* Lines with text in any case (ASCII), and maybe others: who asks looks again. Returns: (transfer
 * full) (nullable): NULL where there is nothing of ASCII to look for */
char *far_aws_pattern_any_case (const char *text);
/* Lines with text as it is. Returns: (transfer full) (nullable): NULL for an empty text */
char *far_aws_pattern_exact    (const char *text);

G_END_DECLS
