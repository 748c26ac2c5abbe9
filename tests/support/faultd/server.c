#include "tests/support/faultd/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct status server_open(struct server *server, struct world *world, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int one = 1;
    *server = (struct server){.world = world, .listener = -1};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) {
        return status_errno(errno, "cannot make a socket");
    }
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        struct status status = status_errno(errno, "cannot listen on 127.0.0.1:%u", port);
        close(listener);
        return status;
    }
    server->listener = listener;
    server->port = ntohs(address.sin_port);
    return status_ok();
}

static void reap(struct server *server, bool all)
{
    struct connection **link = &server->first;
    while (*link != NULL) {
        struct connection *connection = *link;
        if (all || atomic_load(&connection->done)) {
            thread_join(&connection->thread);
            *link = connection->next;
            close(connection->descriptor);
            free(connection);
            server->count--;
        } else {
            link = &connection->next;
        }
    }
}

static void start(struct server *server, int descriptor)
{
    int one = 1;
    struct connection *connection = server->count < SERVER_CONNECTIONS ? calloc(1, sizeof *connection) : NULL;
    if (connection == NULL || setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) {
        free(connection);
        close(descriptor);
        return;
    }
    connection->world = server->world;
    connection->descriptor = descriptor;
    struct status status =
        thread_start(&connection->thread, "connection", SERVER_STACK_BYTES, connection_run, connection);
    if (!status_is_ok(&status)) {
        free(connection);
        close(descriptor);
        return;
    }
    connection->next = server->first;
    server->first = connection;
    server->count++;
    stats_note_connection(&server->world->stats);
}

void server_poll(struct server *server)
{
    reap(server, false);
    for (;;) {
        int descriptor = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;
        }
        start(server, descriptor);
    }
}

void server_close(struct server *server)
{
    close(server->listener);
    for (struct connection *connection = server->first; connection != NULL; connection = connection->next) {
        shutdown(connection->descriptor, SHUT_RDWR);
    }
    reap(server, true);
}
