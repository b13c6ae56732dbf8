/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The publication as a reader sees it. */
#pragma once

#include "desktop/shell/far-page.h"

G_BEGIN_DECLS

#define FAR_TYPE_READER_PAGE (far_reader_page_get_type ())
G_DECLARE_FINAL_TYPE (FarReaderPage, far_reader_page, FAR, READER_PAGE, FarPage)

G_END_DECLS
