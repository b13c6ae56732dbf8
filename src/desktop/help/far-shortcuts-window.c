/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GTK's own window of shortcuts does not fit a narrow screen, and libadwaita's (1.8) is newer than
 * what this has to run with. So this is a list, which wraps and can be searched. An action's keys
 * are those that the application has set; only what widgets do by themselves is said here. */
#include "farthing-config.h"

#include "desktop/help/far-shortcuts-window.h"

#include <glib/gi18n.h>

typedef struct {
  const char *title; /* NULL ends a group */
  const char *action;
  const char *accelerator; /* where there is no action; several with spaces between */
} Shortcut;

static const Shortcut general[] = {
  { N_("Export"), "win.export::", NULL },
  { N_("Preferences"), "app.preferences", NULL },
  { N_("Help"), "app.help", NULL },
  { N_("Main menu"), NULL, "F10" },
  { N_("Keyboard shortcuts"), "app.shortcuts", NULL },
  { N_("Close window"), "window.close", NULL },
  { N_("Quit"), "app.quit", NULL },
  { NULL, NULL, NULL },
};

static const Shortcut pages[] = {
  { N_("Overview"), "win.show-page::overview", NULL },
  { N_("Functions"), "win.show-page::functions", NULL },
  { N_("Traces"), "win.show-page::traces", NULL },
  { N_("Alarms"), "win.show-page::alarms", NULL },
  { N_("Earnings"), "win.show-page::earnings", NULL },
  { N_("Reader"), "win.show-page::reader", NULL },
  { N_("Go back"), "win.back", NULL },
  { N_("Search"), "win.search", NULL },
  { NULL, NULL, NULL },
};

static const Shortcut charts[] = {
  { N_("Move the cursor by one sample"), NULL, "Left Right" },
  { N_("To the first or last sample"), NULL, "Home End" },
  { N_("Put the cursor away"), NULL, "Escape" },
  { NULL, NULL, NULL },
};

/* Returns: (transfer full): as it is read out */
static char *
describe (const char *accelerator)
{
  g_auto (GStrv) keys = g_strsplit (accelerator, " ", 0);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      guint key;
      GdkModifierType modifiers;

      if (gtk_accelerator_parse (keys[i], &key, &modifiers))
        {
          g_free (keys[i]);
          keys[i] = gtk_accelerator_get_label (key, modifiers);
        }
    }
  return g_strjoinv (", ", keys);
}

static void
add_row (AdwPreferencesGroup *group, const char *title, const char *accelerator)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *keys = gtk_shortcut_label_new (accelerator);
  g_autofree char *description = describe (accelerator);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  gtk_widget_set_valign (keys, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), keys);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description, -1);
  adw_preferences_group_add (group, row);
}

static void
add_group (AdwPreferencesPage *page, GtkApplication *application, const char *title,
           const Shortcut *shortcuts)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  for (const Shortcut *one = shortcuts; one->title != NULL; one++)
    {
      g_auto (GStrv) set = NULL;

      if (one->action != NULL)
        set = gtk_application_get_accels_for_action (application, one->action);
      if (one->accelerator != NULL || set[0] != NULL)
        add_row (group, _(one->title), one->accelerator != NULL ? one->accelerator : set[0]);
    }
  adw_preferences_page_add (page, group);
}

/**
 * far_shortcuts_window_new:
 * @parent: (nullable): the window it stands before
 * @application: whose keys they are
 */
GtkWidget *
far_shortcuts_window_new (GtkWindow *parent, GtkApplication *application)
{
  GtkWidget *window = g_object_new (ADW_TYPE_PREFERENCES_WINDOW,
                                    "transient-for", parent,
                                    "modal", TRUE,
                                    "title", _("Keyboard Shortcuts"),
                                    "default-width", 480,
                                    "default-height", 640,
                                    NULL);
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());

  add_group (page, application, _("General"), general);
  add_group (page, application, _("Pages"), pages);
  add_group (page, application, _("Charts"), charts);
  adw_preferences_window_add (ADW_PREFERENCES_WINDOW (window), page);
  return window;
}
