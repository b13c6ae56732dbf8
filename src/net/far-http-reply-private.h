/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to net: how the client makes an answer. */
#pragma once

#include <libsoup/soup.h>

#include "net/far-http-client.h"

G_BEGIN_DECLS

/* Takes body. */
FarHttpReply *far_http_reply_new (SoupMessage *message, GBytes *body);

G_END_DECLS
