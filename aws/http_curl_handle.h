/* Private to the libcurl transport: one easy handle with its connections, used by one thread at a time. */
#ifndef PENSTOCK_AWS_HTTP_CURL_HANDLE_H
#define PENSTOCK_AWS_HTTP_CURL_HANDLE_H

#include <curl/curl.h>

#include "aws/http.h"
#include "aws/http_curl_share.h"

enum { HTTP_CURL_HANDLE_HEADERS = 32 }; /* of a request, with the few that curl is told to leave out */

struct http_curl_handle {
    CURL *easy;
    CURLM *multi;
    struct crypto_trust *trust; /* the share's */
    bool proxied; /* as in the options */
    const char *origin; /* of the exchange under way, for messages */
    char error[CURL_ERROR_SIZE];
    struct bytes header_text; /* the strings that header_nodes point into */
    struct curl_slist header_nodes[HTTP_CURL_HANDLE_HEADERS];

    /* The exchange under way. */
    struct http_reply *reply;
    struct buffers *buffers; /* the request's */
    struct status failure; /* what we ended the exchange for */
    size_t header_bytes; /* of all header lines so far, interim replies and trailers included */
    int requests; /* how often curl was about to send the request */
};

/* Borrowed for as long as the handle lives. */
struct http_curl_handle_options {
    struct http_curl_share *share;
    const char *user_agent;
    bool proxied; /* the environment may name a proxy for some request */
};

struct status http_curl_handle_create(const struct http_curl_handle_options *options,
                                      struct http_curl_handle **ret_handle) MUST_USE;

/* Closes its connections. `handle` may be NULL. */
void http_curl_handle_free(void *handle);

#endif
