#include <stdlib.h>

#include "shard/decode_text.h"
#include "worker/filter/filter_source.h"
#include "worker/startup.h"

enum {
    SHARDS_CEILING = 20000,
    ITERATOR_CEILING = 8 * 1024,
    PAGE_CEILING = 256 * 1024 * 1024,
    PAGE_RECORDS = 1000,
    ROUND_MS = 200, /* between two looks at the same shard */
};

/* A stream being read, shard by shard and round by round. */
struct reading {
    struct access access;
    struct stream_target target;
    struct stream_description description;
    struct bytes *iterators; /* one a shard; empty: it has ended */
    struct stop never;
    int64_t until_boot_ms;
};

static struct status open_shards(const struct filter_request *request, struct reading *reading)
{
    const struct streams_limits limits = {.cancel = &reading->never};
    TRY(streams_describe(reading->access.streams, reading->target.arn, SHARDS_CEILING, &limits,
                         &reading->description));
    size_t count = reading->description.shard_count;
    reading->iterators = calloc(count + 1, sizeof *reading->iterators);
    if (reading->iterators == NULL) {
        return status_no_memory("shard iterators", count * sizeof *reading->iterators);
    }
    bool latest = request->start == SETTING_START_LATEST;
    for (size_t i = 0; i < count; i++) {
        const struct stream_shard *shard = &reading->description.shards[i];
        bytes_init(&reading->iterators[i], ITERATOR_CEILING);
        if (latest && shard->last.length > 0) {
            continue; /* closed: nothing new comes */
        }
        TRY(streams_get_shard_iterator(reading->access.streams, reading->target.arn, shard->id,
                                       latest ? STREAM_LATEST : STREAM_TRIM_HORIZON, NULL, &limits,
                                       &reading->iterators[i]));
    }
    return status_ok();
}

static struct status open_reading(const struct filter_request *request, struct filter *filter,
                                  struct reading *reading)
{
    const struct settings settings = {
        .table = request->table,
        .stream_arn = request->stream_arn,
        .region = request->region,
        .profile = request->profile,
    };
    TRY(access_open(&settings, clock_real(), &reading->access));
    TRY(startup_resolve(&reading->access, &settings, filter_compares_images(filter), &reading->never,
                        &reading->target));
    filter_set_stream(filter, reading->target.arn);
    return open_shards(request, reading);
}

static void close_reading(struct reading *reading)
{
    for (size_t i = 0; reading->iterators != NULL && i < reading->description.shard_count; i++) {
        bytes_free(&reading->iterators[i]);
    }
    free(reading->iterators);
    stream_description_free(&reading->description);
    access_close(&reading->access);
    stop_destroy(&reading->never);
}

/* One page of a shard, and the iterator of the next. */
static struct status read_shard(struct reading *reading, size_t index, const struct filter_taker *taker,
                                bool *ret_more)
{
    const struct streams_limits limits = {.cancel = &reading->never,
                                          .deadline_boot_ms = reading->until_boot_ms};
    struct bytes *iterator = &reading->iterators[index];
    struct aws_reply reply = {0};
    struct decoder decoder;
    struct decode_record record;
    struct status status = streams_get_records(reading->access.streams, bytes_slice(iterator), PAGE_RECORDS,
                                               PAGE_CEILING, &limits, &reply);
    enum decode_result result = DECODE_END;
    decode_begin(&decoder, bytes_slice(&reply.http.body));
    while (status_is_ok(&status) && *ret_more && (result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        *ret_more = taker->take(taker->context, &record);
    }
    if (result == DECODE_CORRUPT) {
        size_t offset;
        const char *error = decode_error(&decoder, &offset);
        status = status_make(STATUS_CORRUPT, "the reply of GetRecords is malformed at byte %zu: %s", offset,
                             error);
    }
    if (status_is_ok(&status) && result == DECODE_END) {
        bytes_clear(iterator);
        status = bytes_reserve(iterator, decoder.next_iterator_raw.length);
        if (status_is_ok(&status) && !decode_text_unescape(decoder.next_iterator_raw, iterator->at,
                                                           iterator->capacity, &iterator->length)) {
            iterator->length = 0;
        }
    }
    aws_reply_free(&reply);
    return status;
}

/* A round over all shards that have not ended; *ret_open is how many those are. */
static struct status read_round(struct reading *reading, const struct filter_taker *taker, size_t *ret_open,
                                bool *ret_more)
{
    *ret_open = 0;
    for (size_t i = 0; i < reading->description.shard_count && *ret_more; i++) {
        if (reading->iterators[i].length == 0) {
            continue;
        }
        if (clock_boot_ms(clock_real()) >= reading->until_boot_ms) {
            *ret_more = false;
            return status_ok();
        }
        TRY(read_shard(reading, i, taker, ret_more));
        *ret_open += reading->iterators[i].length > 0;
    }
    return status_ok();
}

static struct status read_stream(struct reading *reading, const struct filter_taker *taker)
{
    bool more = true;
    size_t open = 1;
    while (more && open > 0) {
        int64_t begun = clock_boot_ms(clock_real());
        struct status status = read_round(reading, taker, &open, &more);
        int64_t now = clock_boot_ms(clock_real());
        if (status.code == STATUS_TIMEOUT && now >= reading->until_boot_ms) {
            return status_ok();
        }
        TRY(status);
        int64_t wait =
            begun + ROUND_MS < reading->until_boot_ms ? begun + ROUND_MS - now : reading->until_boot_ms - now;
        if (more && open > 0 && wait > 0) {
            (void)stop_wait_ms(&reading->never, wait);
        }
    }
    return status_ok();
}

struct status filter_source_stream(const struct filter_request *request, struct filter *filter,
                                   const struct filter_taker *taker)
{
    struct reading reading = {.iterators = NULL};
    stop_init(&reading.never);
    struct status status = open_reading(request, filter, &reading);
    if (status_is_ok(&status)) {
        reading.until_boot_ms = clock_boot_ms(clock_real()) + request->time_ms;
        status = read_stream(&reading, taker);
    }
    close_reading(&reading);
    return status;
}
