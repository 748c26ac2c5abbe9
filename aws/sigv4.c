#include "aws/sigv4.h"

#include "aws/sigv4_canonical.h"

enum { FIRST_TEXT_BYTES = 960 }; /* a canonical request without a session token */

/* "20261123/eu-west-1/dynamodb/aws4_request" */
static struct status append_scope(struct bytes *target, const struct sigv4_scope *scope)
{
    TRY(bytes_append(target, scope->timestamp, SIGV4_DATE_LENGTH));
    TRY(bytes_append_text(target, "/"));
    TRY(bytes_append_text(target, scope->region));
    TRY(bytes_append_text(target, "/"));
    TRY(bytes_append_text(target, scope->service));
    return bytes_append_text(target, "/aws4_request");
}

struct status sigv4_string_to_sign(const struct sigv4_scope *scope, struct slice canonical_request,
                                   struct bytes *target)
{
    char digest[CRYPTO_SHA256_HEX_BYTES];
    TRY(crypto_sha256_hex(canonical_request, digest));
    TRY(bytes_append_text(target, "AWS4-HMAC-SHA256\n"));
    TRY(bytes_append_text(target, scope->timestamp));
    TRY(bytes_append_text(target, "\n"));
    TRY(append_scope(target, scope));
    TRY(bytes_append_text(target, "\n"));
    return bytes_append_text(target, digest);
}

/* key = HMAC(key, data), in place. */
static struct status chain(unsigned char key[CRYPTO_SHA256_BYTES], struct slice data)
{
    unsigned char next[CRYPTO_SHA256_BYTES];
    TRY(crypto_hmac_sha256(slice_of((const char *)key, CRYPTO_SHA256_BYTES), data, next));
    memcpy(key, next, sizeof next);
    memory_wipe(next, sizeof next);
    return status_ok();
}

static struct status first_key(struct bytes *buffer, const struct sigv4_scope *scope, const char *secret,
                               unsigned char ret_key[CRYPTO_SHA256_BYTES])
{
    TRY(bytes_append_text(buffer, "AWS4"));
    TRY(bytes_append_text(buffer, secret));
    return crypto_hmac_sha256(bytes_slice(buffer), slice_of(scope->timestamp, SIGV4_DATE_LENGTH), ret_key);
}

struct status sigv4_signing_key(const struct sigv4_scope *scope, const char *secret_access_key,
                                unsigned char ret_key[CRYPTO_SHA256_BYTES])
{
    unsigned char key[CRYPTO_SHA256_BYTES];
    struct bytes buffer;
    bytes_init(&buffer, SIGV4_TEXT_CEILING);
    struct status status = first_key(&buffer, scope, secret_access_key, key);
    bytes_wipe(&buffer);
    TRY(status);
    TRY(chain(key, slice_of_text(scope->region)));
    TRY(chain(key, slice_of_text(scope->service)));
    TRY(chain(key, slice_of_text("aws4_request")));
    memcpy(ret_key, key, sizeof key);
    memory_wipe(key, sizeof key);
    return status_ok();
}

static bool is_cached(const struct sigv4_key_cache *cache, const struct sigv4_scope *scope,
                      const char *secret_access_key)
{
    return cache->filled && memcmp(cache->date, scope->timestamp, sizeof cache->date) == 0 &&
           strcmp(cache->region, scope->region) == 0 && strcmp(cache->service, scope->service) == 0 &&
           strcmp(cache->secret, secret_access_key) == 0;
}

static bool note_identity(struct sigv4_key_cache *cache, const struct sigv4_scope *scope,
                          const char *secret_access_key)
{
    memcpy(cache->date, scope->timestamp, sizeof cache->date);
    return slice_copy_text(slice_of_text(scope->region), cache->region, sizeof cache->region) &&
           slice_copy_text(slice_of_text(scope->service), cache->service, sizeof cache->service) &&
           slice_copy_text(slice_of_text(secret_access_key), cache->secret, sizeof cache->secret);
}

struct status sigv4_cached_key(struct sigv4_key_cache *cache, const struct sigv4_scope *scope,
                               const char *secret_access_key, unsigned char ret_key[CRYPTO_SHA256_BYTES])
{
    if (!is_cached(cache, scope, secret_access_key)) {
        memory_wipe(cache, sizeof *cache);
        TRY(sigv4_signing_key(scope, secret_access_key, cache->key));
        cache->filled = note_identity(cache, scope, secret_access_key);
    }
    memcpy(ret_key, cache->key, CRYPTO_SHA256_BYTES);
    return status_ok();
}

/* The signature's bytes over the request; `scratch` ends as the string to sign. */
static struct status sign(const struct sigv4_request *request, const struct sigv4_scope *scope,
                          const unsigned char key[CRYPTO_SHA256_BYTES], struct bytes *scratch,
                          struct bytes *text, char ret_signature[CRYPTO_SHA256_HEX_BYTES])
{
    unsigned char digest[CRYPTO_SHA256_BYTES];
    bytes_clear(scratch);
    bytes_clear(text);
    TRY(bytes_reserve(scratch, FIRST_TEXT_BYTES));
    TRY(bytes_reserve(text, FIRST_TEXT_BYTES));
    TRY(sigv4_canonical_request(request, text));
    TRY(sigv4_string_to_sign(scope, bytes_slice(text), scratch));
    TRY(crypto_hmac_sha256(slice_of((const char *)key, CRYPTO_SHA256_BYTES), bytes_slice(scratch), digest));
    crypto_hex(digest, ret_signature);
    return status_ok();
}

struct status sigv4_authorize(const struct sigv4_request *request, const struct sigv4_scope *scope,
                              const char *access_key_id, const unsigned char key[CRYPTO_SHA256_BYTES],
                              struct bytes *scratch, struct bytes *target)
{
    const struct http_header *sorted[SIGV4_HEADERS];
    char signature[CRYPTO_SHA256_HEX_BYTES];
    TRY(sigv4_sort_headers(request, sorted));
    TRY(sign(request, scope, key, scratch, target, signature));
    bytes_clear(target);
    TRY(bytes_append_text(target, "AWS4-HMAC-SHA256 Credential="));
    TRY(bytes_append_text(target, access_key_id));
    TRY(bytes_append_text(target, "/"));
    TRY(append_scope(target, scope));
    TRY(bytes_append_text(target, ", SignedHeaders="));
    TRY(sigv4_append_signed_names(sorted, request->header_count, target));
    TRY(bytes_append_text(target, ", Signature="));
    return bytes_append_text(target, signature);
}
