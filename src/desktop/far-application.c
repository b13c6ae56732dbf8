/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the settings and the session. Closing the window, quitting and SIGTERM all take the same
 * way out: the window goes at once, then the session stops what it started, unless the user wants
 * it to run on, and then the process ends. */
#include "farthing-config.h"

#include "desktop/far-application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdlib.h>

#include "desktop/alarms/far-alarm-format.h"
#include "desktop/far-background.h"
#include "desktop/far-preferences-window.h"
#include "desktop/far-session.h"
#include "desktop/far-window.h"
#include "desktop/help/far-help-window.h"
#include "desktop/help/far-shortcuts-window.h"

/* The release in which the program first appeared; the copyright's first year. */
#define COPYRIGHT_YEAR "2026"

struct _FarApplication
{
  AdwApplication parent_instance;

  GSettings  *settings;
  FarSession *session;
  char       *data_dir;
  gboolean    leaving;
  guint       signal_ids[2];
};

G_DEFINE_FINAL_TYPE (FarApplication, far_application, ADW_TYPE_APPLICATION)

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!far_session_stop_finish (FAR_SESSION (source), result, &error))
    g_printerr ("farthing: %s\n", error->message);
  g_application_release (G_APPLICATION (self));
}

/* The window is gone or going. */
static void
leave (FarApplication *self)
{
  if (self->leaving || self->session == NULL)
    return;
  self->leaving = TRUE;
  g_application_hold (G_APPLICATION (self));
  far_session_stop_async (self->session,
                          g_settings_get_boolean (self->settings, "run-in-background"),
                          stopped_cb, g_object_ref (self));
}

/* The desktop, or the user whom it asked, may say no. */
static void
background_answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (far_background_request_finish (result, &error))
    return;
  if (error == NULL)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                         _("Allow it in the system’s settings, under the app’s permissions"));
  if (self->settings != NULL)
    g_settings_set_boolean (self->settings, "run-in-background", FALSE);
  if (self->session != NULL)
    far_session_report (self->session, _("Farthing may not run in the background"), error);
}

static void
background_changed_cb (FarApplication *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self));

  if (far_background_is_needed () && bus != NULL &&
      g_settings_get_boolean (self->settings, "run-in-background"))
    far_background_request_async (bus, _("The publication goes on serving its readers"), NULL,
                                  background_answered_cb, g_object_ref (self));
}

static void
save_window_size (FarApplication *self, GtkWindow *window)
{
  int width;
  int height;

  g_settings_set_boolean (self->settings, "window-maximized", gtk_window_is_maximized (window));
  gtk_window_get_default_size (window, &width, &height);
  if (gtk_window_is_maximized (window) || width <= 0 || height <= 0)
    return;
  g_settings_set_int (self->settings, "window-width", width);
  g_settings_set_int (self->settings, "window-height", height);
}

static gboolean
close_request_cb (FarApplication *self, GtkWindow *window)
{
  save_window_size (self, window);
  leave (self);
  return GDK_EVENT_PROPAGATE;
}

/* One notification an alarm: that it has ended replaces that it was raised. */
static void
alarm_turned_cb (FarApplication *self, FarAlarmItem *item)
{
  const FarAlarmInfo *info = far_alarm_item_get_info (item);
  gboolean raised = far_alarm_item_is_raised (item);
  g_autofree char *id = g_strconcat ("alarm-", info->id, NULL);
  g_autofree char *name = far_alarm_format_name (info);
  g_autofree char *rule = far_alarm_describe (info);
  g_autofree char *state = far_alarm_describe_state (info, far_session_now_us (self->session));
  g_autofree char *body = g_strdup_printf ("%s\n%s", state, rule);
  /* Translators: %s is the name of an alarm that is raised no longer */
  g_autofree char *title = raised ? g_strdup (name) : g_strdup_printf (_("Ended: %s"), name);
  g_autoptr (GNotification) notification = g_notification_new (title);
  g_autoptr (GIcon) icon = g_themed_icon_new (FAR_APP_ID);

  g_notification_set_body (notification, body);
  g_notification_set_icon (notification, icon);
  g_notification_set_priority (notification, raised ? G_NOTIFICATION_PRIORITY_HIGH
                                                    : G_NOTIFICATION_PRIORITY_NORMAL);
  g_notification_set_default_action_and_target (notification, "app.show-alarm", "s", info->id);
  g_application_send_notification (G_APPLICATION (self), id, notification);
}

static void
far_application_activate (GApplication *application)
{
  FarApplication *self = FAR_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL)
    {
      self->session = far_session_new (self->data_dir, self->settings);
      window = GTK_WINDOW (far_window_new (GTK_APPLICATION (self), self->session));
      if (FAR_DEVELOPMENT)
        gtk_widget_add_css_class (GTK_WIDGET (window), "devel");
      gtk_window_set_default_size (window, g_settings_get_int (self->settings, "window-width"),
                                   g_settings_get_int (self->settings, "window-height"));
      if (g_settings_get_boolean (self->settings, "window-maximized"))
        gtk_window_maximize (window);
      g_signal_connect_object (window, "close-request", G_CALLBACK (close_request_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (far_session_get_alarms (self->session), "turned",
                               G_CALLBACK (alarm_turned_cb), self, G_CONNECT_SWAPPED);
      far_session_start (self->session);
    }
  gtk_window_present (window);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  if (window != NULL)
    gtk_window_close (window);
  else
    g_application_quit (G_APPLICATION (user_data));
}

static gboolean
signal_cb (gpointer user_data)
{
  quit_action (NULL, NULL, user_data);
  return G_SOURCE_CONTINUE;
}

static void
preferences_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  FarApplication *self = FAR_APPLICATION (user_data);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  gtk_window_present (GTK_WINDOW (far_preferences_window_new (window, self->settings)));
}

static void
shortcuts_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkApplication *self = GTK_APPLICATION (user_data);
  GtkWindow *window = gtk_application_get_active_window (self);

  gtk_window_present (GTK_WINDOW (far_shortcuts_window_new (window, self)));
}

/* One window for the help, beside the app's own. */
static void
help_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *parent = NULL;

  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (user_data)); l; l = l->next)
    {
      if (FAR_IS_HELP_WINDOW (l->data))
        {
          gtk_window_present (l->data);
          return;
        }
      if (FAR_IS_WINDOW (l->data))
        parent = l->data;
    }
  gtk_window_present (GTK_WINDOW (far_help_window_new (parent)));
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  static const char *const developers[] = { "The Farthing maintainers", NULL };
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (user_data));

  adw_show_about_window (window,
                         "application-name", _("Farthing"),
                         "application-icon", FAR_APP_ID,
                         "version", FAR_VERSION,
                         "developers", developers,
                         "developer-name", _("The Farthing maintainers"),
                         "copyright", "© " COPYRIGHT_YEAR " The Farthing maintainers",
                         "license-type", GTK_LICENSE_GPL_3_0,
                         "comments", _("What every function call costs, and what every reader "
                                       "pays."),
                         /* Translators: put your names here, one a line */
                         "translator-credits", _("translator-credits"),
                         NULL);
}

/* What the desktop entry's actions and --page ask for: the window, and in it a page. */
static void
show_page_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *page = parameter != NULL ? g_variant_get_string (parameter, NULL)
                                       : g_action_get_name (G_ACTION (action));

  g_application_activate (G_APPLICATION (user_data));
  /* Preferences may be the active window. */
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (user_data)); l; l = l->next)
    if (FAR_IS_WINDOW (l->data))
      far_window_show_page (l->data, page);
}

/* What a notification leads to. */
static void
show_alarm_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_application_activate (G_APPLICATION (user_data));
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (user_data)); l; l = l->next)
    if (FAR_IS_WINDOW (l->data))
      far_window_open (l->data, "alarms", g_variant_get_string (parameter, NULL));
}

static const GActionEntry app_actions[] = {
  { "show-alarm", show_alarm_action, "s", NULL, NULL, { 0 } },
  { "show-page", show_page_action, "s", NULL, NULL, { 0 } },
  /* By the names that the desktop entry gives its actions. */
  { "functions", show_page_action, NULL, NULL, NULL, { 0 } },
  { "earnings", show_page_action, NULL, NULL, NULL, { 0 } },
  { "reader", show_page_action, NULL, NULL, NULL, { 0 } },
  { "quit", quit_action, NULL, NULL, NULL, { 0 } },
  { "preferences", preferences_action, NULL, NULL, NULL, { 0 } },
  { "help", help_action, NULL, NULL, NULL, { 0 } },
  { "shortcuts", shortcuts_action, NULL, NULL, NULL, { 0 } },
  { "about", about_action, NULL, NULL, NULL, { 0 } },
};

static const struct {
  const char *action;
  const char *accels[3];
} accels[] = {
  { "app.quit", { "<Control>q", NULL } },
  { "app.preferences", { "<Control>comma", NULL } },
  { "app.help", { "F1", NULL } },
  { "window.close", { "<Control>w", NULL } },
  { "app.shortcuts", { "<Control>question", NULL } },
  { "win.back", { "<Alt>Left", NULL } },
  { "win.search", { "<Control>f", NULL } },
  { "win.export::", { "<Control>e", NULL } },
  { "win.show-page::overview", { "<Alt>1", NULL } },
  { "win.show-page::functions", { "<Alt>2", NULL } },
  { "win.show-page::traces", { "<Alt>3", NULL } },
  { "win.show-page::alarms", { "<Alt>4", NULL } },
  { "win.show-page::earnings", { "<Alt>5", NULL } },
  { "win.show-page::reader", { "<Alt>6", NULL } },
};

/* g_settings_new() aborts where the schema is missing, which a program run straight out of its
 * build folder would meet; so say what to do instead. */
static GSettings *
load_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, FAR_APP_ID, TRUE);
  if (schema == NULL)
    {
      g_printerr ("farthing: the settings schema %s is not installed; run ./run, or "
                  "meson devenv -C build farthing\n", FAR_APP_ID);
      exit (EXIT_FAILURE);
    }
  return g_settings_new_full (schema, NULL, NULL);
}

static void
far_application_startup (GApplication *application)
{
  FarApplication *self = FAR_APPLICATION (application);

  G_APPLICATION_CLASS (far_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (FAR_APP_ID);
  /* Who comes to a text with the Tab key has not marked it. */
  g_object_set (gtk_settings_get_default (), "gtk-label-select-on-focus", FALSE, NULL);
  self->settings = load_settings ();
  g_signal_connect_object (self->settings, "changed::run-in-background",
                           G_CALLBACK (background_changed_cb), self, G_CONNECT_SWAPPED);
  g_action_map_add_action_entries (G_ACTION_MAP (self), app_actions, G_N_ELEMENTS (app_actions),
                                   self);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action,
                                           accels[i].accels);
  self->signal_ids[0] = g_unix_signal_add (SIGTERM, signal_cb, self);
  self->signal_ids[1] = g_unix_signal_add (SIGINT, signal_cb, self);
}

/* Goes to the instance that runs, or makes this process the one.
 *
 * Returns: an exit status, or -1 to go on */
static int
open_page (GApplication *application, GVariantDict *options)
{
  g_autoptr (GError) error = NULL;
  const char *page;

  if (!g_variant_dict_lookup (options, "page", "&s", &page))
    return -1;
  if (!g_application_register (application, NULL, &error))
    {
      g_printerr ("farthing: %s\n", error->message);
      return EXIT_FAILURE;
    }
  g_action_group_activate_action (G_ACTION_GROUP (application), "show-page",
                                  g_variant_new_string (page));
  return g_application_get_is_remote (application) ? EXIT_SUCCESS : -1;
}

static int
far_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  FarApplication *self = FAR_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("farthing %s\n", FAR_VERSION);
      return EXIT_SUCCESS;
    }
  g_variant_dict_lookup (options, "data-dir", "^ay", &self->data_dir);
  return open_page (application, options);
}

static void
far_application_dispose (GObject *object)
{
  FarApplication *self = FAR_APPLICATION (object);

  for (guint i = 0; i < G_N_ELEMENTS (self->signal_ids); i++)
    g_clear_handle_id (&self->signal_ids[i], g_source_remove);
  g_clear_object (&self->session);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->data_dir, g_free);

  G_OBJECT_CLASS (far_application_parent_class)->dispose (object);
}

static void
far_application_class_init (FarApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_application_dispose;
  application_class->activate = far_application_activate;
  application_class->startup = far_application_startup;
  application_class->handle_local_options = far_application_handle_local_options;
}

static void
far_application_init (FarApplication *self)
{
  static const GOptionEntry options[] = {
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, NULL,
      N_("Use the deployment kept in this folder"), N_("FOLDER") },
    { "page", 'p', 0, G_OPTION_ARG_STRING, NULL,
      N_("Open on this page: overview, functions, traces, alarms, earnings or reader"),
      N_("PAGE") },
    { "version", 'v', 0, G_OPTION_ARG_NONE, NULL, N_("Print the version and exit"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

FarApplication *
far_application_new (void)
{
  return g_object_new (FAR_TYPE_APPLICATION,
                       "application-id", FAR_APP_ID,
                       "resource-base-path", "/io/github/farthing/Farthing",
                       NULL);
}
