/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rows there are stands in a table of kinds. Secrets go from the field to the platform, which
 * keeps them where secrets are kept; they are in no setting and in no file of ours.
 *
 * A test is given up when the form changes under it, or the dialog closes. */
#include "farthing-config.h"

#include "desktop/deployments/far-deployment-dialog.h"

#include <glib/gi18n.h>

#include <string.h>

#include "desktop/far-format.h"
#include "desktop/shell/far-icon.h"

#define ID_LENGTH_MAX 32

struct _FarDeploymentDialog
{
  AdwWindow parent_instance;

  AdwPreferencesGroup *what;
  AdwComboRow         *kind;
  AdwEntryRow         *name;
  AdwComboRow         *money;
  AdwComboRow         *profile;
  AdwEntryRow         *url;
  AdwPasswordEntryRow *token;
  AdwEntryRow         *pin;
  AdwEntryRow         *market_url;
  AdwPasswordEntryRow *publisher_token;
  AdwEntryRow         *user;
  AdwEntryRow         *region;
  AdwEntryRow         *aws_profile;
  AdwEntryRow         *service;
  GtkWidget           *secrets;
  GtkWidget           *queries;
  AdwComboRow         *duration_unit;
  GtkWidget           *earnings;
  GtkWidget           *test;
  GtkWidget           *add;
  GtkSpinner          *spinner;
  GtkLabel            *verdict;
  GtkListBox          *checks;
  GtkScrolledWindow   *scroller;

  FarSession          *session;
  GCancellable        *cancellable; /* of the call under way */
  gboolean             adding;      /* that call adds; another is no second deployment */
  gboolean             found;       /* what was found is to be scrolled into sight */
};

G_DEFINE_FINAL_TYPE (FarDeploymentDialog, far_deployment_dialog, ADW_TYPE_WINDOW)

/* In the order of the rows in the .ui file. Which a kind has: a bit each. */
enum {
  FIELD_URL = 1 << 0,
  FIELD_TOKEN = 1 << 1,
  FIELD_PIN = 1 << 2,
  FIELD_MARKET = 1 << 3,
  FIELD_PROFILE = 1 << 4,
  FIELD_USER = 1 << 5,
  FIELD_REGION = 1 << 6,
  FIELD_SERVICE = 1 << 7,
  FIELD_PASSWORD = 1 << 8, /* what opens it is a password, also without a user's name */
};

static const struct {
  const char *kind;
  const char *text;
  const char *secret; /* the title of what opens it; NULL: nothing does */
  guint       fields;
} kinds[] = {
  { "farthingd", N_("A platform like this one, on another machine"), N_("Token"),
    FIELD_URL | FIELD_TOKEN | FIELD_PIN | FIELD_MARKET },
  { "prometheus", N_("A server that collects a system’s metrics"),
    N_("Token, or the user’s password"),
    FIELD_URL | FIELD_TOKEN | FIELD_PIN | FIELD_PROFILE | FIELD_USER },
  { "openfaas", N_("Its gateway"), N_("Password"),
    FIELD_URL | FIELD_TOKEN | FIELD_PIN | FIELD_USER | FIELD_PASSWORD },
  /* Its credentials are those of the environment or the AWS command line; none are kept. */
  { "aws", N_("With the credentials of the AWS command line"), NULL, FIELD_REGION },
  { "otlp", N_("A system that sends its spans to this platform"), NULL, FIELD_SERVICE },
};

static const char *const moneys[] = { "none", "test", "live" };
/* In the order of the rows in the .ui file; the last is PromQL of one's own. */
static const char *const profiles[] = { "farthing", "openfaas", "knative", "custom" };
static const char *const units[] = { "s", "ms" };
/* What PromQL of one's own is made of: the settings, and the ids of their rows. The first two have
 * to be there. */
static const char *const query_settings[] = {
  "function_label", "invocations", "errors", "throttles", "cold_starts", "duration_bucket",
  "concurrency",
};
#define N_QUERIES_NEEDED 2

static const char *
get_text (gpointer row)
{
  return gtk_editable_get_text (GTK_EDITABLE (row));
}

static const char *
get_query (FarDeploymentDialog *self, guint i)
{
  return get_text (gtk_widget_get_template_child (GTK_WIDGET (self), FAR_TYPE_DEPLOYMENT_DIALOG,
                                                  query_settings[i]));
}

static gboolean
is_custom (FarDeploymentDialog *self)
{
  guint fields = kinds[adw_combo_row_get_selected (self->kind)].fields;

  return (fields & FIELD_PROFILE) != 0 &&
         adw_combo_row_get_selected (self->profile) == G_N_ELEMENTS (profiles) - 1;
}

/* "Zürich (live)" → "zurich-live". A name of which nothing is left, for its letters are others, is
 * told apart by its hash. */
static char *
make_id (const char *name)
{
  g_autofree char *ascii = g_str_to_ascii (name, "C");
  GString *id = g_string_new (NULL);

  for (const char *p = ascii; *p != '\0' && id->len < ID_LENGTH_MAX; p++)
    {
      if (g_ascii_isalnum (*p))
        g_string_append_c (id, g_ascii_tolower (*p));
      else if (id->len > 0 && id->str[id->len - 1] != '-')
        g_string_append_c (id, '-');
    }
  while (id->len > 0 && id->str[id->len - 1] == '-')
    g_string_truncate (id, id->len - 1);
  if (id->len == 0 && name[strspn (name, " \t")] != '\0')
    g_string_append_printf (id, "deployment-%08x", g_str_hash (name));
  return g_string_free (id, FALSE);
}

static void
put (GHashTable *table, const char *name, const char *value)
{
  if (value[0] != '\0')
    g_hash_table_insert (table, (gpointer) name, g_strdup (value));
}

/* Secrets do not stay in memory longer than the call. */
static void
wipe (gpointer secret)
{
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* What the form says; the tables are borrowed by the spec. */
typedef struct {
  FarDeploymentSpec spec;
  GHashTable       *settings;
  GHashTable       *secrets;
  char             *id;
} Form;

/* A user has a password; where there is none, it is a bearer token. */
static gboolean
is_password (FarDeploymentDialog *self, guint fields)
{
  return (fields & FIELD_PASSWORD) != 0 ||
         ((fields & FIELD_USER) != 0 && get_text (self->user)[0] != '\0');
}

static void
read_form (FarDeploymentDialog *self, Form *form)
{
  guint kind = adw_combo_row_get_selected (self->kind);
  guint fields = kinds[kind].fields;

  form->settings = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  form->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, wipe);
  form->id = make_id (get_text (self->name));
  if (fields & FIELD_URL)
    put (form->settings, "url", get_text (self->url));
  if (fields & FIELD_PIN)
    put (form->settings, "pin", get_text (self->pin));
  if (fields & FIELD_TOKEN)
    put (form->secrets, is_password (self, fields) ? "password" : "token", get_text (self->token));
  if (fields & FIELD_MARKET)
    {
      put (form->settings, "market_url", get_text (self->market_url));
      put (form->secrets, "publisher_token", get_text (self->publisher_token));
    }
  if (fields & FIELD_PROFILE)
    put (form->settings, "profile", profiles[adw_combo_row_get_selected (self->profile)]);
  for (guint i = 0; is_custom (self) && i < G_N_ELEMENTS (query_settings); i++)
    put (form->settings, query_settings[i], get_query (self, i));
  if (is_custom (self))
    put (form->settings, "duration_unit", units[adw_combo_row_get_selected (self->duration_unit)]);
  if (fields & FIELD_USER)
    put (form->settings, "user", get_text (self->user));
  if (fields & FIELD_REGION)
    {
      put (form->settings, "region", get_text (self->region));
      put (form->settings, "profile", get_text (self->aws_profile));
    }
  if (fields & FIELD_SERVICE)
    put (form->settings, "service_name", get_text (self->service));
  form->spec = (FarDeploymentSpec) {
    .id = form->id,
    .kind = kinds[kind].kind,
    .name = get_text (self->name),
    .money = moneys[adw_combo_row_get_selected (self->money)],
    .settings = form->settings,
    .secrets = form->secrets,
  };
}

static void
clear_form (Form *form)
{
  g_hash_table_unref (form->settings);
  g_hash_table_unref (form->secrets);
  g_free (form->id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Form, clear_form)

static void
clear_checks (FarDeploymentDialog *self)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->checks, 0)) != NULL)
    gtk_list_box_remove (self->checks, GTK_WIDGET (row));
  gtk_widget_set_visible (GTK_WIDGET (self->checks), FALSE);
}

static void
say (FarDeploymentDialog *self, const char *text)
{
  g_autofree char *id = make_id (get_text (self->name));

  /* Nobody has typed that id here. */
  text = far_format_reason (id, text);
  gtk_label_set_label (self->verdict, text);
  gtk_widget_set_visible (GTK_WIDGET (self->verdict), text != NULL && text[0] != '\0');
}

static void
update (FarDeploymentDialog *self)
{
  g_autofree char *id = make_id (get_text (self->name));
  gboolean busy = self->cancellable != NULL;
  guint fields = kinds[adw_combo_row_get_selected (self->kind)].fields;
  gboolean complete = id[0] != '\0' &&
                      (!(fields & FIELD_URL) || get_text (self->url)[0] != '\0') &&
                      (!(fields & FIELD_REGION) || get_text (self->region)[0] != '\0');

  for (guint i = 0; is_custom (self) && i < N_QUERIES_NEEDED; i++)
    complete = complete && get_query (self, i)[0] != '\0';
  /* While it tests, the button keeps the keyboard's focus: another click tests anew. */
  gtk_widget_set_sensitive (self->test, complete && !self->adding);
  gtk_widget_set_sensitive (self->add, complete && !busy);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
}

static void
give_up (FarDeploymentDialog *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->adding = FALSE;
}

/* What was found out is of another form now. */
static void
changed_cb (FarDeploymentDialog *self)
{
  if (self->checks == NULL)
    return;
  give_up (self);
  say (self, NULL);
  clear_checks (self);
  update (self);
}

static void
kind_changed_cb (FarDeploymentDialog *self)
{
  guint kind;
  guint fields;

  if (self->checks == NULL)
    return;
  kind = adw_combo_row_get_selected (self->kind);
  fields = kinds[kind].fields;
  adw_preferences_group_set_description (self->what, _(kinds[kind].text));
  if (kinds[kind].secret != NULL)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->token), _(kinds[kind].secret));
  gtk_widget_set_visible (self->earnings, (fields & FIELD_MARKET) != 0);
  gtk_widget_set_visible (GTK_WIDGET (self->url), (fields & FIELD_URL) != 0);
  gtk_widget_set_visible (GTK_WIDGET (self->region), (fields & FIELD_REGION) != 0);
  gtk_widget_set_visible (GTK_WIDGET (self->aws_profile), (fields & FIELD_REGION) != 0);
  gtk_widget_set_visible (GTK_WIDGET (self->service), (fields & FIELD_SERVICE) != 0);
  gtk_widget_set_visible (self->secrets, kinds[kind].secret != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->profile), (fields & FIELD_PROFILE) != 0);
  gtk_widget_set_visible (GTK_WIDGET (self->user), (fields & FIELD_USER) != 0);
  gtk_widget_set_visible (self->queries, is_custom (self));
  changed_cb (self);
}

static void
show_test (FarDeploymentDialog *self, const FarDeploymentTest *test)
{
  g_autofree char *text = NULL;

  if (test->ok)
    text = g_strdup_printf (g_dngettext (NULL, "It answers, and reports %d function.",
                                         "It answers, and reports %d functions.",
                                         (gulong) test->functions), (int) test->functions);
  say (self, test->ok ? text : test->message);
  for (guint i = 0; i < test->checks->len; i++)
    {
      const FarDeploymentCheck *check = g_ptr_array_index (test->checks, i);
      GtkWidget *row = adw_action_row_new ();
      GtkWidget *icon = far_icon_new (check->ok ? "far-verified-symbolic" : "far-error-symbolic");

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), check->name);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), check->message);
      gtk_widget_add_css_class (icon, check->ok ? "success" : "warning");
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      check->ok ? _("OK") : _("Failed"), -1);
      gtk_list_box_append (self->checks, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->checks), test->checks->len > 0);
  self->found = test->checks->len > 0;
}

/* The form is longer than the window; what was found stands at its end. */
static void
grown_cb (FarDeploymentDialog *self, GtkAdjustment *adjustment)
{
  if (!self->found)
    return;
  self->found = FALSE;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment));
}

/* Returns: FALSE if nobody waits for the answer any more */
static gboolean
end_call (FarDeploymentDialog *self, const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    return FALSE;
  g_clear_object (&self->cancellable);
  self->adding = FALSE;
  if (error != NULL)
    say (self, error->message);
  update (self);
  return TRUE;
}

static void
tested_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarDeploymentDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarDeploymentTest) test = NULL;

  test = far_platform_client_test_deployment_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (end_call (self, error) && test != NULL)
    show_test (self, test);
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FarDeploymentDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarDeploymentInfo) info = NULL;

  info = far_platform_client_add_deployment_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  if (!end_call (self, error) || info == NULL)
    return;
  far_watch_list_refresh (far_session_get_watched (self->session));
  far_watch_list_choose (far_session_get_watched (self->session), info->id);
  gtk_window_close (GTK_WINDOW (self));
}

static FarPlatformClient *
begin_call (FarDeploymentDialog *self)
{
  FarPlatformClient *client = far_session_get_client (self->session);

  if (client == NULL)
    {
      say (self, _("The platform that is to watch does not answer. Reconnect, and try again."));
      return NULL;
    }
  give_up (self);
  say (self, NULL);
  clear_checks (self);
  self->cancellable = g_cancellable_new ();
  update (self);
  return client;
}

static void
test_cb (FarDeploymentDialog *self)
{
  FarPlatformClient *client = begin_call (self);
  g_auto (Form) form = { 0 };

  read_form (self, &form);
  if (client != NULL)
    far_platform_client_test_deployment_async (client, &form.spec, self->cancellable, tested_cb,
                                               g_object_ref (self));
}

static void
add_cb (FarDeploymentDialog *self)
{
  FarPlatformClient *client = begin_call (self);
  g_auto (Form) form = { 0 };

  read_form (self, &form);
  if (client == NULL)
    return;
  self->adding = TRUE;
  update (self);
  far_platform_client_add_deployment_async (client, &form.spec, self->cancellable, added_cb,
                                            g_object_ref (self));
}

static void
far_deployment_dialog_dispose (GObject *object)
{
  FarDeploymentDialog *self = FAR_DEPLOYMENT_DIALOG (object);

  give_up (self);
  self->checks = NULL;
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), FAR_TYPE_DEPLOYMENT_DIALOG);

  G_OBJECT_CLASS (far_deployment_dialog_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, what);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, kind);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, name);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, money);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, profile);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, url);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, token);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, pin);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, market_url);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, publisher_token);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, user);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, region);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, aws_profile);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, service);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, secrets);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, earnings);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, queries);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, duration_unit);
  for (guint i = 0; i < G_N_ELEMENTS (query_settings); i++)
    gtk_widget_class_bind_template_child_full (widget_class, query_settings[i], FALSE, 0);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, scroller);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, test);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, add);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, verdict);
  gtk_widget_class_bind_template_child (widget_class, FarDeploymentDialog, checks);
}

static void
far_deployment_dialog_class_init (FarDeploymentDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = far_deployment_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/farthing/Farthing/deployments/"
                                               "far-deployment-dialog.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, kind_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, test_cb);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
far_deployment_dialog_init (FarDeploymentDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "changed",
                           G_CALLBACK (grown_cb), self, G_CONNECT_SWAPPED);
  kind_changed_cb (self);
  /* GtkWindow:focus-widget would be the row, which nothing can be typed into. */
  gtk_widget_grab_focus (GTK_WIDGET (self->name));
}

/**
 * far_deployment_dialog_new:
 * @parent: the window it stands before
 * @session: of the platform that is to watch
 */
GtkWidget *
far_deployment_dialog_new (GtkWindow *parent, FarSession *session)
{
  FarDeploymentDialog *self = g_object_new (FAR_TYPE_DEPLOYMENT_DIALOG, "transient-for", parent,
                                            NULL);

  g_return_val_if_fail (FAR_IS_SESSION (session), NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
