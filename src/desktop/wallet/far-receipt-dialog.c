/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two voices are kept apart: what the publication says (above), and what its ledger proves (below,
 * after the check). An icon and words tell the verdict; colour agrees. */
#include "farthing-config.h"

#include "desktop/wallet/far-receipt-dialog.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-save.h"
#include "desktop/shell/far-value.h"

struct _FarReceiptDialog
{
  AdwWindow parent_instance;

  GtkWidget     *badge;
  GtkWidget     *save;
  GtkStack      *stack;
  GtkSpinner    *loading;
  AdwStatusPage *failed;
  GtkLabel      *amount;
  GtkLabel      *title;
  GtkLabel      *when;
  GtkWidget     *booked_group;
  GtkListBox    *booked;
  GtkImage      *icon;
  GtkLabel      *verdict;
  GtkLabel      *reason;
  GtkWidget     *check;
  GtkWidget     *details_group;
  GtkListBox    *details;

  FarSession    *session;
  FarProof      *proof;
};

G_DEFINE_FINAL_TYPE (FarReceiptDialog, far_receipt_dialog, ADW_TYPE_WINDOW)

static const char *
publication (FarReceiptDialog *self)
{
  const char *title = far_deployment_get_title (far_session_get_deployment (self->session));

  return title != NULL ? title : _("the publication");
}

/* Returns: (transfer full): to whom, or why, in plain words */
static char *
describe_what (FarReceiptDialog *self, const char *what)
{
  if (g_str_equal (what, "pledge"))
    /* Translators: %s is the name of a publication that was paid */
    return g_strdup_printf (_("To %s"), publication (self));
  if (g_str_equal (what, "fee"))
    return g_strdup (_("To the network, its fee"));
  if (g_str_equal (what, "refund"))
    /* Translators: %s is the name of a publication that gave money back */
    return g_strdup_printf (_("Given back by %s"), publication (self));
  if (g_str_equal (what, "refund_fee"))
    return g_strdup (_("Given back by the network"));
  if (g_str_equal (what, "write_off"))
    return g_strdup (_("Written off"));
  return g_strdup (_("Booked"));
}

static gboolean
is_given_back (const char *what)
{
  return g_str_equal (what, "refund") || g_str_equal (what, "refund_fee") ||
         g_str_equal (what, "write_off");
}

static void
clear_list (GtkListBox *list)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
}

/* ---- what the publication says ---- */

static GtkWidget *
create_booked_row (FarReceiptDialog *self, const FarReceipt *receipt)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *what = describe_what (self, receipt->what);
  g_autofree char *amount = far_format_money (receipt->amount_micros, receipt->currency);
  g_autofree char *when = far_format_moment (receipt->time_us, far_session_now_us (self->session));

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), what);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), when);
  far_value_add (ADW_ACTION_ROW (row), amount, FALSE);
  return row;
}

static void
show_receipts (FarReceiptDialog *self, GPtrArray *receipts)
{
  const FarReceipt *first = receipts->len > 0 ? g_ptr_array_index (receipts, 0) : NULL;
  g_autofree char *amount = NULL;
  g_autofree char *when = NULL;
  gint64 micros = 0;
  gint64 since_us = G_MAXINT64;

  for (guint i = 0; i < receipts->len; i++)
    {
      const FarReceipt *receipt = g_ptr_array_index (receipts, i);

      if (!is_given_back (receipt->what))
        micros += receipt->amount_micros;
      since_us = MIN (since_us, receipt->time_us);
      gtk_list_box_append (self->booked, create_booked_row (self, receipt));
    }
  if (first == NULL)
    return;
  amount = far_format_money (micros, first->currency);
  when = far_format_moment (since_us, far_session_now_us (self->session));
  gtk_label_set_label (self->amount, amount);
  gtk_label_set_label (self->when, when);
  gtk_widget_set_sensitive (self->save, TRUE);
}

/* ---- what the log says ---- */

/* A name above a value that can be selected, and may be long. */
static void
add_property (GtkWidget *expander, const char *name, const char *value)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", name, "xalign", 0.0f, "css-classes",
                                   (const char *[]) { "caption", "dim-label", NULL }, NULL);
  GtkWidget *text = g_object_new (GTK_TYPE_LABEL, "label", value, "xalign", 0.0f, "wrap", TRUE,
                                  "wrap-mode", PANGO_WRAP_WORD_CHAR, "selectable", TRUE,
                                  "css-classes", (const char *[]) { "numeric", NULL }, NULL);
  GtkWidget *row = g_object_new (GTK_TYPE_LIST_BOX_ROW, "child", box, "activatable", FALSE, NULL);

  gtk_widget_set_margin_top (box, 9);
  gtk_widget_set_margin_bottom (box, 9);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), text);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (text), GTK_ACCESSIBLE_RELATION_LABELLED_BY,
                                  label, NULL, -1);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), row);
}

static GtkWidget *
create_wrong_row (const FarReceiptFinding *finding)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("This does not hold"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), finding->message);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                             g_object_new (GTK_TYPE_IMAGE, "icon-name", "far-error-symbolic",
                                           "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                           "css-classes", (const char *[]) { "error", NULL },
                                           NULL));
  return row;
}

static GtkWidget *
create_finding_row (FarReceiptDialog *self, const FarReceiptFinding *finding)
{
  GtkWidget *row = adw_expander_row_new ();
  g_autofree char *what = describe_what (self, finding->what);
  g_autofree char *amount = far_format_money (finding->amount_micros, finding->currency);
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", amount, what);
  g_autofree char *seq = far_format_count ((gint64) finding->seq);
  g_autofree char *size = far_format_count ((gint64) finding->size);
  g_autofree char *time = far_time_to_rfc3339 (finding->time_us);
  /* Translators: %s is the number of an entry in the ledger's log */
  g_autofree char *title = g_strdup_printf (_("Entry %s"), seq);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), subtitle);
  add_property (row, _("Time in the ledger"), time);
  add_property (row, _("Transfer"), finding->transfer);
  add_property (row, _("From account"), finding->debit);
  add_property (row, _("To account"), finding->credit);
  add_property (row, _("Entries that were signed"), size);
  add_property (row, _("Root of the log"), finding->root);
  add_property (row, _("Signed with the key"), finding->key);
  return row;
}

/* "5 ¢ to The Ropewalk and 1 ¢ to the network": what the log proves, not what was said. */
static char *
describe_findings (FarReceiptDialog *self, const FarReceiptReport *report)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < report->findings->len; i++)
    {
      const FarReceiptFinding *finding = g_ptr_array_index (report->findings, i);
      g_autofree char *amount = far_format_money (finding->amount_micros, finding->currency);
      g_autofree char *what = describe_what (self, finding->what);
      g_autofree char *seq = far_format_count ((gint64) finding->seq);
      g_autofree char *when = far_format_moment (finding->time_us,
                                                 far_session_now_us (self->session));

      /* Translators: an amount, to whom, a time, and the number of an entry in the log */
      g_string_append_printf (text, _("%s · %s, %s, entry %s."), amount, what, when, seq);
      g_string_append_c (text, '\n');
    }
  if (report->compared)
    {
      g_autofree char *size = far_format_count ((gint64) report->size);

      g_string_append_printf (text, _("The log has %s entries now, and begins with all that this "
                                      "computer was shown before."), size);
    }
  else
    /* Translators: %s is why */
    g_string_append_printf (text, _("Signature and entry hold by themselves. Whether the log has "
                                    "only grown since could not be asked: %s"), report->message);
  return g_string_free (text, FALSE);
}

static void
show_details (FarReceiptDialog *self, const FarReceiptReport *report)
{
  clear_list (self->details);
  gtk_widget_set_visible (self->details_group, report != NULL);
  for (guint i = 0; report != NULL && i < report->findings->len; i++)
    {
      const FarReceiptFinding *finding = g_ptr_array_index (report->findings, i);

      gtk_list_box_append (self->details, finding->ok ? create_finding_row (self, finding)
                                                      : create_wrong_row (finding));
    }
}

static void
show_verdict (FarReceiptDialog *self, const char *icon_name, const char *css_class,
              const char *verdict, const char *reason)
{
  static const char *const classes[] = { "success", "warning", "error", "dim-label" };

  gtk_image_set_from_icon_name (self->icon, icon_name);
  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->icon), classes[i]);
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), css_class);
  gtk_label_set_label (self->verdict, verdict);
  gtk_label_set_label (self->reason, reason);
}

static void
show_report (FarReceiptDialog *self, const FarReceiptReport *report)
{
  g_autofree char *text = NULL;

  if (!report->ok)
    {
      show_verdict (self, "far-error-symbolic", "error", _("The receipt does not hold"),
                    _("What does not match stands below. Save the receipt: it is your evidence."));
      return;
    }
  text = describe_findings (self, report);
  show_verdict (self, "far-verified-symbolic", report->compared ? "success" : "warning",
                _("The receipt holds"), text);
}

static void
update_verdict (FarReceiptDialog *self)
{
  FarProofState state = far_proof_get_state (self->proof);
  const FarReceiptReport *report = far_proof_get_report (self->proof);
  const char *message = far_proof_get_message (self->proof);

  if (report != NULL)
    show_report (self, report);
  else if (state == FAR_PROOF_ALARM)
    show_verdict (self, "far-error-symbolic", "error", _("The ledger is not what it was"),
                  message);
  else if (state == FAR_PROOF_FAILED)
    show_verdict (self, "far-error-symbolic", "warning", _("Not checked"), message);
  else if (state == FAR_PROOF_CHECKING)
    show_verdict (self, "far-verified-symbolic", "dim-label", _("Checking"),
                  _("Signature, entry and log"));
  else
    show_verdict (self, "far-verified-symbolic", "dim-label", _("Not checked yet"),
                  _("Nothing above is proven before that."));
  show_details (self, report);
  gtk_button_set_label (GTK_BUTTON (self->check), state == FAR_PROOF_CHECKED
                                                    ? _("_Check Again") : _("_Check Receipt"));
  if (state == FAR_PROOF_CHECKED)
    gtk_widget_remove_css_class (self->check, "suggested-action");
}

static void
update (FarReceiptDialog *self)
{
  FarProofState state = far_proof_get_state (self->proof);
  GPtrArray *receipts = far_proof_get_receipts (self->proof);
  gboolean nothing = state == FAR_PROOF_FAILED && !far_proof_can_check (self->proof);
  g_autofree char *escaped = NULL;

  gtk_spinner_set_spinning (self->loading, state == FAR_PROOF_LOADING);
  if (nothing)
    escaped = g_markup_escape_text (far_proof_get_message (self->proof), -1);
  adw_status_page_set_description (self->failed, escaped);
  gtk_stack_set_visible_child_name (self->stack, nothing ? "failed"
                                                 : state == FAR_PROOF_LOADING ? "loading"
                                                                              : "content");
  gtk_widget_set_visible (self->booked_group, receipts != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->amount), receipts != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->when), receipts != NULL);
  if (receipts != NULL && gtk_list_box_get_row_at_index (self->booked, 0) == NULL)
    show_receipts (self, receipts);
  update_verdict (self);
}

static void
check_cb (FarReceiptDialog *self)
{
  far_proof_check (self->proof);
}

static void
save_cb (FarReceiptDialog *self)
{
  g_autofree char *text = far_proof_get_text (self->proof);

  if (text != NULL)
    far_save_text (GTK_WIDGET (self), _("Save the Receipt"), "farthing-receipt.txt", text);
}

static void
far_receipt_dialog_dispose (GObject *object)
{
  FarReceiptDialog *self = FAR_RECEIPT_DIALOG (object);

  if (self->proof != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->proof, update, self);
      far_proof_close (self->proof);
    }
  g_clear_object (&self->proof);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_RECEIPT_DIALOG);

  G_OBJECT_CLASS (far_receipt_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, badge);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, save);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, loading);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, failed);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, amount);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, title);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, when);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, booked_group);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, booked);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, icon);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, verdict);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, reason);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, check);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, details_group);
  gtk_widget_class_bind_template_child (widget_class, FarReceiptDialog, details);
}

static void
far_receipt_dialog_class_init (FarReceiptDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_receipt_dialog_dispose;
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/wallet/"
                                               "far-receipt-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, check_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
far_receipt_dialog_init (FarReceiptDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_receipt_dialog_new:
 * @parent: the window it stands before
 * @session: whose clock and publication it is
 * @proof: what is shown and checked
 * @title: what was paid for, or the name of a file
 */
GtkWidget *
far_receipt_dialog_new (GtkWindow *parent, FarSession *session, FarProof *proof,
                        const char *title)
{
  FarReceiptDialog *self = g_object_new (FAR_TYPE_RECEIPT_DIALOG, "transient-for", parent, NULL);

  g_return_val_if_fail (FAR_IS_SESSION (session) && FAR_IS_PROOF (proof), NULL);

  self->session = g_object_ref (session);
  self->proof = g_object_ref (proof);
  g_object_set (self->badge, "money",
                far_deployment_get_money (far_session_get_deployment (session)), NULL);
  gtk_label_set_label (self->title, title);
  g_signal_connect_swapped (proof, "changed", G_CALLBACK (update), self);
  update (self);
  return GTK_WIDGET (self);
}
