#include "aws/crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

struct status crypto_sha256(struct slice data, unsigned char ret_digest[CRYPTO_SHA256_BYTES])
{
    unsigned int length = CRYPTO_SHA256_BYTES;
    if (EVP_Digest(data.length == 0 ? "" : data.at, data.length, ret_digest, &length, EVP_sha256(), NULL) !=
        1) {
        return status_make(STATUS_INTERNAL, "OpenSSL cannot compute SHA-256: is its default provider off?");
    }
    return status_ok();
}

struct status crypto_hmac_sha256(struct slice key, struct slice data,
                                 unsigned char ret_digest[CRYPTO_SHA256_BYTES])
{
    unsigned int length = CRYPTO_SHA256_BYTES;
    if (key.length > INT_MAX || HMAC(EVP_sha256(), key.length == 0 ? "" : key.at, (int)key.length,
                                     (const unsigned char *)(data.length == 0 ? "" : data.at), data.length,
                                     ret_digest, &length) == NULL) {
        return status_make(STATUS_INTERNAL, "OpenSSL cannot compute an HMAC: is its default provider off?");
    }
    return status_ok();
}

void crypto_hex(const unsigned char digest[CRYPTO_SHA256_BYTES], char text[CRYPTO_SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < CRYPTO_SHA256_BYTES; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    text[CRYPTO_SHA256_HEX_BYTES - 1] = '\0';
}

struct status crypto_sha256_hex(struct slice data, char ret_text[CRYPTO_SHA256_HEX_BYTES])
{
    unsigned char digest[CRYPTO_SHA256_BYTES];
    TRY(crypto_sha256(data, digest));
    crypto_hex(digest, ret_text);
    return status_ok();
}

const char *crypto_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
