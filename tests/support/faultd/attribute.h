/* Random attributes of every DynamoDB type, as JSON text with the escapes and characters that break parsers.
 */
#ifndef PENSTOCK_FAULTD_ATTRIBUTE_H
#define PENSTOCK_FAULTD_ATTRIBUTE_H

#include "base/bytes.h"
#include "base/random.h"

enum { ATTRIBUTE_MOST_BYTES = 120 };

/* Appends `,"NAME":{...}`; `number` makes names distinct. At most ATTRIBUTE_MOST_BYTES. */
bool attribute_append(struct bytes *target, struct random *random, uint32_t number) MUST_USE;

/* Appends `,"text":{"S":"..."}` with about `bytes` bytes of text. */
bool attribute_append_filler(struct bytes *target, struct random *random, size_t bytes) MUST_USE;

#endif
