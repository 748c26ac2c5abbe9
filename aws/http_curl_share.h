/* What all of libcurl's handles have in common: resolved names and TLS sessions, each behind a lock of its own, and the
 * certificates that servers are checked against. A part of aws/http_curl.h. */
#ifndef PENSTOCK_AWS_HTTP_CURL_SHARE_H
#define PENSTOCK_AWS_HTTP_CURL_SHARE_H

#include <curl/curl.h>

#include "aws/crypto_trust.h"

struct http_curl_share {
    CURLSH *curl;
    struct mutex locks[CURL_LOCK_DATA_LAST];
    char *given_bundle; /* the user's, or NULL */
    bool
        trusts; /* by `trust`. Else libcurl does not run on OpenSSL 3, or was built without a bundle, and reads
                    for itself */
    struct crypto_trust trust;
};

/* `bundle` (or NULL: libcurl's own) is copied. False: no memory. The share stays at its address until it is destroyed. */
bool http_curl_share_init(struct http_curl_share *share, const char *bundle) MUST_USE;

/* No handle uses it any more. Whatever http_curl_share_init returned. */
void http_curl_share_destroy(struct http_curl_share *share);

/* Makes `easy` use it. With `trusts`, crypto_trust_apply is left to the caller's CURLOPT_SSL_CTX_FUNCTION. */
CURLcode http_curl_share_set_options(const struct http_curl_share *share, CURL *easy) MUST_USE;

#endif
