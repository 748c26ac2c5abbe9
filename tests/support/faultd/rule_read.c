#include "tests/support/faultd/rule_read.h"

#include <stdlib.h>

#include "tests/support/faultd/tree.h"

static const char *const action_names[FAULT_ACTION_COUNT] = {
    [FAULT_NONE] = "none",
    [FAULT_THROTTLE] = "throttle",
    [FAULT_STATUS] = "status",
    [FAULT_ERROR] = "error",
    [FAULT_LOST] = "lost",
    [FAULT_RESET] = "reset",
    [FAULT_PARTIAL] = "partial",
    [FAULT_WRONG_LENGTH] = "wrong_length",
    [FAULT_CUT] = "cut",
    [FAULT_SLOW] = "slow",
    [FAULT_DELAY] = "delay",
    [FAULT_OVERSIZE] = "oversize",
    [FAULT_GARBAGE] = "garbage",
    [FAULT_NOT_JSON] = "not_json",
    [FAULT_WRONG_CRC] = "wrong_crc",
    [FAULT_EXPIRED_CREDENTIALS] = "expired_credentials",
    [FAULT_CLOCK_SKEW] = "clock_skew",
    [FAULT_EXPIRED_ITERATOR] = "expired_iterator",
    [FAULT_TRIMMED] = "trimmed",
    [FAULT_NOT_FOUND] = "not_found",
    [FAULT_DESCRIBE_LATE] = "describe_late",
    [FAULT_DESCRIBE_PARTIAL] = "describe_partial",
    [FAULT_DESCRIBE_STALE] = "describe_stale",
    [FAULT_EMPTY_PAGE] = "empty_page",
    [FAULT_HOLD] = "hold",
};

static const char *const members[] = {
    "id",          "action", "service", "operation",        "resource", "shard",    "after",    "times",
    "probability", "seed",   "when",    "status",           "code",     "message",  "fraction", "indices",
    "delta",       "at",     "bytes",   "bytes_per_second", "ms",       "offset_ms"};

const char *fault_action_name(enum fault_action action)
{
    return action_names[action];
}

static bool member_known(const char *name)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(members[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static enum fault_action read_action(const cJSON *tree)
{
    const char *name = tree_text(tree, "action");
    for (int action = FAULT_THROTTLE; action < FAULT_ACTION_COUNT; action++) {
        if (name != NULL && strcmp(name, action_names[action]) == 0) {
            return (enum fault_action)action;
        }
    }
    return FAULT_NONE;
}

static bool read_indices(const cJSON *tree, struct fault *fault)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(tree, "indices");
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, list)
    {
        if (!cJSON_IsNumber(member) || member->valueint < 0 || member->valueint >= FAULT_INDICES ||
            fault->index_count == FAULT_INDICES) {
            return false;
        }
        fault->indices[fault->index_count++] = (uint16_t)member->valueint;
    }
    return true;
}

static const char *read_match(const cJSON *tree, struct rule *rule)
{
    const char *service = tree_text(tree, "service");
    rule->service = service_parse(service);
    if (service != NULL && rule->service == SERVICE_NONE) {
        return "service must be dynamodb, streams, firehose, sts, s3 or kinesis";
    }
    if (!tree_copy_text(tree, "operation", rule->operation, sizeof rule->operation) ||
        !tree_copy_text(tree, "resource", rule->resource, sizeof rule->resource) ||
        !tree_copy_text(tree, "shard", rule->shard, sizeof rule->shard)) {
        return "operation, resource or shard is too long";
    }
    int64_t after = tree_integer(tree, "after", 0), times = tree_integer(tree, "times", 0);
    rule->probability = tree_number(tree, "probability", 1);
    if (after < 0 || times < 0 || rule->probability < 0 || rule->probability > 1) {
        return "after and times must not be negative, probability must lie in 0 to 1";
    }
    rule->after_calls = (uint64_t)after;
    rule->times = (uint64_t)times;
    random_init(&rule->random, (uint64_t)tree_integer(tree, "seed", 1));
    return NULL;
}

const char *rule_read(const cJSON *tree, struct rule *ret_rule)
{
    struct fault *fault = &ret_rule->fault;
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, tree)
    {
        if (!member_known(member->string)) {
            return "unknown member of a rule; see README.md";
        }
    }
    fault->action = read_action(tree);
    if (fault->action == FAULT_NONE) {
        return "unknown action; see README.md";
    }
    const char *when = tree_text(tree, "when");
    if (when != NULL && strcmp(when, "before") != 0 && strcmp(when, "after") != 0) {
        return "when must be before or after";
    }
    bool replaces =
        fault->action == FAULT_GARBAGE || fault->action == FAULT_NOT_JSON || fault->action == FAULT_OVERSIZE;
    fault->after = when == NULL ? replaces : strcmp(when, "after") == 0;
    if (!tree_copy_text(tree, "id", fault->rule, sizeof fault->rule) ||
        !tree_copy_text(tree, "code", fault->code, sizeof fault->code) ||
        !tree_copy_text(tree, "message", fault->message, sizeof fault->message)) {
        return "id, code or message is too long";
    }
    fault->status = (int)tree_integer(tree, "status", fault->action == FAULT_ERROR ? 400 : 500);
    if (fault->status < 200 || fault->status > 599) {
        return "status must lie in 200 to 599";
    }
    if (fault->action == FAULT_ERROR && fault->code[0] == '\0') {
        return "the action error needs a code";
    }
    fault->fraction = tree_number(tree, "fraction", 0.5);
    if (!read_indices(tree, fault)) {
        return "indices must be at most 500 numbers from 0 to 499";
    }
    fault->length_delta = tree_integer(tree, "delta", -1);
    fault->at = tree_integer(tree, "at", -1);
    fault->bytes = tree_integer(tree, "bytes", 32 * 1024 * 1024);
    fault->bytes_per_second = tree_integer(tree, "bytes_per_second", 1);
    fault->delay_ms = tree_integer(tree, "ms", 0);
    fault->offset_ms = tree_integer(tree, "offset_ms", 0);
    if (fault->bytes < 0 || fault->bytes > REPLY_BODY_BYTES || fault->bytes_per_second < 1 ||
        fault->delay_ms < 0) {
        return "bytes, bytes_per_second or ms is out of range";
    }
    return read_match(tree, ret_rule);
}
