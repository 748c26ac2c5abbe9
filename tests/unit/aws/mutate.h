/* Foreign bytes for parsers: a sample with a few seeded changes, or plain noise. */
#ifndef PENSTOCK_TESTS_UNIT_AWS_MUTATE_H
#define PENSTOCK_TESTS_UNIT_AWS_MUTATE_H

#include "base/bytes.h"
#include "base/random.h"

/* Fills `target` (of `size` bytes) and returns the length. The last byte before the end of `target` is the
 * text's last, so that reading on is seen by the address sanitizer: the caller allocates `size` on the heap.
 */
static inline struct slice mutate(struct random *random, const char *sample, char *target, size_t size)
{
    static const char spice[] = "{}[]\",:\\<>/&;# \n0e-.+nutrfalse";
    size_t length = strlen(sample);
    length = length < size ? length : size;
    char *text = target + size - length;
    memcpy(text, sample, length);
    if (random_below(random, 20) == 0) {
        for (size_t i = 0; i < length; i++) {
            text[i] = (char)random_next(random);
        }
    }
    for (uint64_t i = random_below(random, 4); i > 0 && length > 0; i--) {
        bool any = random_below(random, 4) == 0;
        text[random_below(random, length)] =
            any ? (char)random_next(random) : spice[random_below(random, sizeof spice - 1)];
    }
    if (random_below(random, 3) == 0 && length > 0) {
        size_t cut = (size_t)random_below(random, length + 1);
        memmove(target + size - cut, text, cut);
        return slice_of(target + size - cut, cut);
    }
    return slice_of(text, length);
}

#endif
