/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A frame of the runtime stream: its bytes, every round trip, and all that is none. */
#include "base/far-runtime-frame.h"

#include <string.h>

#define N_TEXTS 4

/* Kind, number, four texts and a payload, written down byte by byte. */
static const guint8 literal[] = {
  0xf7, 0x00, 0x00, 0x05,                         /* magic, 0, FAR_RUNTIME_EVENT */
  0x00, 0x00, 0x00, 0x03,                         /* id */
  0x00, 0x00, 0x00, 0x02,                         /* name */
  0x00, 0x00, 0x00, 0x00,                         /* note: NULL */
  0x00, 0x00, 0x00, 0x01,                         /* context: "" */
  0x00, 0x00, 0x00, 0x04,                         /* payload */
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, /* number */
  'i',  'd',  0x00, 'n',  0x00, 0x00, 0xff, 0x00, 0xf7, '}',
};

static const FarRuntimeFrame said = {
  .kind = FAR_RUNTIME_EVENT, .number = G_GINT64_CONSTANT (0x0102030405060708), .id = "id",
  .name = "n", .context = "", .payload = "\xff\0\xf7}", .n_payload = 4,
};

/* In a block of just its size, so that a sanitizer sees a read behind it. */
static guint8 *
join (const FarRuntimeFrame *frame, gsize *ret_n_bytes)
{
  guint8 header[FAR_RUNTIME_FRAME_HEADER];
  struct iovec vector[FAR_RUNTIME_FRAME_PARTS];
  guint n_parts = far_runtime_frame_pack (frame, header, vector);
  gsize n_bytes = 0;
  guint8 *bytes, *at;
  guint i;

  g_assert_cmpuint (n_parts, >=, 1);
  g_assert_cmpuint (n_parts, <=, FAR_RUNTIME_FRAME_PARTS);
  for (i = 0; i < n_parts; i++)
    {
      g_assert_cmpuint (vector[i].iov_len, >, 0);
      n_bytes += vector[i].iov_len;
    }
  at = bytes = g_malloc (n_bytes);
  for (i = 0; i < n_parts; i++)
    {
      memcpy (at, vector[i].iov_base, vector[i].iov_len);
      at += vector[i].iov_len;
    }
  *ret_n_bytes = n_bytes;
  return bytes;
}

static void
assert_same (const FarRuntimeFrame *a, const FarRuntimeFrame *b)
{
  g_assert_cmpint (a->kind, ==, b->kind);
  g_assert_cmpint (a->number, ==, b->number);
  g_assert_cmpstr (a->id, ==, b->id); /* NULL is not "" */
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->note, ==, b->note);
  g_assert_cmpstr (a->context, ==, b->context);
  g_assert_cmpmem (a->payload, a->n_payload, b->payload, b->n_payload);
}

static void
check_round_trip (const FarRuntimeFrame *frame)
{
  g_autoptr (GError) error = NULL;
  gsize n_bytes;
  g_autofree guint8 *bytes = join (frame, &n_bytes);
  FarRuntimeFrame parsed;

  g_assert_cmpuint (far_runtime_frame_length (bytes, &error), ==, n_bytes);
  g_assert_no_error (error);
  g_assert_true (far_runtime_frame_parse (bytes, n_bytes, &parsed, &error));
  g_assert_no_error (error);
  assert_same (&parsed, frame);
}

static void
test_layout (void)
{
  gsize n_bytes;
  g_autofree guint8 *bytes = join (&said, &n_bytes);
  g_autofree guint8 *given = g_memdup2 (literal, sizeof literal);
  FarRuntimeFrame parsed;

  g_assert_cmpmem (bytes, n_bytes, literal, sizeof literal);
  g_assert_true (far_runtime_frame_parse (given, sizeof literal, &parsed, NULL));
  assert_same (&parsed, &said);
  g_assert_cmpuint (FAR_RUNTIME_NEXT, ==, 1);
  g_assert_cmpuint (FAR_RUNTIME_RESPONSE, ==, 2);
  g_assert_cmpuint (FAR_RUNTIME_ERROR, ==, 3);
  g_assert_cmpuint (FAR_RUNTIME_INIT_ERROR, ==, 4);
  g_assert_cmpuint (FAR_RUNTIME_EVENT, ==, 5);
  g_assert_cmpuint (FAR_RUNTIME_STATUS, ==, 6);
}

static void
test_round_trips (void)
{
  g_autofree char *longest = g_strnfill (FAR_RUNTIME_FRAME_TEXT_MAX - 1, 'x');
  const char *const texts[] = { NULL, "", "a text", longest };
  static const struct { const char *bytes; gsize n_bytes; } payloads[] = {
    { NULL, 0 }, { "", 1 }, { "{\"a\":\"\0\"}", 9 },
  };
  static const gint64 numbers[] = { 0, -1, G_MAXINT64, G_MININT64 };
  FarRuntimeFrame frame = { 0 };
  guint kind, which, i;

  for (kind = FAR_RUNTIME_NEXT; kind <= FAR_RUNTIME_STATUS; kind++)
    for (which = 0; which < 256; which++)
      for (i = 0; i < G_N_ELEMENTS (payloads); i++)
        {
          frame.kind = kind;
          frame.number = numbers[(which + i) % G_N_ELEMENTS (numbers)];
          frame.id = texts[which % 4];
          frame.name = texts[which / 4 % 4];
          frame.note = texts[which / 16 % 4];
          frame.context = texts[which / 64];
          frame.payload = payloads[i].bytes;
          frame.n_payload = payloads[i].n_bytes;
          check_round_trip (&frame);
        }
}

static void
test_largest (void)
{
  g_autofree char *payload = g_malloc0 (FAR_RUNTIME_FRAME_PAYLOAD_MAX);
  FarRuntimeFrame frame = said;

  frame.payload = payload;
  frame.n_payload = FAR_RUNTIME_FRAME_PAYLOAD_MAX;
  payload[0] = 'a';
  payload[FAR_RUNTIME_FRAME_PAYLOAD_MAX - 1] = 'z';
  check_round_trip (&frame);
}

static void
assert_refused (const guint8 *bytes, gsize n_bytes)
{
  g_autofree guint8 *exact = g_memdup2 (bytes, MAX (n_bytes, 1));
  g_autoptr (GError) error = NULL;
  FarRuntimeFrame parsed = { .id = "untouched" };

  g_assert_false (far_runtime_frame_parse (exact, n_bytes, &parsed, &error));
  g_assert_error (error, FAR_RUNTIME_FRAME_ERROR, FAR_RUNTIME_FRAME_ERROR_FORM);
  g_assert_true (g_str_has_prefix (error->message, "Not a frame of the runtime stream: "));
  g_assert_cmpstr (parsed.id, ==, "untouched");
}

/* Refused by its first bytes alone. */
static void
assert_no_header (const guint8 header[FAR_RUNTIME_FRAME_HEADER])
{
  g_autofree guint8 *exact = g_memdup2 (header, FAR_RUNTIME_FRAME_HEADER);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (far_runtime_frame_length (exact, &error), ==, 0);
  g_assert_error (error, FAR_RUNTIME_FRAME_ERROR, FAR_RUNTIME_FRAME_ERROR_FORM);
  assert_refused (exact, FAR_RUNTIME_FRAME_HEADER);
}

static void
test_headers (void)
{
  static const struct { guint at; guint8 byte; } wrong[] = {
    { 0, 0xf6 }, { 0, 0xff }, { 0, 'G' }, { 0, 0 }, /* magic */
    { 1, 1 }, { 1, 0xff }, { 2, 1 }, { 2, 0x80 },   /* zeros */
    { 3, 0 }, { 3, 7 }, { 3, 0xff },                /* kinds */
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree guint8 *bytes = g_memdup2 (literal, sizeof literal);

      bytes[wrong[i].at] = wrong[i].byte;
      assert_no_header (bytes);
      assert_refused (bytes, sizeof literal);
    }
}

static void
test_limits (void)
{
  guint i;

  for (i = 0; i <= N_TEXTS; i++)
    {
      guint32 max = i < N_TEXTS ? FAR_RUNTIME_FRAME_TEXT_MAX : FAR_RUNTIME_FRAME_PAYLOAD_MAX;
      const guint32 over[] = { max + 1, G_MAXINT32, 0x80000000, G_MAXUINT32 };
      guint8 header[FAR_RUNTIME_FRAME_HEADER] = { FAR_RUNTIME_FRAME_MAGIC, 0, 0, 1 };
      guint32 length = GUINT32_TO_BE (max);
      guint j;

      memcpy (header + 4 + 4 * i, &length, sizeof length);
      g_assert_cmpuint (far_runtime_frame_length (header, NULL), ==,
                        FAR_RUNTIME_FRAME_HEADER + max);
      for (j = 0; j < G_N_ELEMENTS (over); j++)
        {
          length = GUINT32_TO_BE (over[j]);
          memcpy (header + 4 + 4 * i, &length, sizeof length);
          assert_no_header (header);
        }
    }
}

static void
test_texts (void)
{
  static const FarRuntimeFrame four = { .kind = FAR_RUNTIME_ERROR, .id = "abc", .name = "def",
                                        .note = "ghi", .context = "jkl", .payload = "mno",
                                        .n_payload = 3 };
  gsize n_bytes;
  g_autofree guint8 *bytes = join (&four, &n_bytes);
  static const FarRuntimeFrame empty = { .kind = FAR_RUNTIME_ERROR, .id = "" };
  gsize n_empty;
  g_autofree guint8 *one = join (&empty, &n_empty);
  guint i, j;

  for (i = 0; i < N_TEXTS; i++)
    {
      guint8 *text = bytes + FAR_RUNTIME_FRAME_HEADER + 4 * i;

      text[3] = 'x'; /* no NUL */
      assert_refused (bytes, n_bytes);
      text[3] = '\0';
      for (j = 0; j < 3; j++)
        {
          guint8 kept = text[j];

          text[j] = '\0'; /* a NUL inside */
          assert_refused (bytes, n_bytes);
          text[j] = kept;
        }
    }
  g_assert_true (far_runtime_frame_parse (bytes, n_bytes, &(FarRuntimeFrame){ 0 }, NULL));
  g_assert_cmpuint (n_empty, ==, FAR_RUNTIME_FRAME_HEADER + 1);
  one[FAR_RUNTIME_FRAME_HEADER] = 'x';
  assert_refused (one, n_empty);
}

static void
test_cut (void)
{
  guint8 longer[sizeof literal + 1] = { 0 };
  gsize n;

  for (n = 0; n < sizeof literal; n++)
    assert_refused (literal, n);
  memcpy (longer, literal, sizeof literal);
  assert_refused (longer, sizeof longer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/runtime-frame/layout", test_layout);
  g_test_add_func ("/runtime-frame/round-trips", test_round_trips);
  g_test_add_func ("/runtime-frame/largest", test_largest);
  g_test_add_func ("/runtime-frame/headers", test_headers);
  g_test_add_func ("/runtime-frame/limits", test_limits);
  g_test_add_func ("/runtime-frame/texts", test_texts);
  g_test_add_func ("/runtime-frame/cut", test_cut);
  return g_test_run ();
}
