/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every command of farthingctl shares: the common options, the way to the platform, output for
 * people and for programs, and exit codes (sysexits). Data goes to stdout, messages to stderr.
 * Main thread; calls wait by running the default main context. */
#pragma once

#include <gio/gio.h>

#include "base/far-clock.h"
#include "base/far-json.h"
#include "client/far-launcher.h"
#include "client/far-market-client.h"
#include "client/far-platform-client.h"

G_BEGIN_DECLS

enum {
  FAR_EXIT_OK = 0,
  FAR_EXIT_FAILED = 1,       /* asked and answered: no */
  FAR_EXIT_USAGE = 64,
  FAR_EXIT_DATA = 65,
  FAR_EXIT_NO_INPUT = 66,
  FAR_EXIT_UNAVAILABLE = 69, /* no platform runs, or a deployment does not tell */
  FAR_EXIT_SOFTWARE = 70,
  FAR_EXIT_CANT_CREATE = 73,
  FAR_EXIT_TEMPORARY = 75,   /* throttled or timed out: try again */
  FAR_EXIT_PERMISSION = 77,
};

typedef struct {
  gboolean json;
  gboolean plain;    /* no colour, no alignment: tab-separated columns */
  gboolean colour;   /* stdout is a terminal and nobody asked otherwise */
  char    *data_dir;
  char    *template_path; /* (nullable) */
  char    *money;         /* (nullable): "test" or "live" */
  int      port;          /* as FarLaunchOptions */
  FarLauncher       *launcher; /* (nullable) */
  FarPlatformClient *platform; /* (nullable) */
  gboolean witnessed; /* the ledger has been met, and continues what was shown here before */
} FarTerminal;

/* ---- waiting for asynchronous calls ---- */

typedef struct {
  GAsyncResult *result;
} FarWait;

/* A GAsyncReadyCallback whose user_data is a FarWait. */
void          far_wait_done (GObject *source, GAsyncResult *result, gpointer user_data);
/* Runs the main context until the call is done. Returns: (transfer none): kept by the wait */
GAsyncResult *far_wait_for  (FarWait *wait);
void          far_wait_clear (FarWait *wait);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarWait, far_wait_clear)

/* ---- the platform ---- */

/* Joins the platform of the data directory; with start, starts one where none runs, and says so on
 * stderr. Returns: (transfer none) (nullable) with the error */
FarPlatformClient *far_terminal_connect (FarTerminal *self, gboolean start, GError **error);
FarPlatformStatus *far_terminal_status  (FarTerminal *self, GError **error);
/* By the platform's clock; by this machine's if it does not say. */
gint64             far_terminal_now_us  (FarTerminal *self);
/* A market client below the platform's gateway. reader: (nullable): a name whose device key is kept
 * in the data directory. Returns: (transfer full) */
FarMarketClient   *far_terminal_market  (FarTerminal *self, const char *reader, GError **error);
/* Ends the platform if this command started it. */
void               far_terminal_leave   (FarTerminal *self);

/* Prints "farthingctl: MESSAGE" on stderr. Returns: the exit code that fits the error */
int                far_terminal_fail    (const GError *error);
int                far_terminal_usage   (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* A line on stderr for a person who waits; nothing with --json. */
void               far_terminal_say     (FarTerminal *self, const char *format, ...)
  G_GNUC_PRINTF (2, 3);

/* ---- output ---- */

/* Prints and clears a writer's text and a newline. */
void  far_terminal_print_json (FarJsonWriter *writer);
/* Foreign text made harmless for a terminal: control characters and escapes become U+FFFD.
 * Returns: (transfer full) */
char *far_terminal_clean      (const char *text);
/* "2026-11-23 12:00", UTC. Returns: (transfer full) */
char *far_terminal_time       (gint64 time_us);
typedef enum {
  FAR_COLUMN_LEFT,
  FAR_COLUMN_RIGHT,
} FarColumn;

/* Columns that text takes on a terminal. */
int   far_terminal_columns    (const char *text);
/* Exactly width columns: padded, or cut with "…". Returns: (transfer full) */
char *far_terminal_fit        (const char *text, int width, FarColumn column);
/* "840 µs", "3.2 ms", "1.25 s"; "–" for a negative time. Returns: (transfer full) */
char *far_terminal_duration   (gint64 us);
/* No more than is known of a percentile: "< 5.00 ms", "5.00 ms to 10.0 ms", or the value where the
 * band is narrow; limits as in FarQuantile. Returns: (transfer full) */
char *far_terminal_band       (gint64 us, gint64 low_us, gint64 high_us);
/* "$0.0000123" of picodollars (10⁻¹² $), at least two decimals. Returns: (transfer full) */
char *far_terminal_picodollars (gint64 picodollars);

/* A table that aligns itself: header row in bold, columns two spaces apart. */
typedef struct _FarTable FarTable;
/* The format has a letter a column, "l" or "r". titles: as many, NULL-terminated. */
FarTable *far_table_new   (const char *format, const char *const *titles);
/* As many (transfer full) strings as there are columns. */
void      far_table_add   (FarTable *self, ...);
/* Prints and frees. */
void      far_table_print (FarTable *self, FarTerminal *terminal);

/* ---- commands ---- */

/* What “functions deploy” is told; NULL and 0 leave a function as it is. */
typedef struct {
  char  *zip;
  char  *runtime;
  char  *handler;
  char  *description;
  char **env; /* NAME=value */
  int    memory_mb;
  int    timeout_s;
} FarDeployOptions;

/* functions describe|deploy|delete NAME: argv from the word on. */
int far_functions_change (FarTerminal *self, int argc, char **argv,
                          const FarDeployOptions *options);

typedef struct {
  const char *name;
  const char *arguments; /* "ID --pay|--watch"; "" */
  const char *summary;   /* one line, no full stop */
  const char *examples;  /* lines "command\tmeaning" */
  int (*run) (FarTerminal *self, int argc, char **argv);
} FarCommand;

extern const FarCommand far_commands[];

const FarCommand *far_command_find (const char *name);
/* Parses the common options and entries (nullable) anywhere among the arguments; what is left are
 * operands. Handles --help. Returns: FALSE with *ret_exit set when the command is over. */
gboolean far_terminal_parse (FarTerminal *self, const FarCommand *command,
                             const GOptionEntry *entries, int *argc, char ***argv,
                             int *ret_exit);

int far_command_alarms    (FarTerminal *self, int argc, char **argv);
int far_command_articles  (FarTerminal *self, int argc, char **argv);
int far_command_audit     (FarTerminal *self, int argc, char **argv);
int far_command_backup    (FarTerminal *self, int argc, char **argv);
int far_command_clock     (FarTerminal *self, int argc, char **argv);
int far_command_golive    (FarTerminal *self, int argc, char **argv);
int far_command_payout    (FarTerminal *self, int argc, char **argv);
int far_command_restore   (FarTerminal *self, int argc, char **argv);
int far_command_statement (FarTerminal *self, int argc, char **argv);
int far_command_connect   (FarTerminal *self, int argc, char **argv);
int far_command_down      (FarTerminal *self, int argc, char **argv);
int far_command_earnings  (FarTerminal *self, int argc, char **argv);
int far_command_export    (FarTerminal *self, int argc, char **argv);
int far_command_functions (FarTerminal *self, int argc, char **argv);
int far_command_faults    (FarTerminal *self, int argc, char **argv);
int far_command_invoke    (FarTerminal *self, int argc, char **argv);
int far_command_ledger    (FarTerminal *self, int argc, char **argv);
int far_command_watch     (FarTerminal *self, int argc, char **argv);
int far_command_logs      (FarTerminal *self, int argc, char **argv);
int far_command_query     (FarTerminal *self, int argc, char **argv);
int far_command_queue     (FarTerminal *self, int argc, char **argv);
int far_command_read      (FarTerminal *self, int argc, char **argv);
int far_command_secret    (FarTerminal *self, int argc, char **argv);
int far_command_status    (FarTerminal *self, int argc, char **argv);
int far_command_token     (FarTerminal *self, int argc, char **argv);
int far_command_tab       (FarTerminal *self, int argc, char **argv);
int far_command_top       (FarTerminal *self, int argc, char **argv);
int far_command_traffic   (FarTerminal *self, int argc, char **argv);
int far_command_trial     (FarTerminal *self, int argc, char **argv);
int far_command_traces    (FarTerminal *self, int argc, char **argv);
int far_command_up        (FarTerminal *self, int argc, char **argv);
int far_command_wallet    (FarTerminal *self, int argc, char **argv);

G_END_DECLS
