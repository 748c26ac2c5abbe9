#include "sink/firehose_sink.h"

#include <stdlib.h>

#include "sink/sender.h"
#include "sink/settle.h"

enum { SENDERS_MOST = 16 };

struct firehose_sink {
    struct sink sink;
    struct sending shared;
    uint32_t sender_count;
    struct sender senders[];
};

static struct firehose_sink *of_sink(struct sink *self)
{
    return (struct firehose_sink *)self; /* its first member */
}

static void firehose_sink_put(struct sink *self, struct parcel *parcel)
{
    outbox_put(&of_sink(self)->shared.outbox, parcel);
}

static void firehose_sink_flush(struct sink *self)
{
    outbox_flush(&of_sink(self)->shared.outbox);
}

static int64_t slowest_turn(struct firehose_sink *firehose)
{
    int64_t slowest = INT64_MAX;
    for (uint32_t i = 0; i < firehose->sender_count; i++) {
        int64_t turned = atomic_load(&firehose->senders[i].turned_boot_ms);
        slowest = turned < slowest ? turned : slowest;
    }
    return slowest == INT64_MAX ? 0 : slowest;
}

static void firehose_sink_divide(struct sink *self, uint64_t mine, uint64_t all)
{
    struct sending *shared = &of_sink(self)->shared;
    mutex_lock(&shared->lock);
    pace_divide(&shared->pace, mine, all, clock_boot_ms(shared->options.clock));
    mutex_unlock(&shared->lock);
}

static void firehose_sink_read_counts(struct sink *self, struct sink_counts *ret_counts)
{
    struct sending *shared = &of_sink(self)->shared;
    mutex_lock(&shared->lock);
    *ret_counts = shared->counts;
    ret_counts->pace_bytes_per_second = shared->pace.rate;
    mutex_unlock(&shared->lock);
    ret_counts->requests_most = flight_gate_count(&shared->gate);
    ret_counts->turned_boot_ms = slowest_turn(of_sink(self));
    struct letter_box_counts letters;
    letter_box_read_counts(&shared->letter_box, &letters);
    ret_counts->lines_dead_lettered = letters.stored;
    ret_counts->lines_large = letters.large;
    ret_counts->lines_refused = letters.refused;
}

static void destroy_sink(struct firehose_sink *firehose)
{
    struct sending *shared = &firehose->shared;
    flight_gate_destroy(&shared->gate);
    outbox_destroy(&shared->outbox);
    stop_destroy(&shared->cancel);
    stop_destroy(&shared->closing);
    condition_destroy(&shared->sender_ended);
    mutex_destroy(&shared->lock);
    free(shared->delivery_stream);
    free(firehose);
}

/* Waits until every sender has ended; false at the deadline. */
static bool wait_for_senders(struct sending *shared, int64_t deadline_boot_ms)
{
    mutex_lock(&shared->lock);
    int64_t left = 0;
    while (shared->running > 0 && (left = deadline_boot_ms - clock_boot_ms(shared->options.clock)) > 0) {
        (void)condition_wait_ms(&shared->sender_ended, &shared->lock, left);
    }
    bool ended = shared->running == 0;
    mutex_unlock(&shared->lock);
    return ended;
}

static void stop_senders(struct firehose_sink *firehose, int64_t deadline_boot_ms)
{
    struct sending *shared = &firehose->shared;
    stop_request(&shared->closing);
    flight_gate_close(&shared->gate);
    outbox_close(&shared->outbox);
    if (!wait_for_senders(shared, deadline_boot_ms)) {
        stop_request(&shared->cancel);
    }
    for (uint32_t i = 0; i < firehose->sender_count; i++) {
        sender_join(&firehose->senders[i]);
    }
}

static void firehose_sink_close(struct sink *self, int64_t deadline_boot_ms)
{
    struct firehose_sink *firehose = of_sink(self);
    stop_senders(firehose, deadline_boot_ms);
    letter_box_close(&firehose->shared.letter_box);
    settle_rest(&firehose->shared.outbox);
    destroy_sink(firehose);
}

static struct status check_options(const struct firehose_sink_options *options)
{
    if (options->delivery_stream == NULL || options->delivery_stream[0] == '\0') {
        return status_make(STATUS_INVALID, "the Firehose sink needs the name of a delivery stream");
    }
    if (options->requests_in_flight < 1 || options->requests_in_flight > SENDERS_MOST) {
        return status_make(STATUS_INVALID, "%u requests in flight: 1 to %d are possible",
                           options->requests_in_flight, SENDERS_MOST);
    }
    if (options->pack_bytes > FIREHOSE_RECORD_BYTES) {
        return status_make(STATUS_INVALID,
                           "records cannot be packed to %zu bytes: Firehose takes 1,024,000 at most",
                           options->pack_bytes);
    }
    return status_ok();
}

static void init_counts(struct sending *shared) NO_THREAD_CHECK /* nobody else sees it yet */
{
    mutex_init(&shared->lock);
    int64_t now_ms = clock_boot_ms(shared->options.clock);
    pace_init(&shared->pace, shared->options.fleet_bytes_per_second, now_ms);
    shared->counts.batch_records.kind = HISTOGRAM_RECORDS;
    shared->counts.batch_bytes.kind = HISTOGRAM_BYTES;
    shared->counts.request_ms.kind = HISTOGRAM_MS;
}

static struct status allocate_sink(const struct firehose_sink_options *options,
                                   struct firehose_sink **ret_firehose)
{
    size_t size = sizeof(struct firehose_sink) + options->requests_in_flight * sizeof(struct sender);
    struct firehose_sink *firehose = calloc(1, size);
    char *name = strdup(options->delivery_stream);
    if (firehose == NULL || name == NULL) {
        free(name);
        free(firehose);
        return status_no_memory("the Firehose sink", size);
    }
    firehose->sink = (struct sink){.put = firehose_sink_put,
                                   .flush = firehose_sink_flush,
                                   .divide = firehose_sink_divide,
                                   .read_counts = firehose_sink_read_counts,
                                   .close = firehose_sink_close};
    struct sending *shared = &firehose->shared;
    shared->options = *options;
    shared->options.delivery_stream = shared->delivery_stream = name;
    init_counts(shared);
    condition_init(&shared->sender_ended);
    stop_init(&shared->closing);
    stop_init(&shared->cancel);
    struct batch_limits limits = window_batch_limits(name, options->pack_bytes);
    outbox_init(&shared->outbox, &limits, options->flush_age_ms, options->clock);
    flight_gate_init(&shared->gate, options->requests_in_flight, options->clock);
    *ret_firehose = firehose;
    return status_ok();
}

struct status firehose_sink_create(const struct firehose_sink_options *options, struct sink **ret_sink)
{
    TRY(check_options(options));
    struct firehose_sink *firehose = NULL;
    TRY(allocate_sink(options, &firehose));
    struct sending *shared = &firehose->shared;
    const struct letter_places places = {options->letters, options->large, options->clock};
    struct status status = letter_box_start(&shared->letter_box, &places, &shared->closing);
    if (!status_is_ok(&status)) {
        destroy_sink(firehose);
        return status;
    }
    for (uint32_t i = 0; i < options->requests_in_flight && status_is_ok(&status); i++) {
        status = sender_start(&firehose->senders[i], shared, i);
        firehose->sender_count++;
    }
    if (!status_is_ok(&status)) {
        firehose_sink_close(&firehose->sink, 0);
        return status;
    }
    *ret_sink = &firehose->sink;
    return status_ok();
}
