/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tier has the name that the terminal's status gives it; the detail is the platform's own
 * words. */
#include "farthing-config.h"

#include "desktop/overview/far-isolation-card.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-icon.h"

struct _FarIsolationCard
{
  AdwBin parent_instance;

  GtkWidget *icon;
  GtkWidget *title;
  GtkWidget *text;
  GtkWidget *detail;
};

G_DEFINE_FINAL_TYPE (FarIsolationCard, far_isolation_card, ADW_TYPE_BIN)

static const struct {
  const char *tier;
  const char *title;
  const char *text;
} tiers[] = {
  { "full", N_("Isolation of functions: full"),
    N_("Each has namespaces, files, filters and limits of its own, and reaches only what it was "
       "granted.") },
  { "flatpak", N_("Isolation of functions: flatpak"),
    N_("Filters and limits keep each from files and memory that are not its own; it has no "
       "namespaces to itself.") },
  { "none", N_("Isolation of functions: none"),
    N_("There are limits alone. Run only code that you trust.") },
};

static void
far_isolation_card_class_init (FarIsolationCardClass *klass)
{
}

static GtkWidget *
add_label (GtkWidget *box, const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static void
far_isolation_card_init (FarIsolationCard *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->icon = far_icon_new ("dialog-warning-symbolic");
  gtk_widget_add_css_class (self->icon, "warning");
  gtk_widget_set_valign (self->icon, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (head), self->icon);
  self->title = add_label (head, "heading");
  gtk_box_append (GTK_BOX (box), head);
  self->text = add_label (box, NULL);
  self->detail = add_label (box, "dim-label");
  gtk_widget_add_css_class (self->detail, "caption");
  gtk_label_set_selectable (GTK_LABEL (self->detail), TRUE);
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "padded");
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
far_isolation_card_set (FarIsolationCard *self, const char *tier, const char *detail)
{
  g_autofree char *plain = far_format_plain (detail != NULL ? detail : "");

  g_return_if_fail (FAR_IS_ISOLATION_CARD (self));

  plain[0] = g_ascii_toupper (plain[0]);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (tiers); i++)
    if (g_strcmp0 (tiers[i].tier, tier) == 0)
      {
        gtk_label_set_label (GTK_LABEL (self->title), _(tiers[i].title));
        gtk_label_set_label (GTK_LABEL (self->text), _(tiers[i].text));
        gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
      }
  gtk_widget_set_visible (self->icon, g_strcmp0 (tier, "none") == 0);
  gtk_label_set_label (GTK_LABEL (self->detail), plain);
  gtk_widget_set_visible (self->detail, plain[0] != '\0');
}
