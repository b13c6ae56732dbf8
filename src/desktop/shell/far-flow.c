/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GtkFlowBox means its children to be chosen: asked by the Tab key, it claims to have moved the
 * focus although a child has nothing to focus, and coming backwards it returns to the child it was
 * in. Either way the keyboard never leaves. So this asks what is in the children, one after the
 * other, and neither the box nor them. */
#include "desktop/shell/far-flow.h"

struct _FarFlow
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (FarFlow, far_flow, ADW_TYPE_BIN)

static GtkWidget *
next_of (GtkWidget *flow, GtkWidget *child, gboolean backward)
{
  if (child == NULL)
    return backward ? gtk_widget_get_last_child (flow) : gtk_widget_get_first_child (flow);
  return backward ? gtk_widget_get_prev_sibling (child) : gtk_widget_get_next_sibling (child);
}

static gboolean
focus_inside (GtkWidget *child, GtkDirectionType direction)
{
  GtkWidget *content = gtk_flow_box_child_get_child (GTK_FLOW_BOX_CHILD (child));

  return content != NULL && gtk_widget_child_focus (content, direction);
}

static gboolean
far_flow_focus (GtkWidget *widget, GtkDirectionType direction)
{
  GtkWidget *flow = adw_bin_get_child (ADW_BIN (widget));
  GtkWidget *child = flow != NULL ? gtk_widget_get_focus_child (flow) : NULL;
  gboolean backward = direction == GTK_DIR_TAB_BACKWARD || direction == GTK_DIR_LEFT ||
                      direction == GTK_DIR_UP;

  if (flow == NULL)
    return FALSE;
  if (child != NULL && focus_inside (child, direction))
    return TRUE;
  while ((child = next_of (flow, child, backward)) != NULL)
    if (focus_inside (child, direction))
      return TRUE;
  return FALSE;
}

static void
far_flow_class_init (FarFlowClass *klass)
{
  GTK_WIDGET_CLASS (klass)->focus = far_flow_focus;
}

static void
far_flow_init (FarFlow *self)
{
}
