/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A publication read from its folder: publication.yaml, articles/ID.md, campaigns/ID.yaml, media/.
 * It is read whole and checked whole before any of it is used: every article has a price, its
 * picture exists, every campaign's categories are the publication's. The first thing that is wrong
 * is named with file and line.
 *
 * A FarPublication is immutable; the texts in it that are locked leave it through
 * far_article_write_body() and nothing else. One thread at a time. */
#pragma once

#include "functions/far-markdown.h"
#include "functions/far-price-rule.h"

G_BEGIN_DECLS

#define FAR_PUBLICATION_ARTICLES_MAX 2000
#define FAR_PUBLICATION_CAMPAIGNS_MAX 32 /* what one auction takes */
#define FAR_PUBLICATION_TEXT_MAX (256 * 1024)     /* bytes of one article or settings file */
#define FAR_PUBLICATION_MEDIA_MAX (4 * 1024 * 1024) /* bytes of one picture or film */
#define FAR_PUBLICATION_PRICE_MINIMUMS_MAX 200 /* of the provider's least charge: $100 */

typedef struct {
  char      *id;
  char      *title;
  char      *author;
  char      *date;     /* "2026-11-23" */
  char      *category;
  char      *summary;
  char      *picture;  /* a file in media/ */
  char      *picture_alt;
  char     **tags;     /* NULL: none */
  gint64     day;      /* its date, in days since 1970-01-01 */
  gint64     own_price_micros; /* 0: none; what it costs says far_publication_price() */
  guint      n_free;   /* the first so many blocks are free */
  guint      n_words;
  guint      n_words_locked;
  GPtrArray *blocks;   /* (element-type FarBlock) */
} FarArticle;

typedef struct {
  char    *id;
  char    *advertiser;
  char    *advertiser_name;
  char    *title;
  char    *creative;     /* a file in media/ */
  char    *content_type;
  char    *alt;          /* what the creative shows and says */
  char    *link;
  gboolean video;
  guint    duration_ms;
  gint64   total_bytes;  /* of the creative */
  char   **categories;
  gint64   bid_micros;   /* for one completed view */
  gint64   budget_micros;
  char    *currency;
} FarCampaign;

typedef struct {
  char      *folder;
  char      *id;
  char      *title;
  char      *tagline;
  char      *about;
  char      *publisher;      /* who is paid for it, as the books call them */
  char      *publisher_name; /* and as people do */
  char      *currency;
  gint64     price_max_micros; /* of an article or a view, in this currency */
  char      *support;
  char     **categories;
  char     **tags;           /* that articles may have; NULL: none */
  gint64     price_micros;   /* of an article that has none and fits no rule; 0: none */
  GPtrArray *price_rules;    /* (element-type FarPriceRule); NULL: none */
  gint64     ad_floor_micros; /* of one completed view */
  guint      fee_bps;
  char      *fee_receiver;
  guint      free_pledges;
  gint64     refund_window_s;
  gint64     least_charge_micros; /* of a card; 0: what the provider asks */
  gboolean   least_charge_own_risk; /* it may be less than that */
  gint64     reader_cap_micros; /* −1, here and below: as the books have it */
  gint64     tab_cap_micros;
  gint64     hour_cap_micros;
  gint64     network_cap;
  GPtrArray *articles;  /* (element-type FarArticle), newest first */
  GPtrArray *campaigns; /* (element-type FarCampaign), by id */
  GArray    *sources;   /* private: what it was read from */
} FarPublication;

/* Returns: (transfer full): or NULL with FAR_PUBLICATION_ERROR */
FarPublication    *far_publication_load          (const char      *folder,
                                                  GError         **error);
void               far_publication_free          (FarPublication  *self);
/* FALSE if a file was added, removed or changed since. A stat() for each file: no content. */
gboolean           far_publication_is_current    (FarPublication  *self);
/* NULL if there is none. */
const FarArticle  *far_publication_find_article  (FarPublication  *self,
                                                  const char      *id);
const FarCampaign *far_publication_find_campaign (FarPublication  *self,
                                                  const char      *id);
/* The article that shows a picture, and whether only its locked part does; NULL if none does.
 * Creatives are not found here. */
const FarArticle  *far_publication_find_picture  (FarPublication  *self,
                                                  const char      *file,
                                                  gboolean        *ret_locked);
/* What an article costs at that time, and why. */
FarPrice           far_publication_price         (const FarPublication *self,
                                                  const FarArticle     *article,
                                                  gint64                now_us);
/* Reads a file of media/ whose name stood in an article or campaign. "image/png" and the like are
 * told by the name. Returns: (transfer full) */
GBytes            *far_publication_read_media    (FarPublication  *self,
                                                  const char      *file,
                                                  GError         **error);
/* NULL for a kind that is not served. Returns: a static string. */
const char        *far_media_content_type        (const char      *file);

/* Writes price_micros, price_from and, if a rule made it, price_rule. */
void               far_price_write               (const FarPrice       *self,
                                                  FarJsonWriter        *writer);
/* The members that everyone may see: id title author date category tags summary picture picture_alt
 * price_micros price_from price_rule currency words words_locked. */
void               far_article_write_head        (const FarArticle     *self,
                                                  const FarPublication *publication,
                                                  gint64                now_us,
                                                  FarJsonWriter        *writer);
/* "free": the blocks before the lock. */
void               far_article_write_free        (const FarArticle     *self,
                                                  FarJsonWriter        *writer);
/* "body": the blocks behind it. Only for who is entitled. */
void               far_article_write_body        (const FarArticle     *self,
                                                  FarJsonWriter        *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FarPublication, far_publication_free)

G_END_DECLS
