/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands, their help, and the options all of them take. Help leads with examples. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/far-paths.h"
#include "terminal/far-terminal.h"

const FarCommand far_commands[] = {
  { "up", "", "Start the publication in the background",
    "farthingctl up\tthe demo, on the data directory of this user\n"
    "farthingctl up --template site/template.yaml --port 9000\tyour own, on port 9000\n"
    "farthingctl up --money live --data-dir ~/live --template site/live.yaml\treal money, in books "
    "of its own\n",
    far_command_up },
  { "down", "", "Stop the platform in the background",
    "farthingctl down\tfinishes what is in flight, then ends\n",
    far_command_down },
  { "top", "", "Watch functions, earnings and readers on one live screen",
    "farthingctl top\tstarts the publication if none runs; q leaves\n"
    "farthingctl top --readonly\tlook, but change nothing\n",
    far_command_top },
  { "status", "", "Say what runs, where, and how well isolated",
    "farthingctl status\n"
    "farthingctl status --json | jq .gateway\tthe URL of the publication\n",
    far_command_status },
  { "functions", "[list|describe|deploy|delete NAME]",
    "List functions with latency and cost; make and change them",
    "farthingctl functions\n"
    "farthingctl functions --sort p99\tthe slowest first\n"
    "farthingctl functions --deployment shop --from 7d\tof one that is watched\n"
    "farthingctl functions deploy thumbs --zip code.zip --runtime nodejs22.x --memory 512\n"
    "farthingctl functions describe thumbs\n"
    "farthingctl functions delete thumbs\tone of the template cannot be\n",
    far_command_functions },
  { "articles", "", "List what there is to read, and what it costs",
    "farthingctl articles\n",
    far_command_articles },
  { "read", "ID --pay|--watch|--refund",
    "Read an article as a reader does, and pay for it either way",
    "farthingctl read the-smallest-coin --pay\tpledge its price, now or later\n"
    "farthingctl read the-smallest-coin --watch\twatch an ad to its end instead\n"
    "farthingctl read the-smallest-coin --refund\ttake the pledge back; it locks again\n"
    "farthingctl read the-smallest-coin --pay --reader ann\tas somebody else\n",
    far_command_read },
  { "wallet", "[status|top-up AMOUNT|method|visit ID|refund|caps|history|export [FILE]|delete]",
    "A reader's own money: fill it, empty it, limit it, be forgotten",
    "farthingctl wallet\twhat it holds, what is owed, what is allowed\n"
    "farthingctl wallet top-up 5.00\tprints the address of the payment provider's page\n"
    "farthingctl wallet top-up 5.00 --outcome succeeds\ttest money: presses that page's button\n"
    "farthingctl wallet method\tthe same, to save a payment method\n"
    "farthingctl wallet refund\tthe rest goes back to where it came from\n"
    "farthingctl wallet caps --day 1.00 --month none\tat most so much\n"
    "farthingctl wallet history --limit 50 --json | jq '.entries[].kind'\n"
    "farthingctl wallet export mine.json\teverything that is held on you\n"
    "farthingctl wallet delete --yes\terases what leads to you, and says what stays\n",
    far_command_wallet },
  { "tab", "[status|pay]", "Show what a reader owes, and pay it",
    "farthingctl tab\twhat is owed, and when it is charged\n"
    "farthingctl tab pay\tnow\n"
    "farthingctl tab pay --reader ann --json | jq .charge.state\n",
    far_command_tab },
  { "earnings", "", "Show what the publisher earned, to the micro",
    "farthingctl earnings\n"
    "farthingctl earnings --json | jq -r .publisher_micros\n"
    "farthingctl earnings --trace the-smallest-coin\twhere the money of its pledges went; also the "
    "id of a pledge or of a transfer\n",
    far_command_earnings },
  { "ledger", "verify|checkpoint|rotate-key|receipt ARTICLE|check-receipt FILE",
    "Check the books: log, balances, checkpoints, every rule",
    "farthingctl ledger verify\ton the platform that runs, or on a stopped one's files\n"
    "farthingctl ledger checkpoint\tthe log has only grown since it was last shown here\n"
    "farthingctl ledger receipt the-smallest-coin > receipt.txt\twhat was paid, with its proof\n"
    "farthingctl ledger check-receipt receipt.txt\tasks no server\n"
    "farthingctl ledger rotate-key\tthe old key signs the new one\n",
    far_command_ledger },
  { "statement", "", "Print a month of the books, to the micro",
    "farthingctl statement\tthis month, the whole books\n"
    "farthingctl statement --month 2026-11 --publisher ropewalk\n",
    far_command_statement },
  { "payout", "list|publishers|account|prepare|export BATCH|paid PAYOUT|failed PAYOUT",
    "Pay publishers out",
    "farthingctl payout account --legal-name 'Rope Walk' --iban DE89370400440532013000"
    "\twho pays\n"
    "farthingctl payout account --publisher ropewalk --legal-name R --iban NL91ABNA0417164300\n"
    "farthingctl payout prepare\teach publisher above the threshold\n"
    "farthingctl payout export BATCH > pain.xml\tor --format csv\n"
    "farthingctl payout paid PAYOUT --note 'statement 47'\n"
    "farthingctl payout failed PAYOUT --note 'account closed'\tback to where it was taken from\n"
    "farthingctl payout list --json | jq '.payouts[].state'\n",
    far_command_payout },
  { "backup", "DIR", "Copy the books beside the writer, and verify the copy",
    "farthingctl backup /safe/2026-11-23\n",
    far_command_backup },
  { "restore", "DIR", "Bring a backup back, whole or not at all",
    "farthingctl restore /safe/2026-11-23\tinto an empty data directory\n"
    "farthingctl restore /safe/2026-11-23 --replace\tputs the books that are there aside\n",
    far_command_restore },
  { "audit", "cards [FOLDER]", "Look for card numbers in every byte of the data directory",
    "farthingctl audit cards\tproves its detector first\n",
    far_command_audit },
  { "golive", "", "Check what must be right before real money moves",
    "farthingctl golive\twhat is missing, and the command that mends it\n"
    "farthingctl golive --backup /safe/2026-11-23 --url https://news.example\n"
    "cp -r PUBLICATION ~/site\tso it begins; say in live.yaml where readers reach you: PUBLIC_URL\n"
    "farthingctl up --money live --data-dir ~/live --template ~/site/live.yaml\n"
    "farthingctl secret set provider-key --data-dir ~/live\tasks for it; then webhook-secret\n",
    far_command_golive },
  { "secret", "[list|set NAME|remove NAME]", "Keep what functions need and no file may say",
    "farthingctl secret\twhich ones functions refer to, where each is kept, what is missing\n"
    "farthingctl secret set provider-key\tasks for it, without showing it; again replaces it\n"
    "farthingctl secret set webhook-secret < FILE\ta line of standard input\n"
    "farthingctl secret remove provider-key\n"
    "farthingctl secret --json | jq -r '.secrets[] | select(.place == null) | .name'\n",
    far_command_secret },
  { "traffic", "", "Let simulated readers come",
    "farthingctl traffic --readers-per-second 20 --duration 60 --seed 1\n"
    "farthingctl traffic --assumptions\twhat they are assumed to be like\n",
    far_command_traffic },
  { "trial", "", "Run the publication under simulated readers and judge it",
    "farthingctl trial --duration 30\texits 0 only if everything was right\n",
    far_command_trial },
  { "invoke", "NAME [--event FILE]", "Invoke a function with an event",
    "farthingctl invoke Content --event event.json\n"
    "echo '{}' | farthingctl invoke Settle --event -\n"
    "farthingctl invoke Settle --async\tdo not wait; it is tried again if it fails\n"
    "farthingctl invoke Content --dry-run\tonly see whether it could\n"
    "farthingctl invoke Content --client-context '{\"custom\":{\"who\":\"me\"}}'\n",
    far_command_invoke },
  { "queue", "[list|peek|send|redrive|purge] [NAME]", "Look into queues, and at dead letters",
    "farthingctl queue\n"
    "farthingctl queue send work '{\"id\":7}' --delay 5\n"
    "farthingctl queue peek work-dead\twithout receiving them\n"
    "farthingctl queue redrive work-dead\tback to where they came from\n"
    "farthingctl queue purge work\n",
    far_command_queue },
  { "logs", "[NAME]", "Show what functions wrote",
    "farthingctl logs Pledge\n"
    "farthingctl logs --follow\tevery function, as it comes\n"
    "farthingctl logs --from 2h --level warn --contains refused\n",
    far_command_logs },
  { "query", "[NAME]", "Ask for figures of any range, in groups or beside another",
    "farthingctl query --from 24h --by function --sort p99_us --top 5\n"
    "farthingctl query --from today --compare 1d\tbeside the same hours yesterday\n"
    "farthingctl query Content --from 6h --by version\n"
    "farthingctl query --from 7d --series p99_us,invocations --json\n"
    "farthingctl query --margin --from today\twhat articles earned less what they cost\n",
    far_command_query },
  { "traces", "[ID]", "List traces, or show one as a waterfall",
    "farthingctl traces --errors\n"
    "farthingctl traces --slower 250 --function Pledge\tlonger than 250 ms\n"
    "farthingctl traces 6a5f3c0e8b6f4a3f9d1c2b7e5a4d3c2b\n",
    far_command_traces },
  { "alarms", "[list|add|remove|enable|disable|test|history]", "Watch figures, and be told",
    "farthingctl alarms\texits with 1 if one is raised\n"
    "farthingctl alarms add p99_us above 250000 --clear 200000 --for 60 --function Pledge\n"
    "farthingctl alarms add error_ppm above 10000 --min-samples 50 --webhook https://example.com/\n"
    "farthingctl alarms history disk\n",
    far_command_alarms },
  { "export", "[overview|series|functions|invocations|push [URL|off]]",
    "Write a view into a file, or send everything to a collector",
    "farthingctl export --from 24h -o report.html\topens anywhere, without Farthing\n"
    "farthingctl export functions --from 30d --format csv > functions.csv\n"
    "farthingctl export push https://collector.example:4318 --secret token\tby OTLP, from now on\n"
    "farthingctl export push\thow that goes; off ends it\n",
    far_command_export },
  { "watch", "", "Reload functions as their code is saved",
    "farthingctl watch\tuntil Ctrl+C; says what it has reloaded\n",
    far_command_watch },
  { "faults", "[add TARGET KIND|clear [ID]]", "Break things on purpose, with test money only",
    "farthingctl faults\twhat is broken now\n"
    "farthingctl faults add function:Pledge latency --delay 'lognormal(20ms,200ms)' "
    "--duration 60\n"
    "farthingctl faults add provider error --probability 10% --seed 7\n"
    "farthingctl faults add 'route:GET /articles' throttle\talso crash, outage, slow-start\n"
    "farthingctl faults clear\tall of them\n",
    far_command_faults },
  { "connect", "list|show|add|test|remove|earnings|verify",
    "Watch a live deployment beside the platform here",
    "farthingctl connect add prod prometheus url=https://prometheus.example profile=openfaas\n"
    "farthingctl connect add prod prometheus url=https://p.example profile=knative --secret token"
    "\tasks for the token\n"
    "farthingctl connect add own prometheus url=https://p.example profile=custom "
    "function_label=fn invocations=calls_total\tyour own PromQL; also errors, duration_bucket …\n"
    "farthingctl connect test prod\n"
    "farthingctl connect add hq farthingd url=https://hq:8443 pin=HEX --secret token\n"
    "farthingctl connect verify hq\tits journal continues what was seen before\n"
    "farthingctl connect list\tstate and age of the newest sample\n"
    "farthingctl connect show prod\twhat it cannot report, and how exact the rest is\n",
    far_command_connect },
  { "token", "list|add NAME|remove NAME|create LABEL|revoke TOKEN",
    "Say who may ask this platform, over the network or as a publisher",
    "farthingctl token add office --scope telemetry:read,logs:read > office.token\n"
    "farthingctl token remove office\tat once\n"
    "farthingctl token create ann --role publisher --scope ropewalk\tfor the market's API; also "
    "property:NAME, publisher:NAME\n"
    "farthingctl token revoke 0123456789abcdef\n",
    far_command_token },
  { "clock", "advance DURATION", "Move the clock of a platform started with --test-clock",
    "farthingctl clock advance 1d\tor 90s, 15m, 2h\n",
    far_command_clock },
  { NULL, NULL, NULL, NULL, NULL },
};

const FarCommand *
far_command_find (const char *name)
{
  const FarCommand *command;

  for (command = far_commands; command->name != NULL; command++)
    if (strcmp (command->name, name) == 0)
      return command;
  return NULL;
}

static void
print_examples (const char *examples)
{
  g_auto (GStrv) lines = g_strsplit (examples, "\n", -1);
  guint i;

  puts ("Examples:");
  for (i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], "\t", 2);

      printf ("  %s\n", parts[0]);
      if (parts[1] != NULL)
        printf ("      %s\n", parts[1]);
    }
}

static void
print_entries (const GOptionEntry *entries)
{
  for (; entries != NULL && entries->long_name != NULL; entries++)
    {
      g_autofree char *option
          = entries->arg_description != NULL
                ? g_strdup_printf ("--%s %s", entries->long_name, entries->arg_description)
                : g_strdup_printf ("--%s", entries->long_name);

      printf ("  %-28s %s\n", option, entries->description);
    }
}

static gboolean
take_common (FarTerminal *self, char *data_dir, gboolean plain, gboolean json)
{
  self->json = json;
  self->plain = plain;
  self->colour = !plain && !json && isatty (STDOUT_FILENO) && g_getenv ("NO_COLOR") == NULL
                 && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  g_free (self->data_dir);
  self->data_dir = data_dir != NULL ? g_canonicalize_filename (data_dir, NULL)
                                    : far_paths_default_data_dir ();
  g_free (data_dir);
  return TRUE;
}

gboolean
far_terminal_parse (FarTerminal *self, const FarCommand *command, const GOptionEntry *entries,
                    int *argc, char ***argv, int *ret_exit)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  char *data_dir = NULL;
  gboolean plain = FALSE, json = FALSE, help = FALSE;
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON for programs", NULL },
    { "plain", 0, 0, G_OPTION_ARG_NONE, &plain, "No colour; columns with tabs between", NULL },
    { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "Which platform", "DIR" },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this", NULL },
    G_OPTION_ENTRY_NULL
  };

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, common, NULL);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      g_free (data_dir);
      *ret_exit = far_terminal_usage ("%s; see farthingctl %s --help", error->message,
                                      command->name);
      return FALSE;
    }
  take_common (self, data_dir, plain, json);
  if (!help)
    return TRUE;
  print_examples (command->examples);
  printf ("\n%s.\n\nUsage: farthingctl %s %s\n", command->summary, command->name,
          command->arguments);
  puts ("\nOptions:");
  print_entries (entries);
  print_entries (common);
  *ret_exit = FAR_EXIT_OK;
  return FALSE;
}
