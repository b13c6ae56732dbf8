/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows are made anew when the entries have changed, and only then: a list that is rebuilt under the
 * pointer loses the focus. */
#include "farthing-config.h"

#include "desktop/wallet/far-history-group.h"

#include <glib/gi18n.h>

#include "base/far-money.h"
#include "desktop/far-format.h"

struct _FarHistoryGroup
{
  AdwBin parent_instance;

  GtkListBox *list;
  GtkWidget  *older;

  FarPurse   *purse;
  guint64     shown; /* a digest of the entries on screen */
};

G_DEFINE_FINAL_TYPE (FarHistoryGroup, far_history_group, ADW_TYPE_BIN)

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
    { "topup", N_("Paid into the wallet") },
    { "wallet_refund", N_("Wallet given back") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (kind, texts[i].kind) == 0)
      return _(texts[i].text);
  return kind;
}

static const char *
get_title (const FarWalletEntry *entry, FarCatalog *catalog)
{
  FarArticleItem *item = far_catalog_find (catalog, entry->article);

  if (item != NULL)
    return far_article_item_get_summary (item)->title;
  return entry->article[0] != '\0' ? entry->article : describe_kind (entry->kind);
}

static GtkWidget *
create_row (const FarWalletEntry *entry, FarSession *session, const char *currency)
{
  gboolean is_ad = g_strcmp0 (entry->kind, "ad") == 0;
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *when = far_format_moment (entry->time_us, far_session_now_us (session));
  g_autofree char *subtitle = NULL;
  g_autofree char *amount = NULL;

  /* Plain text: use-markup must go before the title comes. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 get_title (entry, far_session_get_catalog (session)));
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  subtitle = entry->article[0] != '\0'
             ? g_strdup_printf ("%s · %s", describe_kind (entry->kind), when)
             : g_strdup (when);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);

  /* What an advertiser paid is not the reader's money. */
  amount = is_ad ? g_strdup (_("free")) : far_micros_to_display (entry->amount_micros, currency);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             g_object_new (GTK_TYPE_LABEL, "label", amount,
                                           "css-classes", (const char *[]) { "numeric", NULL },
                                           NULL));
  return row;
}

/* Of what makes rows differ, the titles of the articles too. */
static guint64
digest (GPtrArray *history, FarCatalog *catalog)
{
  guint64 sum = history->len;

  for (guint i = 0; i < history->len; i++)
    {
      const FarWalletEntry *entry = g_ptr_array_index (history, i);

      sum = sum * 31 + (guint64) entry->time_us;
      sum = sum * 31 + g_str_hash (entry->kind);
      sum = sum * 31 + g_str_hash (get_title (entry, catalog));
    }
  return sum + 1;
}

static void
older_cb (FarHistoryGroup *self)
{
  if (self->purse != NULL)
    far_purse_load_older (self->purse);
}

static void
far_history_group_dispose (GObject *object)
{
  FarHistoryGroup *self = FAR_HISTORY_GROUP (object);

  g_clear_object (&self->purse);
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_HISTORY_GROUP);

  G_OBJECT_CLASS (far_history_group_parent_class)->dispose (object);
}

static void
far_history_group_class_init (FarHistoryGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_history_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/wallet/"
                                               "far-history-group.ui");
  gtk_widget_class_bind_template_child (widget_class, FarHistoryGroup, list);
  gtk_widget_class_bind_template_child (widget_class, FarHistoryGroup, older);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
}

static void
far_history_group_init (FarHistoryGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_history_group_show:
 * @session: whose purse and catalog; the purse has a wallet
 */
void
far_history_group_show (FarHistoryGroup *self, FarSession *session)
{
  FarPurse *purse = far_session_get_purse (session);
  GPtrArray *history = far_purse_get_history (purse);
  const char *currency = far_purse_get_wallet (purse)->currency;
  guint64 sum = digest (history, far_session_get_catalog (session));
  GtkListBoxRow *row;

  g_return_if_fail (FAR_IS_HISTORY_GROUP (self));

  g_set_object (&self->purse, purse);
  gtk_widget_set_visible (self->older, far_purse_get_has_older (purse));
  if (sum == self->shown)
    return;
  self->shown = sum;
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < history->len; i++)
    gtk_list_box_append (self->list, create_row (g_ptr_array_index (history, i), session,
                                                 currency));
}
