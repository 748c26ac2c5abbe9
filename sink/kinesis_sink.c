#include "sink/kinesis_sink.h"

#include <stdio.h>
#include <stdlib.h>

#include "sink/kinesis_sender.h"

enum {
    SENDERS_MOST = 16,
    REQUEST_FRAME_BYTES = 128, /* {"StreamName":"","Records":[]} and spare */
    RECORD_FRAME_BYTES = 40, /* {"Data":"","PartitionKey":""}, and spare */
    FRAME_SPARE_BYTES = 1024,
};

struct kinesis_sink {
    struct sink sink;
    struct kinesis_sending shared;
    uint32_t sender_count;
    struct kinesis_sender senders[];
};

static struct kinesis_sink *of_sink(struct sink *self)
{
    return (struct kinesis_sink *)self; /* its first member */
}

static void kinesis_sink_put(struct sink *self, struct parcel *parcel)
{
    lineup_put(&of_sink(self)->shared.lineup, parcel);
}

static void kinesis_sink_flush(struct sink *self)
{
    lineup_flush(&of_sink(self)->shared.lineup);
}

static int64_t slowest_turn(struct kinesis_sink *kinesis)
{
    int64_t slowest = INT64_MAX;
    for (uint32_t i = 0; i < kinesis->sender_count; i++) {
        int64_t turned = atomic_load(&kinesis->senders[i].turned_boot_ms);
        slowest = turned < slowest ? turned : slowest;
    }
    return slowest == INT64_MAX ? 0 : slowest;
}

static void kinesis_sink_read_counts(struct sink *self, struct sink_counts *ret_counts)
{
    struct kinesis_sending *shared = &of_sink(self)->shared;
    mutex_lock(&shared->lock);
    *ret_counts = shared->counts;
    mutex_unlock(&shared->lock);
    ret_counts->requests_most = flight_gate_count(&shared->gate);
    ret_counts->turned_boot_ms = slowest_turn(of_sink(self));
    struct letter_box_counts letters;
    letter_box_read_counts(&shared->letter_box, &letters);
    ret_counts->lines_dead_lettered = letters.stored;
    ret_counts->lines_refused = letters.refused;
}

static void destroy_sink(struct kinesis_sink *kinesis)
{
    struct kinesis_sending *shared = &kinesis->shared;
    flight_gate_destroy(&shared->gate);
    lineup_destroy(&shared->lineup);
    stop_destroy(&shared->cancel);
    stop_destroy(&shared->closing);
    condition_destroy(&shared->sender_ended);
    mutex_destroy(&shared->lock);
    free(shared->stream);
    free(kinesis);
}

/* Waits until every sender has ended; false at the deadline. */
static bool wait_for_senders(struct kinesis_sending *shared, int64_t deadline_boot_ms)
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

static void kinesis_sink_close(struct sink *self, int64_t deadline_boot_ms)
{
    struct kinesis_sink *kinesis = of_sink(self);
    struct kinesis_sending *shared = &kinesis->shared;
    stop_request(&shared->closing);
    flight_gate_close(&shared->gate);
    lineup_close(&shared->lineup);
    if (!wait_for_senders(shared, deadline_boot_ms)) {
        stop_request(&shared->cancel);
    }
    for (uint32_t i = 0; i < kinesis->sender_count; i++) {
        kinesis_sender_join(&kinesis->senders[i]);
    }
    letter_box_close(&shared->letter_box);
    lineup_settle_rest(&shared->lineup);
    destroy_sink(kinesis);
}

static struct status check_options(const struct kinesis_sink_options *options)
{
    if (options->stream == NULL || options->stream[0] == '\0') {
        return status_make(STATUS_INVALID, "the Kinesis sink needs the name of a data stream");
    }
    if (options->requests_in_flight < 1 || options->requests_in_flight > SENDERS_MOST) {
        return status_make(STATUS_INVALID, "%u requests in flight: 1 to %d are possible",
                           options->requests_in_flight, SENDERS_MOST);
    }
    return status_ok();
}

/* AWS's limits, counted after base64 and with the JSON around the records. */
static struct batch_limits limits_of(const struct kinesis_sink_options *options)
{
    size_t record_bytes = options->record_bytes == 0 ? KINESIS_RECORD_BYTES : options->record_bytes;
    size_t most = (KINESIS_REQUEST_BYTES / 4 - FRAME_SPARE_BYTES) *
                  3; /* what a request of one record takes before base64 */
    return (struct batch_limits){
        .records = KINESIS_RECORDS,
        .batch_bytes = KINESIS_REQUEST_BYTES / 2, /* for the memory of the requests in flight */
        .record_bytes = (record_bytes < most ? record_bytes : most) - KINESIS_SENDER_KEY_BYTES,
        .pack_bytes = options->pack_bytes,
        .frame_bytes = REQUEST_FRAME_BYTES + strlen(options->stream),
        .record_frame_bytes = RECORD_FRAME_BYTES + KINESIS_SENDER_KEY_BYTES,
        .base64 = true,
    };
}

static void init_counts(struct kinesis_sending *shared) NO_THREAD_CHECK /* nobody else sees it yet */
{
    mutex_init(&shared->lock);
    shared->counts.batch_records.kind = HISTOGRAM_RECORDS;
    shared->counts.batch_bytes.kind = HISTOGRAM_BYTES;
    shared->counts.request_ms.kind = HISTOGRAM_MS;
}

static struct status allocate_sink(const struct kinesis_sink_options *options,
                                   struct kinesis_sink **ret_kinesis)
{
    size_t size = sizeof(struct kinesis_sink) + options->requests_in_flight * sizeof(struct kinesis_sender);
    struct kinesis_sink *kinesis = calloc(1, size);
    char *name = strdup(options->stream);
    if (kinesis == NULL || name == NULL) {
        free(name);
        free(kinesis);
        return status_no_memory("the Kinesis sink", size);
    }
    kinesis->sink = (struct sink){.put = kinesis_sink_put,
                                  .flush = kinesis_sink_flush,
                                  .read_counts = kinesis_sink_read_counts,
                                  .close = kinesis_sink_close};
    struct kinesis_sending *shared = &kinesis->shared;
    shared->options = *options;
    shared->options.stream = shared->stream = name;
    shared->limits = limits_of(options);
    snprintf(shared->oversize_reason, sizeof shared->oversize_reason,
             "over the %zu bytes of a record of the Kinesis stream", shared->limits.record_bytes);
    init_counts(shared);
    condition_init(&shared->sender_ended);
    stop_init(&shared->closing);
    stop_init(&shared->cancel);
    lineup_init(&shared->lineup, &shared->limits, options->flush_age_ms, options->clock);
    flight_gate_init(&shared->gate, options->requests_in_flight, options->clock);
    *ret_kinesis = kinesis;
    return status_ok();
}

struct status kinesis_sink_create(const struct kinesis_sink_options *options, struct sink **ret_sink)
{
    TRY(check_options(options));
    struct kinesis_sink *kinesis = NULL;
    TRY(allocate_sink(options, &kinesis));
    struct kinesis_sending *shared = &kinesis->shared;
    const struct letter_places places = {.letters = options->letters, .clock = options->clock};
    struct status status = letter_box_start(&shared->letter_box, &places, &shared->closing);
    if (!status_is_ok(&status)) {
        destroy_sink(kinesis);
        return status;
    }
    for (uint32_t i = 0; i < options->requests_in_flight && status_is_ok(&status); i++) {
        status = kinesis_sender_start(&kinesis->senders[i], shared, i);
        kinesis->sender_count++;
    }
    if (!status_is_ok(&status)) {
        kinesis_sink_close(&kinesis->sink, 0);
        return status;
    }
    *ret_sink = &kinesis->sink;
    return status_ok();
}
