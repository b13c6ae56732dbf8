/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Markdown into blocks: what each mark becomes, and where a text ends. */
#include <string.h>

#include "base/far-random.h"
#include "functions/far-markdown.h"

static char *
blocks_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) blocks = far_markdown_parse (text, strlen (text), "a.md", 1, &error);
  g_auto (FarJsonWriter) writer = { NULL };

  g_assert_no_error (error);
  far_json_writer_init (&writer);
  far_json_begin_array (&writer, NULL);
  for (guint i = 0; i < blocks->len; i++)
    far_block_write (g_ptr_array_index (blocks, i), &writer);
  far_json_end_array (&writer);
  return far_json_writer_steal (&writer, NULL);
}

static void
check (const char *text,
       const char *json)
{
  g_autofree char *got = blocks_json (text);

  g_assert_cmpstr (got, ==, json);
}

static void
test_blocks (void)
{
  check ("One line\nand the next.\n\nAnother.",
         "[{\"kind\":\"text\",\"text\":\"One line and the next.\"},"
         "{\"kind\":\"text\",\"text\":\"Another.\"}]");
  check ("## Two\ntext right below\n### Three",
         "[{\"kind\":\"heading\",\"level\":2,\"text\":\"Two\"},"
         "{\"kind\":\"text\",\"text\":\"text right below\"},"
         "{\"kind\":\"heading\",\"level\":3,\"text\":\"Three\"}]");
  check ("> said\n> he\n\nShe left.",
         "[{\"kind\":\"quote\",\"text\":\"said he\"},{\"kind\":\"text\",\"text\":\"She left.\"}]");
  check ("- one\n- two\n  and a half\n\n1. first\n2. second",
         "[{\"kind\":\"list\",\"ordered\":false,\"items\":[{\"text\":\"one\"},"
         "{\"text\":\"two and a half\"}]},"
         "{\"kind\":\"list\",\"ordered\":true,\"items\":[{\"text\":\"first\"},"
         "{\"text\":\"second\"}]}]");
  check ("![A rope](rope.png)",
         "[{\"kind\":\"picture\",\"picture\":\"/media/rope.png\",\"text\":\"A rope\"}]");
  check ("17.5 is no list, nor is\n- this\n",
         "[{\"kind\":\"text\",\"text\":\"17.5 is no list, nor is\"},"
         "{\"kind\":\"list\",\"ordered\":false,\"items\":[{\"text\":\"this\"}]}]");
}

/* Offsets count characters: a reader's toolkit knows nothing of our bytes. */
static void
test_spans (void)
{
  check ("Ça, *très* bien",
         "[{\"kind\":\"text\",\"text\":\"Ça, très bien\",\"spans\":["
         "{\"start\":4,\"length\":4,\"style\":\"emphasis\"}]}]");
  check ("a **b** `*c*` [d](https://e.example/f_g)",
         "[{\"kind\":\"text\",\"text\":\"a b *c* d\",\"spans\":["
         "{\"start\":2,\"length\":1,\"style\":\"strong\"},"
         "{\"start\":4,\"length\":3,\"style\":\"code\"},"
         "{\"start\":8,\"length\":1,\"style\":\"link\",\"url\":\"https://e.example/f_g\"}]}]");
  check ("5 \\* 4 \\< 3 \\[sic\\] \\\\",
         "[{\"kind\":\"text\",\"text\":\"5 * 4 < 3 [sic] \\\\\"}]");
}

static void
test_refused (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "", "a.md:1: there is no text" },
    { "\n\n  \n", "a.md:1: there is no text" },
    { "fine\n\n*open", "a.md:3: \"*\" is not closed" },
    { "fine\n\n* spaced *", "a.md:3: \"*\" is not closed, or has a space beside it" },
    { "a ** b", "a.md:1: \"**\" is not closed" },
    { "fine\n****", "a.md:1: a mark with nothing in it" },
    { "**a *b* c**", "a.md:1: marks inside marks" },
    { "a [link] here", "a.md:1: \"[\" begins a link" },
    { "a [link](http://plain.example)", "a.md:1: a link leads to https://" },
    { "a [link](https://x.example/\"a)", "a.md:1: a link leads to https://" },
    { "ok\n\n    code", "a.md:3: indented code" },
    { "ok\n-----", "a.md:2: rules and underlined headings" },
    { "ok\n\n##no space", "a.md:3: a heading is" },
    { "## has *marks*", "a.md:1: a heading is plain words" },
    { "- \n", "a.md:1: nothing stands behind this mark" },
    { ">\n", "a.md:1: nothing stands behind this mark" },
    { "tab\there", "a.md:1: a tab" },
    { "dos\r\n", "a.md:1: a tab or a carriage return" },
    { "![x](y.png) and more", "a.md:1: a picture stands alone" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) blocks =
        far_markdown_parse (cases[i].text, strlen (cases[i].text), "a.md", 1, &error);

      if (blocks != NULL)
        g_error ("case %u was taken: %s", i, cases[i].text);
      g_assert_error (error, FAR_PUBLICATION_ERROR, FAR_PUBLICATION_ERROR_SYNTAX);
      if (!g_str_has_prefix (error->message, cases[i].message))
        g_error ("case %u: “%s” instead of “%s”", i, error->message, cases[i].message);
    }
}

static void
test_limits (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) blocks = NULL;

  for (guint i = 0; i < FAR_MARKDOWN_BLOCKS_MAX; i++)
    g_string_append (text, "x\n\n");
  blocks = far_markdown_parse (text->str, text->len, "a.md", 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (blocks->len, ==, FAR_MARKDOWN_BLOCKS_MAX);
  g_string_append (text, "one more");
  g_assert_null (far_markdown_parse (text->str, text->len, "a.md", 1, &error));
  g_assert_nonnull (strstr (error->message, "a.md:1001:"));
  g_clear_error (&error);

  g_string_truncate (text, 0);
  for (guint i = 0; i <= FAR_MARKDOWN_SPANS_MAX; i++)
    g_string_append (text, "*x* ");
  g_assert_null (far_markdown_parse (text->str, text->len, "a.md", 1, &error));
  g_assert_nonnull (strstr (error->message, "more than 200 marks"));
  g_clear_error (&error);

  g_string_truncate (text, 0);
  for (guint i = 0; i <= FAR_MARKDOWN_ITEMS_MAX; i++)
    g_string_append (text, "- x\n");
  g_assert_null (far_markdown_parse (text->str, text->len, "a.md", 1, &error));
  g_assert_nonnull (strstr (error->message, "more than 100 items"));
}

/* Whatever is done to an article, it is read, or refused by file and line. */
static void
test_mutations (void)
{
  static const char marks[] = "*_`[]()!#>-+.\\<|~=\n\t \r\"\xc3\xff\x01 12";
  static const char text[] =
    "A *b* c **d** `e` [f](https://g.example/h).\n\n## Heading\n\n> Quote *q*\n> more\n\n"
    "- one\n- *two*\n\n1. first\n2. second\n\n![Alt](p.png)\n\nÇa va: l'été, à l'œil.\n";
  FarRng rng;
  guint n_read = 0;

  far_rng_init (&rng, 20261123, 1);
  for (guint i = 0; i < 20000; i++)
    {
      g_autofree char *copy = g_strdup (text);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) blocks = NULL;
      g_auto (FarJsonWriter) writer = { NULL };

      for (guint k = far_rng_below (&rng, 5) + 1; k > 0; k--)
        copy[far_rng_below (&rng, strlen (text))] =
          marks[far_rng_below (&rng, sizeof marks - 1)];
      blocks = far_markdown_parse (copy, strlen (text), "a.md", 1, &error);
      if (blocks == NULL)
        {
          g_assert_true (g_str_has_prefix (error->message, "a.md:"));
          continue;
        }
      n_read++;
      far_json_writer_init (&writer);
      far_json_begin_array (&writer, NULL);
      for (guint b = 0; b < blocks->len; b++)
        far_block_write (g_ptr_array_index (blocks, b), &writer);
      far_json_end_array (&writer);
      g_assert_true (far_json_check (writer.text->str, writer.text->len, 65536, NULL));
    }
  g_assert_cmpuint (n_read, >, 100);
  g_assert_cmpuint (n_read, <, 19000);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/markdown/blocks", test_blocks);
  g_test_add_func ("/markdown/spans", test_spans);
  g_test_add_func ("/markdown/refused", test_refused);
  g_test_add_func ("/markdown/limits", test_limits);
  g_test_add_func ("/markdown/mutations", test_mutations);
  return g_test_run ();
}
