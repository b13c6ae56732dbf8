/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reasons are the platform's own words. Made anew only when they change: the list of
 * deployments comes every few seconds. */
#include "farthing-config.h"

#include "desktop/overview/far-gaps-card.h"

#include <glib/gi18n.h>

#include "desktop/far-format.h"

struct _FarGapsCard
{
  AdwBin parent_instance;

  GtkWidget *title;
  GtkWidget *lines;
  char      *shown; /* the text that is on screen */
};

G_DEFINE_FINAL_TYPE (FarGapsCard, far_gaps_card, ADW_TYPE_BIN)

static void
far_gaps_card_finalize (GObject *object)
{
  g_free (FAR_GAPS_CARD (object)->shown);

  G_OBJECT_CLASS (far_gaps_card_parent_class)->finalize (object);
}

static void
far_gaps_card_class_init (FarGapsCardClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = far_gaps_card_finalize;
}

static void
far_gaps_card_init (FarGapsCard *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  self->title = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_label_set_wrap (GTK_LABEL (self->title), TRUE);
  gtk_widget_add_css_class (self->title, "heading");
  self->lines = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->lines), 0);
  gtk_label_set_wrap (GTK_LABEL (self->lines), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->lines), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (self->lines), TRUE);
  gtk_box_append (GTK_BOX (box), self->title);
  gtk_box_append (GTK_BOX (box), self->lines);
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "padded");
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static const char *
describe_quantiles (const char *quantiles)
{
  if (g_str_equal (quantiles, "bucket"))
    return _("Percentiles are as fine as the buckets of the source: the truth lies in the range "
             "that is shown.");
  if (g_str_equal (quantiles, "provider"))
    return _("Percentiles are the provider’s own, and cannot be put together over functions.");
  return g_str_equal (quantiles, "none") ? _("Percentiles are not reported.") : NULL;
}

static void
add_line (GString *text, const char *line)
{
  if (line == NULL || line[0] == '\0')
    return;
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, line);
}

/**
 * far_gaps_card_set_info:
 * @info: (nullable): of the deployment that is shown
 */
void
far_gaps_card_set_info (FarGapsCard *self, FarDeploymentInfo *info)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *plain = NULL;
  g_autofree char *name = NULL;
  g_autofree char *title = NULL;

  g_return_if_fail (FAR_IS_GAPS_CARD (self));

  for (guint i = 0; info != NULL && i < info->missing->len; i++)
    {
      const FarDeploymentGap *gap = g_ptr_array_index (info->missing, i);
      g_autofree char *line = g_strdup_printf ("%s: %s", gap->what, gap->reason);
      g_autofree char *clean = far_format_plain (line);

      add_line (text, clean);
    }
  if (info != NULL)
    {
      plain = far_format_plain (info->counts);
      add_line (text, describe_quantiles (info->quantiles));
      add_line (text, plain);
    }
  if (g_strcmp0 (self->shown, text->str) == 0)
    return;
  g_free (self->shown);
  self->shown = g_strdup (text->str);
  gtk_widget_set_visible (GTK_WIDGET (self), text->len > 0);
  if (text->len == 0)
    return;
  name = far_format_plain (info->name);
  /* Translators: %s is the name of a deployment */
  title = g_strdup_printf (_("Not reported by %s, and how exact the rest is"), name);
  gtk_label_set_label (GTK_LABEL (self->title), title);
  gtk_label_set_label (GTK_LABEL (self->lines), text->str);
}
