/* The signer's bounds and its key cache; what it signs is in tests/vectors and tests/integration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/sigv4.h"

static void a_cached_key_is_used_for_its_own_scope_and_secret_only(void **state)
{
    (void)state;
    static const struct {
        const char *region;
        const char *service;
        const char *timestamp;
        const char *secret;
    } cases[] = {
        {"eu-west-1", "dynamodb", "20261123T100000Z", "one"},
        {"eu-west-1", "dynamodb", "20261123T235959Z", "one"},
        {"eu-west-1", "dynamodb", "20261124T000000Z", "one"},
        {"eu-west-1", "dynamodb", "20261124T000000Z", "two"},
        {"eu-west-2", "dynamodb", "20261124T000000Z", "two"},
        {"eu-west-2", "firehose", "20261124T000000Z", "two"},
        {"eu-west-1", "dynamodb", "20261123T100000Z", "one"},
    };
    struct sigv4_key_cache cache = {.filled = false};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sigv4_scope scope = {cases[i].region, cases[i].service, cases[i].timestamp};
        unsigned char expected[CRYPTO_SHA256_BYTES];
        unsigned char cached[CRYPTO_SHA256_BYTES];
        assert_int_equal(sigv4_signing_key(&scope, cases[i].secret, expected).code, STATUS_OK);
        assert_int_equal(sigv4_cached_key(&cache, &scope, cases[i].secret, cached).code, STATUS_OK);
        assert_memory_equal(cached, expected, sizeof cached);
        assert_int_equal(sigv4_cached_key(&cache, &scope, cases[i].secret, cached).code, STATUS_OK);
        assert_memory_equal(cached, expected, sizeof cached);
    }
}

static void a_request_beyond_the_bounds_is_refused(void **state)
{
    (void)state;
    static struct http_header headers[SIGV4_HEADERS + 1];
    char query[2 * (SIGV4_QUERY_PAIRS + 1)];
    struct bytes target;
    for (size_t i = 0; i <= SIGV4_HEADERS; i++) {
        headers[i] = (struct http_header){"x", "y"};
    }
    for (size_t i = 0; i < sizeof query; i += 2) {
        memcpy(query + i, "a&", 2);
    }
    bytes_init(&target, SIGV4_TEXT_CEILING);
    struct sigv4_request request = {
        .method = "GET", .headers = headers, .header_count = SIGV4_HEADERS + 1, .body_sha256 = ""};
    assert_int_equal(sigv4_canonical_request(&request, &target).code, STATUS_INVALID);
    request.header_count = SIGV4_HEADERS;
    assert_int_equal(sigv4_canonical_request(&request, &target).code, STATUS_OK);
    request.query = slice_of(query, sizeof query);
    assert_int_equal(sigv4_canonical_request(&request, &target).code, STATUS_INVALID);
    bytes_free(&target);
    bytes_init(&target, 10);
    request.query = slice_of(NULL, 0);
    assert_int_equal(sigv4_canonical_request(&request, &target).code, STATUS_TOO_LARGE);
    bytes_free(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cached_key_is_used_for_its_own_scope_and_secret_only),
        cmocka_unit_test(a_request_beyond_the_bounds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
