/* A small HTTP server for one address, over libmicrohttpd: GET and HEAD, one thread, everything bounded.
 *
 * Other methods are answered with 405, requests that are no HTTP with 400 or a closed connection. A
 * connection carries one request, has 16 KiB for its head and lives for 30 s at most; 64 live at once,
 * further ones wait. A request's body is never read. */
#ifndef PENSTOCK_WORKER_ADMIN_HTTP_SERVER_H
#define PENSTOCK_WORKER_ADMIN_HTTP_SERVER_H

#include "base/bytes.h"
#include "base/clock.h"

struct http_server; /* opaque */

/* What goes back. Texts are literals, or live as long as the server. */
struct http_answer {
    int status; /* 200, 404, 503 */
    const char *content_type;
    const char *content_policy; /* Content-Security-Policy, or NULL */
    struct bytes body; /* the server takes it over */
};

struct http_server_options {
    int listener; /* a listening socket; the server's from http_server_start on, whatever it returns */
    const struct clock *clock;
    /* Called on the server's thread for each GET or HEAD of `path` (without a query), with *ret_answer
     * zeroed. A status of 0 is answered with 404. */
    void (*answer)(void *context, const char *path, struct http_answer *ret_answer);
    void *context;
};

struct status http_server_start(const struct http_server_options *options, struct http_server **ret_server)
    MUST_USE;

/* Closes all connections and joins the thread; NULL is fine. */
void http_server_stop(struct http_server *server);

/* The version of libmicrohttpd that runs. Borrowed for ever. */
const char *http_server_library(void);

#endif
