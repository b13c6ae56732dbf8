/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures stand at the right of their column, so its title has to, too; GTK has no property for
 * that. This looks for the titles' labels in the header, by their text, and moves the box around
 * each. Where a later GTK builds its header otherwise, titles stay at the left and nothing else
 * happens. */
#include "desktop/functions/far-table.h"

static void
align_titles_below (GtkWidget *widget, const char *const *right_aligned)
{
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      if (GTK_IS_LABEL (child) &&
          g_strv_contains (right_aligned, gtk_label_get_label (GTK_LABEL (child))) &&
          GTK_IS_BOX (widget))
        gtk_widget_set_halign (widget, GTK_ALIGN_END);
      align_titles_below (child, right_aligned);
    }
}

/**
 * far_table_align_titles:
 * @right_aligned: (array zero-terminated=1): titles of the columns that hold figures
 */
void
far_table_align_titles (GtkColumnView *table, const char *const *right_aligned)
{
  GtkWidget *header;

  g_return_if_fail (GTK_IS_COLUMN_VIEW (table));

  /* The header comes first, before the list of rows. */
  header = gtk_widget_get_first_child (GTK_WIDGET (table));
  if (header != NULL && !GTK_IS_LIST_VIEW (header))
    align_titles_below (header, right_aligned);
}

/* Returns: the width of a digit in the table's font, in pixels, so that widths can follow the size
 * of the text */
double
far_table_get_digit_width (GtkColumnView *table)
{
  PangoContext *context;
  PangoFontMetrics *metrics;
  double width;

  g_return_val_if_fail (GTK_IS_COLUMN_VIEW (table), 1);

  context = gtk_widget_get_pango_context (GTK_WIDGET (table));
  metrics = pango_context_get_metrics (context, NULL, NULL);
  width = pango_font_metrics_get_approximate_digit_width (metrics) / (double) PANGO_SCALE;
  pango_font_metrics_unref (metrics);
  return MAX (width, 1);
}
