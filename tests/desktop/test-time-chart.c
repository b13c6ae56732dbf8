/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include <math.h>

#include "client/far-telemetry-types.h"
#include "desktop/charts/far-time-chart.h"
#include "desktop/charts/far-time-plot.h"
#include "desktop/far-format.h"

#define STEP_US (5 * G_USEC_PER_SEC)
#define FROM_US G_GINT64_CONSTANT (1795521600000000) /* 12:00:00 UTC */

static const double rates[] = { 1, 2, NAN, 4, 12.5 };

static FarChartSeries *
add_series (FarTimeChart *chart)
{
  FarChartSeries *series = far_chart_series_new ("Invocations");

  far_chart_series_set_samples (series, FROM_US, STEP_US, rates, G_N_ELEMENTS (rates));
  far_time_chart_add_series (chart, series, FAR_CHART_STYLE_FIRST, TRUE);
  far_time_chart_set_range (chart, FROM_US, FROM_US + 4 * STEP_US);
  return series;
}

static void
press (GtkWidget *plot, guint keyval)
{
  GtkWidgetClass *klass = GTK_WIDGET_GET_CLASS (plot);
  GtkEventController *controller = NULL;
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (plot);

  g_assert_nonnull (klass);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) item = g_list_model_get_item (controllers, i);

      if (!GTK_IS_SHORTCUT_CONTROLLER (item))
        continue;
      controller = item;
      for (guint n = 0; n < g_list_model_get_n_items (G_LIST_MODEL (controller)); n++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), n);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger) &&
              gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == keyval)
            {
              gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, plot,
                                            gtk_shortcut_get_arguments (shortcut));
              return;
            }
        }
    }
  g_assert_not_reached ();
}

static void
test_legend (void)
{
  FarTimeChart *chart = g_object_new (FAR_TYPE_TIME_CHART, "title", "Invocations",
                                      "unit", FAR_UNIT_PER_SECOND, NULL);
  g_autoptr (FarChartSeries) series = add_series (chart);
  GtkWidget *window;

  g_object_ref_sink (chart);
  window = far_test_show (GTK_WIDGET (chart), 500, 300);
  g_assert_true (far_test_has_text (GTK_WIDGET (chart), "12.5/s"));
  far_test_close (window, chart);
}

static void
test_keyboard (void)
{
  FarTimeChart *chart = g_object_new (FAR_TYPE_TIME_CHART, "title", "Invocations",
                                      "unit", FAR_UNIT_PER_SECOND, NULL);
  g_autoptr (FarChartCursor) cursor = far_chart_cursor_new ();
  g_autoptr (FarChartSeries) series = add_series (chart);
  FarAnnotationInfo deployed = { .time_us = FROM_US + 3 * STEP_US + 1, .kind = (char *) "deploy",
                                 .text = (char *) "Version 2" };
  g_autoptr (GPtrArray) marks = g_ptr_array_new ();
  g_autofree char *when = far_format_moment (deployed.time_us, g_get_real_time ());
  g_autofree char *said = g_strdup_printf ("%s, Deployed: Version 2.", when);
  g_autofree char *at_gap = NULL;
  GtkWidget *window;
  GtkWidget *plot;

  g_ptr_array_add (marks, &deployed);
  g_object_ref_sink (chart);
  far_time_chart_set_cursor (chart, cursor);
  window = far_test_show (GTK_WIDGET (chart), 500, 300);
  plot = far_test_find (GTK_WIDGET (chart), FAR_TYPE_TIME_PLOT, NULL);
  g_assert_true (gtk_widget_get_focusable (plot));

  press (plot, GDK_KEY_Left);
  g_assert_cmpint (far_chart_cursor_get_time (cursor), ==, FROM_US + 3 * STEP_US);
  g_assert_true (far_test_has_text (GTK_WIDGET (chart), "12:00:15"));
  g_assert_true (far_test_has_text (GTK_WIDGET (chart), "4/s"));
  /* What happened then is said to who has no pointer, too. */
  far_time_chart_set_marks (chart, marks);
  press (plot, GDK_KEY_Right);
  press (plot, GDK_KEY_Left);
  g_assert_true (far_test_has_text (GTK_WIDGET (chart), said));
  far_time_chart_set_marks (chart, NULL);
  press (plot, GDK_KEY_Left);
  g_assert_true (far_test_has_text (GTK_WIDGET (chart), "—"));
  at_gap = far_time_plot_describe (FAR_TIME_PLOT (plot));
  g_assert_cmpstr (at_gap, ==, "12:00:10. Invocations —.");
  press (plot, GDK_KEY_Home);
  press (plot, GDK_KEY_Left);
  g_assert_cmpint (far_chart_cursor_get_time (cursor), ==, FROM_US);
  press (plot, GDK_KEY_End);
  g_assert_cmpint (far_chart_cursor_get_time (cursor), ==, FROM_US + 4 * STEP_US);
  press (plot, GDK_KEY_Escape);
  g_assert_cmpint (far_chart_cursor_get_time (cursor), ==, FAR_CHART_CURSOR_NONE);

  far_test_close (window, chart);
}

static void
test_description (void)
{
  FarTimePlot *plot = FAR_TIME_PLOT (far_time_plot_new ());
  g_autoptr (FarChartSeries) series = far_chart_series_new ("p99");
  g_autoptr (FarChartSeries) empty = far_chart_series_new ("p50");
  g_autofree char *text = NULL;
  GtkWidget *window;

  g_object_ref_sink (plot);
  far_time_plot_set_title (plot, "Duration");
  far_time_plot_set_unit (plot, FAR_UNIT_PER_SECOND);
  far_chart_series_set_samples (series, FROM_US, STEP_US, rates, G_N_ELEMENTS (rates));
  far_time_plot_add_series (plot, series, FAR_CHART_STYLE_SECOND, FALSE);
  far_time_plot_add_series (plot, empty, FAR_CHART_STYLE_FIRST, FALSE);
  far_time_plot_set_range (plot, FROM_US, FROM_US + 4 * STEP_US);
  window = far_test_show (GTK_WIDGET (plot), 500, 300);

  text = far_time_plot_describe (plot);
  g_assert_cmpstr (text, ==, "p99: 12.5/s now, from 1/s to 12.5/s, 1 missing. "
                             "p50: no samples.");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (plot), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (plot), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Duration");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (plot),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
  far_test_close (window, plot);
}

static gboolean
is_drawn (GtkWidget *widget)
{
  g_autoptr (GdkTexture) texture = far_test_draw (widget);

  return far_test_count_colors (texture, 50) == 50;
}

/* In words, too, no more than is known. */
static void
test_band (void)
{
  static const double values[] = { 2500, 7500 }, low[] = { 0, 5000 }, high[] = { 5000, 10000 };
  FarTimePlot *plot = FAR_TIME_PLOT (far_time_plot_new ());
  g_autoptr (FarChartSeries) series = far_chart_series_new ("p99");
  g_autoptr (FarChartCursor) cursor = g_object_new (FAR_TYPE_CHART_CURSOR, NULL);
  g_autofree char *text = NULL;
  g_autofree char *there = NULL;
  GtkWidget *window;

  g_object_ref_sink (plot);
  far_time_plot_set_unit (plot, FAR_UNIT_DURATION);
  far_time_plot_set_cursor (plot, cursor);
  far_chart_series_set_samples (series, FROM_US, STEP_US, values, 2);
  far_time_plot_add_series (plot, series, FAR_CHART_STYLE_FIRST, FALSE);
  far_time_plot_set_range (plot, FROM_US - STEP_US, FROM_US + 2 * STEP_US);
  window = far_test_show (GTK_WIDGET (plot), 500, 300);
  far_chart_series_set_band (series, low, high);
  far_test_wait_until (is_drawn (GTK_WIDGET (plot)));
  text = far_time_plot_describe (plot);
  g_assert_cmpstr (text, ==, "p99: 5 ms – 10 ms now, from 0 µs to 10 ms, 0 missing.");
  far_chart_cursor_set_time (cursor, FROM_US);
  there = far_time_plot_describe (plot);
  g_assert_nonnull (strstr (there, "p99 < 5 ms."));
  far_test_close (window, plot);
}

static void
test_drawing (void)
{
  FarTimePlot *plot = FAR_TIME_PLOT (far_time_plot_new ());
  g_autoptr (FarChartSeries) series = far_chart_series_new ("line");
  g_autoptr (GdkTexture) before = NULL;
  GtkWidget *window;

  g_object_ref_sink (plot);
  window = far_test_show (GTK_WIDGET (plot), 500, 300);
  before = far_test_draw (GTK_WIDGET (plot));
  g_assert_cmpuint (far_test_count_colors (before, 2), ==, 1);

  far_time_plot_add_series (plot, series, FAR_CHART_STYLE_FIRST, TRUE);
  far_chart_series_set_samples (series, FROM_US, STEP_US, rates, G_N_ELEMENTS (rates));
  far_time_plot_set_range (plot, FROM_US, FROM_US + 4 * STEP_US);
  far_test_wait_until (is_drawn (GTK_WIDGET (plot)));
  far_test_close (window, plot);
}

static void
test_clear (void)
{
  FarTimeChart *chart = g_object_new (FAR_TYPE_TIME_CHART, "title", "Cost", NULL);
  FarChartSeries *series = add_series (chart);
  GtkWidget *window;

  g_object_ref_sink (chart);
  window = far_test_show (GTK_WIDGET (chart), 500, 300);
  far_time_chart_clear (chart);
  g_assert_false (far_test_has_text (GTK_WIDGET (chart), "Invocations"));
  g_assert_finalize_object (series);
  far_test_close (window, chart);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/time-chart/legend", test_legend);
  g_test_add_func ("/time-chart/keyboard", test_keyboard);
  g_test_add_func ("/time-plot/description", test_description);
  g_test_add_func ("/time-plot/drawing", test_drawing);
  g_test_add_func ("/time-plot/band", test_band);
  g_test_add_func ("/time-chart/clear", test_clear);
  return g_test_run ();
}
