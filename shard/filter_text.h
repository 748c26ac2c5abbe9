/* Texts of a record against texts of a pattern, in place: nothing is copied or unescaped ahead.
 *
 * `raw` is the inside of a string of valid JSON, escapes as they are; `text` is a pattern's, plain UTF-8. Two texts are
 * equal when the characters behind the escapes are. Folded texts are in lower case already (filter_text_fold). Pure. */
#ifndef PENSTOCK_SHARD_FILTER_TEXT_H
#define PENSTOCK_SHARD_FILTER_TEXT_H

#include "base/bytes.h"

bool filter_text_equals(struct slice raw, struct slice text);
bool filter_text_starts(struct slice raw, struct slice text);
bool filter_text_ends(struct slice raw, struct slice text);

/* Without regard to case. */
bool filter_text_equals_folded(struct slice raw, struct slice folded);
bool filter_text_starts_folded(struct slice raw, struct slice folded);
bool filter_text_ends_folded(struct slice raw, struct slice folded);

/* Two texts of a record. */
bool filter_text_same(struct slice left_raw, struct slice right_raw);

/* Stands for any number of characters in a wildcard; no byte of UTF-8. */
enum { FILTER_TEXT_ANY = 0xFF };

/* Is `raw` like `wildcard`, which holds FILTER_TEXT_ANY? Takes its steps from *work, and says false with *work 0 when
 * there are not enough. */
bool filter_text_like(struct slice raw, struct slice wildcard, uint64_t *work);

/* Writes valid UTF-8 in lower case, which can be half as long again, into `target`. False: it has no room. */
bool filter_text_fold(struct slice text, char *target, size_t size, size_t *ret_length) MUST_USE;

#endif
