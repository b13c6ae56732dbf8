/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the parts of the control plane: one operation on its way, checked members of its body,
 * and the operations themselves. */
#pragma once

#include "base/far-json.h"
#include "platform/far-lambda-control.h"
#include "platform/far-routes.h"

G_BEGIN_DECLS

typedef struct _FarLambdaOp FarLambdaOp;

struct _FarLambdaControl {
  FarDispatcher *dispatcher;
  FarRegistry   *registry;
  FarQueues     *queues;
  FarEventSources *sources;
  char          *lambda_url;
  FarRoutes     *routes;
  GQueue         ops;
};

/* Ends with one of far_lambda_op_answer(), _error() or _stored(), which free it. */
struct _FarLambdaOp {
  GList             link;
  FarLambdaControl *control; /* NULL once that has gone */
  FarLambdaAnswer   answer;
  gpointer          user_data;
  char             *name;   /* of the function or mapping in the path; nullable */
  char             *query;
  JsonNode         *root;   /* nullable */
  JsonObject       *body;   /* an empty one where nothing was sent */
  guint             status; /* of the answer that waits for the disk */
  char             *text;
  gsize             n_text;
};

typedef void (*FarLambdaHandler) (FarLambdaOp *op);

void     far_lambda_op_answer (FarLambdaOp *op, guint status, FarJsonWriter *writer);
void     far_lambda_op_empty  (FarLambdaOp *op);
void     far_lambda_op_error  (FarLambdaOp *op, guint status, const char *type,
                               const char *format, ...) G_GNUC_PRINTF (4, 5);
/* Keeps the answer until far_lambda_op_stored(), a FarStoreDone with op as its data, is called.
 * writer: NULL for 204. */
void     far_lambda_op_keep   (FarLambdaOp *op, guint status, FarJsonWriter *writer);
void     far_lambda_op_stored (gpointer op, const GError *error);

/* The function of the path; NULL: it has been answered. */
FarFunction *far_lambda_op_function (FarLambdaOp *op);
gint64       far_lambda_op_now_us   (FarLambdaOp *op);

/* ---- Members of the body (far-lambda-read.c). FALSE: it has been answered. ---- */

/* TRUE if it is there and not null. */
#define far_lambda_has(op, name) far_json_has ((op)->body, name)
/* Only members of the NULL-terminated list may have a value. */
gboolean far_lambda_read_only   (FarLambdaOp *op, const char *const *known);
/* Untouched where it is not there. *ret_text is freed and replaced; "" becomes NULL. */
gboolean far_lambda_read_text   (FarLambdaOp *op, JsonObject *object, const char *name,
                                 gsize len_max, char **ret_text);
gboolean far_lambda_read_int    (FarLambdaOp *op, JsonObject *object, const char *name, gint64 min,
                                 gint64 max, gint64 *ret_value);
gboolean far_lambda_read_bool   (FarLambdaOp *op, JsonObject *object, const char *name,
                                 gboolean *ret_value);
/* *ret_object: NULL where it is not there. */
gboolean far_lambda_read_object (FarLambdaOp *op, JsonObject *object, const char *name,
                                 JsonObject **ret_object);
/* One of the NULL-terminated words; *ret_index untouched where it is not there. */
gboolean far_lambda_read_word   (FarLambdaOp *op, JsonObject *object, const char *name,
                                 const char *const *words, guint *ret_index);
/* {member: {inner: text}}, an ARN; "" or an object without it clears. */
gboolean far_lambda_read_inner  (FarLambdaOp *op, JsonObject *object, const char *name,
                                 const char *inner, char **ret_text);
/* Of GetX?MaxItems=&Marker=: FALSE if Marker is none of ours. */
gboolean far_lambda_read_page   (FarLambdaOp *op, guint *ret_first, guint *ret_max);
/* "2026-11-23T07:23:44.000+0000" */
void     far_lambda_add_time    (FarJsonWriter *writer, const char *name, gint64 time_us);
/* Seconds since the epoch as a number, as newer operations have it. */
void     far_lambda_add_epoch   (FarJsonWriter *writer, const char *name, gint64 time_us);

/* ---- Operations ---- */

void far_lambda_list_functions   (FarLambdaOp *op);
void far_lambda_create_function  (FarLambdaOp *op);
void far_lambda_get_function     (FarLambdaOp *op);
void far_lambda_delete_function  (FarLambdaOp *op);
void far_lambda_get_config       (FarLambdaOp *op);
void far_lambda_update_config    (FarLambdaOp *op);
void far_lambda_update_code      (FarLambdaOp *op);
void far_lambda_list_versions    (FarLambdaOp *op);
void far_lambda_get_account      (FarLambdaOp *op);

void far_lambda_put_concurrency     (FarLambdaOp *op);
void far_lambda_get_concurrency     (FarLambdaOp *op);
void far_lambda_delete_concurrency  (FarLambdaOp *op);
void far_lambda_put_provisioned     (FarLambdaOp *op);
void far_lambda_get_provisioned     (FarLambdaOp *op);
void far_lambda_delete_provisioned  (FarLambdaOp *op);
void far_lambda_put_async           (FarLambdaOp *op);
void far_lambda_update_async        (FarLambdaOp *op);
void far_lambda_get_async           (FarLambdaOp *op);
void far_lambda_delete_async        (FarLambdaOp *op);
void far_lambda_list_async          (FarLambdaOp *op);

void far_lambda_create_source (FarLambdaOp *op);
void far_lambda_get_source    (FarLambdaOp *op);
void far_lambda_update_source (FarLambdaOp *op);
void far_lambda_delete_source (FarLambdaOp *op);
void far_lambda_list_sources  (FarLambdaOp *op);

void far_lambda_create_url (FarLambdaOp *op);
void far_lambda_update_url (FarLambdaOp *op);
void far_lambda_get_url    (FarLambdaOp *op);
void far_lambda_list_urls  (FarLambdaOp *op);
void far_lambda_delete_url (FarLambdaOp *op);

/* far-lambda-settings.c, for far-lambda-functions.c: a spec's members out of the body. */
gboolean far_lambda_read_spec (FarLambdaOp *op, FarTemplateFunction *spec);

G_END_DECLS
