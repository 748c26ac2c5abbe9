/* UTF-8 (RFC 3629). Pure. */
#ifndef PENSTOCK_BASE_UTF8_H
#define PENSTOCK_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Writes the code point, of at most 0x10FFFF; returns how many bytes it takes. */
static inline size_t utf8_write(uint32_t point, char bytes[4])
{
    if (point < 0x80) {
        bytes[0] = (char)point;
        return 1;
    }
    size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--) {
        bytes[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    static const unsigned char leads[4] = {0, 0xC0, 0xE0, 0xF0};
    bytes[0] = (char)(leads[more] | point);
    return more + 1;
}

#endif
