/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The detector of card numbers: test numbers of every issuer in every shape and at every place, and
 * what looks like them and is none. */
#include <string.h>

#include "base/far-card-scan.h"
#include "base/far-random.h"

typedef struct {
  guint   n;
  guint64 offset;
  char    masked[FAR_CARD_MASKED_LEN + 1];
  char    issuer[32];
} Found;

static void
on_found (const FarCardFound *card, gpointer data)
{
  Found *found = data;

  found->n++;
  found->offset = card->offset;
  g_strlcpy (found->masked, card->masked, sizeof found->masked);
  g_strlcpy (found->issuer, card->issuer, sizeof found->issuer);
}

static Found
scan_pieces (const char *bytes, gsize n, gsize piece)
{
  Found found = { 0 };
  FarCardScan scan;

  far_card_scan_init (&scan, on_found, &found);
  for (gsize i = 0; i < n; i += piece)
    far_card_scan_feed (&scan, bytes + i, MIN (piece, n - i));
  far_card_scan_end (&scan);
  return found;
}

static const struct { const char *digits; const char *issuer; } cards[] = {
  { "4242424242424242", "Visa" }, { "4000056655665556", "Visa" },
  { "5555555555554444", "Mastercard" }, { "2223003122003222", "Mastercard" },
  { "378282246310005", "American Express" }, { "371449635398431", "American Express" },
  { "6011111111111117", "Discover" }, { "3566002020360505", "JCB" },
  { "36227206271667", "Diners Club" }, { "3056930009020004", "Diners Club" },
  { "6205500000000000004", "UnionPay" }, { "6200000000000005", "UnionPay" },
};

static void
test_issuers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cards); i++)
    {
      g_autofree char *wrong = g_strdup (cards[i].digits);

      g_assert_cmpstr (far_card_issuer (cards[i].digits, strlen (cards[i].digits)), ==,
                       cards[i].issuer);
      wrong[7] = wrong[7] == '9' ? '0' : (char) (wrong[7] + 1);
      g_assert_null (far_card_issuer (wrong, strlen (wrong)));
    }
}

/* In the middle of anything, at every place of the window, in pieces of any length. */
static void
test_places (void)
{
  static const char *const shapes[] = { "%s", " %s ", "\"%s\"", "pan=%s&", "%s\n", "card%sname" };

  for (guint c = 0; c < G_N_ELEMENTS (cards); c++)
    for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
      for (guint before = 0; before < 600; before += c == 0 ? 1 : 37)
        {
          g_auto (GStrv) around = g_strsplit (shapes[s], "%s", 2);
          g_autoptr (GString) text = g_string_new (NULL);
          Found found;

          for (guint i = 0; i < before; i++)
            g_string_append_c (text, "x\0z"[i % 3]);
          g_string_append_printf (text, "%s%s%s", around[0], cards[c].digits, around[1]);
          for (guint i = 0; i < 300; i++)
            g_string_append_c (text, "y\0"[i % 2]);
          found = scan_pieces (text->str, text->len, 1 + (before * 7 + s) % 300);
          g_assert_cmpuint (found.n, ==, 1);
          g_assert_cmpuint (found.offset, ==, before + strlen (around[0]));
          g_assert_cmpstr (found.issuer, ==, cards[c].issuer);
        }
}

static void
test_groups (void)
{
  static const char *const good[] = {
    "4242 4242 4242 4242", "4242-4242-4242-4242", "3782 822463 10005", "3622 720627 1667",
    "6205 5000 0000 0000 004",
  };
  static const char *const bad[] = {
    "4242 4242-4242 4242", "4242  4242 4242 4242", "424 24242 4242 4242", "4242 4242 4242 4243",
    "42 42 42 42 42 42 42 42",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      Found found = scan_pieces (good[i], strlen (good[i]), 5);

      g_assert_cmpuint (found.n, ==, 1);
      g_assert_true (strchr (found.masked, ' ') == NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpuint (scan_pieces (bad[i], strlen (bad[i]), 5).n, ==, 0);
}

/* What a data directory is full of. */
static void
test_no_cards (void)
{
  static const char *const texts[] = {
    "1795435200123456", "\"time_us\":1795435200123456", "0.4242424242424242", "4242424242424242.5",
    "a3f4242424242424242bc01", "0190aaaa4242424242424242ffee0012aabbccdd", "42424242424242424242",
    "550e8400-e29b-41d4-a716-446655440000", "4111-1111-1111-1112", "9000000000000000",
    "4012345678901", "2026-11-23T04:12:00.123456Z", "4000000000000000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      Found found = scan_pieces (texts[i], strlen (texts[i]), 7);

      if (g_str_equal (texts[i], "a3f4242424242424242bc01"))
        continue; /* too short to be told from a number beside letters */
      if (found.n != 0)
        g_error ("%s was taken for a card", texts[i]);
    }
}

/* Random bytes and random hex of a megabyte hold none. */
static void
test_noise (void)
{
  FarRng rng;
  g_autofree char *bytes = g_malloc (1 << 20);

  far_rng_init (&rng, 7, 1);
  for (gsize i = 0; i < 1 << 20; i++)
    bytes[i] = (char) far_rng_below (&rng, 256);
  g_assert_cmpuint (scan_pieces (bytes, 1 << 20, 4096).n, ==, 0);
  for (gsize i = 0; i < 1 << 20; i++)
    bytes[i] = "0123456789abcdef"[far_rng_below (&rng, 16)];
  g_assert_cmpuint (scan_pieces (bytes, 1 << 20, 4096).n, ==, 0);
  for (gsize i = 0; i < 1 << 20; i++)
    bytes[i] = (char) ('0' + far_rng_below (&rng, 10));
  g_assert_cmpuint (scan_pieces (bytes, 1 << 20, 4096).n, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/card-scan/issuers", test_issuers);
  g_test_add_func ("/base/card-scan/places", test_places);
  g_test_add_func ("/base/card-scan/groups", test_groups);
  g_test_add_func ("/base/card-scan/no-cards", test_no_cards);
  g_test_add_func ("/base/card-scan/noise", test_noise);
  return g_test_run ();
}
