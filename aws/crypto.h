/* What signatures need of cryptography; with crypto_trust.h the one door to OpenSSL. Any thread may call. */
#ifndef PENSTOCK_AWS_CRYPTO_H
#define PENSTOCK_AWS_CRYPTO_H

#include "base/bytes.h"

enum { CRYPTO_SHA256_BYTES = 32, CRYPTO_SHA256_HEX_BYTES = 65 };

/* FIPS 180-4. STATUS_INTERNAL when OpenSSL refuses, as it does without its default provider. */
struct status crypto_sha256(struct slice data, unsigned char ret_digest[CRYPTO_SHA256_BYTES]) MUST_USE;

/* RFC 2104 with SHA-256. */
struct status crypto_hmac_sha256(struct slice key, struct slice data,
                                 unsigned char ret_digest[CRYPTO_SHA256_BYTES]) MUST_USE;

/* Lower-case hexadecimal and a NUL. */
void crypto_hex(const unsigned char digest[CRYPTO_SHA256_BYTES], char text[CRYPTO_SHA256_HEX_BYTES]);

/* The hexadecimal SHA-256 of `data`. */
struct status crypto_sha256_hex(struct slice data, char ret_text[CRYPTO_SHA256_HEX_BYTES]) MUST_USE;

/* The version of OpenSSL that runs: "3.0.19". Borrowed for ever. */
const char *crypto_library_version(void);

#endif
