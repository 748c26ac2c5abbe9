#include "worker/leases/leases_walk.h"

#include "shard/decode.h"
#include "shard/decode_text.h"
#include "worker/leases/leases_sample.h"

enum {
    WALK_PAGE_RECORDS = 1000,
    WALK_PAGE_CEILING = 24 * 1024 * 1024,
    WALK_ITERATOR_BYTES = 8 * 1024,
    WALK_EMPTY_PAGES = 5, /* in a row, prove the tip: shard/pacing.h */
    WALK_EMPTY_MS = 200,
    WALK_BACKOFF_MS = 1000,
    WALK_TROUBLES_MOST = 30,
    WALK_CALL_MS = 60000,
};

struct walker {
    const struct leases_walk *walk;
    struct bytes iterator;
    struct aws_reply reply;
    struct sequence_number last; /* the last record visited */
    int64_t records;
    int64_t began_wall_ms;
    int empty_pages;
    int troubles; /* in a row */
    bool done;
    enum leases_walk_end end;
};

static struct streams_limits limits_of(const struct walker *walker)
{
    const struct leases_source *source = walker->walk->source;
    return (struct streams_limits){.deadline_boot_ms = clock_boot_ms(source->clock) + WALK_CALL_MS,
                                   .cancel = source->cancel};
}

/* Behind the last record seen, else where the walk begins. */
static struct status open_iterator(struct walker *walker)
{
    const struct leases_walk *walk = walker->walk;
    const struct sequence_number *after = walker->last.length > 0 ? &walker->last : walk->after;
    const struct streams_limits limits = limits_of(walker);
    return streams_get_shard_iterator(walk->source->streams, walk->stream_arn, walk->shard,
                                      after == NULL ? STREAM_TRIM_HORIZON : STREAM_AFTER_SEQUENCE_NUMBER,
                                      after, &limits, &walker->iterator);
}

static void finish(struct walker *walker, enum leases_walk_end end)
{
    walker->done = true;
    walker->end = end;
}

static struct status keep_iterator(struct walker *walker, struct slice raw)
{
    size_t length = 0;
    bytes_clear(&walker->iterator);
    TRY(bytes_reserve(&walker->iterator, raw.length + 1));
    if (!decode_text_unescape(raw, walker->iterator.at, walker->iterator.capacity, &length)) {
        return status_make(STATUS_CORRUPT, "GetRecords: the next iterator does not parse");
    }
    walker->iterator.length = length;
    return status_ok();
}

/* The end is where it was when the walk began: that of a shard which is written to moves on for ever. Times of records
 * are whole seconds, rounded down. */
static void visit_record(struct walker *walker, const struct decode_record *record)
{
    if (record->event_wall_ms > walker->began_wall_ms) {
        finish(walker, LEASES_WALK_TIP);
        return;
    }
    walker->records++;
    walker->last = record->sequence;
    if (!walker->walk->visit(walker->walk->context, &record->sequence, record->event_wall_ms)) {
        finish(walker, LEASES_WALK_ENOUGH);
    }
}

static struct status visit_page(struct walker *walker)
{
    struct decoder decoder;
    struct decode_record record;
    int64_t before = walker->records;
    decode_begin(&decoder, bytes_slice(&walker->reply.http.body));
    enum decode_result result = decode_next(&decoder, &record);
    while (result == DECODE_RECORD) {
        if (!walker->done && record.sequence.length > 0) {
            visit_record(walker, &record);
        }
        result = decode_next(&decoder, &record);
    }
    if (result == DECODE_CORRUPT) {
        return status_make(STATUS_CORRUPT, "GetRecords: the page of shard '%s' does not parse",
                           walker->walk->shard);
    }
    walker->empty_pages = walker->records == before ? walker->empty_pages + 1 : 0;
    if (walker->done) {
        return status_ok();
    }
    if (decoder.next_iterator_raw.length == 0) {
        finish(walker, LEASES_WALK_SHARD_END);
        return status_ok();
    }
    if (walker->records >= walker->walk->records_ceiling) {
        finish(walker, LEASES_WALK_CEILING);
    } else if (walker->empty_pages >= WALK_EMPTY_PAGES) {
        finish(walker, LEASES_WALK_TIP);
    }
    return keep_iterator(walker, decoder.next_iterator_raw);
}

/* Trouble that passes is waited out; an iterator that expired is opened anew behind the last record. */
static struct status outlive(struct walker *walker, struct status status)
{
    const struct leases_source *source = walker->walk->source;
    walker->troubles++;
    if (walker->troubles > WALK_TROUBLES_MOST) {
        return status;
    }
    switch (status.code) {
    case STATUS_EXPIRED:
        return open_iterator(walker);
    case STATUS_THROTTLED:
    case STATUS_UNAVAILABLE:
    case STATUS_TIMEOUT:
        return leases_sample_sleep_until(source, clock_boot_ms(source->clock) + WALK_BACKOFF_MS);
    default:
        return status;
    }
}

static struct status read_page(struct walker *walker)
{
    const struct leases_source *source = walker->walk->source;
    if (walker->empty_pages > 0) {
        TRY(leases_sample_sleep_until(source, clock_boot_ms(source->clock) + WALK_EMPTY_MS));
    }
    const struct streams_limits limits = limits_of(walker);
    struct status status = streams_get_records(source->streams, bytes_slice(&walker->iterator),
                                               WALK_PAGE_RECORDS, WALK_PAGE_CEILING, &limits, &walker->reply);
    if (!status_is_ok(&status)) {
        return outlive(walker, status);
    }
    walker->troubles = 0;
    return visit_page(walker);
}

struct status leases_walk_shard(const struct leases_walk *walk, enum leases_walk_end *ret_end)
{
    struct walker walker = {.walk = walk, .began_wall_ms = clock_wall_ms(walk->source->clock)};
    bytes_init(&walker.iterator, WALK_ITERATOR_BYTES);
    struct status status = open_iterator(&walker);
    while (status_is_ok(&status) && !walker.done) {
        status = read_page(&walker);
    }
    bytes_free(&walker.iterator);
    aws_reply_free(&walker.reply);
    if (status_is_ok(&status)) {
        *ret_end = walker.end;
    }
    return status;
}
