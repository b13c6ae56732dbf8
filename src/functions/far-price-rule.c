/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and applying the rules of prices (see the header). */
#include "functions/far-price-rule.h"

#include <string.h>

#define NAME_MAX_BYTES 40
#define DAY_US (24 * G_TIME_SPAN_HOUR)

static void
rule_free (gpointer data)
{
  FarPriceRule *self = data;

  g_free (self->name);
  g_strfreev (self->categories);
  g_strfreev (self->tags);
  g_free (self);
}

/* A condition on one of several names, each of which must be known; may be left out. */
static gboolean
take_names (FarFlatYaml         *row,
            const char          *key,
            const char *const   *known,
            char              ***ret_names,
            GError             **error)
{
  if (!far_flat_yaml_has (row, key))
    return TRUE;
  if (!far_flat_yaml_take_list (row, key, ret_names, error))
    return FALSE;
  for (guint i = 0; (*ret_names)[i] != NULL; i++)
    if (known == NULL || !g_strv_contains (known, (*ret_names)[i]))
      {
        g_autofree char *list = known != NULL ? g_strjoinv (", ", (char **) known) : NULL;

        return far_flat_yaml_refuse (row, key, error,
                                     "\"%s\" is not among the publication's %s%s%s",
                                     (*ret_names)[i], key,
                                     list != NULL ? ", which are " : "; write the list first",
                                     list != NULL ? list : "");
      }
  return TRUE;
}

static gboolean
take_days (FarFlatYaml  *row,
           const char   *key,
           gint64        least,
           gint64       *ret_days,
           GError      **error)
{
  *ret_days = -1;
  return !far_flat_yaml_has (row, key) ||
         far_flat_yaml_take_int (row, key, least, FAR_PRICE_AGE_DAYS_MAX, ret_days, error);
}

/* A name is shown beside prices, so it is short, and one of a kind. */
static gboolean
take_name (FarFlatYaml      *row,
           const GPtrArray  *before,
           char            **ret_name,
           GError          **error)
{
  if (!far_flat_yaml_take_string (row, "name", ret_name, error))
    return FALSE;
  if (strlen (*ret_name) > NAME_MAX_BYTES)
    return far_flat_yaml_refuse (row, "name", error,
                                 "a rule's name has at most %d bytes; shorten it", NAME_MAX_BYTES);
  for (guint i = 0; i < before->len; i++)
    if (g_str_equal (((FarPriceRule *) g_ptr_array_index (before, i))->name, *ret_name))
      return far_flat_yaml_refuse (row, "name", error,
                                   "two rules are called \"%s\"; give this one another name",
                                   *ret_name);
  return TRUE;
}

static gboolean
read_rule (FarFlatYaml        *row,
           FarPriceRule       *self,
           const GPtrArray    *before,
           const char *const  *categories,
           const char *const  *tags,
           gint64              price_max_micros,
           GError            **error)
{
  if (!take_name (row, before, &self->name, error) ||
      !take_names (row, "categories", categories, &self->categories, error) ||
      !take_names (row, "tags", tags, &self->tags, error) ||
      !take_days (row, "older_than_days", 0, &self->older_than_days, error) ||
      !take_days (row, "newer_than_days", 1, &self->newer_than_days, error) ||
      !far_flat_yaml_take_amount (row, "price", price_max_micros, &self->price_micros, error) ||
      !far_flat_yaml_finish (row, error))
    return FALSE;
  if (self->categories == NULL && self->tags == NULL && self->older_than_days < 0 &&
      self->newer_than_days < 0)
    return far_flat_yaml_refuse (row, NULL, error,
                                 "the rule \"%s\" has no condition and fits every article; write "
                                 "its price as the publication's \"price\", or add categories, "
                                 "tags, older_than_days or newer_than_days", self->name);
  if (self->older_than_days >= 0 && self->newer_than_days >= 0 &&
      self->newer_than_days <= self->older_than_days + 1)
    return far_flat_yaml_refuse (row, "newer_than_days", error,
                                 "no article is older than %" G_GINT64_FORMAT " days and newer "
                                 "than %" G_GINT64_FORMAT "; mend one of them",
                                 self->older_than_days, self->newer_than_days);
  return TRUE;
}

GPtrArray *
far_price_rules_read (FarFlatYaml        *yaml,
                      const char *const  *categories,
                      const char *const  *tags,
                      gint64              price_max_micros,
                      GError            **error)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func (rule_free);
  g_autoptr (GPtrArray) rows = NULL;

  g_return_val_if_fail (yaml != NULL && categories != NULL, NULL);

  if (!far_flat_yaml_take_rows (yaml, "price_rules", &rows, error))
    return NULL;
  for (guint i = 0; i < rows->len; i++)
    {
      FarPriceRule *rule = g_new0 (FarPriceRule, 1);
      gboolean read = read_rule (g_ptr_array_index (rows, i), rule, rules, categories, tags,
                                 price_max_micros, error);

      g_ptr_array_add (rules, rule);
      if (!read)
        return NULL;
    }
  return g_steal_pointer (&rules);
}

static gboolean
has_one_of (char *const *wanted,
            char *const *tags)
{
  for (guint i = 0; tags != NULL && tags[i] != NULL; i++)
    if (g_strv_contains ((const char *const *) wanted, tags[i]))
      return TRUE;
  return FALSE;
}

static gboolean
fits (const FarPriceRule    *self,
      const FarPriceSubject *subject,
      gint64                 age_days)
{
  return (self->categories == NULL ||
          g_strv_contains ((const char *const *) self->categories, subject->category)) &&
         (self->tags == NULL || has_one_of (self->tags, subject->tags)) &&
         (self->older_than_days < 0 || age_days > self->older_than_days) &&
         (self->newer_than_days < 0 || age_days < self->newer_than_days);
}

FarPrice
far_price_choose (const GPtrArray       *rules,
                  gint64                 default_micros,
                  const FarPriceSubject *subject,
                  gint64                 now_us)
{
  gint64 age_days;

  g_return_val_if_fail (subject != NULL, (FarPrice) { 0 });

  if (subject->own_micros > 0)
    return (FarPrice) { subject->own_micros, FAR_PRICE_FROM_ARTICLE, NULL };
  age_days = now_us / DAY_US - subject->day;
  for (guint i = 0; rules != NULL && i < rules->len; i++)
    {
      const FarPriceRule *rule = g_ptr_array_index (rules, i);

      if (fits (rule, subject, age_days))
        return (FarPrice) { rule->price_micros, FAR_PRICE_FROM_RULE, rule->name };
    }
  return (FarPrice) { default_micros, FAR_PRICE_FROM_DEFAULT, NULL };
}

const char *
far_price_from_to_name (FarPriceFrom from)
{
  static const char *const names[] = { "article", "rule", "default" };

  g_return_val_if_fail ((guint) from < G_N_ELEMENTS (names), "default");
  return names[from];
}
