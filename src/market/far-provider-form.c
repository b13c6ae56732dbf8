/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms of a provider in Stripe's format (see the header). */
#include "market/far-provider-form.h"

#include <string.h>

G_DEFINE_QUARK (far-provider-form-error-quark, far_provider_form_error)

typedef struct {
  char *name;
  char *value;
} Field;

struct _FarProviderForm {
  GArray *fields; /* of Field */
};

static void
field_clear (gpointer data)
{
  Field *field = data;

  g_free (field->name);
  g_free (field->value);
}

FarProviderForm *
far_provider_form_new (void)
{
  FarProviderForm *self = g_new0 (FarProviderForm, 1);

  self->fields = g_array_new (FALSE, FALSE, sizeof (Field));
  g_array_set_clear_func (self->fields, field_clear);
  return self;
}

void
far_provider_form_free (FarProviderForm *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->fields);
  g_free (self);
}

static gboolean
too_large (GError    **error,
           const char *what)
{
  g_set_error (error, FAR_PROVIDER_FORM_ERROR, FAR_PROVIDER_FORM_ERROR_SIZE,
               "The form has %s; send less", what);
  return FALSE;
}

/* Decodes "%41", "+" and everything else. */
static gboolean
decode (const char  *text,
        gsize        n_bytes,
        gsize        max,
        char       **ret_text,
        GError     **error)
{
  g_autoptr (GString) out = g_string_sized_new (n_bytes);

  for (gsize i = 0; i < n_bytes; i++)
    {
      int high, low;

      if (text[i] == '+')
        g_string_append_c (out, ' ');
      else if (text[i] != '%')
        g_string_append_c (out, text[i]);
      else if (i + 2 < n_bytes && (high = g_ascii_xdigit_value (text[i + 1])) >= 0 &&
               (low = g_ascii_xdigit_value (text[i + 2])) >= 0)
        {
          g_string_append_c (out, (char) (high << 4 | low));
          i += 2;
        }
      else
        {
          g_set_error_literal (error, FAR_PROVIDER_FORM_ERROR, FAR_PROVIDER_FORM_ERROR_SYNTAX,
                               "The form has a “%” that two hex digits do not follow");
          return FALSE;
        }
    }
  if (out->len > max)
    return too_large (error, "a name or value that is too long");
  /* Not valid with a NUL inside either. */
  if (!g_utf8_validate (out->str, (gssize) out->len, NULL))
    {
      g_set_error_literal (error, FAR_PROVIDER_FORM_ERROR, FAR_PROVIDER_FORM_ERROR_SYNTAX,
                           "The form is not UTF-8");
      return FALSE;
    }
  *ret_text = g_string_free (g_steal_pointer (&out), FALSE);
  return TRUE;
}

static gboolean
parse_field (FarProviderForm  *self,
             const char       *text,
             gsize             n_bytes,
             GError          **error)
{
  const char *equals = memchr (text, '=', n_bytes);
  gsize n_name = equals != NULL ? (gsize) (equals - text) : n_bytes;
  Field field = { NULL, NULL };

  if (self->fields->len >= FAR_PROVIDER_FORM_FIELDS_MAX)
    return too_large (error, "too many fields");
  if (!decode (text, n_name, FAR_PROVIDER_FORM_NAME_MAX, &field.name, error) ||
      !decode (equals != NULL ? equals + 1 : "", equals != NULL ? n_bytes - n_name - 1 : 0,
               FAR_PROVIDER_FORM_VALUE_MAX, &field.value, error))
    {
      field_clear (&field);
      return FALSE;
    }
  g_array_append_val (self->fields, field);
  return TRUE;
}

FarProviderForm *
far_provider_form_parse (const char  *text,
                         gsize        n_bytes,
                         GError     **error)
{
  g_autoptr (FarProviderForm) self = far_provider_form_new ();

  g_return_val_if_fail (text != NULL || n_bytes == 0, NULL);

  if (n_bytes > FAR_PROVIDER_FORM_BYTES_MAX)
    {
      too_large (error, "more than 64 KiB");
      return NULL;
    }
  while (n_bytes > 0)
    {
      const char *end = memchr (text, '&', n_bytes);
      gsize n = end != NULL ? (gsize) (end - text) : n_bytes;

      if (n > 0 && !parse_field (self, text, n, error))
        return NULL;
      n += end != NULL;
      text += n;
      n_bytes -= n;
    }
  return g_steal_pointer (&self);
}

void
far_provider_form_add (FarProviderForm *self,
                       const char      *name,
                       const char      *value)
{
  Field field;

  g_return_if_fail (self != NULL && name != NULL);

  if (value == NULL)
    return;
  field = (Field){ g_strdup (name), g_strdup (value) };
  g_array_append_val (self->fields, field);
}

void
far_provider_form_add_int (FarProviderForm *self,
                           const char      *name,
                           gint64           value)
{
  char text[32];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, value);
  far_provider_form_add (self, name, text);
}

guint
far_provider_form_length (const FarProviderForm *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->fields->len;
}

const char *
far_provider_form_name (const FarProviderForm *self,
                        guint                  i)
{
  g_return_val_if_fail (self != NULL && i < self->fields->len, NULL);

  return g_array_index (self->fields, Field, i).name;
}

const char *
far_provider_form_value (const FarProviderForm *self,
                         guint                  i)
{
  g_return_val_if_fail (self != NULL && i < self->fields->len, NULL);

  return g_array_index (self->fields, Field, i).value;
}

const char *
far_provider_form_get (const FarProviderForm *self,
                       const char            *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  for (guint i = self->fields->len; i > 0; i--)
    if (strcmp (g_array_index (self->fields, Field, i - 1).name, name) == 0)
      return g_array_index (self->fields, Field, i - 1).value;
  return NULL;
}

char *
far_provider_form_encode (const FarProviderForm *self)
{
  GString *text = g_string_new (NULL);

  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; i < self->fields->len; i++)
    {
      const Field *field = &g_array_index (self->fields, Field, i);

      if (i > 0)
        g_string_append_c (text, '&');
      g_string_append_uri_escaped (text, field->name, NULL, FALSE);
      g_string_append_c (text, '=');
      g_string_append_uri_escaped (text, field->value, NULL, FALSE);
    }
  return g_string_free (text, FALSE);
}
