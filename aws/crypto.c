#include "aws/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { BLOCK_BYTES = 64 };

struct status crypto_sha256(struct slice data, unsigned char ret_digest[CRYPTO_SHA256_BYTES])
{
    unsigned int length = CRYPTO_SHA256_BYTES;
    if (EVP_Digest(data.length == 0 ? "" : data.at, data.length, ret_digest, &length, EVP_sha256(), NULL) !=
        1) {
        return status_make(STATUS_INTERNAL, "OpenSSL cannot compute SHA-256: is its default provider off?");
    }
    return status_ok();
}

/* The hash of the padded key with `data` behind it. */
static bool hash_behind_key(EVP_MD_CTX *context, const unsigned char block[BLOCK_BYTES], struct slice data,
                            unsigned char ret_digest[CRYPTO_SHA256_BYTES])
{
    return EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
           EVP_DigestUpdate(context, block, BLOCK_BYTES) == 1 &&
           EVP_DigestUpdate(context, data.length == 0 ? "" : data.at, data.length) == 1 &&
           EVP_DigestFinal_ex(context, ret_digest, NULL) == 1;
}

/* RFC 2104. OpenSSL's HMAC() looks its algorithms up by name and makes a dozen pieces of memory each time; a client
 * asks for one with every call. */
static bool compute_hmac(EVP_MD_CTX *context, struct slice key, struct slice data,
                         unsigned char ret_digest[CRYPTO_SHA256_BYTES])
{
    unsigned char inner[BLOCK_BYTES];
    unsigned char outer[BLOCK_BYTES];
    for (size_t i = 0; i < BLOCK_BYTES; i++) {
        unsigned char byte = i < key.length ? (unsigned char)key.at[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5c;
    }
    unsigned char digest[CRYPTO_SHA256_BYTES];
    bool good = hash_behind_key(context, inner, data, digest) &&
                hash_behind_key(context, outer, slice_of((const char *)digest, sizeof digest), ret_digest);
    memory_wipe(inner, sizeof inner);
    memory_wipe(outer, sizeof outer);
    return good;
}

struct status crypto_hmac_sha256(struct slice key, struct slice data,
                                 unsigned char ret_digest[CRYPTO_SHA256_BYTES])
{
    unsigned char short_key[CRYPTO_SHA256_BYTES];
    if (key.length > BLOCK_BYTES) {
        TRY(crypto_sha256(key, short_key));
        key = slice_of((const char *)short_key, sizeof short_key);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && compute_hmac(context, key, data, ret_digest);
    EVP_MD_CTX_free(context);
    memory_wipe(short_key, sizeof short_key);
    return good
               ? status_ok()
               : status_make(STATUS_INTERNAL, "OpenSSL cannot compute an HMAC: is its default provider off?");
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
