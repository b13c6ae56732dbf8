/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads data/assumptions.ini, draws readers from it and lets them choose.
 *
 * Every key must be there and in range: an assumption that is missing would be one made silently
 * in the code. Floating point is right here, these are distributions; what is drawn is rounded down
 * to whole micros before it meets a price. */
#include "readers/far-assumptions.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

G_DEFINE_QUARK (far-assumptions-error-quark, far_assumptions_error)

#define SIGMA_MAX 5.0
#define AMOUNT_MAX 1e12 /* of anything drawn, so that sums stay far from int64's end */

char *
far_assumptions_bundled_text (void)
{
  g_autoptr (GBytes) bytes
      = g_resources_lookup_data (FAR_ASSUMPTIONS_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize n;
  const char *text;

  g_assert (bytes != NULL);
  text = g_bytes_get_data (bytes, &n);
  return g_strndup (text, n);
}

static gboolean
read_number (GKeyFile *file, const char *group, const char *key, double min, double max,
             double *ret, GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);
  char *end = NULL;
  double value;

  if (text == NULL)
    {
      g_set_error (error, FAR_ASSUMPTIONS_ERROR, FAR_ASSUMPTIONS_ERROR_VALUE,
                   "[%s] %s is missing: add it, as in the bundled assumptions", group, key);
      return FALSE;
    }
  value = g_ascii_strtod (text, &end);
  if (end == text || *end != '\0' || !(value >= min && value <= max))
    {
      g_set_error (error, FAR_ASSUMPTIONS_ERROR, FAR_ASSUMPTIONS_ERROR_VALUE,
                   "[%s] %s=%s: a number from %g to %g is needed", group, key, text, min, max);
      return FALSE;
    }
  *ret = value;
  return TRUE;
}

static gboolean
parse (FarAssumptions *self, GKeyFile *file, GError **error)
{
  const struct {
    const char *group;
    const char *key;
    double min;
    double max;
    double *value;
  } keys[] = {
    { "Readers", "returning", 0, 1, &self->returning },
    { "Readers", "leave_at_gate", 0, 1, &self->leave_at_gate },
    { "Worth", "median_micros", 1, AMOUNT_MAX, &self->worth_micros_dist.median },
    { "Worth", "sigma", 0, SIGMA_MAX, &self->worth_micros_dist.sigma },
    { "Paying", "never", 0, 1, &self->never_pays },
    { "Paying", "bother_median_micros", 0, AMOUNT_MAX, &self->bother_micros_dist.median },
    { "Paying", "bother_sigma", 0, SIGMA_MAX, &self->bother_micros_dist.sigma },
    { "Paying", "adds_method", 0, 1, &self->adds_method },
    { "Paying", "refund", 0, 1, &self->refund },
    { "Ads", "never", 0, 1, &self->never_watches },
    { "Ads", "second_median_micros", 0, AMOUNT_MAX, &self->second_micros_dist.median },
    { "Ads", "second_sigma", 0, SIGMA_MAX, &self->second_micros_dist.sigma },
    { "Ads", "patience_median_ms", 1, AMOUNT_MAX, &self->patience_ms_dist.median },
    { "Ads", "patience_sigma", 0, SIGMA_MAX, &self->patience_ms_dist.sigma },
    { "Pace", "think_mean_ms", 0, 600000, &self->think_mean_ms },
  };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (keys); i++)
    if (!read_number (file, keys[i].group, keys[i].key, keys[i].min, keys[i].max, keys[i].value,
                      error))
      return FALSE;
  return TRUE;
}

gboolean
far_assumptions_load (FarAssumptions *self, const char *path, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  FarAssumptions loaded = { 0 };
  gsize n = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  if (path == NULL)
    {
      text = far_assumptions_bundled_text ();
      n = strlen (text);
    }
  else if (!g_file_get_contents (path, &text, &n, &local))
    {
      g_set_error (error, FAR_ASSUMPTIONS_ERROR, FAR_ASSUMPTIONS_ERROR_READ, "%s",
                   local->message);
      return FALSE;
    }
  if (n > FAR_ASSUMPTIONS_BYTES_MAX
      || !g_key_file_load_from_data (file, text, n, G_KEY_FILE_NONE, &local))
    {
      g_set_error (error, FAR_ASSUMPTIONS_ERROR, FAR_ASSUMPTIONS_ERROR_READ,
                   "%s is not a file of assumptions: %s", path != NULL ? path : "(bundled)",
                   local != NULL ? local->message : "it is too large");
      return FALSE;
    }
  if (!parse (&loaded, file, &local))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local), "%s: ",
                                  path != NULL ? path : "(bundled)");
      return FALSE;
    }
  *self = loaded;
  return TRUE;
}

static gint64
draw_log_normal (const FarLogNormal *dist, FarRng *rng)
{
  double value = dist->median * exp (dist->sigma * far_rng_normal (rng));

  return (gint64) CLAMP (value, 0.0, AMOUNT_MAX);
}

void
far_reader_traits_draw (FarReaderTraits *traits, const FarAssumptions *assumptions, guint64 seed,
                        guint64 number)
{
  static const char label[] = "farthing simulated reader";
  guint64 which[2] = { GUINT64_TO_LE (seed), GUINT64_TO_LE (number) };
  FarRng rng;

  far_sha256_2 (label, sizeof label, which, sizeof which, traits->private_key);
  far_ed25519_public (traits->private_key, traits->public_key);
  /* An odd multiplier spreads neighbouring numbers over the generator's streams. */
  far_rng_init (&rng, seed ^ (number * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)), number);
  traits->never_pays = far_rng_unit (&rng) < assumptions->never_pays;
  traits->never_watches = far_rng_unit (&rng) < assumptions->never_watches;
  traits->adds_method = far_rng_unit (&rng) < assumptions->adds_method;
  traits->bother_micros = draw_log_normal (&assumptions->bother_micros_dist, &rng);
  traits->second_micros = draw_log_normal (&assumptions->second_micros_dist, &rng);
  traits->patience_ms = draw_log_normal (&assumptions->patience_ms_dist, &rng);
}

gint64
far_assumptions_draw_worth (const FarAssumptions *self, FarRng *rng)
{
  return draw_log_normal (&self->worth_micros_dist, rng);
}

FarChoice
far_reader_choose (const FarReaderTraits *traits, const FarGateOffer *offer, gint64 worth_micros)
{
  gint64 pledge_costs = G_MAXINT64;
  gint64 ad_costs = G_MAXINT64;

  if (offer->pledge && !traits->never_pays && offer->price_micros <= (gint64) AMOUNT_MAX)
    pledge_costs = offer->price_micros + traits->bother_micros;
  if (offer->ad && !traits->never_watches && offer->ad_duration_ms <= traits->patience_ms)
    ad_costs = traits->second_micros / 1000 * offer->ad_duration_ms
               + traits->second_micros % 1000 * offer->ad_duration_ms / 1000;
  if (MIN (pledge_costs, ad_costs) > worth_micros)
    return FAR_CHOICE_LEAVE;
  return pledge_costs <= ad_costs ? FAR_CHOICE_PLEDGE : FAR_CHOICE_WATCH;
}
