/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "far-desktop-test.h"

#include "desktop/reader/far-gate.h"

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_choices (void)
{
  GtkWidget *gate = g_object_new (FAR_TYPE_GATE, NULL);
  g_autoptr (FarOffer) offer = far_test_offer (FALSE);
  guint n_pledges = 0;
  guint n_ads = 0;
  GtkWidget *window;

  g_object_ref_sink (gate);
  g_signal_connect_swapped (gate, "pledge", G_CALLBACK (count_cb), &n_pledges);
  g_signal_connect_swapped (gate, "watch", G_CALLBACK (count_cb), &n_ads);
  far_gate_set_offer (FAR_GATE (gate), offer, TRUE);
  window = far_test_show (gate, 700, 400);

  g_assert_true (far_test_has_text (gate, "Goes on your tab, which stands at 5 ¢. Nothing is "
                                          "charged now, and for 24 hours you can take it back."));
  g_assert_true (far_test_has_text (gate, "15 seconds, without sound unless you turn it on. The "
                                          "advertiser pays. There is no refund."));
  g_assert_true (far_test_has_text (gate, "Test money: nothing here is really charged."));
  far_test_click (gate, "_Pledge 5 ¢");
  far_test_click (gate, "_Watch an Ad");
  g_assert_cmpuint (n_pledges, ==, 1);
  g_assert_cmpuint (n_ads, ==, 1);
  far_test_close (window, gate);
}

/* Money that is there already pays first, if it is enough: then nothing goes on the tab. */
static void
test_wallet (void)
{
  GtkWidget *gate = g_object_new (FAR_TYPE_GATE, NULL);
  g_autoptr (FarOffer) offer = far_test_offer (FALSE);
  GtkWidget *window;

  g_object_ref_sink (gate);
  offer->wallet_micros = offer->price_micros;
  far_gate_set_offer (FAR_GATE (gate), offer, TRUE);
  window = far_test_show (gate, 700, 400);
  g_assert_true (far_test_has_text (gate, "Paid from your wallet, which holds 5 ¢. For 24 hours "
                                          "you can take it back."));
  offer->wallet_micros = offer->price_micros - 1;
  far_gate_set_offer (FAR_GATE (gate), offer, TRUE);
  g_assert_true (far_test_has_text (gate, "Goes on your tab, which stands at 5 ¢. Nothing is "
                                          "charged now, and for 24 hours you can take it back."));
  far_test_close (window, gate);
}

static GtkWidget *
find_button (GtkWidget *gate, const char *label)
{
  GtkWidget *text = far_test_find (gate, G_TYPE_NONE, label);

  g_assert_nonnull (text);
  return GTK_IS_BUTTON (text) ? text : gtk_widget_get_ancestor (text, GTK_TYPE_BUTTON);
}

/* A method is needed: the pledge is not to be had, the ad still is. */
static void
test_method_required (void)
{
  GtkWidget *gate = g_object_new (FAR_TYPE_GATE, NULL);
  g_autoptr (FarOffer) offer = far_test_offer (TRUE);
  guint n = 0;
  GtkWidget *window;

  g_object_ref_sink (gate);
  g_signal_connect_swapped (gate, "add-method", G_CALLBACK (count_cb), &n);
  far_gate_set_offer (FAR_GATE (gate), offer, FALSE);
  window = far_test_show (gate, 700, 400);
  g_assert_false (gtk_widget_is_sensitive (find_button (gate, "_Pledge 5 ¢")));
  g_assert_true (gtk_widget_is_sensitive (find_button (gate, "_Watch an Ad")));
  g_assert_null (far_test_find (gate, GTK_TYPE_BUTTON, "Add a _Test Card"));
  far_test_click (gate, "Set Up _Payment…");
  g_assert_cmpuint (n, ==, 1);

  /* A card that pays nothing is there for money that is none. */
  far_gate_set_offer (FAR_GATE (gate), offer, TRUE);
  far_test_click (gate, "Add a _Test Card");
  g_assert_cmpuint (n, ==, 2);
  far_test_close (window, gate);
}

/* Nothing can be chosen twice, nor before there is an offer. */
static void
test_busy (void)
{
  GtkWidget *gate = g_object_new (FAR_TYPE_GATE, NULL);
  g_autoptr (FarOffer) offer = far_test_offer (FALSE);
  GtkWidget *window;

  g_object_ref_sink (gate);
  window = far_test_show (gate, 700, 400);
  g_assert_false (gtk_widget_is_sensitive (find_button (gate, "_Watch an Ad")));
  far_gate_set_offer (FAR_GATE (gate), offer, FALSE);
  far_gate_set_busy (FAR_GATE (gate), TRUE);
  g_assert_false (gtk_widget_is_sensitive (find_button (gate, "_Pledge 5 ¢")));
  g_assert_false (gtk_widget_is_sensitive (find_button (gate, "_Watch an Ad")));
  far_gate_set_busy (FAR_GATE (gate), FALSE);
  g_assert_true (gtk_widget_is_sensitive (find_button (gate, "_Pledge 5 ¢")));

  far_gate_set_no_ad (FAR_GATE (gate), "No ad now.");
  g_assert_false (gtk_widget_is_sensitive (find_button (gate, "_Watch an Ad")));
  g_assert_true (gtk_widget_is_sensitive (find_button (gate, "_Pledge 5 ¢")));
  g_assert_true (far_test_has_text (gate, "No ad now."));
  far_test_close (window, gate);
}

int
main (int argc, char **argv)
{
  far_test_init (&argc, &argv);
  g_test_add_func ("/gate/choices", test_choices);
  g_test_add_func ("/gate/wallet", test_wallet);
  g_test_add_func ("/gate/method-required", test_method_required);
  g_test_add_func ("/gate/busy", test_busy);
  return g_test_run ();
}
