/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help: every page that is shipped can be shown, every link leads somewhere, what cannot be
 * shown is refused, and the window goes there and back. */
#include "far-desktop-test.h"

#include <string.h>

#include "desktop/help/far-help-page.h"
#include "desktop/help/far-help-window.h"

#define PAGES "/io/github/farthing/Farthing/help/"

static GPtrArray *
read_page (const char *name)
{
  g_autofree char *path = g_strconcat (PAGES, name, NULL);
  g_autoptr (GBytes) bytes = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GError) error = NULL;
  GPtrArray *blocks;

  g_assert_nonnull (bytes);
  blocks = far_help_page_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  return blocks;
}

/* Its links lead to pages that are there, and Pango takes it. */
static void
check_block (const FarHelpBlock *block)
{
  g_autoptr (GRegex) link = g_regex_new ("href=\"help:([^\"]*)\"", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GRegex) anchor = g_regex_new ("</?a[^>]*>", 0, 0, NULL);
  g_autofree char *plain = g_regex_replace_literal (anchor, block->markup, -1, 0, "", 0, NULL);

  g_assert_cmpuint (strlen (block->markup), >, 0);
  g_assert_null (strchr (block->markup, '\n'));
  g_assert_true (pango_parse_markup (plain, -1, 0, NULL, NULL, NULL, NULL));
  for (g_regex_match (link, block->markup, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL))
    {
      g_autofree char *page = g_match_info_fetch (match, 1);
      g_autofree char *path = g_strconcat (PAGES, page, ".page", NULL);

      g_assert_true (g_resources_get_info (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL));
    }
}

static void
test_pages (void)
{
  g_auto (GStrv) names
      = g_resources_enumerate_children (PAGES, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  guint n_pages = 0;

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GPtrArray) blocks = NULL;

      if (!g_str_has_suffix (names[i], ".page"))
        continue;
      n_pages++;
      blocks = read_page (names[i]);
      g_assert_cmpuint (blocks->len, >, 3);
      g_assert_cmpint (((FarHelpBlock *) blocks->pdata[0])->kind, ==, FAR_HELP_TITLE);
      for (guint j = 0; j < blocks->len; j++)
        check_block (blocks->pdata[j]);
    }
  g_assert_cmpuint (n_pages, >=, 6);
}

static void
test_blocks (void)
{
  static const char text[]
      = "<page id='x'><info><desc>not shown</desc></info><title>A &amp; B</title>"
        "<p>one\n   <em>two</em> <link xref='y'>three</link></p>"
        "<section><title>S</title><steps><item><p>first</p></item><item><p>second</p></item>"
        "</steps><terms><item><title>T</title><p>why</p></item></terms>"
        "<note><p>mind</p></note></section></page>";
  static const struct {
    FarHelpKind kind;
    guint       number;
    const char *markup;
  } expected[] = {
    { FAR_HELP_TITLE, 0, "A &amp; B" },
    { FAR_HELP_PARAGRAPH, 0, "one <i>two</i> <a href=\"help:y\">three</a>" },
    { FAR_HELP_HEADING, 0, "S" },
    { FAR_HELP_STEP, 1, "first" },
    { FAR_HELP_STEP, 2, "second" },
    { FAR_HELP_TERM, 0, "T" },
    { FAR_HELP_PARAGRAPH, 0, "why" },
    { FAR_HELP_NOTE, 0, "mind" },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) blocks = far_help_page_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (blocks->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < blocks->len; i++)
    {
      const FarHelpBlock *block = blocks->pdata[i];

      g_assert_cmpint (block->kind, ==, expected[i].kind);
      g_assert_cmpuint (block->number, ==, expected[i].number);
      g_assert_cmpstr (block->markup, ==, expected[i].markup);
    }
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "<page><title>T</title><table/></page>",
    "<page><p>a<p>b</p></p></page>",
    "<page><p>open",
    "<page><p>bad &nbsp; entity</p></page>",
    "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (far_help_page_parse (texts[i], strlen (texts[i]), &error));
      g_assert_nonnull (error);
    }
}

static void
test_window (void)
{
  GtkWidget *window = far_help_window_new (NULL);
  GtkWidget *link;
  gboolean handled = FALSE;

  g_object_ref (window);
  gtk_window_present (GTK_WINDOW (window));
  far_test_wait_until (gtk_widget_get_mapped (window));
  far_test_wait_until (far_test_has_text (window, "Farthing"));
  gtk_widget_activate_action (window, "help.back", NULL);
  g_assert_true (far_test_has_text (window, "Farthing"));

  link = far_test_find (window, GTK_TYPE_LABEL,
                        "As a reader: open an article with a small pledge, or with an ad");
  g_assert_nonnull (link);
  g_signal_emit_by_name (link, "activate-link", "help:reader", &handled);
  g_assert_true (handled);
  far_test_wait_until (far_test_has_text (window, "Reading, and paying for it"));
  far_help_window_show (FAR_HELP_WINDOW (window), "no-such-page");
  far_help_window_show (FAR_HELP_WINDOW (window), "../secret");
  g_assert_true (far_test_has_text (window, "Reading, and paying for it"));
  g_assert_true (gtk_widget_activate_action (window, "help.back", NULL));
  far_test_wait_until (far_test_has_text (window, "Farthing"));
  far_test_close (window, window);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/help/pages", test_pages);
  g_test_add_func ("/help/blocks", test_blocks);
  g_test_add_func ("/help/refused", test_refused);
  g_test_add_func ("/help/window", test_window);
  return g_test_run ();
}
