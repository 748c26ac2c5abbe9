/* A lease to and from a DynamoDB item in typed JSON: read from its text, made as a cJSON tree. Tolerant in reading: a row
 * that cannot be understood is reported, never guessed at. */
#ifndef PENSTOCK_LEASE_LEASE_ITEM_H
#define PENSTOCK_LEASE_LEASE_ITEM_H

#include <cjson/cJSON.h>

#include "aws/json_cursor.h"
#include "lease/lease.h"

enum lease_item_result {
    LEASE_ITEM_LEASE, /* *ret_lease is whole */
    LEASE_ITEM_FOREIGN, /* entityType is present and not LEASE (KCL 3.5): not ours to look at */
    LEASE_ITEM_BROKEN, /* has a usable leaseKey, but an attribute is missing or wrong: ret_lease->broken */
    LEASE_ITEM_KEYLESS /* not even a usable key */
};

/* Passes over the item before the cursor, {"leaseKey":{"S":...},...}, in checked JSON. `stream_arn` is the stream that the caller reads; it decides ret_lease->stream.
 * *ret_lease is written for LEASE and BROKEN only. Unknown attributes are ignored; of two of one name the first counts. */
enum lease_item_result lease_item_read(struct json_cursor *item, const char *stream_arn,
                                       struct lease *ret_lease) MUST_USE;

/* The ARN that the row names as its stream; false when it names none, or one that does not fit. */
bool lease_item_read_stream(struct slice item, char *target, size_t size) MUST_USE;

/* A whole new row that satisfies the serializers of KCL 1, 2 and 3: leaseKey, leaseCounter,
 * ownerSwitchesSinceCheckpoint, checkpoint and its sub-number always; sets only when not empty. NULL when
 * memory ran out. The caller owns it. */
cJSON *lease_item_make(const struct lease *lease, const char *stream_arn) MUST_USE;

/* {"leaseKey":{"S":key}}; NULL when memory ran out. The caller owns it. */
cJSON *lease_item_make_key(const char *key) MUST_USE;

/* {"M":{...}}, the value of lease_gap_attribute; NULL when memory ran out. The caller owns it. */
cJSON *lease_item_make_gap(const struct lease_gap *gap) MUST_USE;

/* Adds name: {"S":text}, {"N":"number"} or {"SS":[...]} to `object`; false when memory ran out. */
bool lease_item_add_text(cJSON *object, const char *name, const char *text) MUST_USE;
bool lease_item_add_number(cJSON *object, const char *name, int64_t number) MUST_USE;
bool lease_item_add_set(cJSON *object, const char *name, const char (*texts)[STREAMS_SHARD_ID_BYTES],
                        size_t count) MUST_USE;

#endif
