#include "sink/pack.h"

uint64_t pack_billed_bytes(uint64_t bytes, size_t step)
{
    return step == 0 ? bytes : (bytes + step - 1) / step * step;
}

uint32_t pack_choose(const struct parcel_line *lines, uint32_t count, size_t limit, size_t step)
{
    uint64_t bytes = lines[0].length;
    uint64_t best_bytes = bytes;
    uint64_t best_billed = pack_billed_bytes(bytes, step);
    uint32_t best = 1;
    for (uint32_t i = 1; i < count; i++) {
        if (lines[i].offset != lines[0].offset + bytes) {
            return i;
        }
        bytes += lines[i].length;
        if (bytes > limit) {
            return best;
        }
        uint64_t billed = pack_billed_bytes(bytes, step);
        if (billed * best_bytes <= best_billed * bytes) { /* the part that is waste is no greater */
            best = i + 1;
            best_bytes = bytes;
            best_billed = billed;
        }
    }
    return count;
}
