/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shell's frame from libadwaita 1.4 on: a split view that a breakpoint collapses. The frame is
 * the breakpoint's bin, because a split view alone does not measure the window.
 *
 * A header bar inside a navigation page brings a back button of its own from 1.4 on. The pages have
 * theirs (which also goes back inside a page), so the header bars' are switched off. */

/* This file alone may use what came with 1.4. */
#undef ADW_VERSION_MAX_ALLOWED
#define ADW_VERSION_MAX_ALLOWED ADW_VERSION_1_4
#include "desktop/shell/far-shell-frame.h"

#include <glib/gi18n.h>

#define FOLD_BELOW "max-width: 640sp"
#define SIDEBAR_WIDTH_SP 240
/* What the window may be made as small as; a breakpoint bin has no minimum of its own. */
#define MIN_WIDTH 360
#define MIN_HEIGHT 294

static AdwNavigationSplitView *
get_split (GtkWidget *frame)
{
  return ADW_NAVIGATION_SPLIT_VIEW (adw_breakpoint_bin_get_child (ADW_BREAKPOINT_BIN (frame)));
}

static void
hide_back_buttons (GtkWidget *widget)
{
  if (ADW_IS_HEADER_BAR (widget))
    adw_header_bar_set_show_back_button (ADW_HEADER_BAR (widget), FALSE);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    hide_back_buttons (child);
}

GtkWidget *
far_shell_frame_new (FarShellFrameFunc folded_changed, FarShellFrameFunc show_content_changed,
                     gpointer shell)
{
  GtkWidget *frame = adw_breakpoint_bin_new ();
  GtkWidget *split = adw_navigation_split_view_new ();
  AdwBreakpoint *breakpoint = adw_breakpoint_new (adw_breakpoint_condition_parse (FOLD_BELOW));
  GValue collapsed = G_VALUE_INIT;

  adw_navigation_split_view_set_min_sidebar_width (ADW_NAVIGATION_SPLIT_VIEW (split),
                                                   SIDEBAR_WIDTH_SP);
  adw_navigation_split_view_set_max_sidebar_width (ADW_NAVIGATION_SPLIT_VIEW (split),
                                                   SIDEBAR_WIDTH_SP);
  adw_navigation_split_view_set_show_content (ADW_NAVIGATION_SPLIT_VIEW (split), TRUE);
  g_signal_connect_object (split, "notify::collapsed", G_CALLBACK (folded_changed), shell,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (split, "notify::show-content", G_CALLBACK (show_content_changed), shell,
                           G_CONNECT_SWAPPED);

  g_value_init (&collapsed, G_TYPE_BOOLEAN);
  g_value_set_boolean (&collapsed, TRUE);
  adw_breakpoint_add_setter (breakpoint, G_OBJECT (split), "collapsed", &collapsed);
  g_value_unset (&collapsed);
  adw_breakpoint_bin_set_child (ADW_BREAKPOINT_BIN (frame), split);
  adw_breakpoint_bin_add_breakpoint (ADW_BREAKPOINT_BIN (frame), breakpoint);
  gtk_widget_set_size_request (frame, MIN_WIDTH, MIN_HEIGHT);
  return frame;
}

void
far_shell_frame_set_sidebar (GtkWidget *frame, GtkWidget *sidebar)
{
  adw_navigation_split_view_set_sidebar (get_split (frame),
                                         adw_navigation_page_new (sidebar, _("Pages")));
}

void
far_shell_frame_set_content (GtkWidget *frame, GtkWidget *content)
{
  adw_navigation_split_view_set_content (get_split (frame),
                                         adw_navigation_page_new (content, _("Content")));
  hide_back_buttons (content);
}

gboolean
far_shell_frame_get_folded (GtkWidget *frame)
{
  return adw_navigation_split_view_get_collapsed (get_split (frame));
}

gboolean
far_shell_frame_get_show_content (GtkWidget *frame)
{
  return adw_navigation_split_view_get_show_content (get_split (frame));
}

void
far_shell_frame_set_show_content (GtkWidget *frame, gboolean show_content)
{
  adw_navigation_split_view_set_show_content (get_split (frame), show_content);
}
