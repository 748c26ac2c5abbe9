#include "lease/lease_expression.h"

#include <string.h>

#include "lease/lease_item.h"

#define REMOVE_PENDING " pendingCheckpoint, pendingCheckpointSubSequenceNumber, pendingCheckpointState"
#define HELD_BY_ME     "((leaseOwner = :me AND attribute_not_exists(checkpointOwner)) OR checkpointOwner = :me)"

void lease_expression_free(struct lease_expression *expression)
{
    cJSON_Delete(expression->key);
    cJSON_Delete(expression->item);
    cJSON_Delete(expression->values);
    *expression = (struct lease_expression){0};
}

/* Appends to a text of LEASE_EXPRESSION_BYTES; the longest expression is well below that. */
static void append(char *text, const char *more)
{
    size_t length = strlen(text);
    lease_copy_text(text + length, LEASE_EXPRESSION_BYTES - length, more);
}

static bool add_counter(struct lease_expression *made, const struct lease_write *write)
{
    append(made->update, "SET leaseCounter = :next");
    append(made->condition, "leaseCounter = :seen");
    return lease_item_add_number(made->values, ":next", lease_write_next_counter(write)) &&
           lease_item_add_number(made->values, ":seen", write->row.counter);
}

static bool add_me(struct lease_expression *made, const char *me)
{
    return lease_item_add_text(made->values, ":me", me);
}

/* The SET part of a checkpoint and of who wrote it; its REMOVE part is REMOVE_PENDING. The sub-number is 0 with
 * everything we write. */
static bool add_checkpoint(struct lease_expression *made, const struct lease_write *write, const char *me,
                           const char *checkpoint)
{
    char writer[LEASE_WRITER_BYTES];
    lease_make_writer(me, lease_write_next_counter(write), writer);
    append(made->update, ", checkpoint = :checkpoint, checkpointSubSequenceNumber = :zero,"
                         " ownerSwitchesSinceCheckpoint = :zero, penstockCheckpointBy = :writer");
    return lease_item_add_text(made->values, ":checkpoint", checkpoint) &&
           lease_item_add_text(made->values, ":writer", writer) &&
           lease_item_add_number(made->values, ":zero", 0);
}

static bool add_gap(struct lease_expression *made, const struct lease_gap *gap)
{
    if (gap->count == 0) {
        return true;
    }
    append(made->update, ", penstockGap = :gap");
    cJSON *value = lease_item_make_gap(gap);
    if (value == NULL || !cJSON_AddItemToObject(made->values, ":gap", value)) {
        cJSON_Delete(value);
        return false;
    }
    return true;
}

static bool make_take(struct lease_expression *made, const struct lease_write *write, const char *me,
                      const char *stream_arn)
{
    const struct lease *seen = &write->row;
    bool good = add_counter(made, write) && add_me(made, me) &&
                lease_item_add_text(made->values, ":stream", stream_arn);
    append(made->update, ", leaseOwner = :me, penstockOwner = :me, penstockStream = :stream");
    if (seen->owner[0] == '\0') {
        append(made->condition, " AND attribute_not_exists(leaseOwner)");
    } else {
        append(made->condition, " AND leaseOwner = :owner");
        good = good && lease_item_add_text(made->values, ":owner", seen->owner);
        if (strcmp(seen->owner, me) != 0) {
            append(made->update, ", ownerSwitchesSinceCheckpoint ="
                                 " if_not_exists(ownerSwitchesSinceCheckpoint, :zero) + :one");
            good = good && lease_item_add_number(made->values, ":zero", 0) &&
                   lease_item_add_number(made->values, ":one", 1);
        }
    }
    if (seen->checkpoint_owner[0] == '\0') {
        append(made->condition, " AND attribute_not_exists(checkpointOwner)");
    } else {
        append(made->condition, " AND checkpointOwner = :old");
        good = good && lease_item_add_text(made->values, ":old", seen->checkpoint_owner);
    }
    append(made->update, " REMOVE checkpointOwner");
    return good;
}

static bool make_ask(struct lease_expression *made, const struct lease_write *write, const char *me)
{
    append(made->update, "SET leaseOwner = :me, checkpointOwner = :old");
    append(made->condition, "leaseOwner = :old AND penstockOwner = :old AND"
                            " attribute_not_exists(checkpointOwner)");
    return add_me(made, me) && lease_item_add_text(made->values, ":old", write->row.owner);
}

static bool make_unask(struct lease_expression *made, const struct lease_write *write, const char *me)
{
    append(made->update, "SET leaseOwner = :old REMOVE checkpointOwner");
    append(made->condition, "leaseOwner = :me AND checkpointOwner = :old");
    return add_me(made, me) && lease_item_add_text(made->values, ":old", write->row.checkpoint_owner);
}

/* RENEW, RELEASE and HAND_OVER: the counter, perhaps a checkpoint, and what each sets, removes and demands.
 */
static bool make_held(struct lease_expression *made, const struct lease_write *write, const char *me)
{
    bool good = add_counter(made, write) && add_me(made, me) && add_gap(made, &write->gap);
    const char *remove = "";
    switch (write->kind) {
    case LEASE_WRITE_RENEW:
        append(made->update, ", penstockOwner = :me");
        append(made->condition, " AND " HELD_BY_ME);
        break;
    case LEASE_WRITE_RELEASE:
        append(made->condition, " AND leaseOwner = :me AND attribute_not_exists(checkpointOwner)");
        remove = "leaseOwner, penstockOwner";
        break;
    default:
        append(made->condition, " AND checkpointOwner = :me");
        remove = "checkpointOwner";
        break;
    }
    bool checkpoint = write->checkpoint[0] != '\0';
    if (checkpoint) {
        good = good && add_checkpoint(made, write, me, write->checkpoint);
    }
    if (checkpoint || remove[0] != '\0') {
        append(made->update, " REMOVE ");
        append(made->update, remove);
        append(made->update, checkpoint && remove[0] != '\0' ? "," : "");
        append(made->update, checkpoint ? REMOVE_PENDING : "");
    }
    return good;
}

static bool make_shard_end(struct lease_expression *made, const struct lease_write *write, const char *me)
{
    bool good = add_counter(made, write) && add_me(made, me) &&
                add_checkpoint(made, write, me, lease_shard_end) && add_gap(made, &write->gap);
    append(made->condition, " AND " HELD_BY_ME);
    if (write->row.child_count > 0) {
        append(made->update, ", childShardIds = :children");
        good = good && lease_item_add_set(made->values, ":children",
                                          (const char(*)[STREAMS_SHARD_ID_BYTES])write->row.children,
                                          write->row.child_count);
    }
    append(made->update, " REMOVE leaseOwner, checkpointOwner, penstockOwner," REMOVE_PENDING);
    return good;
}

static bool make_delete(struct lease_expression *made, const struct lease_write *write)
{
    append(made->condition, "leaseCounter = :seen AND checkpoint = :end");
    return lease_item_add_number(made->values, ":seen", write->row.counter) &&
           lease_item_add_text(made->values, ":end", lease_shard_end);
}

static bool make_create(struct lease_expression *made, const struct lease_write *write,
                        const char *stream_arn)
{
    append(made->condition, "attribute_not_exists(leaseKey)");
    cJSON_Delete(made->values);
    made->values = NULL;
    made->item = lease_item_make(&write->row, stream_arn);
    return made->item != NULL;
}

static bool make(struct lease_expression *made, const struct lease_write *write, const char *me,
                 const char *stream_arn)
{
    switch (write->kind) {
    case LEASE_WRITE_CREATE:
        return make_create(made, write, stream_arn);
    case LEASE_WRITE_TAKE:
        return make_take(made, write, me, stream_arn);
    case LEASE_WRITE_ASK:
        return make_ask(made, write, me);
    case LEASE_WRITE_UNASK:
        return make_unask(made, write, me);
    case LEASE_WRITE_SHARD_END:
        return make_shard_end(made, write, me);
    case LEASE_WRITE_DELETE:
        return make_delete(made, write);
    default:
        return make_held(made, write, me);
    }
}

struct status lease_expression_make(const struct lease_write *write, const char *me, const char *stream_arn,
                                    struct lease_expression *ret_expression)
{
    *ret_expression = (struct lease_expression){
        .key = write->kind == LEASE_WRITE_CREATE ? NULL : lease_item_make_key(write->row.key),
        .values = cJSON_CreateObject(),
    };
    bool key = write->kind == LEASE_WRITE_CREATE || ret_expression->key != NULL;
    if (!key || ret_expression->values == NULL || !make(ret_expression, write, me, stream_arn)) {
        return status_no_memory("a lease write", sizeof *write);
    }
    return status_ok();
}
