#include "shard/decode_usual.h"

#include "shard/decode_block.h"
#include "shard/decode_cursor.h"
#include "shard/decode_string.h"

/* Behind so many plain bytes the next character that is not is taken alone: blocks pay where they come close
 * together. */
enum { PLAIN_BYTES = 16 };

_Static_assert(DECODE_USUAL_NESTING < 64, "one bit a level");
_Static_assert(DECODE_NESTING - DECODE_USUAL_NESTING >= 0, "no deeper than the long way");

/* pass_text, from a character on that is not plain and no quote; `plain` so many plain bytes stand before it. */
static __attribute__((noinline)) const char *pass_mixed_text(const char *at, const char *end, ptrdiff_t plain)
{
    while (at < end && *at != '"') {
        const char *behind = plain < PLAIN_BYTES ? decode_block_pass(at, end) : at;
        if (behind == at) {
            behind = decode_string_pass_special(at, end);
        }
        if (behind == NULL) {
            return NULL;
        }
        at = json_scan(behind, end);
        plain = at - behind;
    }
    return at < end ? at + 1 : NULL;
}

/* From inside a string to behind its closing quote. */
static inline __attribute__((always_inline)) const char *pass_text(const char *at, const char *end)
{
    const char *behind = json_scan(at, end);
    return behind < end && *behind == '"' ? behind + 1 : pass_mixed_text(behind, end, behind - at);
}

/* Does `{"S":"` stand here, of any type of one capital letter? */
static inline bool opens_attribute(const char *at, const char *end)
{
    uint64_t word;
    uint64_t shape;
    uint64_t mask;
    if (end - at < (ptrdiff_t)sizeof word) {
        return false;
    }
    memcpy(&word, at, sizeof word);
    memcpy(&shape, "{\"\0\":\"\0\0", sizeof shape);
    memcpy(&mask, "\xFF\xFF\0\xFF\xFF\xFF\0\0", sizeof mask);
    return (word & mask) == shape && at[2] >= 'A' && at[2] <= 'Z';
}

static inline const char *pass_literal(const char *at, const char *end)
{
    if (end - at >= 5) {
        if (memcmp(at, "true", 4) == 0 || memcmp(at, "null", 4) == 0) {
            return at + 4;
        }
        if (memcmp(at, "false", 5) == 0) {
            return at + 5;
        }
    }
    return NULL;
}

static inline const char *pass_name(const char *at, const char *end)
{
    if (end - at < 2 || *at != '"') {
        return NULL;
    }
    at = pass_text(at + 1, end);
    return at != NULL && at < end && *at == ':' ? at + 1 : NULL;
}

/* Behind the comma or all of the brackets that end values here. The innermost container's bit is the lowest. */
static inline const char *pass_ends(const char *at, const char *end, uint64_t *objects, unsigned *depth)
{
    for (; *depth > 0; at++) {
        if (at == end) {
            return NULL;
        }
        if (*at == ',') {
            return at + 1;
        }
        if (*at != ((*objects & 1) != 0 ? '}' : ']')) {
            return NULL;
        }
        *objects >>= 1;
        --*depth;
    }
    return at;
}

/* Passes over a value that holds no other; or enters a container, whose first item or end is then to come. */
static inline const char *pass_value(const char *at, const char *end, uint64_t *objects, unsigned *depth,
                                     bool *ret_entered)
{
    *ret_entered = false;
    if (opens_attribute(at, end)) {
        at = pass_text(at + 6, end);
        return at != NULL && at < end && *at == '}' ? at + 1 : NULL;
    }
    if (*at == '"') {
        return pass_text(at + 1, end);
    }
    if (*at != '{' && *at != '[') {
        return pass_literal(at, end);
    }
    if (*depth == DECODE_USUAL_NESTING) {
        return NULL;
    }
    *objects = *objects << 1 | (*at == '{');
    ++*depth;
    at++;
    *ret_entered = at < end && *at != ((*objects & 1) != 0 ? '}' : ']');
    return at;
}

const char *decode_usual_container(const char *at, const char *end)
{
    uint64_t objects = 0;
    unsigned depth = 0;
    do {
        bool entered;
        if ((objects & 1) != 0) {
            at = pass_name(at, end);
        }
        if (at == NULL || at == end) {
            return NULL;
        }
        at = pass_value(at, end, &objects, &depth, &entered);
        if (at != NULL && !entered) {
            at = pass_ends(at, end, &objects, &depth);
        }
    } while (at != NULL && depth > 0);
    return at;
}
