#include "sink/file_sink.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/log.h"
#include "sink/gzip_writer.h"
#include "sink/landing.h"
#include "sink/settle.h"

enum {
    FILE_RECORDS = 4096, /* runs of lines a file */
    FILE_IDLE_MS = 60000,
    FILE_BACKOFF_BASE_MS = 50,
    FILE_BACKOFF_CAP_MS = 20000,
    FILE_WAIT_SLICE_MS = 200,
    FILE_LOG_MS = 10000,
};

/* One thread writes: what it takes from the outbox at a time becomes one file. */
struct file_sink {
    struct sink sink;

    /* Constant after creation. */
    const struct clock *clock;
    struct outbox outbox;
    struct stop closing;
    struct thread thread;

    /* The writer's thread only. */
    struct landing landing;
    struct gzip_writer *gzip;
    struct batch_record *records; /* of the file under way */
    uint32_t count;
    struct random random;

    _Atomic int64_t turned_boot_ms; /* any thread: when the writer last showed that it turns */

    struct mutex lock;
    struct sink_counts counts GUARDED_BY(lock);
};

static struct file_sink *of_sink(struct sink *self)
{
    return (struct file_sink *)self; /* its first member */
}

static void file_sink_put(struct sink *self, struct parcel *parcel)
{
    outbox_put(&of_sink(self)->outbox, parcel);
}

static void file_sink_flush(struct sink *self)
{
    outbox_flush(&of_sink(self)->outbox);
}

static void file_sink_read_counts(struct sink *self, struct sink_counts *ret_counts)
{
    struct file_sink *file_sink = of_sink(self);
    mutex_lock(&file_sink->lock);
    *ret_counts = file_sink->counts;
    mutex_unlock(&file_sink->lock);
    ret_counts->turned_boot_ms = atomic_load(&file_sink->turned_boot_ms);
}

static void turn(struct file_sink *file_sink)
{
    atomic_store(&file_sink->turned_boot_ms, clock_boot_ms(file_sink->clock));
}

/* Settles the lines of shards that are no longer ours as unsent, in the file under way and in the outbox. */
static void drop_lost(struct file_sink *file_sink)
{
    uint32_t kept = 0;
    uint32_t count = file_sink->count;
    for (uint32_t i = 0; i < count; i++) {
        struct batch_record record = file_sink->records[i];
        struct sink_receiver *receiver = record.parcel->receiver;
        if (receiver->may_send(receiver)) {
            file_sink->records[kept++] = record;
        } else {
            settle_records(&record, 1, SINK_UNSENT, NULL);
        }
    }
    file_sink->count = kept;
    settle_lost(&file_sink->outbox);
}

static struct status write_records(struct file_sink *file_sink, const struct landing_file *file)
{
    TRY(gzip_writer_begin(file_sink->gzip, file->descriptor, file->hidden));
    for (uint32_t i = 0; i < file_sink->count; i++) {
        TRY(gzip_writer_add(file_sink->gzip, batch_record_slice(&file_sink->records[i])));
    }
    return gzip_writer_end(file_sink->gzip);
}

/* The whole file or nothing. */
static struct status write_file(struct file_sink *file_sink)
{
    struct landing_file file = {.descriptor = -1};
    TRY(landing_begin(&file_sink->landing, &file));
    struct status status = write_records(file_sink, &file);
    if (!status_is_ok(&status)) {
        landing_abandon(&file);
        return status;
    }
    return landing_finish(&file_sink->landing, &file, clock_wall_ms(file_sink->clock));
}

static void count_file(struct file_sink *file_sink, bool failed)
{
    mutex_lock(&file_sink->lock);
    file_sink->counts.requests++;
    file_sink->counts.requests_failed += failed;
    if (failed) {
        file_sink->counts.failed_boot_ms = clock_boot_ms(file_sink->clock);
    } else {
        file_sink->counts.accepted_boot_ms = clock_boot_ms(file_sink->clock);
    }
    for (uint32_t i = 0; i < file_sink->count; i++) {
        file_sink->counts.records_retried += failed;
        file_sink->counts.lines_accepted += failed ? 0 : file_sink->records[i].count;
        file_sink->counts.bytes_accepted += failed ? 0 : file_sink->records[i].bytes;
    }
    mutex_unlock(&file_sink->lock);
}

/* Sleeps, awake enough to let go of lost shards; returns at once when the sink closes. */
static void wait_before_retry(struct file_sink *file_sink, int64_t ms)
{
    while (ms > 0 && file_sink->count > 0) {
        int64_t slice = ms < FILE_WAIT_SLICE_MS ? ms : FILE_WAIT_SLICE_MS;
        if (stop_wait_ms(&file_sink->closing, slice)) {
            return;
        }
        turn(file_sink);
        drop_lost(file_sink);
        ms -= slice;
    }
}

static void deliver_file(struct file_sink *file_sink)
{
    struct backoff backoff;
    backoff_init(&backoff, FILE_BACKOFF_BASE_MS, FILE_BACKOFF_CAP_MS);
    for (;;) {
        drop_lost(file_sink);
        if (file_sink->count == 0) {
            return;
        }
        struct status status = write_file(file_sink);
        count_file(file_sink, !status_is_ok(&status));
        if (status_is_ok(&status)) {
            settle_records(file_sink->records, file_sink->count, SINK_ACCEPTED, NULL);
            return;
        }
        log_write_limited(FILE_LOG_MS, LOG_ERROR, "sink", "cannot write a landing file: trying again",
                          log_text("folder", file_sink->landing.root), log_status(&status));
        wait_before_retry(file_sink, backoff_next_ms(&backoff, &file_sink->random));
        if (stop_is_requested(&file_sink->closing)) {
            settle_records(file_sink->records, file_sink->count, SINK_UNSENT, NULL);
            return;
        }
    }
}

static void *file_sink_run(void *argument)
{
    struct file_sink *file_sink = argument;
    enum outbox_taken taken;
    while ((taken = outbox_take(&file_sink->outbox, FILE_IDLE_MS, file_sink->records, &file_sink->count)) !=
           OUTBOX_CLOSED) {
        turn(file_sink);
        if (taken == OUTBOX_BATCH) {
            deliver_file(file_sink);
            outbox_answered(&file_sink->outbox);
        }
    }
    return NULL;
}

static void destroy_sink(struct file_sink *file_sink)
{
    outbox_destroy(&file_sink->outbox);
    stop_destroy(&file_sink->closing);
    mutex_destroy(&file_sink->lock);
    gzip_writer_destroy(file_sink->gzip);
    free(file_sink->records);
    free(file_sink);
}

/* A local disk answers soon or never: the file under way is waited for whatever the deadline, since a write
 * cannot be cancelled. */
static void file_sink_close(struct sink *self, int64_t deadline_boot_ms)
{
    struct file_sink *file_sink = of_sink(self);
    (void)deadline_boot_ms;
    stop_request(&file_sink->closing);
    outbox_close(&file_sink->outbox);
    thread_join(&file_sink->thread);
    settle_rest(&file_sink->outbox);
    destroy_sink(file_sink);
}

static void init_sink(struct file_sink *file_sink, const struct file_sink_options *options)
{
    file_sink->sink = (struct sink){.put = file_sink_put,
                                    .flush = file_sink_flush,
                                    .read_counts = file_sink_read_counts,
                                    .close = file_sink_close};
    file_sink->clock = options->clock;
    turn(file_sink);
    mutex_init(&file_sink->lock);
    stop_init(&file_sink->closing);
    random_init(&file_sink->random, random_seed_from_system());
    struct batch_limits limits = {.records = FILE_RECORDS,
                                  .batch_bytes = options->file_bytes,
                                  .record_bytes = UINT32_MAX,
                                  .pack_bytes = UINT32_MAX};
    outbox_init(&file_sink->outbox, &limits, options->flush_age_ms, options->clock);
}

struct status file_sink_create(const struct file_sink_options *options, struct sink **ret_sink)
{
    if (options->file_bytes == 0) {
        return status_make(STATUS_INVALID, "landing files of no bytes hold nothing");
    }
    struct file_sink *file_sink = calloc(1, sizeof *file_sink);
    if (file_sink == NULL) {
        return status_no_memory("the file sink", sizeof *file_sink);
    }
    init_sink(file_sink, options);
    struct status status = status_ok();
    file_sink->records = calloc(FILE_RECORDS, sizeof *file_sink->records);
    if (file_sink->records == NULL) {
        TRY_GOTO(status, failed,
                 status_no_memory("the file sink", FILE_RECORDS * sizeof *file_sink->records));
    }
    TRY_GOTO(status, failed, gzip_writer_create(&file_sink->gzip));
    TRY_GOTO(status, failed,
             landing_open(&file_sink->landing, options->directory, options->table, options->worker_id,
                          clock_wall_ms(options->clock)));
    TRY_GOTO(status, failed,
             thread_start(&file_sink->thread, "sink-file", THREAD_STACK_CALLS, file_sink_run, file_sink));
    *ret_sink = &file_sink->sink;
    return status_ok();
failed:
    destroy_sink(file_sink);
    return status_prefix(status, "--file %s needs a folder that can be written", options->directory);
}
