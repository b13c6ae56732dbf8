/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asked for when shown, when range or deployment change, and every REFRESH_S after that. What has
 * no margin says "not reported", and why in its tooltip; money is the ledger's and is not
 * rounded. */
#include "farthing-config.h"

#include "desktop/overview/far-margin-card.h"

#include <glib/gi18n.h>

#include "client/far-telemetry-types.h"
#include "desktop/far-format.h"
#include "desktop/model/far-inquiry.h"

#define REFRESH_S 10
#define ROWS "6"
#define TITLE_LINES_MAX 2
#define TITLE_CHARS_MIN 6

struct _FarMarginCard
{
  AdwBin parent_instance;

  GtkWidget  *grid;
  GtkWidget  *note;
  FarSession *session;
  FarInquiry  inquiry;
  guint       refresh_id;

  FarMarginInfo *info; /* what is shown; nullable */
};

G_DEFINE_FINAL_TYPE (FarMarginCard, far_margin_card, ADW_TYPE_BIN)

static void
far_margin_card_dispose (GObject *object)
{
  far_margin_card_show (FAR_MARGIN_CARD (object), NULL);
  g_clear_pointer (&FAR_MARGIN_CARD (object)->info, far_margin_info_unref);

  G_OBJECT_CLASS (far_margin_card_parent_class)->dispose (object);
}

static void
far_margin_card_class_init (FarMarginCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_margin_card_dispose;
}

static void
far_margin_card_init (FarMarginCard *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *title = gtk_label_new (_("Margin by Article"));
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "heading");
  self->grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 9);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 6);
  /* Amounts are never cut: with large text in a narrow window, the table moves sideways. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->grid);
  self->note = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_widget_add_css_class (self->note, "dim-label");
  gtk_widget_add_css_class (self->note, "caption");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_box_append (GTK_BOX (box), self->note);
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "padded");
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Margin by Article"), -1);
}

static GtkWidget *
attach (FarMarginCard *self, const char *text, int column, int row, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), column > 0 ? 1 : 0);
  gtk_widget_set_hexpand (label, TRUE);
  if (column == 0)
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_label_set_lines (GTK_LABEL (label), TITLE_LINES_MAX);
      gtk_label_set_width_chars (GTK_LABEL (label), TITLE_CHARS_MIN);
    }
  gtk_widget_add_css_class (label, "numeric");
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  gtk_grid_attach (GTK_GRID (self->grid), label, column, row, 1, 1);
  return label;
}

static void
attach_row (FarMarginCard *self, const FarMarginInfo *info, const FarMarginRow *margin,
            const char *key, int row, const char *css_class)
{
  g_autofree char *cost = far_format_cost (margin->cost_picodollars);
  g_autofree char *earned = margin->has_earned
    ? far_format_money (margin->earned_micros, info->currency)
    : g_strdup (FAR_FORMAT_UNKNOWN);
  g_autofree char *net = g_strdup (_("not reported"));
  GtkWidget *label;

  if (margin->reported)
    {
      g_autofree char *size = far_format_cost (ABS (margin->net_picodollars));

      g_free (net);
      net = far_format_isolated (g_strconcat (margin->net_picodollars < 0 ? "−" : "", size,
                                              NULL));
    }
  gtk_widget_set_tooltip_text (attach (self, key, 0, row, css_class), key);
  attach (self, earned, 1, row, css_class);
  attach (self, cost, 2, row, css_class);
  label = attach (self, net, 3, row, margin->reported ? css_class : "dim-label");
  if (!margin->reported)
    gtk_widget_set_tooltip_text (label, margin->reason);
}

/* Returns: (transfer full): as the catalog has it, which is the platform's own; else the id */
static char *
get_title (FarMarginCard *self, const char *article)
{
  gboolean remote = far_watch_list_is_remote (far_session_get_watched (self->session));
  FarArticleItem *item = far_catalog_find (far_session_get_catalog (self->session), article);

  return far_format_plain (item != NULL && !remote ? far_article_item_get_summary (item)->title
                                                   : article);
}

/* Titles come when they come; until then articles have their ids. */
static void
fill (FarMarginCard *self)
{
  const FarMarginInfo *info = self->info;
  GtkWidget *child;

  if (info == NULL)
    return;
  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
  gtk_widget_set_visible (GTK_WIDGET (self), info->n_rows > 0);
  attach (self, _("Article"), 0, 0, "dim-label");
  attach (self, _("Earned"), 1, 0, "dim-label");
  attach (self, _("Cost"), 2, 0, "dim-label");
  attach (self, _("Margin"), 3, 0, "dim-label");
  for (guint i = 0; i < info->n_rows; i++)
    {
      g_autofree char *key = get_title (self, info->rows[i].key);

      attach_row (self, info, &info->rows[i], key, (int) i + 1, NULL);
    }
  attach_row (self, info, &info->total, _("All together"), (int) info->n_rows + 1, "total");
  gtk_label_set_label (GTK_LABEL (self->note), info->money_reason);
  gtk_widget_set_visible (self->note, info->money_reason[0] != '\0');
}

static void
forget (FarMarginCard *self)
{
  g_clear_pointer (&self->info, far_margin_info_unref);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/* Where it is not reported at all there is no card: the deployment's gaps are said elsewhere. */
static void
answered_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarMarginCard *self = owner;
  g_autoptr (FarMarginInfo) info = answer != NULL ? far_margin_info_parse (answer, NULL) : NULL;

  if (info != NULL)
    {
      g_clear_pointer (&self->info, far_margin_info_unref);
      self->info = g_steal_pointer (&info);
      fill (self);
    }
  else if (error != NULL && far_client_error_get_status (error) != 0)
    forget (self);
}

static gboolean
refresh_cb (gpointer user_data)
{
  FarMarginCard *self = user_data;
  FarPlatformClient *client = far_session_get_client (self->session);
  gint64 to_us = far_session_now_us (self->session);
  gint64 length_us = far_range_get_length (far_session_get_range (self->session));
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, to_us - length_us);
  g_autofree char *to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);
  g_autofree char *url = NULL;

  if (client == NULL || far_inquiry_is_pending (&self->inquiry))
    return G_SOURCE_CONTINUE;
  url = far_platform_url ("/v1/margin", "group", "article", "limit", ROWS, "from_us", from, "to_us",
                          to, NULL);
  far_inquiry_send (&self->inquiry, self, client, "GET", url, NULL, answered_cb);
  return G_SOURCE_CONTINUE;
}

static void
changed_cb (FarMarginCard *self)
{
  far_inquiry_cancel (&self->inquiry);
  refresh_cb (self);
}

/* What stands there is another deployment's. */
static void
client_changed_cb (FarMarginCard *self)
{
  forget (self);
  changed_cb (self);
}

/**
 * far_margin_card_show:
 * @session: (nullable): whom to ask; NULL stops
 */
void
far_margin_card_show (FarMarginCard *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_MARGIN_CARD (self));

  if (self->session == session)
    return;
  far_inquiry_cancel (&self->inquiry);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->session, changed_cb, self);
      g_signal_handlers_disconnect_by_func (self->session, client_changed_cb, self);
      g_signal_handlers_disconnect_by_func (far_session_get_catalog (self->session), fill, self);
    }
  g_set_object (&self->session, session);
  if (session == NULL)
    return;
  g_signal_connect_swapped (far_session_get_catalog (session), "changed", G_CALLBACK (fill), self);
  g_signal_connect_swapped (session, "notify::range", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (session, "notify::client", G_CALLBACK (client_changed_cb), self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
  refresh_cb (self);
}
