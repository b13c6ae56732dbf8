/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an article costs. The article's own price wins; else the first rule of publication.yaml all
 * of whose conditions hold; else the publication's default. Every price says why it is this one.
 *
 * An article's age is counted in whole days of UTC from its date on, so that a price depends on the
 * publication and the day and on nothing else. Pure; immutable after reading. */
#pragma once

#include "functions/far-flat-yaml.h"

G_BEGIN_DECLS

#define FAR_PRICE_RULES_MAX FAR_FLAT_YAML_ROWS_MAX
#define FAR_PRICE_AGE_DAYS_MAX 36500
/* So long a price that a birthday has changed is still taken from whoever was shown it. */
#define FAR_PRICE_GRACE_US (15 * G_TIME_SPAN_MINUTE)

typedef struct {
  char   *name;
  char  **categories; /* NULL: any */
  char  **tags;       /* one of these; NULL: any or none */
  gint64  older_than_days; /* −1: of any age, here and below */
  gint64  newer_than_days;
  gint64  price_micros;
} FarPriceRule;

typedef enum {
  FAR_PRICE_FROM_ARTICLE,
  FAR_PRICE_FROM_RULE,
  FAR_PRICE_FROM_DEFAULT,
} FarPriceFrom;

typedef struct {
  gint64       micros;
  FarPriceFrom from;
  const char  *rule; /* its name; NULL unless from a rule; borrowed of the rules */
} FarPrice;

/* What of an article its price depends on. */
typedef struct {
  gint64       own_micros; /* 0: it names no price */
  const char  *category;
  char       **tags;       /* NULL: none */
  gint64       day;        /* its date, in days since 1970-01-01 */
} FarPriceSubject;

/* Reads the rows of "price_rules". Categories and tags must be among the known ones; tags may be
 * NULL. Returns: (element-type FarPriceRule) (transfer full): or NULL with FAR_PUBLICATION_ERROR */
GPtrArray  *far_price_rules_read   (FarFlatYaml           *yaml,
                                    const char *const     *categories,
                                    const char *const     *tags,
                                    gint64                 price_max_micros,
                                    GError               **error);
/* rules may be NULL; default_micros is 0 if there is none, and then so may be the price. */
FarPrice    far_price_choose       (const GPtrArray       *rules,
                                    gint64                 default_micros,
                                    const FarPriceSubject *subject,
                                    gint64                 now_us);
/* "article", "rule" or "default". */
const char *far_price_from_to_name (FarPriceFrom           from);

G_END_DECLS
