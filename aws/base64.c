#include "aws/base64.h"

#include <endian.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The two characters of each 12 bits, so that three bytes cost two look-ups. */
/* clang-format off */
#define ROW(a) a "A" a "B" a "C" a "D" a "E" a "F" a "G" a "H" a "I" a "J" a "K" a "L" a "M" a "N" a "O" a "P" \
     a "Q" a "R" a "S" a "T" a "U" a "V" a "W" a "X" a "Y" a "Z" a "a" a "b" a "c" a "d" a "e" a "f" a "g" \
     a "h" a "i" a "j" a "k" a "l" a "m" a "n" a "o" a "p" a "q" a "r" a "s" a "t" a "u" a "v" a "w" \
     a "x" a "y" a "z" a "0" a "1" a "2" a "3" a "4" a "5" a "6" a "7" a "8" a "9" a "+" a "/"
static const char pairs[2 * 64 * 64 + 1] =
    ROW("A") ROW("B") ROW("C") ROW("D") ROW("E") ROW("F") ROW("G") ROW("H") ROW("I") ROW("J") ROW("K") ROW("L") ROW("M") ROW("N") ROW("O") ROW("P")
    ROW("Q") ROW("R") ROW("S") ROW("T") ROW("U") ROW("V") ROW("W") ROW("X") ROW("Y") ROW("Z") ROW("a") ROW("b") ROW("c") ROW("d") ROW("e") ROW("f")
    ROW("g") ROW("h") ROW("i") ROW("j") ROW("k") ROW("l") ROW("m") ROW("n") ROW("o") ROW("p") ROW("q") ROW("r") ROW("s") ROW("t") ROW("u") ROW("v")
    ROW("w") ROW("x") ROW("y") ROW("z") ROW("0") ROW("1") ROW("2") ROW("3") ROW("4") ROW("5") ROW("6") ROW("7") ROW("8") ROW("9") ROW("+") ROW("/");
/* clang-format on */

static inline void put_pair(char *target, uint64_t bits)
{
    memcpy(target, &pairs[2 * (bits & 4095)], 2);
}

#if defined(__x86_64__)
/* Twelve bytes a step. The method is Mula's and Lemire's ("Faster Base64 Encoding and Decoding Using AVX2
 * Instructions", 2018): spread the six-bit groups by shuffle and multiply, then add each range's offset. */
__attribute__((target("ssse3"))) static size_t encode_ssse3(const unsigned char *data, size_t length,
                                                            char *target)
{
    const __m128i spread = _mm_set_epi8(10, 11, 9, 10, 7, 8, 6, 7, 4, 5, 3, 4, 1, 2, 0, 1);
    const __m128i offsets =
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    size_t done = 0;
    for (; length - done >= 16; done += 12, target += 16) { /* 16 are read, 12 used */
        __m128i in = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i_u *)(data + done)), spread);
        __m128i high =
            _mm_mulhi_epu16(_mm_and_si128(in, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
        __m128i low =
            _mm_mullo_epi16(_mm_and_si128(in, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
        __m128i sixes = _mm_or_si128(high, low);
        __m128i range = _mm_subs_epu8(sixes, _mm_set1_epi8(51));
        __m128i upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), sixes);
        range = _mm_or_si128(range, _mm_and_si128(upper, _mm_set1_epi8(13)));
        _mm_storeu_si128((__m128i_u *)target, _mm_add_epi8(_mm_shuffle_epi8(offsets, range), sixes));
    }
    return done;
}

/* The same, twice at once. */
__attribute__((target("avx2"))) static size_t encode_avx2(const unsigned char *data, size_t length,
                                                          char *target)
{
    const __m256i spread =
        _mm256_broadcastsi128_si256(_mm_set_epi8(10, 11, 9, 10, 7, 8, 6, 7, 4, 5, 3, 4, 1, 2, 0, 1));
    const __m256i offsets = _mm256_broadcastsi128_si256(
        _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                      '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0));
    size_t done = 0;
    for (; length - done >= 28; done += 24, target += 32) { /* 28 are read, 24 used */
        __m128i first = _mm_loadu_si128((const __m128i_u *)(data + done));
        __m128i second = _mm_loadu_si128((const __m128i_u *)(data + done + 12));
        __m256i in = _mm256_shuffle_epi8(_mm256_set_m128i(second, first), spread);
        __m256i high = _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
                                          _mm256_set1_epi32(0x04000040));
        __m256i low = _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
                                         _mm256_set1_epi32(0x01000010));
        __m256i sixes = _mm256_or_si256(high, low);
        __m256i range = _mm256_subs_epu8(sixes, _mm256_set1_epi8(51));
        __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), sixes);
        range = _mm256_or_si256(range, _mm256_and_si256(upper, _mm256_set1_epi8(13)));
        _mm256_storeu_si256((__m256i_u *)target, _mm256_add_epi8(_mm256_shuffle_epi8(offsets, range), sixes));
    }
    return done;
}
#endif

/* The last one or two bytes, padded. */
static void encode_rest(const unsigned char *data, size_t length, char *target)
{
    uint64_t bits = (uint64_t)data[0] << 16 | (length > 1 ? (uint64_t)data[1] << 8 : 0);
    put_pair(target, bits >> 12);
    put_pair(target + 2, bits);
    target[3] = '=';
    if (length == 1) {
        target[2] = '=';
    }
}

void base64_encode(const unsigned char *data, size_t length, char *target)
{
    size_t done = 0;
#if defined(__x86_64__)
    if (length >= 28 && __builtin_cpu_supports("avx2")) {
        done = encode_avx2(data, length, target);
        target += done / 3 * 4;
    }
    if (length - done >= 16 && __builtin_cpu_supports("ssse3")) {
        size_t more = encode_ssse3(data + done, length - done, target);
        target += more / 3 * 4;
        done += more;
    }
#endif
    for (; length - done >= 8; done += 6, target += 8) { /* 8 are read, 6 used */
        uint64_t bits = 0;
        memcpy(&bits, data + done, sizeof bits);
        bits = be64toh(bits);
        put_pair(target, bits >> 52);
        put_pair(target + 2, bits >> 40);
        put_pair(target + 4, bits >> 28);
        put_pair(target + 6, bits >> 16);
    }
    for (; length - done >= 3; done += 3, target += 4) {
        uint64_t bits = (uint64_t)data[done] << 16 | (uint64_t)data[done + 1] << 8 | data[done + 2];
        put_pair(target, bits >> 12);
        put_pair(target + 2, bits);
    }
    if (length > done) {
        encode_rest(data + done, length - done, target);
    }
}

/* The six bits of a character; 64 when it is none of the alphabet. */
static uint32_t sextet(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint32_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint32_t)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0') + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

struct status base64_decode(struct slice text, struct bytes *target)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.length && text.at[text.length - 1 - padding] == '=') {
        padding++;
    }
    if (text.length % 4 != 0) {
        return status_make(STATUS_CORRUPT, "base64 of %zu characters is not whole", text.length);
    }
    TRY(bytes_reserve(target, text.length / 4 * 3 - padding));
    for (size_t i = 0; i < text.length; i += 4) {
        uint32_t bits = 0;
        size_t letters = i + 4 == text.length ? 4 - padding : 4;
        for (size_t k = 0; k < 4; k++) {
            uint32_t six = k < letters ? sextet(text.at[i + k]) : 0;
            if (six > 63) {
                return status_make(STATUS_CORRUPT, "base64 with a foreign character at %zu", i + k);
            }
            bits = bits << 6 | six;
        }
        const char decoded[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
        TRY(bytes_append(target, decoded, letters - 1));
    }
    return status_ok();
}
