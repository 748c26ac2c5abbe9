/* The project's fault server: DynamoDB, DynamoDB Streams, Firehose, Kinesis, S3 and STS on one loopback port, with
 * scripted faults. README.md says how it is driven. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tests/support/faultd/options.h"
#include "tests/support/faultd/server.h"
#include "tests/support/faultd/tree.h"
#include "tests/support/faultd/upstream.h"
#include "tests/support/faultd/wire.h"

enum { FLUSH_PERIOD_MS = 100, ADDRESS_BYTES = 64 };

static void set_defaults(struct world *world, const struct options *options)
{
    struct settings *settings = &world->settings;
    atomic_store(&settings->check_signatures, options->check_signatures);
    atomic_store(&settings->iterator_ttl_ms, 15 * 60 * 1000);
    atomic_store(&settings->iterators_from_ms, INT64_MIN);
    atomic_store(&settings->describe_page, 100);
    atomic_store(&settings->records_page, 1000);
    atomic_store(&settings->list_page, 1000);
}

static struct status parse_upstream(const char *url, char address[ADDRESS_BYTES], const char **ret_address)
{
    if (url == NULL) {
        return status_ok();
    }
    *ret_address = upstream_parse(url, address, ADDRESS_BYTES);
    return *ret_address != NULL
               ? status_ok()
               : status_make(STATUS_INVALID, "an upstream must be http://127.0.0.1:PORT, not '%.80s'", url);
}

static struct status add_hoses(struct world *world, const struct options *options)
{
    for (size_t i = 0; i < options->delivery_stream_count; i++) {
        cJSON *tree = cJSON_CreateObject();
        tree_add_text(tree, "name", options->delivery_streams[i]);
        const char *problem =
            hose_add(&world->hoses, tree, world->region, options->landing, world_now_ms(world));
        cJSON_Delete(tree);
        if (problem != NULL) {
            return status_make(STATUS_INVALID, "--delivery-stream %s: %s", options->delivery_streams[i],
                               problem);
        }
    }
    return status_ok();
}

static struct status open_world(struct world *world, const struct options *options)
{
    set_defaults(world, options);
    keyring_init(&world->keyring);
    keyring_add(&world->keyring, &options->key);
    streams_init(&world->streams);
    tables_init(&world->tables);
    lease_watch_init(&world->lease_watch);
    hoses_init(&world->hoses);
    buckets_init(&world->buckets);
    data_streams_init(&world->data_streams);
    stats_init(&world->stats);
    TRY(rules_init(&world->rules));
    TRY(role_open(&world->role, options->role));
    if (options->tls != NULL) {
        TRY(wire_load(options->tls, &world->tls));
    }
    TRY(recorder_open(&world->recorder, options->record, options->record_bytes));
    return add_hoses(world, options);
}

static void close_world(struct world *world)
{
    recorder_close(&world->recorder);
    rules_destroy(&world->rules);
    role_close(&world->role);
    hoses_destroy(&world->hoses);
    buckets_destroy(&world->buckets);
    data_streams_destroy(&world->data_streams);
    tables_destroy(&world->tables);
    streams_destroy(&world->streams);
    wire_unload(world->tls);
}

/* True once standard input has closed. */
static bool input_closed(void)
{
    char ignored[256];
    return read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
}

/* Serves until a signal, a control call or the end of standard input. */
static void serve(struct server *server, int signals, bool stay)
{
    struct pollfd watched[] = {{.fd = server->listener, .events = POLLIN},
                               {.fd = server->world->quit_descriptor, .events = POLLIN},
                               {.fd = signals, .events = POLLIN},
                               {.fd = stay ? -1 : STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        if (poll(watched, 4, FLUSH_PERIOD_MS) < 0) {
            return;
        }
        if (watched[1].revents != 0 || watched[2].revents != 0 ||
            (watched[3].revents != 0 && input_closed())) {
            return;
        }
        server_poll(server);
        hoses_flush(&server->world->hoses, false);
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    struct options options;
    struct server server;
    static char dynamodb[ADDRESS_BYTES], firehose[ADDRESS_BYTES];
    sigset_t set;
    struct status status = options_parse(argc, argv, &options);
    if (!status_is_ok(&status)) {
        fputs(options_usage, stderr);
        return 2;
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    world.region = options.region;
    world.landing = options.landing;
    world.quit_descriptor = eventfd(0, EFD_CLOEXEC);
    int signals = signalfd(-1, &set, SFD_CLOEXEC);
    TRY_GOTO(status, out, parse_upstream(options.upstream_dynamodb, dynamodb, &world.upstream_dynamodb));
    TRY_GOTO(status, out, parse_upstream(options.upstream_firehose, firehose, &world.upstream_firehose));
    TRY_GOTO(status, out, open_world(&world, &options));
    TRY_GOTO(status, out, server_open(&server, &world, options.port));
    printf("{\"port\":%u}\n", server.port);
    fflush(stdout);
    serve(&server, signals, options.stay);
    rules_remove(&world.rules, NULL); /* lets parked calls go */
    server_close(&server);
    close_world(&world);
out:
    if (!status_is_ok(&status)) {
        fprintf(stderr, "faultd: %s\n", status.reason);
        return 1;
    }
    return 0;
}
