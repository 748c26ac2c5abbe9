/* Passing over text of JSON that has escapes and UTF-8 in it, 32 bytes at a time, where the CPU can (AVX2): without a
 * branch a character, which is what such text costs. The portable way is decode_string.h, a character at a time; what is passed
 * here passes there too. For the decoder's own files. Any thread.
 */
#ifndef PENSTOCK_SHARD_DECODE_BLOCK_H
#define PENSTOCK_SHARD_DECODE_BLOCK_H

#include "base/bytes.h"

/* `at` is at a character of a string, not within an escape. Returns the quote that ends the string; or a character that wants
 * a closer look, which may be `at` itself: one that is wrong, that is rare, or fewer than 32 bytes before `end`. Everything
 * between is sound. Nothing at or beyond `end` is read. */
const char *decode_block_pass(const char *at, const char *end) MUST_USE;

#endif
