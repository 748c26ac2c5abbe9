#include "shard/decode_block.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

enum { BLOCK_BYTES = 32 };

/* What a byte may be behind a backslash: the bits of its two halves' rows that agree. */
enum {
    CLASS_2 = 0x01, /* " / */
    CLASS_5 = 0x02, /* \ */
    CLASS_6 = 0x04, /* b f n */
    CLASS_7 = 0x08, /* r t */
    CLASS_SHORT = CLASS_2 | CLASS_5 | CLASS_6 | CLASS_7,
    CLASS_U = 0x10,
    CLASS_DIGIT = 0x20,
    CLASS_LETTER = 0x40, /* a to f, A to F */
    CLASS_HEX = CLASS_DIGIT | CLASS_LETTER,
};

/* A bit for each byte whose highest bit is set, the first byte's lowest. */
AVX2 static inline uint64_t bits_of(__m256i bytes)
{
    return (uint32_t)_mm256_movemask_epi8(bytes);
}

AVX2 static inline uint64_t bits_of_any(__m256i bytes, int mask)
{
    __m256i none =
        _mm256_cmpeq_epi8(_mm256_and_si256(bytes, _mm256_set1_epi8((char)mask)), _mm256_setzero_si256());
    return (uint32_t)~_mm256_movemask_epi8(none);
}

/* The bytes behind the backslash that begins an escape. Of a run of backslashes every second one does: an addition
 * carries through the runs that begin at an odd place (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019). */
static inline uint64_t find_escaped(uint64_t slashes)
{
    const uint64_t even = 0x5555555555555555u;
    uint64_t behind = slashes << 1;
    uint64_t odd_starts = slashes & ~even & ~behind;
    return (even ^ ((odd_starts + slashes) << 1)) & behind;
}

AVX2 static inline __m256i classify(__m256i block)
{
    const __m256i low = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(CLASS_DIGIT, CLASS_DIGIT | CLASS_LETTER, CLASS_2 | CLASS_6 | CLASS_7 | CLASS_HEX,
                      CLASS_HEX, CLASS_7 | CLASS_HEX, CLASS_U | CLASS_HEX, CLASS_6 | CLASS_HEX, CLASS_DIGIT,
                      CLASS_DIGIT, CLASS_DIGIT, 0, 0, CLASS_5, 0, CLASS_6, CLASS_2));
    const __m256i high = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, CLASS_2, CLASS_DIGIT, CLASS_LETTER, CLASS_5, CLASS_6 | CLASS_LETTER,
                      CLASS_7 | CLASS_U, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m256i half = _mm256_set1_epi8(0x0F);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(block, half)),
                            _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(block, 4), half)));
}

/* The backslashes of escapes that are wrong, not whole within the block, or perhaps half of a surrogate pair. */
AVX2 static inline uint64_t find_unsound_escapes(__m256i block, uint64_t escaped)
{
    __m256i classes = classify(block);
    uint64_t hex = bits_of_any(classes, CLASS_HEX);
    uint64_t d =
        bits_of(_mm256_cmpeq_epi8(_mm256_or_si256(block, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('d')));
    uint64_t four = (hex & ~d) >> 1 & hex >> 2 & hex >> 3 & hex >> 4;
    uint64_t sound = bits_of_any(classes, CLASS_SHORT) | (bits_of_any(classes, CLASS_U) & four);
    return (escaped & ~sound) >> 1;
}

/* Bytes from 0x80 on that are not of a character of two or three bytes, whole within the block, whose second byte has no
 * special range: as decode_string_pass_utf8. */
AVX2 static inline uint64_t find_unsound_utf8(__m256i block)
{
    /* As signed bytes: 0x80 to 0xBF are below -64, the leads of two from -62, those of three from -32 to -17. */
    uint64_t more = bits_of(_mm256_cmpgt_epi8(_mm256_set1_epi8(-64), block));
    uint64_t from_two = bits_of(_mm256_and_si256(block, _mm256_cmpgt_epi8(block, _mm256_set1_epi8(-63))));
    uint64_t from_three = bits_of(_mm256_and_si256(block, _mm256_cmpgt_epi8(block, _mm256_set1_epi8(-33))));
    uint64_t from_four = bits_of(_mm256_and_si256(block, _mm256_cmpgt_epi8(block, _mm256_set1_epi8(-17))));
    uint64_t special = bits_of(_mm256_or_si256(_mm256_cmpeq_epi8(block, _mm256_set1_epi8((char)0xE0)),
                                               _mm256_cmpeq_epi8(block, _mm256_set1_epi8((char)0xED))));
    uint64_t two = from_two & ~from_three & more >> 1;
    uint64_t three = from_three & ~from_four & ~special & more >> 1 & more >> 2;
    return bits_of(block) & ~(two | two << 1 | three | three << 1 | three << 2);
}

/* How many bytes from the block's first on are sound and of whole characters, up to a quote that ends the string. */
AVX2 static inline unsigned count_sound(__m256i block)
{
    uint64_t quotes = bits_of(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('"')));
    uint64_t slashes = bits_of(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('\\')));
    uint64_t low = bits_of(_mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), block)); /* and those from 0x80 on */
    uint64_t stops = 1ULL << BLOCK_BYTES;
    if ((quotes | slashes | low) != 0) {
        uint64_t escaped = find_escaped(slashes);
        uint64_t controls = low & ~bits_of(block);
        stops |=
            (quotes & ~escaped) | controls | find_unsound_escapes(block, escaped) | find_unsound_utf8(block);
    }
    return (unsigned)__builtin_ctzll(stops);
}

AVX2 static const char *pass_avx2(const char *at, const char *end)
{
    while (end - at >= BLOCK_BYTES) {
        unsigned sound = count_sound(_mm256_loadu_si256((const __m256i_u *)at));
        at += sound;
        if (sound < BLOCK_BYTES && (sound == 0 || *at == '"')) {
            break;
        }
    }
    return at;
}
#endif

const char *decode_block_pass(const char *at, const char *end)
{
#if defined(__x86_64__)
    if (end - at >= BLOCK_BYTES && __builtin_cpu_supports("avx2")) {
        return pass_avx2(at, end);
    }
#endif
    (void)end;
    return at;
}
