/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Defines what FAR_DECLARE_RC_BOXED declares: an immutable struct in a reference-counted box, whose
 * clear function frees the members. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define FAR_DEFINE_RC_BOXED(Type, prefix, clear) \
  G_DEFINE_BOXED_TYPE (Type, prefix, prefix##_ref, prefix##_unref) \
  Type * \
  prefix##_ref (Type *self) \
  { \
    return g_rc_box_acquire (self); \
  } \
  void \
  prefix##_unref (Type *self) \
  { \
    g_rc_box_release_full (self, (GDestroyNotify) clear); \
  }

G_END_DECLS
