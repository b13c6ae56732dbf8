/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simulated readers: how many arrive, start and stop, what they did. */
#pragma once

#include <gtk/gtk.h>

#include "desktop/model/far-readers.h"

G_BEGIN_DECLS

#define FAR_TYPE_READERS_CARD (far_readers_card_get_type ())
G_DECLARE_FINAL_TYPE (FarReadersCard, far_readers_card, FAR, READERS_CARD, GtkWidget)

void far_readers_card_set_readers (FarReadersCard *self,
                                   FarReaders     *readers);

G_END_DECLS
