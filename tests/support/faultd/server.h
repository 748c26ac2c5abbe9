/* The listener and its connections: a thread each, so that a parked, slow or forwarded call holds up no
 * other. */
#ifndef PENSTOCK_FAULTD_SERVER_H
#define PENSTOCK_FAULTD_SERVER_H

#include "tests/support/faultd/world.h"

enum { SERVER_CONNECTIONS = 2048, SERVER_STACK_BYTES = 512 * 1024 };

struct connection {
    struct thread thread;
    struct world *world;
    int descriptor;
    _Atomic bool done; /* its thread is about to end */
    struct connection *next;
};

/* The list belongs to the thread that calls server_poll. */
struct server {
    struct world *world;
    int listener;
    uint16_t port;
    struct connection *first;
    size_t count;
};

/* Listens on 127.0.0.1; port 0 takes a free one. */
struct status server_open(struct server *server, struct world *world, uint16_t port) MUST_USE;
/* Accepts what waits and joins what has ended; call when the listener is readable, and now and then. */
void server_poll(struct server *server);
/* Ends all connections. */
void server_close(struct server *server);

/* A connection's life; closes the descriptor. */
void *connection_run(void *connection);

#endif
