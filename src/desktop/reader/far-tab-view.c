/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read again whenever it comes on screen and after each purchase. */
#include "farthing-config.h"

#include "desktop/reader/far-tab-view.h"

#include <glib/gi18n.h>

#include "base/far-money.h"
#include "desktop/far-format.h"

#define TEST_METHOD "pm_card_visa"

struct _FarTabView
{
  AdwBin parent_instance;

  GtkStack      *stack;
  AdwStatusPage *failed;
  GtkLabel      *tab;
  AdwActionRow  *pledges_row;
  GtkLabel      *pledges;
  GtkLabel      *wallet;
  AdwActionRow  *method_row;
  GtkWidget     *method;
  GtkListBox    *history;

  FarSession    *session;
  GCancellable  *cancellable;
  char          *summary;
};

enum { PROP_0, PROP_SUMMARY, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarTabView, far_tab_view, ADW_TYPE_BIN)

static const char *
describe_kind (const char *kind)
{
  static const struct {
    const char *kind;
    const char *text;
  } texts[] = {
    { "pledge", N_("Pledged") },
    { "ad", N_("Watched an ad") },
    { "refund", N_("Given back") },
    { "charge", N_("Tab charged") },
    { "write_off", N_("Written off") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (kind, texts[i].kind) == 0)
      return _(texts[i].text);
  return kind;
}

static GtkWidget *
create_row (FarTabView *self, const FarWalletEntry *entry, const char *currency)
{
  FarCatalog *catalog = far_session_get_catalog (self->session);
  FarArticleItem *item = far_catalog_find (catalog, entry->article);
  gboolean is_ad = g_strcmp0 (entry->kind, "ad") == 0;
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *when = far_format_moment (entry->time_us, far_session_now_us (self->session));
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", describe_kind (entry->kind), when);
  g_autofree char *amount = NULL;
  const char *title = entry->article;

  if (item != NULL)
    title = far_article_item_get_summary (item)->title;
  else if (entry->article[0] == '\0')
    title = _("All articles");
  /* Plain text: use-markup must go before the title comes. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);

  /* What an advertiser paid is not the reader's money. */
  amount = is_ad ? g_strdup (_("free")) : far_micros_to_display (entry->amount_micros, currency);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             g_object_new (GTK_TYPE_LABEL, "label", amount,
                                           "css-classes", (const char *[]) { "numeric", NULL },
                                           NULL));
  return row;
}

static void
show_wallet (FarTabView *self, FarWallet *wallet)
{
  g_autofree char *tab = far_micros_to_display (wallet->tab_micros, wallet->currency);
  g_autofree char *balance = far_micros_to_display (wallet->wallet_micros, wallet->currency);
  g_autofree char *pledges = far_format_count (wallet->pledges);
  GtkListBoxRow *row;

  gtk_label_set_label (self->tab, tab);
  gtk_label_set_label (self->wallet, balance);
  gtk_label_set_label (self->pledges, pledges);
  adw_action_row_set_subtitle (self->pledges_row,
                               wallet->method_required
                               ? _("The next one needs a payment method")
                               : _("The tab is charged when it is worth a charge"));
  adw_action_row_set_subtitle (self->method_row,
                               wallet->method ? _("A test card is on file")
                                              : _("None; an ad needs none"));
  gtk_widget_set_visible (self->method, !wallet->method);

  while ((row = gtk_list_box_get_row_at_index (self->history, 0)) != NULL)
    gtk_list_box_remove (self->history, GTK_WIDGET (row));
  for (guint i = 0; i < wallet->history->len; i++)
    gtk_list_box_append (self->history, create_row (self, g_ptr_array_index (wallet->history, i),
                                                    wallet->currency));
  gtk_stack_set_visible_child_name (self->stack, "content");

  g_free (self->summary);
  self->summary = g_steal_pointer (&tab);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUMMARY]);
}

static void
wallet_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarTabView) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = NULL;
  g_autofree char *escaped = NULL;

  wallet = far_market_client_get_wallet_finish (FAR_MARKET_CLIENT (source), result, &error);
  if (self->session == NULL || far_session_get_market (self->session) != (gpointer) source)
    return;
  if (wallet != NULL)
    {
      show_wallet (self, wallet);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  escaped = g_markup_escape_text (error->message, -1);
  adw_status_page_set_description (self->failed, escaped);
  gtk_stack_set_visible_child_name (self->stack, "failed");
}

static void
refresh (FarTabView *self)
{
  FarMarketClient *market = self->session != NULL ? far_session_get_market (self->session) : NULL;

  if (market != NULL)
    far_market_client_get_wallet_async (market, self->cancellable, wallet_cb,
                                        g_object_ref (self));
}

static void
method_added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarTabView) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!far_market_client_add_method_finish (FAR_MARKET_CLIENT (source), result, &error) &&
      self->session != NULL)
    far_session_report (self->session, _("The card was not added"), error);
  gtk_widget_set_sensitive (self->method, TRUE);
  refresh (self);
}

static void
method_cb (FarTabView *self)
{
  FarMarketClient *market = self->session != NULL ? far_session_get_market (self->session) : NULL;
  g_autofree char *key = far_market_client_new_key ();

  if (market == NULL)
    return;
  gtk_widget_set_sensitive (self->method, FALSE);
  far_market_client_add_method_async (market, TEST_METHOD, key, self->cancellable,
                                      method_added_cb, g_object_ref (self));
}

static void
far_tab_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (far_tab_view_parent_class)->map (widget);
  refresh (FAR_TAB_VIEW (widget));
}

static void
far_tab_view_dispose (GObject *object)
{
  FarTabView *self = FAR_TAB_VIEW (object);

  far_tab_view_set_session (self, NULL);
  g_clear_pointer (&self->summary, g_free);
  /* Disposing the template unparents the stack behind the bin's back. */
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_TAB_VIEW);

  G_OBJECT_CLASS (far_tab_view_parent_class)->dispose (object);
}

static void
far_tab_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarTabView *self = FAR_TAB_VIEW (object);

  switch (prop_id)
    {
    case PROP_SUMMARY:
      g_value_set_string (value, self->summary != NULL ? self->summary : "");
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_tab_view_class_init (FarTabViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_tab_view_dispose;
  object_class->get_property = far_tab_view_get_property;
  widget_class->map = far_tab_view_map;

  properties[PROP_SUMMARY] =
    g_param_spec_string ("summary", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/reader/"
                                               "far-tab-view.ui");
  gtk_widget_class_bind_template_child (widget_class, FarTabView, stack);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, failed);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, tab);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, pledges_row);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, pledges);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, wallet);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, method_row);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, method);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, history);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
  gtk_widget_class_bind_template_callback (widget_class, method_cb);
}

static void
far_tab_view_init (FarTabView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_tab_view_set_session:
 * @session: (nullable): whose reader it is
 */
void
far_tab_view_set_session (FarTabView *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_TAB_VIEW (self));

  if (self->session == session)
    return;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_func (self->session, refresh, self);
  g_set_object (&self->session, session);
  if (session == NULL)
    return;
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (session, "notify::market", G_CALLBACK (refresh), self);
  refresh (self);
}

/* Something was bought or given back. */
void
far_tab_view_refresh (FarTabView *self)
{
  g_return_if_fail (FAR_IS_TAB_VIEW (self));

  refresh (self);
}
