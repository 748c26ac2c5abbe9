#include "tests/bench/path_page.h"

#include <inttypes.h>

#include "tests/support/faultd/attribute.h"

enum { AROUND_IMAGES_BYTES = 340, MOST_ATTRIBUTES = 24, CLOSING_BYTES = 24 };

static struct status append_image(struct bytes *page, struct random *random, const char *name, uint64_t key,
                                  size_t bytes)
{
    TRY(bytes_append_format(page, ",\"%s\":{\"pk\":{\"S\":\"item-%08" PRIu64 "\"}", name, key));
    size_t begin = page->length;
    for (uint32_t number = 0; number < MOST_ATTRIBUTES && page->length - begin + ATTRIBUTE_MOST_BYTES < bytes;
         number++) {
        if (!attribute_append(page, random, number)) {
            return status_make(STATUS_TOO_LARGE, "no room for an attribute");
        }
    }
    size_t used = page->length - begin + CLOSING_BYTES;
    if (used < bytes && !attribute_append_filler(page, random, bytes - used)) {
        return status_make(STATUS_TOO_LARGE, "no room for a text");
    }
    return bytes_append_text(page, "}");
}

static struct status append_record(struct bytes *page, struct random *random, size_t bytes, uint64_t sequence)
{
    static const char *const names[] = {"INSERT", "MODIFY", "REMOVE"};
    uint64_t kind = random_below(random, 20);
    size_t name = kind < 6 ? 0 : kind < 17 ? 1 : 2;
    uint64_t key = random_below(random, 1000);
    size_t images = name == 1 ? 2 : 1;
    size_t each = bytes < AROUND_IMAGES_BYTES ? 0 : (bytes - AROUND_IMAGES_BYTES) / images;
    char event_id[33];
    random_hex(random, event_id, 32);
    TRY(bytes_append_format(
        page,
        "{\"awsRegion\":\"eu-west-1\",\"dynamodb\":{\"ApproximateCreationDateTime\":17639%05" PRIu64
        ",\"Keys\":{\"pk\":{\"S\":\"item-%08" PRIu64 "\"}}",
        sequence / 100 % 100000, key));
    if (name != 2) {
        TRY(append_image(page, random, "NewImage", key, each));
    }
    if (name != 0) {
        TRY(append_image(page, random, "OldImage", key, each));
    }
    return bytes_append_format(
        page,
        ",\"SequenceNumber\":\"3000000000000%014" PRIu64
        "\",\"SizeBytes\":%zu,\"StreamViewType\":\"NEW_AND_OLD_IMAGES\"},\"eventID\":\"%s\","
        "\"eventName\":\"%s\",\"eventSource\":\"aws:dynamodb\",\"eventVersion\":\"1.1\"}",
        sequence, each, event_id, names[name]);
}

struct status path_page_append(struct bytes *page, struct random *random, size_t record_bytes,
                               uint64_t *sequence, uint32_t *ret_records)
{
    size_t begin = page->length;
    uint32_t records = 0;
    TRY(bytes_append_text(page, "{\"NextShardIterator\":\"AAAAAAAAAAF0aGUgbmV4dCBvbmU=\",\"Records\":["));
    do {
        size_t bytes = record_bytes * 3 / 4 + random_below(random, record_bytes / 2 + 1);
        TRY(bytes_append_text(page, records == 0 ? "" : ","));
        TRY(append_record(page, random, bytes, (*sequence)++));
        records++;
    } while (records < PATH_PAGE_RECORDS && page->length - begin + record_bytes * 5 / 4 < PATH_PAGE_BYTES);
    *ret_records = records;
    return bytes_append_text(page, "]}");
}
