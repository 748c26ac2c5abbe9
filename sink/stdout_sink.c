#include "sink/stdout_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sink/settle.h"

enum {
    OUTPUT_RECORDS = 1024, /* units a batch */
    OUTPUT_BATCH_BYTES = 1024 * 1024,
    OUTPUT_UNIT_BYTES = 4096, /* PIPE_BUF: what a pipe that polls as writable takes without blocking */
    OUTPUT_IDLE_MS = 60000,
    OUTPUT_SLICE_MS = 100, /* between two looks at leases and at the end while the output takes nothing */
    OUTPUT_LOG_MS = 10000,
};

enum outcome {
    OUTCOME_WRITTEN,
    OUTCOME_UNSENT, /* nothing of it was written, and nothing will be */
    OUTCOME_BROKEN,
};

/* One thread writes. */
struct stdout_sink {
    struct sink sink;

    /* Constant after creation. */
    const struct clock *clock;
    int descriptor;
    bool is_file;
    struct outbox outbox;
    struct stop closing;
    struct thread thread;

    /* The writer's thread only. */
    struct batch_record
        records[OUTPUT_RECORDS]; /* units: whole lines of 4,096 bytes together, or one longer line */
    uint32_t count;
    bool broken;

    /* Any thread. */
    _Atomic int64_t turned_boot_ms;
    _Atomic int64_t deadline_boot_ms; /* of close, for the line under way */

    struct mutex lock;
    struct sink_counts counts GUARDED_BY(lock);
};

static struct stdout_sink *of_sink(struct sink *self)
{
    return (struct stdout_sink *)self; /* its first member */
}

static void stdout_sink_put(struct sink *self, struct parcel *parcel)
{
    outbox_put(&of_sink(self)->outbox, parcel);
}

static void stdout_sink_flush(struct sink *self)
{
    outbox_flush(&of_sink(self)->outbox);
}

static void stdout_sink_read_counts(struct sink *self, struct sink_counts *ret_counts)
{
    struct stdout_sink *output = of_sink(self);
    mutex_lock(&output->lock);
    *ret_counts = output->counts;
    mutex_unlock(&output->lock);
    ret_counts->turned_boot_ms = atomic_load(&output->turned_boot_ms);
}

static void note_failure(struct stdout_sink *output)
{
    mutex_lock(&output->lock);
    output->counts.failed_boot_ms = clock_boot_ms(output->clock);
    output->counts.requests_failed++;
    mutex_unlock(&output->lock);
}

static void note_broken(struct stdout_sink *output, int error)
{
    struct status status =
        status_make(STATUS_IO, "%s", error == EPIPE ? "its reader is gone" : strerrordesc_np(error));
    log_write(LOG_ERROR, "sink", "standard output takes nothing more", log_status(&status));
    output->broken = true;
    mutex_lock(&output->lock);
    output->counts.failed_boot_ms = clock_boot_ms(output->clock);
    output->counts.broken = true;
    mutex_unlock(&output->lock);
}

/* Waits a moment for room. False: give the unit up, of which `begun` says whether a part is written. */
static bool wait_for_room(struct stdout_sink *output, struct sink_receiver *receiver, bool begun)
{
    struct pollfd waited = {.fd = output->descriptor, .events = POLLOUT};
    for (int64_t blocked_ms = 0;; blocked_ms += OUTPUT_SLICE_MS) {
        atomic_store(&output->turned_boot_ms, clock_boot_ms(output->clock));
        bool closing = stop_is_requested(&output->closing);
        bool late = closing && clock_boot_ms(output->clock) >= atomic_load(&output->deadline_boot_ms);
        if (late || (!begun && (closing || !receiver->may_send(receiver)))) {
            return false;
        }
        if (poll(&waited, 1, OUTPUT_SLICE_MS) > 0) {
            return true;
        }
        settle_lost(&output->outbox);
        if (blocked_ms >= OUTPUT_LOG_MS) {
            blocked_ms = 0;
            note_failure(output);
            log_write_limited(OUTPUT_LOG_MS, LOG_WARN, "sink",
                              "standard output takes nothing: its reader waits");
        }
    }
}

/* A file that is full or failing is tried again, like a reader that waits. */
static bool passes(int error)
{
    return error == EINTR || error == EAGAIN || error == ENOSPC || error == EDQUOT;
}

static enum outcome write_unit(struct stdout_sink *output, const struct batch_record *record)
{
    struct slice left = batch_record_slice(record);
    while (left.length > 0) {
        bool begun = left.length < record->bytes;
        if (!wait_for_room(output, record->parcel->receiver, begun)) {
            return OUTCOME_UNSENT;
        }
        size_t part = left.length < OUTPUT_UNIT_BYTES ? left.length : OUTPUT_UNIT_BYTES;
        ssize_t written = write(output->descriptor, left.at, part);
        if (written >= 0) {
            left = slice_of(left.at + written, left.length - (size_t)written);
        } else if (!passes(errno)) {
            note_broken(output, errno);
            return OUTCOME_BROKEN;
        } else if (errno == ENOSPC || errno == EDQUOT) {
            note_failure(output);
            log_write_limited(OUTPUT_LOG_MS, LOG_ERROR, "sink",
                              "standard output is a file without room: trying again");
            (void)stop_wait_ms(&output->closing, OUTPUT_SLICE_MS);
        }
    }
    return OUTCOME_WRITTEN;
}

/* Makes what was written durable where it can be. */
static bool sync_output(struct stdout_sink *output)
{
    if (output->is_file && fdatasync(output->descriptor) != 0) {
        note_broken(output, errno);
        return false;
    }
    return true;
}

static void accept_units(struct stdout_sink *output, uint32_t first, uint32_t count)
{
    const struct batch_record *records = output->records + first;
    mutex_lock(&output->lock);
    output->counts.accepted_boot_ms = clock_boot_ms(output->clock);
    for (uint32_t i = 0; i < count; i++) {
        output->counts.lines_accepted += records[i].count;
        output->counts.bytes_accepted += records[i].bytes;
    }
    mutex_unlock(&output->lock);
    settle_records(records, count, SINK_ACCEPTED, NULL);
}

/* Each unit in turn. A pipe's are accepted one by one, so that a slow reader sees progress acknowledged; a file's
 * together, for one fdatasync. */
static void write_batch(struct stdout_sink *output)
{
    uint32_t unsynced = 0;
    for (uint32_t i = 0; i < output->count; i++) {
        enum outcome outcome = output->broken ? OUTCOME_BROKEN : write_unit(output, &output->records[i]);
        bool last = i + 1 == output->count;
        if (outcome == OUTCOME_WRITTEN && output->is_file && !last) {
            unsynced++;
            continue;
        }
        uint32_t written = unsynced + (outcome == OUTCOME_WRITTEN);
        uint32_t first = i + (outcome == OUTCOME_WRITTEN) - written;
        unsynced = 0;
        if (written > 0 && sync_output(output)) {
            accept_units(output, first, written);
        } else if (written > 0) {
            settle_records(output->records + first, written, SINK_UNSENT, NULL);
        }
        if (outcome != OUTCOME_WRITTEN) {
            settle_records(&output->records[i], 1, SINK_UNSENT, NULL);
        }
    }
    mutex_lock(&output->lock);
    output->counts.requests++;
    mutex_unlock(&output->lock);
}

static void *stdout_sink_run(void *argument)
{
    struct stdout_sink *output = argument;
    enum outbox_taken taken;
    while ((taken = outbox_take(&output->outbox, OUTPUT_IDLE_MS, output->records, &output->count)) !=
           OUTBOX_CLOSED) {
        atomic_store(&output->turned_boot_ms, clock_boot_ms(output->clock));
        if (taken == OUTBOX_BATCH) {
            write_batch(output);
            outbox_answered(&output->outbox);
        }
    }
    return NULL;
}

static void destroy_sink(struct stdout_sink *output)
{
    outbox_destroy(&output->outbox);
    stop_destroy(&output->closing);
    mutex_destroy(&output->lock);
    free(output);
}

static void stdout_sink_close(struct sink *self, int64_t deadline_boot_ms)
{
    struct stdout_sink *output = of_sink(self);
    atomic_store(&output->deadline_boot_ms, deadline_boot_ms);
    stop_request(&output->closing);
    outbox_close(&output->outbox);
    thread_join(&output->thread);
    settle_rest(&output->outbox);
    destroy_sink(output);
}

static struct status check_descriptor(int descriptor, bool *ret_is_file)
{
    struct stat facts;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || fstat(descriptor, &facts) != 0) {
        return status_make(STATUS_INVALID, "--stdout needs a standard output that is open for writing");
    }
    *ret_is_file = S_ISREG(facts.st_mode);
    return status_ok();
}

struct status stdout_sink_create(const struct stdout_sink_options *options, struct sink **ret_sink)
{
    bool is_file = false;
    TRY(check_descriptor(options->descriptor, &is_file));
    struct stdout_sink *output = calloc(1, sizeof *output);
    if (output == NULL) {
        return status_no_memory("the standard output sink", sizeof *output);
    }
    output->sink = (struct sink){.put = stdout_sink_put,
                                 .flush = stdout_sink_flush,
                                 .read_counts = stdout_sink_read_counts,
                                 .close = stdout_sink_close};
    output->clock = options->clock;
    output->descriptor = options->descriptor;
    output->is_file = is_file;
    atomic_store(&output->turned_boot_ms, clock_boot_ms(options->clock));
    mutex_init(&output->lock);
    stop_init(&output->closing);
    struct batch_limits limits = {.records = OUTPUT_RECORDS,
                                  .batch_bytes = OUTPUT_BATCH_BYTES,
                                  .record_bytes = UINT32_MAX,
                                  .pack_bytes = OUTPUT_UNIT_BYTES};
    outbox_init(&output->outbox, &limits, options->flush_age_ms, options->clock);
    struct status status =
        thread_start(&output->thread, "sink-stdout", THREAD_STACK_SMALL, stdout_sink_run, output);
    if (!status_is_ok(&status)) {
        destroy_sink(output);
        return status;
    }
    *ret_sink = &output->sink;
    return status;
}
