/* The parts of an http:// or https:// URL that this program needs: whom to connect to, what to sign. */
#ifndef PENSTOCK_AWS_HTTP_URL_H
#define PENSTOCK_AWS_HTTP_URL_H

#include "base/bytes.h"
#include "base/status.h"

enum { HTTP_ORIGIN_BYTES = 300 };

/* Borrowed from the URL's text. */
struct http_url {
    struct slice origin; /* "https://host:8443" */
    struct slice authority; /* "host:8443", as the Host header has it: without the scheme's own port */
    struct slice path; /* "/a/b"; "/" when the URL has none */
    struct slice query; /* behind '?'; may be empty */
};

/* STATUS_INVALID: another scheme, no host, user information, white space or control characters, or an origin
 * of HTTP_ORIGIN_BYTES and more. A fragment is left out. */
struct status http_url_parse(const char *url, struct http_url *ret_url) MUST_USE;

#endif
