#include "worker/admin/http_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/thread.h"

enum {
    CONNECTIONS = 64,
    CONNECTION_MEMORY_BYTES = 16 * 1024,
    IDLE_SECONDS = 10,
    LIFE_MS = 30000,
    LONGEST_POLL_MS = 1000,
};

/* A connection, so that one that only drips can be ended. */
struct visit {
    struct MHD_Connection *connection; /* NULL: free */
    int64_t begun_boot_ms;
};

struct http_server {
    /* Constant once the thread runs. */
    struct http_server_options options;
    struct MHD_Daemon *daemon;
    int wake_descriptor; /* written once: the thread is to end */
    struct thread thread;

    /* The server's thread only. */
    struct visit visits[CONNECTIONS];
};

static const char refusal[] = "{\"error\":\"only GET and HEAD are answered here\"}\n";
static const char nothing_here[] = "{\"error\":\"there are /, /leases, /metrics, /healthz and /readyz\"}\n";

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (value != NULL) {
        (void)MHD_add_response_header(response, name, value); /* without memory it goes without */
    }
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned int code, const char *content_type,
                             struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    add_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "no-referrer");
    add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    enum MHD_Result queued = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return queued;
}

static struct MHD_Response *respond_literal(const char *text)
{
    return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result refuse_method(struct MHD_Connection *connection)
{
    struct MHD_Response *response = respond_literal(refusal);
    if (response != NULL) {
        add_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return queue(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "application/json", response);
}

/* The body's memory goes to the response. */
static enum MHD_Result give_answer(struct MHD_Connection *connection, struct http_answer *answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer->body.length, answer->body.at, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        bytes_free(&answer->body);
        return MHD_NO;
    }
    answer->body = (struct bytes){0};
    add_header(response, "Content-Security-Policy", answer->content_policy);
    return queue(connection, (unsigned int)answer->status, answer->content_type, response);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload_data,
                                  size_t *upload_data_size, void **request_context)
{
    struct http_server *server = context;
    (void)version;
    (void)upload_data;
    (void)upload_data_size;
    (void)request_context;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return refuse_method(connection);
    }
    struct http_answer answer = {0};
    server->options.answer(server->options.context, url, &answer);
    if (answer.status == 0) {
        bytes_free(&answer.body);
        return queue(connection, MHD_HTTP_NOT_FOUND, "application/json", respond_literal(nothing_here));
    }
    return give_answer(connection, &answer);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = context;
    struct visit *visit = *socket_context;
    if (code != MHD_CONNECTION_NOTIFY_STARTED) {
        if (visit != NULL) {
            visit->connection = NULL;
        }
        return;
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (server->visits[i].connection == NULL) {
            server->visits[i] = (struct visit){connection, clock_boot_ms(server->options.clock)};
            *socket_context = &server->visits[i];
            return;
        }
    }
}

static void end_long_visits(struct http_server *server)
{
    int64_t now_ms = clock_boot_ms(server->options.clock);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        const struct visit *visit = &server->visits[i];
        if (visit->connection == NULL || now_ms - visit->begun_boot_ms < LIFE_MS) {
            continue;
        }
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(visit->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info != NULL) {
            (void)shutdown(info->connect_fd, SHUT_RDWR); /* libmicrohttpd sees the end and closes it */
        }
    }
}

static int poll_ms(struct http_server *server)
{
    MHD_UNSIGNED_LONG_LONG wanted;
    if (MHD_get_timeout(server->daemon, &wanted) != MHD_YES || wanted > LONGEST_POLL_MS) {
        return LONGEST_POLL_MS;
    }
    return (int)wanted;
}

static void *run(void *argument)
{
    struct http_server *server = argument;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd watched[] = {
        {.fd = info->epoll_fd, .events = POLLIN},
        {.fd = server->wake_descriptor, .events = POLLIN},
    };
    while ((watched[1].revents & POLLIN) == 0) {
        if (poll(watched, 2, poll_ms(server)) < 0 && errno != EINTR) {
            break;
        }
        (void)MHD_run(server->daemon);
        end_long_visits(server);
    }
    return NULL;
}

/* libmicrohttpd's own words about single connections are of no use to anybody here. */
static void ignore_words(void *context, const char *format, va_list arguments)
{
    (void)context;
    (void)format;
    (void)arguments;
}

static struct status start_daemon(struct http_server *server)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER,
        ignore_words, NULL, MHD_OPTION_LISTEN_SOCKET, server->options.listener, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned int)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_SECONDS, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (server->daemon == NULL) {
        close(server->options.listener);
        return status_make(STATUS_UNAVAILABLE, "libmicrohttpd cannot start");
    }
    return thread_start(&server->thread, "admin", THREAD_STACK_CALLS, run, server);
}

struct status http_server_start(const struct http_server_options *options, struct http_server **ret_server)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        close(options->listener);
        return status_no_memory("the admin server", sizeof *server);
    }
    server->options = *options;
    server->wake_descriptor = eventfd(0, EFD_CLOEXEC);
    if (server->wake_descriptor < 0) {
        close(options->listener);
        free(server);
        return status_errno(errno, "cannot make an event descriptor");
    }
    struct status status = start_daemon(server);
    if (!status_is_ok(&status)) {
        http_server_stop(server);
        return status;
    }
    *ret_server = server;
    return status;
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->thread.started) {
        uint64_t one = 1;
        while (write(server->wake_descriptor, &one, sizeof one) < 0 && errno == EINTR) {
        }
        thread_join(&server->thread);
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    close(server->wake_descriptor);
    free(server);
}

const char *http_server_library(void)
{
    return MHD_get_version();
}
