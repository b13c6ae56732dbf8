/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl top: one live screen. This file knows ncurses; what stands on the screen and what
 * keys do is decided elsewhere (far-top.h).
 *
 * The terminal is given back on every way out: at the end, on SIGINT, SIGTERM and SIGHUP through
 * the main loop, and on a crash by a handler that only writes bytes and restores the line settings,
 * then lets the signal have its default effect. */
#include <curses.h>
#include <glib-unix.h>
#include <langinfo.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "terminal/far-top.h"

#define TICK_MS 1000
#define ESCAPE_DELAY_MS 25
#define PAIR_BAD 1
#define EARNINGS_UNKNOWN -1

typedef struct {
  FarTerminal  *terminal;
  FarTopModel  *model;
  FarTopView    view;
  GMainLoop    *loop;
  GCancellable *cancellable;
  FarMarketClient *market;
  gboolean      loading_series;
  gboolean      loading_earnings;
  gint64        earnings_at; /* transfers when the earnings were asked for */
} Top;

static struct termios saved_termios;

static void
on_crash (int number)
{
  static const char restore[] = "\033[0m\033[?25h\033[?1049l\r\n";
  ssize_t n = write (STDOUT_FILENO, restore, sizeof restore - 1);

  (void) n;
  tcsetattr (STDIN_FILENO, TCSANOW, &saved_termios);
  signal (number, SIG_DFL);
  raise (number);
}

static int
attribute (FarTopStyle style)
{
  switch (style)
    {
    case FAR_TOP_BOLD: return A_BOLD;
    case FAR_TOP_DIM: return A_DIM;
    case FAR_TOP_BAD: return has_colors () ? COLOR_PAIR (PAIR_BAD) | A_BOLD : A_BOLD;
    case FAR_TOP_HEADER: return A_REVERSE;
    case FAR_TOP_SELECTED: return A_REVERSE | A_BOLD;
    case FAR_TOP_NORMAL:
    default: return A_NORMAL;
    }
}

static void
draw (Top *self)
{
  g_autoptr (GPtrArray) lines = NULL;
  guint i;

  self->view.width = COLS;
  self->view.height = LINES;
  lines = far_top_render (&self->view, self->model);
  for (i = 0; i < lines->len; i++)
    {
      const FarTopLine *line = g_ptr_array_index (lines, i);

      attrset (attribute (line->style));
      mvaddstr (i, 0, line->text);
    }
  attrset (A_NORMAL);
  refresh ();
}

static void
notice (Top *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
notice (Top *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_free (self->model->notice);
  self->model->notice = g_strdup_vprintf (format, args);
  va_end (args);
  draw (self);
}

/* ---- what is asked of the platform ---- */

static void
on_earnings (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GError) error = NULL;
  FarEarnings *earnings
      = far_market_client_get_earnings_finish (FAR_MARKET_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->loading_earnings = FALSE;
  if (earnings == NULL)
    {
      self->earnings_at = EARNINGS_UNKNOWN; /* the next tick asks again */
      return;
    }
  g_clear_pointer (&self->model->earnings, far_earnings_unref);
  self->model->earnings = earnings;
  draw (self);
}

static void
load_earnings (Top *self)
{
  gint64 transfers = far_platform_client_get_transfers (self->terminal->platform);

  if (self->loading_earnings || self->model->status == NULL
      || (self->model->earnings != NULL && self->earnings_at == transfers))
    return;
  if (self->market == NULL)
    self->market = far_market_client_new (self->model->status->gateway, NULL, NULL);
  self->loading_earnings = TRUE;
  self->earnings_at = transfers;
  far_market_client_get_earnings_async (self->market, self->model->status->publisher_token,
                                        self->cancellable, on_earnings, self);
}

static void
take_minute (Top *self, const FarSeriesSet *set)
{
  const double *invocations = far_series_set_find ((FarSeriesSet *) set, "", "invocations");
  guint i;

  if (invocations == NULL)
    return;
  for (i = 0; i < FAR_TOP_HISTORY; i++)
    {
      gint64 at = (gint64) set->n_points - FAR_TOP_HISTORY + i;

      self->model->history[i] = at >= 0 ? invocations[at] : NAN;
    }
}

static void
on_quantiles (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSeriesSet) set
      = far_platform_client_load_series_finish (FAR_PLATFORM_CLIENT (source), result, &error);
  const double *p50, *p99;

  if (set == NULL || set->n_points == 0)
    return;
  p50 = far_series_set_find (set, "", "p50_us");
  p99 = far_series_set_find (set, "", "p99_us");
  self->model->p50_us = p50 != NULL && !isnan (p50[0]) ? (gint64) p50[0] : -1;
  self->model->p99_us = p99 != NULL && !isnan (p99[0]) ? (gint64) p99[0] : -1;
  draw (self);
}

static void
on_series (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarSeriesSet) set
      = far_platform_client_load_series_finish (FAR_PLATFORM_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  self->loading_series = FALSE;
  if (set == NULL)
    return;
  take_minute (self, set);
  draw (self);
}

static void
load_series (Top *self)
{
  gint64 now_us = g_get_real_time () / G_USEC_PER_SEC * G_USEC_PER_SEC;

  if (self->loading_series)
    return;
  self->loading_series = TRUE;
  far_platform_client_load_series_async (self->terminal->platform, NULL, "invocations",
                                         now_us - FAR_TOP_HISTORY * G_USEC_PER_SEC, now_us,
                                         G_USEC_PER_SEC, self->cancellable, on_series, self);
  far_platform_client_load_series_async (self->terminal->platform, NULL, "p50_us,p99_us",
                                         now_us - 60 * G_USEC_PER_SEC, now_us,
                                         60 * G_USEC_PER_SEC, self->cancellable, on_quantiles,
                                         self);
}

static void
on_recent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GPtrArray) recent
      = far_platform_client_load_invocations_finish (FAR_PLATFORM_CLIENT (source), result, NULL);

  if (recent == NULL)
    return;
  g_clear_pointer (&self->model->recent, g_ptr_array_unref);
  self->model->recent = g_steal_pointer (&recent);
  draw (self);
}

static void
load_recent (Top *self)
{
  if (self->view.detail == NULL)
    return;
  if (g_strcmp0 (self->model->recent_of, self->view.detail) != 0)
    {
      g_clear_pointer (&self->model->recent, g_ptr_array_unref);
      g_free (self->model->recent_of);
      self->model->recent_of = g_strdup (self->view.detail);
    }
  far_platform_client_load_invocations_async (self->terminal->platform, self->view.detail, NULL,
                                              FAR_TOP_RECENT_MAX, self->cancellable, on_recent,
                                              self);
}

static void
take_client (Top *self)
{
  FarPlatformClient *client = self->terminal->platform;
  FarPlatformStatus *status = far_platform_client_get_status (client);
  FarTraffic *traffic = far_platform_client_get_traffic (client);
  FarTopModel *model = self->model;

  model->connected = far_platform_client_get_connected (client);
  model->transfers = far_platform_client_get_transfers (client);
  g_clear_pointer (&model->status, far_platform_status_unref);
  model->status = status != NULL ? far_platform_status_ref (status) : NULL;
  g_clear_pointer (&model->traffic, far_traffic_unref);
  model->traffic = traffic != NULL ? far_traffic_ref (traffic) : NULL;
}

static gboolean
on_tick (gpointer user_data)
{
  Top *self = user_data;

  take_client (self);
  far_top_model_tick (self->model, far_platform_client_get_functions (self->terminal->platform),
                      g_get_real_time ());
  if (self->model->connected)
    {
      load_series (self);
      load_earnings (self);
      load_recent (self);
    }
  draw (self);
  return G_SOURCE_CONTINUE;
}

/* ---- actions ---- */

static void
on_traffic (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarTraffic) traffic
      = far_platform_client_traffic_finish (FAR_PLATFORM_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (traffic == NULL)
    notice (self, "%s", error->message);
  else if (traffic->running)
    notice (self, "%g simulated readers a second", traffic->readers_per_second);
  else
    notice (self, "The simulated readers stopped");
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Top *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (FarLedgerVerdict) verdict
      = far_platform_client_verify_ledger_finish (FAR_PLATFORM_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (verdict == NULL)
    notice (self, "%s", error->message);
  else if (verdict->ok)
    notice (self, "The books are right: %" G_GINT64_FORMAT " transfers, root %.16s…",
            verdict->transfers, verdict->root);
  else
    notice (self, "THE BOOKS ARE NOT RIGHT: %s", verdict->message);
}

static void
act (Top *self, FarTopAction action)
{
  FarPlatformClient *platform = self->terminal->platform;

  switch (action)
    {
    case FAR_TOP_QUIT:
      g_main_loop_quit (self->loop);
      break;
    case FAR_TOP_START_READERS:
      far_platform_client_start_traffic_async (platform, self->view.rate, 0, 1, self->cancellable,
                                               on_traffic, self);
      break;
    case FAR_TOP_STOP_READERS:
      far_platform_client_stop_traffic_async (platform, self->cancellable, on_traffic, self);
      break;
    case FAR_TOP_VERIFY:
      notice (self, "Verifying the ledger …");
      far_platform_client_verify_ledger_async (platform, self->cancellable, on_verified, self);
      break;
    case FAR_TOP_NOTHING:
    default:
      break;
    }
}

static gunichar
translate (int result, wint_t key)
{
  if (result == KEY_CODE_YES)
    switch (key)
      {
      case KEY_UP: return FAR_TOP_KEY_UP;
      case KEY_DOWN: return FAR_TOP_KEY_DOWN;
      case KEY_ENTER: return FAR_TOP_KEY_ENTER;
      case KEY_BACKSPACE: return FAR_TOP_KEY_BACKSPACE;
      default: return 0;
      }
  switch (key)
    {
    case '\r':
    case '\n': return FAR_TOP_KEY_ENTER;
    case 27: return FAR_TOP_KEY_ESCAPE;
    case 8:
    case 127: return FAR_TOP_KEY_BACKSPACE;
    default: return key;
    }
}

static gboolean
on_stdin (int fd, GIOCondition condition, gpointer user_data)
{
  Top *self = user_data;
  wint_t key;
  int result;

  if (condition & (G_IO_HUP | G_IO_ERR))
    {
      g_main_loop_quit (self->loop);
      return G_SOURCE_REMOVE;
    }
  while ((result = get_wch (&key)) != ERR)
    {
      g_clear_pointer (&self->model->notice, g_free);
      act (self, far_top_input (&self->view, self->model, translate (result, key)));
    }
  load_recent (self);
  draw (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_end (gpointer user_data)
{
  g_main_loop_quit (((Top *) user_data)->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_resize (gpointer user_data)
{
  struct winsize size;

  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    resizeterm (size.ws_row, size.ws_col);
  clear ();
  draw (user_data);
  return G_SOURCE_CONTINUE;
}

static void
open_screen (const FarTerminal *terminal)
{
  static const int crashes[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL };
  guint i;

  tcgetattr (STDIN_FILENO, &saved_termios);
  set_escdelay (ESCAPE_DELAY_MS);
  initscr ();
  cbreak ();
  noecho ();
  nodelay (stdscr, TRUE);
  keypad (stdscr, TRUE);
  curs_set (0);
  if (g_getenv ("NO_COLOR") == NULL && !terminal->plain && has_colors ())
    {
      start_color ();
      use_default_colors ();
      init_pair (PAIR_BAD, COLOR_RED, -1);
    }
  for (i = 0; i < G_N_ELEMENTS (crashes); i++)
    signal (crashes[i], on_crash);
}

static void
run (Top *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_end, self),
    g_unix_signal_add (SIGTERM, on_end, self),
    g_unix_signal_add (SIGHUP, on_end, self),
    g_unix_signal_add (SIGWINCH, on_resize, self),
    g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_stdin, self),
    g_timeout_add (TICK_MS, on_tick, self),
  };
  guint i;

  far_platform_client_watch (self->terminal->platform);
  on_tick (self);
  g_main_loop_run (self->loop);
  for (i = 0; i < G_N_ELEMENTS (sources); i++)
    if (g_main_context_find_source_by_id (NULL, sources[i]) != NULL)
      g_source_remove (sources[i]);
  g_cancellable_cancel (self->cancellable);
  far_platform_client_unwatch (self->terminal->platform);
  while (g_main_context_iteration (NULL, FALSE))
    continue; /* what was cancelled ends */
}

int
far_command_top (FarTerminal *self, int argc, char **argv)
{
  gboolean readonly = FALSE;
  const GOptionEntry entries[] = {
    { "readonly", 0, 0, G_OPTION_ARG_NONE, &readonly, "Change nothing", NULL },
    { "template", 0, 0, G_OPTION_ARG_FILENAME, &self->template_path,
      "A SAM template instead of the demo, if none runs yet", "FILE" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  Top top = { .terminal = self };
  int code;

  if (!far_terminal_parse (self, far_command_find ("top"), entries, &argc, &argv, &code))
    return code;
  if (!isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO))
    return far_terminal_usage ("top needs a terminal; farthingctl functions prints the same once");
  if (far_terminal_connect (self, TRUE, &error) == NULL)
    return far_terminal_fail (error);
  top.model = far_top_model_new ();
  top.view = (FarTopView) {
    .unicode = strcmp (nl_langinfo (CODESET), "UTF-8") == 0,
    .readonly = readonly,
    .sort = FAR_TOP_SORT_INVOCATIONS,
    .rate = 5,
  };
  top.loop = g_main_loop_new (NULL, FALSE);
  top.cancellable = g_cancellable_new ();
  open_screen (self);
  run (&top);
  endwin ();
  g_clear_object (&top.market);
  g_clear_object (&top.cancellable);
  g_main_loop_unref (top.loop);
  g_free (top.view.detail);
  far_top_model_free (top.model);
  return FAR_EXIT_OK;
}
