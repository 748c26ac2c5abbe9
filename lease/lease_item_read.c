/* A row as a lease: its text is passed over once, and what is known of it looked at where it stands. */
#include "lease/lease_item.h"

#include <string.h>

#include "aws/timestamp.h"

enum { GAPS_MAX = 1000000 };

enum attribute {
    LEASE_KEY,
    ENTITY_TYPE,
    LEASE_OWNER,
    CHECKPOINT_OWNER,
    LEASE_COUNTER,
    CHECKPOINT,
    OWNER_SWITCHES,
    PARENTS,
    CHILDREN,
    OUR_OWNER,
    OUR_REWIND,
    OUR_CHECKPOINT_BY,
    OUR_START,
    OUR_EPOCH,
    OUR_GAP,
    OUR_STREAM,
    ATTRIBUTES
};

#define NAME(text) {(text), sizeof(text) - 1}

static const struct slice names[ATTRIBUTES] = {
    [LEASE_KEY] = NAME("leaseKey"),
    [ENTITY_TYPE] = NAME("entityType"),
    [LEASE_OWNER] = NAME("leaseOwner"),
    [CHECKPOINT_OWNER] = NAME("checkpointOwner"),
    [LEASE_COUNTER] = NAME("leaseCounter"),
    [CHECKPOINT] = NAME("checkpoint"),
    [OWNER_SWITCHES] = NAME("ownerSwitchesSinceCheckpoint"),
    [PARENTS] = NAME("parentShardId"),
    [CHILDREN] = NAME("childShardIds"),
    [OUR_OWNER] = NAME("penstockOwner"),
    [OUR_REWIND] = NAME("penstockRewind"),
    [OUR_CHECKPOINT_BY] = NAME("penstockCheckpointBy"),
    [OUR_START] = NAME("penstockStart"),
    [OUR_EPOCH] = NAME("penstockEpoch"),
    [OUR_GAP] = NAME("penstockGap"),
    [OUR_STREAM] = NAME("penstockStream"),
};

/* Attributes by name, each as it is written, {"S":"x"}; a NULL `at`: absent. */
struct row {
    struct slice at[ATTRIBUTES];
};

static bool is_present(struct slice value)
{
    return value.at != NULL;
}

/* What {"<type>":inner} holds; false when it is of another type. */
static bool take_typed(struct slice value, const char *type, struct slice *ret_inner)
{
    const struct slice name = slice_of_text(type);
    struct json_cursor cursor = json_cursor_of(value);
    return json_cursor_members(&cursor, &name, 1, ret_inner) && is_present(*ret_inner);
}

/* The inside of a string, escapes as they are. */
static bool take_string(struct slice value, const char *type, struct slice *ret_raw)
{
    struct slice inner;
    if (!take_typed(value, type, &inner)) {
        return false;
    }
    struct json_cursor cursor = json_cursor_of(inner);
    return json_cursor_string(&cursor, ret_raw);
}

static bool take_text(struct slice value, char *target, size_t size)
{
    struct slice raw;
    return take_string(value, "S", &raw) && json_cursor_unescape(raw, target, size);
}

/* An absent attribute leaves the target empty and is fine; a wrong type or a text that does not fit is not.
 */
static bool read_optional_text(struct slice value, char *target, size_t size)
{
    target[0] = '\0';
    return !is_present(value) || take_text(value, target, size);
}

static bool read_number(struct slice value, int64_t *ret_number)
{
    struct slice raw;
    return is_present(value) && take_string(value, "N", &raw) && slice_parse_int64(raw, ret_number);
}

static bool read_optional_number(struct slice value, int64_t *ret_number)
{
    *ret_number = 0;
    return !is_present(value) || read_number(value, ret_number);
}

/* Texts of {"SS":[...]} into `target`; false when it is something else. Those beyond `max` set *ret_more. */
static bool read_set(struct slice value, char (*target)[STREAMS_SHARD_ID_BYTES], size_t max,
                     uint8_t *ret_count, bool *ret_more)
{
    struct slice set;
    *ret_count = 0;
    if (!is_present(value)) {
        return true;
    }
    if (!take_typed(value, "SS", &set)) {
        return false;
    }
    struct json_cursor cursor = json_cursor_of(set);
    bool first = true;
    enum json_step step = json_cursor_element(&cursor, &first);
    for (; step == JSON_STEP_ITEM; step = json_cursor_element(&cursor, &first)) {
        struct slice raw;
        if (!json_cursor_string(&cursor, &raw)) {
            return false;
        }
        if (*ret_count == max || !json_cursor_unescape(raw, target[*ret_count], STREAMS_SHARD_ID_BYTES)) {
            *ret_more = true;
            continue;
        }
        (*ret_count)++;
    }
    return step == JSON_STEP_END;
}

static bool read_optional_sequence(struct slice value, struct sequence_number *ret_number)
{
    struct slice raw;
    *ret_number = (struct sequence_number){.length = 0};
    return !is_present(value) || (take_string(value, "S", &raw) && sequence_number_parse(raw, ret_number));
}

enum { GAP_CERTAIN, GAP_FOUND, GAP_COUNT, GAP_AFTER, GAP_UNTIL, GAP_MEMBERS };

static bool read_gap_members(struct slice map, struct lease_gap *gap)
{
    static const struct slice members[GAP_MEMBERS] = {NAME("certain"), NAME("found"), NAME("count"),
                                                      NAME("after"), NAME("until")};
    struct slice at[GAP_MEMBERS];
    struct slice certain;
    struct slice found;
    int64_t count = 0;
    struct json_cursor cursor = json_cursor_of(map);
    if (!json_cursor_members(&cursor, members, GAP_MEMBERS, at) || !is_present(at[GAP_CERTAIN]) ||
        !is_present(at[GAP_FOUND]) || !take_typed(at[GAP_CERTAIN], "BOOL", &certain) ||
        !take_string(at[GAP_FOUND], "S", &found) || !read_number(at[GAP_COUNT], &count)) {
        return false;
    }
    gap->certain = slice_equals_text(certain, "true");
    gap->count = (uint32_t)count;
    return (gap->certain || slice_equals_text(certain, "false")) &&
           timestamp_parse_iso(found, &gap->found_wall_ms) && count >= 1 && count <= GAPS_MAX &&
           read_optional_sequence(at[GAP_AFTER], &gap->after) &&
           read_optional_sequence(at[GAP_UNTIL], &gap->until);
}

/* One that cannot be understood is no smaller trouble than one that can. */
static struct lease_gap read_gap(struct slice value)
{
    struct lease_gap gap = {.count = 0};
    struct slice map;
    if (!is_present(value)) {
        return gap;
    }
    if (take_typed(value, "M", &map) && read_gap_members(map, &gap)) {
        return gap;
    }
    return (struct lease_gap){.count = 1, .certain = true};
}

static enum lease_stream read_stream(struct slice value, const char *stream_arn)
{
    char arn[STREAMS_ARN_BYTES];
    if (!is_present(value)) {
        return LEASE_STREAM_UNSAID;
    }
    return take_text(value, arn, sizeof arn) ? lease_stream_compare(arn, stream_arn) : LEASE_STREAM_OTHER;
}

static bool read_ours(const struct row *row, const char *stream_arn, struct lease *lease)
{
    int64_t epoch;
    if (!read_optional_text(row->at[OUR_OWNER], lease->marker, sizeof lease->marker) ||
        !read_optional_text(row->at[OUR_REWIND], lease->nonce, sizeof lease->nonce) ||
        !read_optional_text(row->at[OUR_CHECKPOINT_BY], lease->writer, sizeof lease->writer) ||
        !read_optional_number(row->at[OUR_START], &lease->start_wall_ms) ||
        !read_optional_number(row->at[OUR_EPOCH], &epoch) || epoch < 0 || epoch > 999999) {
        return false;
    }
    lease->epoch = (uint32_t)epoch;
    lease->gap = read_gap(row->at[OUR_GAP]);
    lease->stream = read_stream(row->at[OUR_STREAM], stream_arn);
    return true;
}

static bool read_lease(const struct row *row, const char *stream_arn, struct lease *lease)
{
    enum lease_checkpoint_kind kind;
    struct sequence_number number;
    bool more_parents = false;
    return read_optional_text(row->at[LEASE_OWNER], lease->owner, sizeof lease->owner) &&
           read_optional_text(row->at[CHECKPOINT_OWNER], lease->checkpoint_owner,
                              sizeof lease->checkpoint_owner) &&
           read_number(row->at[LEASE_COUNTER], &lease->counter) && lease->counter >= 0 &&
           read_optional_text(row->at[CHECKPOINT], lease->checkpoint, sizeof lease->checkpoint) &&
           lease_checkpoint_parse(lease->checkpoint, &kind, &number) &&
           read_optional_number(row->at[OWNER_SWITCHES], &lease->switches) &&
           read_set(row->at[PARENTS], lease->parents, LEASE_PARENTS_MAX, &lease->parent_count,
                    &more_parents) &&
           !more_parents &&
           read_set(row->at[CHILDREN], lease->children, LEASE_CHILDREN_MAX, &lease->child_count,
                    &lease->more_children) &&
           read_ours(row, stream_arn, lease);
}

static bool is_foreign(struct slice entity_type)
{
    char type[sizeof "LEASE"];
    return is_present(entity_type) &&
           (!take_text(entity_type, type, sizeof type) || strcmp(type, "LEASE") != 0);
}

/* Whether the item is an object; anything else is passed over. */
static bool find_attributes(struct json_cursor *item, struct row *row)
{
    struct slice other;
    bool is_object = json_cursor_peek(item) == '{';
    bool passed =
        is_object ? json_cursor_members(item, names, ATTRIBUTES, row->at) : json_cursor_value(item, &other);
    return is_object && passed;
}

enum lease_item_result lease_item_read(struct json_cursor *item, const char *stream_arn,
                                       struct lease *ret_lease)
{
    struct row row;
    if (!find_attributes(item, &row)) {
        return LEASE_ITEM_KEYLESS;
    }
    if (is_foreign(row.at[ENTITY_TYPE])) {
        return LEASE_ITEM_FOREIGN;
    }
    struct lease lease = {0};
    if (!is_present(row.at[LEASE_KEY]) || !take_text(row.at[LEASE_KEY], lease.key, sizeof lease.key) ||
        lease.key[0] == '\0') {
        return LEASE_ITEM_KEYLESS;
    }
    if (read_lease(&row, stream_arn, &lease)) {
        *ret_lease = lease;
        return LEASE_ITEM_LEASE;
    }
    *ret_lease = (struct lease){.broken = true};
    lease_copy_text(ret_lease->key, sizeof ret_lease->key, lease.key);
    return LEASE_ITEM_BROKEN;
}

bool lease_item_read_stream(struct slice item, char *target, size_t size)
{
    struct slice value;
    struct json_cursor cursor = json_cursor_of(item);
    return json_cursor_members(&cursor, &names[OUR_STREAM], 1, &value) && is_present(value) &&
           take_text(value, target, size);
}
