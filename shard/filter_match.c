/* Records, objects and lists against the nodes of a pattern. */
#include "shard/filter_program.h"
#include "shard/filter_text.h"
#include "shard/filter_walk.h"

/* The string whose inside is `raw`, quotes included: both stand in the page. */
static struct slice with_quotes(struct slice raw)
{
    return raw.at == NULL ? raw : slice_of(raw.at - 1, raw.length + 2);
}

static struct slice op_value(enum record_op op)
{
    static const char *const values[] = {
        [RECORD_INSERT] = "\"INSERT\"", [RECORD_MODIFY] = "\"MODIFY\"", [RECORD_REMOVE] = "\"REMOVE\""};
    return slice_of(values[op], 8);
}

static struct slice find_record_member(const struct filter_match *match, const struct filter_field *field)
{
    struct slice value = filter_walk_find(match->record->whole, field->name);
    if (value.length == 0 && slice_equals_text(field->name, "eventSourceARN")) {
        return match->stream_arn;
    }
    return value;
}

struct slice filter_find_source(const struct filter_match *match, const struct filter_field *field)
{
    const struct decode_record *record = match->record;
    switch (field->source) {
    case FILTER_FROM_OP:
        return op_value(record->op);
    case FILTER_FROM_EVENT_ID:
        return with_quotes(record->event_id_raw);
    case FILTER_FROM_REGION:
        return with_quotes(record->region_raw);
    case FILTER_FROM_SEQUENCE:
        return with_quotes(record->sequence_raw);
    case FILTER_FROM_SIZE:
        return record->size_bytes;
    case FILTER_FROM_IDENTITY:
        return record->identity;
    case FILTER_FROM_KEYS:
        return record->keys;
    case FILTER_FROM_CHANGE:
        return record->change;
    case FILTER_FROM_NEW_IMAGE:
        return record->new_image;
    case FILTER_FROM_OLD_IMAGE:
        return record->old_image;
    case FILTER_FROM_CHANGE_MEMBER:
        return filter_walk_find(record->change, field->name);
    default:
        return find_record_member(match, field);
    }
}

/* Holds one of the alternatives, if there are any? `value` is for nodes without sources. */
static bool match_alternatives(struct filter_match *match, const struct filter_node *node, struct slice value)
{
    const struct filter_pattern *pattern = match->pattern;
    for (uint32_t i = 0; i < node->alternatives.count; i++) {
        const struct filter_node *alternative =
            &pattern->nodes[pattern->alternatives[node->alternatives.first + i]];
        if (alternative->kind == FILTER_NODE_OBJECT ? filter_match_value(match, alternative, value)
                                                    : filter_match_record(match, alternative)) {
            return true;
        }
    }
    return node->alternatives.count == 0;
}

bool filter_match_record(struct filter_match *match, const struct filter_node *node)
{
    const struct filter_pattern *pattern = match->pattern;
    if (node->ttl >= 0 && (node->ttl == 1) != match->record->ttl) {
        return false;
    }
    for (uint32_t i = 0; i < node->fields.count; i++) {
        const struct filter_field *field = &pattern->fields[node->fields.first + i];
        const struct filter_node *child = &pattern->nodes[field->node];
        if (child->kind == FILTER_NODE_CHANGE
                ? !filter_match_record(match, child)
                : !filter_match_value(match, child, filter_find_source(match, field))) {
            return false;
        }
    }
    if (node->changed.count > 0 && !filter_match_changed(match, node)) {
        return false;
    }
    return match_alternatives(match, node, slice_of(NULL, 0));
}

/* Which of an object's fields were met. */
struct met_fields {
    uint64_t bits[FILTER_FIELDS / 64];
};

/* The field of this name that was not met yet; the first of two members counts. */
static const struct filter_field *meet_field(const struct filter_match *match, const struct filter_node *node,
                                             struct slice name_raw, struct met_fields *met)
{
    for (uint32_t i = 0; i < node->fields.count; i++) {
        const struct filter_field *field = &match->pattern->fields[node->fields.first + i];
        uint64_t bit = (uint64_t)1 << (i % 64);
        if ((met->bits[i / 64] & bit) == 0 &&
            (filter_text_equals(name_raw, field->name) ||
             (field->alias.length > 0 && filter_text_equals(name_raw, field->alias)))) {
            met->bits[i / 64] |= bit;
            return field;
        }
    }
    return NULL;
}

static bool match_missing(const struct filter_match *match, const struct filter_node *node,
                          const struct met_fields *met)
{
    for (uint32_t i = 0; i < node->fields.count; i++) {
        const struct filter_field *field = &match->pattern->fields[node->fields.first + i];
        if ((met->bits[i / 64] >> (i % 64) & 1) == 0 && !match->pattern->nodes[field->node].accepts_absent) {
            return false;
        }
    }
    return true;
}

/* One pass over the members, which ends with the last field that is asked for or the first that does not hold. */
static bool match_object(struct filter_match *match, const struct filter_node *node, struct slice object)
{
    struct met_fields met = {{0}};
    uint32_t left = node->fields.count;
    struct filter_walk walk;
    struct slice name_raw;
    struct slice value;
    filter_walk_begin(&walk, object);
    while (left > 0 && filter_walk_member(&walk, &name_raw, &value)) {
        if (!filter_spend(match, name_raw.length + value.length + left)) {
            return false;
        }
        const struct filter_field *field = meet_field(match, node, name_raw, &met);
        if (field != NULL) {
            left--;
            if (!filter_match_value(match, &match->pattern->nodes[field->node], value)) {
                return false;
            }
        }
    }
    return (left == 0 || match_missing(match, node, &met)) && match_alternatives(match, node, object);
}

/* What a list says about a node, element by element; lists inside it count as their elements. */
struct list_answer {
    bool any; /* an element of the right kind was there */
    bool one_holds;
    bool all_hold;
};

static void match_elements(struct filter_match *match, const struct filter_node *node, struct slice list,
                           struct list_answer *answer)
{
    struct filter_walk walk;
    struct slice element;
    bool is_leaf = node->kind == FILTER_NODE_LEAF;
    filter_walk_begin(&walk, list);
    while (!answer->one_holds || node->negative) {
        if (!filter_walk_element(&walk, &element) || !filter_spend(match, element.length + 1)) {
            return;
        }
        char kind = filter_walk_kind(element);
        if (kind == '[') {
            match_elements(match, node, element, answer);
        } else if (is_leaf != (kind == '{')) {
            bool holds = filter_match_value(match, node, element);
            answer->any = true;
            answer->one_holds = answer->one_holds || holds;
            answer->all_hold = answer->all_hold && holds;
        }
    }
}

bool filter_match_value(struct filter_match *match, const struct filter_node *node, struct slice value)
{
    char kind = filter_walk_kind(value);
    if (kind == '[') {
        struct list_answer answer = {.all_hold = true};
        match_elements(match, node, value, &answer);
        return answer.any ? (node->negative ? answer.all_hold : answer.one_holds) : node->accepts_absent;
    }
    if (node->kind == FILTER_NODE_LEAF) {
        return kind == '\0' || kind == '{' ? node->accepts_absent : filter_match_scalar(match, node, value);
    }
    return kind == '{' ? match_object(match, node, value) : node->accepts_absent;
}
