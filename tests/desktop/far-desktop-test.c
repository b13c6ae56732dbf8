/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "farthing-config.h"

#include "far-desktop-test.h"

#include <glib/gi18n.h>
#include <locale.h>

#include "base/far-json.h"
#include "client/far-market-private.h"
#include "far-resources.h"

#define TURN_MS 10

void
far_test_init (int *argc, char ***argv)
{
  g_autoptr (GtkCssProvider) style = gtk_css_provider_new ();
  const char *translations = g_getenv ("FARTHING_LOCALEDIR");

  gtk_test_init (argc, argv, NULL);
  /* As the program's main () does. GTK's tests are in US English where there is that; here,
   * with-display says what. */
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, translations != NULL ? translations : FAR_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  adw_init ();
  far_register_resource ();
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    "/io/github/farthing/Farthing/icons");
  /* As on a GNOME desktop. */
  g_object_set (gtk_settings_get_default (), "gtk-decoration-layout", "appmenu:close", NULL);
  /* What AdwApplication does for the program. */
  gtk_css_provider_load_from_resource (style, "/io/github/farthing/Farthing/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (style),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static gboolean
turn_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
far_test_step (void)
{
  gboolean over = FALSE;
  guint id = g_timeout_add (TURN_MS, turn_cb, &over);

  g_main_context_iteration (NULL, TRUE);
  if (!over)
    g_source_remove (id);
}

void
far_test_settle (void)
{
  for (guint i = 0; i < 100 && g_main_context_pending (NULL); i++)
    g_main_context_iteration (NULL, FALSE);
}

GtkWidget *
far_test_show (GtkWidget *child, int width, int height)
{
  GtkWidget *window = gtk_window_new ();

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_set_child (GTK_WINDOW (window), child);
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (child) && gtk_widget_get_width (child) > 0);
  g_object_unref (far_test_draw (window));
  return window;
}

GdkTexture *
far_test_draw (GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  GskRenderer *renderer;

  gdk_paintable_snapshot (paintable, snapshot, gtk_widget_get_width (widget),
                          gtk_widget_get_height (widget));
  node = gtk_snapshot_free_to_node (snapshot);
  renderer = gtk_native_get_renderer (gtk_widget_get_native (widget));
  g_assert_nonnull (renderer);
  if (node == NULL)
    node = gsk_container_node_new (NULL, 0);
  return gsk_renderer_render_texture (renderer, node,
                                      &GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget),
                                                           gtk_widget_get_height (widget)));
}

guint
far_test_count_colors (GdkTexture *texture, guint max)
{
  gsize stride = (gsize) gdk_texture_get_width (texture) * 4;
  gsize n_bytes = stride * (gsize) gdk_texture_get_height (texture);
  g_autofree guchar *pixels = g_malloc (n_bytes);
  g_autoptr (GHashTable) colors = g_hash_table_new (NULL, NULL);

  gdk_texture_download (texture, pixels, stride);
  for (gsize i = 0; i < n_bytes && g_hash_table_size (colors) < max; i += 4)
    {
      guint32 color = (guint32) pixels[i] << 24 | (guint32) pixels[i + 1] << 16 |
                      (guint32) pixels[i + 2] << 8 | pixels[i + 3];

      g_hash_table_add (colors, GUINT_TO_POINTER (color));
    }
  return g_hash_table_size (colors);
}

void
far_test_close (GtkWidget *window, gpointer child)
{
  gtk_window_destroy (GTK_WINDOW (window));
  far_test_settle ();
  g_assert_finalize_object (child);
}

static const char *
text_of (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_label (GTK_LABEL (widget));
  if (GTK_IS_BUTTON (widget))
    return gtk_button_get_label (GTK_BUTTON (widget));
  if (ADW_IS_PREFERENCES_ROW (widget))
    return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget));
  return NULL;
}

static gboolean
is_match (GtkWidget *widget, GType type, const char *text)
{
  if (type != G_TYPE_NONE && !g_type_is_a (G_OBJECT_TYPE (widget), type))
    return FALSE;
  /* Of a label, what is read; or what was set, with its mnemonic or markup. */
  if (GTK_IS_LABEL (widget) && g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), text) == 0)
    return TRUE;
  return text == NULL || g_strcmp0 (text_of (widget), text) == 0;
}

GtkWidget *
far_test_find (GtkWidget *root, GType type, const char *text)
{
  if (!gtk_widget_get_child_visible (root) || !gtk_widget_get_visible (root))
    return NULL;
  if (is_match (root, type, text))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = far_test_find (child, type, text);

      if (found != NULL)
        return found;
    }
  return NULL;
}

gboolean
far_test_has_text (GtkWidget *root, const char *text)
{
  return far_test_find (root, GTK_TYPE_LABEL, text) != NULL;
}

void
far_test_click (GtkWidget *root, const char *label)
{
  GtkWidget *widget = far_test_find (root, G_TYPE_NONE, label);

  g_assert_nonnull (widget);
  if (!GTK_IS_BUTTON (widget))
    widget = gtk_widget_get_ancestor (widget, GTK_TYPE_BUTTON);
  g_assert_nonnull (widget);
  g_assert_true (gtk_widget_is_sensitive (widget));
  g_signal_emit_by_name (widget, "clicked");
}

const char *
far_test_data_dir (void)
{
  static char *data_dir;

  if (data_dir == NULL)
    data_dir = g_build_filename (g_get_user_data_dir (), "farthing", NULL);
  return data_dir;
}

FarSession *
far_test_session_new (void)
{
  g_autoptr (GSettings) settings = g_settings_new ("io.github.farthing.Farthing");

  return far_session_new (far_test_data_dir (), settings);
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  far_session_stop_finish (FAR_SESSION (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

void
far_test_session_stop (FarSession *session)
{
  gboolean stopped = FALSE;

  far_session_stop_async (session, FALSE, stopped_cb, &stopped);
  far_test_wait_until (stopped);
  far_test_settle ();
}

void
far_test_session_go_live (FarSession *session)
{
  FarDeployment *deployment = far_session_get_deployment (session);

  far_deployment_set_identity (deployment, "The Ropewalk", "the platform on this computer",
                               "test");
  far_deployment_set_isolation (deployment, "full", "");
  far_deployment_set_sample (deployment, far_session_now_us (session), g_get_monotonic_time ());
  far_deployment_set_state (deployment, FAR_DEPLOYMENT_LIVE, NULL);
}

JsonNode *
far_test_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = far_json_parse_object (text, strlen (text), FAR_JSON_SIZE_MAX, &error);

  g_assert_no_error (error);
  return node;
}

FarEarnings *
far_test_earnings (void)
{
  g_autoptr (JsonNode) node = far_test_json (
    "{\"currency\":\"USD\",\"publisher_micros\":\"123456789\",\"pay_micros\":\"100000001\","
    "\"ad_micros\":\"23491788\",\"fee_micros\":\"52910052\",\"refund_micros\":\"35000\","
    "\"write_off_micros\":\"0\",\"estimated_micros\":\"3456789\",\"final_micros\":\"120000000\","
    "\"pledges\":2858,\"views\":1174,\"refunds\":1,\"as_of_us\":1795521600000000,"
    "\"articles\":[{\"article\":\"rope\",\"pay_micros\":\"70000000\",\"ad_micros\":\"20000000\","
    "\"refund_micros\":\"35000\",\"pledges\":2000,\"views\":1000},"
    "{\"article\":\"bread\",\"pay_micros\":\"30000001\",\"ad_micros\":\"3491788\","
    "\"refund_micros\":\"0\",\"pledges\":858,\"views\":174}],"
    "\"days\":[{\"day\":\"2026-11-23\",\"pay_micros\":\"60000000\",\"ad_micros\":\"13491788\","
    "\"refund_micros\":\"0\",\"pledges\":1,\"views\":1},"
    "{\"day\":\"2026-11-24\",\"pay_micros\":\"40000001\",\"ad_micros\":\"10000000\","
    "\"refund_micros\":\"35000\",\"pledges\":1,\"views\":1}],"
    "\"hours\":[{\"hour_us\":1795518000000000,\"pay_micros\":\"40000001\","
    "\"ad_micros\":\"10000000\",\"refund_micros\":\"35000\",\"pledges\":1,\"views\":1}]}");
  g_autoptr (GError) error = NULL;
  FarEarnings *earnings = far_market_parse_earnings (json_node_get_object (node), &error);

  g_assert_no_error (error);
  return earnings;
}

GPtrArray *
far_test_articles (void)
{
  g_autoptr (JsonNode) node = far_test_json (
    "{\"articles\":["
    "{\"id\":\"rope\",\"title\":\"Which way is tight\",\"author\":\"June Tallis\","
    "\"category\":\"Workshop\",\"date\":\"2026-03-09\",\"summary\":\"A rope remembers.\","
    "\"picture\":\"/media/rope.png\",\"picture_alt\":\"A coil of rope\",\"currency\":\"USD\","
    "\"price_micros\":\"50000\"},"
    "{\"id\":\"bread\",\"title\":\"The loaf that keeps office hours\",\"author\":\"Ann Lee\","
    "\"category\":\"Kitchen\",\"date\":\"2026-03-12\",\"summary\":\"Bread is a clock.\","
    "\"picture\":\"\",\"picture_alt\":\"\",\"currency\":\"USD\",\"price_micros\":\"33333\"}]}");
  g_autoptr (GError) error = NULL;
  GPtrArray *articles = far_market_parse_articles (json_node_get_object (node), &error);

  g_assert_no_error (error);
  return articles;
}

FarOffer *
far_test_offer (gboolean method_required)
{
  g_autofree char *text = g_strdup_printf (
    "{\"article\":\"rope\",\"currency\":\"USD\",\"price_micros\":\"50000\",\"pledge\":true,"
    "\"ad\":true,\"ad_duration_ms\":15000,\"method_required\":%s,\"tab_micros\":\"50000\","
    "\"refund_window_us\":86400000000}", method_required ? "true" : "false");
  g_autoptr (JsonNode) node = far_test_json (text);
  g_autoptr (GError) error = NULL;
  FarOffer *offer = far_market_parse_offer (json_node_get_object (node), &error);

  g_assert_no_error (error);
  return offer;
}
