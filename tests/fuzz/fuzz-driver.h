/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a fuzz target is: libFuzzer's entry point. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Returns 0. Finds a fault by aborting. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
