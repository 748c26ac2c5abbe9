#include "aws/crc32.h"

#include <zlib.h>

#if defined(__x86_64__)
#include <immintrin.h>

enum { FOLD_BYTES = 64 };

__attribute__((target("pclmul"))) static inline __m128i fold(__m128i state, __m128i factors, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(state, factors, 0x00);
    __m128i high = _mm_clmulepi64_si128(state, factors, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

static inline __m128i load(const unsigned char *at)
{
    return _mm_loadu_si128((const __m128i_u *)at);
}

/* From 128 bits to 32 (Barrett). */
__attribute__((target("pclmul"))) static uint32_t reduce(__m128i state, __m128i factors)
{
    const __m128i low_halves = _mm_setr_epi32(~0, 0, ~0, 0);
    const __m128i last = _mm_set_epi64x(0, 0x0163cd6124);
    const __m128i polynomial = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    state = _mm_xor_si128(_mm_srli_si128(state, 8), _mm_clmulepi64_si128(state, factors, 0x10));
    state = _mm_xor_si128(_mm_srli_si128(state, 4),
                          _mm_clmulepi64_si128(_mm_and_si128(state, low_halves), last, 0x00));
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(state, low_halves), polynomial, 0x10);
    state = _mm_xor_si128(state, _mm_clmulepi64_si128(_mm_and_si128(quotient, low_halves), polynomial, 0x00));
    return (uint32_t)_mm_cvtsi128_si32(_mm_srli_si128(state, 4));
}

/* The CRC register (inverted) behind `length` bytes, a multiple of 16 and 64 at least. The method and its constants are
 * Gopal's and others' ("Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009). */
__attribute__((target("pclmul"))) static uint32_t compute_clmul(const unsigned char *data, size_t length,
                                                                uint32_t crc)
{
    const __m128i by_four = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_one = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i first = _mm_xor_si128(load(data), _mm_cvtsi32_si128((int)crc));
    __m128i second = load(data + 16);
    __m128i third = load(data + 32);
    __m128i fourth = load(data + 48);
    size_t done = FOLD_BYTES;
    for (; length - done >= FOLD_BYTES; done += FOLD_BYTES) {
        first = fold(first, by_four, load(data + done));
        second = fold(second, by_four, load(data + done + 16));
        third = fold(third, by_four, load(data + done + 32));
        fourth = fold(fourth, by_four, load(data + done + 48));
    }
    __m128i state = fold(fold(fold(first, by_one, second), by_one, third), by_one, fourth);
    for (; length - done >= 16; done += 16) {
        state = fold(state, by_one, load(data + done));
    }
    return reduce(state, by_one);
}
#endif

uint32_t crc32_compute(struct slice data)
{
    const unsigned char *at = (const unsigned char *)data.at;
    uint32_t crc = 0;
    size_t done = 0;
#if defined(__x86_64__)
    if (data.length >= FOLD_BYTES && __builtin_cpu_supports("pclmul")) {
        done = data.length / 16 * 16;
        crc = ~compute_clmul(at, done, ~crc);
    }
#endif
    return done == data.length ? crc : (uint32_t)crc32_z(crc, at + done, data.length - done);
}
