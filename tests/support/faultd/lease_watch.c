#include "tests/support/faultd/lease_watch.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/faultd/tree.h"

/* What a write did to a row; texts are borrowed and "" when absent. */
struct change {
    const char *key, *writer;
    const char *owner_before, *old_owner_before, *owner_after;
    const char *before, *after; /* checkpoints */
    bool rewound, is_new;
};

static const char *attribute(const cJSON *item, const char *name)
{
    const char *text = tree_text(cJSON_GetObjectItemCaseSensitive(item, name), "S");
    return text == NULL ? "" : text;
}

static bool is_number(const char *checkpoint)
{
    return checkpoint[0] != '\0' && checkpoint[strspn(checkpoint, "0123456789")] == '\0';
}

static bool is_end(const char *checkpoint)
{
    return strcmp(checkpoint, "SHARD_END") == 0;
}

/* How many records of the shard have a number up to this one. */
static uint64_t records_up_to(const struct shard *shard, const char *checkpoint)
{
    uint64_t low = 0, high = shard->records;
    char text[SEQUENCE_BYTES];
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        size_t length = sequence_format(&shard->sequence, middle, text);
        if (sequence_compare(slice_of(text, length), slice_of_text(checkpoint)) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Every record up to the checkpoint that was not trimmed has been accepted. */
static bool is_covered(const struct shard *shard, const char *checkpoint)
{
    uint64_t until = is_end(checkpoint) ? shard->records : records_up_to(shard, checkpoint);
    return until <= shard->trimmed ||
           memchr(shard->marks + shard->trimmed, 0, (size_t)(until - shard->trimmed)) == NULL;
}

static bool goes_back(const struct change *change)
{
    if (change->is_new || change->rewound) {
        return false;
    }
    if (is_end(change->before)) {
        return !is_end(change->after);
    }
    return is_number(change->before) && !is_end(change->after) &&
           (!is_number(change->after) ||
            sequence_compare(slice_of_text(change->after), slice_of_text(change->before)) < 0);
}

/* A counter lease promises that only an owner's write succeeds; a taker becomes one by it. */
static bool is_stranger(const struct change *change)
{
    const char *writer = change->writer;
    return !change->is_new && writer[0] != '\0' && strcmp(writer, change->owner_before) != 0 &&
           strcmp(writer, change->old_owner_before) != 0 && strcmp(writer, change->owner_after) != 0;
}

static void note(struct lease_watch *watch, const struct change *change, bool covered)
{
    bool moved = strcmp(change->before, change->after) != 0;
    const char *wrong = NULL;
    mutex_lock(&watch->lock);
    watch->writes++;
    watch->positions += moved && is_number(change->after);
    watch->ends += moved && is_end(change->after);
    watch->takes += !change->is_new && change->writer[0] != '\0' &&
                    strcmp(change->writer, change->owner_before) != 0 &&
                    strcmp(change->writer, change->owner_after) == 0;
    if (!covered) {
        watch->ahead++;
        wrong = "a position ahead of what was accepted";
    }
    if (goes_back(change)) {
        watch->back++;
        wrong = "a position that goes back";
    }
    if (is_stranger(change)) {
        watch->strangers++;
        wrong = "a write by a worker that does not own the row";
    }
    if (wrong != NULL && watch->sample[0] == '\0') {
        snprintf(watch->sample, sizeof watch->sample, "%s: %.70s, by %.60s, owner %.60s, from %.42s to %.42s",
                 wrong, change->key, change->writer, change->owner_before, change->before, change->after);
    }
    mutex_unlock(&watch->lock);
}

void lease_watch_note(struct lease_watch *watch, struct streams *streams, const cJSON *old, const cJSON *item,
                      const cJSON *values)
{
    struct change change = {
        .key = attribute(item, "leaseKey"),
        .writer = attribute(values, ":me"),
        .owner_before = attribute(old, "leaseOwner"),
        .old_owner_before = attribute(old, "checkpointOwner"),
        .owner_after = attribute(item, "leaseOwner"),
        .before = attribute(old, "checkpoint"),
        .after = attribute(item, "checkpoint"),
        .rewound = strcmp(attribute(old, "penstockRewind"), attribute(item, "penstockRewind")) != 0,
        .is_new = old == NULL,
    };
    mutex_lock(&streams->lock);
    const struct shard *shard = shard_find(streams, slice_of_text(change.key));
    bool claims = is_number(change.after) || is_end(change.after);
    bool moved = strcmp(change.before, change.after) != 0;
    bool covered = shard == NULL || !claims || !moved || is_covered(shard, change.after);
    mutex_unlock(&streams->lock);
    if (shard != NULL) {
        note(watch, &change, covered);
    }
}

void lease_watch_init(struct lease_watch *watch)
{
    *watch = (struct lease_watch){0};
    mutex_init(&watch->lock);
}

void lease_watch_reset(struct lease_watch *watch)
{
    mutex_lock(&watch->lock);
    watch->writes = watch->positions = watch->ends = watch->takes = 0;
    watch->ahead = watch->back = watch->strangers = 0;
    watch->sample[0] = '\0';
    mutex_unlock(&watch->lock);
}

cJSON *lease_watch_report(struct lease_watch *watch)
{
    cJSON *report = cJSON_CreateObject();
    mutex_lock(&watch->lock);
    tree_add_integer(report, "writes", watch->writes);
    tree_add_integer(report, "positions", watch->positions);
    tree_add_integer(report, "ends", watch->ends);
    tree_add_integer(report, "takes", watch->takes);
    tree_add_integer(report, "ahead", watch->ahead);
    tree_add_integer(report, "back", watch->back);
    tree_add_integer(report, "strangers", watch->strangers);
    tree_add_text(report, "sample", watch->sample);
    mutex_unlock(&watch->lock);
    return report;
}
