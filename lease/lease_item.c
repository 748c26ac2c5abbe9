#include "lease/lease_item.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

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
