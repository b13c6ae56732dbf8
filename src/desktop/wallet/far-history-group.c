/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row stays as long as its entry does and says the same: what is rebuilt under the keyboard or
 * the pointer loses the focus, and new entries come at any time. */
#include "farthing-config.h"

#include "desktop/wallet/far-history-group.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-value.h"
#include "desktop/wallet/far-receipt-dialog.h"

#define ARTICLE "far-article"
#define DIGEST "far-digest"

struct _FarHistoryGroup
{
  AdwBin parent_instance;

  GtkListBox           *list;
  GtkWidget            *older;

  FarSession           *session;
  FarPurse             *purse;
  GtkFileChooserNative *chooser;
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

static void
show_proof (FarHistoryGroup *self, FarProof *proof, const char *title)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_window_present (GTK_WINDOW (far_receipt_dialog_new (window, self->session, proof, title)));
}

static void
receipt_cb (GtkButton *button, FarHistoryGroup *self)
{
  FarMarketClient *market = far_session_get_market (self->session);
  const char *article = g_object_get_data (G_OBJECT (button), ARTICLE);
  FarArticleItem *item = far_catalog_find (far_session_get_catalog (self->session), article);
  g_autoptr (FarProof) proof = NULL;

  if (market == NULL)
    return;
  proof = far_proof_new (market, far_session_get_data_dir (self->session), article);
  show_proof (self, proof, item != NULL ? far_article_item_get_summary (item)->title : article);
}

/* An ad costs the reader nothing, and what is not about an article is the provider's receipt. */
static gboolean
has_receipt (const FarWalletEntry *entry)
{
  return entry->article[0] != '\0' && g_strcmp0 (entry->kind, "ad") != 0;
}

static GtkWidget *
create_receipt_button (FarHistoryGroup *self, const char *article, const char *title)
{
  GtkWidget *button = g_object_new (GTK_TYPE_BUTTON, "label", _("Receipt"), "valign",
                                    GTK_ALIGN_CENTER, "css-classes",
                                    (const char *[]) { "flat", NULL }, NULL);
  /* Translators: %s is the title of an article */
  g_autofree char *name = g_strdup_printf (_("Receipt for %s"), title);

  g_object_set_data_full (G_OBJECT (button), ARTICLE, g_strdup (article), g_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (receipt_cb), self, 0);
  return button;
}

static GtkWidget *
create_row (FarHistoryGroup *self, const FarWalletEntry *entry, const char *currency)
{
  FarSession *session = self->session;
  const char *title = get_title (entry, far_session_get_catalog (session));
  gboolean is_ad = g_strcmp0 (entry->kind, "ad") == 0;
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *when = far_format_moment (entry->time_us, far_session_now_us (session));
  g_autofree char *subtitle = NULL;
  g_autofree char *amount = NULL;

  /* Plain text: use-markup must go before the title comes. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  subtitle = entry->article[0] != '\0'
             ? g_strdup_printf ("%s · %s", describe_kind (entry->kind), when)
             : g_strdup (when);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);

  /* What an advertiser paid is not the reader's money. */
  amount = is_ad ? g_strdup (_("free")) : far_format_money (entry->amount_micros, currency);
  far_value_add (ADW_ACTION_ROW (row), amount, FALSE);
  if (has_receipt (entry))
    adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                               create_receipt_button (self, entry->article, title));
  return row;
}

/* Of what makes rows differ: the title of the article, and the day it is today, too. */
static guint
digest (FarHistoryGroup *self, const FarWalletEntry *entry, const char *currency)
{
  g_autofree char *when = far_format_moment (entry->time_us, far_session_now_us (self->session));
  const char *title = get_title (entry, far_session_get_catalog (self->session));
  guint sum = (guint) entry->time_us;

  sum = sum * 31 + g_int64_hash (&entry->amount_micros);
  sum = sum * 31 + g_str_hash (currency);
  sum = sum * 31 + g_str_hash (entry->kind);
  sum = sum * 31 + g_str_hash (title);
  return sum * 31 + g_str_hash (when);
}

/* Returns: the place of the first row from there on that shows this entry; -1 if there is none */
static int
find_row (FarHistoryGroup *self, guint sum, int from)
{
  GtkListBoxRow *row;

  for (int i = from; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), DIGEST)) == sum)
      return i;
  return -1;
}

/* The row of an entry at its place; those before it that are nobody's any longer go. */
static void
place_row (FarHistoryGroup *self, const FarWalletEntry *entry, const char *currency, int place)
{
  guint sum = digest (self, entry, currency);
  int found = find_row (self, sum, place);
  GtkWidget *row;

  for (; found > place; found--)
    gtk_list_box_remove (self->list, GTK_WIDGET (gtk_list_box_get_row_at_index (self->list,
                                                                                place)));
  if (found == place)
    return;
  row = create_row (self, entry, currency);
  g_object_set_data (G_OBJECT (row), DIGEST, GUINT_TO_POINTER (sum));
  gtk_list_box_insert (self->list, row, place);
}

static void
file_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarHistoryGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source));
  g_autofree char *title = g_filename_display_name (name);
  g_autoptr (FarProof) proof = NULL;
  gsize n_bytes = 0;

  if (!g_file_load_contents_finish (G_FILE (source), result, &text, &n_bytes, NULL, &error))
    {
      if (self->session != NULL)
        far_session_report (self->session, _("The receipt cannot be read"), error);
      return;
    }
  if (self->session == NULL || far_session_get_market (self->session) == NULL ||
      gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;
  proof = far_proof_new_for_text (far_session_get_market (self->session),
                                  far_session_get_data_dir (self->session), text, n_bytes);
  show_proof (self, proof, title);
}

static void
file_chosen_cb (FarHistoryGroup *self, int response)
{
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_clear_object (&self->chooser);
  if (file != NULL)
    g_file_load_contents_async (file, NULL, file_read_cb, g_object_ref (self));
}

/* A receipt that was saved is checked like any other. */
static void
open_cb (FarHistoryGroup *self)
{
  g_clear_object (&self->chooser);
  self->chooser =
    gtk_file_chooser_native_new (_("Check a Saved Receipt"),
                                 GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                 GTK_FILE_CHOOSER_ACTION_OPEN, NULL, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (file_chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
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

  g_clear_object (&self->chooser);
  g_clear_object (&self->purse);
  g_clear_object (&self->session);
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
  gtk_widget_class_bind_template_callback (widget_class, open_cb);
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
  GtkListBoxRow *row;

  g_return_if_fail (FAR_IS_HISTORY_GROUP (self));

  g_set_object (&self->session, session);
  g_set_object (&self->purse, purse);
  gtk_widget_set_visible (self->older, far_purse_get_has_older (purse));
  for (guint i = 0; i < history->len; i++)
    place_row (self, g_ptr_array_index (history, i), currency, (int) i);
  while ((row = gtk_list_box_get_row_at_index (self->list, (int) history->len)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
}
