#include "worker/admin/admin_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

enum { HOST_BYTES = 48, BACKLOG = 64, PORT_MOST = 65535 };

static struct status invalid(struct slice text)
{
    return status_make(
        STATUS_INVALID,
        "'%.*s' is no address to listen on: ADDR:PORT with a number or localhost for ADDR, such as "
        "127.0.0.1:8787, 0.0.0.0:8787 or [::1]:8787, or off",
        (int)(text.length < 80 ? text.length : 80), text.at);
}

/* Cuts "HOST:PORT" or "[HOST]:PORT" in two. */
static bool split(struct slice text, char host[HOST_BYTES], int64_t *ret_port)
{
    const char *colon = text.length == 0 ? NULL : memrchr(text.at, ':', text.length);
    if (colon == NULL) {
        return false;
    }
    struct slice name = slice_of(text.at, (size_t)(colon - text.at));
    struct slice port = slice_of(colon + 1, text.length - name.length - 1);
    if (name.length >= 2 && name.at[0] == '[' && name.at[name.length - 1] == ']') {
        name = slice_of(name.at + 1, name.length - 2);
    } else if (memchr(name.at, ':', name.length) != NULL) {
        return false; /* an IPv6 address without brackets */
    }
    return name.length > 0 && slice_copy_text(name, host, HOST_BYTES) && port.length <= 5 &&
           slice_parse_int64(port, ret_port) && *ret_port >= 0 && *ret_port <= PORT_MOST;
}

static bool fill_v4(const char *host, uint16_t port, struct admin_address *address)
{
    struct sockaddr_in socket = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, host, &socket.sin_addr) != 1) {
        return false;
    }
    memcpy(&address->socket, &socket, sizeof socket);
    address->socket_bytes = sizeof socket;
    address->loopback = (ntohl(socket.sin_addr.s_addr) >> 24) == 127;
    return true;
}

static bool fill_v6(const char *host, uint16_t port, struct admin_address *address)
{
    struct sockaddr_in6 socket = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET6, host, &socket.sin6_addr) != 1) {
        return false;
    }
    memcpy(&address->socket, &socket, sizeof socket);
    address->socket_bytes = sizeof socket;
    address->loopback = IN6_IS_ADDR_LOOPBACK(&socket.sin6_addr);
    return true;
}

struct status admin_address_parse(struct slice text, struct admin_address *ret_address)
{
    struct admin_address address = {0};
    if (slice_equals_text(text, "off")) {
        address.off = true;
        *ret_address = address;
        return status_ok();
    }
    char host[HOST_BYTES];
    int64_t port = 0;
    if (!split(text, host, &port)) {
        return invalid(text);
    }
    const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    if (!fill_v4(name, (uint16_t)port, &address) && !fill_v6(name, (uint16_t)port, &address)) {
        return invalid(text);
    }
    *ret_address = address;
    return status_ok();
}

static in_port_t *port_of(struct admin_address *address)
{
    return address->socket.ss_family == AF_INET6 ? &((struct sockaddr_in6 *)&address->socket)->sin6_port
                                                 : &((struct sockaddr_in *)&address->socket)->sin_port;
}

void admin_address_set_port(struct admin_address *address, uint16_t port)
{
    *port_of(address) = htons(port);
}

void admin_address_format(const struct admin_address *address, char ret_text[ADMIN_ADDRESS_BYTES])
{
    struct admin_address copy = *address;
    char host[INET6_ADDRSTRLEN] = "";
    bool v6 = copy.socket.ss_family == AF_INET6;
    const void *number = v6 ? (const void *)&((struct sockaddr_in6 *)&copy.socket)->sin6_addr
                            : (const void *)&((struct sockaddr_in *)&copy.socket)->sin_addr;
    (void)inet_ntop(copy.socket.ss_family, number, host, sizeof host);
    snprintf(ret_text, ADMIN_ADDRESS_BYTES, v6 ? "[%s]:%u" : "%s:%u", host, ntohs(*port_of(&copy)));
}

static struct status listen_failure(const struct admin_address *address)
{
    int error = errno;
    char text[ADMIN_ADDRESS_BYTES];
    admin_address_format(address, text);
    struct status status = status_errno(error, "cannot listen on %s", text);
    if (error == EADDRINUSE) {
        status.code = STATUS_EXISTS;
    }
    return status;
}

struct status admin_address_listen(const struct admin_address *address, int *ret_socket,
                                   struct admin_address *ret_bound)
{
    int descriptor = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return listen_failure(address);
    }
    int on = 1;
    struct admin_address bound = *address;
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(descriptor, (const struct sockaddr *)&address->socket, address->socket_bytes) != 0 ||
        listen(descriptor, BACKLOG) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&bound.socket, &bound.socket_bytes) != 0) {
        struct status status = listen_failure(address);
        close(descriptor);
        return status;
    }
    *ret_socket = descriptor;
    *ret_bound = bound;
    return status_ok();
}
