/* Signs requests for tests: a JSON object a line on standard input, one a line on standard output.
 *
 *   in:
 * {"method","path","query","headers":[[name,value],...],"body_base64","region","service","timestamp","key",
 *         "secret"}
 *   out: {"canonical_request","string_to_sign","authorization"}
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/base64.h"
#include "aws/json.h"
#include "aws/sigv4.h"

enum { LINE_CEILING = 16 * 1024 * 1024 };

/* The buffers of one request. */
struct work {
    struct http_header headers[SIGV4_HEADERS];
    size_t header_count;
    struct bytes body;
    struct bytes canonical;
    struct bytes to_sign;
    struct bytes scratch;
    struct bytes authorization;
    struct bytes out;
};

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = json_text(object, name).at;
    return text == NULL ? "" : text;
}

static struct status read_headers(const cJSON *list, struct work *work)
{
    work->header_count = 0;
    const cJSON *pair = NULL;
    cJSON_ArrayForEach(pair, list)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
        const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
        if (name == NULL || value == NULL || work->header_count == SIGV4_HEADERS) {
            return status_make(STATUS_INVALID, "a header is no pair of texts, or one too many");
        }
        work->headers[work->header_count++] = (struct http_header){name, value};
    }
    return status_ok();
}

static struct status sign(const cJSON *in, struct work *work)
{
    char body_sha256[CRYPTO_SHA256_HEX_BYTES];
    unsigned char key[CRYPTO_SHA256_BYTES];
    TRY(read_headers(json_array(in, "headers"), work));
    TRY(base64_decode(json_text(in, "body_base64"), &work->body));
    TRY(crypto_sha256_hex(bytes_slice(&work->body), body_sha256));
    struct sigv4_scope scope = {text_of(in, "region"), text_of(in, "service"), text_of(in, "timestamp")};
    struct sigv4_request request = {.method = text_of(in, "method"),
                                    .path = json_text(in, "path"),
                                    .query = json_text(in, "query"),
                                    .headers = work->headers,
                                    .header_count = work->header_count,
                                    .body_sha256 = body_sha256,
                                    .path_as_is = strcmp(scope.service, "s3") == 0};
    TRY(sigv4_canonical_request(&request, &work->canonical));
    TRY(sigv4_string_to_sign(&scope, bytes_slice(&work->canonical), &work->to_sign));
    TRY(sigv4_signing_key(&scope, text_of(in, "secret"), key));
    return sigv4_authorize(&request, &scope, text_of(in, "key"), key, &work->scratch, &work->authorization);
}

static struct status answer(struct work *work)
{
    TRY(bytes_append_text(&work->out, "{\"canonical_request\":"));
    TRY(json_append_string(&work->out, bytes_slice(&work->canonical)));
    TRY(bytes_append_text(&work->out, ",\"string_to_sign\":"));
    TRY(json_append_string(&work->out, bytes_slice(&work->to_sign)));
    TRY(bytes_append_text(&work->out, ",\"authorization\":"));
    TRY(json_append_string(&work->out, bytes_slice(&work->authorization)));
    return bytes_append_text(&work->out, "}\n");
}

static struct status do_line(struct slice line)
{
    struct work work = {.header_count = 0};
    struct bytes *const buffers[] = {&work.body,    &work.canonical,     &work.to_sign,
                                     &work.scratch, &work.authorization, &work.out};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        bytes_init(buffers[i], LINE_CEILING);
    }
    cJSON *in = NULL;
    struct status status = json_parse(line, &in);
    if (status.code == STATUS_OK) {
        status = sign(in, &work);
    }
    if (status.code == STATUS_OK) {
        status = answer(&work);
    }
    if (status.code == STATUS_OK && fwrite(work.out.at, 1, work.out.length, stdout) != work.out.length) {
        status = status_make(STATUS_IO, "cannot write to standard output");
    }
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        bytes_free(buffers[i]);
    }
    cJSON_Delete(in);
    return status;
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    struct status status = status_ok();
    while (status.code == STATUS_OK && (length = getline(&line, &capacity, stdin)) > 0) {
        status = do_line(slice_of(line, (size_t)length));
    }
    free(line);
    if (status.code != STATUS_OK) {
        fprintf(stderr, "sigv4_sign: %s\n", status.reason);
        return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
