/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/shell/far-sidebar.h"

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_follows (void)
{
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *sidebar = g_object_new (FAR_TYPE_SIDEBAR, NULL);
  g_autoptr (GtkSelectionModel) pages = NULL;
  GtkWidget *window;
  GtkWidget *list;
  GtkListBoxRow *second;
  guint n = 0;

  g_object_ref_sink (stack);
  g_object_ref_sink (sidebar);
  gtk_stack_add_titled (GTK_STACK (stack), gtk_label_new ("one"), "one", "One");
  gtk_stack_add_titled (GTK_STACK (stack), gtk_label_new ("two"), "two", "Two");
  pages = gtk_stack_get_pages (GTK_STACK (stack));
  g_object_set (sidebar, "pages", pages, NULL);
  g_signal_connect_swapped (sidebar, "activated", G_CALLBACK (count_cb), &n);
  window = far_test_show (sidebar, 240, 400);

  list = far_test_find (sidebar, GTK_TYPE_LIST_BOX, NULL);
  second = gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 1);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (second), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Two");

  /* A row chooses its page, and says so also when the page is chosen already. */
  g_signal_emit_by_name (list, "row-activated", second);
  g_assert_cmpstr (gtk_stack_get_visible_child_name (GTK_STACK (stack)), ==, "two");
  g_signal_emit_by_name (list, "row-activated", second);
  g_assert_cmpuint (n, ==, 2);

  /* A page chosen elsewhere moves the selection. */
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "one");
  g_assert_true (gtk_list_box_get_selected_row (GTK_LIST_BOX (list)) ==
                 gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0));

  far_test_close (window, sidebar);
  g_clear_object (&pages);
  g_assert_finalize_object (stack);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/sidebar/follows", test_follows);
  return g_test_run ();
}
