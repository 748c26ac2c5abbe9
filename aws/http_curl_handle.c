#include "aws/http_curl_handle.h"

#include <stdlib.h>

#include "aws/http_reply.h"

enum { REQUEST_HEADERS_BYTES = 64 * 1024 };

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct http_curl_handle *handle = context;
    struct bytes *body = &handle->reply->body;
    size_t length = size * count;
    struct status status = status_ok();
    if (body->length == 0) {
        size_t announced = http_reply_announced_length(handle->reply);
        status = buffers_reserve(handle->buffers, body, announced > length ? announced : length);
    }
    if (status.code == STATUS_OK) {
        status = bytes_append(body, data, length);
    }
    if (status.code != STATUS_OK) {
        handle->failure = status_prefix(status, "the reply's body");
        return 0;
    }
    return length;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct http_curl_handle *handle = context;
    struct slice line = slice_of(data, size * count);
    handle->header_bytes += line.length;
    if (handle->header_bytes > HTTP_REPLY_HEADERS_CEILING) {
        handle->failure =
            status_make(STATUS_TOO_LARGE, "the reply's headers are over the ceiling of %d bytes",
                        HTTP_REPLY_HEADERS_CEILING);
        return 0;
    }
    handle->failure = http_reply_add_header(handle->reply, line);
    return handle->failure.code == STATUS_OK ? line.length : 0;
}

/* curl resends a request by itself when a reused connection dies before the first byte of a reply. The server
 * may have acted on the first, and whether to repeat is the caller's to decide: so the second is refused. */
static int before_request(void *context, char *remote, char *local, int remote_port, int local_port)
{
    struct http_curl_handle *handle = context;
    (void)remote;
    (void)local;
    (void)remote_port;
    (void)local_port;
    handle->requests++;
    return handle->requests > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* curl is about to speak TLS: with the server or with a proxy. */
static CURLcode trust_servers(CURL *easy, void *ssl_context, void *context)
{
    struct http_curl_handle *handle = context;
    (void)easy;
    handle->failure = crypto_trust_apply(handle->trust, ssl_context);
    return handle->failure.code == STATUS_OK ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

void http_curl_handle_free(void *thing)
{
    struct http_curl_handle *handle = thing;
    if (handle == NULL) {
        return;
    }
    curl_easy_cleanup(handle->easy);
    curl_multi_cleanup(handle->multi);
    bytes_wipe(&handle->header_text);
    free(handle);
}

/* Options that never change in a handle's life. */
static CURLcode set_constant_options(const struct http_curl_handle_options *options,
                                     struct http_curl_handle *handle)
{
    CURL *easy = handle->easy;
    CURLcode code = http_curl_share_set_options(options->share, easy);
#define SET(option, value) code = code != CURLE_OK ? code : curl_easy_setopt(easy, option, value)
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_QUICK_EXIT, 1L); /* a hanging resolver thread does not outlast the deadline */
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_MAXCONNECTS, 2L);
    SET(CURLOPT_USERAGENT, options->user_agent);
    SET(CURLOPT_ERRORBUFFER, handle->error);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, handle);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, handle);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, handle);
    if (!options->proxied) {
        SET(CURLOPT_NOPROXY, "*"); /* else curl reads the environment for each request */
    }
    if (options->share->trusts) {
        SET(CURLOPT_SSL_CTX_FUNCTION, trust_servers);
        SET(CURLOPT_SSL_CTX_DATA, handle);
    }
#undef SET
    return code;
}

struct status http_curl_handle_create(const struct http_curl_handle_options *options,
                                      struct http_curl_handle **ret_handle)
{
    struct http_curl_handle *handle = calloc(1, sizeof *handle);
    if (handle == NULL) {
        return status_no_memory("an HTTP handle", sizeof *handle);
    }
    handle->trust = &options->share->trust;
    bytes_init(&handle->header_text, REQUEST_HEADERS_BYTES);
    handle->proxied = options->proxied;
    handle->easy = curl_easy_init();
    handle->multi = curl_multi_init();
    if (handle->easy == NULL || handle->multi == NULL) {
        http_curl_handle_free(handle);
        return status_make(STATUS_NO_MEMORY, "out of memory for an HTTP handle");
    }
    CURLcode code = set_constant_options(options, handle);
    if (code != CURLE_OK) {
        http_curl_handle_free(handle);
        return status_make(code == CURLE_OUT_OF_MEMORY ? STATUS_NO_MEMORY : STATUS_INTERNAL,
                           "libcurl %s refuses an option: %s", curl_version(), curl_easy_strerror(code));
    }
    *ret_handle = handle;
    return status_ok();
}
