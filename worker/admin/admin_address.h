/* Where the admin server listens: "127.0.0.1:8787", "[::1]:8787", "localhost:8787", "0.0.0.0:0" or "off". */
#ifndef PENSTOCK_WORKER_ADMIN_ADMIN_ADDRESS_H
#define PENSTOCK_WORKER_ADMIN_ADMIN_ADDRESS_H

#include <sys/socket.h>

#include "base/bytes.h"

enum { ADMIN_ADDRESS_BYTES = 64 };

struct admin_address {
    bool off;
    struct sockaddr_storage socket;
    socklen_t socket_bytes;
    bool loopback; /* reachable from this machine alone */
};

/* STATUS_INVALID says what is wrong and what would be right. Numbers and "localhost" only: a name that has to
 * be looked up could mean any interface. */
struct status admin_address_parse(struct slice text, struct admin_address *ret_address) MUST_USE;

/* "127.0.0.1:8787", "[::1]:8787". */
void admin_address_format(const struct admin_address *address, char ret_text[ADMIN_ADDRESS_BYTES]);

/* The same place with another port. */
void admin_address_set_port(struct admin_address *address, uint16_t port);

/* A listening socket. `ret_bound` is the address with the port that was given. STATUS_EXISTS when another
 * process listens there, STATUS_DENIED, STATUS_IO. */
struct status admin_address_listen(const struct admin_address *address, int *ret_socket,
                                   struct admin_address *ret_bound) MUST_USE;

#endif
