/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FarRoutes: a node a segment. Its children by text stand in a hash table; one child takes any
 * text ({name}); greedy routes ({name+}) and routes that end here stand by method. */
#include "platform/far-routes.h"

#include <string.h>

typedef struct _Node Node;
struct _Node {
  GHashTable *children; /* nullable: (element-type utf8 Node) */
  Node       *parameter;
  GHashTable *here;     /* nullable: method → FarRoute */
  GHashTable *greedy;
};

struct _FarRoutes {
  Node     *root;
  Node     *fallback; /* its "here" holds $default */
};

static void
route_free (gpointer data)
{
  FarRoute *route = data;

  g_strfreev (route->names);
  g_free (route->key);
  g_free (route);
}

static void
node_free (gpointer data)
{
  Node *node = data;

  if (node == NULL)
    return;
  g_clear_pointer (&node->children, g_hash_table_unref);
  node_free (node->parameter);
  g_clear_pointer (&node->here, g_hash_table_unref);
  g_clear_pointer (&node->greedy, g_hash_table_unref);
  g_free (node);
}

FarRoutes *
far_routes_new (void)
{
  FarRoutes *self = g_new0 (FarRoutes, 1);

  self->root = g_new0 (Node, 1);
  self->fallback = g_new0 (Node, 1);
  return self;
}

void
far_routes_free (FarRoutes *self)
{
  node_free (self->root);
  node_free (self->fallback);
  g_free (self);
}

static gboolean
table_add (GHashTable **table, const char *method, FarRoute *route)
{
  if (*table == NULL)
    *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, route_free);
  if (g_hash_table_contains (*table, method))
    {
      route_free (route);
      return FALSE;
    }
  return g_hash_table_insert (*table, g_strdup (method), route);
}

static Node *
child (Node *node, const char *text)
{
  Node *next;

  if (node->children == NULL)
    node->children = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, node_free);
  next = g_hash_table_lookup (node->children, text);
  if (next == NULL)
    {
      next = g_new0 (Node, 1);
      g_hash_table_insert (node->children, g_strdup (text), next);
    }
  return next;
}

gboolean
far_routes_add (FarRoutes *self, const char *method, const char *path, gpointer data)
{
  g_auto (GStrv) segments = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  FarRoute *route = g_new0 (FarRoute, 1);
  Node *node = self->root;
  gboolean greedy = FALSE;
  guint i;

  route->data = data;
  if (strcmp (path, "$default") == 0)
    {
      route->key = g_strdup (path);
      route->names = g_new0 (char *, 1);
      return table_add (&self->fallback->here, "ANY", route);
    }
  route->key = g_strdup_printf ("%s %s", method, path);
  segments = g_strsplit (path + 1, "/", FAR_ROUTE_SEGMENTS_MAX);
  for (i = 0; segments[i] != NULL; i++)
    {
      gsize n = strlen (segments[i]);

      if (n < 3 || segments[i][0] != '{' || segments[i][n - 1] != '}')
        {
          node = child (node, segments[i]);
          continue;
        }
      greedy = segments[i][n - 2] == '+';
      g_ptr_array_add (names, g_strndup (segments[i] + 1, n - (greedy ? 3 : 2)));
      if (greedy)
        break;
      if (node->parameter == NULL)
        node->parameter = g_new0 (Node, 1);
      node = node->parameter;
    }
  g_assert (names->len <= FAR_ROUTE_PARAMETERS_MAX);
  g_ptr_array_add (names, NULL);
  route->names = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
  return table_add (greedy ? &node->greedy : &node->here, method, route);
}

static const FarRoute *
table_find (GHashTable *table, const char *method)
{
  const FarRoute *route;

  if (table == NULL)
    return NULL;
  route = g_hash_table_lookup (table, method);
  return route != NULL ? route : g_hash_table_lookup (table, "ANY");
}

typedef struct {
  const char *method;
  char      **segments; /* unescaped */
  guint       n_segments;
  const char *values[FAR_ROUTE_PARAMETERS_MAX];
} Search;

static const FarRoute *
find_full (Node *node, Search *search, guint at, guint n_values)
{
  const FarRoute *route = NULL;
  Node *next;

  if (at == search->n_segments)
    return table_find (node->here, search->method);
  next = node->children != NULL ? g_hash_table_lookup (node->children, search->segments[at])
                                : NULL;
  if (next != NULL)
    route = find_full (next, search, at + 1, n_values);
  if (route == NULL && node->parameter != NULL && search->segments[at][0] != '\0'
      && n_values < FAR_ROUTE_PARAMETERS_MAX)
    {
      search->values[n_values] = search->segments[at];
      route = find_full (node->parameter, search, at + 1, n_values + 1);
    }
  return route;
}

/* The deepest greedy route. Its value starts at *ret_at. */
static const FarRoute *
find_greedy (Node *node, Search *search, guint at, guint n_values, guint *ret_at,
             guint *ret_n_values)
{
  const FarRoute *route = NULL;
  Node *next;

  if (at >= search->n_segments || n_values >= FAR_ROUTE_PARAMETERS_MAX)
    return NULL;
  next = node->children != NULL ? g_hash_table_lookup (node->children, search->segments[at])
                                : NULL;
  if (next != NULL)
    route = find_greedy (next, search, at + 1, n_values, ret_at, ret_n_values);
  if (route == NULL && node->parameter != NULL && search->segments[at][0] != '\0')
    {
      search->values[n_values] = search->segments[at];
      route = find_greedy (node->parameter, search, at + 1, n_values + 1, ret_at, ret_n_values);
    }
  if (route == NULL)
    {
      route = table_find (node->greedy, search->method);
      *ret_at = at;
      *ret_n_values = n_values;
    }
  return route;
}

static int
hex_value (char c)
{
  return g_ascii_isxdigit (c) ? g_ascii_xdigit_value (c) : -1;
}

gboolean
far_uri_unescape (char *text, gboolean plus_is_space)
{
  char *to = text;

  for (; *text != '\0'; text++, to++)
    {
      int high;
      int low;

      *to = plus_is_space && *text == '+' ? ' ' : *text;
      if (*text != '%')
        continue;
      high = hex_value (text[1]);
      low = high >= 0 ? hex_value (text[2]) : -1;
      if (low < 0 || (high == 0 && low == 0))
        return FALSE;
      *to = high * 16 + low;
      text += 2;
    }
  *to = '\0';
  return TRUE;
}

/* Splits in place at slashes, then unescapes. FALSE for what no path may have. */
static gboolean
split (char *path, char **segments, guint *ret_n)
{
  guint n = 0;
  char *at = path + 1;

  *ret_n = 0;
  if (path[0] != '/')
    return FALSE;
  if (path[1] == '\0')
    return TRUE;
  for (;;)
    {
      char *slash = strchr (at, '/');

      if (n == FAR_ROUTE_SEGMENTS_MAX)
        return FALSE;
      if (slash != NULL)
        *slash = '\0';
      segments[n++] = at;
      if (!far_uri_unescape (at, FALSE) || !g_utf8_validate (at, -1, NULL)
          || strcmp (at, ".") == 0 || strcmp (at, "..") == 0)
        return FALSE;
      if (slash == NULL)
        break;
      at = slash + 1;
    }
  *ret_n = n;
  return TRUE;
}

/* What a greedy parameter takes, joined again. path: a fresh copy of what was sent. */
static char *
join_rest (char **segments, guint at, guint n)
{
  GString *text = g_string_new (segments[at]);

  for (at++; at < n; at++)
    {
      g_string_append_c (text, '/');
      g_string_append (text, segments[at]);
    }
  return g_string_free (text, FALSE);
}

FarRouteResult
far_routes_match (FarRoutes *self, const char *method, const char *path,
                  FarRouteMatch *ret_match)
{
  g_autofree char *storage = g_strdup (path);
  char *segments[FAR_ROUTE_SEGMENTS_MAX];
  Search search = { .method = method, .segments = segments };
  const FarRoute *route;
  guint at = 0;
  guint n_values = 0;

  if (!split (storage, segments, &search.n_segments))
    return FAR_ROUTE_BAD_PATH;
  route = find_full (self->root, &search, 0, 0);
  if (route == NULL)
    {
      route = find_greedy (self->root, &search, 0, 0, &at, &n_values);
      if (route != NULL)
        {
          /* The joined rest goes behind the other values, in one allocation with them. */
          g_autofree char *rest = join_rest (segments, at, search.n_segments);
          gsize n_storage = strlen (path) + 1;
          gsize n_rest = strlen (rest) + 1;
          char *moved = g_malloc (n_storage + n_rest);
          guint i;

          memcpy (moved, storage, n_storage);
          memcpy (moved + n_storage, rest, n_rest);
          for (i = 0; i < n_values; i++)
            search.values[i] = moved + (search.values[i] - storage);
          search.values[n_values] = moved + n_storage;
          g_free (storage);
          storage = moved;
        }
    }
  if (route == NULL)
    route = table_find (self->fallback->here, "ANY");
  if (route == NULL)
    return FAR_ROUTE_NOT_FOUND;
  ret_match->route = route;
  memcpy (ret_match->values, search.values, sizeof search.values);
  ret_match->storage = g_steal_pointer (&storage);
  return FAR_ROUTE_FOUND;
}

void
far_route_match_clear (FarRouteMatch *match)
{
  g_clear_pointer (&match->storage, g_free);
}
