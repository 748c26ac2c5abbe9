#include "shard/filter_compile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shard/decode_text.h"
#include "shard/filter_walk.h"

enum { WORDS_BYTES = 200, PATH_BYTES = 160 };

/* Line and column of a byte, from 1, in characters. */
static void find_column(struct slice whole, size_t offset, size_t *ret_line, size_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (size_t i = 0; i < offset && i < whole.length; i++) {
        if (whole.at[i] == '\n') {
            ++*ret_line;
            *ret_column = 1;
        } else if ((whole.at[i] & 0xC0) != 0x80) {
            ++*ret_column;
        }
    }
}

static void format_path(const struct filter_compiler *compiler, char path[PATH_BYTES])
{
    size_t used = 0;
    path[0] = '\0';
    for (size_t i = 0; i < compiler->depth && used < PATH_BYTES; i++) {
        const struct filter_place *place = &compiler->path[i];
        used += (size_t)snprintf(path + used, PATH_BYTES - used, "%s%.*s", i == 0 ? "" : ".",
                                 (int)(place->name.length < 40 ? place->name.length : 40), place->name.at);
        if (place->index >= 0 && used < PATH_BYTES) {
            used += (size_t)snprintf(path + used, PATH_BYTES - used, "[%lld]", (long long)place->index);
        }
    }
}

static struct status fail_at(const struct filter_compiler *compiler, size_t offset, const char *words)
{
    size_t line;
    size_t column;
    char path[PATH_BYTES];
    char place[48] = "";
    find_column(compiler->whole, compiler->offset + offset, &line, &column);
    format_path(compiler, path);
    if (line > 1) {
        snprintf(place, sizeof place, "line %zu, ", line);
    }
    return status_make(STATUS_INVALID, "%scolumn %zu%s%s%s: %s", place, column, path[0] == '\0' ? "" : " (",
                       path, path[0] == '\0' ? "" : ")", words);
}

struct status filter_compile_fail(const struct filter_compiler *compiler, const char *at, const char *format,
                                  ...)
{
    char words[WORDS_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    return fail_at(compiler, (size_t)(at - compiler->pattern->source), words);
}

struct slice filter_compile_text(struct filter_compiler *compiler, struct slice string)
{
    struct filter_pattern *pattern = compiler->pattern;
    char *target = pattern->texts + pattern->texts_used;
    size_t length = 0;
    /* There is room: no text is longer than its JSON. */
    (void)!decode_text_unescape(filter_walk_inside(string), target, pattern->texts_size - pattern->texts_used,
                                &length);
    pattern->texts_used += length;
    return slice_of(target, length);
}

static size_t count_bytes(struct slice text, const char *which)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++) {
        count += strchr(which, text.at[i]) != NULL && text.at[i] != '\0';
    }
    return count;
}

/* Room for whatever the text can hold: each node begins with a bracket, each field has a colon, each test follows a
 * bracket, a comma or a colon, each step of a path a quote, a point or a bracket. */
static struct status make_room(struct slice text, struct filter_pattern *pattern)
{
    size_t brackets = count_bytes(text, "{[");
    size_t values = brackets + count_bytes(text, ",:");
    size_t steps = count_bytes(text, "\".[\\");
    pattern->texts_size = text.length * 3 + 1; /* plain, and in lower case, which can be half as long again */
    pattern->source = malloc(text.length + 1);
    pattern->texts = malloc(pattern->texts_size);
    pattern->nodes = calloc(brackets + 1, sizeof *pattern->nodes);
    pattern->fields = calloc(values + 1, sizeof *pattern->fields);
    pattern->tests = calloc(values + 1, sizeof *pattern->tests);
    pattern->alternatives = calloc(values + 1, sizeof *pattern->alternatives);
    pattern->paths = calloc(values + 1, sizeof *pattern->paths);
    pattern->steps = calloc(steps + 1, sizeof *pattern->steps);
    if (pattern->source == NULL || pattern->texts == NULL || pattern->nodes == NULL ||
        pattern->fields == NULL || pattern->tests == NULL || pattern->alternatives == NULL ||
        pattern->paths == NULL || pattern->steps == NULL) {
        return status_no_memory("a filter pattern", text.length);
    }
    memcpy(pattern->source, text.at, text.length);
    pattern->source[text.length] = '\0';
    pattern->source_length = text.length;
    return status_ok();
}

void filter_pattern_free(struct filter_pattern *pattern)
{
    free(pattern->source);
    free(pattern->texts);
    free(pattern->nodes);
    free(pattern->fields);
    free(pattern->tests);
    free(pattern->alternatives);
    free(pattern->paths);
    free(pattern->steps);
    *pattern = (struct filter_pattern){.source = NULL};
}

static struct status compile_checked(struct filter_compiler *compiler, struct slice text)
{
    TRY(make_room(text, compiler->pattern));
    struct slice source = slice_of(compiler->pattern->source, text.length);
    uint32_t root;
    return filter_compile_value(compiler, source, FILTER_SHAPE_RECORD, &root);
}

struct status filter_compile(struct slice whole, struct slice text, struct filter_pattern *ret_pattern)
{
    struct filter_compiler compiler = {
        .pattern = ret_pattern, .whole = whole, .offset = (size_t)(text.at - whole.at)};
    *ret_pattern = (struct filter_pattern){.source = NULL};
    if (filter_walk_kind(text) != '{') {
        return fail_at(&compiler, 0, "a pattern is an object, such as {\"eventName\": [\"INSERT\"]}");
    }
    if (text.length > FILTER_PATTERN_BYTES) {
        return fail_at(&compiler, 0, "the pattern is over 64 KiB");
    }
    struct status status = compile_checked(&compiler, text);
    if (!status_is_ok(&status)) {
        filter_pattern_free(ret_pattern);
    }
    return status;
}
