#include "tests/support/faultd/signature.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "tests/support/faultd/canonical.h"
#include "tests/support/faultd/digest.h"

/* The parts of "AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b,
 * Signature=HEX". */
struct authorization {
    struct slice key_id, date, region, service, terminator;
    struct slice signed_headers;
    struct slice signature;
};

static bool refuse(struct signature_refusal *refusal, const char *code, const char *message)
{
    refusal->code = code;
    snprintf(refusal->message, sizeof refusal->message, "%s", message);
    return false;
}

static struct slice cut_until(struct slice *rest, char separator)
{
    const char *end = rest->length == 0 ? NULL : memchr(rest->at, separator, rest->length);
    struct slice part = end == NULL ? *rest : slice_of(rest->at, (size_t)(end - rest->at));
    size_t used = part.length + (end == NULL ? 0 : 1);
    *rest = slice_of(rest->at + used, rest->length - used);
    return part;
}

static void parse_part(struct slice part, struct authorization *authorization)
{
    while (part.length > 0 && part.at[0] == ' ') {
        part = slice_of(part.at + 1, part.length - 1);
    }
    struct slice value = part;
    struct slice name = cut_until(&value, '=');
    if (slice_equals_text(name, "Credential")) {
        authorization->key_id = cut_until(&value, '/');
        authorization->date = cut_until(&value, '/');
        authorization->region = cut_until(&value, '/');
        authorization->service = cut_until(&value, '/');
        authorization->terminator = value;
    } else if (slice_equals_text(name, "SignedHeaders")) {
        authorization->signed_headers = value;
    } else if (slice_equals_text(name, "Signature")) {
        authorization->signature = value;
    }
}

static bool parse_authorization(struct slice header, struct authorization *authorization,
                                struct signature_refusal *refusal)
{
    static const char algorithm[] = "AWS4-HMAC-SHA256 ";
    if (header.length == 0) {
        return refuse(refusal, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    if (!slice_starts_with(header, algorithm)) {
        return refuse(refusal, "IncompleteSignatureException",
                      "Authorization header requires the algorithm 'AWS4-HMAC-SHA256'.");
    }
    struct slice rest = slice_of(header.at + sizeof algorithm - 1, header.length - sizeof algorithm + 1);
    while (rest.length > 0) {
        parse_part(cut_until(&rest, ','), authorization);
    }
    if (authorization->key_id.length == 0 || authorization->service.length == 0) {
        return refuse(refusal, "IncompleteSignatureException",
                      "Authorization header requires 'Credential' parameter.");
    }
    if (authorization->signature.length == 0) {
        return refuse(refusal, "IncompleteSignatureException",
                      "Authorization header requires 'Signature' parameter.");
    }
    if (authorization->signed_headers.length == 0) {
        return refuse(refusal, "IncompleteSignatureException",
                      "Authorization header requires 'SignedHeaders' parameter.");
    }
    return true;
}

struct slice signature_key_id(const struct request *request)
{
    struct authorization authorization = {.key_id = slice_of(NULL, 0)};
    struct signature_refusal ignored;
    bool whole = parse_authorization(request_header(request, "authorization"), &authorization, &ignored);
    return whole ? authorization.key_id : slice_of(NULL, 0);
}

static bool check_scope(const struct authorization *authorization, const struct signature_scope *scope,
                        struct slice date, struct signature_refusal *refusal)
{
    char message[256];
    if (!slice_equals_text(authorization->terminator, "aws4_request")) {
        return refuse(refusal, "InvalidSignatureException",
                      "Credential should be scoped with a valid terminator: 'aws4_request'.");
    }
    if (!slice_equals_text(authorization->region, scope->region)) {
        snprintf(message, sizeof message, "Credential should be scoped to a valid region, not '%.*s'.",
                 (int)authorization->region.length, authorization->region.at);
        return refuse(refusal, "InvalidSignatureException", message);
    }
    if (!slice_equals_text(authorization->service, scope->service)) {
        snprintf(message, sizeof message, "Credential should be scoped to correct service: '%s'.",
                 scope->service);
        return refuse(refusal, "InvalidSignatureException", message);
    }
    if (!slice_equals(authorization->date, slice_of(date.at, 8))) {
        return refuse(refusal, "InvalidSignatureException",
                      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.");
    }
    return true;
}

static bool parse_date(struct slice date, int64_t *ret_wall_ms)
{
    char text[17];
    struct tm parts = {0};
    if (!slice_copy_text(date, text, sizeof text) || date.length != 16) {
        return false;
    }
    const char *end = strptime(text, "%Y%m%dT%H%M%SZ", &parts);
    if (end == NULL || *end != '\0') {
        return false;
    }
    *ret_wall_ms = (int64_t)timegm(&parts) * 1000;
    return true;
}

static void format_date(int64_t wall_ms, char text[17])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, 17, "%Y%m%dT%H%M%SZ", &parts);
}

static bool check_skew(struct slice date, const struct signature_scope *scope,
                       struct signature_refusal *refusal)
{
    int64_t signed_ms = 0;
    char now[17], limit[17], message[256];
    if (!parse_date(date, &signed_ms)) {
        return refuse(refusal, "IncompleteSignatureException",
                      "Date must be in ISO-8601 'basic format' in the X-Amz-Date header.");
    }
    format_date(scope->now_wall_ms, now);
    if (signed_ms < scope->now_wall_ms - SIGNATURE_SKEW_MS) {
        format_date(scope->now_wall_ms - SIGNATURE_SKEW_MS, limit);
        snprintf(message, sizeof message, "Signature expired: %.16s is now earlier than %s (%s - 5 min.)",
                 date.at, limit, now);
        return refuse(refusal, "InvalidSignatureException", message);
    }
    if (signed_ms > scope->now_wall_ms + SIGNATURE_SKEW_MS) {
        format_date(scope->now_wall_ms + SIGNATURE_SKEW_MS, limit);
        snprintf(message, sizeof message,
                 "Signature not yet current: %.16s is still later than %s (%s + 5 min.)", date.at, limit,
                 now);
        return refuse(refusal, "InvalidSignatureException", message);
    }
    return true;
}

static bool check_key(const struct keyring_key *key, const struct request *request, int64_t now_wall_ms,
                      struct signature_refusal *refusal)
{
    struct slice token = request_header(request, "x-amz-security-token");
    if (!slice_equals_text(token, key->token)) {
        return refuse(refusal, "UnrecognizedClientException",
                      "The security token included in the request is invalid.");
    }
    if (key->expires_wall_ms != 0 && key->expires_wall_ms <= now_wall_ms) {
        return refuse(refusal, "ExpiredTokenException",
                      "The security token included in the request is expired");
    }
    return true;
}

/* Four HMACs over the scope give the signing key, a fifth the signature. */
static bool compute(const struct keyring_key *key, const struct authorization *authorization,
                    struct slice string_to_sign, char text[DIGEST_HEX_BYTES])
{
    char secret[KEYRING_TEXT_BYTES + 4];
    unsigned char digest[DIGEST_BYTES], next[DIGEST_BYTES];
    int length = snprintf(secret, sizeof secret, "AWS4%s", key->secret);
    const struct slice steps[] = {authorization->region, authorization->service,
                                  slice_of_text("aws4_request"), string_to_sign};
    if (!digest_hmac((const unsigned char *)secret, (size_t)length, authorization->date, digest)) {
        return false;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (!digest_hmac(digest, sizeof digest, steps[i], next)) {
            return false;
        }
        memcpy(digest, next, sizeof digest);
    }
    digest_hex(digest, text);
    return true;
}

static bool check_signature(const struct request *request, const struct keyring_key *key,
                            const struct authorization *authorization, struct slice date,
                            struct signature_refusal *refusal)
{
    bool equal = false;
    char hex[DIGEST_HEX_BYTES];
    unsigned char digest[DIGEST_BYTES];
    struct bytes canonical, to_sign;
    bytes_init(&canonical, REQUEST_HEAD_BYTES * 2);
    bytes_init(&to_sign, 1024);
    if (canonical_request(request, authorization->signed_headers, &canonical, refusal->message,
                          sizeof refusal->message) &&
        digest_sha256(bytes_slice(&canonical), digest)) {
        digest_hex(digest, hex);
        struct status status = bytes_append_format(
            &to_sign, "AWS4-HMAC-SHA256\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n%s", (int)date.length, date.at,
            (int)authorization->date.length, authorization->date.at, (int)authorization->region.length,
            authorization->region.at, (int)authorization->service.length, authorization->service.at, hex);
        equal = status_is_ok(&status) && compute(key, authorization, bytes_slice(&to_sign), hex) &&
                slice_equals_text(authorization->signature, hex);
        if (!equal) {
            snprintf(refusal->message, sizeof refusal->message,
                     "The request signature we calculated does not match the signature you provided. Check "
                     "your AWS Secret Access Key and signing method. Consult the service documentation for "
                     "details.");
        }
    }
    refusal->code = "InvalidSignatureException";
    bytes_free(&canonical);
    bytes_free(&to_sign);
    return equal;
}

bool signature_check(const struct request *request, struct keyring *keyring,
                     const struct signature_scope *scope, struct signature_refusal *ret_refusal)
{
    struct authorization authorization = {0};
    struct slice date = request_header(request, "x-amz-date");
    struct keyring_key key;
    if (!parse_authorization(request_header(request, "authorization"), &authorization, ret_refusal)) {
        return false;
    }
    if (!keyring_find(keyring, authorization.key_id, &key)) {
        return refuse(ret_refusal, "UnrecognizedClientException",
                      "The security token included in the request is invalid.");
    }
    return check_skew(date, scope, ret_refusal) && check_scope(&authorization, scope, date, ret_refusal) &&
           check_key(&key, request, scope->now_wall_ms, ret_refusal) &&
           check_signature(request, &key, &authorization, date, ret_refusal);
}
