#include "aws/http_curl.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "aws/environment.h"
#include "aws/http_curl_handle.h"
#include "aws/http_pool.h"
#include "aws/http_reply.h"
#include "aws/http_request.h"
#include "aws/http_url.h"
#include "base/clock.h"

enum {
    IDLE_HANDLES_DEFAULT = 64,
    LARGE_BODY_BYTES = 64 * 1024, /* libcurl sends smaller ones together with the headers */
    UPLOAD_LARGE_BYTES = 256 * 1024, /* four times fewer writes than by default; more gains nothing */
    UPLOAD_SMALL_BYTES = 16 * 1024, /* libcurl's least: it takes the buffer for any body */
    POLL_MS = 100, /* how late a stop is seen */
    CURL_TOO_LARGE = 100, /* CURLE_TOO_LARGE of libcurl 8.6 */
};

struct http_curl {
    struct http_transport transport; /* first: the two share their address */
    struct http_curl_share share;
    char *user_agent;
    bool proxied; /* the environment names a proxy */
    struct http_pool idle; /* of struct http_curl_handle */
};

static void give_handle(struct http_curl *self, const char *origin, struct http_curl_handle *handle)
{
    http_pool_give(&self->idle, origin, handle, clock_boot_ms(clock_real()));
}

/* An idle handle whose connection goes to `origin`, else a new one. */
static struct status take_handle(struct http_curl *self, const char *origin,
                                 struct http_curl_handle **ret_handle)
{
    *ret_handle = http_pool_take(&self->idle, origin, clock_boot_ms(clock_real()));
    if (*ret_handle != NULL) {
        return status_ok();
    }
    const struct http_curl_handle_options options = {&self->share, self->user_agent, self->proxied};
    struct status status = http_curl_handle_create(&options, ret_handle);
    if (status.code != STATUS_OK) {
        give_handle(self, origin, NULL);
    }
    return status;
}

/* Lays the header lines out in the handle's own memory, which curl reads while the exchange lasts. */
static struct status lay_headers(struct http_curl_handle *handle, const struct http_request *request)
{
    TRY(http_request_lay_headers(request, &handle->header_text));
    const char *end = handle->header_text.at + handle->header_text.length;
    size_t count = 0;
    for (char *line = handle->header_text.at; line < end; line += strlen(line) + 1) {
        if (count == HTTP_CURL_HANDLE_HEADERS) {
            return status_make(STATUS_INVALID, "a request with more than %d headers",
                               HTTP_CURL_HANDLE_HEADERS);
        }
        handle->header_nodes[count] = (struct curl_slist){.data = line};
        if (count > 0) {
            handle->header_nodes[count - 1].next = &handle->header_nodes[count];
        }
        count++;
    }
    return status_ok();
}

static CURLcode set_request_options(struct http_curl_handle *handle, const struct http_request *request)
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
    if (handle->proxied) {
        SET(CURLOPT_NOPROXY, request->direct ? "*" : NULL);
    }
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)http_request_connect_timeout_ms(request));
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
#undef SET
    return code;
}

/* Drives the exchange to its end, looking at the stop signal between. */
static CURLcode run_exchange(struct http_curl_handle *handle, struct stop *cancel)
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

static struct status status_of_exchange(const struct http_curl_handle *handle, CURLcode code)
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

static struct status exchange(struct http_curl_handle *handle, const struct http_request *request,
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
    if (!slice_copy_text(url.origin, origin, sizeof origin)) {
        return status_make(STATUS_INVALID, "the host of '%.100s' is too long", request->url);
    }
    http_reply_begin(reply, request->reply_ceiling);
    struct http_curl_handle *handle = NULL;
    TRY(take_handle(self, origin, &handle));
    handle->origin = origin;
    struct status status = exchange(handle, request, reply);
    handle->origin = NULL;
    give_handle(self, origin, handle);
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

/* Whether any of the variables that libcurl asks for a proxy is set. */
static bool has_proxies(const struct environment *environment)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (environment_text(environment, names[i]) != NULL) {
            return true;
        }
    }
    return false;
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
    self->proxied = has_proxies(environment_real());
    struct status status =
        http_pool_init(&self->idle, options->idle_handles > 0 ? options->idle_handles : IDLE_HANDLES_DEFAULT,
                       http_curl_handle_free);
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
