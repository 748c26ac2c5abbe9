/* An HTTP server of a few lines for tests of the transport: a thread a connection on 127.0.0.1, each request
 * answered by the test's function. What it does wrong, it does on purpose. */
#ifndef PENSTOCK_TESTS_UNIT_AWS_SOCKET_SERVER_H
#define PENSTOCK_TESTS_UNIT_AWS_SOCKET_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/thread.h"

enum { SERVER_CONNECTIONS = 64, SERVER_REQUEST_BYTES = 8 * 1024 * 1024, SERVER_POLL_MS = 20 };

struct socket_server;

struct server_connection {
    struct socket_server *server;
    int descriptor;
    int number; /* of the connection, from 0 */
    struct thread thread;
};

/* Answers one request; false closes the connection. `request` is NUL-terminated, `length` bytes. */
typedef bool (*server_answer)(struct server_connection *connection, const char *request, size_t length);

struct socket_server {
    int listener;
    int port;
    server_answer answer;
    void *context; /* the test's own */
    struct stop stop;
    struct thread thread;
    atomic_int connections;
    atomic_int requests;
    struct server_connection list[SERVER_CONNECTIONS];
};

static inline bool server_send(struct server_connection *connection, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection->descriptor, data, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

static inline bool server_send_text(struct server_connection *connection, const char *text)
{
    return server_send(connection, text, strlen(text));
}

/* Sleeps until the test ends or the client has gone. */
static inline void server_hang(struct server_connection *connection)
{
    while (!stop_wait_ms(&connection->server->stop, SERVER_POLL_MS)) {
        char byte;
        if (recv(connection->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
            return;
        }
    }
}

/* Waits for readable bytes; false when the test ends. */
static inline bool server_wait(struct socket_server *server, int descriptor)
{
    struct pollfd wanted = {.fd = descriptor, .events = POLLIN};
    while (!stop_is_requested(&server->stop)) {
        if (poll(&wanted, 1, SERVER_POLL_MS) > 0) {
            return true;
        }
    }
    return false;
}

/* The length of the whole request at the start of `text`, 0 when it is not all there. */
static inline size_t server_request_length(const char *text, size_t length)
{
    const char *end = strstr(text, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    const char *announced = strcasestr(text, "\r\nContent-Length:");
    size_t body = announced != NULL && announced < end ? strtoul(announced + 17, NULL, 10) : 0;
    size_t whole = (size_t)(end + 4 - text) + body;
    return length >= whole ? whole : 0;
}

static inline void *server_connection_run(void *argument)
{
    struct server_connection *connection = argument;
    char *text = malloc(SERVER_REQUEST_BYTES + 1);
    size_t length = 0;
    bool open = text != NULL;
    while (open && server_wait(connection->server, connection->descriptor)) {
        ssize_t got = recv(connection->descriptor, text + length, SERVER_REQUEST_BYTES - length, 0);
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
        text[length] = '\0';
        size_t whole = server_request_length(text, length);
        if (whole > 0) {
            atomic_fetch_add(&connection->server->requests, 1);
            open = connection->server->answer(connection, text, whole);
            length = 0;
        }
    }
    free(text);
    close(connection->descriptor);
    return NULL;
}

static inline void *server_run(void *argument)
{
    struct socket_server *server = argument;
    while (server_wait(server, server->listener)) {
        int descriptor = accept(server->listener, NULL, NULL);
        int number = atomic_load(&server->connections);
        if (descriptor < 0 || number == SERVER_CONNECTIONS) {
            abort();
        }
        int now = 1; /* small writes at once */
        (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
        struct server_connection *connection = &server->list[number];
        connection->server = server;
        connection->descriptor = descriptor;
        connection->number = number;
        atomic_fetch_add(&server->connections, 1);
        if (thread_start(&connection->thread, "connection", THREAD_STACK_CALLS, server_connection_run,
                         connection)
                .code != STATUS_OK) {
            abort();
        }
    }
    return NULL;
}

static inline void server_start(struct socket_server *server, server_answer answer, void *context)
{
    memset(server, 0, sizeof *server);
    server->answer = answer;
    server->context = context;
    stop_init(&server->stop);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || bind(server->listener, (struct sockaddr *)&address, length) != 0 ||
        listen(server->listener, SERVER_CONNECTIONS) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &length) != 0 ||
        thread_start(&server->thread, "server", THREAD_STACK_SMALL, server_run, server).code != STATUS_OK) {
        abort();
    }
    server->port = ntohs(address.sin_port);
}

static inline void server_end(struct socket_server *server)
{
    stop_request(&server->stop);
    thread_join(&server->thread);
    for (int i = 0; i < atomic_load(&server->connections); i++) {
        thread_join(&server->list[i].thread);
    }
    close(server->listener);
    stop_destroy(&server->stop);
}

#endif
