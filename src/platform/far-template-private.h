/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the template reader: the struct, and checked values out of YAML.
 * Every error has the form "file:line:column: what, why; what to do". */
#pragma once

#include "platform/far-template.h"
#include "platform/far-yaml.h"

G_BEGIN_DECLS

struct _FarTemplate {
  gatomicrefcount ref_count;
  char           *path;
  char           *base_dir;
  char           *description;
  GPtrArray      *functions;
  GPtrArray      *queues;
  guint           account_concurrency;
  guint           account_requests;
  GPtrArray      *faults; /* (element-type FarFaultSpec) */
};

typedef struct {
  const char *name;     /* of the file, for errors */
  const char *base_dir;
  GError    **error;
  GPtrArray  *faults; /* of the template that is read */
  GPtrArray  *fault_nodes; /* where each stands */
  const FarYamlNode *resources; /* all of them, once the top level was read */
} FarTemplateReader;

gboolean far_template_fail (FarTemplateReader *reader, const FarYamlNode *node,
                            FarTemplateError code, const char *format, ...) G_GNUC_PRINTF (4, 5);

/* A mapping that has only keys of the NULL-terminated list; where names it: "Properties". */
gboolean far_template_check_keys (FarTemplateReader *reader, const FarYamlNode *node,
                                  const char *where, const char *const *keys);
/* No intrinsic, no tag, not null, and of the kind asked for. */
gboolean far_template_check_kind (FarTemplateReader *reader, const FarYamlNode *node,
                                  const char *what, FarYamlKind kind);
/* ret_text is borrowed from the node. */
gboolean far_template_read_text  (FarTemplateReader *reader, const FarYamlNode *node,
                                  const char *what, gsize len_max, const char **ret_text);
gboolean far_template_read_uint  (FarTemplateReader *reader, const FarYamlNode *node,
                                  const char *what, guint min, guint max, guint *ret_value);
gboolean far_template_read_bool  (FarTemplateReader *reader, const FarYamlNode *node,
                                  const char *what, gboolean *ret_value);
/* The value of a key that must be there. */
FarYamlNode *far_template_need   (FarTemplateReader *reader, const FarYamlNode *mapping,
                                  const char *where, const char *key);

void     far_template_event_free    (FarTemplateEvent *event);
void     far_template_service_free  (FarTemplateService *service);
void     far_template_store_free    (FarTemplateStore *store);

/* far-template-function.c */
gboolean far_template_check_globals (FarTemplateReader *reader, const FarYamlNode *globals);
/* globals: (nullable): the node under Globals.Function. */
FarTemplateFunction *
         far_template_read_function (FarTemplateReader *reader, const FarYamlNode *id,
                                     const FarYamlNode *resource, const FarYamlNode *globals);
/* far-template-events.c */
gboolean far_template_read_events   (FarTemplateReader *reader, const FarYamlNode *events,
                                     GPtrArray *result);
/* The route with its parameters' names blanked: two that are equal would answer the same requests.
 * Returns: (transfer full) */
char    *far_template_event_shape   (const FarTemplateEvent *event);
/* far-template-faults.c: adds to reader->faults */
gboolean far_template_read_faults   (FarTemplateReader *reader, const FarYamlNode *list,
                                     const char *function);
/* Once every function was read: FALSE if one would hit nothing. */
gboolean far_template_check_faults  (FarTemplateReader *reader, FarTemplate *self);
/* far-template-queue.c. ret_arn, ret_name: freed by the caller. */
gboolean far_template_read_arn        (FarTemplateReader *reader, const FarYamlNode *node,
                                       const char *what, gboolean functions_too, char **ret_arn);
gboolean far_template_read_queue_name (FarTemplateReader *reader, const FarYamlNode *node,
                                       const char *what, char **ret_name);
FarQueueSpec *
         far_template_read_queue      (FarTemplateReader *reader, const FarYamlNode *id,
                                       const FarYamlNode *resource);
gboolean far_template_read_dead_letter (FarTemplateReader *reader, const FarYamlNode *node,
                                        FarTemplateFunction *function);
gboolean far_template_read_async      (FarTemplateReader *reader, const FarYamlNode *node,
                                       FarTemplateFunction *function);
gboolean far_template_read_url        (FarTemplateReader *reader, const FarYamlNode *node,
                                       FarTemplateFunction *function);
gboolean far_template_read_provisioned (FarTemplateReader *reader, const FarYamlNode *node,
                                        FarTemplateFunction *function);
/* far-template-metadata.c */
gboolean far_template_read_account  (FarTemplateReader *reader, const FarYamlNode *metadata,
                                     FarTemplate *self);
gboolean far_template_read_metadata (FarTemplateReader *reader, const FarYamlNode *metadata,
                                     FarTemplateFunction *function);

G_END_DECLS
