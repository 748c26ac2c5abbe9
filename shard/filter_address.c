#include "shard/filter_address.h"

#include <arpa/inet.h>

enum { V4_BITS = 32, V6_BITS = 128 };

static bool parse_address(struct slice text, unsigned char address[16], bool *ret_v6)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.length == 0 || memchr(text.at, '\0', text.length) != NULL ||
        !slice_copy_text(text, copy, sizeof copy)) {
        return false;
    }
    *ret_v6 = strchr(copy, ':') != NULL;
    return inet_pton(*ret_v6 ? AF_INET6 : AF_INET, copy, address) == 1;
}

bool filter_block_parse(struct slice text, struct filter_block *ret_block)
{
    const char *slash = text.length == 0 ? NULL : memchr(text.at, '/', text.length);
    if (slash == NULL) {
        return false;
    }
    size_t before = (size_t)(slash - text.at);
    struct slice digits = slice_of(slash + 1, text.length - before - 1);
    struct filter_block block = {.bits = 0};
    int64_t bits;
    if (!parse_address(slice_of(text.at, before), block.address, &block.v6) || digits.length == 0 ||
        digits.at[0] == '-' || !slice_parse_int64(digits, &bits) || bits > (block.v6 ? V6_BITS : V4_BITS)) {
        return false;
    }
    block.bits = (unsigned char)bits;
    *ret_block = block;
    return true;
}

bool filter_block_holds(const struct filter_block *block, struct slice text)
{
    unsigned char address[16];
    bool v6;
    if (!parse_address(text, address, &v6) || v6 != block->v6) {
        return false;
    }
    size_t whole = block->bits / 8;
    unsigned rest = block->bits % 8;
    if (memcmp(address, block->address, whole) != 0) {
        return false;
    }
    unsigned mask = (0xFF00u >> rest) & 0xFFu;
    return rest == 0 || (address[whole] & mask) == (block->address[whole] & mask);
}
