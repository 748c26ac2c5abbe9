#include "base/random.h"

#include <stdlib.h>
#include <sys/random.h>

void random_init(struct random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t random_seed_from_system(void)
{
    uint64_t seed = 0;
    if (getentropy(&seed, sizeof seed) != 0) {
        abort();
    }
    return seed;
}

/* splitmix64, Steele, Lea and Flood 2014. */
uint64_t random_next(struct random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    uint64_t z = random->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    if (bound == 0) {
        return 0;
    }
    return random_next(random) % bound;
}

double random_unit(struct random *random)
{
    return (double)(random_next(random) >> 11) * 0x1.0p-53;
}

void random_hex(struct random *random, char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        text[i] = "0123456789abcdef"[random_next(random) >> 60];
    }
    text[length] = '\0';
}
