/* CRC-32 as x-amz-crc32 and gzip have it (reflected, 0xEDB88320). Any thread. */
#ifndef PENSTOCK_AWS_CRC32_H
#define PENSTOCK_AWS_CRC32_H

#include "base/bytes.h"

/* By carry-less multiplication where the processor has it, else zlib's. */
uint32_t crc32_compute(struct slice data);

#endif
