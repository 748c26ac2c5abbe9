/* A pattern in the form in which it is matched: flat arrays that refer to each other by index. For shard/filter*.c.
 *
 * Written by the compiler, constant from then on. All texts lie in the pattern's own memory. */
#ifndef PENSTOCK_SHARD_FILTER_PROGRAM_H
#define PENSTOCK_SHARD_FILTER_PROGRAM_H

#include "shard/filter.h"
#include "shard/filter_address.h"
#include "shard/filter_number.h"

enum {
    FILTER_DEPTH = 80, /* of objects in a pattern: an item's 32 levels take two each */
    FILTER_FIELDS = 512, /* of one object */
};

enum filter_test_kind {
    FILTER_TEXT,
    FILTER_TEXT_FOLDED,
    FILTER_PREFIX,
    FILTER_PREFIX_FOLDED,
    FILTER_SUFFIX,
    FILTER_SUFFIX_FOLDED,
    FILTER_WILDCARD,
    FILTER_BLOCK,
    FILTER_NUMBER,
    FILTER_RANGE,
    FILTER_TRUE,
    FILTER_FALSE,
    FILTER_NULL,
    FILTER_EXISTS,
    FILTER_ABSENT,
    FILTER_ANYTHING_BUT,
};

struct filter_bound {
    struct filter_number number;
    bool given;
    bool open; /* the number itself is outside */
};

struct filter_range {
    struct filter_bound low, high;
};

struct filter_run {
    uint32_t first, count;
};

struct filter_test {
    enum filter_test_kind kind;
    union {
        struct slice text; /* plain, folded, or with FILTER_TEXT_ANY */
        struct filter_number number;
        struct filter_range range;
        struct filter_block block;
        struct filter_run tests; /* of anything-but: none may hold */
    };
};

/* Where a field's value is found, the cheapest first. */
enum filter_source {
    FILTER_FROM_OP,
    FILTER_FROM_EVENT_ID,
    FILTER_FROM_REGION,
    FILTER_FROM_SEQUENCE,
    FILTER_FROM_SIZE,
    FILTER_FROM_IDENTITY,
    FILTER_FROM_KEYS,
    FILTER_FROM_CHANGE, /* the fields below "dynamodb" have places of their own */
    FILTER_FROM_NEW_IMAGE,
    FILTER_FROM_OLD_IMAGE,
    FILTER_FROM_CHANGE_MEMBER,
    FILTER_FROM_RECORD_MEMBER,
    FILTER_FROM_OBJECT, /* a member of the object at hand */
};

struct filter_field {
    struct slice name;
    struct slice alias; /* empty: none */
    enum filter_source source;
    uint32_t node;
    struct slice value; /* of the pattern, as it was given */
};

enum filter_node_kind {
    FILTER_NODE_RECORD, /* fields have sources */
    FILTER_NODE_CHANGE,
    FILTER_NODE_OBJECT,
    FILTER_NODE_LEAF,
};

struct filter_node {
    enum filter_node_kind kind;
    bool accepts_absent; /* holds where there is nothing */
    bool negative; /* asks for absence only */
    bool decimal; /* of leaves: texts are DynamoDB's numbers */
    struct filter_run fields; /* of leaves: tests */
    struct filter_run alternatives; /* of "$or"; each is a node of the same kind */
    struct filter_run changed; /* paths */
    int ttl; /* -1: not asked for; else 0 or 1 */
};

struct filter_step {
    struct slice name;
    int64_t index; /* into a list; -1: by name */
};

struct filter_pattern {
    char *source; /* as it was given */
    size_t source_length;
    char *texts;
    size_t texts_used, texts_size;
    struct filter_node *nodes; /* the first is the root */
    struct filter_field *fields;
    struct filter_test *tests;
    uint32_t *alternatives; /* nodes */
    struct filter_run *paths; /* runs of steps */
    struct filter_step *steps;
    uint32_t node_count, field_count, test_count, alternative_count, path_count, step_count;
};

/* Compiles one pattern, the object `text`. `*ret_pattern` is any memory; filter_pattern_free. STATUS_INVALID with
 * column and field, as of `whole`, of which `text` is a part. */
struct status filter_compile(struct slice whole, struct slice text, struct filter_pattern *ret_pattern)
    MUST_USE;

/* Safe on zeroed memory. */
void filter_pattern_free(struct filter_pattern *pattern);

/* One pattern over one record. Plain data of one thread. */
struct filter_match {
    const struct filter_pattern *pattern;
    const struct decode_record *record;
    struct slice stream_arn;
    uint64_t work; /* steps left */
    bool exhausted; /* there were not enough: no answer counts */
};

/* Takes steps; false when there are not enough. */
static inline bool filter_spend(struct filter_match *match, uint64_t steps)
{
    if (steps > match->work) {
        match->work = 0;
        match->exhausted = true;
        return false;
    }
    match->work -= steps;
    return true;
}

bool filter_match_record(struct filter_match *match, const struct filter_node *node);

/* `value` is empty where there is none. */
bool filter_match_value(struct filter_match *match, const struct filter_node *node, struct slice value);

/* Does a text, number, true, false or null hold for one of the leaf's tests? */
bool filter_match_scalar(struct filter_match *match, const struct filter_node *leaf, struct slice value);

/* Where the record has the value of a field of a record or change node; empty: nowhere. */
struct slice filter_find_source(const struct filter_match *match, const struct filter_field *field);

/* Does one of the node's paths lead to different values in the two images? */
bool filter_match_changed(struct filter_match *match, const struct filter_node *node);

#endif
