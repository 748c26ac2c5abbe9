/* A shard's sequence numbers: 21 to 40 digits, rising, neither consecutive nor of one length. A number is
 * hi x 10^18 + low; low starts near its end, so hi grows (often by a digit) within a shard. */
#ifndef PENSTOCK_FAULTD_SEQUENCE_H
#define PENSTOCK_FAULTD_SEQUENCE_H

#include "base/bytes.h"

enum { SEQUENCE_BYTES = 41, SEQUENCE_HI_BYTES = 24, SEQUENCE_LOW_DIGITS = 18 };

struct sequence_space {
    uint64_t seed;
    uint64_t low; /* of the number just before the first record's */
    char hi[2][SEQUENCE_HI_BYTES]; /* before and after low overflows 10^18 */
    size_t hi_length[2];
};

/* A space for `records` numbers, the generation's above all of the one before. `ordinal` varies the rest. */
void sequence_space_init(struct sequence_space *space, uint64_t seed, uint32_t generation, uint32_t ordinal,
                         uint64_t records);

/* The number of record `index`, with a NUL; returns its length. Index -1 (UINT64_MAX) gives the start. */
size_t sequence_format(const struct sequence_space *space, uint64_t index, char text[SEQUENCE_BYTES]);

/* The index of the record with exactly this number among `records`; false when there is none. */
bool sequence_find(const struct sequence_space *space, struct slice text, uint64_t records,
                   uint64_t *ret_index) MUST_USE;

/* Compares two decimal texts by value, without leading zeros. */
int sequence_compare(struct slice left, struct slice right);

/* A well mixed 64-bit hash of two numbers: the generator of all that varies from record to record. */
static inline uint64_t sequence_mix(uint64_t a, uint64_t b)
{
    uint64_t x = a + 0x9E3779B97F4A7C15u * (b + 1);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

#endif
