/* Letters without regard to case, beyond ASCII. Pure. */
#ifndef PENSTOCK_SHARD_FILTER_CASE_H
#define PENSTOCK_SHARD_FILTER_CASE_H

#include <stdint.h>

/* The lower case of a Unicode code point, where it is one code point too; else the point itself. */
uint32_t filter_case_lower(uint32_t point);

#endif
