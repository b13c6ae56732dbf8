/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-page-test.h"

void
far_page_test_init (FarPageTest *self)
{
  self->platform = far_fake_platform_new (far_test_data_dir ());
  self->session = far_test_session_new ();
  self->heard = g_string_new (NULL);
}

void
far_page_test_start (FarPageTest *self, GType page_type, const char *title, int width, int height)
{
  self->page = g_object_new (page_type, "title", title, NULL);
  g_object_ref_sink (self->page);
  g_object_set (self->page, "session", self->session, NULL);
  self->window = far_test_show (self->page, width, height);
  far_session_start (self->session);
}

void
far_page_test_clear (FarPageTest *self)
{
  far_test_close (self->window, self->page);
  far_test_session_stop (self->session);
  g_assert_finalize_object (self->session);
  far_fake_platform_free (self->platform);
  g_string_free (self->heard, TRUE);
}
