/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of pages begin and end with: a page in a window, on a session that follows a fake
 * platform. Zero-filled before; each ends with far_page_test_clear(). */
#pragma once

#include "far-desktop-test.h"
#include "far-fake-platform.h"

G_BEGIN_DECLS

typedef struct {
  FarFakePlatform *platform;
  FarSession      *session;
  GtkWidget       *page;
  GtkWidget       *window;
  GString         *heard; /* for a test to write into what it listens for */
} FarPageTest;

/* The platform, to be told its answers, and a session that was not started. */
void far_page_test_init  (FarPageTest *self);
/* The page, shown; the session goes to the platform. */
void far_page_test_start (FarPageTest *self,
                          GType        page_type,
                          const char  *title,
                          int          width,
                          int          height);
/* Nothing of it is left. */
void far_page_test_clear (FarPageTest *self);

G_END_DECLS
