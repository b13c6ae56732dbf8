/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties: "money", "test" or "live"; hidden while that is not known, because either word would
 * be a claim. "compact": one word instead of two, where there is little room. */
#include "farthing-config.h"

#include "desktop/shell/far-money-badge.h"

#include <glib/gi18n.h>

struct _FarMoneyBadge
{
  AdwBin parent_instance;

  GtkWidget *label;
  char      *money;
  gboolean   compact;
};

enum { PROP_0, PROP_MONEY, PROP_COMPACT, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarMoneyBadge, far_money_badge, ADW_TYPE_BIN)

static const char *
get_text (FarMoneyBadge *self, gboolean is_test)
{
  if (self->compact)
    return is_test ? _("Test") : _("Live");
  return is_test ? _("Test money") : _("Live money");
}

static void
update (FarMoneyBadge *self)
{
  gboolean is_test = g_strcmp0 (self->money, "test") == 0;

  gtk_widget_set_visible (GTK_WIDGET (self), self->money != NULL);
  gtk_label_set_label (GTK_LABEL (self->label), get_text (self, is_test));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self),
                               is_test ? _("Nothing here can be spent or is owed to anybody")
                                       : _("Amounts are real and owed to real people"));
  gtk_widget_remove_css_class (GTK_WIDGET (self), is_test ? "live-money" : "test-money");
  gtk_widget_add_css_class (GTK_WIDGET (self), is_test ? "test-money" : "live-money");
}

static void
far_money_badge_finalize (GObject *object)
{
  g_free (FAR_MONEY_BADGE (object)->money);

  G_OBJECT_CLASS (far_money_badge_parent_class)->finalize (object);
}

static void
far_money_badge_set_property (GObject *object, guint prop_id, const GValue *value,
                              GParamSpec *pspec)
{
  FarMoneyBadge *self = FAR_MONEY_BADGE (object);

  switch (prop_id)
    {
    case PROP_MONEY:
      g_free (self->money);
      self->money = g_value_dup_string (value);
      update (self);
      break;
    case PROP_COMPACT:
      self->compact = g_value_get_boolean (value);
      update (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_money_badge_class_init (FarMoneyBadgeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = far_money_badge_finalize;
  object_class->set_property = far_money_badge_set_property;

  properties[PROP_MONEY] =
    g_param_spec_string ("money", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_COMPACT] =
    g_param_spec_boolean ("compact", NULL, NULL, FALSE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "moneybadge");
}

static void
far_money_badge_init (FarMoneyBadge *self)
{
  self->label = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->label, "caption-heading");
  adw_bin_set_child (ADW_BIN (self), self->label);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
