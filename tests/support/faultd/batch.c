#include "tests/support/faultd/batch.h"

#include <ctype.h>
#include <stdlib.h>

#include "tests/support/faultd/tree.h"

/* A cursor over the body. The fast path reads only what serializers write: objects in any order, strings
 * without escapes. Anything else falls back to cJSON. */
struct cursor {
    const char *at;
    const char *end;
};

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->end && isspace((unsigned char)*cursor->at)) {
        cursor->at++;
    }
}

static bool take(struct cursor *cursor, char c)
{
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != c) {
        return false;
    }
    cursor->at++;
    return true;
}

/* A string without escapes. */
static bool take_string(struct cursor *cursor, struct slice *ret_text)
{
    if (!take(cursor, '"')) {
        return false;
    }
    const char *quote = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at));
    if (quote == NULL) {
        return false;
    }
    struct slice text = slice_of(cursor->at, (size_t)(quote - cursor->at));
    *ret_text = text;
    cursor->at = quote + 1;
    return true;
}

static bool add_record(struct batch *batch, struct slice text)
{
    if (batch->count == BATCH_SEEN) {
        return false;
    }
    batch->records[batch->count++] = text;
    batch->encoded_bytes += text.length;
    return true;
}

/* {"Data":"..."} */
static bool take_record(struct cursor *cursor, struct batch *batch)
{
    struct slice name, data;
    return take(cursor, '{') && take_string(cursor, &name) && slice_equals_text(name, "Data") &&
           take(cursor, ':') && take_string(cursor, &data) && take(cursor, '}') && add_record(batch, data);
}

static bool take_records(struct cursor *cursor, struct batch *batch)
{
    if (!take(cursor, '[')) {
        return false;
    }
    if (take(cursor, ']')) {
        return true;
    }
    do {
        if (!take_record(cursor, batch)) {
            return false;
        }
    } while (take(cursor, ','));
    return take(cursor, ']');
}

static bool read_fast(struct slice body, struct batch *batch)
{
    struct cursor cursor = {body.at, body.at + body.length};
    const char *records = batch->single ? "Record" : "Records";
    struct slice member, name;
    if (memchr(body.at, '\\', body.length) != NULL || !take(&cursor, '{')) {
        return false;
    }
    do {
        if (!take_string(&cursor, &member) || !take(&cursor, ':')) {
            return false;
        }
        if (slice_equals_text(member, "DeliveryStreamName")) {
            if (!take_string(&cursor, &name) || !slice_copy_text(name, batch->name, sizeof batch->name)) {
                return false;
            }
        } else if (!slice_equals_text(member, records) ||
                   !(batch->single ? take_record(&cursor, batch) : take_records(&cursor, batch))) {
            return false;
        }
    } while (take(&cursor, ','));
    bool whole = take(&cursor, '}');
    skip_space(&cursor);
    return whole && cursor.at == cursor.end;
}

static bool read_tree(struct slice body, struct batch *batch)
{
    batch->tree = tree_parse(body);
    batch->count = 0;
    batch->encoded_bytes = 0;
    if (!cJSON_IsObject(batch->tree) ||
        !tree_copy_text(batch->tree, "DeliveryStreamName", batch->name, sizeof batch->name)) {
        return false;
    }
    const cJSON *records =
        cJSON_GetObjectItemCaseSensitive(batch->tree, batch->single ? "Record" : "Records");
    const cJSON *record = batch->single ? records : NULL;
    if (batch->single) {
        const char *data = tree_text(record, "Data");
        return data == NULL || add_record(batch, slice_of_text(data));
    }
    cJSON_ArrayForEach(record, records)
    {
        const char *data = tree_text(record, "Data");
        if (data == NULL || !add_record(batch, slice_of_text(data))) {
            return false;
        }
    }
    return true;
}

bool batch_read(struct slice body, bool single, struct batch *ret_batch)
{
    struct batch batch = {.single = single};
    batch.records = malloc(BATCH_SEEN * sizeof *batch.records);
    bool right =
        batch.records != NULL && body.length > 0 && (read_fast(body, &batch) || read_tree(body, &batch));
    *ret_batch = batch;
    return right;
}

void batch_free(struct batch *batch)
{
    free(batch->records);
    cJSON_Delete(batch->tree);
    *batch = (struct batch){.count = 0};
}

void batch_peek_name(struct slice body, char *name, size_t size)
{
    static const char member[] = "\"DeliveryStreamName\"";
    const char *found = body.length == 0 ? NULL : memmem(body.at, body.length, member, sizeof member - 1);
    struct slice text;
    name[0] = '\0';
    if (found != NULL) {
        struct cursor cursor = {found + sizeof member - 1, body.at + body.length};
        if (take(&cursor, ':') && take_string(&cursor, &text) && !slice_copy_text(text, name, size)) {
            name[0] = '\0';
        }
    }
}
