#include "lease/lease_item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aws/timestamp.h"
#include "base/clock.h"

enum { GAPS_MAX = 1000000 };

/* The text inside {"<type>":"text"} of attribute `name`; NULL when absent or of another type. */
static const char *typed_text(const cJSON *item, const char *name, const char *type)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(item, name);
    const cJSON *inner = cJSON_GetObjectItemCaseSensitive(value, type);
    return cJSON_IsString(inner) ? inner->valuestring : NULL;
}

static bool is_present(const cJSON *item, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(item, name) != NULL;
}

/* An absent attribute leaves the target empty and is fine; a wrong type or a text that does not fit is not.
 */
static bool read_optional_text(const cJSON *item, const char *name, char *target, size_t size)
{
    target[0] = '\0';
    if (!is_present(item, name)) {
        return true;
    }
    const char *text = typed_text(item, name, "S");
    return text != NULL && slice_copy_text(slice_of_text(text), target, size);
}

static bool read_number(const cJSON *item, const char *name, int64_t *ret_number)
{
    const char *text = typed_text(item, name, "N");
    return text != NULL && slice_parse_int64(slice_of_text(text), ret_number);
}

static bool read_optional_number(const cJSON *item, const char *name, int64_t *ret_number)
{
    *ret_number = 0;
    return !is_present(item, name) || read_number(item, name, ret_number);
}

/* Texts of {"SS":[...]} into `target`; false when it is something else. Those beyond `max` set *ret_more. */
static bool read_set(const cJSON *item, const char *name, char (*target)[STREAMS_SHARD_ID_BYTES], size_t max,
                     uint8_t *ret_count, bool *ret_more)
{
    *ret_count = 0;
    if (!is_present(item, name)) {
        return true;
    }
    const cJSON *set = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(item, name), "SS");
    if (!cJSON_IsArray(set)) {
        return false;
    }
    const cJSON *element;
    cJSON_ArrayForEach(element, set)
    {
        if (!cJSON_IsString(element)) {
            return false;
        }
        if (*ret_count == max || !slice_copy_text(slice_of_text(element->valuestring), target[*ret_count],
                                                  STREAMS_SHARD_ID_BYTES)) {
            *ret_more = true;
            continue;
        }
        (*ret_count)++;
    }
    return true;
}

static bool read_optional_sequence(const cJSON *item, const char *name, struct sequence_number *ret_number)
{
    *ret_number = (struct sequence_number){.length = 0};
    const char *text = typed_text(item, name, "S");
    return !is_present(item, name) ||
           (text != NULL && sequence_number_parse(slice_of_text(text), ret_number));
}

/* One that cannot be understood is no smaller trouble than one that can. */
static struct lease_gap read_gap(const cJSON *item)
{
    if (!is_present(item, lease_gap_attribute)) {
        return (struct lease_gap){.count = 0};
    }
    const cJSON *map =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(item, lease_gap_attribute), "M");
    const cJSON *certain =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(map, "certain"), "BOOL");
    const char *found = typed_text(map, "found", "S");
    int64_t count = 0;
    struct lease_gap gap = {.certain = cJSON_IsTrue(certain)};
    if (cJSON_IsBool(certain) && found != NULL &&
        timestamp_parse_iso(slice_of_text(found), &gap.found_wall_ms) && read_number(map, "count", &count) &&
        count >= 1 && count <= GAPS_MAX && read_optional_sequence(map, "after", &gap.after) &&
        read_optional_sequence(map, "until", &gap.until)) {
        gap.count = (uint32_t)count;
        return gap;
    }
    return (struct lease_gap){.count = 1, .certain = true};
}

static bool read_ours(const cJSON *item, const char *stream_arn, struct lease *lease)
{
    int64_t epoch;
    if (!read_optional_text(item, "penstockOwner", lease->marker, sizeof lease->marker) ||
        !read_optional_text(item, "penstockRewind", lease->nonce, sizeof lease->nonce) ||
        !read_optional_text(item, "penstockCheckpointBy", lease->writer, sizeof lease->writer) ||
        !read_optional_number(item, "penstockStart", &lease->start_wall_ms) ||
        !read_optional_number(item, "penstockEpoch", &epoch) || epoch < 0 || epoch > 999999) {
        return false;
    }
    lease->epoch = (uint32_t)epoch;
    lease->gap = read_gap(item);
    lease->stream = LEASE_STREAM_UNSAID;
    if (is_present(item, "penstockStream")) {
        const char *arn = typed_text(item, "penstockStream", "S");
        lease->stream = arn == NULL ? LEASE_STREAM_OTHER : lease_stream_compare(arn, stream_arn);
    }
    return true;
}

static bool read_lease(const cJSON *item, const char *stream_arn, struct lease *lease)
{
    enum lease_checkpoint_kind kind;
    struct sequence_number number;
    bool more_parents = false;
    return read_optional_text(item, "leaseOwner", lease->owner, sizeof lease->owner) &&
           read_optional_text(item, "checkpointOwner", lease->checkpoint_owner,
                              sizeof lease->checkpoint_owner) &&
           read_number(item, "leaseCounter", &lease->counter) && lease->counter >= 0 &&
           read_optional_text(item, "checkpoint", lease->checkpoint, sizeof lease->checkpoint) &&
           lease_checkpoint_parse(lease->checkpoint, &kind, &number) &&
           read_optional_number(item, "ownerSwitchesSinceCheckpoint", &lease->switches) &&
           read_set(item, "parentShardId", lease->parents, LEASE_PARENTS_MAX, &lease->parent_count,
                    &more_parents) &&
           !more_parents &&
           read_set(item, "childShardIds", lease->children, LEASE_CHILDREN_MAX, &lease->child_count,
                    &lease->more_children) &&
           read_ours(item, stream_arn, lease);
}

enum lease_item_result lease_item_read(const cJSON *item, const char *stream_arn, struct lease *ret_lease)
{
    if (is_present(item, "entityType")) {
        const char *type = typed_text(item, "entityType", "S");
        if (type == NULL || strcmp(type, "LEASE") != 0) {
            return LEASE_ITEM_FOREIGN;
        }
    }
    struct lease lease = {0};
    const char *key = typed_text(item, "leaseKey", "S");
    if (key == NULL || key[0] == '\0' || !slice_copy_text(slice_of_text(key), lease.key, sizeof lease.key)) {
        return LEASE_ITEM_KEYLESS;
    }
    if (!read_lease(item, stream_arn, &lease)) {
        *ret_lease = (struct lease){.broken = true};
        lease_copy_text(ret_lease->key, sizeof ret_lease->key, key);
        return LEASE_ITEM_BROKEN;
    }
    *ret_lease = lease;
    return LEASE_ITEM_LEASE;
}

/* Adds {"<type>": inner} under `name`; takes `inner` over, also on failure. */
static bool add_typed(cJSON *object, const char *name, const char *type, cJSON *inner)
{
    cJSON *value = cJSON_CreateObject();
    if (value == NULL || inner == NULL || !cJSON_AddItemToObject(value, type, inner)) {
        cJSON_Delete(inner);
        cJSON_Delete(value);
        return false;
    }
    if (!cJSON_AddItemToObject(object, name, value)) {
        cJSON_Delete(value);
        return false;
    }
    return true;
}

bool lease_item_add_text(cJSON *object, const char *name, const char *text)
{
    return add_typed(object, name, "S", cJSON_CreateString(text));
}

bool lease_item_add_number(cJSON *object, const char *name, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return add_typed(object, name, "N", cJSON_CreateString(text));
}

bool lease_item_add_set(cJSON *object, const char *name, const char (*texts)[STREAMS_SHARD_ID_BYTES],
                        size_t count)
{
    cJSON *set = cJSON_CreateArray();
    for (size_t i = 0; set != NULL && i < count; i++) {
        cJSON *text = cJSON_CreateString(texts[i]);
        if (text == NULL || !cJSON_AddItemToArray(set, text)) {
            cJSON_Delete(text);
            cJSON_Delete(set);
            return false;
        }
    }
    return add_typed(object, name, "SS", set);
}

/* What is not there has no attribute: DynamoDB refuses an empty set, and an empty owner would still be one. */
static bool add_text_unless_empty(cJSON *item, const char *name, const char *text)
{
    return text[0] == '\0' || lease_item_add_text(item, name, text);
}

static bool add_number_unless_zero(cJSON *item, const char *name, int64_t number)
{
    return number == 0 || lease_item_add_number(item, name, number);
}

static bool add_set_unless_empty(cJSON *item, const char *name, const char (*texts)[STREAMS_SHARD_ID_BYTES],
                                 size_t count)
{
    return count == 0 || lease_item_add_set(item, name, texts, count);
}

static bool add_sequence_unless_empty(cJSON *item, const char *name, const struct sequence_number *number)
{
    if (number->length == 0) {
        return true;
    }
    char text[sizeof number->digits + 1];
    memcpy(text, number->digits, number->length);
    text[number->length] = '\0';
    return lease_item_add_text(item, name, text);
}

cJSON *lease_item_make_gap(const struct lease_gap *gap)
{
    cJSON *value = cJSON_CreateObject();
    cJSON *map = value == NULL ? NULL : cJSON_AddObjectToObject(value, "M");
    char found[CLOCK_ISO_BYTES];
    clock_format_iso(gap->found_wall_ms, found);
    if (map == NULL || !add_sequence_unless_empty(map, "after", &gap->after) ||
        !add_sequence_unless_empty(map, "until", &gap->until) || !lease_item_add_text(map, "found", found) ||
        !add_typed(map, "certain", "BOOL", cJSON_CreateBool(gap->certain)) ||
        !lease_item_add_number(map, "count", gap->count)) {
        cJSON_Delete(value);
        return NULL;
    }
    return value;
}

static bool add_gap_unless_none(cJSON *item, const struct lease_gap *gap)
{
    if (gap->count == 0) {
        return true;
    }
    cJSON *value = lease_item_make_gap(gap);
    if (value == NULL || !cJSON_AddItemToObject(item, lease_gap_attribute, value)) {
        cJSON_Delete(value);
        return false;
    }
    return true;
}

static bool add_optional(cJSON *item, const struct lease *lease)
{
    const char(*parents)[STREAMS_SHARD_ID_BYTES] = (const char(*)[STREAMS_SHARD_ID_BYTES])lease->parents;
    const char(*children)[STREAMS_SHARD_ID_BYTES] = (const char(*)[STREAMS_SHARD_ID_BYTES])lease->children;
    return add_text_unless_empty(item, "leaseOwner", lease->owner) &&
           add_text_unless_empty(item, "checkpointOwner", lease->checkpoint_owner) &&
           add_text_unless_empty(item, "penstockOwner", lease->marker) &&
           add_text_unless_empty(item, "penstockRewind", lease->nonce) &&
           add_text_unless_empty(item, "penstockCheckpointBy", lease->writer) &&
           add_number_unless_zero(item, "penstockStart", lease->start_wall_ms) &&
           add_number_unless_zero(item, "penstockEpoch", lease->epoch) &&
           add_gap_unless_none(item, &lease->gap) &&
           add_set_unless_empty(item, "parentShardId", parents, lease->parent_count) &&
           add_set_unless_empty(item, "childShardIds", children, lease->child_count);
}

/* The hash key range 0..1 is what the adapter writes (util/KinesisMapperUtil.java): a stream of DynamoDB has
 * none. */
cJSON *lease_item_make(const struct lease *lease, const char *stream_arn)
{
    cJSON *item = cJSON_CreateObject();
    if (item == NULL || !lease_item_add_text(item, "leaseKey", lease->key) ||
        !lease_item_add_number(item, "leaseCounter", lease->counter) ||
        !lease_item_add_text(item, "checkpoint", lease->checkpoint) ||
        !lease_item_add_number(item, "checkpointSubSequenceNumber", 0) ||
        !lease_item_add_number(item, "ownerSwitchesSinceCheckpoint", lease->switches) ||
        !lease_item_add_text(item, "startingHashKey", "0") ||
        !lease_item_add_text(item, "endingHashKey", "1") ||
        !lease_item_add_text(item, "penstockStream", stream_arn) || !add_optional(item, lease)) {
        cJSON_Delete(item);
        return NULL;
    }
    return item;
}

cJSON *lease_item_make_key(const char *key)
{
    cJSON *item = cJSON_CreateObject();
    if (item == NULL || !lease_item_add_text(item, "leaseKey", key)) {
        cJSON_Delete(item);
        return NULL;
    }
    return item;
}
