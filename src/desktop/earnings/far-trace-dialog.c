/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One expander a payment: first how it was split, then what happened to the parts, in the order of
 * the ledger. Nothing is added up here but the check that the parts are the whole. Main thread. */
#include "farthing-config.h"

#include "desktop/earnings/far-trace-dialog.h"

#include <glib/gi18n.h>

#include "base/far-money.h"
#include "desktop/earnings/far-payouts-group.h"
#include "desktop/far-format.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-value.h"

#define PAYMENTS_SHOWN 20
#define ID_DIGITS_SHOWN 8

struct _FarTraceDialog
{
  AdwWindow parent_instance;

  GtkWidget     *badge;
  GtkStack      *stack;
  GtkSpinner    *loading;
  AdwStatusPage *failed;
  GtkLabel      *title;
  GtkListBox    *list;

  FarSession    *session;
  GCancellable  *cancellable;
};

G_DEFINE_FINAL_TYPE (FarTraceDialog, far_trace_dialog, ADW_TYPE_WINDOW)

static const char *
describe_state (const char *state)
{
  static const struct { const char *state; const char *text; } texts[] = {
    { "open", N_("On the reader’s tab, estimated") },
    { "settled", N_("Settled, final") },
    { "refunded", N_("Given back to the reader") },
    { "written_off", N_("Written off") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (state, texts[i].state) == 0)
      return _(texts[i].text);
  return state;
}

/* Returns: (transfer full) */
static char *
describe_step (const FarTrace *trace, const FarTraceStep *step)
{
  static const struct { const char *kind; const char *text; const char *fee; } texts[] = {
    { "pledged", N_("Pledged on the reader’s tab, your share"), N_("Pledged, the fee") },
    { "paid_from_wallet", N_("Paid from the reader’s wallet, your share"),
      N_("Paid from the wallet, the fee") },
    { "charged", N_("The tab was charged, so much of it for your articles"), NULL },
    { "settled", N_("Settled: your share is final"), N_("Settled: the fee is final") },
    { "refunded", N_("Given back, out of your share"), N_("Given back, out of the fee") },
    { "written_off", N_("Written off, out of your share"), N_("Written off, out of the fee") },
    { "disputed", N_("Taken back by the reader’s bank"),
      N_("Taken back by the reader’s bank, out of the fee") },
    { "dispute_won", N_("Dispute won: given back to you"),
      N_("Dispute won: given back to the fee") },
    { "paid_out", N_("Paid out"), NULL },
    { "balanced_others_refunds", N_("Balanced refunds of other readers"), NULL },
    { "on_account", N_("On your account, not paid out yet"), NULL },
  };
  gboolean is_fee = g_str_equal (step->to, "fee");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (step->kind, texts[i].kind) == 0)
      return g_strdup (_(is_fee && texts[i].fee != NULL ? texts[i].fee : texts[i].text));
  return g_strdup (step->kind);
}

static void
add_line (GtkWidget *expander, const char *title, const char *subtitle, gint64 micros,
          const char *currency, gboolean strong)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *amount = far_format_money (micros, currency);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  far_value_add (ADW_ACTION_ROW (row), amount, strong);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (expander), row);
}

/* Gross, fee and share: the parts are the whole, or it is said that they are not. */
static void
add_split (GtkWidget *expander, const FarTrace *trace)
{
  const char *receiver = trace->fee_receiver[0] != '\0' ? trace->fee_receiver : _("the network");
  /* Translators: a rate with two digits behind the point, and who gets it */
  g_autofree char *fee = g_strdup_printf (_("%d.%02d%% to %s"), (int) (trace->fee_bps / 100),
                                          (int) (trace->fee_bps % 100), receiver);
  gint64 sum_micros = 0;
  gboolean whole = far_micros_add (trace->publisher_micros, trace->fee_micros, &sum_micros, NULL) &&
                   sum_micros == trace->price_micros;

  add_line (expander, _("What the reader paid"), NULL, trace->price_micros, trace->currency, TRUE);
  add_line (expander, _("Fee"), fee, -trace->fee_micros, trace->currency, FALSE);
  add_line (expander, _("Your share"),
            whole ? _("Fee and share are the price, to the micro")
                  : _("Fee and share are NOT the price: ask the operator"),
            trace->publisher_micros, trace->currency, TRUE);
}

static void
add_step (FarTraceDialog *self, GtkWidget *expander, const FarTrace *trace,
          const FarTraceStep *step)
{
  g_autofree char *title = describe_step (trace, step);
  g_autoptr (GString) subtitle = g_string_new (NULL);
  gboolean back = g_str_equal (step->kind, "refunded") || g_str_equal (step->kind, "disputed") ||
                  g_str_equal (step->kind, "written_off");

  if (step->time_us > 0)
    {
      g_autofree char *when = far_format_moment (step->time_us,
                                                 far_session_now_us (self->session));

      g_string_append (subtitle, when);
    }
  if (step->seq >= 0)
    {
      g_autofree char *seq = far_format_count (step->seq);

      g_string_append (subtitle, subtitle->len > 0 ? " · " : "");
      /* Translators: the number of an entry in the ledger's log */
      g_string_append_printf (subtitle, _("entry %s"), seq);
    }
  if (step->payout[0] != '\0')
    {
      g_string_append (subtitle, subtitle->len > 0 ? " · " : "");
      /* Translators: the beginning of a payout's id, and its state */
      g_string_append_printf (subtitle, _("payout %.*s: %s"), ID_DIGITS_SHOWN, step->payout,
                              far_payout_describe_state (step->state));
    }
  add_line (expander, title, subtitle->len > 0 ? subtitle->str : NULL,
            back ? -step->micros : step->micros, trace->currency, FALSE);
}

static GtkWidget *
create_row (FarTraceDialog *self, const FarTrace *trace)
{
  GtkWidget *row = adw_expander_row_new ();
  g_autofree char *price = far_format_money (trace->price_micros, trace->currency);
  g_autofree char *when = far_format_moment (trace->time_us, far_session_now_us (self->session));
  g_autofree char *title = g_strdup_printf ("%s · %s", price, when);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), describe_state (trace->state));
  add_split (row, trace);
  for (guint i = 0; i < trace->steps->len; i++)
    add_step (self, row, trace, g_ptr_array_index (trace->steps, i));
  return row;
}

/* (nullable): why nothing is known; NULL: it is known that there is nothing */
static void
show_nothing (FarTraceDialog *self, const char *problem)
{
  g_autofree char *escaped = NULL;

  escaped = g_markup_escape_text (problem != NULL ? problem
                                                  : _("No reader has paid for this yet. What it "
                                                    "has earned came from ads."), -1);
  if (problem != NULL)
    {
      adw_status_page_set_icon_name (self->failed, "far-error-symbolic");
      adw_status_page_set_title (self->failed, _("The Payments Cannot Be Read"));
    }
  adw_status_page_set_description (self->failed, escaped);
  gtk_stack_set_visible_child_name (self->stack, "failed");
}

static void
traced_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarTraceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) traces = NULL;

  traces = far_publisher_load_traces_finish (FAR_PUBLISHER (source), result, &error);
  if (self->session == NULL)
    return;
  gtk_spinner_set_spinning (self->loading, FALSE);
  if (traces == NULL || traces->len == 0)
    {
      /* What only ads have paid for has no pledge to be found. */
      gboolean none = error == NULL ||
                      g_strcmp0 (far_client_error_get_code (error), "not_found") == 0;

      show_nothing (self, none ? NULL : error->message);
      return;
    }
  for (guint i = 0; i < traces->len; i++)
    gtk_list_box_append (self->list, create_row (self, g_ptr_array_index (traces, i)));
  adw_expander_row_set_expanded (
    ADW_EXPANDER_ROW (gtk_list_box_get_row_at_index (self->list, 0)), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "content");
}

static void
far_trace_dialog_dispose (GObject *object)
{
  FarTraceDialog *self = FAR_TRACE_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_TRACE_DIALOG);

  G_OBJECT_CLASS (far_trace_dialog_parent_class)->dispose (object);
}

static void
far_trace_dialog_finalize (GObject *object)
{
  g_clear_object (&FAR_TRACE_DIALOG (object)->cancellable);

  G_OBJECT_CLASS (far_trace_dialog_parent_class)->finalize (object);
}

static void
far_trace_dialog_class_init (FarTraceDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_trace_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_trace_dialog_finalize;
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/earnings/"
                                               "far-trace-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, FarTraceDialog, badge);
  gtk_widget_class_bind_template_child (widget_class, FarTraceDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, FarTraceDialog, loading);
  gtk_widget_class_bind_template_child (widget_class, FarTraceDialog, failed);
  gtk_widget_class_bind_template_child (widget_class, FarTraceDialog, title);
  gtk_widget_class_bind_template_child (widget_class, FarTraceDialog, list);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
far_trace_dialog_init (FarTraceDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_trace_dialog_new:
 * @parent: the window it stands before
 * @session: whose books they are
 * @article: whose payments are followed
 * @title: of the article
 */
GtkWidget *
far_trace_dialog_new (GtkWindow *parent, FarSession *session, const char *article,
                      const char *title)
{
  FarTraceDialog *self = g_object_new (FAR_TYPE_TRACE_DIALOG, "transient-for", parent, NULL);
  FarPublisher *publisher = far_books_get_publisher (far_session_get_books (session));

  self->session = g_object_ref (session);
  g_object_set (self->badge, "money",
                far_deployment_get_money (far_session_get_deployment (session)), NULL);
  gtk_label_set_label (self->title, title);
  if (publisher != NULL)
    far_publisher_load_traces_async (publisher, article, PAYMENTS_SHOWN, self->cancellable,
                                     traced_cb, g_object_ref (self));
  else
    show_nothing (self, _("The platform does not answer. Close this, reconnect, and try again."));
  return GTK_WIDGET (self);
}
