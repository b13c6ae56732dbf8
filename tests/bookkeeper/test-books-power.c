/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The power goes at a seeded operation while pledges, refunds and views are committed in groups, on
 * a disk that then drops, tears and reorders what was not synced (tests/faults/far-power-disk.h);
 * several times a seed. Afterwards every acknowledged command is in the books once, every
 * unanswered one happened wholly or not at all and asking again with its key settles it, the tables
 * are what the journal says, and the ledger verifies. With synchronous=OFF the same test must find
 * losses, or it would find nothing.
 *
 *   FARTHING_TEST_SEED=N  that seed alone; FARTHING_TEST_SEEDS=N  as many */
#include "books-world.h"

#include <string.h>

#include <glib/gstdio.h>

#include "base/far-random.h"
#include "faults/far-power-disk.h"

#define SEEDS 60
#define SEEDS_WEAK 20
#define CUTS 3
#define OPS_MAX 400
#define READERS 12
#define ARTICLES 4

typedef struct {
  char    *request;
  guint    reader;
  guint    article;
  gboolean refund;
} Command;

typedef struct {
  FarLedgerOptions options;
  FarClock  *clock;
  FarBooks  *books;
  FarRng     rng;
  guint      n_keys;
  gboolean   furnished;
  gboolean   paid[READERS][ARTICLES];
  GPtrArray *in_flight; /* of Command */
  GString   *problem;
} Place;

static guint n_acknowledged; /* of all seeds */

static gboolean problem (Place *place, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
problem (Place *place, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (place->problem->len == 0)
    g_string_append_vprintf (place->problem, format, args);
  va_end (args);
  return FALSE;
}

static void
command_free (gpointer data)
{
  g_free (((Command *) data)->request);
  g_free (data);
}

static gboolean
open_books (Place *place)
{
  FarLedger *ledger = far_ledger_open (&place->options, place->clock, NULL);

  place->books = ledger ? far_books_open_ledger (ledger, NULL, place->clock, NULL) : NULL;
  return place->books != NULL;
}

/* In an open transaction. Returns: (transfer full) (nullable): NULL where the disk failed */
static char *
execute (Place *place, const char *request)
{
  gsize n;

  return far_books_execute (place->books, "power", FAR_COMMANDS_ALL, request, strlen (request), &n,
                            NULL);
}

static gboolean
furnish (Place *place)
{
  static const char *const property =
    "{\"command\":\"property.ensure\",\"property\":\"news\",\"currency\":\"USD\",\"terms\":"
    "{\"fee_bps\":3000,\"free_limit\":\"1000\"}}";
  g_autofree char *answer = NULL;

  if (!far_books_begin (place->books, NULL))
    return FALSE;
  answer = execute (place, property);
  place->furnished = answer != NULL && far_books_commit (place->books, NULL);
  return place->furnished;
}

static void
add_command (Place *place)
{
  Command *command = g_new0 (Command, 1);

  /* Pairs of one batch differ: what is in flight must not depend on what is in flight. */
  do
    {
      command->reader = far_rng_below (&place->rng, READERS);
      command->article = far_rng_below (&place->rng, ARTICLES);
      for (guint i = 0; i < place->in_flight->len; i++)
        {
          Command *other = g_ptr_array_index (place->in_flight, i);

          if (other->reader == command->reader && other->article == command->article)
            command->reader = READERS;
        }
    }
  while (command->reader == READERS);
  command->refund = place->paid[command->reader][command->article];
  command->request = g_strdelimit (
    g_strdup_printf ("{'command':'%s','key':'%u','reader':'%s','property':'news',"
                     "'article':'a%u'%s}",
                     command->refund ? "refund" : "pledge", place->n_keys++,
                     world_reader (command->reader), command->article,
                     command->refund ? "" : ",'price_micros':'33333','currency':'USD'"), "'", '"');
  g_ptr_array_add (place->in_flight, command);
}

/* With savepoints or without, as the server does: none of these commands is refused after it
 * wrote. */
static gboolean
begin (Place *place)
{
  return far_rng_below (&place->rng, 2) == 0 ? far_books_begin (place->books, NULL)
                                             : far_books_begin_together (place->books, NULL);
}

/* What in_flight holds, in one commit; acknowledged if it returns TRUE. */
static gboolean
commit_in_flight (Place *place)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func (g_free);

  if (!begin (place))
    return FALSE;
  for (guint i = 0; i < place->in_flight->len; i++)
    {
      Command *command = g_ptr_array_index (place->in_flight, i);
      char *answer = execute (place, command->request);

      if (answer == NULL)
        return FALSE;
      g_ptr_array_add (answers, answer);
    }
  if (!far_books_sweep (place->books, NULL) || !far_books_commit (place->books, NULL))
    return FALSE;
  for (guint i = 0; i < place->in_flight->len; i++)
    {
      Command *command = g_ptr_array_index (place->in_flight, i);
      const char *answer = g_ptr_array_index (answers, i);

      if (strstr (answer, "\"ok\":true") != NULL)
        place->paid[command->reader][command->article] = !command->refund;
      else if (strstr (answer, "refund_limit") == NULL)
        return problem (place, "%s → %s", command->request, answer);
      n_acknowledged++;
    }
  g_ptr_array_set_size (place->in_flight, 0);
  return TRUE;
}

static void
work_until_cut (Place *place)
{
  gboolean ok = place->books != NULL || open_books (place);

  if (ok && !place->furnished)
    ok = furnish (place);
  while (ok && place->problem->len == 0)
    {
      far_clock_advance (place->clock, 1 + far_rng_below (&place->rng, 3600) * WORLD_SECOND, NULL);
      for (guint n = 1 + far_rng_below (&place->rng, 6); n > 0; n--)
        add_command (place);
      ok = commit_in_flight (place);
      if (ok && far_rng_below (&place->rng, 3) == 0)
        ok = far_ledger_checkpoint (far_books_ledger (place->books), NULL);
    }
  if (!power_disk_is_cut ())
    problem (place, "something failed while the power was on");
  g_clear_pointer (&place->books, far_books_close);
}

/* What was acknowledged and is not in flight stands as it was acknowledged. */
static gboolean
check_acknowledged (Place *place)
{
  if (!far_books_begin (place->books, NULL))
    return problem (place, "the books cannot be written to");
  for (guint reader = 0; reader < READERS; reader++)
    for (guint article = 0; article < ARTICLES; article++)
      {
        g_autofree char *request = g_strdelimit (
          g_strdup_printf ("{'command':'entitlement','reader':'%s','property':'news',"
                           "'article':'a%u'}", world_reader (reader), article), "'", '"');
        g_autofree char *answer = execute (place, request);
        gboolean in_flight = FALSE;

        for (guint i = 0; i < place->in_flight->len; i++)
          {
            Command *command = g_ptr_array_index (place->in_flight, i);

            in_flight |= command->reader == reader && command->article == article;
          }
        if (answer == NULL)
          return problem (place, "the books cannot be read");
        if (!in_flight &&
            (strstr (answer, "\"entitled\":true") != NULL) != place->paid[reader][article])
          return problem (place, "an acknowledged command is lost: %s should be %d", answer,
                          place->paid[reader][article]);
      }
  far_books_rollback (place->books);
  return TRUE;
}

static gboolean
recover (Place *place)
{
  g_autoptr (GError) error = NULL;
  g_auto (FarLedgerReport) report = { 0 };

  if (!open_books (place))
    return problem (place, "the books do not open");
  if (!place->furnished && !furnish (place))
    return problem (place, "the property cannot be registered");
  if (!far_books_check (place->books, &error))
    return problem (place, "%s", error->message);
  if (!far_ledger_verify (&place->options, NULL, NULL, &report, &error) || !report.ok)
    return problem (place, "verify: %s", error ? error->message : report.reason);
  if (!check_acknowledged (place))
    return FALSE;
  /* What a client does that got no answer. */
  if (!commit_in_flight (place) || !far_books_check (place->books, &error))
    return problem (place, "the retry failed");
  return check_acknowledged (place);
}

/* Returns: what went wrong, or NULL */
static char *
run_seed (guint64 seed, const char *directory, gboolean no_sync)
{
  Place place = { .clock = far_clock_new_manual (WORLD_START_US) };
  g_autofree char *keys = g_strdup_printf ("%s/keys", directory);

  power_disk_format ();
  far_rng_init (&place.rng, seed, 1);
  place.options = (FarLedgerOptions) {
    .db_path = "/ledger.db", .checkpoints_path = "/checkpoints", .keys_path = keys,
    .vfs = power_disk_vfs (), .money = FAR_LEDGER_MONEY_TEST, .unsafe_no_sync = no_sync,
  };
  place.in_flight = g_ptr_array_new_with_free_func (command_free);
  place.problem = g_string_new (NULL);

  for (guint i = 0; i < CUTS && place.problem->len == 0; i++)
    {
      power_disk_cut_at (1 + far_rng_below (&place.rng, OPS_MAX), seed * CUTS + i);
      work_until_cut (&place);
      if (place.problem->len > 0)
        break;
      power_disk_reboot ();
      recover (&place);
    }
  power_disk_cut_at (0, 0);
  g_clear_pointer (&place.books, far_books_close);
  g_ptr_array_unref (place.in_flight);
  far_clock_unref (place.clock);
  g_unlink (keys);
  return g_string_free (place.problem, place.problem->len == 0);
}

static void
test_power (void)
{
  g_autofree char *directory = g_dir_make_tmp ("far-power-XXXXXX", NULL);
  const char *only = g_getenv ("FARTHING_TEST_SEED");
  const char *more = g_getenv ("FARTHING_TEST_SEEDS");
  guint64 first = only != NULL ? g_ascii_strtoull (only, NULL, 10) : 1;
  guint64 last = more != NULL ? g_ascii_strtoull (more, NULL, 10) : SEEDS;

  for (guint64 seed = first; seed <= (only != NULL ? first : last); seed++)
    {
      g_autofree char *found = run_seed (seed, directory, FALSE);

      if (found != NULL)
        g_error ("seed %" G_GUINT64_FORMAT ": %s", seed, found);
    }
  g_test_message ("%u commands were acknowledged before the power went", n_acknowledged);
  g_assert_cmpuint (n_acknowledged, >, last - first);
  g_rmdir (directory);
}

static void
test_no_sync (void)
{
  g_autofree char *directory = g_dir_make_tmp ("far-power-XXXXXX", NULL);
  guint n = 0;

  for (guint64 seed = 1; seed <= SEEDS_WEAK; seed++)
    {
      g_autofree char *found = run_seed (seed, directory, TRUE);

      n += found != NULL;
    }
  g_test_message ("%u of %u seeds show a loss", n, SEEDS_WEAK);
  g_assert_cmpuint (n, >, SEEDS_WEAK / 2);
  g_rmdir (directory);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  power_disk_init ();
  g_test_add_func ("/books/power", test_power);
  g_test_add_func ("/books/power-without-sync", test_no_sync);
  return g_test_run ();
}
