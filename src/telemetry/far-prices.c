/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Owns the dated price tables: data/prices.ini as it was built in, read once. */
#include "telemetry/far-price.h"

#include <string.h>

#include "base/far-clock.h"
#include "far-prices-resource.h"

#define RESOURCE "/io/github/farthing/telemetry/prices.ini"
#define PRICES_MAX 2000
#define DATE_LEN 10

G_DEFINE_QUARK (far-price-error-quark, far_price_error)

static void
price_free (gpointer data)
{
  FarPrice *price = data;

  g_free (price->region);
  g_free (price->architecture);
  g_free (price->since);
  g_free (price->source);
  g_free (price->read);
  g_free (price);
}

static gboolean
refuse (GError **error, const char *group, const char *what)
{
  g_set_error (error, FAR_PRICE_ERROR, FAR_PRICE_ERROR_FILE,
               "[%s]: %s; the head of data/prices.ini says how it is written", group, what);
  return FALSE;
}

/* "2022-08-01", the first µs of it in UTC. */
static gboolean
parse_date (const char *text, gint64 *ret_us)
{
  g_autofree char *time = g_strdup_printf ("%sT00:00:00Z", text);

  return strlen (text) == DATE_LEN && far_time_parse_rfc3339 (time, ret_us);
}

static gboolean
parse_number (const char *text, guint64 *ret_value)
{
  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64 / 2, ret_value, NULL);
}

/* "6000000000:16666700", in order; only the last may be without end, and it must be. */
static gboolean
parse_tiers (FarPrice *price, GKeyFile *file, const char *group)
{
  g_auto (GStrv) texts = g_key_file_get_string_list (file, group, "tiers", NULL, NULL);
  guint n = texts != NULL ? g_strv_length (texts) : 0, i;

  if (n == 0 || n > FAR_PRICE_TIERS_MAX)
    return FALSE;
  for (i = 0; i < n; i++)
    {
      g_auto (GStrv) parts = g_strsplit (texts[i], ":", 3);

      if (g_strv_length (parts) != 2 || !parse_number (parts[0], &price->tiers[i].gb_s) ||
          !parse_number (parts[1], &price->tiers[i].picodollars_per_gb_s) ||
          (price->tiers[i].gb_s == 0) != (i == n - 1))
        return FALSE;
    }
  price->n_tiers = n;
  return TRUE;
}

static gboolean
parse_free (FarPrice *price, GKeyFile *file, const char *group)
{
  g_auto (GStrv) texts = g_key_file_get_string_list (file, group, "free", NULL, NULL);

  return texts != NULL && g_strv_length (texts) == 2 &&
         parse_number (texts[0], &price->free_requests) &&
         parse_number (texts[1], &price->free_gb_s);
}

static gboolean
parse_price (FarPrice *price, GKeyFile *file, const char *group, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (group, "/", 4);
  gint64 read_us;

  if (g_strv_length (parts) != 3 || *parts[0] == '\0' || *parts[1] == '\0' ||
      !parse_date (parts[2], &price->since_us))
    return refuse (error, group, "a group is REGION/ARCHITECTURE/YEAR-MONTH-DAY");
  price->region = g_strdup (parts[0]);
  price->architecture = g_strdup (parts[1]);
  price->since = g_strdup (parts[2]);
  price->picodollars_per_million_requests = g_key_file_get_uint64 (file, group, "requests", NULL);
  price->provisioned_picodollars_per_gb_s = g_key_file_get_uint64 (file, group, "provisioned",
                                                                   NULL);
  price->ready_picodollars_per_gb_s = g_key_file_get_uint64 (file, group, "ready", NULL);
  price->source = g_key_file_get_string (file, group, "source", NULL);
  price->read = g_key_file_get_string (file, group, "read", NULL);
  if (price->picodollars_per_million_requests == 0)
    return refuse (error, group, "requests is missing, or no number");
  if (!parse_tiers (price, file, group))
    return refuse (error, group, "tiers are GB-SECONDS:PICODOLLARS, the last with 0 GB-seconds");
  if (!parse_free (price, file, group))
    return refuse (error, group, "free is REQUESTS;GB-SECONDS");
  if (price->source == NULL || !g_str_has_prefix (price->source, "https://") ||
      price->read == NULL || !parse_date (price->read, &read_us))
    return refuse (error, group, "source (https://…) and read (a date) must be there");
  return TRUE;
}

static int
compare_prices (gconstpointer a, gconstpointer b)
{
  const FarPrice *x = *(const FarPrice *const *) a, *y = *(const FarPrice *const *) b;
  int order = strcmp (x->region, y->region);

  if (order == 0)
    order = strcmp (x->architecture, y->architecture);
  return order != 0 ? order : (x->since_us > y->since_us) - (x->since_us < y->since_us);
}

GPtrArray *
far_prices_parse (const char *text, gsize n_bytes, GError **error)
{
  g_autoptr (GPtrArray) prices = g_ptr_array_new_with_free_func (price_free);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;
  gsize n, i;

  if (!g_key_file_load_from_data (file, text, n_bytes, G_KEY_FILE_NONE, error))
    return NULL;
  groups = g_key_file_get_groups (file, &n);
  if (n == 0 || n > PRICES_MAX)
    {
      refuse (error, "", n == 0 ? "there is no price" : "there are too many groups");
      return NULL;
    }
  for (i = 0; i < n; i++)
    {
      FarPrice *price = g_new0 (FarPrice, 1);

      g_ptr_array_add (prices, price);
      if (!parse_price (price, file, groups[i], error))
        return NULL;
    }
  g_ptr_array_sort (prices, compare_prices);
  return g_steal_pointer (&prices);
}

/* What is built in is held to its form by a test. */
static GPtrArray *
built_in (void)
{
  static gsize once;
  static GPtrArray *prices;

  if (g_once_init_enter (&once))
    {
      g_autoptr (GBytes) text = g_resource_lookup_data (far_prices_get_resource (), RESOURCE,
                                                        G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      gsize n_bytes;
      const char *data = g_bytes_get_data (text, &n_bytes);

      prices = far_prices_parse (data, n_bytes, NULL);
      g_assert (prices != NULL);
      g_once_init_leave (&once, 1);
    }
  return prices;
}

guint
far_price_n (void)
{
  return built_in ()->len;
}

const FarPrice *
far_price_nth (guint index)
{
  g_return_val_if_fail (index < built_in ()->len, NULL);

  return g_ptr_array_index (built_in (), index);
}

const FarPrice *
far_price_find (const char *region, const char *architecture, gint64 time_us)
{
  GPtrArray *prices = built_in ();
  const FarPrice *found = NULL;
  guint i;

  for (i = 0; i < prices->len; i++)
    {
      const FarPrice *price = g_ptr_array_index (prices, i);

      if (strcmp (price->region, region) == 0 &&
          strcmp (price->architecture, architecture) == 0 &&
          (found == NULL || price->since_us <= time_us))
        found = price;
    }
  return found;
}

const FarPrice *
far_price_at (gint64 time_us)
{
  const FarPrice *price = far_price_find (FAR_PRICE_REGION, FAR_PRICE_ARCHITECTURE, time_us);

  g_assert (price != NULL);
  return price;
}
