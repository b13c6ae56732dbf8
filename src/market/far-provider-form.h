/* SPDX-License-Identifier: GPL-3.0-or-later */
/* application/x-www-form-urlencoded as Stripe's API has it: an ordered list of names and values,
 * where a name may have brackets ("metadata[order]", "expand[]", "line_items[0][quantity]"). Read
 * strictly from foreign bytes: a malformed escape, a NUL or text that is no UTF-8 is refused. Pure;
 * a form belongs to one thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_PROVIDER_FORM_ERROR (far_provider_form_error_quark ())
GQuark far_provider_form_error_quark (void);
typedef enum {
  FAR_PROVIDER_FORM_ERROR_SYNTAX, /* an escape, a NUL, no UTF-8 */
  FAR_PROVIDER_FORM_ERROR_SIZE,   /* more than the limits below */
} FarProviderFormError;

#define FAR_PROVIDER_FORM_BYTES_MAX (64 * 1024)
#define FAR_PROVIDER_FORM_FIELDS_MAX 256
#define FAR_PROVIDER_FORM_NAME_MAX 256   /* bytes */
#define FAR_PROVIDER_FORM_VALUE_MAX 5000 /* bytes */

typedef struct _FarProviderForm FarProviderForm;

FarProviderForm *far_provider_form_new    (void);
void             far_provider_form_free   (FarProviderForm *self);
/* Returns: (transfer full) (nullable) */
FarProviderForm *far_provider_form_parse  (const char *text, gsize n_bytes, GError **error);
/* Appends a field. value NULL appends nothing. */
void             far_provider_form_add    (FarProviderForm *self, const char *name,
                                           const char *value);
void             far_provider_form_add_int (FarProviderForm *self, const char *name,
                                            gint64 value);
guint            far_provider_form_length (const FarProviderForm *self);
const char      *far_provider_form_name   (const FarProviderForm *self, guint i);
const char      *far_provider_form_value  (const FarProviderForm *self, guint i);
/* The last value of a name. Returns: (transfer none) (nullable) */
const char      *far_provider_form_get    (const FarProviderForm *self, const char *name);
/* Returns: (transfer full): the encoded text */
char            *far_provider_form_encode (const FarProviderForm *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarProviderForm, far_provider_form_free)

G_END_DECLS
