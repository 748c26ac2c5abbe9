#include "aws/http_curl.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

#include "aws/http_curl_share.h"
#include "aws/http_pool.h"
#include "aws/http_reply.h"
#include "aws/http_request.h"
#include "aws/http_url.h"
#include "base/clock.h"

enum {
    IDLE_HANDLES_DEFAULT = 64,
    REQUEST_HEADERS = 32, /* with the few that curl is told to leave out */
    REQUEST_HEADERS_BYTES = 64 * 1024,
    LARGE_BODY_BYTES = 64 * 1024, /* libcurl sends smaller ones together with the headers */
    UPLOAD_LARGE_BYTES = 256 * 1024, /* four times fewer writes than by default; more gains nothing */
    UPLOAD_SMALL_BYTES = 16 * 1024, /* libcurl's least: it takes the buffer for any body */
    POLL_MS = 100, /* how late a stop is seen */
    CURL_TOO_LARGE = 100, /* CURLE_TOO_LARGE of libcurl 8.6 */
};

/* One easy handle with its connections, checked out by one thread at a time. */
struct handle {
    CURL *easy;
    CURLM *multi;
    struct crypto_trust *trust; /* the transport's */
    const char *origin; /* of the exchange under way, for messages */
    char error[CURL_ERROR_SIZE];
    struct bytes header_text; /* the strings that header_nodes point into */
    struct curl_slist header_nodes[REQUEST_HEADERS];

    /* The exchange under way. */
    struct http_reply *reply;
    struct buffers *buffers; /* the request's */
    struct status failure; /* what we ended the exchange for */
    size_t header_bytes; /* of all header lines so far, interim replies and trailers included */
    int requests; /* how often curl was about to send the request */
};

struct http_curl {
    struct http_transport transport; /* first: the two share their address */
    struct http_curl_share share;
    char *user_agent;
    struct http_pool idle; /* of struct handle */
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct handle *handle = context;
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
    struct handle *handle = context;
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
    struct handle *handle = context;
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
    struct handle *handle = context;
    (void)easy;
    handle->failure = crypto_trust_apply(handle->trust, ssl_context);
    return handle->failure.code == STATUS_OK ? CURLE_OK : CURLE_SSL_CACERT_BADFILE;
}

static void handle_free(void *thing)
{
    struct handle *handle = thing;
    if (handle == NULL) {
        return;
    }
    curl_easy_cleanup(handle->easy);
    curl_multi_cleanup(handle->multi);
    bytes_wipe(&handle->header_text);
    free(handle);
}

/* Options that never change in a handle's life. */
static CURLcode set_constant_options(const struct http_curl *self, struct handle *handle)
{
    CURL *easy = handle->easy;
    CURLcode code = http_curl_share_set_options(&self->share, easy);
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
    SET(CURLOPT_USERAGENT, self->user_agent);
    SET(CURLOPT_ERRORBUFFER, handle->error);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, handle);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, handle);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, handle);
    if (self->share.trusts) {
        SET(CURLOPT_SSL_CTX_FUNCTION, trust_servers);
        SET(CURLOPT_SSL_CTX_DATA, handle);
    }
#undef SET
    return code;
}

static struct status handle_create(struct http_curl *self, struct handle **ret_handle)
{
    struct handle *handle = calloc(1, sizeof *handle);
    if (handle == NULL) {
        return status_no_memory("an HTTP handle", sizeof *handle);
    }
    handle->trust = &self->share.trust;
    bytes_init(&handle->header_text, REQUEST_HEADERS_BYTES);
    handle->easy = curl_easy_init();
    handle->multi = curl_multi_init();
    if (handle->easy == NULL || handle->multi == NULL) {
        handle_free(handle);
        return status_make(STATUS_NO_MEMORY, "out of memory for an HTTP handle");
    }
    CURLcode code = set_constant_options(self, handle);
    if (code != CURLE_OK) {
        handle_free(handle);
        return status_make(code == CURLE_OUT_OF_MEMORY ? STATUS_NO_MEMORY : STATUS_INTERNAL,
                           "libcurl %s refuses an option: %s", curl_version(), curl_easy_strerror(code));
    }
    *ret_handle = handle;
    return status_ok();
}

/* An idle handle whose connection goes to `origin`, else a new one. */
static struct status take_handle(struct http_curl *self, const char *origin, struct handle **ret_handle)
{
    *ret_handle = http_pool_take(&self->idle, origin);
    return *ret_handle != NULL ? status_ok() : handle_create(self, ret_handle);
}

/* Lays the header lines out in the handle's own memory, which curl reads while the exchange lasts. */
static struct status lay_headers(struct handle *handle, const struct http_request *request)
{
    TRY(http_request_lay_headers(request, &handle->header_text));
    const char *end = handle->header_text.at + handle->header_text.length;
    size_t count = 0;
    for (char *line = handle->header_text.at; line < end; line += strlen(line) + 1) {
        if (count == REQUEST_HEADERS) {
            return status_make(STATUS_INVALID, "a request with more than %d headers", REQUEST_HEADERS);
        }
        handle->header_nodes[count] = (struct curl_slist){.data = line};
        if (count > 0) {
            handle->header_nodes[count - 1].next = &handle->header_nodes[count];
        }
        count++;
    }
    return status_ok();
}

static CURLcode set_request_options(struct handle *handle, const struct http_request *request)
{
    CURL *easy = handle->easy;
    CURLcode code = CURLE_OK;
    bool get = strcmp(request->method, "GET") == 0;
    bool post = strcmp(request->method, "POST") == 0;
#define SET(option, value) code = code != CURLE_OK ? code : curl_easy_setopt(easy, option, value)
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_BUFFERSIZE, (long)http_request_read_bytes(request));
    if (get) {
        SET(CURLOPT_HTTPGET, 1L);
    } else {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_UPLOAD_BUFFERSIZE,
            (long)(request->body.length > LARGE_BODY_BYTES ? UPLOAD_LARGE_BYTES : UPLOAD_SMALL_BYTES));
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
        SET(CURLOPT_POSTFIELDS, request->body.length == 0 ? "" : request->body.at);
    }
    SET(CURLOPT_CUSTOMREQUEST, get || post ? NULL : request->method);
    SET(CURLOPT_HTTPHEADER, handle->header_nodes);
    SET(CURLOPT_NOPROXY, request->direct ? "*" : NULL);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)http_request_connect_timeout_ms(request));
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
#undef SET
    return code;
}

/* Drives the exchange to its end, looking at the stop signal between. */
static CURLcode run_exchange(struct handle *handle, struct stop *cancel)
{
    int running = 1;
    for (;;) {
        if (curl_multi_perform(handle->multi, &running) != CURLM_OK) {
            return CURLE_OUT_OF_MEMORY;
        }
        if (running == 0) {
            break;
        }
        if (cancel != NULL && stop_is_requested(cancel)) {
            handle->failure = status_make(STATUS_STOPPED, "stopped while waiting for a reply");
            return CURLE_ABORTED_BY_CALLBACK;
        }
        if (curl_multi_poll(handle->multi, NULL, 0, POLL_MS, NULL) != CURLM_OK) {
            return CURLE_OUT_OF_MEMORY;
        }
    }
    int left = 0;
    CURLMsg *message = curl_multi_info_read(handle->multi, &left);
    return message != NULL ? message->data.result : CURLE_GOT_NOTHING;
}

static enum status_code status_code_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return STATUS_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return STATUS_DENIED;
    case CURLE_OUT_OF_MEMORY:
        return STATUS_NO_MEMORY;
    case CURLE_URL_MALFORMAT:
        return STATUS_INVALID;
    default:
        return STATUS_UNAVAILABLE;
    }
}

static struct status status_of_exchange(const struct handle *handle, CURLcode code)
{
    if (code == CURLE_OK) {
        return status_ok();
    }
    if (handle->failure.code != STATUS_OK) {
        return status_prefix(handle->failure, "%s", handle->origin);
    }
    if (handle->requests > 1) {
        return status_make(STATUS_UNAVAILABLE, "%s: the connection was closed before a reply",
                           handle->origin);
    }
    if (handle->requests > 0 && (code == CURLE_OUT_OF_MEMORY || code == (CURLcode)CURL_TOO_LARGE)) {
        return status_make(STATUS_TOO_LARGE, "%s: a header line of the reply is over libcurl's bound",
                           handle->origin); /* 7.88 reports this as a lack of memory */
    }
    const char *words = handle->error[0] != '\0' ? handle->error : curl_easy_strerror(code);
    return status_make(status_code_of_curl(code), "%s: %s", handle->origin, words);
}

static struct status exchange(struct handle *handle, const struct http_request *request,
                              struct http_reply *reply)
{
    handle->reply = reply;
    handle->buffers = request->buffers;
    handle->failure = status_ok();
    handle->header_bytes = 0;
    handle->requests = 0;
    handle->error[0] = '\0';
    TRY(lay_headers(handle, request));
    CURLcode code = set_request_options(handle, request);
    if (code == CURLE_OK && curl_multi_add_handle(handle->multi, handle->easy) != CURLM_OK) {
        code = CURLE_OUT_OF_MEMORY;
    } else if (code == CURLE_OK) {
        code = run_exchange(handle, request->cancel);
        curl_multi_remove_handle(handle->multi, handle->easy);
    }
    long http_status = 0;
    curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &http_status);
    reply->status = (int)http_status;
    /* The request's memory is its caller's: no pointer to it stays behind. */
    curl_easy_setopt(handle->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(handle->easy, CURLOPT_POSTFIELDS, NULL);
    memory_wipe(handle->header_text.at, handle->header_text.length);
    return status_of_exchange(handle, code);
}

static struct status perform(struct http_transport *transport, const struct http_request *request,
                             struct http_reply *reply)
{
    struct http_curl *self = (struct http_curl *)transport;
    struct http_url url;
    TRY(http_url_parse(request->url, &url));
    TRY(http_request_check(request));
    char origin[HTTP_ORIGIN_BYTES];
    snprintf(origin, sizeof origin, "%.*s", (int)url.origin.length, url.origin.at);
    http_reply_begin(reply, request->reply_ceiling);
    struct handle *handle = NULL;
    TRY(take_handle(self, origin, &handle));
    handle->origin = origin;
    struct status status = exchange(handle, request, reply);
    handle->origin = NULL;
    http_pool_give(&self->idle, origin, handle, clock_boot_ms(clock_real()));
    return status;
}

static void destroy(struct http_transport *transport)
{
    struct http_curl *self = (struct http_curl *)transport;
    http_pool_destroy(&self->idle);
    http_curl_share_destroy(&self->share);
    free(self->user_agent);
    free(self);
    curl_global_cleanup();
}

struct status http_curl_create(const struct http_curl_options *options, struct http_transport **ret_transport)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return status_make(STATUS_INTERNAL, "libcurl does not start");
    }
    struct http_curl *self = calloc(1, sizeof *self);
    if (self == NULL) {
        curl_global_cleanup();
        return status_no_memory("the HTTP transport", sizeof *self);
    }
    self->transport = (struct http_transport){perform, destroy};
    struct status status = http_pool_init(
        &self->idle, options->idle_handles > 0 ? options->idle_handles : IDLE_HANDLES_DEFAULT, handle_free);
    self->user_agent =
        strdup(options->user_agent != NULL ? options->user_agent : "penstock/" PENSTOCK_VERSION);
    if (!http_curl_share_init(&self->share, options->ca_bundle) || status.code != STATUS_OK ||
        self->user_agent == NULL) {
        destroy(&self->transport);
        return status_make(STATUS_NO_MEMORY, "out of memory for the HTTP transport");
    }
    *ret_transport = &self->transport;
    return status_ok();
}

const char *http_curl_library(void)
{
    return curl_version();
}
