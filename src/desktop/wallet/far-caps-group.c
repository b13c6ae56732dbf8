/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An empty field is no limit. A field that the user is writing in is not written over by what the
 * market says; the market's word comes back when it has changed. */
#include "farthing-config.h"

#include "desktop/wallet/far-caps-group.h"

#include <glib/gi18n.h>

#include "base/far-money.h"
#include "desktop/far-format.h"

#define NO_LIMIT (-1)
/* How an amount is written, for who wrote it otherwise. */
#define EXAMPLE_MICROS 2500000
#define EXAMPLE_CURRENCY "USD"

struct _FarCapsGroup
{
  AdwPreferencesGroup parent_instance;

  AdwEntryRow *day_row;
  AdwEntryRow *month_row;

  gint64       day_micros;
  gint64       month_micros;
  gboolean     known;
};

enum { SET, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FarCapsGroup, far_caps_group, ADW_TYPE_PREFERENCES_GROUP)

/* Returns: FALSE, and marks the row, if it holds no amount */
static gboolean
parse (AdwEntryRow *row, gint64 *ret_micros)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (row)));
  gboolean ok = TRUE;

  g_strstrip (text);
  *ret_micros = NO_LIMIT;
  if (text[0] != '\0')
    ok = far_format_parse_money (text, ret_micros);
  if (ok)
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               ok ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE,
                               -1);
  return ok;
}

static void
apply_cb (FarCapsGroup *self)
{
  gint64 day_micros;
  gint64 month_micros;
  gboolean ok = parse (self->day_row, &day_micros);

  ok = parse (self->month_row, &month_micros) && ok;
  if (ok)
    g_signal_emit (self, signals[SET], 0, day_micros, month_micros);
  else
    {
      g_autofree char *example = far_format_money_input (EXAMPLE_MICROS, EXAMPLE_CURRENCY);
      /* Translators: %s is an amount, such as 2.50 */
      g_autofree char *text = g_strdup_printf (_("That is no amount of money; write it like %s"),
                                               example);

      gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
    }
}

static void
far_caps_group_dispose (GObject *object)
{
  FarCapsGroup *self = FAR_CAPS_GROUP (object);
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);

  if (self->day_row != NULL)
    {
      adw_preferences_group_remove (group, GTK_WIDGET (self->day_row));
      adw_preferences_group_remove (group, GTK_WIDGET (self->month_row));
    }
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_CAPS_GROUP);

  G_OBJECT_CLASS (far_caps_group_parent_class)->dispose (object);
}

static void
far_caps_group_class_init (FarCapsGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_caps_group_dispose;
  signals[SET] = g_signal_new ("set", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/wallet/"
                                               "far-caps-group.ui");
  gtk_widget_class_bind_template_child (widget_class, FarCapsGroup, day_row);
  gtk_widget_class_bind_template_child (widget_class, FarCapsGroup, month_row);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
}

static void
far_caps_group_init (FarCapsGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
show_cap (AdwEntryRow *row, const char *title, gint64 micros, const char *currency)
{
  /* Translators: what a field is for, and the currency of the amount in it */
  g_autofree char *full_title = g_strdup_printf (_("%s, in %s"), title, currency);
  g_autofree char *text = micros == NO_LIMIT ? g_strdup ("")
                                             : far_format_money_input (micros, currency);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), full_title);
  gtk_editable_set_text (GTK_EDITABLE (row), text);
}

/**
 * far_caps_group_show:
 * @wallet: hides the group if the publication knows no limits
 * @busy: whether nothing can be set now
 */
void
far_caps_group_show (FarCapsGroup *self, const FarWallet *wallet, gboolean busy)
{
  const FarCaps *caps = wallet->caps;
  g_autofree char *day = NULL;
  g_autofree char *month = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (FAR_IS_CAPS_GROUP (self));

  gtk_widget_set_visible (GTK_WIDGET (self), caps != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self), !busy);
  if (caps == NULL)
    return;
  day = far_format_money (caps->day_spent_micros, wallet->currency);
  month = far_format_money (caps->month_spent_micros, wallet->currency);
  /* Translators: two amounts of money */
  text = g_strdup_printf (_("Spent today %s, this month %s. Empty means no limit."), day, month);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), text);
  if (!self->known || self->day_micros != caps->day_micros)
    show_cap (self->day_row, _("At most a day"), caps->day_micros, wallet->currency);
  if (!self->known || self->month_micros != caps->month_micros)
    show_cap (self->month_row, _("At most a month"), caps->month_micros, wallet->currency);
  self->day_micros = caps->day_micros;
  self->month_micros = caps->month_micros;
  self->known = TRUE;
}
