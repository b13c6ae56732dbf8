/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Routes of an HTTP API and which of them takes a request: a tree of path segments.
 *
 * Precedence as API Gateway documents it: a full match before a greedy one before $default; among
 * full matches, from left to right, a segment's own text before a {parameter}; at the end, the
 * method before ANY. A branch that has the path but not the method is left for the next.
 *
 * Paths are split before they are unescaped, so that %2F never divides; what is no valid escape, no
 * UTF-8, a NUL, or a dot segment (also an escaped one) is refused before any match. Built once,
 * then read only; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define FAR_ROUTE_SEGMENTS_MAX 32
#define FAR_ROUTE_PARAMETERS_MAX 16

typedef struct _FarRoutes FarRoutes;

typedef struct {
  char    *key;     /* "GET /articles/{id}", "$default" */
  gpointer data;
  char   **names;   /* of its parameters, in order; NULL terminated */
} FarRoute;

typedef struct {
  const FarRoute *route;
  const char     *values[FAR_ROUTE_PARAMETERS_MAX]; /* unescaped, in the order of names */
  char           *storage; /* what values point into */
} FarRouteMatch;

typedef enum {
  FAR_ROUTE_FOUND,
  FAR_ROUTE_NOT_FOUND,
  FAR_ROUTE_BAD_PATH,
} FarRouteResult;

FarRoutes     *far_routes_new   (void);
void           far_routes_free  (FarRoutes *self);
/* path: "/a/{b}/{rest+}" or "$default"; method: upper case or "ANY". The template has checked both.
 * FALSE if the very same route is there already. */
gboolean       far_routes_add   (FarRoutes *self, const char *method, const char *path,
                                 gpointer data);
/* path: as sent, without query. ret_match is to be cleared if FOUND. */
FarRouteResult far_routes_match (FarRoutes *self, const char *method, const char *path,
                                 FarRouteMatch *ret_match);
void           far_route_match_clear (FarRouteMatch *match);

/* Unescapes %XX in place (and, for queries, '+'); FALSE if an escape is broken or gives NUL. */
gboolean       far_uri_unescape (char *text, gboolean plus_is_space);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarRoutes, far_routes_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FarRouteMatch, far_route_match_clear)

G_END_DECLS
