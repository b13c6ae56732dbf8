/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knows the pages only by their names and as FarPage. "Back" asks the page first, then goes to
 * where the user came from, or, in a narrow window, to the sidebar. Errors that the session reports
 * become toasts. */
#include "farthing-config.h"

#include "desktop/far-window.h"

#include <glib/gi18n.h>

#include "desktop/alarms/far-alarms-page.h"
#include "desktop/earnings/far-earnings-page.h"
#include "desktop/export/far-export-dialog.h"
#include "desktop/functions/far-functions-page.h"
#include "desktop/overview/far-overview-page.h"
#include "desktop/reader/far-reader-page.h"
#include "desktop/shell/far-page.h"
#include "desktop/shell/far-save.h"
#include "desktop/shell/far-shell.h"
#include "desktop/shell/far-sidebar.h"
#include "desktop/traces/far-traces-page.h"

struct _FarWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  FarShell        *shell;
  FarSidebar      *sidebar;
  GtkStack        *pages;

  FarSession      *session;
  char            *came_from; /* the page on which something of another page was opened */
};

enum { PROP_0, PROP_SESSION, N_PROPS };

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (FarWindow, far_window, ADW_TYPE_APPLICATION_WINDOW)

static FarPage *
visible_page (FarWindow *self)
{
  return FAR_PAGE (gtk_stack_get_visible_child (self->pages));
}

/* Who goes to a page with the keyboard is on it then, and not in the sidebar. */
static void
focus_page (FarWindow *self)
{
  GtkWidget *page = GTK_WIDGET (visible_page (self));
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (focus == NULL || !gtk_widget_is_ancestor (focus, page))
    gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}

static void
sidebar_activated_cb (FarWindow *self)
{
  g_clear_pointer (&self->came_from, g_free);
  far_shell_set_show_content (self->shell, TRUE);
}

static void
back_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FarWindow *self = FAR_WINDOW (widget);
  g_autofree char *came_from = g_steal_pointer (&self->came_from);
  gboolean went_back = far_page_back (visible_page (self));

  if (came_from != NULL)
    far_window_show_page (self, came_from);
  if (went_back || came_from != NULL)
    return;
  if (far_shell_get_folded (self->shell))
    {
      far_shell_set_show_content (self->shell, FALSE);
      gtk_widget_grab_focus (GTK_WIDGET (self->sidebar));
    }
}

static void
search_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  far_page_search (visible_page (FAR_WINDOW (widget)));
}

static void
show_page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  far_window_show_page (FAR_WINDOW (widget), g_variant_get_string (parameter, NULL));
  focus_page (FAR_WINDOW (widget));
}

/* Which page lists what the action's name says. */
static void
show_one_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  const char *page = g_str_equal (name, "win.show-trace") ? "traces" : "functions";

  far_window_open (FAR_WINDOW (widget), page, g_variant_get_string (parameter, NULL));
}

static void
export_ready_cb (FarWindow *self, const char *name, const char *text)
{
  far_save_text (GTK_WIDGET (self), _("Save the Export"), name, text);
}

/* The parameter is the function to begin with; "" for all of them. */
static void
export_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FarWindow *self = FAR_WINDOW (widget);
  GtkWidget *dialog;

  if (self->session == NULL)
    return;
  dialog = far_export_dialog_new (GTK_WINDOW (self), self->session,
                                  g_variant_get_string (parameter, NULL));
  g_signal_connect_object (dialog, "ready", G_CALLBACK (export_ready_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
retry_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FarWindow *self = FAR_WINDOW (widget);

  if (self->session != NULL)
    far_session_start (self->session);
}

static void
toast_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  far_window_add_toast (FAR_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

/* What a deployment that is only watched does not have, it has no page for. */
static void
remote_changed_cb (FarWindow *self)
{
  static const char *const own[] = { "reader" };
  gboolean remote;

  g_object_get (self->session, "remote", &remote, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (own); i++)
    {
      GtkWidget *page = gtk_stack_get_child_by_name (self->pages, own[i]);

      if (remote && gtk_stack_get_visible_child (self->pages) == page)
        gtk_stack_set_visible_child_name (self->pages, "overview");
      gtk_stack_page_set_visible (gtk_stack_get_page (self->pages, page), !remote);
    }
}

static void
set_session (FarWindow *self, FarSession *session)
{
  if (self->session != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->session, far_window_add_toast, self);
      g_signal_handlers_disconnect_by_func (self->session, remote_changed_cb, self);
    }
  if (!g_set_object (&self->session, session))
    return;
  if (session != NULL)
    {
      g_signal_connect_swapped (session, "problem", G_CALLBACK (far_window_add_toast), self);
      g_signal_connect_swapped (session, "notify::remote", G_CALLBACK (remote_changed_cb), self);
      g_signal_connect_swapped (session, "notice", G_CALLBACK (far_window_add_toast), self);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SESSION]);
}

static void
far_window_dispose (GObject *object)
{
  FarWindow *self = FAR_WINDOW (object);

  set_session (self, NULL);
  g_clear_pointer (&self->came_from, g_free);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_WINDOW);

  G_OBJECT_CLASS (far_window_parent_class)->dispose (object);
}

static void
far_window_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  FarWindow *self = FAR_WINDOW (object);

  switch (prop_id)
    {
    case PROP_SESSION:
      g_value_set_object (value, self->session);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_window_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  FarWindow *self = FAR_WINDOW (object);

  switch (prop_id)
    {
    case PROP_SESSION:
      set_session (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
far_window_class_init (FarWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = far_window_dispose;
  object_class->get_property = far_window_get_property;
  object_class->set_property = far_window_set_property;

  properties[PROP_SESSION] =
    g_param_spec_object ("session", NULL, NULL, FAR_TYPE_SESSION,
                         G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (FAR_TYPE_SHELL);
  g_type_ensure (FAR_TYPE_SIDEBAR);
  g_type_ensure (FAR_TYPE_ALARMS_PAGE);
  g_type_ensure (FAR_TYPE_OVERVIEW_PAGE);
  g_type_ensure (FAR_TYPE_FUNCTIONS_PAGE);
  g_type_ensure (FAR_TYPE_EARNINGS_PAGE);
  g_type_ensure (FAR_TYPE_READER_PAGE);
  g_type_ensure (FAR_TYPE_TRACES_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/far-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FarWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, FarWindow, shell);
  gtk_widget_class_bind_template_child (widget_class, FarWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, FarWindow, pages);
  gtk_widget_class_bind_template_callback (widget_class, sidebar_activated_cb);

  gtk_widget_class_install_action (widget_class, "win.back", NULL, back_action);
  gtk_widget_class_install_action (widget_class, "win.export", "s", export_action);
  gtk_widget_class_install_action (widget_class, "win.retry", NULL, retry_action);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "win.show-function", "s", show_one_action);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page_action);
  gtk_widget_class_install_action (widget_class, "win.show-trace", "s", show_one_action);
  gtk_widget_class_install_action (widget_class, "win.toast", "s", toast_action);
}

static void
far_window_init (FarWindow *self)
{
  g_autoptr (GtkSelectionModel) pages = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  /* Nobody has come by keyboard yet. */
  gtk_window_set_focus_visible (GTK_WINDOW (self), FALSE);
  pages = gtk_stack_get_pages (self->pages);
  g_object_set (self->sidebar, "pages", pages, NULL);
}

/**
 * far_window_new:
 * @session: what all pages show
 */
GtkWidget *
far_window_new (GtkApplication *application, FarSession *session)
{
  return g_object_new (FAR_TYPE_WINDOW, "application", application, "session", session, NULL);
}

/**
 * far_window_add_toast:
 * @text: what happened and what to do about it, as plain text
 */
void
far_window_add_toast (FarWindow *self, const char *text)
{
  g_autofree char *escaped = NULL;

  g_return_if_fail (FAR_IS_WINDOW (self));
  g_return_if_fail (text != NULL);

  escaped = g_markup_escape_text (text, -1);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/**
 * far_window_show_page:
 * @name: "overview", "functions", "traces", "alarms", "earnings" or "reader"
 */
void
far_window_show_page (FarWindow *self, const char *name)
{
  GtkWidget *page;

  g_return_if_fail (FAR_IS_WINDOW (self));

  page = gtk_stack_get_child_by_name (self->pages, name);
  if (page == NULL || !gtk_stack_page_get_visible (gtk_stack_get_page (self->pages, page)))
    return;
  g_clear_pointer (&self->came_from, g_free);
  gtk_stack_set_visible_child_name (self->pages, name);
  far_shell_set_show_content (self->shell, TRUE);
}

/**
 * far_window_open:
 * @name: of a page
 * @id: of one of the things that it lists; "back" then leads to where the user is now
 */
void
far_window_open (FarWindow *self, const char *name, const char *id)
{
  g_autofree char *came_from = NULL;

  g_return_if_fail (FAR_IS_WINDOW (self));

  came_from = g_strdup (gtk_stack_get_visible_child_name (self->pages));
  far_window_show_page (self, name);
  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->pages), name) != 0)
    return;
  far_page_open (visible_page (self), id);
  if (g_strcmp0 (came_from, name) != 0)
    self->came_from = g_steal_pointer (&came_from);
}
