/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl read: an article as a reader meets it, paid for either way. */
#include <stdio.h>

#include "base/far-money.h"
#include "terminal/far-reading.h"

static void
print_json (const FarReading *reading, const char *article, const char *reader)
{
  g_auto (FarJsonWriter) w = { 0 };
  guint i;

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "article", article);
  far_json_add_string (&w, "reader", reader);
  far_json_begin_array (&w, "steps");
  for (i = 0; i < reading->n_steps; i++)
    {
      far_json_begin_object (&w, NULL);
      far_json_add_string (&w, "step", reading->steps[i].name);
      far_json_add_int (&w, "status", reading->steps[i].status);
      far_json_add_int (&w, "us", reading->steps[i].us);
      far_json_end_object (&w);
    }
  far_json_end_array (&w);
  far_json_add_string (&w, "entitled_by", reading->entitled_by);
  far_json_add_micros (&w, "moved_micros", reading->moved_micros);
  far_json_add_int (&w, "text_bytes", reading->text_bytes);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
}

static void
print_reading (FarTerminal *self, const FarReading *reading, gboolean watched)
{
  g_autofree char *text = far_terminal_clean (reading->text);
  g_autofree char *title = far_terminal_clean (reading->title);
  g_autofree char *amount = far_micros_to_display (reading->moved_micros, reading->currency);
  guint i;

  printf ("%s%s%s\n\n%s", self->colour ? "\033[1m" : "", title, self->colour ? "\033[0m" : "",
          text);
  fflush (stdout);
  for (i = 0; i < reading->n_steps; i++)
    {
      g_autofree char *took = far_terminal_duration (reading->steps[i].us);

      fprintf (stderr, "%-14s %9s\n", reading->steps[i].name, took);
    }
  if (reading->moved_micros == 0)
    fprintf (stderr, "You had it already; nothing was paid.\n");
  else if (watched)
    fprintf (stderr, "You watched an ad; its advertiser paid %s.\n", amount);
  else
    fprintf (stderr, "You pledged %s.\n", amount);
}

/* Takes a pledge back. */
static int
take_back (FarTerminal *self, FarMarketClient *market, const char *article, const char *reader)
{
  g_auto (FarWait) looked = { 0 };
  g_auto (FarWait) wait = { 0 };
  g_autofree char *key = far_market_client_new_key ();
  g_auto (FarJsonWriter) w = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarWallet) wallet = NULL;
  g_autoptr (FarRefund) refund = NULL;

  far_market_client_refund_async (market, article, key, NULL, far_wait_done, &wait);
  refund = far_market_client_refund_finish (market, far_wait_for (&wait), &error);
  if (refund == NULL)
    return far_terminal_fail (error);
  far_market_client_get_wallet_async (market, NULL, far_wait_done, &looked);
  wallet = far_market_client_get_wallet_finish (market, far_wait_for (&looked), &error);
  if (wallet == NULL)
    return far_terminal_fail (error);
  if (!self->json)
    {
      g_autofree char *back = far_micros_to_display (refund->refunded_micros, wallet->currency);
      g_autofree char *owed = far_micros_to_display (refund->tab_micros, wallet->currency);
      g_autofree char *held = far_micros_to_display (refund->wallet_micros, wallet->currency);

      printf ("%s was taken back. Owed: %s. In the wallet: %s.\nThe article is locked again.\n",
              back, owed, held);
      return FAR_EXIT_OK;
    }
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "article", article);
  far_json_add_string (&w, "reader", reader);
  far_json_add_string (&w, "currency", wallet->currency);
  far_json_add_micros (&w, "refunded_micros", refund->refunded_micros);
  far_json_add_micros (&w, "tab_micros", refund->tab_micros);
  far_json_add_micros (&w, "wallet_micros", refund->wallet_micros);
  far_json_end_object (&w);
  far_terminal_print_json (&w);
  return FAR_EXIT_OK;
}

int
far_command_read (FarTerminal *self, int argc, char **argv)
{
  gboolean pay = FALSE, watch = FALSE, add_method = FALSE, refund = FALSE;
  FarReadingWay way;
  g_autofree char *reader = NULL;
  const GOptionEntry entries[] = {
    { "pay", 0, 0, G_OPTION_ARG_NONE, &pay, "Pledge its price", NULL },
    { "watch", 0, 0, G_OPTION_ARG_NONE, &watch, "Watch an ad to its end", NULL },
    { "refund", 0, 0, G_OPTION_ARG_NONE, &refund, "Take the pledge back", NULL },
    { "add-method", 0, 0, G_OPTION_ARG_NONE, &add_method,
      "With --pay: add a test payment method if one is asked for", NULL },
    { "reader", 0, 0, G_OPTION_ARG_STRING, &reader, "Who reads; kept (default: me)", "NAME" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (FarMarketClient) market = NULL;
  g_auto (FarReading) reading = { 0 };
  int code;

  if (!far_terminal_parse (self, far_command_find ("read"), entries, &argc, &argv, &code))
    return code;
  if (argc != 2)
    return far_terminal_usage ("name one article: farthingctl read ID --pay (farthingctl articles "
                               "lists them)");
  if (pay + watch + refund != 1)
    return far_terminal_usage ("choose one: --pay or --watch, or --refund to take a pledge back");
  if (reader == NULL)
    reader = g_strdup (FAR_READER_NAME_DEFAULT);
  if (far_terminal_connect (self, FALSE, &error) == NULL
      || (market = far_terminal_market (self, reader, &error)) == NULL)
    return far_terminal_fail (error);
  if (refund)
    return take_back (self, market, argv[1], reader);
  if (watch)
    far_terminal_say (self, "Looking for an ad …");
  way = watch ? FAR_READING_WATCH
              : add_method ? FAR_READING_PAY_ADDING_METHOD : FAR_READING_PAY;
  if (!far_reading_run (&reading, market, argv[1], way, &error))
    {
      code = far_terminal_fail (error);
      if (g_strcmp0 (far_client_error_get_code (error), "unknown_article") == 0)
        fprintf (stderr, "farthingctl articles lists what there is instead of “%s”.\n", argv[1]);
      if (g_strcmp0 (far_client_error_get_code (error), "payment_method_required") == 0)
        fputs ("Add --add-method to pay with a test card, or --watch for an ad.\n", stderr);
      return code;
    }
  if (self->json)
    print_json (&reading, argv[1], reader);
  else
    print_reading (self, &reading, watch);
  return FAR_EXIT_OK;
}
