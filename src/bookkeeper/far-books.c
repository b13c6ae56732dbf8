/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening the books, and the way of every command: parse, check, look the key up, run in a
 * savepoint, store the answer beside the effects (see far-books.h). */
#include "bookkeeper/far-books-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/far-frame.h"
#include "base/far-paths.h"
#include "bookkeeper/far-books-schema.h"

G_DEFINE_QUARK (far-books-error-quark, far_books_error)

#define COMMAND_NAME_MAX 64

static const FarCommand *const groups[] = {
  far_commands_pledge, far_commands_refund, far_commands_wallet, far_commands_checkout,
  far_commands_payback, far_commands_person, far_commands_charge, far_commands_views,
  far_commands_terms, far_commands_settlement, far_commands_earnings, far_commands_ledger,
  far_commands_publishers, far_commands_payouts, far_commands_tokens, far_commands_disputes,
  far_commands_statement, far_commands_trace, far_commands_earnings_range,
  far_commands_health,
};

/* index is the command's bit in a FarCommandSet. */
static const FarCommand *
find_command (const char *name,
              guint      *ret_index)
{
  guint index = 0;

  for (gsize group = 0; group < G_N_ELEMENTS (groups); group++)
    for (const FarCommand *command = groups[group]; command->name != NULL; command++, index++)
      if (strcmp (command->name, name) == 0)
        {
          g_assert (index < 64);
          *ret_index = index;
          return command;
        }
  return NULL;
}

gboolean
far_command_set_parse (const char *const *names,
                       FarCommandSet     *ret_set)
{
  FarCommandSet set = 0;

  g_return_val_if_fail (names != NULL && ret_set != NULL, FALSE);

  for (guint i = 0; names[i] != NULL; i++)
    {
      guint index;

      if (find_command (names[i], &index) == NULL)
        return FALSE;
      set |= (FarCommandSet) 1 << index;
    }
  *ret_set = set;
  return TRUE;
}

gboolean
far_refuse (GError          **error,
            FarCommandError   code,
            const char       *format,
            ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (FAR_COMMAND_ERROR, (int) code, format, args);
  va_end (args);
  return FALSE;
}

/* ---- opening ---- */

/* Takes the ledger over. */
static FarBooks *
books_new (FarLedger *ledger,
           FarClock  *clock)
{
  FarBooks *books = g_new0 (FarBooks, 1);

  books->ledger = ledger;
  books->db = far_ledger_db (ledger);
  books->clock = far_clock_ref (clock);
  books->posting = g_array_new (FALSE, TRUE, sizeof (FarTransfer));
  books->results = g_array_new (FALSE, TRUE, sizeof (FarTransferResult));
  books->live = far_ledger_money (ledger) == FAR_LEDGER_MONEY_LIVE;
  books->lock_fd = -1;
  return books;
}

FarBooks *
far_books_open_ledger (FarLedger   *ledger,
                       const char  *token_path,
                       FarClock    *clock,
                       GError     **error)
{
  g_autoptr (FarBooks) books = NULL;

  g_return_val_if_fail (ledger != NULL && clock != NULL, NULL);

  books = books_new (ledger, clock);
  /* What is deleted is overwritten: day keys, and later whole readers. Savepoints keep what they
   * may have to undo in memory: as files they cost more than the commit. */
  if (!far_db_exec (books->db, "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY", error))
    return NULL;
  if (!far_ledger_migrate (ledger, FAR_BOOKS_MODULE, far_books_schema, far_books_schema_len,
                           error) ||
      !far_ledger_migrate (ledger, FAR_PUBLISHING_MODULE, far_publishing_schema,
                           far_publishing_schema_len, error) ||
      !far_answers_open (books, error))
    return NULL;
  if (token_path != NULL && !far_tokens_ensure (books, token_path, error))
    return NULL;
  return g_steal_pointer (&books);
}

/* Two writers would each keep their own idea of the log's end. The lock goes with the process,
 * however it ends. */
static int
take_lock (const char  *data_dir,
           GError     **error)
{
  g_autofree char *path = g_build_filename (data_dir, FAR_BOOKS_LOCK_FILE, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (errno == EWOULDBLOCK)
    g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_LOCKED,
                 "another bookkeeper has the books of %s open; wait until it has ended", data_dir);
  else
    g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_LOCKED, "cannot lock %s: %s", path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

FarBooks *
far_books_open (const char      *data_dir,
                FarLedgerMoney   money,
                FarClock        *clock,
                GError         **error)
{
  g_autofree char *token_path = g_build_filename (data_dir, FAR_BOOKS_TOKEN_FILE, NULL);
  g_autofree char *money_dir = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, NULL);
  FarLedger *ledger;
  FarBooks *books = NULL;
  int lock_fd;

  g_return_val_if_fail (data_dir != NULL && clock != NULL, NULL);

  if (g_file_test (token_path, G_FILE_TEST_EXISTS) &&
      !g_file_test (money_dir, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_MISSING,
                   "%s was used before (%s is there), but its folder %s is missing; bring it back "
                   "from a backup, or remove %s to begin with empty books", data_dir,
                   FAR_BOOKS_TOKEN_FILE, FAR_BOOKS_MONEY_DIR, FAR_BOOKS_TOKEN_FILE);
      return NULL;
    }

  lock_fd = take_lock (data_dir, error);
  if (lock_fd < 0)
    return NULL;
  ledger = far_ledger_open_dir (money_dir, FAR_LEDGER_READ_WRITE, money, clock, error);
  if (ledger != NULL)
    books = far_books_open_ledger (ledger, token_path, clock, error);
  if (books == NULL)
    {
      close (lock_fd);
      return NULL;
    }
  books->lock_fd = lock_fd;
  return books;
}

FarBooks *
far_books_open_to_read (const char  *data_dir,
                        FarClock    *clock,
                        GError     **error)
{
  g_autofree char *money_dir = g_build_filename (data_dir, FAR_BOOKS_MONEY_DIR, NULL);

  return far_books_open_money_to_read (money_dir, clock, error);
}

FarBooks *
far_books_open_money_to_read (const char  *money_dir,
                              FarClock    *clock,
                              GError     **error)
{
  FarLedger *ledger;

  g_return_val_if_fail (money_dir != NULL && clock != NULL, NULL);

  ledger = far_ledger_open_dir (money_dir, FAR_LEDGER_READ_ONLY, 0, clock, error);
  if (ledger != NULL &&
      far_ledger_knows (ledger, FAR_BOOKS_MODULE, far_books_schema_len, error) &&
      far_ledger_knows (ledger, FAR_PUBLISHING_MODULE, far_publishing_schema_len, error))
    return books_new (ledger, clock);
  g_clear_pointer (&ledger, far_ledger_close);
  return NULL;
}

void
far_books_close (FarBooks *books)
{
  if (books == NULL)
    return;
  g_clear_pointer (&books->ledger, far_ledger_close);
  g_clear_pointer (&books->clock, far_clock_unref);
  g_clear_pointer (&books->posting, g_array_unref);
  g_clear_pointer (&books->results, g_array_unref);
  if (books->lock_fd >= 0)
    close (books->lock_fd);
  g_free (books);
}

FarLedger *
far_books_ledger (FarBooks *books)
{
  g_return_val_if_fail (books != NULL, NULL);

  return books->ledger;
}

/* ---- transactions ---- */

gboolean
far_books_begin (FarBooks  *books,
                 GError   **error)
{
  g_return_val_if_fail (books != NULL, FALSE);

  books->together = FALSE;
  return far_ledger_begin (books->ledger, error);
}

gboolean
far_books_begin_together (FarBooks  *books,
                          GError   **error)
{
  g_return_val_if_fail (books != NULL, FALSE);

  books->together = TRUE;
  return far_ledger_begin (books->ledger, error);
}

gboolean
far_books_commit (FarBooks  *books,
                  GError   **error)
{
  g_return_val_if_fail (books != NULL, FALSE);

  return far_ledger_commit (books->ledger, error);
}

void
far_books_rollback (FarBooks *books)
{
  g_return_if_fail (books != NULL);

  books->frequency_day_us = 0;
  far_ledger_rollback (books->ledger);
}

gboolean
far_books_sweep (FarBooks  *books,
                 GError   **error)
{
  gint64 now_us;

  g_return_val_if_fail (books != NULL, FALSE);

  now_us = far_ledger_now_us (books->ledger);
  if (far_ledger_expire (books->ledger, FAR_BOOKS_SWEEP_MAX, &(guint){ 0 }, error) &&
      far_views_expire (books, now_us, error) &&
      far_frequency_expire (books, now_us, error) &&
      far_tabs_write_off (books, now_us, error) &&
      far_answers_expire (books, now_us, error))
    return TRUE;
  far_books_rollback (books);
  return FALSE;
}

/* ---- executing ---- */

char *
far_books_refusal (const GError *error,
                   gsize        *ret_n_bytes)
{
  g_auto (FarJsonWriter) writer;

  g_return_val_if_fail (error != NULL && ret_n_bytes != NULL, NULL);

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_begin_object (&writer, "error");
  far_json_add_string (&writer, "code", far_command_error_code (error));
  far_json_add_string (&writer, "message", error->message);
  far_json_end_object (&writer);
  far_json_end_object (&writer);
  return far_json_writer_steal (&writer, ret_n_bytes);
}

/* Runs a command with a writer for its answer. scope: (nullable): under which it is kept */
static char *
run_command (FarBooks          *books,
             const char        *principal,
             const FarCommand  *command,
             JsonObject        *request,
             const guint8      *scope,
             gsize             *ret_n_answer,
             GError           **error)
{
  g_auto (FarJsonWriter) writer;
  FarCall call = {
    .books = books, .principal = principal, .request = request, .answer = &writer,
    .scope = scope,
    .now_us = far_ledger_now_us (books->ledger),
  };
  char *answer;

  far_json_writer_init (&writer);
  far_json_begin_object (&writer, NULL);
  far_json_add_bool (&writer, "ok", TRUE);
  if (command->run != NULL && !command->run (&call, error))
    return NULL;
  far_json_end_object (&writer);
  answer = far_json_writer_steal (&writer, ret_n_answer);
  if (*ret_n_answer <= FAR_FRAME_MAX)
    return answer;
  g_free (answer);
  far_refuse (error, FAR_COMMAND_ERROR_INTERNAL, "the answer is too long for one frame; ask for "
              "less");
  return NULL;
}

/* The stored answer, or a new one that is stored. Refusals are errors of FAR_COMMAND_ERROR. */
static char *
run_with_key (FarBooks          *books,
              const char        *principal,
              const FarCommand  *command,
              JsonObject        *request,
              const FarScope    *scope,
              const guint8       body[FAR_SHA256_LEN],
              gboolean          *ret_replayed,
              gsize             *ret_n_answer,
              GError           **error)
{
  g_autofree char *answer = NULL;

  *ret_replayed = FALSE;
  if (!far_answers_find (books, scope, body, &answer, error))
    return NULL;
  if (answer != NULL)
    {
      *ret_replayed = TRUE;
      *ret_n_answer = strlen (answer);
      return g_steal_pointer (&answer);
    }
  answer = run_command (books, principal, command, request, scope->bytes, ret_n_answer, error);
  if (answer == NULL ||
      !far_answers_store (books, scope, body, answer, far_ledger_now_us (books->ledger), error))
    return NULL;
  return g_steal_pointer (&answer);
}

/* What a refused command did is undone: by its savepoint, or, where it has none and did something,
 * by doing all again with savepoints. */
static gboolean
undo_refused (FarBooks  *books,
              gint64     changes_before,
              GError   **error)
{
  books->frequency_day_us = 0; /* what it had deleted is there again */
  if (!books->together)
    return far_ledger_rollback_to (books->ledger, error);
  if (far_db_get_total_changes (books->db) == changes_before)
    return TRUE;
  g_set_error_literal (error, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_AGAIN,
                       "a command was refused after it had written: begin, and execute all anew");
  return FALSE;
}

/* A command that passed the checks. NULL if storage failed, or all is to be done again. */
static char *
execute_checked (FarBooks          *books,
                 const char        *principal,
                 const FarCommand  *command,
                 JsonObject        *request,
                 gboolean          *ret_refused,
                 gsize             *ret_n_answer,
                 GError           **error)
{
  g_autoptr (GError) refusal = NULL;
  g_autofree char *answer = NULL;
  guint8 body[FAR_SHA256_LEN];
  FarScope scope;
  gboolean keyed = json_object_has_member (request, "key");
  gint64 changes_before = far_db_get_total_changes (books->db);
  gboolean replayed = FALSE;

  *ret_refused = FALSE;
  if (!books->together && !far_ledger_savepoint (books->ledger, error))
    return NULL;
  if (keyed)
    {
      far_answers_scope (principal, command->name, request, &scope);
      far_request_digest (request, command->fields, body);
      answer = run_with_key (books, principal, command, request, &scope, body, &replayed,
                             ret_n_answer, &refusal);
    }
  else
    answer = run_command (books, principal, command, request, NULL, ret_n_answer, &refusal);

  if (answer != NULL)
    return books->together || far_ledger_release (books->ledger, error)
      ? g_steal_pointer (&answer) : NULL;

  if (refusal == NULL) /* a row that must be there was not, or was not what the schema says */
    g_set_error (&refusal, FAR_BOOKS_ERROR, FAR_BOOKS_ERROR_IMBALANCE,
                 "a row that %s needs is missing or malformed; run `farthingctl ledger verify`",
                 command->name);
  if (refusal->domain != FAR_COMMAND_ERROR)
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return NULL;
    }
  *ret_refused = TRUE;
  if (!undo_refused (books, changes_before, error))
    return NULL;
  answer = far_books_refusal (refusal, ret_n_answer);
  if (keyed && far_command_error_is_final (refusal) &&
      !far_answers_store (books, &scope, body, answer, far_ledger_now_us (books->ledger), error))
    return NULL;
  return g_steal_pointer (&answer);
}

static const FarCommand *
parse_request (const char     *request,
               gsize           n_request,
               FarCommandSet   allowed,
               JsonNode      **ret_root,
               GError        **error)
{
  g_autoptr (GError) syntax = NULL;
  g_autoptr (JsonNode) root = far_json_parse_object (request, n_request, FAR_FRAME_MAX, &syntax);
  const FarCommand *command;
  const char *name;
  guint index;

  if (root == NULL || !far_json_get_string (json_node_get_object (root), "command",
                                            COMMAND_NAME_MAX, &name, &syntax))
    {
      far_refuse (error, FAR_COMMAND_ERROR_BAD_REQUEST, "%s", syntax->message);
      return NULL;
    }
  command = find_command (name, &index);
  if (command == NULL)
    {
      far_refuse (error, FAR_COMMAND_ERROR_UNKNOWN_COMMAND, "\"%s\" is no command of this version",
                  name);
      return NULL;
    }
  if ((allowed & ((FarCommandSet) 1 << index)) == 0)
    {
      far_refuse (error, FAR_COMMAND_ERROR_NOT_ALLOWED,
                  "\"%s\" is not granted to this function; name it under Services in the template",
                  name);
      return NULL;
    }
  if (!far_request_check (json_node_get_object (root), command->fields, "command", error))
    return NULL;
  *ret_root = g_steal_pointer (&root);
  return command;
}

char *
far_books_execute (FarBooks       *books,
                   const char     *principal,
                   FarCommandSet   allowed,
                   const char     *request,
                   gsize           n_request,
                   gsize          *ret_n_answer,
                   GError        **error)
{
  g_autoptr (GError) refusal = NULL;
  g_autoptr (JsonNode) root = NULL;
  const FarCommand *command;
  gboolean refused;
  char *answer;

  g_return_val_if_fail (books != NULL && principal != NULL && request != NULL, NULL);
  g_return_val_if_fail (ret_n_answer != NULL, NULL);

  books->later = NULL;
  command = parse_request (request, n_request, allowed, &root, &refusal);
  if (command == NULL)
    return far_books_refusal (refusal, ret_n_answer);

  answer = execute_checked (books, principal, command, json_node_get_object (root), &refused,
                            ret_n_answer, error);
  if (answer == NULL)
    far_books_rollback (books);
  else if (!refused && (command->after != NULL || command->beside != NULL))
    books->later = command;
  g_assert (answer == NULL || *ret_n_answer <= FAR_FRAME_MAX);
  return answer;
}

const FarLater *
far_books_later (FarBooks *books)
{
  g_return_val_if_fail (books != NULL, NULL);

  return books->later;
}
