/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shows the pages of help/, which are built in: inside Flatpak no other program could find them.
 * Keeps the way back. Thread: the main one. */
#include "farthing-config.h"

#include "desktop/help/far-help-window.h"

#include <glib/gi18n.h>

#include "desktop/help/far-help-page.h"

#define PAGES "/io/github/farthing/Farthing/help/"
#define FIRST_PAGE "index"
#define LINK_PREFIX "help:"
/* Steps back that are remembered. */
#define HISTORY_MAX 64

struct _FarHelpWindow
{
  AdwWindow parent_instance;

  GtkWidget *content;
  GtkWidget *scroller;
  GPtrArray *history; /* names of pages, the one that shows last */
};

G_DEFINE_FINAL_TYPE (FarHelpWindow, far_help_window, ADW_TYPE_WINDOW)

static gboolean
link_cb (FarHelpWindow *self, const char *uri)
{
  if (!g_str_has_prefix (uri, LINK_PREFIX))
    return GDK_EVENT_PROPAGATE;
  far_help_window_show (self, uri + strlen (LINK_PREFIX));
  return GDK_EVENT_STOP;
}

static GtkWidget *
label_new (FarHelpWindow *self, const FarHelpBlock *block)
{
  static const char *const classes[] = {
    [FAR_HELP_TITLE] = "title-1",
    [FAR_HELP_HEADING] = "title-4",
    [FAR_HELP_TERM] = "heading",
  };
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_markup (GTK_LABEL (label), block->markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  if (block->kind < G_N_ELEMENTS (classes))
    gtk_widget_add_css_class (label, classes[block->kind]);
  if (block->kind == FAR_HELP_HEADING)
    gtk_widget_set_margin_top (label, 12);
  g_signal_connect_object (label, "activate-link", G_CALLBACK (link_cb), self, G_CONNECT_SWAPPED);
  return label;
}

static GtkWidget *
marked_new (GtkWidget *label, const FarHelpBlock *block)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 9);
  g_autofree char *text = block->kind == FAR_HELP_STEP ? g_strdup_printf ("%u.", block->number)
                                                       : g_strdup ("•");
  GtkWidget *mark = gtk_label_new (text);

  gtk_widget_set_valign (mark, GTK_ALIGN_START);
  gtk_widget_add_css_class (mark, "dim-label");
  gtk_widget_set_margin_start (mark, 6);
  gtk_box_append (GTK_BOX (row), mark);
  gtk_box_append (GTK_BOX (row), label);
  return row;
}

static GtkWidget *
note_new (GtkWidget *label)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_add_css_class (card, "card");
  gtk_widget_set_margin_top (label, 12);
  gtk_widget_set_margin_bottom (label, 12);
  gtk_widget_set_margin_start (label, 12);
  gtk_widget_set_margin_end (label, 12);
  gtk_box_append (GTK_BOX (card), label);
  return card;
}

static void
fill (FarHelpWindow *self, GPtrArray *blocks)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->content)) != NULL)
    gtk_box_remove (GTK_BOX (self->content), child);
  for (guint i = 0; i < blocks->len; i++)
    {
      const FarHelpBlock *block = g_ptr_array_index (blocks, i);
      GtkWidget *widget = label_new (self, block);

      if (block->kind == FAR_HELP_ITEM || block->kind == FAR_HELP_STEP)
        widget = marked_new (widget, block);
      else if (block->kind == FAR_HELP_NOTE)
        widget = note_new (widget);
      gtk_box_append (GTK_BOX (self->content), widget);
    }
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment
                                (GTK_SCROLLED_WINDOW (self->scroller)), 0);
}

static gboolean
load (FarHelpWindow *self, const char *page)
{
  g_autofree char *path = g_strdup_printf (PAGES "%s.page", page);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GPtrArray) blocks = NULL;
  g_autoptr (GError) error = NULL;

  if (bytes == NULL)
    return FALSE;
  blocks = far_help_page_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  /* The pages are ours, and a test reads every one. */
  g_assert_no_error (error);
  fill (self, blocks);
  return TRUE;
}

static void
update_back (FarHelpWindow *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "help.back", self->history->len > 1);
}

static void
back_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  FarHelpWindow *self = FAR_HELP_WINDOW (widget);

  if (self->history->len < 2)
    return;
  g_ptr_array_set_size (self->history, self->history->len - 1);
  load (self, g_ptr_array_index (self->history, self->history->len - 1));
  update_back (self);
}

static void
far_help_window_finalize (GObject *object)
{
  g_ptr_array_unref (FAR_HELP_WINDOW (object)->history);
  G_OBJECT_CLASS (far_help_window_parent_class)->finalize (object);
}

static void
far_help_window_class_init (FarHelpWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = far_help_window_finalize;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/farthing/Farthing/help/far-help-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FarHelpWindow, content);
  gtk_widget_class_bind_template_child (widget_class, FarHelpWindow, scroller);
  gtk_widget_class_install_action (widget_class, "help.back", NULL, back_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "help.back",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close",
                                       NULL);
}

static void
far_help_window_init (FarHelpWindow *self)
{
  self->history = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  far_help_window_show (self, FIRST_PAGE);
}

/**
 * far_help_window_new:
 * @parent: (nullable): the window it stands before
 *
 * Returns: (transfer floating): the help, at its first page
 */
GtkWidget *
far_help_window_new (GtkWindow *parent)
{
  return g_object_new (FAR_TYPE_HELP_WINDOW, "transient-for", parent, "destroy-with-parent", TRUE,
                       NULL);
}

/**
 * far_help_window_show:
 * @page: the id of a page in help/, such as "reader"; one that is not there changes nothing
 */
void
far_help_window_show (FarHelpWindow *self,
                      const char    *page)
{
  g_return_if_fail (FAR_IS_HELP_WINDOW (self));
  g_return_if_fail (page != NULL);

  if (strchr (page, '/') != NULL || !load (self, page))
    return;
  if (self->history->len >= HISTORY_MAX)
    g_ptr_array_remove_index (self->history, 0);
  g_ptr_array_add (self->history, g_strdup (page));
  update_back (self);
}
