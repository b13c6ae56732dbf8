/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A publication's template: the part of AWS SAM that Farthing runs.
 *
 * AWS::Serverless::Function with CodeUri, Handler, Runtime, MemorySize, Timeout, Environment,
 * Description, ReservedConcurrentExecutions, ProvisionedConcurrencyConfig, EventInvokeConfig,
 * DeadLetterQueue, FunctionUrlConfig, Events (HttpApi, Schedule, SQS) and Metadata.Farthing;
 * Globals.Function; AWS::SQS::Queue; !GetAtt ID.Arn where a queue or a function is named.
 * Anything else is an error that says file, line, column, what, why, and what to do: a template is
 * never half understood. A FarTemplate is immutable once read; any thread may read it. */
#pragma once

#include <glib-object.h>

#include "platform/far-fault.h"
#include "platform/far-queue.h"
#include "platform/far-schedule.h"

G_BEGIN_DECLS

#define FAR_TEMPLATE_ERROR (far_template_error_quark ())
GQuark far_template_error_quark (void);
typedef enum {
  FAR_TEMPLATE_ERROR_READ,        /* the file cannot be read, or is too large */
  FAR_TEMPLATE_ERROR_SYNTAX,      /* not YAML, or YAML that is not taken (anchors, duplicates) */
  FAR_TEMPLATE_ERROR_UNSUPPORTED, /* a resource type, property or intrinsic that is not known */
  FAR_TEMPLATE_ERROR_VALUE,       /* a known property with a value that cannot be */
} FarTemplateError;

#define FAR_TEMPLATE_SIZE_MAX (1024 * 1024)
#define FAR_TEMPLATE_DEPTH_MAX 32
#define FAR_TEMPLATE_FUNCTIONS_MAX 200
#define FAR_TEMPLATE_EVENTS_MAX 64   /* of one function */
#define FAR_TEMPLATE_SERVICES_MAX 8  /* of one function */
#define FAR_TEMPLATE_COMMANDS_MAX 64 /* of one service */
#define FAR_TEMPLATE_FAULTS_MAX 32
#define FAR_TEMPLATE_STORES_MAX 8    /* of one function */
#define FAR_TEMPLATE_BODY_MAX 1024   /* bytes of WithoutSecrets */
/* Lambda's own limits. */
#define FAR_TEMPLATE_MEMORY_MB_MIN 128
#define FAR_TEMPLATE_MEMORY_MB_MAX 10240
#define FAR_TEMPLATE_MEMORY_MB_DEFAULT 128
#define FAR_TEMPLATE_TMP_MB_MIN 512 /* and if nothing is said */
#define FAR_TEMPLATE_TMP_MB_MAX 10240
#define FAR_TEMPLATE_TIMEOUT_S_MAX 900
#define FAR_TEMPLATE_TIMEOUT_S_DEFAULT 3
#define FAR_TEMPLATE_CONCURRENCY_MAX 1000
#define FAR_TEMPLATE_ACCOUNT_CONCURRENCY_MIN 200
#define FAR_TEMPLATE_ACCOUNT_CONCURRENCY_MAX 100000
#define FAR_TEMPLATE_REQUESTS_MIN 10 /* a second, of each unit of concurrency: Lambda's */
#define FAR_TEMPLATE_REQUESTS_MAX 100000
#define FAR_TEMPLATE_ENV_BYTES_MAX 4096

typedef enum {
  FAR_TEMPLATE_EVENT_HTTP,
  FAR_TEMPLATE_EVENT_SCHEDULE,
  FAR_TEMPLATE_EVENT_QUEUE,
} FarTemplateEventKind;

typedef struct {
  char                 *name; /* the key under Events */
  FarTemplateEventKind  kind;
  char                 *method;   /* HTTP: "GET", … or "ANY"; upper case */
  char                 *path;     /* HTTP: "/articles/{id}", "/static/{proxy+}"; "$default" takes
                                   * what no other route does */
  FarSchedule          *schedule; /* schedule */
  char                 *input;    /* schedule, nullable: constant JSON sent instead of the event */
  char                 *queue;    /* queue: its name; and how it is read (far-event-source.h) */
  guint                 batch_size;
  guint                 window_s;
  guint                 concurrency_max;
  gboolean              report_failures;
  gboolean              enabled;
} FarTemplateEvent;

typedef struct {
  char  *name;     /* "bookkeeper", "gateway" */
  char **commands; /* what the function may ask of it; empty = nothing to choose from */
} FarTemplateService;

typedef struct {
  char     *name;
  char     *path;  /* absolute, on the host */
  char     *mount; /* absolute, inside the instance */
  gboolean  writable;
} FarTemplateStore;

/* What becomes of asynchronous events (EventInvokeConfig). */
typedef struct {
  gboolean set;
  int      retries;    /* -1 = Lambda's default, 2 */
  int      age_s;      /* 0 = Lambda's default, six hours */
  char    *on_success; /* nullable: ARN of a queue or a function */
  char    *on_failure; /* nullable */
  gint64   modified_us;
} FarTemplateAsync;

typedef struct {
  gboolean set;
  gboolean iam;    /* AuthType AWS_IAM; else NONE */
  gboolean stream; /* InvokeMode RESPONSE_STREAM */
  char    *cors;   /* nullable: far-cors.h */
  gint64   created_us;
  gint64   modified_us;
} FarTemplateUrl;

typedef struct {
  char      *name;     /* the resource's logical id: [A-Za-z0-9]{1,64}; of functions that the API
                        * made, [A-Za-z0-9-_]{1,64} */
  char      *description; /* nullable */
  char      *alias;       /* nullable: another name for $LATEST */
  char      *code_dir; /* absolute */
  char      *handler;
  char      *runtime;  /* "provided.al2023" */
  guint      memory_mb;
  guint      tmp_mb;   /* of /tmp */
  guint      timeout_s;
  int        reserved_concurrency; /* -1 = none; 0 = every request is throttled */
  guint      provisioned;          /* instances kept ready */
  FarTemplateAsync async;
  FarTemplateUrl   url;
  char      *dead_letter; /* nullable: ARN of a queue */
  /* Of functions that the API made or changed; empty for others. */
  gboolean   made;        /* it stands in no template */
  char      *role;        /* nullable */
  char      *code_sha256; /* nullable: base64, of the zip */
  gint64     code_size;   /* of the zip */
  gint64     modified_us; /* 0 = never */
  char     **env;                  /* "NAME=value", Globals first where not overridden */
  gboolean   fork_server;
  char     **egress;   /* (nullable): where it may reach (far-egress.h) */
  /* (nullable): the JSON that its routes answer (503) while a secret that it needs is missing */
  char      *without_secrets;
  gboolean   freeze;   /* its instances stand still between calls, as on Lambda */
  GPtrArray *events;   /* (element-type FarTemplateEvent), in the order of the file */
  GPtrArray *services; /* (element-type FarTemplateService) */
  GPtrArray *stores;   /* (element-type FarTemplateStore) */
  guint      line;     /* where it stands, from 1 */
} FarTemplateFunction;

typedef struct _FarTemplate FarTemplate;

/* Why Lambda would refuse a variable of this name, or NULL. */
const char          *far_template_refuses_variable (const char *name);
/* How many bytes Lambda measures of variables ("NAME=VALUE"): those of a JSON object of them. */
gsize                far_template_measure_env      (GPtrArray *env);
/* Whether functions of this runtime run here. */
gboolean             far_template_knows_runtime    (const char *runtime);
/* Without a name, and with Lambda's defaults. Returns: (transfer full) */
FarTemplateFunction *far_template_function_new     (void);
/* Its events, services and stores are shared, everything else is copied.
 * Returns: (transfer full) */
FarTemplateFunction *far_template_function_copy (const FarTemplateFunction *function);
void                 far_template_function_free (FarTemplateFunction *function);

/* Reads and checks a whole file. That CodeUri and store folders exist is the caller's to check:
 * they may be built later. Returns: (transfer full) */
FarTemplate *far_template_load        (const char *path, GError **error);
/* name stands in errors; base_dir is what relative paths start from. */
FarTemplate *far_template_parse       (const char *text, gsize n_bytes, const char *name,
                                       const char *base_dir, GError **error);
FarTemplate *far_template_ref         (FarTemplate *self);
void         far_template_unref       (FarTemplate *self);

const char  *far_template_get_path        (FarTemplate *self); /* absolute, or the name given */
const char  *far_template_get_base_dir    (FarTemplate *self);
const char  *far_template_get_description (FarTemplate *self); /* nullable */
/* Metadata.Farthing.Account: the account's quotas, Lambda's where they are not given.
 * ConcurrentExecutions, and RequestsPerConcurrency, which on Lambda cannot be raised: for templates
 * in which a function with a reserve stands in for something that does not run on Lambda. */
guint        far_template_get_account_concurrency (FarTemplate *self);
guint        far_template_get_account_requests    (FarTemplate *self);

guint               far_template_n_faults     (FarTemplate *self);
const FarFaultSpec *far_template_get_fault    (FarTemplate *self, guint index);

/* In the order of the file; names and routes are unique across the template. */
guint                      far_template_n_functions   (FarTemplate *self);
const FarTemplateFunction *far_template_get_function  (FarTemplate *self, guint index);
const FarTemplateFunction *far_template_find_function (FarTemplate *self, const char *name);
/* route: "GET /articles/{id}" as it stands there, or "$default". */
gboolean                   far_template_has_route     (FarTemplate *self, const char *route);

guint                      far_template_n_queues      (FarTemplate *self);
const FarQueueSpec        *far_template_get_queue     (FarTemplate *self, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTemplate, far_template_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarTemplateFunction, far_template_function_free)

G_END_DECLS
