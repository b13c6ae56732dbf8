/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl: the publication in a terminal. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "farthing-config.h"
#include "terminal/far-terminal.h"

static void
print_help (FILE *out)
{
  const FarCommand *command;

  fputs ("Usage: farthingctl COMMAND [OPTION…]\n"
         "Runs a publication on this machine and shows what its functions and readers do.\n\n"
         "Examples:\n"
         "  farthingctl top                               watch a publication work\n"
         "  farthingctl articles                          what there is to read\n"
         "  farthingctl read the-smallest-coin --pay      read one, and pay for it\n"
         "  farthingctl earnings                          what the publisher made of it\n"
         "\nCommands:\n", out);
  for (command = far_commands; command->name != NULL; command++)
    fprintf (out, "  %-11s %s\n", command->name, command->summary);
  fputs ("\nEach takes --json, --plain, --data-dir DIR and --help.\n", out);
}

int
main (int argc, char **argv)
{
  FarTerminal terminal = { .port = -1 };
  const FarCommand *command;
  int status;

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  g_set_prgname ("farthingctl");
  if (argc < 2 || strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0
      || strcmp (argv[1], "help") == 0)
    {
      print_help (argc < 2 ? stderr : stdout);
      return argc < 2 ? FAR_EXIT_USAGE : FAR_EXIT_OK;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      puts ("farthingctl " FAR_VERSION);
      return FAR_EXIT_OK;
    }
  command = far_command_find (argv[1]);
  if (command == NULL)
    return far_terminal_usage ("there is no command “%s”; see farthingctl --help", argv[1]);
  status = command->run (&terminal, argc - 1, argv + 1);
  far_terminal_leave (&terminal);
  g_free (terminal.data_dir);
  g_free (terminal.template_path);
  g_free (terminal.money);
  if (fflush (stdout) != 0 && status == FAR_EXIT_OK)
    status = FAR_EXIT_FAILED;
  return status;
}
