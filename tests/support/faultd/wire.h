/* A connection's bytes: plain, or through TLS where the peer's first byte begins a handshake. One thread each. */
#ifndef PENSTOCK_FAULTD_WIRE_H
#define PENSTOCK_FAULTD_WIRE_H

#include <sys/uio.h>

#include "base/status.h"

struct ssl_ctx_st;
struct ssl_st;

struct wire {
    int descriptor;
    struct ssl_st *tls; /* NULL: plain */
};

/* The server's certificate and key, both in one PEM file; shared by all connections. */
struct status wire_load(const char *path, struct ssl_ctx_st **ret_context) MUST_USE;
void wire_unload(struct ssl_ctx_st *context); /* NULL is allowed */

/* Waits for the first byte and makes the handshake where it is one. `context` NULL: always plain. False: the
 * peer left, or the handshake failed. */
bool wire_open(struct wire *wire, int descriptor, struct ssl_ctx_st *context) MUST_USE;

/* As recv: 0 at the end, -1 with errno. */
ssize_t wire_receive(struct wire *wire, char *target, size_t size) MUST_USE;

/* Sends all of the parts, which it changes. */
bool wire_send(struct wire *wire, struct iovec *parts, int count) MUST_USE;

/* Says good-bye; the descriptor stays open. */
void wire_close(struct wire *wire);

#endif
