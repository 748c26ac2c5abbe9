#include "lease/lease.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char lease_trim_horizon[] = "TRIM_HORIZON";
const char lease_latest[] = "LATEST";
const char lease_shard_end[] = "SHARD_END";
const char lease_stream_attribute[] = "penstockStream";
const char lease_gap_attribute[] = "penstockGap";

bool lease_checkpoint_parse(const char *text, enum lease_checkpoint_kind *ret_kind,
                            struct sequence_number *ret_number)
{
    static const struct {
        const char *text;
        enum lease_checkpoint_kind kind;
    } sentinels[] = {
        {lease_trim_horizon, LEASE_AT_TRIM_HORIZON},
        {lease_latest, LEASE_AT_LATEST},
        {lease_shard_end, LEASE_AT_SHARD_END},
        {"AT_TIMESTAMP", LEASE_AT_TRIM_HORIZON},
    };
    for (size_t i = 0; i < sizeof sentinels / sizeof sentinels[0]; i++) {
        if (strcmp(text, sentinels[i].text) == 0) {
            *ret_kind = sentinels[i].kind;
            *ret_number = (struct sequence_number){0};
            return true;
        }
    }
    struct sequence_number number;
    if (!sequence_number_parse(slice_of_text(text), &number)) {
        return false;
    }
    *ret_kind = LEASE_AT_SEQUENCE_NUMBER;
    *ret_number = number;
    return true;
}

bool lease_is_of_stream(const struct lease *lease)
{
    return lease->stream == LEASE_STREAM_UNSAID || lease->stream == LEASE_STREAM_SAME;
}

enum lease_stream lease_stream_compare(const char *arn, const char *stream_arn)
{
    static const char separator[] = "/stream/";
    const char *label = strstr(arn, separator);
    const char *stream_label = strstr(stream_arn, separator);
    if (strcmp(arn, stream_arn) == 0) {
        return LEASE_STREAM_SAME;
    }
    if (label == NULL || stream_label == NULL || label - arn != stream_label - stream_arn ||
        strncmp(arn, stream_arn, (size_t)(label - arn)) != 0) {
        return LEASE_STREAM_OTHER;
    }
    return strcmp(label, stream_label) < 0 ? LEASE_STREAM_EARLIER : LEASE_STREAM_OTHER;
}

/* Which comes first or last: an unknown end reaches further than any known one. */
static bool begins_before(const struct sequence_number *left, const struct sequence_number *right)
{
    return left->length == 0 || (right->length > 0 && sequence_number_compare(left, right) < 0);
}

static bool ends_after(const struct sequence_number *left, const struct sequence_number *right)
{
    return left->length == 0 || (right->length > 0 && sequence_number_compare(left, right) > 0);
}

struct lease_gap lease_gap_join(const struct lease_gap *gap, const struct lease_gap *later)
{
    if (gap->count == 0 || later->count == 0) {
        return gap->count == 0 ? *later : *gap;
    }
    return (struct lease_gap){
        .count = gap->count + later->count,
        .certain = gap->certain || later->certain,
        .after = begins_before(&gap->after, &later->after) ? gap->after : later->after,
        .until = ends_after(&gap->until, &later->until) ? gap->until : later->until,
        .found_wall_ms =
            gap->found_wall_ms > later->found_wall_ms ? gap->found_wall_ms : later->found_wall_ms,
    };
}

bool lease_gap_equals(const struct lease_gap *left, const struct lease_gap *right)
{
    return left->count == right->count &&
           (left->count == 0 ||
            (left->certain == right->certain && sequence_number_compare(&left->after, &right->after) == 0 &&
             sequence_number_compare(&left->until, &right->until) == 0 &&
             left->found_wall_ms == right->found_wall_ms));
}

void lease_make_writer(const char *worker, int64_t counter, char ret_writer[LEASE_WRITER_BYTES])
{
    snprintf(ret_writer, LEASE_WRITER_BYTES, "%.*s#%" PRId64, LEASE_OWNER_BYTES - 1, worker, counter);
}

bool lease_writer_is(const char *writer, const char *worker)
{
    size_t length = strlen(worker);
    return strncmp(writer, worker, length) == 0 && writer[length] == '#' &&
           strchr(writer + length + 1, '#') == NULL;
}

bool lease_is_finished(const struct lease *lease)
{
    return !lease->broken && strcmp(lease->checkpoint, lease_shard_end) == 0;
}

bool lease_is_unstarted(const struct lease *lease)
{
    return !lease->broken && (lease->checkpoint[0] < '0' || lease->checkpoint[0] > '9') &&
           !lease_is_finished(lease);
}

const char *lease_holder(const struct lease *lease)
{
    return lease->checkpoint_owner[0] != '\0' ? lease->checkpoint_owner : lease->owner;
}

bool lease_holder_is_ours(const struct lease *lease)
{
    return lease->marker[0] != '\0' && strcmp(lease->marker, lease_holder(lease)) == 0;
}

bool lease_has_child(const struct lease *lease, const char *key)
{
    for (size_t i = 0; i < lease->child_count; i++) {
        if (strcmp(lease->children[i], key) == 0) {
            return true;
        }
    }
    return false;
}

void lease_add_child(struct lease *lease, const char *key)
{
    if (lease_has_child(lease, key)) {
        return;
    }
    if (lease->child_count == LEASE_CHILDREN_MAX || strlen(key) >= STREAMS_SHARD_ID_BYTES) {
        lease->more_children = true;
        return;
    }
    lease_copy_text(lease->children[lease->child_count], STREAMS_SHARD_ID_BYTES, key);
    lease->child_count++;
}

void lease_copy_text(char *target, size_t size, const char *text)
{
    size_t length = strnlen(text, size - 1);
    memmove(target, text, length);
    target[length] = '\0';
}
