/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which functions there are, and what each is made of: those of the template, what the API changed
 * of them, and those that the API made. Changes are in force at once and told when they are on the
 * disk.
 *
 * A change to a function of the template holds until the template says something else of that
 * function: then the template wins, as a deployment would. Thread: the loop's. */
#pragma once

#include "platform/far-dispatcher.h"
#include "platform/far-platform-store.h"

G_BEGIN_DECLS

#define FAR_REGISTRY_KIND "function"
/* Below the data directory: the code of functions that were uploaded. */
#define FAR_REGISTRY_CODE_DIR "functions"

typedef struct _FarRegistry FarRegistry;

/* Applies what the store has. dispatcher, store, tmpl: outlive it. */
FarRegistry *far_registry_new    (FarDispatcher *dispatcher, FarPlatformStore *store,
                                  FarTemplate *tmpl, const char *data_dir, GError **error);
void         far_registry_free   (FarRegistry *self);

/* spec: taken; its name is free. NULL when there are too many: then nothing is told. */
FarFunction *far_registry_create (FarRegistry *self, FarTemplateFunction *spec,
                                  FarStoreDone done, gpointer user_data);
/* spec: taken. renew: instances are to be replaced by ones of the new spec. */
void         far_registry_update (FarRegistry *self, FarFunction *function,
                                  FarTemplateFunction *spec, gboolean renew,
                                  FarStoreDone done, gpointer user_data);
/* Only of one that the API made. */
void         far_registry_delete (FarRegistry *self, FarFunction *function,
                                  FarStoreDone done, gpointer user_data);
/* Where the versions of a function's uploaded code are, each in a folder of its own.
 * Returns: (transfer full) */
char        *far_registry_code_root (FarRegistry *self, const char *function);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarRegistry, far_registry_free)

G_END_DECLS
