/* SHA-256 and HMAC-SHA-256; the only file of the fault server that includes OpenSSL. */
#ifndef PENSTOCK_FAULTD_DIGEST_H
#define PENSTOCK_FAULTD_DIGEST_H

#include "base/bytes.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX_BYTES = 65 };

/* False when libcrypto refuses (out of memory). */
bool digest_sha256(struct slice data, unsigned char digest[DIGEST_BYTES]) MUST_USE;
bool digest_hmac(const unsigned char *key, size_t key_length, struct slice data,
                 unsigned char digest[DIGEST_BYTES]) MUST_USE;

/* Lower-case digits and a NUL. */
void digest_hex(const unsigned char digest[DIGEST_BYTES], char text[DIGEST_HEX_BYTES]);

#endif
