/* The path of a record on one thread, without a network: a page of GetRecords becomes lines, these a request with
 * base64, whose answer settles them. tests/bench/path counts its instructions.
 *
 *   bench_path ROUNDS [RECORD_BYTES [SEED]]    each round carries the same pages; prints what it carried
 *   bench_path --key                           what the figures depend on: compiler, C library, machine
 *
 * Everything that has to do with the pages themselves falls out of the difference between two numbers of rounds.
 */
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "aws/firehose.h"
#include "shard/page.h"
#include "sink/outbox.h"
#include "sink/pack.h"
#include "sink/settle.h"
#include "sink/window.h"
#include "tests/bench/path_page.h"

enum { PAGES = 4, REPLY_BYTES = 64 * 1024, PAGE_CEILING = 4 * PATH_PAGE_BYTES };

#define DELIVERY_STREAM "orders"

/* One shard before one sender. */
struct path {
    struct bytes pages[PAGES];
    uint32_t page_records[PAGES];
    struct clock_virtual clock;
    struct line_context line;
    struct ack_window acknowledged;
    struct sink_receiver receiver; /* of this shard */
    struct outbox outbox;
    struct window window;
    struct batch_record accepted[FIREHOSE_RECORDS];
    enum put_verdict verdicts[FIREHOSE_RECORDS];
    struct bytes body;
    struct bytes reply;
    uint64_t records, requests, request_bytes;
};

static struct path path; /* the receiver's functions find it here */

static void must(struct status status)
{
    if (!status_is_ok(&status)) {
        fprintf(stderr, "bench_path: %s\n", status.reason);
        exit(1);
    }
}

static void verdict(struct sink_receiver *receiver, uint64_t first_token, uint32_t count,
                    enum sink_verdict verdict, const char *reason)
{
    (void)receiver;
    ack_window_settle(&path.acknowledged, first_token, count, verdict, reason);
}

static bool may_send(struct sink_receiver *receiver)
{
    (void)receiver;
    return true;
}

static void moved(void *context, const struct sequence_number *frontier)
{
    (void)context;
    (void)frontier;
}

static void open_path(size_t record_bytes, uint64_t seed)
{
    struct random random;
    uint64_t sequence = 1;
    const struct line_options line = {.table = "orders",
                                      .region = "eu-west-1",
                                      .stream_label = "2026-11-23T10:00:00.000",
                                      .shard = "shardId-00000001763900000000-1a2b3c4d"};
    random_init(&random, seed);
    for (uint32_t i = 0; i < PAGES; i++) {
        bytes_init(&path.pages[i], PAGE_CEILING);
        must(path_page_append(&path.pages[i], &random, record_bytes, &sequence, &path.page_records[i]));
    }
    clock_virtual_init(&path.clock, 1000000, 1763900000000);
    must(line_context_init(&path.line, &line));
    ack_window_init(&path.acknowledged, moved, NULL);
    path.receiver = (struct sink_receiver){.shard = line.shard, .verdict = verdict, .may_send = may_send};
    struct batch_limits limits = window_batch_limits(DELIVERY_STREAM, PACK_BYTES_DEFAULT);
    outbox_init(&path.outbox, &limits, 0, &path.clock.clock);
    bytes_init(&path.body, FIREHOSE_REQUEST_BYTES + PAGE_CEILING);
    bytes_init(&path.reply, REPLY_BYTES);
}

static void close_path(void)
{
    for (uint32_t i = 0; i < PAGES; i++) {
        bytes_free(&path.pages[i]);
    }
    line_context_free(&path.line);
    ack_window_destroy(&path.acknowledged);
    outbox_destroy(&path.outbox);
    bytes_free(&path.body);
    bytes_free(&path.reply);
}

static void read_page(struct slice page, uint32_t records)
{
    struct page_input input = {.page = page,
                               .line = &path.line,
                               .worker_wall_ms = clock_wall_ms(&path.clock.clock),
                               .lines_estimate = page.length};
    struct page_batch batch;
    page_form(&input, &batch);
    if (batch.outcome != PAGE_WHOLE || batch.records != records || batch.parcel->count != records) {
        must(status_make(STATUS_INTERNAL, "a page was not read whole: %s", batch.error));
    }
    struct parcel *parcel = batch.parcel;
    parcel->first_token = ack_window_publish(&path.acknowledged, batch.block);
    parcel->receiver = &path.receiver;
    batch.parcel = NULL;
    batch.block = NULL;
    outbox_put(&path.outbox, parcel);
    path.records += records;
    page_batch_free(&batch);
}

/* As sink/sender.c makes it. */
static void build_body(void)
{
    size_t size = path.outbox.limits.frame_bytes;
    for (uint32_t i = 0; i < path.window.size; i++) {
        size += batch_record_cost(&path.outbox.limits, path.window.records[i].bytes);
    }
    bytes_clear(&path.body);
    must(bytes_reserve(&path.body, size));
    must(firehose_body_begin(&path.body, DELIVERY_STREAM));
    for (uint32_t i = 0; i < path.window.size; i++) {
        struct slice piece = batch_record_slice(&path.window.records[i]);
        must(firehose_body_add(&path.body, &piece, 1));
    }
    must(firehose_body_end(&path.body));
}

/* What Firehose answers. */
static void take_answer(void)
{
    static const struct put_reply_names names = {"Firehose PutRecordBatch", "RequestResponses", "RecordId",
                                                 "FailedPutCount"};
    char error_code[AWS_ERROR_CODE_BYTES];
    bytes_clear(&path.reply);
    must(bytes_append_text(&path.reply, "{\"FailedPutCount\":0,\"RequestResponses\":["));
    for (uint32_t i = 0; i < path.window.size; i++) {
        must(bytes_append_text(&path.reply,
                               i == 0 ? "{\"RecordId\":\"3qX8zGm1\"}" : ",{\"RecordId\":\"3qX8zGm1\"}"));
    }
    must(bytes_append_text(&path.reply, "]}"));
    must(put_reply_parse(bytes_slice(&path.reply), &names, path.window.size, path.verdicts, error_code));
    uint32_t accepted = window_take_verdicts(&path.window, path.verdicts, path.accepted);
    settle_records(path.accepted, accepted, SINK_ACCEPTED, NULL);
}

static void send_all(void)
{
    uint32_t count = 0;
    struct ack_window_state state;
    for (ack_window_read(&path.acknowledged, &state); state.outstanding > 0;
         ack_window_read(&path.acknowledged, &state)) {
        if (outbox_take(&path.outbox, 1, path.window.records, &count) != OUTBOX_BATCH) {
            must(status_make(STATUS_INTERNAL, "lines wait for nothing"));
        }
        window_begin(&path.window, count);
        build_body();
        path.requests++;
        path.request_bytes += path.body.length;
        take_answer();
        outbox_answered(&path.outbox);
    }
}

static int print_key(void)
{
    struct utsname name;
    const char *width = "";
#if defined(__x86_64__)
    width = __builtin_cpu_supports("avx2") ? " avx2" : " sse";
#endif
#if defined(__clang__)
    const char *compiler = "clang-" __clang_version__;
#else
    const char *compiler = "gcc-" __VERSION__;
#endif
    if (uname(&name) != 0) {
        return 1;
    }
    printf("%.*s glibc-%s %s%s\n", (int)strcspn(compiler, " "), compiler, gnu_get_libc_version(),
           name.machine, width);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--key") == 0) {
        return print_key();
    }
    if (argc < 2 || argc > 4) {
        fputs("usage: bench_path ROUNDS [RECORD_BYTES [SEED]] | --key\n", stderr);
        return 2;
    }
    open_path(argc > 2 ? strtoul(argv[2], NULL, 10) : 700, argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    uint64_t rounds = strtoull(argv[1], NULL, 10);
    for (uint64_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < PAGES; i++) {
            read_page(bytes_slice(&path.pages[i]), path.page_records[i]);
        }
        send_all();
        clock_virtual_advance(&path.clock, 1000);
    }
    printf("{\"records\":%" PRIu64 ",\"requests\":%" PRIu64 ",\"request_bytes\":%" PRIu64 "}\n", path.records,
           path.requests, path.request_bytes);
    close_path();
    return 0;
}
