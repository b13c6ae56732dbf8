/* SPDX-License-Identifier: GPL-3.0-or-later */
/* farthingctl queue: what waits in queues, and what to do about it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terminal/far-asking.h"

#define BODY_BYTES_MAX (48 * 1024)

typedef struct {
  char  *to;
  char **attributes;
  int    limit;
  int    delay_s;
} Options;

static int
done (FarTerminal *self, JsonNode *root, const GError *error, const char *format,
      const char *member)
{
  if (root == NULL)
    return far_terminal_fail (error);
  if (self->json)
    far_asking_print (root);
  else if (format != NULL)
    printf ("%s %" G_GINT64_FORMAT "\n", format,
            json_object_get_int_member_with_default (json_node_get_object (root), member, 0));
  return FAR_EXIT_OK;
}

static char *
url_of (const char *name, const char *rest)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  return g_strconcat ("/v1/queues/", escaped, rest, NULL);
}

static int
list (FarTerminal *self)
{
  static const char *const titles[] = { "QUEUE", "MESSAGES", "VISIBLE", "VISIBILITY",
                                        "DEAD LETTERS", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = far_asking_send (self, "GET", "/v1/queues", NULL, &error);
  JsonArray *queues;
  FarTable *table;
  guint i;

  if (root == NULL || self->json)
    return done (self, root, error, NULL, NULL);
  queues = json_object_get_array_member (json_node_get_object (root), "queues");
  if (queues == NULL || json_array_get_length (queues) == 0)
    {
      puts ("The template has no queues.");
      return FAR_EXIT_OK;
    }
  table = far_table_new ("lrrrl", titles);
  for (i = 0; i < json_array_get_length (queues); i++)
    {
      JsonObject *queue = json_array_get_object_element (queues, i);
      const char *dead = json_object_get_string_member_with_default (queue, "dead_letter", NULL);

      far_table_add (table, far_terminal_clean (json_object_get_string_member (queue, "name")),
                     g_strdup_printf ("%" G_GINT64_FORMAT,
                                      json_object_get_int_member (queue, "messages")),
                     g_strdup_printf ("%" G_GINT64_FORMAT,
                                      json_object_get_int_member (queue, "visible")),
                     g_strdup_printf ("%" G_GINT64_FORMAT " s",
                                      json_object_get_int_member (queue, "visibility_s")),
                     dead != NULL ? far_terminal_clean (dead) : g_strdup ("–"));
    }
  far_table_print (table, self);
  return FAR_EXIT_OK;
}

static int
peek (FarTerminal *self, const char *name, const Options *options)
{
  static const char *const titles[] = { "SENT", "RECEIVED", "BYTES", "BODY", NULL };
  g_autofree char *rest = g_strdup_printf ("/messages?limit=%d", options->limit);
  g_autofree char *url = url_of (name, rest);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = far_asking_send (self, "GET", url, NULL, &error);
  JsonArray *messages;
  FarTable *table;
  guint i;

  if (root == NULL || self->json)
    return done (self, root, error, NULL, NULL);
  messages = json_object_get_array_member (json_node_get_object (root), "messages");
  if (messages == NULL || json_array_get_length (messages) == 0)
    {
      printf ("%s is empty.\n", name);
      return FAR_EXIT_OK;
    }
  table = far_table_new ("lrrl", titles);
  for (i = 0; i < json_array_get_length (messages); i++)
    {
      JsonObject *message = json_array_get_object_element (messages, i);
      g_autofree char *time = far_time_to_rfc3339 (json_object_get_int_member (message, "sent_us"));
      char *body = far_terminal_clean (json_object_get_string_member (message, "body"));

      g_strdelimit (body, "\n\t", ' ');
      far_table_add (table, g_strdup_printf ("%.19sZ", time),
                     g_strdup_printf ("%" G_GINT64_FORMAT,
                                      json_object_get_int_member (message, "received")),
                     g_strdup_printf ("%" G_GINT64_FORMAT,
                                      json_object_get_int_member (message, "bytes")), body);
    }
  far_table_print (table, self);
  return FAR_EXIT_OK;
}

/* Returns: (transfer full) (nullable) */
static char *
read_body (const char *word)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char chunk[4096];
  ssize_t n;

  if (strcmp (word, "-") != 0)
    return g_strdup (word);
  while ((n = read (STDIN_FILENO, chunk, sizeof chunk)) > 0 && text->len <= BODY_BYTES_MAX)
    g_string_append_len (text, chunk, n);
  if (g_str_has_suffix (text->str, "\n"))
    g_string_truncate (text, text->len - 1);
  return g_strdup (text->str);
}

static int
send_message (FarTerminal *self, const char *name, const char *word, const Options *options)
{
  g_autofree char *url = url_of (name, "/messages");
  g_autofree char *body = read_body (word);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_auto (FarJsonWriter) w = { 0 };
  guint i;

  if (strlen (body) > BODY_BYTES_MAX)
    return far_terminal_usage ("a message sent from here has at most %d bytes", BODY_BYTES_MAX);
  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  far_json_add_string (&w, "body", body);
  if (options->delay_s >= 0)
    far_json_add_int (&w, "delay_s", options->delay_s);
  far_json_begin_object (&w, "attributes");
  for (i = 0; options->attributes != NULL && options->attributes[i] != NULL; i++)
    {
      const char *equals = strchr (options->attributes[i], '=');
      g_autofree char *key = NULL;

      if (equals == NULL)
        return far_terminal_usage ("--attribute takes NAME=value");
      key = g_strndup (options->attributes[i], equals - options->attributes[i]);
      far_json_add_string (&w, key, equals + 1);
    }
  far_json_end_object (&w);
  far_json_end_object (&w);
  root = far_asking_send (self, "POST", url, &w, &error);
  if (root != NULL && !self->json)
    printf ("%s\n", json_object_get_string_member (json_node_get_object (root), "id"));
  return done (self, root, error, NULL, NULL);
}

static int
redrive (FarTerminal *self, const char *name, const Options *options)
{
  g_autofree char *url = url_of (name, "/redrive");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_auto (FarJsonWriter) w = { 0 };

  far_json_writer_init (&w);
  far_json_begin_object (&w, NULL);
  if (options->to != NULL)
    far_json_add_string (&w, "to", options->to);
  far_json_end_object (&w);
  root = far_asking_send (self, "POST", url, &w, &error);
  return done (self, root, error, "messages moved:", "moved");
}

static int
purge (FarTerminal *self, const char *name)
{
  g_autofree char *url = url_of (name, "/messages");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = far_asking_send (self, "DELETE", url, NULL, &error);

  return done (self, root, error, "messages removed:", "purged");
}

int
far_command_queue (FarTerminal *self, int argc, char **argv)
{
  g_autofree char *to = NULL;
  g_auto (GStrv) attributes = NULL;
  Options options = { .limit = 10, .delay_s = -1 };
  const GOptionEntry entries[] = {
    { "limit", 'n', 0, G_OPTION_ARG_INT, &options.limit, "How many to peek at", "N" },
    { "delay", 0, 0, G_OPTION_ARG_INT, &options.delay_s, "Seconds until it can be received", "S" },
    { "attribute", 0, 0, G_OPTION_ARG_STRING_ARRAY, &attributes, "Of the message; repeats",
      "NAME=VALUE" },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to, "The queue that messages are moved to", "QUEUE" },
    G_OPTION_ENTRY_NULL
  };
  const char *what;
  int code;

  if (!far_terminal_parse (self, far_command_find ("queue"), entries, &argc, &argv, &code))
    return code;
  options.to = to;
  options.attributes = attributes;
  what = argc > 1 ? argv[1] : "list";
  if (options.limit < 1 || options.limit > 100)
    return far_terminal_usage ("--limit must be from 1 to 100");
  if (strcmp (what, "list") == 0 && argc <= 2)
    return list (self);
  if (strcmp (what, "peek") == 0 && argc == 3)
    return peek (self, argv[2], &options);
  if (strcmp (what, "send") == 0 && argc == 4)
    return send_message (self, argv[2], argv[3], &options);
  if (strcmp (what, "redrive") == 0 && argc == 3)
    return redrive (self, argv[2], &options);
  if (strcmp (what, "purge") == 0 && argc == 3)
    return purge (self, argv[2]);
  return far_terminal_usage ("say farthingctl queue list, peek NAME, send NAME TEXT, redrive NAME "
                             "or purge NAME");
}
