/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the table of names and their numbers.
 *
 * Invariants: entries [1, end) are set and never change or move; end only grows, and is published
 * after the entry it covers. */
#include "telemetry/far-names.h"

#include <string.h>

struct _FarNames {
  GHashTable *by_kind[FAR_NAME_N_KINDS]; /* text → number; keys borrowed from texts */
  char       *texts[FAR_NAMES_MAX];
  guint8      kinds[FAR_NAMES_MAX];
  guint       end; /* atomic */
};

static const guint kind_max[FAR_NAME_N_KINDS] = {
  [FAR_NAME_FUNCTION] = FAR_NAMES_FUNCTIONS_MAX,
  [FAR_NAME_ROUTE] = FAR_NAMES_ROUTES_MAX,
  [FAR_NAME_VERSION] = FAR_NAMES_VERSIONS_MAX,
  [FAR_NAME_ERROR_TYPE] = FAR_NAMES_ERROR_TYPES_MAX,
  [FAR_NAME_SCOPE] = FAR_NAMES_SCOPES_MAX,
};
G_STATIC_ASSERT (FAR_NAMES_FUNCTIONS_MAX + FAR_NAMES_ROUTES_MAX + FAR_NAMES_VERSIONS_MAX +
                 FAR_NAMES_ERROR_TYPES_MAX + FAR_NAMES_SCOPES_MAX < FAR_NAMES_MAX);

FarNames *
far_names_new (void)
{
  FarNames *self = g_new0 (FarNames, 1);
  guint i;

  self->end = 1;
  for (i = 0; i < FAR_NAME_N_KINDS; i++)
    self->by_kind[i] = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
far_names_free (FarNames *self)
{
  guint i;

  if (self == NULL)
    return;
  for (i = 0; i < FAR_NAME_N_KINDS; i++)
    g_hash_table_unref (self->by_kind[i]);
  for (i = 0; i < self->end; i++)
    g_free (self->texts[i]);
  g_free (self);
}

static guint16
append (FarNames *self, FarNameKind kind, char *text)
{
  guint id = self->end;

  g_assert (id < FAR_NAMES_MAX);
  self->texts[id] = text;
  self->kinds[id] = (guint8) kind;
  g_hash_table_insert (self->by_kind[kind], text, GUINT_TO_POINTER (id));
  g_atomic_int_set (&self->end, id + 1);
  return (guint16) id;
}

/* Valid UTF-8 of at most len_max bytes. */
static char *
clean (const char *text, gsize len_max)
{
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) strnlen (text, len_max));
  const char *end = valid + MIN (strlen (valid), len_max);

  /* Replacement characters are longer than what they replace. */
  while (end > valid && (*end & 0xc0) == 0x80)
    end--;
  return g_strndup (valid, (gsize) (end - valid));
}

guint16
far_names_find (FarNames *self, FarNameKind kind, const char *text)
{
  return (guint16) GPOINTER_TO_UINT (g_hash_table_lookup (self->by_kind[kind], text));
}

guint16
far_names_intern (FarNames *self, FarNameKind kind, const char *text, gsize len_max)
{
  g_autofree char *cleaned = NULL;
  guint16 id;

  if (text == NULL || *text == '\0')
    return 0;
  id = far_names_find (self, kind, text);
  if (id != 0)
    return id;
  cleaned = clean (text, len_max);
  id = far_names_find (self, kind, cleaned);
  if (id != 0)
    return id;
  /* The last place of a kind is kept for "(other)". */
  if (g_hash_table_size (self->by_kind[kind]) + 1 < kind_max[kind])
    return append (self, kind, g_steal_pointer (&cleaned));
  id = far_names_find (self, kind, FAR_NAMES_OTHER);
  return id != 0 ? id : append (self, kind, g_strdup (FAR_NAMES_OTHER));
}

gboolean
far_names_restore (FarNames *self, guint16 id, int kind, const char *text)
{
  if (id != self->end || id >= FAR_NAMES_MAX || kind < 0 || kind >= FAR_NAME_N_KINDS ||
      text == NULL || g_hash_table_contains (self->by_kind[kind], text) ||
      g_hash_table_size (self->by_kind[kind]) >= kind_max[kind])
    return FALSE;
  append (self, kind, g_strdup (text));
  return TRUE;
}

guint
far_names_end (FarNames *self)
{
  return (guint) g_atomic_int_get (&self->end);
}

const char *
far_names_get (FarNames *self, guint16 id)
{
  return id > 0 && id < far_names_end (self) ? self->texts[id] : NULL;
}

FarNameKind
far_names_kind (FarNames *self, guint16 id)
{
  g_return_val_if_fail (id > 0 && id < far_names_end (self), FAR_NAME_FUNCTION);

  return self->kinds[id];
}
