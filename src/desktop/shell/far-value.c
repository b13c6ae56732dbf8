/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The row is found by its type, however deep the label is in it. */
#include "desktop/shell/far-value.h"

/**
 * far_value_set:
 * @label: at the end of an AdwActionRow
 */
void
far_value_set (GtkLabel *label, const char *text)
{
  GtkWidget *row;

  g_return_if_fail (GTK_IS_LABEL (label));

  gtk_label_set_label (label, text);
  row = gtk_widget_get_ancestor (GTK_WIDGET (label), ADW_TYPE_ACTION_ROW);
  if (row != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                    text, -1);
}

/**
 * far_value_add:
 * @row: gets a label of its own for @text
 * @strong: whether it is set like a heading: a sum
 */
void
far_value_add (AdwActionRow *row, const char *text, gboolean strong)
{
  const char *classes[] = { "numeric", strong ? "heading" : NULL, NULL };
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "css-classes", classes, NULL);

  g_return_if_fail (ADW_IS_ACTION_ROW (row));

  adw_action_row_add_suffix (row, label);
  far_value_set (GTK_LABEL (label), text);
}
