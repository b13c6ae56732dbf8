/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/charts/far-bar-chart.h"

static const FarBar bars[] = {
  { (char *) "23 Nov", 60000000, 13491788 },
  { (char *) "24 Nov", 40000001, 0 },
};

static void
test_description (void)
{
  FarBarChart *chart = FAR_BAR_CHART (far_bar_chart_new ());
  g_autofree char *text = NULL;
  g_autofree char *none = NULL;
  GtkWidget *window;

  g_object_ref_sink (chart);
  none = far_bar_chart_describe (chart);
  g_assert_cmpstr (none, ==, "");
  far_bar_chart_set_bars (chart, "USD", bars, G_N_ELEMENTS (bars));
  window = far_test_show (GTK_WIDGET (chart), 500, 240);

  /* Exact to the micro, though the axis is round. */
  text = far_bar_chart_describe (chart);
  g_assert_cmpstr (text, ==, "23 Nov: readers $60.00, ads $13.491788\n"
                             "24 Nov: readers $40.000001, ads $0.00");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (chart),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
  far_test_close (window, chart);
}

static gboolean
has_many_colors (GtkWidget *widget)
{
  g_autoptr (GdkTexture) texture = far_test_draw (widget);

  return far_test_count_colors (texture, 16) == 16;
}

static void
test_drawing (void)
{
  FarBarChart *chart = FAR_BAR_CHART (far_bar_chart_new ());
  GtkWidget *window;

  g_object_ref_sink (chart);
  window = far_test_show (GTK_WIDGET (chart), 500, 240);
  far_bar_chart_set_bars (chart, "USD", bars, G_N_ELEMENTS (bars));
  far_test_wait_until (has_many_colors (GTK_WIDGET (chart)));
  far_bar_chart_set_bars (chart, "USD", NULL, 0);
  far_test_wait_until (has_many_colors (GTK_WIDGET (chart)));
  far_test_close (window, chart);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/bar-chart/description", test_description);
  g_test_add_func ("/bar-chart/drawing", test_drawing);
  return g_test_run ();
}
