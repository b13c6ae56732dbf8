/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader's ways: pledge, ad, refund, and what goes wrong with each. */
#include "far-page-test.h"

#include "desktop/reader/far-ad-player.h"
#include "desktop/reader/far-article-card.h"
#include "desktop/reader/far-reader-page.h"

typedef FarPageTest Fixture; /* hears of problems */

static void
store_problem_cb (Fixture *fixture, const char *text)
{
  g_string_assign (fixture->heard, text);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  far_page_test_init (fixture);
  g_signal_connect_swapped (fixture->session, "problem", G_CALLBACK (store_problem_cb), fixture);
  far_page_test_start (fixture, FAR_TYPE_READER_PAGE, "Reader", 800, 900);
  far_test_wait_until (far_test_has_text (fixture->page, "Which way is tight"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  far_page_test_clear (fixture);
}

static void
open_article (Fixture *fixture)
{
  GtkWidget *card = far_test_find (fixture->page, FAR_TYPE_ARTICLE_CARD, NULL);

  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (card), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Which way is tight");
  g_signal_emit_by_name (gtk_widget_get_parent (card), "child-activated", card);
  far_test_wait_until (far_test_has_text (fixture->page, "The free beginning."));
}

static void
wait_for_gate (Fixture *fixture)
{
  GtkWidget *label;

  far_test_wait_until ((label = far_test_find (fixture->page, GTK_TYPE_LABEL, "_Pledge 5 ¢")) !=
                       NULL && gtk_widget_is_sensitive (label));
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  GtkWidget *kitchen;
  GtkWidget *entry;

  kitchen = far_test_find (fixture->page, GTK_TYPE_TOGGLE_BUTTON, "Kitchen");
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (kitchen), TRUE);
  far_test_wait_until (!far_test_has_text (fixture->page, "Which way is tight"));
  g_assert_true (far_test_has_text (fixture->page, "The loaf that keeps hours"));
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (far_test_find (fixture->page,
                                                                  GTK_TYPE_TOGGLE_BUTTON, "All")),
                                TRUE);

  g_assert_true (far_page_search (FAR_PAGE (fixture->page)));
  far_test_wait_until ((entry = far_test_find (fixture->page, GTK_TYPE_SEARCH_ENTRY, NULL)) !=
                       NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), "remembers");
  far_test_wait_until (!far_test_has_text (fixture->page, "The loaf that keeps hours"));
  g_assert_true (far_test_has_text (fixture->page, "Which way is tight"));
  gtk_editable_set_text (GTK_EDITABLE (entry), "zeppelin");
  far_test_wait_until (far_test_has_text (fixture->page, "No Article Found"));
}

static void
test_pledge (Fixture *fixture, gconstpointer data)
{
  open_article (fixture);
  wait_for_gate (fixture);
  g_assert_false (far_test_has_text (fixture->page, "The rest."));
  far_test_click (fixture->page, "_Pledge 5 ¢");
  far_test_wait_until (far_test_has_text (fixture->page, "The rest."));
  far_test_wait_until (far_test_find (fixture->page, GTK_TYPE_BUTTON, "_Refund") != NULL);
  g_assert_cmpuint (far_fake_platform_count (fixture->platform, "POST /pledges"), ==, 1);
  /* The button with the tab follows. */
  far_test_wait_until (far_test_has_text (fixture->page, "5 ¢"));

  /* What was said is text, not markup. */
  g_assert_true (far_test_has_text (fixture->page, "said &lt;b&gt;she&lt;/b&gt;"));

  /* A refund keeps the text until the reader leaves, and then it is locked again. */
  far_test_click (fixture->page, "_Refund");
  far_test_wait_until (far_test_has_text (fixture->page, "5 ¢ given back · the text stays until "
                                                         "you leave it"));
  g_assert_true (far_test_has_text (fixture->page, "The rest."));
  g_assert_true (far_page_back (FAR_PAGE (fixture->page)));
  far_test_wait_until (far_test_find (fixture->page, FAR_TYPE_ARTICLE_CARD, NULL) != NULL);
  open_article (fixture);
  wait_for_gate (fixture);
  g_assert_false (far_test_has_text (fixture->page, "The rest."));
}

/* Nobody knows what became of the first try: the second has the same key. A refusal is an answer:
 * the third has another one. */
static void
test_pledge_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  open_article (fixture);
  wait_for_gate (fixture);
  far_fake_platform_refuse (fixture->platform, "POST /pledges", 1, 500, "internal");
  far_test_click (fixture->page, "_Pledge 5 ¢");
  far_test_wait_until (fixture->heard->len > 0);
  g_assert_cmpstr (fixture->heard->str, ==, "The pledge was not made: Refused: internal.");
  first = g_strdup (far_fake_platform_last_body (fixture->platform, "POST /pledges"));

  g_string_truncate (fixture->heard, 0);
  wait_for_gate (fixture);
  far_fake_platform_refuse (fixture->platform, "POST /pledges", 1, 402, "exposure_limit");
  far_test_click (fixture->page, "_Pledge 5 ¢");
  far_test_wait_until (fixture->heard->len > 0);
  second = g_strdup (far_fake_platform_last_body (fixture->platform, "POST /pledges"));
  g_assert_cmpstr (first, ==, second);

  far_test_wait_until (far_fake_platform_count (fixture->platform, "GET /offers/rope") >= 2);
  wait_for_gate (fixture);
  far_test_click (fixture->page, "_Pledge 5 ¢");
  far_test_wait_until (far_test_has_text (fixture->page, "The rest."));
  g_assert_cmpstr (second, !=, far_fake_platform_last_body (fixture->platform, "POST /pledges"));
}

static void
test_method (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_set_method_required (fixture->platform, TRUE);
  open_article (fixture);
  far_test_wait_until (far_test_find (fixture->page, GTK_TYPE_BUTTON, "Add a _Test Card") != NULL);
  far_test_click (fixture->page, "Add a _Test Card");
  wait_for_gate (fixture);
  g_assert_cmpuint (far_fake_platform_count (fixture->platform, "POST /wallet/methods"), ==, 1);
}

/* The window has the focus, as far as GTK knows. */
static void
focus_window (Fixture *fixture)
{
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (fixture->window));

  gdk_toplevel_focus (GDK_TOPLEVEL (surface), GDK_CURRENT_TIME);
  far_test_wait_until (gtk_window_is_active (GTK_WINDOW (fixture->window)));
}

static void
test_ad (Fixture *fixture, gconstpointer data)
{
  open_article (fixture);
  wait_for_gate (fixture);
  focus_window (fixture);
  far_fake_platform_refuse (fixture->platform, "POST /ads/events", 1, 425, "too_soon");
  far_test_click (fixture->page, "_Watch an Ad");
  far_test_wait_until (far_test_has_text (fixture->page, "Ad by Brackwater Tea"));
  far_test_wait_until (far_test_has_text (fixture->page, "The rest."));
  /* Five events, and one of them twice. */
  g_assert_cmpuint (far_fake_platform_count (fixture->platform, "POST /ads/events"), ==, 6);
  g_assert_nonnull (strstr (far_fake_platform_last_body (fixture->platform, "POST /ads/events"),
                            "\"complete\""));
  far_test_wait_until (far_test_has_text (fixture->page, "Opened with an ad"));
  g_assert_null (far_test_find (fixture->page, GTK_TYPE_BUTTON, "_Refund"));
}

static void
test_ad_cancelled (Fixture *fixture, gconstpointer data)
{
  open_article (fixture);
  wait_for_gate (fixture);
  far_test_click (fixture->page, "_Watch an Ad");
  far_test_wait_until (far_test_find (fixture->page, GTK_TYPE_BUTTON, "_Stop Watching") != NULL);
  far_test_click (fixture->page, "_Stop Watching");
  wait_for_gate (fixture);
  g_assert_false (far_test_has_text (fixture->page, "The rest."));
}

static void
test_no_ad (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_set_no_ad (fixture->platform);
  open_article (fixture);
  wait_for_gate (fixture);
  far_test_click (fixture->page, "_Watch an Ad");
  far_test_wait_until (far_test_has_text (fixture->page,
                                          "No advertiser has an ad for you at this moment. A "
                                          "pledge opens the article; or try the ad again later."));
  wait_for_gate (fixture);
}

static void
test_failure (Fixture *fixture, gconstpointer data)
{
  far_fake_platform_refuse (fixture->platform, "GET /offers/rope", 1, 500, "internal");
  open_article (fixture);
  far_test_wait_until (far_test_has_text (fixture->page, "The Article Did Not Come"));
  g_assert_true (far_test_has_text (fixture->page, "Refused: internal."));
  far_test_click (fixture->page, "Try _Again");
  wait_for_gate (fixture);
}

static void
test_tab (Fixture *fixture, gconstpointer data)
{
  far_test_wait_until (far_test_has_text (fixture->page, "$0.00"));
  far_test_click (fixture->page, "$0.00");
  far_test_wait_until (far_test_has_text (fixture->page, "On your tab"));
  far_test_wait_until (far_test_find (fixture->page, ADW_TYPE_ACTION_ROW, "Which way is tight") !=
                       NULL);
  g_assert_true (far_test_has_text (fixture->page, "free"));
  g_assert_true (far_page_back (FAR_PAGE (fixture->page)));
  far_test_wait_until (far_test_find (fixture->page, FAR_TYPE_ARTICLE_CARD, NULL) != NULL);
  g_assert_false (far_page_back (FAR_PAGE (fixture->page)));
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  ADD ("/reader-page/list", test_list);
  ADD ("/reader-page/pledge", test_pledge);
  ADD ("/reader-page/pledge-again", test_pledge_again);
  ADD ("/reader-page/method", test_method);
  ADD ("/reader-page/ad", test_ad);
  ADD ("/reader-page/ad-cancelled", test_ad_cancelled);
  ADD ("/reader-page/no-ad", test_no_ad);
  ADD ("/reader-page/failure", test_failure);
  ADD ("/reader-page/tab", test_tab);
  return g_test_run ();
}
