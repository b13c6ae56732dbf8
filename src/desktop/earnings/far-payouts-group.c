/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amounts are the ledger's own; the sentence beside the next payout is all that is made here. Rows
 * of payouts are made anew only when they differ. A market that does not tell of the account hides
 * the whole. */
#include "farthing-config.h"

#include "desktop/earnings/far-payouts-group.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-save.h"
#include "desktop/shell/far-value.h"

/* How many months back a statement is offered for. */
#define MONTHS 12

struct _FarPayoutsGroup
{
  AdwBin parent_instance;

  GtkLabel     *held;
  AdwActionRow *next_row;
  GtkLabel     *next;
  GtkLabel     *in_payout;
  GtkLabel     *paid_out;
  GtkListBox   *payouts;
  AdwComboRow  *month;
  GtkWidget    *save;

  FarSession   *session;
  GCancellable *cancellable;
  GStrv         months; /* "2026-11", as in the drop-down */
  guint64       shown;  /* a digest of the payouts on screen */
};

G_DEFINE_FINAL_TYPE (FarPayoutsGroup, far_payouts_group, ADW_TYPE_BIN)

static void
set_amount (GtkLabel *label, gint64 micros, const char *currency)
{
  g_autofree char *text = far_format_money (micros, currency);

  far_value_set (label, text);
}

/* ---- the account ---- */

/* Returns: (transfer full): when the next payout is to be expected */
static char *
describe_next (const FarEarnings *earnings)
{
  g_autofree char *threshold = far_format_money (earnings->threshold_micros,
                                                 earnings->currency);
  g_autofree char *missing = NULL;

  if (earnings->payable_micros < 0)
    return g_strdup (_("Your account is below zero, after refunds or disputes. What is earned next "
                       "balances it first; nothing is asked back."));
  if (earnings->payable_micros >= earnings->threshold_micros)
    /* Translators: %s is an amount of money */
    return g_strdup_printf (_("Over the threshold of %s: goes with the next run of payouts"),
                            threshold);
  missing = far_format_money (earnings->threshold_micros - earnings->payable_micros,
                              earnings->currency);
  /* Translators: two amounts of money */
  return g_strdup_printf (_("Paid out from %s on; %s is missing"), threshold, missing);
}

static void
show_account (FarPayoutsGroup *self, const FarEarnings *earnings)
{
  g_autofree char *next = describe_next (earnings);

  set_amount (self->held, earnings->held_micros, earnings->currency);
  set_amount (self->next, earnings->payable_micros, earnings->currency);
  adw_action_row_set_subtitle (self->next_row, next);
  set_amount (self->in_payout, earnings->in_payout_micros, earnings->currency);
  set_amount (self->paid_out, earnings->paid_out_micros, earnings->currency);
}

/* ---- payouts ---- */

/* Returns: (transfer none): of a payout, in the user's language */
const char *
far_payout_describe_state (const char *state)
{
  static const struct { const char *state; const char *text; } texts[] = {
    { "prepared", N_("Prepared") },
    { "exported", N_("On its way to the bank") },
    { "paid", N_("Paid") },
    { "failed", N_("Failed, on your account again") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_strcmp0 (state, texts[i].state) == 0)
      return _(texts[i].text);
  return state;
}

static GtkWidget *
create_row (FarPayoutsGroup *self, const FarPayout *payout)
{
  GtkWidget *row = adw_action_row_new ();
  gint64 now_us = far_session_now_us (self->session);
  gboolean failed = g_str_equal (payout->state, "failed");
  g_autofree char *made = far_format_moment (payout->made_us, now_us);
  g_autofree char *amount = far_format_money (payout->amount_micros, payout->currency);
  g_autoptr (GString) subtitle = g_string_new (far_payout_describe_state (payout->state));

  if (payout->ended_us != 0)
    {
      g_autofree char *ended = far_format_moment (payout->ended_us, now_us);

      g_string_append_printf (subtitle, " · %s", ended);
    }
  if (payout->account[0] != '\0')
    g_string_append_printf (subtitle, " · %s", payout->account);
  if (payout->note[0] != '\0')
    g_string_append_printf (subtitle, " · %s", payout->note);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), made);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle->str);
  if (failed)
    adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                               g_object_new (GTK_TYPE_IMAGE, "icon-name", "far-error-symbolic",
                                             "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION,
                                             "css-classes", (const char *[]) { "warning", NULL },
                                             NULL));
  far_value_add (ADW_ACTION_ROW (row), amount, FALSE);
  return row;
}

static void
show_payouts (FarPayoutsGroup *self, GPtrArray *payouts)
{
  guint n = payouts != NULL ? payouts->len : 0;
  guint64 sum = n + 1;
  GtkListBoxRow *row;

  for (guint i = 0; i < n; i++)
    {
      const FarPayout *payout = g_ptr_array_index (payouts, i);

      sum = sum * 31 + g_str_hash (payout->payout);
      sum = sum * 31 + g_str_hash (payout->state);
    }
  if (sum == self->shown)
    return;
  self->shown = sum;
  while ((row = gtk_list_box_get_row_at_index (self->payouts, 0)) != NULL)
    gtk_list_box_remove (self->payouts, GTK_WIDGET (row));
  for (guint i = 0; i < n; i++)
    gtk_list_box_append (self->payouts, create_row (self, g_ptr_array_index (payouts, i)));
}

/* ---- statements ---- */

/* The months of the ledger's time (UTC), this one first. */
static void
show_months (FarPayoutsGroup *self, gint64 now_us)
{
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autofree char *first = g_date_time_format (now, "%Y-%m");
  g_autoptr (GtkStringList) names = NULL;

  if (self->months != NULL && g_str_equal (self->months[0], first))
    return;
  g_strfreev (self->months);
  self->months = g_new0 (char *, MONTHS + 1);
  names = gtk_string_list_new (NULL);
  for (guint i = 0; i < MONTHS; i++)
    {
      g_autoptr (GDateTime) start = g_date_time_new_utc (g_date_time_get_year (now),
                                                         g_date_time_get_month (now), 1, 0, 0, 0);
      g_autoptr (GDateTime) month = g_date_time_add_months (start, -(int) i);

      self->months[i] = g_date_time_format (month, "%Y-%m");
      /* Translators: a month and its year, for g_date_time_format() */
      gtk_string_list_take (names, g_date_time_format (month, _("%OB %Y")));
    }
  adw_combo_row_set_model (self->month, G_LIST_MODEL (names));
}

static void
statement_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarPayoutsGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *csv = NULL;
  g_autofree char *name = NULL;
  guint chosen;

  csv = far_publisher_load_statement_finish (FAR_PUBLISHER (source), result, &error);
  if (self->session == NULL)
    return;
  gtk_widget_set_sensitive (self->save, TRUE);
  if (csv == NULL)
    {
      far_session_report (self->session, _("The statement cannot be read"), error);
      return;
    }
  chosen = adw_combo_row_get_selected (self->month);
  name = g_strdup_printf ("farthing-%s.csv", chosen < MONTHS ? self->months[chosen] : "statement");
  if (gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
    far_save_text (GTK_WIDGET (self), _("Save the Statement"), name, csv);
}

static void
save_cb (FarPayoutsGroup *self)
{
  FarPublisher *publisher = far_books_get_publisher (far_session_get_books (self->session));
  guint chosen = adw_combo_row_get_selected (self->month);

  if (publisher == NULL || chosen >= MONTHS)
    return;
  gtk_widget_set_sensitive (self->save, FALSE);
  far_publisher_load_statement_async (publisher, self->months[chosen], self->cancellable,
                                      statement_cb, g_object_ref (self));
}

static void
far_payouts_group_dispose (GObject *object)
{
  FarPayoutsGroup *self = FAR_PAYOUTS_GROUP (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->session);
  adw_bin_set_child (ADW_BIN (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_PAYOUTS_GROUP);

  G_OBJECT_CLASS (far_payouts_group_parent_class)->dispose (object);
}

static void
far_payouts_group_finalize (GObject *object)
{
  FarPayoutsGroup *self = FAR_PAYOUTS_GROUP (object);

  g_clear_object (&self->cancellable);
  g_strfreev (self->months);

  G_OBJECT_CLASS (far_payouts_group_parent_class)->finalize (object);
}

static void
far_payouts_group_class_init (FarPayoutsGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_payouts_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = far_payouts_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/earnings/"
                                               "far-payouts-group.ui");
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, held);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, next_row);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, next);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, in_payout);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, paid_out);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, payouts);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, month);
  gtk_widget_class_bind_template_child (widget_class, FarPayoutsGroup, save);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
far_payouts_group_init (FarPayoutsGroup *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * far_payouts_group_show:
 * @session: whose books they are; there are earnings
 */
void
far_payouts_group_show (FarPayoutsGroup *self, FarSession *session)
{
  FarBooks *books = far_session_get_books (session);
  FarEarnings *earnings = far_books_get_earnings (books);

  g_return_if_fail (FAR_IS_PAYOUTS_GROUP (self));

  g_set_object (&self->session, session);
  gtk_widget_set_visible (GTK_WIDGET (self), earnings->has_account);
  if (!earnings->has_account)
    return;
  show_account (self, earnings);
  show_payouts (self, far_books_get_payouts (books));
  show_months (self, earnings->as_of_us);
}
