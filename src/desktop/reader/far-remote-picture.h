/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture of the publication, loaded when it is needed, in a frame of 16:9. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/model/far-media-cache.h"

G_BEGIN_DECLS

#define FAR_TYPE_REMOTE_PICTURE (far_remote_picture_get_type ())
G_DECLARE_FINAL_TYPE (FarRemotePicture, far_remote_picture, FAR, REMOTE_PICTURE, GtkWidget)

void far_remote_picture_load (FarRemotePicture *self,
                              FarMediaCache    *media,
                              const char       *path,
                              const char       *alt);

G_END_DECLS
