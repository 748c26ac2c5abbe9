#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "tests/support/faultd/dispatch.h"
#include "tests/support/faultd/http_head.h"
#include "tests/support/faultd/server.h"
#include "tests/support/faultd/wire.h"

enum { READ_BYTES = 256 * 1024, SLOW_STEP_MS = 20 };

/* One connection's buffers, used again for every request. */
struct exchange {
    struct connection *connection;
    struct wire wire;
    struct bytes input;
    struct request request;
    struct reply reply;
};

static void sleep_ms(int64_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* Reads more into the input; false when the peer closed or the input is full. */
static bool receive(struct exchange *exchange, size_t wanted)
{
    struct bytes *input = &exchange->input;
    struct status status = bytes_reserve(input, wanted);
    if (!status_is_ok(&status)) {
        return false;
    }
    ssize_t got = wire_receive(&exchange->wire, input->at + input->length, wanted);
    if (got <= 0) {
        return got < 0 && errno == EINTR;
    }
    input->length += (size_t)got;
    return true;
}

static bool send_text(struct wire *wire, const char *text, size_t length)
{
    char copy[64];
    struct iovec part = {.iov_base = copy, .iov_len = length};
    memcpy(copy, text, length);
    return wire_send(wire, &part, 1);
}

/* Reads one whole request. False when the connection is over or the request is bad. */
static bool read_request(struct exchange *exchange, struct head *ret_head)
{
    bool continued = false;
    for (;;) {
        enum head_verdict verdict = head_parse(bytes_slice(&exchange->input), &exchange->request, ret_head);
        if (verdict == HEAD_BAD || (verdict == HEAD_COMPLETE && ret_head->body_length > REQUEST_BODY_BYTES)) {
            static const char refusal[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            send_text(&exchange->wire, refusal, sizeof refusal - 1);
            return false;
        }
        size_t wanted = READ_BYTES;
        if (verdict == HEAD_COMPLETE) {
            size_t whole = ret_head->length + ret_head->body_length;
            if (exchange->input.length >= whole) {
                exchange->request.body =
                    slice_of(exchange->input.at + ret_head->length, ret_head->body_length);
                return true;
            }
            if (ret_head->expects_continue && !continued) {
                static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
                continued = send_text(&exchange->wire, go_on, sizeof go_on - 1);
            }
            wanted = whole - exchange->input.length;
        }
        if (!receive(exchange, wanted)) {
            return false;
        }
    }
}

static const char *status_words(int status)
{
    return status < 300 ? "OK" : status < 500 ? "Bad Request" : "Internal Server Error";
}

/* At so many bytes a second, in steps. */
static bool send_slowly(struct wire *wire, const char *at, size_t length, int64_t bytes_per_second)
{
    int64_t start = clock_boot_ms(clock_real());
    size_t sent = 0;
    while (sent < length) {
        size_t due = (size_t)((clock_boot_ms(clock_real()) - start) * bytes_per_second / 1000) + 1;
        due = due > length ? length : due;
        for (; sent < due; sent++) {
            if (!send_text(wire, at + sent, 1)) {
                return false;
            }
        }
        sleep_ms(SLOW_STEP_MS);
    }
    return true;
}

static int write_head(const struct exchange *exchange, const struct delivery *delivery, char *head,
                      size_t size)
{
    const struct reply *reply = &exchange->reply;
    const struct connection *connection = exchange->connection;
    char date[64], checksum[48] = "";
    time_t now = (time_t)(world_now_ms(connection->world) / 1000);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (reply->checksum) {
        uLong sum = crc32_z(0, (const Bytef *)reply->body.at, reply->body.length);
        snprintf(checksum, sizeof checksum, "x-amz-crc32: %lu\r\n", delivery->wrong_checksum ? sum ^ 1 : sum);
    } else if (delivery->wrong_checksum) {
        snprintf(checksum, sizeof checksum, "x-amz-crc32: 1\r\n");
    }
    return snprintf(
        head, size,
        "HTTP/1.1 %d %s\r\nServer: faultd\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
        "x-amzn-RequestId: %s\r\n%s%.*s%s\r\n",
        reply->status, status_words(reply->status), date, reply->content_type, reply->body.length,
        reply->request_id, checksum, (int)reply->headers.length, reply->headers.at,
        exchange->request.keep_alive ? "" : "Connection: close\r\n");
}

static void reset_connection(int descriptor)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    if (setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) != 0) {
        shutdown(descriptor, SHUT_RDWR);
    }
}

/* Sends the reply as the delivery says. False when the connection ends with it. */
static bool send_reply(struct exchange *exchange, const struct delivery *delivery)
{
    int descriptor = exchange->connection->descriptor;
    char head[8192];
    if (delivery->delay_ms > 0) {
        sleep_ms(delivery->delay_ms);
    }
    if (delivery->reset) {
        reset_connection(descriptor);
    }
    if (delivery->reset || delivery->drop) {
        return false;
    }
    int length = write_head(exchange, delivery, head, sizeof head);
    if (length < 0 || (size_t)length >= sizeof head) {
        return false;
    }
    size_t body = exchange->reply.body.length;
    bool cut = delivery->cut_at >= 0 && (size_t)delivery->cut_at < body;
    body = cut ? (size_t)delivery->cut_at : body;
    struct iovec parts[] = {{.iov_base = head, .iov_len = (size_t)length},
                            {.iov_base = exchange->reply.body.at, .iov_len = body}};
    bool slow = delivery->bytes_per_second > 0;
    if (!wire_send(&exchange->wire, parts, slow || body == 0 ? 1 : 2) ||
        (slow && !send_slowly(&exchange->wire, exchange->reply.body.at, body, delivery->bytes_per_second))) {
        return false;
    }
    return !cut && exchange->request.keep_alive;
}

/* One request and its reply; false when the connection is over. */
static bool serve_one(struct exchange *exchange)
{
    struct head head;
    struct delivery delivery;
    int64_t place = NO_PLACE;
    if (!read_request(exchange, &head)) {
        return false;
    }
    struct stats *stats = &exchange->connection->world->stats;
    reply_clear(&exchange->reply);
    dispatch(exchange->connection->world, exchange->connection->descriptor, &exchange->request,
             &exchange->reply, &delivery, &place);
    bool goes_on = send_reply(exchange, &delivery);
    if (place != NO_PLACE) {
        stats_end(stats, (size_t)place, exchange->reply.body.length, exchange->reply.error_code,
                  delivery.fault != NULL);
    }
    size_t used = head.length + head.body_length;
    memmove(exchange->input.at, exchange->input.at + used, exchange->input.length - used);
    exchange->input.length -= used;
    exchange->request = (struct request){.service = SERVICE_NONE};
    return goes_on;
}

void *connection_run(void *argument)
{
    struct connection *connection = argument;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange != NULL) {
        exchange->connection = connection;
        bytes_init(&exchange->input, REQUEST_HEAD_BYTES + REQUEST_BODY_BYTES + READ_BYTES);
        reply_init(&exchange->reply);
        if (wire_open(&exchange->wire, connection->descriptor, connection->world->tls)) {
            while (serve_one(exchange)) {
            }
        }
        wire_close(&exchange->wire);
        bytes_free(&exchange->input);
        reply_free(&exchange->reply);
        free(exchange);
    }
    shutdown(connection->descriptor, SHUT_RDWR);
    atomic_store(&connection->done, true);
    return NULL;
}
