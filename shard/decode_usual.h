/* The short way over JSON that is written as DynamoDB writes it: without white space, plain names and numbers, items of
 * objects, arrays, texts, true, false and null, not nested too deep. Only where a thing ends is told, so all of the
 * state stays in registers. NULL: it is written otherwise, or wrong. The caller then goes the long way of
 * shard/decode_cursor.h from the same byte, which takes anything and tells what is wrong; what is passed here that
 * passes there too. Nothing at or beyond `end` is read. For the decoder's own files. Any thread.
 */
#ifndef PENSTOCK_SHARD_DECODE_USUAL_H
#define PENSTOCK_SHARD_DECODE_USUAL_H

#include "base/bytes.h"
#include "base/json_scan.h"

enum { DECODE_USUAL_NESTING = 60 };

/* Behind the object or array that opens at `at`, which is not `end`. */
const char *decode_usual_container(const char *at, const char *end) MUST_USE;

/* From an object's bracket, or from the comma behind a member that was passed over, to the member's value, which is
 * not white space. *ret_name is plain. */
static inline MUST_USE const char *decode_usual_member(const char *at, const char *end, bool first,
                                                       struct slice *ret_name)
{
    if (end - at < 2 || at[0] != (first ? '{' : ',') || at[1] != '"') {
        return NULL;
    }
    const char *name = at + 2;
    const char *quote = json_scan(name, end);
    if (end - quote < 3 || quote[0] != '"' || quote[1] != ':' || (unsigned char)quote[2] <= ' ') {
        return NULL;
    }
    *ret_name = slice_of(name, (size_t)(quote - name));
    return quote + 2;
}

/* Behind the plain text or the whole, positive number at `at`. */
static inline MUST_USE const char *decode_usual_scalar(const char *at, const char *end)
{
    if (at < end && *at == '"') {
        const char *quote = json_scan(at + 1, end);
        return quote < end && *quote == '"' ? quote + 1 : NULL;
    }
    if (at == end || *at < '1' || *at > '9') {
        return NULL;
    }
    do {
        at++;
    } while (at < end && *at >= '0' && *at <= '9');
    return at < end && (*at == ',' || *at == '}') ? at : NULL;
}

#endif
