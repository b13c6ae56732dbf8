/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparkline, share bar, series key, and the heat map's scale. */
#include "far-desktop-test.h"

#include <math.h>

#include "desktop/charts/far-heat-map.h"
#include "desktop/charts/far-series-key.h"
#include "desktop/charts/far-share-bar.h"
#include "desktop/charts/far-sparkline.h"

static gboolean
is_drawn (GtkWidget *widget)
{
  g_autoptr (GdkTexture) texture = far_test_draw (widget);

  return far_test_count_colors (texture, 2) == 2;
}

static void
test_sparkline (void)
{
  GtkWidget *sparkline = far_sparkline_new ();
  FarChartSeries *series = far_chart_series_new ("line");
  const double values[] = { 1, 5, NAN, 2, 8 };
  g_autoptr (GdkTexture) empty = NULL;
  GtkWidget *window;

  g_object_ref_sink (sparkline);
  window = far_test_show (sparkline, 200, 40);
  empty = far_test_draw (sparkline);
  g_assert_cmpuint (far_test_count_colors (empty, 2), ==, 1);

  far_sparkline_set_series (FAR_SPARKLINE (sparkline), series);
  far_chart_series_set_samples (series, 0, 1, values, G_N_ELEMENTS (values));
  far_test_wait_until (is_drawn (sparkline));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (sparkline), GTK_ACCESSIBLE_ROLE_PRESENTATION);

  far_sparkline_set_series (FAR_SPARKLINE (sparkline), NULL);
  g_assert_finalize_object (series);
  far_test_close (window, sparkline);
}

static guint
drawn_width (GtkWidget *widget)
{
  g_autoptr (GdkTexture) texture = far_test_draw (widget);
  int width = gdk_texture_get_width (texture);
  int height = gdk_texture_get_height (texture);
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * (gsize) height);
  const guint32 *row;
  guint n = 0;

  gdk_texture_download (texture, (guchar *) pixels, (gsize) width * 4);
  row = pixels + (gsize) (height / 2) * (gsize) width;
  /* The track is nearly transparent, the pieces are not. */
  for (int x = 0; x < width; x++)
    n += (row[x] >> 24) > 200;
  return n;
}

static void
test_share_bar (void)
{
  GtkWidget *bar = far_share_bar_new ();
  GtkWidget *window;

  g_object_ref_sink (bar);
  window = far_test_show (bar, 400, 20);
  far_share_bar_set_shares (FAR_SHARE_BAR (bar), 25, 25, 100);
  far_test_wait_until (ABS ((int) drawn_width (bar) - gtk_widget_get_width (bar) / 2) <= 4);
  far_share_bar_set_shares (FAR_SHARE_BAR (bar), 0, 0, 0);
  far_test_wait_until (drawn_width (bar) == 0);
  far_test_close (window, bar);
}

static void
test_series_key (void)
{
  GtkWidget *key = far_series_key_new ("p99", FAR_CHART_STYLE_SECOND);
  GtkWidget *window;

  g_object_ref_sink (key);
  window = far_test_show (key, 200, 40);
  far_series_key_set_value (FAR_SERIES_KEY (key), "5 ms");
  g_assert_true (far_test_has_text (key, "p99"));
  g_assert_true (far_test_has_text (key, "5 ms"));
  far_test_wait_until (is_drawn (key));
  far_test_close (window, key);
}

/* How many pixels from the left the cells begin: as wide as the labels of durations are. */
static int
scale_width (GtkWidget *widget)
{
  g_autoptr (GdkTexture) texture = far_test_draw (widget);
  int width = gdk_texture_get_width (texture);
  int height = gdk_texture_get_height (texture);
  g_autofree guint32 *pixels = g_new (guint32, (gsize) width * (gsize) height);
  int x = 0;

  gdk_texture_download (texture, (guchar *) pixels, (gsize) width * 4);
  while (x < width && pixels[(gsize) (height / 4) * (gsize) width + (gsize) x] >> 24 < 30)
    x++;
  return x;
}

/* Between 486 and 500 µs there is no round duration; how long calls took is told all the same. */
static void
test_heat_map_scale (void)
{
  GtkWidget *map = g_object_new (FAR_TYPE_HEAT_MAP, NULL);
  g_autoptr (JsonNode) json =
    far_test_json ("{\"from_us\":0,\"to_us\":60000000,\"step_us\":60000000,\"max\":3,\"n\":3,"
                   "\"row_us\":[486,499],\"columns\":[{\"first\":0,\"counts\":[3]}]}");
  g_autoptr (FarHeatmapInfo) info = far_heatmap_info_parse (json_node_get_object (json), NULL);
  g_autoptr (PangoLayout) label = NULL;
  GtkWidget *window;
  int width;

  g_assert_nonnull (info);
  g_object_ref_sink (map);
  window = far_test_show (map, 400, 220);
  far_heat_map_set_info (FAR_HEAT_MAP (map), info);
  label = gtk_widget_create_pango_layout (map, "486");
  pango_layout_get_pixel_size (label, &width, NULL);
  far_test_wait_until (scale_width (map) > width && scale_width (map) < 200);
  far_test_close (window, map);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/sparkline/drawing", test_sparkline);
  g_test_add_func ("/share-bar/drawing", test_share_bar);
  g_test_add_func ("/series-key/text", test_series_key);
  g_test_add_func ("/heat-map/scale", test_heat_map_scale);
  return g_test_run ();
}
