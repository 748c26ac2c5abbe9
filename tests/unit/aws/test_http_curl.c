/* The libcurl transport against servers that misbehave: whatever a network does to a reply must come out as a
 * status in time, never as a hang, a crash, a silent second request or a body that is not the server's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/http_curl.h"
#include "base/clock.h"
#include "tests/unit/aws/socket_server.h"

enum { HANG_MS = 60000 }; /* far beyond any slow machine */

static struct http_transport *make_transport(size_t idle)
{
    struct http_transport *transport = NULL;
    struct http_curl_options options = {.idle_handles = idle};
    assert_int_equal(http_curl_create(&options, &transport).code, STATUS_OK);
    return transport;
}

/* A POST of `body` that must end within HANG_MS. */
static struct status post(struct http_transport *transport, int port, struct slice body, int64_t timeout_ms,
                          struct stop *cancel, struct http_reply *reply)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", port);
    struct http_header headers[] = {{"content-type", "application/x-amz-json-1.0"}, {"x-amz-target", "X.Y"}};
    struct http_request request = {.method = "POST",
                                   .url = url,
                                   .headers = headers,
                                   .header_count = 2,
                                   .body = body,
                                   .timeout_ms = timeout_ms,
                                   .reply_ceiling = 100000,
                                   .direct = true,
                                   .cancel = cancel};
    return http_perform(transport, &request, reply);
}

/* ---- Replies of every kind ---- */

struct reply_case {
    const char *name;
    const char *reply; /* sent as it is, then the connection is closed */
    enum status_code code;
    int http_status;
    const char *body;
    int64_t timeout_ms; /* 0: HANG_MS */
    bool hang; /* stay open and silent instead of closing */
};

static bool answer_with_case(struct server_connection *connection, const char *request, size_t length)
{
    (void)request;
    (void)length;
    const struct reply_case *reply = connection->server->context;
    server_send_text(connection, reply->reply);
    if (reply->hang) {
        server_hang(connection);
    }
    return false;
}

static const struct reply_case reply_cases[] = {
    {"whole", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STATUS_OK, 200, "hello", 0, false},
    {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STATUS_OK, 200, "", 0, false},
    {"a refusal is a reply", "HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n{}", STATUS_OK, 400, "{}", 0,
     false},
    {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
     STATUS_OK, 200, "abcde", 0, false},
    {"to the end of the connection", "HTTP/1.1 200 OK\r\n\r\nuntil", STATUS_OK, 200, "until", 0, false},
    {"an interim reply first",
     "HTTP/1.1 100 Continue\r\nx-a: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", STATUS_OK, 200,
     "ok", 0, false},
    {"a redirect is not followed",
     "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", STATUS_OK, 302, "",
     0, false},
    {"gzip stays as it came",
     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b??", STATUS_OK, 200,
     "\x1f\x8b??", 0, false},
    {"nothing", "", STATUS_UNAVAILABLE, 0, NULL, 0, false},
    {"cut in the status line", "HTTP/1.1 20", STATUS_UNAVAILABLE, 0, NULL, 0, false},
    {"cut in the body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", STATUS_UNAVAILABLE, 200, NULL,
     0, false},
    {"cut in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabc", STATUS_UNAVAILABLE,
     200, NULL, 0, false},
    {"chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
     STATUS_UNAVAILABLE, 200, NULL, 0, false},
    {"a chunk of no length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
     STATUS_UNAVAILABLE, 200, NULL, 0, false},
    {"garbage", "\x16\x03\x01 this is not HTTP\r\n\r\n", STATUS_UNAVAILABLE, 0, NULL, 0, false},
    {"HTTP/0.9", "hello", STATUS_UNAVAILABLE, 0, NULL, 0, false},
    {"silence", "", STATUS_TIMEOUT, 0, NULL, 300, true},
    {"silence in the headers", "HTTP/1.1 200 OK\r\nX-A", STATUS_TIMEOUT, 0, NULL, 300, true},
    {"silence in the body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello", STATUS_TIMEOUT, 200, NULL,
     300, true},
};

static void every_reply_ends_in_a_status(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    for (size_t i = 0; i < sizeof reply_cases / sizeof reply_cases[0]; i++) {
        struct reply_case c = reply_cases[i];
        struct socket_server server;
        server_start(&server, answer_with_case, &c);
        struct status status = post(transport, server.port, slice_of_text("{}"),
                                    c.timeout_ms > 0 ? c.timeout_ms : HANG_MS, NULL, &reply);
        if (status.code != c.code ||
            (c.body != NULL && !slice_equals_text(bytes_slice(&reply.body), c.body))) {
            fail_msg("%s: %s %s", c.name, status_code_name(status.code), status.reason);
        }
        if (c.code == STATUS_OK) {
            assert_int_equal(reply.status, c.http_status);
        } else {
            assert_non_null(strstr(status.reason, "127.0.0.1"));
        }
        server_end(&server);
        int requests = atomic_load(&server.requests);
        assert_true(requests == 1 || (requests == 0 && c.hang)); /* its time may be over before it is sent */
    }
    http_reply_free(&reply);
    transport->destroy(transport);
}

/* ---- Ceilings ---- */

static bool answer_without_end(struct server_connection *connection, const char *request, size_t length)
{
    (void)request;
    (void)length;
    const char *kind = connection->server->context;
    char block[4096];
    memset(block, 'x', sizeof block);
    bool open = server_send_text(connection, "HTTP/1.1 200 OK\r\n");
    if (strcmp(kind, "body") == 0) {
        open = open && server_send_text(connection, "\r\n");
    }
    if (strcmp(kind, "announced body") == 0) {
        open = open && server_send_text(connection, "Content-Length: 100001\r\n\r\n");
    }
    for (size_t i = 0; open && i < 1000000; i++) {
        if (strcmp(kind, "headers") == 0) {
            open = server_send_text(connection, "X-Bomb: boom boom boom boom boom boom boom\r\n");
        } else if (strcmp(kind, "interim replies") == 0) {
            open = server_send_text(connection, "\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n");
        } else {
            open = server_send(connection, block, sizeof block); /* "one header" too */
        }
    }
    return false;
}

static void a_reply_over_its_ceiling_is_refused_without_being_read_whole(void **state)
{
    (void)state;
    static const char *const kinds[] = {"body", "announced body", "headers", "one header", "interim replies"};
    struct http_transport *transport = make_transport(0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct socket_server server;
        struct http_reply reply = {.status = 0};
        char kind[32];
        snprintf(kind, sizeof kind, "%s", kinds[i]);
        server_start(&server, answer_without_end, kind);
        struct status status = post(transport, server.port, slice_of_text("{}"), HANG_MS, NULL, &reply);
        if (status.code != STATUS_TOO_LARGE) {
            fail_msg("%s: %s %s", kind, status_code_name(status.code), status.reason);
        }
        assert_true(reply.body.capacity <= 100001);
        assert_true(reply.headers.capacity <= (size_t)HTTP_REPLY_HEADERS_CEILING * 2 + 1);
        http_reply_free(&reply);
        server_end(&server);
    }
    transport->destroy(transport);
}

/* ---- Time and cancelling ---- */

static bool answer_a_byte_at_a_time(struct server_connection *connection, const char *request, size_t length)
{
    (void)request;
    (void)length;
    bool open = server_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    while (open && !stop_wait_ms(&connection->server->stop, 50)) {
        open = server_send_text(connection, "x");
    }
    return false;
}

static void a_reply_that_trickles_in_does_not_outlast_the_deadline(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct socket_server server;
    server_start(&server, answer_a_byte_at_a_time, NULL);
    struct status status = post(transport, server.port, slice_of_text("{}"), 400, NULL, &reply);
    assert_int_equal(status.code, STATUS_TIMEOUT);
    assert_true(reply.body.length < 5000);
    http_reply_free(&reply);
    server_end(&server);
    transport->destroy(transport);
}

static void *request_stop_soon(void *argument)
{
    struct timespec pause = {.tv_nsec = 50 * 1000000};
    nanosleep(&pause, NULL);
    stop_request(argument);
    return NULL;
}

static void a_stop_ends_an_exchange_under_way(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct socket_server server;
    struct stop cancel;
    struct thread thread = {.started = false};
    struct reply_case silent = {.reply = "", .hang = true};
    server_start(&server, answer_with_case, &silent);
    stop_init(&cancel);
    assert_int_equal(thread_start(&thread, "stopper", THREAD_STACK_SMALL, request_stop_soon, &cancel).code,
                     STATUS_OK);
    assert_int_equal(post(transport, server.port, slice_of_text("{}"), 10 * HANG_MS, &cancel, &reply).code,
                     STATUS_STOPPED);
    thread_join(&thread);
    /* Requested before: nothing is sent at all. */
    int requests = atomic_load(&server.requests);
    assert_int_equal(post(transport, server.port, slice_of_text("{}"), HANG_MS, &cancel, &reply).code,
                     STATUS_STOPPED);
    assert_int_equal(atomic_load(&server.requests), requests);
    stop_destroy(&cancel);
    http_reply_free(&reply);
    server_end(&server);
    transport->destroy(transport);
}

/* ---- Connections ---- */

static bool answer_ok(struct server_connection *connection, const char *request, size_t length)
{
    (void)request;
    (void)length;
    return server_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* 200, then refusals of both kinds, and again: of the request, not of the connection. */
static bool answer_in_turn(struct server_connection *connection, const char *request, size_t length)
{
    (void)request;
    (void)length;
    static const char *const replies[] = {"200 OK", "400 Bad Request", "500 Internal Server Error"};
    char text[96];
    snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\nok",
             replies[(atomic_load(&connection->server->requests) - 1) % 3]);
    return server_send_text(connection, text);
}

static void a_connection_is_used_again_after_success_and_after_failure(void **state)
{
    (void)state;
    static const int wanted[] = {200, 400, 500};
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct socket_server server;
    server_start(&server, answer_in_turn, NULL);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(post(transport, server.port, slice_of_text("{}"), HANG_MS, NULL, &reply).code,
                         STATUS_OK);
        assert_int_equal(reply.status, wanted[i % 3]);
        assert_true(slice_equals_text(bytes_slice(&reply.body), "ok"));
    }
    assert_int_equal(atomic_load(&server.connections), 1);
    assert_int_equal(atomic_load(&server.requests), 7);
    http_reply_free(&reply);
    server_end(&server);
    transport->destroy(transport);
}

/* Answers, and hangs up without having said so. */
static bool answer_and_hang_up(struct server_connection *connection, const char *request, size_t length)
{
    (void)answer_ok(connection, request, length);
    (void)shutdown(connection->descriptor, SHUT_RDWR);
    atomic_fetch_add((atomic_int *)connection->server->context, 1);
    return false;
}

static void a_connection_that_died_idle_is_replaced(void **state) /* fault 46 */
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct socket_server server;
    atomic_int dead = 0;
    server_start(&server, answer_and_hang_up, &dead);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(post(transport, server.port, slice_of_text("{}"), HANG_MS, NULL, &reply).code,
                         STATUS_OK);
        for (int64_t waited_ms = 0; atomic_load(&dead) <= i; waited_ms++) {
            assert_true(waited_ms < HANG_MS);
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
    }
    assert_int_equal(atomic_load(&server.connections), 5);
    assert_int_equal(atomic_load(&server.requests), 5);
    http_reply_free(&reply);
    server_end(&server);
    transport->destroy(transport);
}

/* The first request of a connection is answered; the second is taken in and the connection dies. */
static bool answer_once(struct server_connection *connection, const char *request, size_t length)
{
    int *answered = connection->server->context;
    if ((*answered)++ > 0) {
        return false;
    }
    return answer_ok(connection, request, length);
}

static void a_request_that_may_have_been_taken_in_is_never_sent_twice(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 300000}; /* sent with the headers, and after them */
    for (size_t i = 0; i < 2; i++) {
        struct http_transport *transport = make_transport(0);
        struct http_reply reply = {.status = 0};
        struct socket_server server;
        int answered = 0;
        char *body = malloc(sizes[i]);
        assert_non_null(body);
        memset(body, 'b', sizes[i]);
        server_start(&server, answer_once, &answered);
        struct slice slice = slice_of(body, sizes[i]);
        assert_int_equal(post(transport, server.port, slice, HANG_MS, NULL, &reply).code, STATUS_OK);
        struct status status = post(transport, server.port, slice, HANG_MS, NULL, &reply);
        assert_int_equal(status.code, STATUS_UNAVAILABLE);
        assert_int_equal(atomic_load(&server.requests), 2);
        free(body);
        http_reply_free(&reply);
        server_end(&server);
        transport->destroy(transport);
    }
}

static void nobody_listening_is_unavailable(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int deaf =
        socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* has the port, so that nobody else listens there */
    assert_int_equal(bind(deaf, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(deaf, (struct sockaddr *)&address, &length), 0);
    struct status status =
        post(transport, ntohs(address.sin_port), slice_of_text("{}"), HANG_MS, NULL, &reply);
    assert_int_equal(status.code, STATUS_UNAVAILABLE);
    assert_int_equal(close(deaf), 0);
    http_reply_free(&reply);
    transport->destroy(transport);
}

enum { CALLERS = 8, CALLS_EACH = 40 };

struct caller {
    struct http_transport *transport;
    int port;
    int number;
    int wrong;
};

static bool answer_echo(struct server_connection *connection, const char *request, size_t length)
{
    char head[64];
    const char *body = strstr(request, "\r\n\r\n") + 4;
    size_t body_length = length - (size_t)(body - request);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body_length);
    return server_send_text(connection, head) && server_send(connection, body, body_length);
}

static void *call_often(void *argument)
{
    struct caller *caller = argument;
    struct http_reply reply = {.status = 0};
    for (int i = 0; i < CALLS_EACH; i++) {
        char body[64];
        snprintf(body, sizeof body, "caller %d, call %d", caller->number, i);
        struct status status =
            post(caller->transport, caller->port, slice_of_text(body), HANG_MS, NULL, &reply);
        if (status.code != STATUS_OK || !slice_equals_text(bytes_slice(&reply.body), body)) {
            caller->wrong++;
        }
    }
    http_reply_free(&reply);
    return NULL;
}

static void many_threads_get_their_own_answers_over_few_connections(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(CALLERS);
    struct socket_server server;
    struct caller callers[CALLERS];
    struct thread threads[CALLERS] = {{.started = false}};
    server_start(&server, answer_echo, NULL);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){transport, server.port, i, 0};
        assert_int_equal(
            thread_start(&threads[i], "caller", THREAD_STACK_CALLS, call_often, &callers[i]).code, STATUS_OK);
    }
    for (int i = 0; i < CALLERS; i++) {
        thread_join(&threads[i]);
        assert_int_equal(callers[i].wrong, 0);
    }
    assert_int_equal(atomic_load(&server.requests), CALLERS * CALLS_EACH);
    assert_true(atomic_load(&server.connections) <= CALLERS);
    server_end(&server);
    transport->destroy(transport);
}

/* ---- What is sent ---- */

struct seen {
    char text[4096];
};

static bool answer_and_keep(struct server_connection *connection, const char *request, size_t length)
{
    struct seen *seen = connection->server->context;
    snprintf(seen->text, sizeof seen->text, "%s", request);
    return answer_ok(connection, request, length);
}

static void a_request_arrives_as_it_was_given_with_nothing_added_that_signs(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct socket_server server;
    struct seen seen = {""};
    server_start(&server, answer_and_keep, &seen);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/a/../b?x=1", server.port);
    struct http_header headers[] = {{"host", "example.org:99"}, {"x-empty", ""}};
    struct http_request request = {.method = "PUT",
                                   .url = url,
                                   .headers = headers,
                                   .header_count = 2,
                                   .timeout_ms = HANG_MS,
                                   .reply_ceiling = 10,
                                   .direct = true};
    assert_int_equal(http_perform(transport, &request, &reply).code, STATUS_OK);
    assert_ptr_equal(strstr(seen.text, "PUT /a/../b?x=1 HTTP/1.1\r\n"), seen.text);
    assert_non_null(strcasestr(seen.text, "\r\nhost: example.org:99\r\n"));
    assert_non_null(strstr(seen.text, "\r\nx-empty:\r\n"));
    assert_non_null(strstr(seen.text, "\r\nUser-Agent: penstock/"));
    assert_non_null(strstr(seen.text, "\r\nContent-Length: 0\r\n"));
    assert_null(strcasestr(seen.text, "expect"));
    assert_null(strcasestr(seen.text, "accept"));
    assert_null(strcasestr(seen.text, "content-type"));
    request.method = "GET";
    assert_int_equal(http_perform(transport, &request, &reply).code, STATUS_OK);
    assert_ptr_equal(strstr(seen.text, "GET /a/../b?x=1 HTTP/1.1\r\n"), seen.text);
    assert_null(strcasestr(seen.text, "content-length"));
    http_reply_free(&reply);
    server_end(&server);
    transport->destroy(transport);
}

static void requests_that_cannot_be_meant_are_refused_before_anything_is_sent(void **state)
{
    (void)state;
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    struct http_header broken = {"x-a", "b\r\nx-smuggled: 1"};
    struct http_header nameless = {"", "b"};
    struct http_header blank = {"x a", "b"};
    struct http_request cases[] = {
        {.method = "POST", .url = "file:///etc/passwd", .timeout_ms = 1000},
        {.method = "POST", .url = "http://", .timeout_ms = 1000},
        {.method = "POST", .url = "http://u:p@127.0.0.1:1/", .timeout_ms = 1000},
        {.method = "POST", .url = "http://127.0.0.1:1/ x", .timeout_ms = 1000},
        {.method = "POST", .url = "http://127.0.0.1:99999/", .timeout_ms = 1000},
        {.method = "HEAD", .url = "http://127.0.0.1:1/", .timeout_ms = 1000},
        {.method = "POST",
         .url = "http://127.0.0.1:1/",
         .timeout_ms = 1000,
         .headers = &broken,
         .header_count = 1},
        {.method = "POST",
         .url = "http://127.0.0.1:1/",
         .timeout_ms = 1000,
         .headers = &nameless,
         .header_count = 1},
        {.method = "POST",
         .url = "http://127.0.0.1:1/",
         .timeout_ms = 1000,
         .headers = &blank,
         .header_count = 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct status status = http_perform(transport, &cases[i], &reply);
        if (status.code != STATUS_INVALID) {
            fail_msg("case %zu: %s %s", i, status_code_name(status.code), status.reason);
        }
        assert_null(strstr(status.reason, "smuggled"));
    }
    struct http_request no_time = {.method = "POST", .url = "http://127.0.0.1:1/"};
    assert_int_equal(http_perform(transport, &no_time, &reply).code, STATUS_TIMEOUT);
    http_reply_free(&reply);
    transport->destroy(transport);
}

/* ---- Proxies ---- */

static void proxies_of_the_environment_count_except_for_direct_calls(void **state)
{
    (void)state;
    struct socket_server proxy;
    struct socket_server target;
    struct seen by_proxy = {""};
    struct seen by_target = {""};
    char text[64];
    server_start(&proxy, answer_and_keep, &by_proxy);
    server_start(&target, answer_and_keep, &by_target);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", proxy.port);
    assert_int_equal(setenv("http_proxy", text, 1), 0);
    struct http_transport *transport = make_transport(0);
    struct http_reply reply = {.status = 0};
    snprintf(text, sizeof text, "http://127.0.0.1:%d/p", target.port);
    struct http_request request = {.method = "GET", .url = text, .timeout_ms = HANG_MS, .reply_ceiling = 10};
    assert_int_equal(http_perform(transport, &request, &reply).code, STATUS_OK);
    assert_ptr_equal(strstr(by_proxy.text, "GET http://127.0.0.1:"), by_proxy.text);
    assert_int_equal(atomic_load(&target.requests), 0);
    request.direct = true;
    assert_int_equal(http_perform(transport, &request, &reply).code, STATUS_OK);
    assert_int_equal(atomic_load(&target.requests), 1);
    assert_int_equal(atomic_load(&proxy.requests), 1);
    assert_int_equal(unsetenv("http_proxy"), 0);
    http_reply_free(&reply);
    transport->destroy(transport);
    server_end(&proxy);
    server_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reply_ends_in_a_status),
        cmocka_unit_test(a_reply_over_its_ceiling_is_refused_without_being_read_whole),
        cmocka_unit_test(a_reply_that_trickles_in_does_not_outlast_the_deadline),
        cmocka_unit_test(a_stop_ends_an_exchange_under_way),
        cmocka_unit_test(a_connection_is_used_again_after_success_and_after_failure),
        cmocka_unit_test(a_connection_that_died_idle_is_replaced),
        cmocka_unit_test(a_request_that_may_have_been_taken_in_is_never_sent_twice),
        cmocka_unit_test(nobody_listening_is_unavailable),
        cmocka_unit_test(many_threads_get_their_own_answers_over_few_connections),
        cmocka_unit_test(a_request_arrives_as_it_was_given_with_nothing_added_that_signs),
        cmocka_unit_test(requests_that_cannot_be_meant_are_refused_before_anything_is_sent),
        cmocka_unit_test(proxies_of_the_environment_count_except_for_direct_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
