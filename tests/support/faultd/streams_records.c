/* GetRecords. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/iterator.h"
#include "tests/support/faultd/streams_api.h"
#include "tests/support/faultd/tree.h"

enum { RECORDS_MOST = 1000, PAGE_ITEM_BYTES = 1024 * 1024 };

struct page {
    struct iterator iterator;
    struct shard *shard;
    uint64_t end; /* behind the last record shown */
    uint64_t available;
    int64_t limit;
    int64_t now_ms;
};

static bool read_limit(const struct world *world, const struct request *request, struct page *page,
                       struct reply *reply)
{
    int64_t limit = tree_integer(request->tree, "Limit", RECORDS_MOST);
    int64_t most = atomic_load(&world->settings.records_page);
    if (limit < 1 || limit > RECORDS_MOST) {
        reply_error(
            reply, request, 400, "ValidationException",
            "1 validation error detected: Value '%lld' at 'limit' failed to satisfy constraint: Member must "
            "have value %s than or equal to %d",
            (long long)limit, limit < 1 ? "greater" : "less", limit < 1 ? 1 : RECORDS_MOST);
        return false;
    }
    page->limit = limit < most ? limit : most;
    return true;
}

/* Finds the shard and says what AWS says of iterators that are wrong, old or behind the trim horizon. */
static bool open_page(struct world *world, const struct request *request, struct page *page,
                      struct reply *reply) REQUIRES(world->streams.lock)
{
    const char *text = tree_text(request->tree, "ShardIterator");
    if (!iterator_parse(slice_of_text(text), &page->iterator)) {
        reply_error(reply, request, 400, "ValidationException", "Invalid ShardIterator");
        return false;
    }
    page->shard = shard_find(&world->streams, slice_of_text(page->iterator.shard));
    if (page->shard == NULL || page->shard->removed ||
        strcmp(page->shard->stream->arn, page->iterator.arn) != 0) {
        reply_error(reply, request, 400, "ResourceNotFoundException",
                    "Requested resource not found: Shard does not exist");
        return false;
    }
    int64_t age = page->now_ms - page->iterator.issued_ms;
    if (age > atomic_load(&world->settings.iterator_ttl_ms) ||
        page->iterator.issued_ms < atomic_load(&world->settings.iterators_from_ms)) {
        reply_error(reply, request, 400, "ExpiredIteratorException",
                    "Iterator expired.  The iterator was created at time %lld while right now it is %lld",
                    (long long)page->iterator.issued_ms, (long long)page->now_ms);
        return false;
    }
    if (page->iterator.position < page->shard->trimmed) {
        reply_error(reply, request, 400, "TrimmedDataAccessException",
                    "The operation attempted to read past the oldest stream record in a shard.");
        return false;
    }
    page->available = shard_available(page->shard, page->now_ms);
    return true;
}

/* At most `limit` records and a megabyte of items, but always one. */
static void show_records(struct reply *reply, struct page *page)
{
    size_t item_bytes = 0;
    uint64_t index = page->iterator.position;
    struct record_fields fields;
    for (int64_t shown = 0; shown < page->limit && index < page->available; shown++, index++) {
        shard_record_fields(page->shard, index, &fields);
        item_bytes += fields.template->item_bytes;
        if (shown > 0 && item_bytes > PAGE_ITEM_BYTES) {
            break;
        }
        if ((shown > 0 && reply->body.at[reply->body.length - 1] != ',') ||
            !shard_render(page->shard, index, &reply->body)) {
            reply->failed = true;
            return;
        }
        reply_text(reply, ",");
    }
    if (index > page->iterator.position) {
        reply->body.length--; /* the last comma */
    }
    page->end = index;
}

/* The iterator behind the page; at the end of a closed shard AWS gives none, some servers null. */
static void show_next(struct reply *reply, struct page *page)
{
    char text[ITERATOR_BYTES];
    struct shard *shard = page->shard;
    bool ends =
        page->end >= shard->records && (shard_is_closed(shard, page->now_ms) || shard->stream->disabled);
    if (ends) {
        shard_note_end_read(shard, page->now_ms);
        reply_text(reply, shard->ordinal % 2 == 1 ? ",\"NextShardIterator\":null}" : "}");
        return;
    }
    struct iterator next = page->iterator;
    next.position = page->end;
    next.issued_ms = page->now_ms;
    reply->failed = reply->failed || !iterator_format(&next, text);
    reply_print(reply, ",\"NextShardIterator\":\"%s\"}", text);
}

void streams_get_records(struct world *world, const struct request *request, const struct fault *fault,
                         struct reply *reply)
{
    struct page page = {.now_ms = world_now_ms(world)};
    uint64_t shown = 0;
    if (!read_limit(world, request, &page, reply)) {
        return;
    }
    mutex_lock(&world->streams.lock);
    if (open_page(world, request, &page, reply)) {
        reply_text(reply, "{\"Records\":[");
        if (fault->action == FAULT_EMPTY_PAGE) {
            page.available = page.iterator.position;
        }
        show_records(reply, &page);
        reply_text(reply, "]");
        shown = page.end - page.iterator.position;
        show_next(reply, &page);
        page.shard->reads++;
        page.shard->read_records += shown;
    }
    mutex_unlock(&world->streams.lock);
    stats_note_records(&world->stats, shown, 0, 0);
}
