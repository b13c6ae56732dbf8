/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the purse, which is read again whenever this comes on screen and after each purchase. What
 * a publication does not say (an older one has no limits and no wallet to fill) is not shown. */
#include "farthing-config.h"

#include "desktop/wallet/far-tab-view.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-drop-down.h"
#include "desktop/shell/far-value.h"
#include "desktop/wallet/far-caps-group.h"
#include "desktop/wallet/far-data-group.h"
#include "desktop/wallet/far-history-group.h"
#include "desktop/wallet/far-visit-row.h"

/* What can be paid into the wallet at once, in whole units of its currency. */
/* In the provider's least charge of the currency: $2, $5, $10, $20; ¥200 and so on. */
static const int topups[] = { 4, 10, 20, 40 };
#define MICROS_PER_UNIT G_GINT64_CONSTANT (1000000)
#define LOOK_MS 1000 /* at most so often, while the books grow */

struct _FarTabView
{
  AdwBin parent_instance;

  GtkStack        *stack;
  AdwStatusPage   *failed;
  GtkLabel        *tab;
  GtkLabel        *due;
  GtkWidget       *pay;
  GtkWidget       *charge;
  GtkLabel        *charge_text;
  GtkLinkButton   *charge_link;
  FarVisitRow     *visit;
  AdwActionRow    *pledges_row;
  GtkLabel        *pledges;
  AdwActionRow    *method_row;
  GtkWidget       *test_card;
  GtkWidget       *setup;
  GtkLabel        *wallet;
  GtkWidget       *topup_row;
  GtkDropDown     *topup_amount;
  GtkWidget       *give_back_row;
  FarCapsGroup    *caps;
  FarHistoryGroup *history;
  FarDataGroup    *data;

  FarSession      *session;
  FarPurse        *purse;
  FarPlatformClient *client; /* nullable: whose journal is listened to, while this is shown */
  guint            look_id;
  char            *summary;
  char            *currency; /* of the amounts to choose from */
};

enum { PROP_0, PROP_SUMMARY, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarTabView, far_tab_view, ADW_TYPE_BIN)

static char *
describe_due (FarTabView *self, const FarWallet *wallet)
{
  g_autofree char *threshold = NULL;
  g_autofree char *least = NULL;
  g_autofree char *day = NULL;
  gboolean too_little;

  if (wallet->threshold_micros <= 0)
    return NULL;
  if (wallet->tab_micros > 0 && !wallet->method)
    return g_strdup (_("It is charged when you have set up a payment method."));
  least = far_format_money (wallet->minimum_micros, wallet->currency);
  too_little = wallet->tab_micros > 0 && wallet->tab_micros < wallet->minimum_micros;
  if (too_little && wallet->due_us > 0 && wallet->due_us <= far_session_now_us (self->session))
    /* Translators: %s is an amount of money */
    return g_strdup_printf (_("It is carried forward, and charged when it comes to %s."), least);
  threshold = far_format_money (wallet->threshold_micros, wallet->currency);
  if (wallet->due_us == 0)
    /* Translators: %s is an amount of money */
    return g_strdup_printf (_("It is charged once when it comes to %s, or when the month ends."),
                            threshold);
  day = far_format_date (wallet->due_us, far_session_now_us (self->session));
  if (too_little)
    /* Translators: an amount of money, a day, and another amount */
    return g_strdup_printf (_("It is charged once: when it comes to %s, or on %s. Less than %s is "
                              "carried forward."), threshold, day, least);
  /* Translators: an amount of money, and a day */
  return g_strdup_printf (_("It is charged once: when it comes to %s, or on %s."), threshold, day);
}

static char *
describe_charge (const FarCharge *charge, const char *currency)
{
  g_autofree char *amount = far_format_money (charge->amount_micros, currency);

  if (charge->url[0] != '\0')
    /* Translators: %s is an amount of money */
    return g_strdup_printf (_("Your bank wants to see you before it pays %s."), amount);
  if (g_str_equal (charge->state, "failed"))
    /* Translators: an amount of money, and the payment provider's reason */
    return g_strdup_printf (_("%s could not be charged. %s"), amount, charge->reason);
  if (g_str_equal (charge->state, "unknown"))
    /* Translators: %s is an amount of money */
    return g_strdup_printf (_("Whether %s was charged is not known yet; the provider is being "
                              "asked. Nothing is charged twice."), amount);
  return NULL;
}

static void
show_charge (FarTabView *self, const FarWallet *wallet)
{
  const FarCharge *charge = wallet->charge;
  g_autofree char *text = charge != NULL ? describe_charge (charge, wallet->currency) : NULL;

  gtk_widget_set_visible (self->charge, text != NULL);
  if (text == NULL)
    return;
  gtk_label_set_label (self->charge_text, text);
  gtk_widget_set_visible (GTK_WIDGET (self->charge_link), charge->url[0] != '\0');
  if (charge->url[0] != '\0')
    gtk_link_button_set_uri (self->charge_link, charge->url);
}

static gint64
topup_micros (const FarWallet *wallet, guint chosen)
{
  gint64 least_micros = wallet->minimum_micros > 0 ? wallet->minimum_micros : MICROS_PER_UNIT / 2;

  return topups[chosen] * least_micros;
}

/* The amounts follow the wallet's currency. */
static void
show_topups (FarTabView *self, const FarWallet *wallet)
{
  g_autoptr (GtkStringList) amounts = NULL;

  if (g_strcmp0 (self->currency, wallet->currency) == 0)
    return;
  g_free (self->currency);
  self->currency = g_strdup (wallet->currency);
  amounts = gtk_string_list_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (topups); i++)
    gtk_string_list_take (amounts, far_format_money (topup_micros (wallet, i), wallet->currency));
  gtk_drop_down_set_model (self->topup_amount, G_LIST_MODEL (amounts));
}

static void
show_paying (FarTabView *self, const FarWallet *wallet)
{
  gboolean is_test = g_str_equal (wallet->money, "test") || wallet->caps == NULL;
  gboolean has_provider = wallet->caps != NULL;
  gboolean can_pay = wallet->method && wallet->minimum_micros > 0 &&
                     wallet->tab_micros >= wallet->minimum_micros;
  gboolean busy = far_purse_get_busy (self->purse);
  GtkWidget *buttons[] = { self->pay, self->test_card, self->setup, self->topup_row,
                           self->give_back_row };
  g_autofree char *balance = far_format_money (wallet->wallet_micros, wallet->currency);
  g_autofree char *pledges = far_format_count (wallet->pledges);

  far_value_set (self->wallet, balance);
  far_value_set (self->pledges, pledges);
  adw_action_row_set_subtitle (self->pledges_row,
                               wallet->method_required
                               ? _("The next one needs a payment method")
                               : _("From the wallet, or on the tab until that is charged"));
  adw_action_row_set_subtitle (self->method_row,
                               !wallet->method ? _("None; an ad needs none")
                               : is_test ? _("A test card is on file") : _("One is on file"));
  gtk_widget_set_visible (self->pay, can_pay);
  gtk_widget_set_visible (self->test_card, is_test && !wallet->method);
  gtk_widget_set_visible (self->setup, has_provider);
  gtk_button_set_label (GTK_BUTTON (self->setup), wallet->method ? _("_Change…") : _("_Set Up…"));
  gtk_widget_set_visible (self->topup_row, has_provider);
  gtk_widget_set_visible (self->give_back_row, wallet->refundable_micros > 0);
  for (guint i = 0; i < G_N_ELEMENTS (buttons); i++)
    gtk_widget_set_sensitive (buttons[i], !busy && far_purse_get_visit (self->purse) == NULL);
  show_topups (self, wallet);
}

static void
show_wallet (FarTabView *self, FarWallet *wallet)
{
  g_autofree char *tab = far_format_money (wallet->tab_micros, wallet->currency);
  g_autofree char *due = describe_due (self, wallet);

  gtk_label_set_label (self->tab, tab);
  gtk_label_set_label (self->due, due);
  gtk_widget_set_visible (GTK_WIDGET (self->due), due != NULL);
  show_charge (self, wallet);
  show_paying (self, wallet);
  far_visit_row_show (self->visit, far_purse_get_visit (self->purse));
  far_caps_group_show (self->caps, wallet, far_purse_get_busy (self->purse));
  far_history_group_show (self->history, self->session);
  gtk_widget_set_visible (GTK_WIDGET (self->data), wallet->caps != NULL);
  gtk_stack_set_visible_child_name (self->stack, "content");

  g_free (self->summary);
  self->summary = g_steal_pointer (&tab);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUMMARY]);
}

/* ---- what happens elsewhere: a charge, a refund, a payment in a browser ---- */

static gboolean
look_cb (gpointer user_data)
{
  FarTabView *self = user_data;

  self->look_id = 0;
  far_purse_look (self->purse);
  return G_SOURCE_REMOVE;
}

/* The books have grown; by whose money is not said. */
static void
grown_cb (FarTabView *self)
{
  if (self->look_id == 0)
    self->look_id = g_timeout_add (LOOK_MS, look_cb, self);
}

static void
stop_listening (FarTabView *self)
{
  g_clear_handle_id (&self->look_id, g_source_remove);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_func (self->client, grown_cb, self);
  g_clear_object (&self->client);
}

static void
listen_on (FarTabView *self)
{
  stop_listening (self);
  if (self->session != NULL &&
      g_set_object (&self->client, far_session_get_client (self->session)))
    g_signal_connect_swapped (self->client, "notify::transfers", G_CALLBACK (grown_cb), self);
}

static void
purse_changed_cb (FarTabView *self)
{
  FarWallet *wallet = far_purse_get_wallet (self->purse);
  const char *message = far_purse_get_message (self->purse);
  g_autofree char *escaped = NULL;

  /* Another platform has come. */
  if (gtk_widget_get_mapped (GTK_WIDGET (self)) &&
      self->client != far_session_get_client (self->session))
    listen_on (self);
  if (wallet != NULL)
    {
      show_wallet (self, wallet);
      return;
    }
  escaped = message != NULL ? g_markup_escape_text (message, -1) : NULL;
  adw_status_page_set_description (self->failed, escaped);
  gtk_stack_set_visible_child_name (self->stack, message != NULL ? "failed" : "loading");
}

static void
refresh (FarTabView *self)
{
  if (self->purse != NULL)
    far_purse_refresh (self->purse);
}

static void
topup_cb (FarTabView *self)
{
  guint chosen = gtk_drop_down_get_selected (self->topup_amount);
  const FarWallet *wallet = far_purse_get_wallet (self->purse);

  if (wallet != NULL && chosen < G_N_ELEMENTS (topups))
    far_purse_begin_topup (self->purse, topup_micros (wallet, chosen));
}

static void
pay_cb (FarTabView *self)
{
  far_purse_pay_tab (self->purse);
}

static void
test_card_cb (FarTabView *self)
{
  far_purse_add_test_card (self->purse);
}

static void
setup_cb (FarTabView *self)
{
  far_purse_begin_setup (self->purse);
}

static void
give_back_cb (FarTabView *self)
{
  far_purse_give_back (self->purse);
}

static void
visit_ended_cb (FarTabView *self)
{
  far_purse_end_visit (self->purse);
}

static void
caps_set_cb (FarTabView *self, gint64 day_micros, gint64 month_micros)
{
  far_purse_set_caps (self->purse, day_micros, month_micros);
}

static void
export_cb (FarTabView *self, GFile *file)
{
  far_purse_export (self->purse, file);
}

static void
forget_cb (FarTabView *self)
{
  far_purse_delete_reader (self->purse);
}

static void
far_tab_view_map (GtkWidget *widget)
{
  FarTabView *self = FAR_TAB_VIEW (widget);

  GTK_WIDGET_CLASS (far_tab_view_parent_class)->map (widget);
  refresh (self);
  listen_on (self);
}

static void
far_tab_view_unmap (GtkWidget *widget)
{
  stop_listening (FAR_TAB_VIEW (widget));
  GTK_WIDGET_CLASS (far_tab_view_parent_class)->unmap (widget);
}

static void
far_tab_view_dispose (GObject *object)
{
  FarTabView *self = FAR_TAB_VIEW (object);

  far_tab_view_set_session (self, NULL);
  g_clear_pointer (&self->summary, g_free);
  g_clear_pointer (&self->currency, g_free);
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
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarTabView, stack);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, failed);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, tab);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, due);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, pay);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, charge);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, charge_text);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, charge_link);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, visit);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, pledges_row);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, pledges);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, method_row);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, test_card);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, setup);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, wallet);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, topup_row);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, topup_amount);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, give_back_row);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, caps);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, history);
  gtk_widget_class_bind_template_child (widget_class, FarTabView, data);
  gtk_widget_class_bind_template_callback (widget_class, refresh);
  gtk_widget_class_bind_template_callback (widget_class, pay_cb);
  gtk_widget_class_bind_template_callback (widget_class, test_card_cb);
  gtk_widget_class_bind_template_callback (widget_class, setup_cb);
  gtk_widget_class_bind_template_callback (widget_class, topup_cb);
  gtk_widget_class_bind_template_callback (widget_class, give_back_cb);
  gtk_widget_class_bind_template_callback (widget_class, visit_ended_cb);
  gtk_widget_class_bind_template_callback (widget_class, caps_set_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_cb);
  gtk_widget_class_bind_template_callback (widget_class, forget_cb);
}

static void
far_tab_view_class_init (FarTabViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_tab_view_dispose;
  object_class->get_property = far_tab_view_get_property;
  widget_class->map = far_tab_view_map;
  widget_class->unmap = far_tab_view_unmap;

  properties[PROP_SUMMARY] =
    g_param_spec_string ("summary", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FAR_TYPE_CAPS_GROUP);
  g_type_ensure (FAR_TYPE_DATA_GROUP);
  g_type_ensure (FAR_TYPE_HISTORY_GROUP);
  g_type_ensure (FAR_TYPE_VISIT_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/wallet/"
                                               "far-tab-view.ui");
  bind_children (widget_class);
}

static void
far_tab_view_init (FarTabView *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  far_drop_down_set_name (self->topup_amount, _("Amount to add"));
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
  stop_listening (self);
  if (self->purse != NULL)
    g_signal_handlers_disconnect_by_func (self->purse, purse_changed_cb, self);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_func (far_session_get_catalog (self->session),
                                          purse_changed_cb, self);
  g_clear_object (&self->purse);
  g_set_object (&self->session, session);
  if (session == NULL)
    return;
  self->purse = g_object_ref (far_session_get_purse (session));
  g_signal_connect_swapped (self->purse, "changed", G_CALLBACK (purse_changed_cb), self);
  /* The history has the articles' titles. */
  g_signal_connect_swapped (far_session_get_catalog (session), "changed",
                            G_CALLBACK (purse_changed_cb), self);
  refresh (self);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    listen_on (self);
}

/* Something was bought or given back. */
void
far_tab_view_refresh (FarTabView *self)
{
  g_return_if_fail (FAR_IS_TAB_VIEW (self));

  refresh (self);
}
