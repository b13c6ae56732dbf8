/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which addresses a call may reach whose URL somebody else chose. Public ones are those that the
 * internet routes; everything that could be this machine, its network or its cloud's metadata is
 * not. What counts is the address that was connected to, not the name: a name can be made to point
 * anywhere between a check and the call. No state; any thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  FAR_ADDRESS_ANY,
  FAR_ADDRESS_PUBLIC,             /* the internet */
  FAR_ADDRESS_PUBLIC_OR_LOOPBACK, /* and what the user runs on this machine */
} FarAddressPolicy;

gboolean far_address_is_public (GInetAddress *address);
gboolean far_address_allowed   (FarAddressPolicy policy, GInetAddress *address);
/* For a URL as it is written: https, or http to a literal loopback address where that is allowed;
 * no user name; no literal address that is not allowed. Sets G_IO_ERROR_INVALID_ARGUMENT. */
gboolean far_address_check_url (FarAddressPolicy policy, const char *url, GError **error);

G_END_DECLS
