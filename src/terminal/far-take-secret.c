/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the terminal while a secret is typed. It echoes again however the wait ends: Ctrl+C and
 * Ctrl+Z break the read off, and do what they do once the terminal is as it was. */
#include "terminal/far-take-secret.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/far-crypto.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP };

static volatile sig_atomic_t caught;

static void
on_signal (int number)
{
  caught = number;
}

/* A line of a descriptor, without its end; a byte more than a secret may have, if it is longer. */
static char *
read_line (int fd)
{
  g_autoptr (GString) line = g_string_sized_new (FAR_TERMINAL_SECRET_MAX + 2);
  char c;
  char *text;

  while (line->len <= FAR_TERMINAL_SECRET_MAX && caught == 0 && read (fd, &c, 1) == 1 && c != '\n')
    g_string_append_c (line, c);
  text = g_strndup (line->str, line->len);
  far_secret_wipe (line->str, line->len);
  return g_strchomp (text);
}

/* Returns: (transfer full) (nullable): NULL: there is no terminal */
static char *
ask_terminal (const char *name)
{
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC);
  struct sigaction before[G_N_ELEMENTS (signals)];
  struct sigaction broken_off = { .sa_handler = on_signal };
  struct termios shown, quiet;
  char *text;

  if (fd < 0 || tcgetattr (fd, &shown) != 0)
    {
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  caught = 0;
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &broken_off, &before[i]);
  quiet = shown;
  quiet.c_lflag &= (tcflag_t) ~ECHO;
  tcsetattr (fd, TCSAFLUSH, &quiet);
  dprintf (fd, "%s (not shown): ", name);
  text = read_line (fd);
  dprintf (fd, "\n");
  tcsetattr (fd, TCSAFLUSH, &shown);
  close (fd);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &before[i], NULL);
  if (caught != 0)
    {
      far_secret_wipe (text, strlen (text));
      raise (caught);
      caught = 0;
    }
  return text;
}

/* Takes text (nullable). Returns: (transfer full) (nullable) */
static char *
checked (char *text)
{
  if (text != NULL && *text != '\0' && strlen (text) <= FAR_TERMINAL_SECRET_MAX)
    return text;
  if (text != NULL)
    far_secret_wipe (text, strlen (text));
  g_free (text);
  return NULL;
}

char *
far_terminal_ask_secret (const char *name, int *ret_exit)
{
  char *text = checked (isatty (STDIN_FILENO) ? ask_terminal (name) : read_line (STDIN_FILENO));

  if (text == NULL)
    *ret_exit = far_terminal_usage ("there is no secret “%s”: type it on a terminal, or give it as "
                                    "a line of standard input, of at most %d bytes", name,
                                    FAR_TERMINAL_SECRET_MAX);
  return text;
}

gboolean
far_terminal_take_secret (GHashTable *secrets, const char *argument, int *ret_exit)
{
  g_auto (GStrv) parts = g_strsplit (argument, "=", 2);
  char *text = NULL;

  if (parts[0] == NULL || *parts[0] == '\0')
    {
      *ret_exit = far_terminal_usage ("--secret takes a name: token, password");
      return FALSE;
    }
  if (parts[1] == NULL)
    text = ask_terminal (parts[0]);
  else if (strcmp (parts[1], "-") == 0)
    text = read_line (STDIN_FILENO);
  else if (g_file_get_contents (parts[1], &text, NULL, NULL))
    g_strchomp (text);
  text = checked (text);
  if (text == NULL)
    {
      *ret_exit = far_terminal_usage (
        "there is no secret “%s”: type it on a terminal, or give “%s=-” or “%s=FILE”", parts[0],
        parts[0], parts[0]);
      return FALSE;
    }
  g_hash_table_insert (secrets, g_strdup (parts[0]), text);
  return TRUE;
}
