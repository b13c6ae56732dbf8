/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control API's routes: method, path, parameters, body, handler. data/api/control.yaml says the
 * same for readers; a test holds the two together. */
#pragma once

#include "platform/far-control-private.h"

G_BEGIN_DECLS

typedef enum {
  FAR_CONTROL_BODY_NONE,
  FAR_CONTROL_BODY_OBJECT, /* a JSON object, read before the handler */
  FAR_CONTROL_BODY_EVENT,  /* any JSON, left as it came */
  FAR_CONTROL_BODY_UPLOAD, /* the same, with code in it */
} FarControlBody;

typedef struct {
  const char        *method;
  const char        *path; /* one segment, or the last, may be {name} */
  FarControlBody     body;
  const char *const *query; /* NULL-terminated */
  FarControlHandler  handler;
  FarControlHandler  remote; /* nullable: for a deployment that has no single records; the others
                              * are answered by handler */
} FarControlRoute;

/* ret_name: (nullable) (out) (transfer full): the segment that stands for {name}. ret_known: the
 * path is there, whatever the method. HEAD is not taken. */
const FarControlRoute *far_control_find_route (const char *method, const char *path,
                                               char **ret_name, gboolean *ret_known);
guint                  far_control_n_routes   (void);
const FarControlRoute *far_control_nth_route  (guint index);

G_END_DECLS
