#include "aws/attempt.h"

#include <stdio.h>

#include "aws/crc32.h"
#include "aws/http_url.h"

enum {
    ATTEMPT_HEADERS = 9 + CALL_HEADERS,
    REPLY_CEILING_DEFAULT = 1024 * 1024,
    TARGET_BYTES = 96,
    RETRY_HEADER_BYTES = 48,
    HOST_BYTES = HTTP_ORIGIN_BYTES,
};

/* A request's headers and the texts that they point into. */
struct headers {
    struct http_header list[ATTEMPT_HEADERS + 1];
    size_t count;
    char host[HOST_BYTES];
    char target[TARGET_BYTES];
    char body_sha256[CRYPTO_SHA256_HEX_BYTES];
    char date[TIMESTAMP_BASIC_BYTES];
    char retry[RETRY_HEADER_BYTES];
};

void attempt_make_invocation_id(struct random *random, char id[ATTEMPT_INVOCATION_ID_BYTES])
{
    char hex[33];
    random_hex(random, hex, 32);
    hex[12] = '4';
    hex[16] = "89ab"[random_below(random, 4)];
    static const size_t groups[] = {8, 4, 4, 4, 12};
    const char *from = hex;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        memcpy(id, from, groups[i]);
        from += groups[i];
        id += groups[i];
        *id++ = '-';
    }
    id[-1] = '\0';
}

static void add_header(struct headers *headers, const char *name, const char *value)
{
    headers->list[headers->count++] = (struct http_header){name, value};
}

/* Where the request goes. */
static const char *url_of(const struct attempt *attempt)
{
    return attempt->call->url != NULL ? attempt->call->url : attempt->url;
}

static const char *method_of(const struct attempt *attempt)
{
    return attempt->call->method != NULL ? attempt->call->method : "POST";
}

/* The headers that are signed. */
static struct status make_signed_headers(const struct attempt *attempt, const struct http_url *url,
                                         struct headers *headers)
{
    const struct aws_service_traits *service = attempt->service;
    if (!slice_copy_text(url->authority, headers->host, sizeof headers->host)) {
        return status_make(STATUS_INVALID, "the host of '%.100s' is too long", url_of(attempt));
    }
    if (attempt->call->header_count > CALL_HEADERS) {
        return status_make(STATUS_INTERNAL, "a call with %zu headers", attempt->call->header_count);
    }
    TRY(crypto_sha256_hex(attempt->call->body, headers->body_sha256));
    if (service->content_type != NULL) {
        add_header(headers, "content-type", service->content_type);
    }
    for (size_t i = 0; i < attempt->call->header_count; i++) {
        add_header(headers, attempt->call->headers[i].name, attempt->call->headers[i].value);
    }
    add_header(headers, "host", headers->host);
    if (service->s3) {
        add_header(headers, "x-amz-content-sha256", headers->body_sha256);
    }
    timestamp_format_basic(attempt->signing_time_ms, headers->date);
    add_header(headers, "x-amz-date", headers->date);
    if (attempt->credentials != NULL && attempt->credentials->session_token[0] != '\0') {
        add_header(headers, "x-amz-security-token", attempt->credentials->session_token);
    }
    if (service->target_prefix != NULL) {
        snprintf(headers->target, sizeof headers->target, "%s%s", service->target_prefix,
                 attempt->call->operation);
        add_header(headers, "x-amz-target", headers->target);
    }
    return status_ok();
}

/* The value of Authorization goes to `authorization`. */
static struct status sign(const struct attempt *attempt, const struct http_url *url,
                          const struct headers *headers, struct bytes *authorization)
{
    struct sigv4_request request = {.method = method_of(attempt),
                                    .path = url->path,
                                    .query = url->query,
                                    .headers = headers->list,
                                    .header_count = headers->count,
                                    .body_sha256 = headers->body_sha256,
                                    .path_as_is = attempt->service->s3};
    struct sigv4_scope scope = {attempt->region, attempt->service->signing_name, headers->date};
    struct bytes scratch;
    bytes_init(&scratch, SIGV4_TEXT_CEILING);
    struct status status = sigv4_authorize(&request, &scope, attempt->credentials->access_key_id,
                                           attempt->signing_key, &scratch, authorization);
    bytes_free(&scratch);
    return status;
}

static struct status send_request(const struct attempt *attempt, struct headers *headers,
                                  struct http_reply *reply)
{
    snprintf(headers->retry, sizeof headers->retry, "attempt=%u; max=%u", attempt->number, attempt->max);
    add_header(headers, "amz-sdk-invocation-id", attempt->invocation_id);
    add_header(headers, "amz-sdk-request", headers->retry);
    const struct aws_call *call = attempt->call;
    struct http_request request = {
        .method = method_of(attempt),
        .url = url_of(attempt),
        .headers = headers->list,
        .header_count = headers->count,
        .body = call->body,
        .timeout_ms = attempt->timeout_ms,
        .reply_ceiling = call->reply_ceiling > 0 ? call->reply_ceiling : REPLY_CEILING_DEFAULT,
        .reply_expected = call->reply_expected,
        .buffers = call->buffers,
        .cancel = call->cancel,
    };
    return http_perform(attempt->transport, &request, reply);
}

static struct status exchange(const struct attempt *attempt, struct http_reply *reply)
{
    struct http_url url;
    struct headers headers = {.count = 0};
    TRY(http_url_parse(url_of(attempt), &url));
    TRY(make_signed_headers(attempt, &url, &headers));
    if (attempt->credentials == NULL) {
        return send_request(attempt, &headers, reply);
    }
    struct bytes authorization;
    const char *text = NULL;
    bytes_init(&authorization, SIGV4_TEXT_CEILING);
    struct status status = sign(attempt, &url, &headers, &authorization);
    if (status.code == STATUS_OK) {
        status = bytes_terminate(&authorization, &text);
    }
    if (status.code == STATUS_OK) {
        add_header(&headers, "authorization", text);
        status = send_request(attempt, &headers, reply);
    }
    bytes_wipe(&authorization);
    return status;
}

/* x-amz-crc32 covers the bytes as they came. */
static struct status check_crc(const struct http_reply *reply)
{
    struct slice text = http_reply_header(reply, "x-amz-crc32");
    int64_t announced = 0;
    if (text.at == NULL || !slice_parse_int64(text, &announced)) {
        return status_ok();
    }
    uint64_t computed = crc32_compute(bytes_slice(&reply->body));
    if ((uint64_t)announced != computed) {
        return status_make(STATUS_CORRUPT, "the reply of %zu bytes does not match its x-amz-crc32",
                           reply->body.length);
    }
    return status_ok();
}

/* What a reply that is no success says. */
static struct status refusal(const struct attempt *attempt, struct aws_reply *reply,
                             enum retry_verdict *ret_verdict)
{
    struct aws_error error;
    if (attempt->service->target_prefix == NULL) {
        aws_error_parse_xml(bytes_slice(&reply->http.body), &error);
    } else {
        aws_error_parse_json(&reply->http, &error);
    }
    memcpy(reply->error_code, error.code, sizeof reply->error_code);
    struct slice code = slice_of_text(error.code);
    struct retry_failure failure = {.http_status = reply->http.status, .error_code = code};
    *ret_verdict = retry_classify(&failure);
    enum status_code status_code = aws_error_status_code(reply->http.status, code);
    if (error.code[0] == '\0') {
        return status_make(status_code, "HTTP %d without an AWS error: is the endpoint %.100s right?",
                           reply->http.status, url_of(attempt));
    }
    return status_make(status_code, "%s: %s", error.code, error.message);
}

void attempt_clear_reply(struct aws_reply *reply)
{
    reply->http.status = 0;
    bytes_clear(&reply->http.body);
    bytes_clear(&reply->http.headers);
    reply->error_code[0] = '\0';
    reply->request_id[0] = '\0';
}

static struct status perform(const struct attempt *attempt, struct aws_reply *reply,
                             enum retry_verdict *ret_verdict)
{
    attempt_clear_reply(reply);
    struct status status = exchange(attempt, &reply->http);
    if (status.code == STATUS_OK) {
        aws_error_request_id(&reply->http, reply->request_id);
        status = check_crc(&reply->http);
    }
    if (status.code != STATUS_OK) {
        *ret_verdict = retry_classify(&(struct retry_failure){.transport = status.code});
        return status;
    }
    if (reply->http.status >= 200 && reply->http.status < 300) {
        return status_ok();
    }
    return refusal(attempt, reply, ret_verdict);
}

struct status attempt_perform(const struct attempt *attempt, struct aws_reply *reply,
                              enum retry_verdict *ret_verdict)
{
    *ret_verdict = RETRY_NONE;
    return status_prefix(perform(attempt, reply, ret_verdict), "%s %s", attempt->service->name,
                         attempt->call->operation);
}
