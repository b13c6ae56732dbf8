/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moment is a dotted line with a flag on top, a stretch of time a band below its flag; which is
 * which is said in the tooltip, and in the chart's description. Marks are FarAnnotationInfo, oldest
 * first. */
#include "farthing-config.h"

#include "desktop/charts/far-chart-marks.h"

#include <glib/gi18n.h>
#include <math.h>

#include "desktop/charts/far-chart-axes.h"
#include "desktop/far-format.h"

#define FLAG 6
#define DOT 2
#define DOT_PERIOD 5
#define BAND_ALPHA 0.08f
/* Pointing so near at a mark is pointing at it. */
#define NEAR_PX 5

static const char *
kind_title (const char *kind)
{
  static const struct {
    const char *kind;
    const char *title;
  } kinds[] = {
    { "deploy", N_("Deployed") },
    { "fault", N_("Fault") },
    { "note", N_("Note") },
    { "instance_crash", N_("Crash") },
    { "bookkeeper_restart", N_("Bookkeeper restarted") },
    { "spawner_restart", N_("Spawner restarted") },
    { "database_missing", N_("Data missing") },
    { "alarm", N_("Alarm raised") },
    { "alarm_ok", N_("Alarm ended") },
    { "alarm_no_data", N_("Alarm without data") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kind, kinds[i].kind) == 0)
      return _(kinds[i].title);
  return kind;
}

static gboolean
is_in_range (const FarAnnotationInfo *mark, gint64 from_us, gint64 to_us)
{
  return MAX (mark->end_us, mark->time_us) >= from_us && mark->time_us <= to_us;
}

static guint
first_of (GPtrArray *marks)
{
  return marks->len > FAR_CHART_MARKS_MAX ? marks->len - FAR_CHART_MARKS_MAX : 0;
}

static void
paint_moment (GtkSnapshot *snapshot, const graphene_rect_t *area, double x, const GdkRGBA *ink,
              const GdkRGBA *flag)
{
  graphene_rect_t line = GRAPHENE_RECT_INIT ((float) x, area->origin.y, 1, area->size.height);

  gtk_snapshot_push_repeat (snapshot, &line, &GRAPHENE_RECT_INIT ((float) x, area->origin.y, 1,
                                                                  DOT_PERIOD));
  gtk_snapshot_append_color (snapshot, ink,
                             &GRAPHENE_RECT_INIT ((float) x, area->origin.y, 1, DOT));
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_color (snapshot, flag,
                             &GRAPHENE_RECT_INIT ((float) x, area->origin.y, FLAG, FLAG));
}

/**
 * far_chart_marks_paint:
 * @frame: of the lines; marks outside are left out
 * @marks: (nullable) (element-type FarAnnotationInfo)
 */
void
far_chart_marks_paint (GtkWidget *widget, GtkSnapshot *snapshot, const FarChartFrame *frame,
                       GPtrArray *marks)
{
  const graphene_rect_t *area = &frame->area;
  GdkRGBA flag;
  GdkRGBA ink;
  GdkRGBA grid;

  if (marks == NULL)
    return;
  far_chart_get_ink (widget, &ink, &grid);
  far_chart_get_color (widget, FAR_CHART_STYLE_SECOND, &flag);
  for (guint i = first_of (marks); i < marks->len; i++)
    {
      const FarAnnotationInfo *mark = g_ptr_array_index (marks, i);
      double x;

      if (!is_in_range (mark, frame->from_us, frame->to_us))
        continue;
      x = round (far_chart_frame_x (frame, MAX (mark->time_us, frame->from_us)));
      if (mark->end_us > mark->time_us)
        {
          double end = far_chart_frame_x (frame, MIN (mark->end_us, frame->to_us));
          GdkRGBA band = flag;

          band.alpha = BAND_ALPHA;
          gtk_snapshot_append_color (snapshot, &band,
                                     &GRAPHENE_RECT_INIT ((float) x, area->origin.y,
                                                          (float) MAX (end - x, 1),
                                                          area->size.height));
        }
      paint_moment (snapshot, area, x, &ink, &flag);
    }
}

static char *
describe_one (const FarAnnotationInfo *mark)
{
  g_autofree char *when = far_format_moment (mark->time_us, g_get_real_time ());
  g_autofree char *text = far_format_plain (mark->text);

  /* Translators: when something happened, what kind of thing, and its description */
  return g_strdup_printf (_("%s, %s: %s"), when, kind_title (mark->kind), text);
}

/**
 * far_chart_marks_describe:
 * @marks: (nullable) (element-type FarAnnotationInfo)
 *
 * Returns: (transfer full): the newest of the range in words, one sentence each; "" for none
 */
char *
far_chart_marks_describe (GPtrArray *marks, gint64 from_us, gint64 to_us)
{
  GString *text = g_string_new (NULL);
  guint n = 0;

  for (guint i = marks != NULL ? marks->len : 0; i-- > 0 && n < FAR_CHART_MARKS_SAID_MAX;)
    {
      const FarAnnotationInfo *mark = g_ptr_array_index (marks, i);
      g_autofree char *one = NULL;

      if (!is_in_range (mark, from_us, to_us))
        continue;
      one = describe_one (mark);
      g_string_append_printf (text, "%s%s.", n++ > 0 ? " " : "", one);
    }
  return g_string_free (text, FALSE);
}

/**
 * far_chart_marks_at:
 * @marks: (nullable) (element-type FarAnnotationInfo)
 * @x: in pixels
 *
 * Returns: (transfer full) (nullable): what happened there, a line each
 */
char *
far_chart_marks_at (GPtrArray *marks, const FarChartFrame *frame, double x)
{
  GString *text = NULL;

  for (guint i = marks != NULL ? first_of (marks) : 0; marks != NULL && i < marks->len; i++)
    {
      const FarAnnotationInfo *mark = g_ptr_array_index (marks, i);
      double from = far_chart_frame_x (frame, mark->time_us);
      double to = mark->end_us > mark->time_us ? far_chart_frame_x (frame, mark->end_us) : from;
      g_autofree char *one = NULL;

      if (!is_in_range (mark, frame->from_us, frame->to_us) || x < from - NEAR_PX ||
          x > to + NEAR_PX + FLAG)
        continue;
      one = describe_one (mark);
      if (text == NULL)
        text = g_string_new (one);
      else
        g_string_append_printf (text, "\n%s", one);
    }
  return text != NULL ? g_string_free (text, FALSE) : NULL;
}
