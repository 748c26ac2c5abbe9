/* Fetches a URL through the production transport, for tests: http_get URL [CA-BUNDLE [COUNT]].
 *
 * Prints "code status body" a line and exchange: the status code in words, the HTTP status, the body; on
 * failure the reason in place of the body.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/http_curl.h"

enum { TIMEOUT_MS = 20000, REPLY_CEILING = 65536 };

static void print(const struct status *status, const struct http_reply *reply)
{
    bool ok = status->code == STATUS_OK;
    printf("%s|%d|%.*s\n", status_code_name(status->code), reply->status,
           ok ? (int)reply->body.length : (int)strlen(status->reason), ok ? reply->body.at : status->reason);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: http_get URL [CA-BUNDLE [COUNT]]\n");
        return 2;
    }
    struct http_curl_options options = {.ca_bundle = argc > 2 && argv[2][0] != '\0' ? argv[2] : NULL};
    struct http_transport *transport = NULL;
    struct status status = http_curl_create(&options, &transport);
    if (status.code != STATUS_OK) {
        fprintf(stderr, "http_get: %s\n", status.reason);
        return 1;
    }
    struct http_reply reply = {.status = 0};
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
    for (long i = 0; i < count; i++) {
        struct http_request request = {.method = "GET",
                                       .url = argv[1],
                                       .timeout_ms = TIMEOUT_MS,
                                       .reply_ceiling = REPLY_CEILING,
                                       .direct = true};
        status = http_perform(transport, &request, &reply);
        print(&status, &reply);
    }
    http_reply_free(&reply);
    transport->destroy(transport);
    return 0;
}
