/* Every folder of tests/vectors/sigv4 through the signer, step by step: AWS refuses a request whose signature
 * is off by anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>

#include "aws/json.h"
#include "aws/sigv4.h"

#define CASES "tests/vectors/sigv4"

enum { TEXT_BYTES = 16384, HEADERS = 16 };

/* One case, its request.txt taken apart in place. */
struct vector {
    char request[TEXT_BYTES];
    char context_text[TEXT_BYTES];
    cJSON *context;
    struct http_header headers[HEADERS];
    size_t header_count;
    const char *method;
    struct slice path;
    struct slice query;
    struct slice body;
    char timestamp[TIMESTAMP_BASIC_BYTES];
};

static void read_text(const char *name, const char *file, char text[TEXT_BYTES])
{
    char path[512];
    snprintf(path, sizeof path, CASES "/%s/%s", name, file);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t length = fread(text, 1, TEXT_BYTES - 1, stream);
    text[length] = '\0';
    fclose(stream);
}

static char *take_line(char **rest)
{
    char *line = *rest;
    char *end = strchr(line, '\n');
    assert_non_null(end);
    *end = '\0';
    *rest = end + 1;
    return line;
}

static void parse_request_line(struct vector *vector, char *line)
{
    char *target = strchr(line, ' ');
    char *version = strrchr(line, ' ');
    assert_true(target != NULL && version != target);
    *target++ = '\0';
    *version = '\0';
    vector->method = line;
    size_t length = strcspn(target, "?");
    vector->path = slice_of(target, length);
    vector->query = slice_of_text(target[length] == '?' ? target + length + 1 : "");
}

static void parse_request(struct vector *vector)
{
    char *rest = vector->request;
    parse_request_line(vector, take_line(&rest));
    for (char *line = take_line(&rest); *line != '\0'; line = take_line(&rest)) {
        char *colon = strchr(line, ':');
        assert_non_null(colon);
        *colon = '\0';
        for (char *c = line; *c != '\0'; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        vector->headers[vector->header_count++] = (struct http_header){line, colon + 1};
        assert_true(vector->header_count < HEADERS);
    }
    vector->body = slice_of_text(rest);
}

static const char *context_text(const struct vector *vector, const char *name)
{
    const char *text = json_text(vector->context, name).at;
    assert_non_null(text);
    return text;
}

static void load(struct vector *vector, const char *name)
{
    int64_t wall_ms = 0;
    read_text(name, "request.txt", vector->request);
    read_text(name, "context.json", vector->context_text);
    assert_int_equal(json_parse(slice_of_text(vector->context_text), &vector->context).code, STATUS_OK);
    parse_request(vector);
    assert_true(timestamp_parse_iso(slice_of_text(context_text(vector, "timestamp")), &wall_ms));
    timestamp_format_basic(wall_ms, vector->timestamp);
    struct slice token = json_text(json_object(vector->context, "credentials"), "token");
    if (token.at != NULL) {
        vector->headers[vector->header_count++] = (struct http_header){"x-amz-security-token", token.at};
    }
}

static void assert_same(const char *name, const char *file, struct slice text)
{
    char expected[TEXT_BYTES];
    read_text(name, file, expected);
    if (!slice_equals_text(text, expected)) {
        fail_msg("%s/%s:\n%s\nours:\n%.*s", name, file, expected, (int)text.length, text.at);
    }
}

static void check(const char *name)
{
    struct vector vector = {.header_count = 0};
    struct bytes first;
    struct bytes second;
    char body_sha256[CRYPTO_SHA256_HEX_BYTES];
    unsigned char key[CRYPTO_SHA256_BYTES];
    load(&vector, name);
    bytes_init(&first, SIGV4_TEXT_CEILING);
    bytes_init(&second, SIGV4_TEXT_CEILING);
    const cJSON *credentials = json_object(vector.context, "credentials");
    assert_int_equal(crypto_sha256_hex(vector.body, body_sha256).code, STATUS_OK);
    struct sigv4_request request = {vector.method,       vector.path, vector.query, vector.headers,
                                    vector.header_count, body_sha256, false};
    struct sigv4_scope scope = {context_text(&vector, "region"), context_text(&vector, "service"),
                                vector.timestamp};
    assert_int_equal(sigv4_canonical_request(&request, &first).code, STATUS_OK);
    assert_same(name, "header-canonical-request.txt", bytes_slice(&first));
    assert_int_equal(sigv4_string_to_sign(&scope, bytes_slice(&first), &second).code, STATUS_OK);
    assert_same(name, "header-string-to-sign.txt", bytes_slice(&second));
    assert_int_equal(sigv4_signing_key(&scope, json_text(credentials, "secret_access_key").at, key).code,
                     STATUS_OK);
    assert_int_equal(
        sigv4_authorize(&request, &scope, json_text(credentials, "access_key_id").at, key, &first, &second)
            .code,
        STATUS_OK);
    const char *authorization = NULL;
    assert_int_equal(bytes_terminate(&second, &authorization).code, STATUS_OK);
    const char *signature = strstr(authorization, ", Signature=");
    assert_non_null(signature);
    assert_same(name, "header-signature.txt", slice_of_text(signature + strlen(", Signature=")));
    bytes_free(&first);
    bytes_free(&second);
    cJSON_Delete(vector.context);
}

static void every_case_is_signed_as_aws_signs_it(void **state)
{
    (void)state;
    size_t cases = 0;
    DIR *folder = opendir(CASES);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            check(entry->d_name);
            cases++;
        }
    }
    closedir(folder);
    printf("%zu cases\n", cases);
    assert_true(cases >= 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_case_is_signed_as_aws_signs_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
