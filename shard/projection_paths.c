#include "shard/projection_paths.h"

#include <stdlib.h>

#include "shard/decode_cursor.h"
#include "shard/decode_text.h"

enum { INDEX_GREATEST = 400000, SHOWN_BYTES = 24 }; /* an item has 400 KB */

/* One walk over the text. */
struct parser {
    struct slice text;
    size_t at;
    struct projection_paths *paths;
    size_t names_length;
};

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

struct status projection_complain(struct slice text, size_t offset, const char *problem)
{
    size_t column = 1;
    for (size_t i = 0; i < offset; i++) {
        column += !is_continuation(text.at[i]);
    }
    if (offset >= text.length) {
        return status_make(STATUS_INVALID, "column %zu, at the end: %s", column, problem);
    }
    size_t shown = text.length - offset;
    const char *more = "";
    if (shown > SHOWN_BYTES) {
        for (shown = SHOWN_BYTES; is_continuation(text.at[offset + shown]) && shown > 1; shown--) {
        }
        more = "...";
    }
    return status_make(STATUS_INVALID, "column %zu, at '%.*s%s': %s", column, (int)shown, text.at + offset,
                       more, problem);
}

static char peek(const struct parser *parser)
{
    return parser->at < parser->text.length ? parser->text.at[parser->at] : '\0';
}

static void pass_spaces(struct parser *parser)
{
    while (peek(parser) == ' ') {
        parser->at++;
    }
}

static bool is_special(char byte)
{
    return byte != '\0' && strchr(".,[]\\ ", byte) != NULL;
}

/* Spaces that only a comma or the end follows are no part of a name. */
static bool ends_in_spaces(const struct parser *parser)
{
    size_t at = parser->at;
    while (at < parser->text.length && parser->text.at[at] == ' ') {
        at++;
    }
    return at == parser->text.length || parser->text.at[at] == ',';
}

static struct status read_name(struct parser *parser, struct slice *ret_name)
{
    struct slice text = parser->text;
    size_t start = parser->at;
    char *name = parser->paths->names + parser->names_length;
    size_t length = 0;
    while (parser->at < text.length) {
        char byte = text.at[parser->at];
        if (byte == '.' || byte == ',' || byte == '[' || (byte == ' ' && ends_in_spaces(parser))) {
            break;
        }
        if (byte == ']') {
            return projection_complain(text, parser->at,
                                       "']' without '['; in a name it is written with a backslash before it");
        }
        if (byte == '\\') {
            if (parser->at + 1 == text.length || !is_special(text.at[parser->at + 1])) {
                return projection_complain(
                    text, parser->at, "a backslash stands only before '.', ',', '[', ']', '\\' or a space");
            }
            byte = text.at[++parser->at];
        }
        name[length++] = byte;
        parser->at++;
    }
    if (length == 0) {
        return projection_complain(text, start, "a name is missing here");
    }
    parser->names_length += length;
    *ret_name = slice_of(name, length);
    return status_ok();
}

static struct status read_index(struct parser *parser, uint32_t *ret_index)
{
    size_t start = ++parser->at;
    uint32_t index = 0;
    for (; peek(parser) >= '0' && peek(parser) <= '9'; parser->at++) {
        index = index * 10 + (uint32_t)(peek(parser) - '0');
        if (index > INDEX_GREATEST) {
            return projection_complain(parser->text, start, "no list has so many elements");
        }
    }
    if (parser->at == start) {
        return projection_complain(parser->text, start,
                                   "an index, a whole number from 0 on, is missing here");
    }
    if (peek(parser) != ']') {
        return projection_complain(parser->text, parser->at, "']' is missing here");
    }
    parser->at++;
    *ret_index = index;
    return status_ok();
}

static bool is_same_step(const struct projection_node *left, const struct projection_node *right)
{
    return (left->name.at == NULL) == (right->name.at == NULL) && left->index == right->index &&
           slice_equals(left->name, right->name);
}

/* The child of `parent` for a step like `wanted`; made when there is none. */
static struct projection_node *step_to(struct parser *parser, struct projection_node *parent,
                                       const struct projection_node *wanted)
{
    struct projection_node **place = &parent->child;
    while (*place != NULL && !is_same_step(*place, wanted)) {
        place = &(*place)->next;
    }
    if (*place == NULL) {
        *place = &parser->paths->nodes[parser->paths->count++];
        **place = *wanted;
    }
    return *place;
}

static struct status read_step(struct parser *parser, bool first, struct projection_node *ret_step)
{
    *ret_step = (struct projection_node){.index = 0};
    if (!first && peek(parser) == '[') {
        return read_index(parser, &ret_step->index);
    }
    if (!first) {
        if (peek(parser) != '.') {
            return projection_complain(parser->text, parser->at, "'.', '[' or ',' is missing here");
        }
        parser->at++;
    }
    return read_name(parser, &ret_step->name);
}

static bool is_path_end(struct parser *parser)
{
    size_t at = parser->at;
    pass_spaces(parser);
    if (parser->at == parser->text.length || peek(parser) == ',') {
        return true;
    }
    parser->at = at;
    return false;
}

static struct status read_path(struct parser *parser)
{
    pass_spaces(parser);
    size_t start = parser->at;
    struct projection_node *node = parser->paths->nodes;
    for (unsigned depth = 0; depth == 0 || !is_path_end(parser); depth++) {
        struct projection_node step;
        if (depth == PROJECTION_DEPTH) {
            return projection_complain(parser->text, parser->at, "deeper than the 32 levels of an item");
        }
        TRY(read_step(parser, depth == 0, &step));
        node = step_to(parser, node, &step);
        if (node->whole) {
            return projection_complain(parser->text, start, "an earlier path names this already");
        }
    }
    if (node->child != NULL) {
        return projection_complain(parser->text, start, "an earlier path lies in this one");
    }
    node->whole = true;
    node->offset = (uint32_t)start;
    return status_ok();
}

static struct status check_utf8(struct slice text)
{
    struct decode_cursor cursor = {.at = text.at, .end = text.at + text.length};
    while (cursor.at < cursor.end) {
        if ((unsigned char)*cursor.at < 0x80) {
            cursor.at++;
        } else if (!decode_cursor_utf8(&cursor)) {
            return projection_complain(text, (size_t)(cursor.at - text.at), cursor.error);
        }
    }
    return status_ok();
}

static struct status read_paths(struct parser *parser)
{
    TRY(check_utf8(parser->text));
    for (;;) {
        TRY(read_path(parser));
        if (parser->at == parser->text.length) {
            return status_ok();
        }
        parser->at++; /* the comma */
    }
}

struct status projection_paths_parse(struct slice text, struct projection_paths *ret_paths)
{
    /* Each step but the first of a path takes a byte for itself. */
    struct projection_paths paths = {
        .names = malloc(text.length + 1), .nodes = calloc(text.length + 2, sizeof *paths.nodes), .count = 1};
    struct parser parser = {.text = text, .paths = &paths};
    struct status status = paths.names == NULL || paths.nodes == NULL
                               ? status_no_memory("paths of attributes", text.length * sizeof *paths.nodes)
                               : read_paths(&parser);
    if (!status_is_ok(&status)) {
        projection_paths_free(&paths);
        return status;
    }
    *ret_paths = paths;
    return status_ok();
}

void projection_paths_free(struct projection_paths *paths)
{
    free(paths->names);
    free(paths->nodes);
    *paths = (struct projection_paths){.names = NULL};
}

const struct projection_node *projection_find_name(const struct projection_node *parent, struct slice raw)
{
    for (const struct projection_node *node = parent->child; node != NULL; node = node->next) {
        if (node->name.at != NULL && decode_text_equals(raw, node->name.at, node->name.length)) {
            return node;
        }
    }
    return NULL;
}

const struct projection_node *projection_find_index(const struct projection_node *parent, size_t index)
{
    for (const struct projection_node *node = parent->child; node != NULL; node = node->next) {
        if (node->name.at == NULL && node->index == index) {
            return node;
        }
    }
    return NULL;
}

const struct projection_node *projection_find_same(const struct projection_node *parent,
                                                   const struct projection_node *node)
{
    const struct projection_node *found = parent->child;
    while (found != NULL && !is_same_step(found, node)) {
        found = found->next;
    }
    return found;
}
