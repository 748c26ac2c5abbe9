/* The libcurl transport: TLS verified, proxies from the environment, connections kept in a pool of
 * checked-out easy handles. */
#ifndef PENSTOCK_AWS_HTTP_CURL_H
#define PENSTOCK_AWS_HTTP_CURL_H

#include "aws/http.h"

struct http_curl_options {
    const char *ca_bundle; /* a file of PEM certificates, or NULL for the system's */
    const char *user_agent; /* NULL: "penstock/VERSION" */
    size_t idle_handles; /* handles with open connections kept when idle; 0: 64 */
};

/* Makes the transport; call once, before other threads start (curl_global_init). Freed by its destroy(). */
struct status http_curl_create(const struct http_curl_options *options, struct http_transport **ret_transport)
    MUST_USE;

/* What runs, in curl's words: "libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13 ...". Borrowed for ever. */
const char *http_curl_library(void);

#endif
