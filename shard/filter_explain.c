/* Why a record is dropped. For people: it judges again, field by field, and may take its time. */
#include <stdio.h>

#include "shard/filter_set.h"
#include "shard/filter_walk.h"

enum { SHOWN_BYTES = 100 };

struct explanation {
    struct filter_match match;
    struct filter_reason *reason;
    size_t used; /* of reason->field */
};

static void add_name(struct explanation *explanation, struct slice name)
{
    size_t size = sizeof explanation->reason->field;
    if (explanation->used < size) {
        explanation->used +=
            (size_t)snprintf(explanation->reason->field + explanation->used, size - explanation->used,
                             "%s%.*s", explanation->used == 0 ? "" : ".", (int)name.length, name.at);
    }
}

/* At most SHOWN_BYTES of a value, whole characters. */
static struct slice show(struct slice value)
{
    if (value.length <= SHOWN_BYTES) {
        return value;
    }
    size_t length = SHOWN_BYTES;
    while (length > 0 && (value.at[length] & 0xC0) == 0x80) {
        length--;
    }
    return slice_of(value.at, length);
}

static void tell(struct explanation *explanation, const char *words)
{
    snprintf(explanation->reason->words, sizeof explanation->reason->words, "%s", words);
}

static void tell_value(struct explanation *explanation, const struct filter_field *field, struct slice value)
{
    static const char absent[] = "is absent";
    const struct filter_node *node = &explanation->match.pattern->nodes[field->node];
    struct slice wanted = show(field->value);
    struct slice found = show(value);
    const char *more = wanted.length < field->value.length ? "..." : "";
    char *words = explanation->reason->words;
    size_t size = sizeof explanation->reason->words;
    char kind = filter_walk_kind(value);
    if (kind == '\0') {
        snprintf(words, size, "%s, wanted %.*s%s", absent, (int)wanted.length, wanted.at, more);
    } else if (kind == '{' && node->kind == FILTER_NODE_LEAF) {
        snprintf(words, size, "is an object, of which values are looked at only by name; wanted %.*s%s",
                 (int)wanted.length, wanted.at, more);
    } else {
        snprintf(words, size, "%s %.*s%s, wanted %.*s%s", kind == '[' ? "no element matches:" : "is",
                 (int)found.length, found.at, found.length < value.length ? "..." : "", (int)wanted.length,
                 wanted.at, more);
    }
}

static void explain_node(struct explanation *explanation, const struct filter_node *node, struct slice value);

/* The field does not hold for this value. */
static void explain_field(struct explanation *explanation, const struct filter_field *field,
                          struct slice value)
{
    const struct filter_node *child = &explanation->match.pattern->nodes[field->node];
    add_name(explanation, field->name);
    if (child->kind == FILTER_NODE_CHANGE ||
        (child->kind == FILTER_NODE_OBJECT && filter_walk_kind(value) == '{')) {
        explain_node(explanation, child, value);
    } else {
        tell_value(explanation, field, value);
    }
}

static struct slice value_of(struct explanation *explanation, const struct filter_node *node,
                             const struct filter_field *field, struct slice object)
{
    if (node->kind != FILTER_NODE_OBJECT) {
        return filter_find_source(&explanation->match, field);
    }
    struct slice value = filter_walk_find(object, field->name);
    return value.length > 0 || field->alias.length == 0 ? value : filter_walk_find(object, field->alias);
}

static bool field_holds(struct explanation *explanation, const struct filter_field *field, struct slice value)
{
    const struct filter_node *child = &explanation->match.pattern->nodes[field->node];
    explanation->match.work = FILTER_WORK;
    return child->kind == FILTER_NODE_CHANGE ? filter_match_record(&explanation->match, child)
                                             : filter_match_value(&explanation->match, child, value);
}

/* The node does not hold: at which field, or for which other reason? */
static void explain_node(struct explanation *explanation, const struct filter_node *node, struct slice object)
{
    const struct filter_pattern *pattern = explanation->match.pattern;
    const struct decode_record *record = explanation->match.record;
    if (node->ttl >= 0 && (node->ttl == 1) != record->ttl) {
        add_name(explanation, slice_of_text("ttl"));
        tell(explanation, record->ttl ? "is a deletion by time-to-live" : "is no deletion by time-to-live");
        return;
    }
    for (uint32_t i = 0; i < node->fields.count; i++) {
        const struct filter_field *field = &pattern->fields[node->fields.first + i];
        struct slice value = value_of(explanation, node, field, object);
        if (!field_holds(explanation, field, value)) {
            explain_field(explanation, field, value);
            return;
        }
    }
    if (node->changed.count > 0 && !filter_match_changed(&explanation->match, node)) {
        add_name(explanation, slice_of_text("changed"));
        tell(explanation, "the same before and after");
        return;
    }
    if (node->alternatives.count > 0) {
        add_name(explanation, slice_of_text("$or[0]"));
        explain_node(explanation, &pattern->nodes[pattern->alternatives[node->alternatives.first]], object);
        size_t used = strlen(explanation->reason->words);
        snprintf(explanation->reason->words + used, sizeof explanation->reason->words - used, "%s",
                 node->alternatives.count > 1 ? "; nor does another alternative hold" : "");
    }
}

/* Values and patterns can stand on several lines. */
static void put_on_one_line(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20) {
            *text = ' ';
        }
    }
}

void filter_explain(const struct filter *filter, size_t index, const struct decode_record *record,
                    struct filter_reason *ret_reason)
{
    struct explanation explanation = {.match = filter_begin_match(filter, index, record),
                                      .reason = ret_reason};
    *ret_reason = (struct filter_reason){.field = ""};
    explain_node(&explanation, &explanation.match.pattern->nodes[0], slice_of(NULL, 0));
    if (ret_reason->field[0] == '\0') {
        add_name(&explanation, slice_of_text("record"));
        tell(&explanation, "does not match");
    }
    put_on_one_line(ret_reason->field);
    put_on_one_line(ret_reason->words);
}
