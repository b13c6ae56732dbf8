/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What simulated readers are assumed to be like: the distributions of data/assumptions.ini, the
 * traits one reader draws from them, and the choice those traits make at the gate. Pure: the same
 * seed and number give the same reader. Amounts are micros; probabilities 0 to 1. */
#pragma once

#include "base/far-crypto.h"
#include "base/far-random.h"

G_BEGIN_DECLS

#define FAR_ASSUMPTIONS_ERROR (far_assumptions_error_quark ())
GQuark far_assumptions_error_quark (void);
typedef enum {
  FAR_ASSUMPTIONS_ERROR_READ,
  FAR_ASSUMPTIONS_ERROR_VALUE,
} FarAssumptionsError;

#define FAR_ASSUMPTIONS_RESOURCE "/io/github/farthing/readers/assumptions.ini"
#define FAR_ASSUMPTIONS_BYTES_MAX (64 * 1024)

typedef struct {
  double median;
  double sigma; /* of the logarithm */
} FarLogNormal;

typedef struct {
  double       returning;
  double       leave_at_gate;
  FarLogNormal worth_micros_dist;
  double       never_pays;
  FarLogNormal bother_micros_dist;
  double       adds_method;
  double       refund;
  double       never_watches;
  FarLogNormal second_micros_dist;
  FarLogNormal patience_ms_dist;
  double       think_mean_ms;
} FarAssumptions;

typedef struct {
  gboolean never_pays;
  gboolean never_watches;
  gboolean adds_method;
  gint64   bother_micros; /* of deciding to pay */
  gint64   second_micros; /* what a second of an ad costs this reader */
  gint64   patience_ms;
  guint8   private_key[FAR_ED25519_KEY_LEN];
  guint8   public_key[FAR_ED25519_KEY_LEN];
} FarReaderTraits;

typedef enum {
  FAR_CHOICE_LEAVE,
  FAR_CHOICE_PLEDGE,
  FAR_CHOICE_WATCH,
} FarChoice;

/* The gate's offer. */
typedef struct {
  gint64   price_micros;
  gboolean pledge;
  gboolean ad;
  gint64   ad_duration_ms; /* 0 = not known before the decision: taken as the shortest */
} FarGateOffer;

/* path: (nullable): the bundled file. FALSE with FAR_ASSUMPTIONS_ERROR naming group and key. */
gboolean  far_assumptions_load (FarAssumptions *self, const char *path, GError **error);
/* The bundled file as text. Returns: (transfer full) */
char     *far_assumptions_bundled_text (void);

/* Draws the traits and the device key of a reader. The key is a function of seed and number, so it
 * is worth nothing as a secret: simulated readers exist on test money only. */
void      far_reader_traits_draw (FarReaderTraits *traits, const FarAssumptions *assumptions,
                                  guint64 seed, guint64 number);
/* What one article is worth to whoever visits it. */
gint64    far_assumptions_draw_worth (const FarAssumptions *self, FarRng *rng);
FarChoice far_reader_choose (const FarReaderTraits *traits, const FarGateOffer *offer,
                             gint64 worth_micros);

G_END_DECLS
