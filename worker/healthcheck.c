#include "worker/healthcheck.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "aws/http_curl.h"
#include "worker/admin/admin.h"
#include "worker/admin/admin_address.h"
#include "worker/exit_code.h"

enum { ANSWER_MS = 4000, ANSWER_CEILING = 64 * 1024, URL_BYTES = 96 };

const struct option_table *const healthcheck_options[] = {
    &(const struct option_table){
        "Options",
        (const struct setting[]){
            {.name = "admin",
             .type = SETTING_TYPE_TEXT,
             .placeholder = "ADDR:PORT",
             .fallback = ADMIN_DEFAULT,
             .least = 3,
             .most = 60,
             .help = "Where the worker's admin server listens: as --admin of run.",
             .field = offsetof(struct healthcheck_request, admin)},
            {.name = "ready",
             .type = SETTING_TYPE_BOOL,
             .help = "Ask /readyz: also no while starting or draining, with unacknowledged gaps, "
                     "or with a shard that stands still.",
             .field = offsetof(struct healthcheck_request, ready)},
            {.name = NULL}}},
    NULL,
};

/* A server that listens on every address is asked on the loopback one. */
static void aim_at_loopback(struct admin_address *address)
{
    if (address->socket.ss_family == AF_INET6) {
        struct sockaddr_in6 *socket = (struct sockaddr_in6 *)&address->socket;
        if (IN6_IS_ADDR_UNSPECIFIED(&socket->sin6_addr)) {
            socket->sin6_addr = in6addr_loopback;
        }
        return;
    }
    struct sockaddr_in *socket = (struct sockaddr_in *)&address->socket;
    if (socket->sin_addr.s_addr == htonl(INADDR_ANY)) {
        socket->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
}

/* The HTTP status; the body goes to standard output. */
static struct status ask(const char *url, int *ret_code)
{
    struct http_transport *transport = NULL;
    TRY(http_curl_create(&(const struct http_curl_options){.idle_handles = 1}, &transport));
    const struct http_request request = {
        .method = "GET",
        .url = url,
        .timeout_ms = ANSWER_MS,
        .reply_ceiling = ANSWER_CEILING,
        .direct = true,
    };
    struct http_reply reply = {0};
    struct status status = http_perform(transport, &request, &reply);
    if (status_is_ok(&status)) {
        *ret_code = reply.status;
        fwrite(reply.body.at, 1, reply.body.length, stdout);
    }
    http_reply_free(&reply);
    transport->destroy(transport);
    return status;
}

int healthcheck_run(const struct command_line *line)
{
    const struct healthcheck_request *request = line->request;
    struct admin_address address;
    struct status status = admin_address_parse(slice_of_text(request->admin), &address);
    if (!status_is_ok(&status)) {
        return commands_usage_error("--admin: %s", status.reason);
    }
    if (address.off) {
        return commands_usage_error("--admin is off: there is no server to ask");
    }
    aim_at_loopback(&address);
    char text[ADMIN_ADDRESS_BYTES];
    char url[URL_BYTES];
    admin_address_format(&address, text);
    snprintf(url, sizeof url, "http://%s%s", text, request->ready ? "/readyz" : "/healthz");
    int code = 0;
    status = ask(url, &code);
    if (!status_is_ok(&status)) {
        fprintf(stderr, "penstock: error: no worker answers at %s: %s\n", text, status.reason);
        return EXIT_CODE_FAILURE;
    }
    int written = commands_finish_output();
    return code == 200 ? written : EXIT_CODE_FAILURE;
}
