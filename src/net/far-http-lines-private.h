/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to net: how the client makes a stream of lines. */
#pragma once

#include "net/far-http-client.h"

G_BEGIN_DECLS

/* Keeps a reference to stream. Returns: (transfer full) */
FarHttpLines *far_http_lines_new (GInputStream *stream, guint status);

G_END_DECLS
