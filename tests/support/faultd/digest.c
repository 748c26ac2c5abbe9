#include "tests/support/faultd/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

bool digest_sha256(struct slice data, unsigned char digest[DIGEST_BYTES])
{
    return EVP_Digest(data.length == 0 ? "" : data.at, data.length, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool digest_hmac(const unsigned char *key, size_t key_length, struct slice data,
                 unsigned char digest[DIGEST_BYTES])
{
    return HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)data.at, data.length, digest,
                NULL) != NULL;
}

void digest_hex(const unsigned char digest[DIGEST_BYTES], char text[DIGEST_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[DIGEST_HEX_BYTES - 1] = '\0';
}
