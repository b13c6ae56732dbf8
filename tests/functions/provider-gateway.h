/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A gateway with one function behind it, the test payment provider, in a thread of the test: what
 * the functions' real HTTP client speaks to. */
#pragma once

#include "function-harness.h"

#define GATEWAY_KEY "sk_test_of_the_tests"

typedef struct _ProviderGateway ProviderGateway;

/* Points FARTHING_SERVICE_GATEWAY at itself. */
ProviderGateway *provider_gateway_new   (void);
void             provider_gateway_free  (ProviderGateway *self);
Harness         *provider_gateway_harness (ProviderGateway *self);
/* The next requests are answered with this status and nothing done; 0: as usual again. */
void             provider_gateway_break (ProviderGateway *self, guint status);
guint            provider_gateway_n_requests (ProviderGateway *self);
/* Closes the provider and opens it again on the same books. */
void             provider_gateway_restart (ProviderGateway *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProviderGateway, provider_gateway_free)
