#include "worker/leases/leases_lag.h"

#include <stdlib.h>
#include <string.h>

#include "shard/decode.h"
#include "worker/leases/leases_sample.h"
#include "worker/leases/leases_stream.h"
#include "worker/startup_rules.h"

enum {
    READERS = 16,
    PAGE_RECORDS = 10,
    PAGE_CEILING = 24 * 1024 * 1024,
    ITERATOR_CEILING = 8 * 1024,
    SHARD_DEADLINE_MS = 60000,
};

/* What the reading threads share. */
struct lag_pool {
    const struct leases_source *source;
    const struct leases_streams *streams;
    struct leases_lag_job *jobs;
    size_t count;
    struct mutex lock;
    size_t next GUARDED_BY(lock);
    struct status failure GUARDED_BY(lock); /* the first that ends it all */
};

/* Reading one shard; belongs to one thread. */
struct lag_reader {
    const struct leases_source *source;
    struct leases_lag_job *job;
    bool closed;
    int64_t deadline_boot_ms;
    int64_t called_boot_ms; /* the last GetRecords */
    struct bytes iterator;
    struct aws_reply reply;
};

static struct streams_limits limits_of(const struct lag_reader *reader)
{
    return (struct streams_limits){.deadline_boot_ms = reader->deadline_boot_ms,
                                   .cancel = reader->source->cancel};
}

static struct status open_iterator(struct lag_reader *reader, enum stream_iterator_type type,
                                   const struct sequence_number *position)
{
    const struct streams_limits limits = limits_of(reader);
    return streams_get_shard_iterator(reader->source->streams, reader->job->stream_arn,
                                      reader->job->row->shard, type, position, &limits, &reader->iterator);
}

/* The first whole record at or behind `position` (NULL: any). */
static struct status find_event(struct lag_reader *reader, const struct sequence_number *position, bool at,
                                struct leases_lag_page *page)
{
    struct decoder decoder;
    struct decode_record record;
    decode_begin(&decoder, bytes_slice(&reader->reply.http.body));
    enum decode_result result = decode_next(&decoder, &record);
    while (result == DECODE_RECORD) {
        int order = position == NULL ? 1 : sequence_number_compare(&record.sequence, position);
        bool fits = record.sequence.length > 0 && record.event_wall_ms > 0 && (at ? order == 0 : order > 0);
        if (fits && !page->has_event) {
            page->has_event = true;
            page->event_wall_ms = record.event_wall_ms;
        }
        result = decode_next(&decoder, &record);
    }
    if (result == DECODE_CORRUPT) {
        return status_make(STATUS_CORRUPT, "GetRecords: the page does not parse");
    }
    page->ended = decoder.next_iterator_raw.length == 0;
    bytes_clear(&reader->iterator);
    return bytes_append_slice(&reader->iterator, decoder.next_iterator_raw);
}

static struct status read_page(struct lag_reader *reader, const struct sequence_number *position, bool at,
                               struct leases_lag_page *page)
{
    TRY(leases_sample_sleep_until(reader->source, reader->called_boot_ms + LEASES_LAG_POLL_MS));
    const struct streams_limits limits = limits_of(reader);
    reader->called_boot_ms = clock_boot_ms(reader->source->clock);
    TRY(streams_get_records(reader->source->streams, bytes_slice(&reader->iterator), PAGE_RECORDS,
                            PAGE_CEILING, &limits, &reader->reply));
    page->now_wall_ms = clock_wall_ms(reader->source->clock);
    page->empty_pages++;
    return find_event(reader, position, at, page);
}

/* Reads on from the iterator until it is decided. */
static struct status read_on(struct lag_reader *reader, const struct sequence_number *position)
{
    struct leases_lag_page page = {0};
    do {
        TRY(read_page(reader, position, false, &page));
    } while (!leases_lag_judge(&page, reader->closed, &reader->job->lag));
    return status_ok();
}

/* The position is gone: how old is what is left? */
static struct status read_after_trim(struct lag_reader *reader)
{
    TRY(open_iterator(reader, STREAM_TRIM_HORIZON, NULL));
    TRY(read_on(reader, NULL));
    reader->job->lag.kind = LEASES_LAG_TRIMMED;
    reader->job->lag.note =
        "the position was trimmed: what stood behind it and is gone may not have been read";
    return status_ok();
}

static struct status read_behind(struct lag_reader *reader)
{
    const struct leases_row *row = reader->job->row;
    if (!leases_row_has_position(row)) {
        TRY(open_iterator(reader, STREAM_TRIM_HORIZON, NULL));
        return read_on(reader, NULL);
    }
    struct sequence_number position;
    if (!sequence_number_parse(slice_of_text(row->checkpoint), &position)) {
        return status_make(STATUS_INTERNAL, "checkpoint '%s' is no sequence number", row->checkpoint);
    }
    struct status status = open_iterator(reader, STREAM_AFTER_SEQUENCE_NUMBER, &position);
    if (status_is_ok(&status)) {
        status = read_on(reader, &position);
    }
    return status.code == STATUS_TRIMMED ? read_after_trim(reader) : status;
}

/* When was the event at the checkpoint? Trouble here is no news: the answer stays 0. */
static void read_position(struct lag_reader *reader)
{
    struct sequence_number position;
    struct leases_lag_page page = {0};
    if (!reader->job->want_position ||
        !sequence_number_parse(slice_of_text(reader->job->row->checkpoint), &position)) {
        return;
    }
    struct status status = open_iterator(reader, STREAM_AT_SEQUENCE_NUMBER, &position);
    if (status_is_ok(&status)) {
        status = read_page(reader, &position, true, &page);
    }
    if (status_is_ok(&status) && page.has_event) {
        reader->job->lag.position_wall_ms = page.event_wall_ms;
    }
}

/* Trouble with one shard as its note; what would meet every shard alike is a failure. */
static struct status settle(struct leases_lag *lag, struct status status)
{
    static const struct {
        enum status_code code;
        const char *note;
    } notes[] = {
        {STATUS_OK, NULL},
        {STATUS_NOT_FOUND, "the stream no longer has this shard"},
        {STATUS_THROTTLED, "the stream refused to be read: too many readers"},
        {STATUS_TIMEOUT, "the stream did not answer in time"},
        {STATUS_UNAVAILABLE, "the stream did not answer"},
        {STATUS_EXPIRED, "the stream's iterator expired"},
        {STATUS_TRIMMED, "the stream was trimmed while it was read"},
        {STATUS_CORRUPT, "the stream's answer does not parse"},
        {STATUS_TOO_LARGE, "the stream's answer is too large"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (status.code == notes[i].code) {
            if (notes[i].note != NULL) {
                *lag = (struct leases_lag){.kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = notes[i].note};
            }
            return status_ok();
        }
    }
    return status;
}

static struct status ask(const struct lag_pool *pool, struct leases_lag_job *job)
{
    const struct stream_shard *shard = NULL;
    const struct leases_stream *stream = leases_streams_get(pool->streams, job->stream_arn);
    if (stream == NULL || stream->gone) {
        job->lag =
            (struct leases_lag){.kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = "there is no such stream"};
        return status_ok();
    }
    if (!leases_streams_find(pool->streams, job->stream_arn, job->row->shard, &shard)) {
        job->lag = (struct leases_lag){
            .kind = LEASES_LAG_UNKNOWN, .ms = -1, .note = "the stream no longer has this shard"};
        return status_ok();
    }
    struct lag_reader reader = {
        .source = pool->source,
        .job = job,
        .closed = shard->last.length > 0,
        .deadline_boot_ms = clock_boot_ms(pool->source->clock) + SHARD_DEADLINE_MS,
        .called_boot_ms = INT64_MIN / 2,
    };
    bytes_init(&reader.iterator, ITERATOR_CEILING);
    struct status status = settle(&job->lag, read_behind(&reader));
    if (status_is_ok(&status)) {
        read_position(&reader);
    }
    bytes_free(&reader.iterator);
    aws_reply_free(&reader.reply);
    return status;
}

static struct leases_lag_job *take_job(struct lag_pool *pool)
{
    struct leases_lag_job *job = NULL;
    mutex_lock(&pool->lock);
    if (pool->next < pool->count && status_is_ok(&pool->failure)) {
        job = &pool->jobs[pool->next];
        pool->next++;
    }
    mutex_unlock(&pool->lock);
    return job;
}

static void *run_reader(void *argument)
{
    struct lag_pool *pool = argument;
    for (struct leases_lag_job *job = take_job(pool); job != NULL; job = take_job(pool)) {
        if (leases_lag_without_reading(job->row, job->stream_arn, &job->lag)) {
            continue;
        }
        struct status status = ask(pool, job);
        if (!status_is_ok(&status)) {
            mutex_lock(&pool->lock);
            pool->failure = status;
            mutex_unlock(&pool->lock);
        }
    }
    return NULL;
}

static struct status run_readers(struct lag_pool *pool)
{
    struct thread threads[READERS] = {{.started = false}};
    size_t wanted = pool->count < READERS ? pool->count : READERS;
    struct status started = status_ok();
    for (size_t i = 0; i < wanted && status_is_ok(&started); i++) {
        started = thread_start(&threads[i], "lag", THREAD_STACK_CALLS, run_reader, pool);
    }
    if (wanted > 0 && !threads[0].started) {
        return started;
    }
    for (size_t i = 0; i < wanted; i++) {
        thread_join(&threads[i]);
    }
    mutex_lock(&pool->lock);
    struct status failure = pool->failure;
    mutex_unlock(&pool->lock);
    return failure;
}

struct status leases_lag_ask(const struct leases_source *source, struct leases_lag_job *jobs, size_t count)
{
    struct leases_streams streams = {0};
    for (size_t i = 0; i < count; i++) {
        struct status status = status_ok();
        if (!leases_lag_without_reading(jobs[i].row, jobs[i].stream_arn, &jobs[i].lag)) {
            status = leases_streams_add(source, jobs[i].stream_arn, &streams);
        }
        if (!status_is_ok(&status)) {
            leases_streams_free(&streams);
            return status;
        }
    }
    struct lag_pool pool = {.source = source, .streams = &streams, .jobs = jobs, .count = count};
    mutex_init(&pool.lock);
    struct status status = run_readers(&pool);
    mutex_destroy(&pool.lock);
    leases_streams_free(&streams);
    if (status.code != STATUS_DENIED) {
        return status;
    }
    const struct startup_call call = {"dynamodb:GetShardIterator and dynamodb:GetRecords", "the stream",
                                      source->region, "--stream-arn", source->credentials};
    return startup_explain(&call, &status);
}
