/* IP addresses and blocks of them ("10.0.0.0/24", "2001:db8::/32"). Pure. */
#ifndef PENSTOCK_SHARD_FILTER_ADDRESS_H
#define PENSTOCK_SHARD_FILTER_ADDRESS_H

#include "base/bytes.h"

/* A block; a single address has all its bits. */
struct filter_block {
    unsigned char address[16];
    unsigned char bits;
    bool v6;
};

/* False: `text` is no block. */
bool filter_block_parse(struct slice text, struct filter_block *ret_block) MUST_USE;

/* Does the block hold the address that `text` is? */
bool filter_block_holds(const struct filter_block *block, struct slice text);

#endif
