#include "tests/support/faultd/upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { UPSTREAM_SECONDS = 60 };

const char *upstream_of(const struct world *world, enum service service)
{
    bool dynamodb = service == SERVICE_DYNAMODB || service == SERVICE_STREAMS;
    return dynamodb                      ? world->upstream_dynamodb
           : service == SERVICE_FIREHOSE ? world->upstream_firehose
                                         : NULL;
}

const char *upstream_parse(const char *url, char *target, size_t size)
{
    static const char scheme[] = "http://127.0.0.1:";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0) {
        return NULL;
    }
    const char *address = url + 7;
    size_t length = strcspn(address, "/");
    return slice_copy_text(slice_of(address, length), target, size) ? target : NULL;
}

static int connect_to(const char *address)
{
    struct sockaddr_in target = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = UPSTREAM_SECONDS};
    const char *colon = strchr(address, ':');
    long port = colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
    target.sin_port = htons((uint16_t)port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return -1;
    }
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        connect(descriptor, (struct sockaddr *)&target, sizeof target) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

static bool skip_header(struct slice name)
{
    static const char *const skipped[] = {"connection", "expect", "keep-alive", "accept-encoding"};
    for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++) {
        if (name.length == strlen(skipped[i]) && strncasecmp(name.at, skipped[i], name.length) == 0) {
            return true;
        }
    }
    return false;
}

static struct status write_request(const struct request *request, struct bytes *text)
{
    TRY(bytes_append_format(text, "%.*s %.*s%s%.*s HTTP/1.1\r\nConnection: close\r\n",
                            (int)request->method.length, request->method.at, (int)request->path.length,
                            request->path.at, request->query.length > 0 ? "?" : "",
                            (int)request->query.length, request->query.at));
    for (size_t i = 0; i < request->header_count; i++) {
        const struct header *header = &request->headers[i];
        if (!skip_header(header->name)) {
            TRY(bytes_append_format(text, "%.*s: %.*s\r\n", (int)header->name.length, header->name.at,
                                    (int)header->value.length, header->value.at));
        }
    }
    TRY(bytes_append_text(text, "\r\n"));
    return bytes_append_slice(text, request->body);
}

static bool send_all(int descriptor, struct slice data)
{
    while (data.length > 0) {
        ssize_t sent = send(descriptor, data.at, data.length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        data = slice_of(data.at + sent, data.length - (size_t)sent);
    }
    return true;
}

/* Reads until the peer closes. */
static bool receive_all(int descriptor, struct bytes *text)
{
    for (;;) {
        struct status status = bytes_reserve(text, 65536);
        if (!status_is_ok(&status)) {
            return false;
        }
        ssize_t got = recv(descriptor, text->at + text->length, 65536, 0);
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            return true;
        }
        text->length += (size_t)got;
    }
}

static struct slice find_header(struct slice head, const char *name)
{
    size_t length = strlen(name);
    const char *at = head.at, *end = head.at + head.length;
    while (at < end) {
        const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        line_end = line_end == NULL ? end : line_end;
        if ((size_t)(line_end - at) > length && strncasecmp(at, name, length) == 0 && at[length] == ':') {
            const char *value = at + length + 1;
            while (value < line_end && *value == ' ') {
                value++;
            }
            return slice_of(value, (size_t)(line_end - value));
        }
        at = line_end + 2;
    }
    return slice_of("", 0);
}

static bool append_chunks(struct slice body, struct reply *reply)
{
    for (;;) {
        char size[20];
        const char *end = body.length == 0 ? NULL : memmem(body.at, body.length, "\r\n", 2);
        if (end == NULL || !slice_copy_text(slice_of(body.at, (size_t)(end - body.at)), size, sizeof size)) {
            return false;
        }
        size_t length = strtoul(size, NULL, 16), used = (size_t)(end - body.at) + 2;
        if (length == 0) {
            return true;
        }
        if (length > body.length - used || body.length - used - length < 2) {
            return false;
        }
        reply_slice(reply, slice_of(body.at + used, length));
        body = slice_of(body.at + used + length + 2, body.length - used - length - 2);
    }
}

/* Takes over status, type, checksum, error headers and body. */
static bool read_reply(struct slice whole, struct reply *reply)
{
    const char *blank = memmem(whole.at, whole.length, "\r\n\r\n", 4);
    if (blank == NULL || !slice_starts_with(whole, "HTTP/1.") || whole.length < 12) {
        return false;
    }
    struct slice head = slice_of(whole.at, (size_t)(blank - whole.at));
    struct slice body = slice_of(blank + 4, whole.length - head.length - 4);
    static const char *const kept[] = {"x-amz-crc32", "x-amzn-errortype", "x-amzn-requestid"};
    reply->status = (int)strtol(whole.at + 9, NULL, 10);
    reply->checksum = false;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct slice value = find_header(head, kept[i]);
        if (value.length > 0) {
            struct status status =
                bytes_append_format(&reply->headers, "%s: %.*s\r\n", kept[i], (int)value.length, value.at);
            reply->failed = reply->failed || !status_is_ok(&status);
        }
    }
    if (find_header(head, "transfer-encoding").length > 0) {
        return append_chunks(body, reply);
    }
    reply_slice(reply, body);
    return true;
}

void upstream_forward(const char *address, const struct request *request, struct reply *reply)
{
    struct bytes text;
    bytes_init(&text, REPLY_BODY_BYTES);
    int descriptor = connect_to(address);
    struct status status = write_request(request, &text);
    bool sent = descriptor >= 0 && status_is_ok(&status) && send_all(descriptor, bytes_slice(&text));
    bytes_clear(&text);
    if (!sent || !receive_all(descriptor, &text) || !read_reply(bytes_slice(&text), reply)) {
        reply_error(reply, request, 502, "BadGateway", "the upstream at %s gave no answer", address);
    }
    if (descriptor >= 0) {
        close(descriptor);
    }
    bytes_free(&text);
}
