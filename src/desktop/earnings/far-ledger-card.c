/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Four states: not asked, checking, checked (it holds, or where it breaks), and not checked because
 * the check failed. An icon and words tell them apart; colour agrees. */
#include "farthing-config.h"

#include "desktop/earnings/far-ledger-card.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

#define ROOT_DIGITS_SHOWN 16

struct _FarLedgerCard
{
  AdwBin parent_instance;

  AdwActionRow *row;
  GtkStack     *sign;
  GtkImage     *icon;
  GtkSpinner   *spinner;
  GtkButton    *verify;

  AdwActionRow *seen_row;
  GtkImage     *seen_icon;

  FarSession   *session;
  FarBooks     *books;
};

G_DEFINE_FINAL_TYPE (FarLedgerCard, far_ledger_card, ADW_TYPE_BIN)

static char *
describe_report (const FarLedgerVerdict *report)
{
  g_autofree char *transfers = far_format_count (report->transfers);
  g_autofree char *checkpoints = far_format_count (report->checkpoints);
  g_autofree char *root = g_strndup (report->root, ROOT_DIGITS_SHOWN);

  if (report->ok)
    /* Translators: number of transfers, number of checkpoints, beginning of a hash */
    return g_strdup_printf (_("%s transfers, %s signed checkpoints, root %s…"), transfers,
                            checkpoints, root);
  if (report->first_bad >= 0)
    {
      g_autofree char *row = far_format_count (report->first_bad);

      /* Translators: the number of a row, and what is wrong with it */
      return g_strdup_printf (_("Row %s is the first that is wrong. %s"), row, report->message);
    }
  return g_strdup (report->message);
}

static void
set_icon (GtkImage *icon, const char *icon_name, const char *css_class)
{
  static const char *const classes[] = { "success", "error", "dim-label" };

  gtk_image_set_from_icon_name (icon, icon_name);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      if (g_str_equal (classes[i], css_class))
        gtk_widget_add_css_class (GTK_WIDGET (icon), classes[i]);
      else
        gtk_widget_remove_css_class (GTK_WIDGET (icon), classes[i]);
    }
}

static void
update_report (FarLedgerCard *self, const FarLedgerVerdict *report)
{
  g_autofree char *subtitle = describe_report (report);
  g_autofree char *escaped = g_markup_escape_text (subtitle, -1);

  set_icon (self->icon, report->ok ? "far-verified-symbolic" : "far-error-symbolic",
            report->ok ? "success" : "error");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row),
                                 report->ok ? _("The ledger holds")
                                            : _("The ledger has been changed"));
  adw_action_row_set_subtitle (self->row, escaped);
}

/* What this computer was shown before, and that it is still there. */
static void
update_seen (FarLedgerCard *self)
{
  const FarLedgerContact *contact = NULL;
  gboolean alarmed = FALSE;
  g_autofree char *size = NULL;
  g_autofree char *text = NULL;

  if (self->session != NULL)
    {
      FarLedgerWatch *ledgers = far_session_get_ledgers (self->session);
      const char *id = far_watch_list_get_chosen (far_session_get_watched (self->session));

      contact = far_ledger_watch_get_contact (ledgers, id);
      alarmed = far_ledger_watch_is_alarmed (ledgers, id);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->seen_row), contact != NULL || alarmed);
  if (contact == NULL || alarmed)
    {
      set_icon (self->seen_icon, "far-error-symbolic", "error");
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->seen_row),
                                     _("The log is not what it was"));
      adw_action_row_set_subtitle (self->seen_row, _("See above"));
      return;
    }
  set_icon (self->seen_icon, "far-verified-symbolic", "success");
  size = far_format_count ((gint64) contact->size);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->seen_row),
                                 contact->finding == FAR_WITNESS_FIRST
                                   ? _("Seen for the first time") : _("The log has only grown"));
  /* Translators: a number of entries */
  text = g_strdup_printf (_("This computer keeps the last signed checkpoint, %s entries, and "
                            "demands that the next one continues it."), size);
  adw_action_row_set_subtitle (self->seen_row, text);
}

static void
update (FarLedgerCard *self)
{
  FarVerdict verdict = self->books != NULL ? far_books_get_verdict (self->books)
                                           : FAR_VERDICT_NONE;
  gboolean checking = verdict == FAR_VERDICT_CHECKING;

  gtk_stack_set_visible_child_name (self->sign, checking ? "spinner" : "icon");
  gtk_spinner_set_spinning (self->spinner, checking);
  gtk_widget_set_sensitive (GTK_WIDGET (self->verify), self->books != NULL && !checking);
  /* Another's rows are not here to be read; its checkpoints are. */
  gtk_widget_set_visible (GTK_WIDGET (self->row),
                          self->session == NULL ||
                          !far_watch_list_is_remote (far_session_get_watched (self->session)));
  update_seen (self);

  switch (verdict)
    {
    case FAR_VERDICT_CHECKING:
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), _("Checking"));
      adw_action_row_set_subtitle (self->row, _("Every row and every checkpoint is read"));
      break;
    case FAR_VERDICT_DONE:
      update_report (self, far_books_get_report (self->books));
      break;
    case FAR_VERDICT_FAILED:
      set_icon (self->icon, "far-error-symbolic", "error");
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), _("Not checked"));
      adw_action_row_set_subtitle (self->row, _("The check itself failed; try again"));
      break;
    case FAR_VERDICT_NONE:
    default:
      set_icon (self->icon, "far-verified-symbolic", "dim-label");
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), _("Not checked yet"));
      adw_action_row_set_subtitle (self->row,
                                   _("Verify reads the whole journal and its checkpoints"));
      break;
    }
}

static void
verify_cb (FarLedgerCard *self)
{
  g_assert (self->books != NULL);

  far_books_verify (self->books);
}

static void
far_ledger_card_dispose (GObject *object)
{
  FarLedgerCard *self = FAR_LEDGER_CARD (object);

  if (self->row != NULL)
    {
      far_ledger_card_set_session (self, NULL);
      far_ledger_card_set_books (self, NULL);
    }
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_LEDGER_CARD);

  G_OBJECT_CLASS (far_ledger_card_parent_class)->dispose (object);
}

static void
far_ledger_card_class_init (FarLedgerCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_ledger_card_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/earnings/"
                                               "far-ledger-card.ui");
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, row);
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, sign);
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, icon);
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, verify);
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, seen_row);
  gtk_widget_class_bind_template_child (widget_class, FarLedgerCard, seen_icon);
  gtk_widget_class_bind_template_callback (widget_class, verify_cb);
}

static void
far_ledger_card_init (FarLedgerCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  update (self);
}

/**
 * far_ledger_card_set_books:
 * @books: (nullable): whose verdict it is
 */
void
far_ledger_card_set_books (FarLedgerCard *self, FarBooks *books)
{
  g_return_if_fail (FAR_IS_LEDGER_CARD (self));

  if (self->books == books)
    return;
  if (self->books != NULL)
    g_signal_handlers_disconnect_by_func (self->books, update, self);
  g_set_object (&self->books, books);
  if (books != NULL)
    g_signal_connect_swapped (books, "verdict-changed", G_CALLBACK (update), self);
  update (self);
}

/**
 * far_ledger_card_set_session:
 * @session: (nullable): whose books and ledgers it shows
 */
void
far_ledger_card_set_session (FarLedgerCard *self, FarSession *session)
{
  g_return_if_fail (FAR_IS_LEDGER_CARD (self));

  if (self->session == session)
    return;
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_func (far_session_get_ledgers (self->session), update, self);
  g_set_object (&self->session, session);
  if (session != NULL)
    g_signal_connect_swapped (far_session_get_ledgers (session), "changed", G_CALLBACK (update),
                              self);
  far_ledger_card_set_books (self, session != NULL ? far_session_get_books (session) : NULL);
}
