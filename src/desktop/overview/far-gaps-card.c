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

/* In the words of the tables and tiles, where the platform names a figure of theirs. */
static const char *
describe_gap (const char *what)
{
  static const struct { const char *what; const char *title; } titles[] = {
    { "cold_starts", N_("Cold starts") },
    { "concurrency", N_("Concurrency") },
    { "cost", N_("Cost") },
    { "duration", N_("Duration") },
    { "earnings", N_("Earnings") },
    { "errors", N_("Errors") },
    { "history", N_("History") },
    { "invocations", N_("Single invocations") },
    { "logs", N_("Logs") },
    { "memory", N_("Memory") },
    { "spans", N_("Spans") },
    { "throttles", N_("Throttles") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].what, what))
      return _(titles[i].title);
  return what;
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

/* Returns: (transfer full) (nullable): NULL where asking is free */
static char *
describe_cost (const FarDeploymentInfo *info)
{
  g_autofree char *cost = NULL;
  g_autofree char *budget = NULL;

  if (info->cost_picodollars < 0)
    return NULL;
  cost = far_format_cost (info->cost_picodollars);
  budget = far_format_cost (info->budget_picodollars);
  /* Translators: two amounts of money: what asking a cloud for figures has cost, and what it may */
  return g_strdup_printf (_("Asking for these figures has cost %s of %s this month."), cost,
                          budget);
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

/* title, text: taken; without any text the card hides. */
static void
show (FarGapsCard *self, char *title, GString *text)
{
  g_autofree char *taken = title;
  g_autofree char *shown = g_string_free (text, FALSE);

  gtk_label_set_label (GTK_LABEL (self->title), taken);
  if (g_strcmp0 (self->shown, shown) == 0)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self), shown[0] != '\0');
  gtk_label_set_label (GTK_LABEL (self->lines), shown);
  g_free (self->shown);
  self->shown = g_steal_pointer (&shown);
}

/**
 * far_gaps_card_set_kept:
 * @n_dropped: records and lines that were dropped under load
 * @problem: (nullable): why the last write failed
 */
void
far_gaps_card_set_kept (FarGapsCard *self, gint64 n_dropped, const char *problem)
{
  GString *text = g_string_new (NULL);
  g_autofree char *dropped = NULL;
  g_autofree char *plain = NULL;

  g_return_if_fail (FAR_IS_GAPS_CARD (self));

  if (n_dropped > 0)
    dropped = g_strdup_printf (g_dngettext (NULL, "%'d record or line was dropped under load.",
                                            "%'d records and lines were dropped under load.",
                                            (gulong) n_dropped), (int) MIN (n_dropped, G_MAXINT));
  if (problem != NULL)
    plain = far_format_plain (problem);
  add_line (text, dropped);
  add_line (text, plain);
  show (self, g_strdup (_("Not all telemetry was kept")), text);
}

/**
 * far_gaps_card_set_info:
 * @info: (nullable): of the deployment that is shown
 */
void
far_gaps_card_set_info (FarGapsCard *self, FarDeploymentInfo *info)
{
  GString *text = g_string_new (NULL);
  g_autofree char *plain = NULL;
  g_autofree char *cost = NULL;
  g_autofree char *name = NULL;

  g_return_if_fail (FAR_IS_GAPS_CARD (self));

  for (guint i = 0; info != NULL && i < info->missing->len; i++)
    {
      const FarDeploymentGap *gap = g_ptr_array_index (info->missing, i);
      g_autofree char *line = g_strdup_printf ("%s: %s", describe_gap (gap->what), gap->reason);
      g_autofree char *clean = far_format_plain (line);

      add_line (text, clean);
    }
  if (info != NULL)
    {
      plain = far_format_plain (info->counts);
      cost = describe_cost (info);
      add_line (text, describe_quantiles (info->quantiles));
      add_line (text, plain);
      if (!info->records)
        add_line (text, _("Counts of functions are those of the time range."));
      add_line (text, cost);
    }
  name = far_format_plain (info != NULL ? info->name : "");
  /* Translators: %s is the name of a deployment */
  show (self, g_strdup_printf (_("Not reported by %s, and how exact the rest is"), name), text);
}
