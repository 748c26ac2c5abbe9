#include "tests/support/faultd/base64.h"

#include <pthread.h>

enum { INVALID = 0x01000000 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Four tables, one a place in a group of four: its six bits already shifted; INVALID marks what is no digit.
 * Filled once, then constant. */
static uint32_t tables[4][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void fill_tables(void)
{
    for (int place = 0; place < 4; place++) {
        for (int c = 0; c < 256; c++) {
            tables[place][c] = INVALID;
        }
        for (uint32_t digit = 0; digit < 64; digit++) {
            tables[place][(unsigned char)alphabet[digit]] = digit << (18 - 6 * place);
        }
    }
}

static uint32_t group(const unsigned char *at)
{
    return tables[0][at[0]] | tables[1][at[1]] | tables[2][at[2]] | tables[3][at[3]];
}

size_t base64_decoded_length(struct slice text)
{
    if (text.length == 0 || text.length % 4 != 0) {
        return 0;
    }
    size_t padding = (text.at[text.length - 1] == '=') + (size_t)(text.at[text.length - 2] == '=');
    return text.length / 4 * 3 - padding;
}

/* The last group, which may be padded; the bits that padding leaves over must be zero. Returns the bytes
 * written, 0 when invalid. */
static size_t decode_last(const unsigned char *at, unsigned char *out)
{
    unsigned char whole[4];
    memcpy(whole, at, 4);
    size_t padding = 0;
    if (whole[3] == '=') {
        padding = whole[2] == '=' ? 2 : 1;
        memset(whole + 4 - padding, 'A', padding);
    }
    uint32_t bits = group(whole);
    uint32_t rest = padding == 2 ? 0xFFFF : padding == 1 ? 0xFF : 0;
    if (bits >= INVALID || (bits & rest) != 0) {
        return 0;
    }
    out[0] = (unsigned char)(bits >> 16);
    out[1] = (unsigned char)(bits >> 8);
    out[2] = (unsigned char)bits;
    return 3 - padding;
}

bool base64_decode(struct slice text, struct bytes *target)
{
    pthread_once(&tables_once, fill_tables);
    if (text.length == 0) {
        return true;
    }
    if (text.length % 4 != 0) {
        return false;
    }
    struct status status = bytes_reserve(target, text.length / 4 * 3);
    if (!status_is_ok(&status)) {
        return false;
    }
    const unsigned char *at = (const unsigned char *)text.at;
    unsigned char *out = (unsigned char *)target->at + target->length;
    uint32_t wrong = 0;
    for (size_t groups = text.length / 4 - 1; groups > 0; groups--) {
        uint32_t bits = group(at);
        wrong |= bits;
        out[0] = (unsigned char)(bits >> 16);
        out[1] = (unsigned char)(bits >> 8);
        out[2] = (unsigned char)bits;
        at += 4;
        out += 3;
    }
    size_t last = decode_last(at, out);
    if (wrong >= INVALID || last == 0) {
        return false;
    }
    target->length += text.length / 4 * 3 - (3 - last);
    return true;
}

bool base64_is_valid(struct slice text)
{
    unsigned char last[3];
    pthread_once(&tables_once, fill_tables);
    if (text.length % 4 != 0) {
        return false;
    }
    const unsigned char *at = (const unsigned char *)text.at;
    for (size_t i = 0; i + 4 < text.length; i += 4) {
        if (group(at + i) >= INVALID) {
            return false;
        }
    }
    return text.length == 0 || decode_last(at + text.length - 4, last) > 0;
}

bool base64_encode(struct slice data, struct bytes *target)
{
    struct status status = bytes_reserve(target, (data.length + 2) / 3 * 4);
    if (!status_is_ok(&status)) {
        return false;
    }
    const unsigned char *in = (const unsigned char *)data.at;
    char *out = target->at + target->length;
    for (size_t i = 0; i < data.length; i += 3, out += 4) {
        size_t left = data.length - i;
        uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (left > 2 ? (uint32_t)in[i + 2] : 0);
        out[0] = alphabet[bits >> 18];
        out[1] = alphabet[bits >> 12 & 63];
        out[2] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        out[3] = left > 2 ? alphabet[bits & 63] : '=';
    }
    target->length += (data.length + 2) / 3 * 4;
    return true;
}
