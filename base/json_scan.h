/* Finding the end of a run of plain bytes in a JSON string, 16 or 8 bytes at a time.
 *
 * Plain is ASCII from 0x20 on without '"' and '\'. Everything else needs a look by the caller: quotes,
 * backslashes, control characters, and bytes from 0x80 on, whose UTF-8 is checked. The portable form is
 * always compiled, so that tests compare both on the same bytes. Never reads at or beyond `end`.
 */
#ifndef PENSTOCK_BASE_JSON_SCAN_H
#define PENSTOCK_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline bool json_scan_is_plain(char byte)
{
    return (unsigned char)byte >= 0x20 && (unsigned char)byte < 0x80 && byte != '"' && byte != '\\';
}

/* The high bit of each byte of the result is set where a byte of `word` is not plain; bits above the first
 * set one may be wrong (carries), so only the lowest counts. Little-endian. */
static inline uint64_t json_scan_word(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t highs = 0x8080808080808080u;
    uint64_t quotes = word ^ (ones * '"');
    uint64_t slashes = word ^ (ones * '\\');
    uint64_t below = (word - ones * 0x20) & ~word;
    return (((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes) | below | word) & highs;
}

/* The first byte from `at` on that is not plain, or `end`. */
static inline const char *json_scan_portable(const char *at, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t found = json_scan_word(word);
        if (found != 0) {
            return at + (__builtin_ctzll(found) >> 3);
        }
        at += 8;
    }
#endif
    while (at < end && json_scan_is_plain(*at)) {
        at++;
    }
    return at;
}

#if defined(__SSE2__)
/* A bit for each of the sixteen bytes at `at` that is not plain, the first byte's lowest. */
static inline unsigned json_scan_sixteen(const char *at)
{
    __m128i block = _mm_loadu_si128((const __m128i *)at);
    /* As signed bytes, those from 0x80 on are below a space too. */
    __m128i found = _mm_or_si128(
        _mm_cmpgt_epi8(_mm_set1_epi8(0x20), block),
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')), _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
    return (unsigned)_mm_movemask_epi8(found);
}
#endif

static inline const char *json_scan(const char *at, const char *end)
{
#if defined(__SSE2__)
    while (end - at >= 16) {
        unsigned mask = json_scan_sixteen(at);
        if (mask != 0) {
            return at + __builtin_ctz(mask);
        }
        at += 16;
    }
#endif
    return json_scan_portable(at, end);
}

#endif
