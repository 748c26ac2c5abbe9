/* A small seeded generator for jitter, choices and tests (splitmix64). Not for secrets. One generator belongs
 * to one thread. */
#ifndef PENSTOCK_BASE_RANDOM_H
#define PENSTOCK_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

void random_init(struct random *random, uint64_t seed);

/* 64 bits from the operating system; aborts when it has none, which Linux never does after boot. */
uint64_t random_seed_from_system(void);

uint64_t random_next(struct random *random);

/* Uniform in [0, bound); 0 when bound is 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Uniform in [0, 1). */
double random_unit(struct random *random);

/* `length` lower-case hexadecimal digits and a NUL into `text` (length + 1 bytes). */
void random_hex(struct random *random, char *text, size_t length);

#endif
