/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What needs attention comes first. Values are read every few seconds while the page is on screen;
 * states come by themselves. Alarms are the platform's own, whichever deployment the other pages
 * show. */
#include "farthing-config.h"

#include "desktop/alarms/far-alarms-page.h"

#include <glib/gi18n.h>

#include "desktop/alarms/far-alarm-dialog.h"
#include "desktop/alarms/far-alarm-row.h"
#include "desktop/alarms/far-alarm-view.h"
#include "desktop/shell/far-money-badge.h"
#include "desktop/shell/far-state-view.h"
#include "desktop/shell/far-title.h"

#define REFRESH_S 3

struct _FarAlarmsPage
{
  FarPage parent_instance;

  FarTitle      *title;
  GtkWidget     *back;
  GtkWidget     *add;
  GtkStack      *stack;
  GtkStack      *list_stack;
  GtkListBox    *list;
  FarAlarmView  *alarm;

  FarSession    *session;
  GtkSorter     *sorter;
  char          *wanted; /* to be opened once the alarms are known */
  guint          refresh_id;
};

G_DEFINE_FINAL_TYPE (FarAlarmsPage, far_alarms_page, FAR_TYPE_PAGE)

static gboolean
in_alarm (FarAlarmsPage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "alarm") == 0;
}

static void
update_header (FarAlarmsPage *self)
{
  gboolean folded;

  g_object_get (self, "folded", &folded, NULL);
  gtk_widget_set_visible (self->back, in_alarm (self) || folded);
  gtk_widget_set_visible (self->add, !in_alarm (self));
  g_object_set (self->title, "title",
                in_alarm (self) ? _("Alarm") : far_page_get_title (FAR_PAGE (self)), NULL);
}

static void
show_alarm (FarAlarmsPage *self, FarAlarmItem *item)
{
  far_alarm_view_show (self->alarm, self->session, item);
  gtk_stack_set_visible_child_name (self->stack, "alarm");
  update_header (self);
}

static gboolean
far_alarms_page_back (FarPage *page)
{
  FarAlarmsPage *self = FAR_ALARMS_PAGE (page);

  if (!in_alarm (self))
    return FALSE;
  far_alarm_view_show (self->alarm, NULL, NULL);
  gtk_stack_set_visible_child_name (self->stack, "list");
  update_header (self);
  return TRUE;
}

static void
gone_cb (FarAlarmsPage *self)
{
  far_alarms_page_back (FAR_PAGE (self));
}

static void
row_activated_cb (FarAlarmsPage *self, GtkListBoxRow *row)
{
  show_alarm (self, far_alarm_row_get_item (FAR_ALARM_ROW (row)));
}

static void
add_cb (FarAlarmsPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->session != NULL)
    gtk_window_present (GTK_WINDOW (far_alarm_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root)
                                                                               : NULL,
                                                          self->session, NULL)));
}

static void
open_wanted (FarAlarmsPage *self)
{
  g_autofree char *wanted = g_steal_pointer (&self->wanted);
  g_autoptr (FarAlarmItem) item = NULL;

  if (wanted != NULL)
    item = far_alarms_find (far_session_get_alarms (self->session), wanted);
  if (item != NULL)
    show_alarm (self, item);
}

static void
listed_cb (FarAlarmsPage *self, FarAlarms *alarms)
{
  gboolean any = g_list_model_get_n_items (far_alarms_get_list (alarms)) > 0;

  gtk_stack_set_visible_child_name (self->list_stack, any ? "alarms" : "empty");
  gtk_widget_set_sensitive (self->add, TRUE);
  gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
  open_wanted (self);
}

static void
raised_cb (FarAlarmsPage *self, GParamSpec *pspec, FarAlarms *alarms)
{
  guint n;

  g_object_get (alarms, "raised", &n, NULL);
  far_page_set_badge (FAR_PAGE (self), n);
  gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  return far_alarm_row_new (item);
}

static void
far_alarms_page_session_changed (FarPage *page, FarSession *session)
{
  FarAlarmsPage *self = FAR_ALARMS_PAGE (page);
  FarAlarms *alarms;
  g_autoptr (GtkSortListModel) sorted = NULL;

  far_alarms_page_back (page);
  if (self->session != NULL)
    {
      gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
      g_signal_handlers_disconnect_by_data (far_session_get_alarms (self->session), self);
    }
  g_set_object (&self->session, session);
  if (session == NULL)
    return;
  alarms = far_session_get_alarms (session);
  sorted = gtk_sort_list_model_new (g_object_ref (far_alarms_get_list (alarms)),
                                    g_object_ref (self->sorter));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (sorted), create_row, NULL, NULL);
  g_signal_connect_swapped (alarms, "listed", G_CALLBACK (listed_cb), self);
  g_signal_connect_swapped (alarms, "notify::raised", G_CALLBACK (raised_cb), self);
  raised_cb (self, NULL, alarms);
  if (far_alarms_are_known (alarms))
    listed_cb (self, alarms);
}

static gboolean
refresh_cb (gpointer user_data)
{
  FarAlarmsPage *self = user_data;

  if (self->session != NULL)
    far_alarms_refresh (far_session_get_alarms (self->session));
  return G_SOURCE_CONTINUE;
}

static void
far_alarms_page_shown (FarPage *page, gboolean shown)
{
  FarAlarmsPage *self = FAR_ALARMS_PAGE (page);

  g_clear_handle_id (&self->refresh_id, g_source_remove);
  if (!shown)
    return;
  refresh_cb (self);
  self->refresh_id = g_timeout_add_seconds (REFRESH_S, refresh_cb, self);
}

/* It may come before the alarms are known: the app may have been started by a notification. */
static void
far_alarms_page_open (FarPage *page, const char *id)
{
  FarAlarmsPage *self = FAR_ALARMS_PAGE (page);

  g_free (self->wanted);
  self->wanted = g_strdup (id);
  if (self->session != NULL && far_alarms_are_known (far_session_get_alarms (self->session)))
    open_wanted (self);
}

static void
far_alarms_page_dispose (GObject *object)
{
  FarAlarmsPage *self = FAR_ALARMS_PAGE (object);

  g_object_set (self, "session", NULL, NULL);
  g_clear_handle_id (&self->refresh_id, g_source_remove);
  g_clear_object (&self->sorter);
  g_clear_pointer (&self->wanted, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_ALARMS_PAGE);

  G_OBJECT_CLASS (far_alarms_page_parent_class)->dispose (object);
}

static void
far_alarms_page_class_init (FarAlarmsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  FarPageClass *page_class = FAR_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_alarms_page_dispose;
  page_class->session_changed = far_alarms_page_session_changed;
  page_class->shown = far_alarms_page_shown;
  page_class->back = far_alarms_page_back;
  page_class->open = far_alarms_page_open;

  g_type_ensure (FAR_TYPE_ALARM_VIEW);
  g_type_ensure (FAR_TYPE_MONEY_BADGE);
  g_type_ensure (FAR_TYPE_STATE_VIEW);
  g_type_ensure (FAR_TYPE_TITLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/alarms/"
                                               "far-alarms-page.ui");
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, title);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, back);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, add);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, list_stack);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, list);
  gtk_widget_class_bind_template_child (widget_class, FarAlarmsPage, alarm);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, gone_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
far_alarms_page_init (FarAlarmsPage *self)
{
  self->sorter = GTK_SORTER (gtk_custom_sorter_new (far_alarm_item_compare, NULL, NULL));
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self, "notify::folded", G_CALLBACK (update_header), NULL);
  update_header (self);
}
