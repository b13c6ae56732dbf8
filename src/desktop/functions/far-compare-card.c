/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asked for when shown, when the range changes, and every REFRESH_S after that. Each version gets a
 * column of its own if there is more than one. A change is said only where both sides have a
 * figure. */
#include "farthing-config.h"

#include "desktop/functions/far-compare-card.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/far-format.h"
#include "desktop/model/far-inquiry.h"

#define REFRESH_S 5
#define VERSIONS_MAX 3
#define PPM 1000000.0

struct _FarCompareCard
{
  AdwBin parent_instance;

  GtkWidget  *grid;
  GtkWidget  *note;
  FarSession *session;
  char       *function;
  FarInquiry  inquiry;
  guint       refresh_id;
};

G_DEFINE_FINAL_TYPE (FarCompareCard, far_compare_card, ADW_TYPE_BIN)

typedef double (*Figure) (const FarFigures *figures);

/* What nobody reports is not -1 of it. */
static double
known (gint64 figure)
{
  return figure >= 0 ? (double) figure : NAN;
}

static double
get_invocations (const FarFigures *f)
{
  return known (f->invocations);
}

static double
get_errors (const FarFigures *f)
{
  return f->error_ppm >= 0 ? (double) f->error_ppm / PPM : NAN;
}

static double
get_throttles (const FarFigures *f)
{
  return f->throttle_ppm >= 0 ? (double) f->throttle_ppm / PPM : NAN;
}

static double
get_cold (const FarFigures *f)
{
  return f->cold_ppm >= 0 ? (double) f->cold_ppm / PPM : NAN;
}

static double
get_p50 (const FarFigures *f)
{
  return f->p50_us.known ? (double) f->p50_us.value : NAN;
}

static double
get_p99 (const FarFigures *f)
{
  return f->p99_us.known ? (double) f->p99_us.value : NAN;
}

static double
get_n (const FarFigures *f)
{
  return known (f->n);
}

static double
get_cost (const FarFigures *f)
{
  return known (f->cost_picodollars);
}

static const struct {
  const char *title;
  FarUnit     unit;
  Figure      get;
  glong       quantile; /* where its limits are; 0 for what is no percentile */
} rows[] = {
  { N_("Invocations"), FAR_UNIT_COUNT, get_invocations },
  { N_("Errors"), FAR_UNIT_FRACTION, get_errors },
  { N_("Throttled"), FAR_UNIT_FRACTION, get_throttles },
  { N_("Cold"), FAR_UNIT_FRACTION, get_cold },
  { N_("p50"), FAR_UNIT_DURATION, get_p50, G_STRUCT_OFFSET (FarFigures, p50_us) },
  { N_("p99"), FAR_UNIT_DURATION, get_p99, G_STRUCT_OFFSET (FarFigures, p99_us) },
  { N_("Samples"), FAR_UNIT_COUNT, get_n },
  { N_("Cost"), FAR_UNIT_COST, get_cost },
};

static void
far_compare_card_dispose (GObject *object)
{
  FarCompareCard *self = FAR_COMPARE_CARD (object);

  far_compare_card_show (self, NULL, NULL);
  g_clear_pointer (&self->function, g_free);

  G_OBJECT_CLASS (far_compare_card_parent_class)->dispose (object);
}

static void
far_compare_card_class_init (FarCompareCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = far_compare_card_dispose;
}

static void
far_compare_card_init (FarCompareCard *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *title = gtk_label_new (_("Beside the Time Before"));
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_add_css_class (title, "heading");
  self->grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 12);
  gtk_widget_set_margin_bottom (self->grid, 6); /* for the scrollbar, which lies over it */
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 6);
  /* Versions make it wide. */
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), self->grid);
  self->note = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->note), 0);
  gtk_label_set_wrap (GTK_LABEL (self->note), TRUE);
  gtk_widget_set_visible (self->note, FALSE);
  gtk_widget_add_css_class (self->note, "dim-label");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), self->note);
  gtk_box_append (GTK_BOX (box), scroller);
  gtk_widget_add_css_class (box, "card");
  gtk_widget_add_css_class (box, "padded");
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Beside the Time Before"), -1);
}

static void
attach (FarCompareCard *self, const char *text, int column, int row, gboolean is_dim)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), column > 0 ? 1 : 0);
  gtk_widget_set_hexpand (label, column > 0);
  gtk_widget_add_css_class (label, "numeric");
  if (is_dim)
    gtk_widget_add_css_class (label, "dim-label");
  gtk_grid_attach (GTK_GRID (self->grid), label, column, row, 1, 1);
}

/* Of a share in points, of everything else in per cent of what it was. */
static char *
describe_change (FarUnit unit, double before, double now)
{
  double change;

  if (isnan (before) || isnan (now) || (unit != FAR_UNIT_FRACTION && before <= 0))
    return g_strdup (FAR_FORMAT_UNKNOWN);
  change = unit == FAR_UNIT_FRACTION ? (now - before) * 100 : (now - before) / before * 100;
  if (fabs (change) < 0.05)
    return g_strdup (_("same"));
  if (unit == FAR_UNIT_FRACTION)
    /* Translators: a difference of two percentages, in percentage points */
    return g_strdup_printf (_("%+.1f points"), change);
  return g_strdup_printf (_("%+.0f%%"), change);
}

/* Returns: (transfer full): a percentile no more exact than its source is */
static char *
format_figure (guint row, const FarFigures *figures)
{
  const FarQuantile *quantile;

  if (figures == NULL)
    return g_strdup (FAR_FORMAT_UNKNOWN);
  if (rows[row].quantile == 0)
    return far_format_value (rows[row].unit, rows[row].get (figures));
  quantile = G_STRUCT_MEMBER_P (figures, rows[row].quantile);
  return far_format_band (rows[row].get (figures),
                          quantile->low != G_MININT64 ? (double) quantile->low : NAN,
                          quantile->high != G_MAXINT64 ? (double) quantile->high : NAN);
}

static void
attach_figure (FarCompareCard *self, guint row, int column, const FarFigures *figures)
{
  g_autofree char *text = format_figure (row, figures);

  attach (self, text, column, (int) row + 1, FALSE);
}

static void
fill_versions (FarCompareCard *self, const FarSummaryInfo *summary)
{
  if (summary->n_groups < 2)
    return;
  for (guint i = 0; i < MIN (summary->n_groups, VERSIONS_MAX); i++)
    {
      g_autofree char *key = far_format_plain (summary->groups[i].key);
      /* Translators: %s is the number of a version */
      g_autofree char *title = g_strdup_printf (_("Version %s"), key);

      attach (self, title, 4 + (int) i, 0, TRUE);
      for (guint row = 0; row < G_N_ELEMENTS (rows); row++)
        attach_figure (self, row, 4 + (int) i, &summary->groups[i].figures);
    }
}

/**
 * far_compare_card_fill:
 * @summary: by version, beside another range
 */
void
far_compare_card_fill (FarCompareCard *self, FarSummaryInfo *summary)
{
  const FarFigures *before = summary->has_baseline ? &summary->baseline : NULL;
  GtkWidget *child;

  g_return_if_fail (FAR_IS_COMPARE_CARD (self));

  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
  attach (self, "", 0, 0, TRUE);
  attach (self, _("Now"), 1, 0, TRUE);
  attach (self, _("Before"), 2, 0, TRUE);
  attach (self, _("Change"), 3, 0, TRUE);
  for (guint row = 0; row < G_N_ELEMENTS (rows); row++)
    {
      g_autofree char *change = describe_change (rows[row].unit,
                                                 before != NULL ? rows[row].get (before) : NAN,
                                                 rows[row].get (&summary->total));

      attach (self, _(rows[row].title), 0, (int) row + 1, TRUE);
      attach_figure (self, row, 1, &summary->total);
      attach_figure (self, row, 2, before);
      attach (self, change, 3, (int) row + 1, FALSE);
    }
  fill_versions (self, summary);
  gtk_widget_set_visible (self->note, FALSE);
  gtk_widget_set_visible (self->grid, TRUE);
}

/* What fails otherwise leaves what is there: the title says how old figures are. */
static void
answered_cb (gpointer owner, JsonObject *answer, const GError *error)
{
  FarCompareCard *self = owner;
  g_autoptr (FarSummaryInfo) summary = NULL;

  if (answer != NULL)
    summary = far_summary_info_parse (answer, NULL);
  if (summary != NULL)
    far_compare_card_fill (self, summary);
  else if (error != NULL && g_str_equal (far_client_error_get_code (error), "not_reported"))
    {
      gtk_label_set_label (GTK_LABEL (self->note), error->message);
      gtk_widget_set_visible (self->note, TRUE);
      gtk_widget_set_visible (self->grid, FALSE);
    }
}

static gboolean
refresh_cb (gpointer user_data)
{
  FarCompareCard *self = user_data;
  FarPlatformClient *client = far_session_get_client (self->session);
  gint64 length_us = far_range_get_length (far_session_get_range (self->session));
  gint64 to_us = far_session_now_us (self->session);
  g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, to_us - length_us);
  g_autofree char *to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);
  g_autofree char *before = g_strdup_printf ("%" G_GINT64_FORMAT, to_us - 2 * length_us);
  g_autofree char *url = NULL;
  FarDeploymentInfo *info;

  if (client == NULL || far_inquiry_is_pending (&self->inquiry))
    return G_SOURCE_CONTINUE;
  /* Who tells figures only does not tell versions apart. */
  info = far_watch_list_get_shown (far_session_get_watched (self->session));
  url = far_platform_url ("/v1/summary", "function", self->function, "from_us", from, "to_us", to,
                          "compare_from_us", before, "compare_to_us", from, "group",
                          info == NULL || info->records ? "version" : NULL, NULL);
  far_inquiry_send (&self->inquiry, self, client, "GET", url, NULL, answered_cb);
  return G_SOURCE_CONTINUE;
}

static void
range_changed_cb (FarCompareCard *self)
{
  far_inquiry_cancel (&self->inquiry);
  refresh_cb (self);
}

/**
 * far_compare_card_show:
 * @session: (nullable): whom to ask; NULL stops
 * @function: (nullable): its name
 */
void
far_compare_card_show (FarCompareCard *self, FarSession *session, const char *function)
{
  gboolean other = g_strcmp0 (self->function, function) != 0;

  g_return_if_fail (FAR_IS_COMPARE_CARD (self));

  if (!other && self->session == session)
    return;
  far_inquiry_cancel (&self->inquiry);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_func (self->session, range_changed_cb, self);
  g_set_object (&self->session, session);
  g_free (self->function);
  self->function = g_strdup (function);
  if (other && adw_bin_get_child (ADW_BIN (self)) != NULL)
    gtk_widget_set_visible (self->grid, FALSE);
  if (session == NULL || function == NULL)
    return;
  g_signal_connect_swapped (session, "notify::range", G_CALLBACK (range_changed_cb), self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
  refresh_cb (self);
}
