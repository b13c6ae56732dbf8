/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan (see the header). Bytes go through a small window; what may go on behind its end waits
 * for more. */
#include "base/far-card-scan.h"

#include <string.h>

#define DIGITS_MIN 14
#define DIGITS_MAX 19
#define GROUPS_MAX 32
/* Longer runs of hex digits with a letter among them are ids and hashes. */
#define HEX_MIN 24
#define HEX_LOOK 64

/* Ranges by the first six digits; lengths as bits. */
static const struct {
  guint       first;
  guint       last;
  guint       lengths;
  const char *name;
} issuers[] = {
  { 400000, 499999, 1 << 16 | 1 << 19, "Visa" },
  { 510000, 559999, 1 << 16, "Mastercard" },
  { 222100, 272099, 1 << 16, "Mastercard" },
  { 340000, 349999, 1 << 15, "American Express" },
  { 370000, 379999, 1 << 15, "American Express" },
  { 601100, 601199, 1 << 16 | 1 << 19, "Discover" },
  { 644000, 659999, 1 << 16 | 1 << 19, "Discover" },
  { 620000, 629999, 1 << 16 | 1 << 17 | 1 << 18 | 1 << 19, "UnionPay" },
  { 352800, 358999, 1 << 16 | 1 << 17 | 1 << 18 | 1 << 19, "JCB" },
  { 300000, 305999, 1 << 14 | 1 << 16, "Diners Club" },
  { 360000, 369999, 1 << 14 | 1 << 16, "Diners Club" },
  { 380000, 399999, 1 << 14 | 1 << 16, "Diners Club" },
  { 220000, 220499, 1 << 16 | 1 << 19, "Mir" },
  { 561000, 561099, 1 << 16, "Maestro" },
  { 675900, 675999, 1 << 16 | 1 << 18 | 1 << 19, "Maestro" },
  { 676700, 676799, 1 << 16 | 1 << 18 | 1 << 19, "Maestro" },
};

/* ---- numbers ---- */

static gboolean
luhn_holds (const char *digits,
            gsize       n)
{
  guint sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      guint digit = (guint) (digits[n - 1 - i] - '0');

      if (i % 2 == 1)
        digit = 2 * digit > 9 ? 2 * digit - 9 : 2 * digit;
      sum += digit;
    }
  return sum % 10 == 0;
}

const char *
far_card_issuer (const char *digits,
                 gsize       n_digits)
{
  guint first = 0;

  if (n_digits < DIGITS_MIN || n_digits > DIGITS_MAX)
    return NULL;
  for (gsize i = 0; i < 6; i++)
    first = 10 * first + (guint) (digits[i] - '0');
  for (gsize i = 0; i < G_N_ELEMENTS (issuers); i++)
    if (first >= issuers[i].first && first <= issuers[i].last &&
        (issuers[i].lengths & 1u << n_digits) != 0)
      return luhn_holds (digits, n_digits) ? issuers[i].name : NULL;
  return NULL;
}

/* ---- what stands around ---- */

static char
at (const FarCardScan *scan,
    gsize              i)
{
  return i < scan->n ? scan->window[i] : '\0';
}

/* Part of a hash or an id: a long run of hex digits with a letter in it. */
static gboolean
is_in_hex (const FarCardScan *scan,
           gsize              from,
           gsize              to)
{
  gsize first = from, last = to;
  gboolean letters = FALSE;

  while (first > 0 && from - first < HEX_LOOK && g_ascii_isxdigit (scan->window[first - 1]))
    letters |= g_ascii_isalpha (scan->window[--first]) != 0;
  while (last < scan->n && last - to < HEX_LOOK && g_ascii_isxdigit (scan->window[last]))
    letters |= g_ascii_isalpha (scan->window[last++]) != 0;
  return letters && last - first >= HEX_MIN;
}

/* Digits of a decimal fraction, or of a number that has one. */
static gboolean
is_in_fraction (const FarCardScan *scan,
                gsize              from,
                gsize              to)
{
  return (from > 1 && scan->window[from - 1] == '.' && g_ascii_isdigit (scan->window[from - 2])) ||
         (at (scan, to) == '.' && g_ascii_isdigit (at (scan, to + 1)));
}

/* ---- candidates ---- */

typedef struct {
  gsize from[GROUPS_MAX];
  gsize len[GROUPS_MAX];
  char  before[GROUPS_MAX]; /* the separator before the group */
  guint n;
} Groups;

static void
report (FarCardScan *scan,
        const char  *digits,
        gsize        n,
        gsize        from,
        gsize        to)
{
  FarCardFound found = { .offset = scan->offset + from, .issuer = far_card_issuer (digits, n) };

  if (found.issuer == NULL || is_in_hex (scan, from, to) || is_in_fraction (scan, from, to))
    return;
  g_snprintf (found.masked, sizeof found.masked, "%.6s…%.4s", digits, digits + n - 4);
  scan->func (&found, scan->data);
}

static void
try_groups (FarCardScan  *scan,
            const Groups *groups,
            guint         first,
            const guint8 *lengths,
            guint         n)
{
  char digits[DIGITS_MAX + 1];
  gsize n_digits = 0;

  if (first + n > groups->n)
    return;
  for (guint i = 0; i < n; i++)
    {
      guint group = first + i;

      if (groups->len[group] != lengths[i] ||
          (i > 1 && groups->before[group] != groups->before[first + 1]))
        return;
      memcpy (digits + n_digits, scan->window + groups->from[group], groups->len[group]);
      n_digits += groups->len[group];
    }
  report (scan, digits, n_digits, groups->from[first],
          groups->from[first + n - 1] + groups->len[first + n - 1]);
}

static void
try_all (FarCardScan  *scan,
         const Groups *groups)
{
  static const struct { guint n; guint8 lengths[5]; } printed[] = {
    { 5, { 4, 4, 4, 4, 3 } }, { 4, { 4, 4, 4, 4 } }, { 3, { 4, 6, 5 } }, { 3, { 4, 6, 4 } },
  };

  for (guint i = 0; i < groups->n; i++)
    {
      if (groups->len[i] >= DIGITS_MIN && groups->len[i] <= DIGITS_MAX)
        report (scan, scan->window + groups->from[i], groups->len[i], groups->from[i],
                groups->from[i] + groups->len[i]);
      for (guint k = 0; k < G_N_ELEMENTS (printed); k++)
        try_groups (scan, groups, i, printed[k].lengths, printed[k].n);
    }
}

/* Digits with single separators between them, from a digit on. Returns: where they end */
static gsize
take_groups (const FarCardScan *scan,
             gsize              from,
             Groups            *groups)
{
  gsize i = from;

  groups->n = 0;
  for (;;)
    {
      gsize start = i;

      while (i < scan->n && g_ascii_isdigit (scan->window[i]))
        i++;
      if (groups->n < GROUPS_MAX)
        {
          groups->from[groups->n] = start;
          groups->len[groups->n] = i - start;
          groups->before[groups->n] = start > from ? scan->window[start - 1] : '\0';
          groups->n++;
        }
      if (i + 1 >= scan->n || (scan->window[i] != ' ' && scan->window[i] != '-') ||
          !g_ascii_isdigit (scan->window[i + 1]))
        return i;
      i++;
    }
}

/* Looks at what is whole, and moves the start. */
static void
look (FarCardScan *scan,
      gboolean     at_end)
{
  gsize i = scan->start;

  /* The rest of a run that was looked at, or was too long to be one. */
  while (scan->inside && i < scan->n && g_ascii_isdigit (scan->window[i]))
    i++;
  if (i < scan->n)
    scan->inside = FALSE;
  while (i < scan->n)
    {
      Groups groups;
      gsize to;

      if (!g_ascii_isdigit (scan->window[i]))
        {
          i++;
          continue;
        }
      to = take_groups (scan, i, &groups);
      /* What follows decides whether it is a hash or a fraction. */
      if (!at_end && to + HEX_LOOK > scan->n && scan->n - i < FAR_CARD_WINDOW)
        break;
      try_all (scan, &groups);
      i = to;
      scan->inside = to == scan->n;
    }
  scan->start = i;
}

void
far_card_scan_init (FarCardScan *scan,
                    FarCardFunc  func,
                    gpointer     data)
{
  g_return_if_fail (scan != NULL && func != NULL);

  memset (scan, 0, sizeof *scan);
  scan->func = func;
  scan->data = data;
}

void
far_card_scan_feed (FarCardScan *scan,
                    const void  *bytes,
                    gsize        n_bytes)
{
  const char *from = bytes;

  while (n_bytes > 0)
    {
      gsize n = MIN (n_bytes, sizeof scan->window - scan->n);
      gsize done;

      memcpy (scan->window + scan->n, from, n);
      scan->n += n;
      from += n;
      n_bytes -= n;
      if (scan->n < sizeof scan->window)
        return;
      look (scan, FALSE);
      /* What is left is less than FAR_CARD_WINDOW, so there is room. */
      done = scan->start > HEX_LOOK ? scan->start - HEX_LOOK : 0;
      memmove (scan->window, scan->window + done, scan->n - done);
      scan->n -= done;
      scan->start -= done;
      scan->offset += done;
    }
}

void
far_card_scan_end (FarCardScan *scan)
{
  look (scan, TRUE);
  scan->offset += scan->n;
  scan->n = scan->start = 0;
}
