/* The seed of a random unit test: PENSTOCK_TEST_SEED when set, else a new one; printed, so that a failure can
 * be played again. */
#ifndef PENSTOCK_TESTS_UNIT_SEED_H
#define PENSTOCK_TESTS_UNIT_SEED_H

#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"

static inline uint64_t test_seed(void)
{
    const char *given = getenv("PENSTOCK_TEST_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : random_seed_from_system();
    printf("seed: PENSTOCK_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

#endif
