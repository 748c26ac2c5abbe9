#include "aws/config_parse.h"

#include <ctype.h>
#include <stdlib.h>

#include "aws/shell_words.h"

#define NO_VALUE SIZE_MAX

struct parser {
    struct config_file *file;
    size_t line; /* from 1 */
    size_t section; /* index of the open one */
    size_t indent; /* of the last header or option: deeper lines belong to its value */
    size_t open_entry; /* whose value ends the text and may go on; NO_VALUE: none */
    size_t open_line;
};

static struct status wrong(const struct parser *parser, size_t line, const char *what)
{
    return status_make(STATUS_INVALID, "'%.150s' line %zu: %s", parser->file->path, line, what);
}

static bool is_space(char c)
{
    return isspace((unsigned char)c) != 0;
}

static struct slice trim(struct slice text)
{
    while (text.length > 0 && is_space(text.at[0])) {
        text = slice_of(text.at + 1, text.length - 1);
    }
    while (text.length > 0 && is_space(text.at[text.length - 1])) {
        text.length--;
    }
    return text;
}

/* Room for one more. */
static struct status grow_sections(struct config_file *file)
{
    if (file->section_count < file->section_capacity) {
        return status_ok();
    }
    size_t larger = file->section_capacity == 0 ? 16 : file->section_capacity * 2;
    if (larger > CONFIG_FILE_SECTIONS) {
        return status_make(STATUS_TOO_LARGE, "more than %d sections", CONFIG_FILE_SECTIONS);
    }
    struct config_section *grown = realloc(file->sections, larger * sizeof(*grown));
    if (grown == NULL) {
        return status_no_memory("a config file", larger * sizeof(*grown));
    }
    file->sections = grown;
    file->section_capacity = larger;
    return status_ok();
}

static struct status grow_entries(struct config_file *file)
{
    if (file->entry_count < file->entry_capacity) {
        return status_ok();
    }
    size_t larger = file->entry_capacity == 0 ? 64 : file->entry_capacity * 2;
    if (larger > CONFIG_FILE_ENTRIES) {
        return status_make(STATUS_TOO_LARGE, "more than %d settings", CONFIG_FILE_ENTRIES);
    }
    struct config_entry *grown = realloc(file->entries, larger * sizeof(*grown));
    if (grown == NULL) {
        return status_no_memory("a config file", larger * sizeof(*grown));
    }
    file->entries = grown;
    file->entry_capacity = larger;
    return status_ok();
}

static struct status store(struct parser *parser, struct slice text, uint32_t *ret_offset)
{
    struct bytes *target = &parser->file->text;
    uint32_t offset = (uint32_t)target->length;
    TRY(bytes_append_slice(target, text));
    TRY(bytes_append(target, "", 1));
    *ret_offset = offset;
    return status_ok();
}

static struct status add_entry(struct parser *parser, const struct config_entry *entry)
{
    struct config_file *file = parser->file;
    TRY(grow_entries(file));
    file->entries[file->entry_count++] = *entry;
    return status_ok();
}

/* Cuts "key = value" in place and makes it an entry. */
static struct status add_nested_line(struct parser *parser, size_t parent, char *line)
{
    char *equals = strchr(line, '=');
    if (equals == NULL) {
        return wrong(parser, parser->open_line, "a nested line below this key has no '='");
    }
    const char *base = parser->file->text.at;
    struct slice key = trim(slice_of(line, (size_t)(equals - line)));
    struct slice value = trim(slice_of_text(equals + 1));
    struct config_entry entry = parser->file->entries[parent];
    entry.subkey = (uint32_t)(key.at - base);
    entry.value = (uint32_t)(value.at - base);
    if (key.length == 0) {
        return status_ok(); /* nobody can ask for it; the CLI takes it, too */
    }
    line[(key.at - line) + (ptrdiff_t)key.length] = '\0';
    line[(value.at - line) + (ptrdiff_t)value.length] = '\0';
    return add_entry(parser, &entry);
}

/* A value that begins on a line of its own holds "key = value" lines. */
static struct status add_nested(struct parser *parser, size_t parent)
{
    char *at = parser->file->text.at + parser->file->entries[parent].value;
    *at++ = '\0';
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        char *next = at[length] == '\0' ? at + length : at + length + 1;
        at[length] = '\0';
        if (trim(slice_of_text(at)).length > 0) {
            TRY(add_nested_line(parser, parent, at));
        }
        at = next;
    }
    return status_ok();
}

/* Nothing more comes for the open value. */
static struct status close_value(struct parser *parser)
{
    if (parser->open_entry == NO_VALUE) {
        return status_ok();
    }
    size_t entry = parser->open_entry;
    parser->open_entry = NO_VALUE;
    struct bytes *text = &parser->file->text;
    size_t start = parser->file->entries[entry].value;
    while (text->length > start && is_space(text->at[text->length - 1])) {
        text->length--;
    }
    TRY(bytes_append(text, "", 1));
    return text->at[start] == '\n' ? add_nested(parser, entry) : status_ok();
}

/* "profile NAME" or "services NAME", with NAME perhaps quoted: sets kind and name. */
static struct status classify(struct parser *parser, struct slice header, struct config_section *section)
{
    section->kind = CONFIG_PLAIN;
    if (slice_equals_text(header, "default")) {
        section->kind = CONFIG_PROFILE;
        section->name = section->header;
        return status_ok();
    }
    bool is_profile = slice_starts_with(header, "profile");
    struct shell_words words = {0};
    if (!is_profile && !slice_starts_with(header, "services")) {
        return status_ok();
    }
    struct status status = shell_words_split(header, &words);
    if (status.code == STATUS_INVALID) {
        return status_ok(); /* the CLI passes over it, too */
    }
    if (status_is_ok(&status) && words.count == 2) {
        section->kind = is_profile ? CONFIG_PROFILE : CONFIG_SERVICES;
        status = store(parser, slice_of_text(words.at[1]), &section->name);
    }
    shell_words_free(&words);
    return status;
}

static struct status add_section(struct parser *parser, struct slice header)
{
    struct config_file *file = parser->file;
    TRY(close_value(parser));
    struct config_section section = {0};
    for (size_t i = 0; i < file->section_count; i++) {
        if (slice_equals_text(header, file->text.at + file->sections[i].header)) {
            if (slice_equals_text(header, "DEFAULT")) {
                parser->section = i; /* configparser lets this one go on */
                return status_ok();
            }
            return wrong(parser, parser->line, "this section occurs twice");
        }
    }
    TRY(grow_sections(file));
    TRY(store(parser, header, &section.header));
    TRY(classify(parser, header, &section));
    parser->section = file->section_count;
    file->sections[file->section_count++] = section;
    return status_ok();
}

static struct status check_twice(const struct parser *parser, uint32_t section, uint32_t key)
{
    const struct config_file *file = parser->file;
    for (size_t i = file->entry_count; i > 0; i--) {
        const struct config_entry *entry = &file->entries[i - 1];
        if (entry->section == section && strcmp(file->text.at + entry->key, file->text.at + key) == 0) {
            return wrong(parser, parser->line, "this key occurs twice in its section");
        }
    }
    return status_ok();
}

static struct status add_option(struct parser *parser, struct slice line)
{
    struct config_file *file = parser->file;
    TRY(close_value(parser));
    size_t delimiter = 0;
    while (delimiter < line.length && line.at[delimiter] != '=' && line.at[delimiter] != ':') {
        delimiter++;
    }
    struct slice key = trim(slice_of(line.at, delimiter));
    if (delimiter == line.length) {
        return wrong(parser, parser->line, "neither a [section] nor 'key = value'");
    }
    if (key.length == 0) {
        return wrong(parser, parser->line, "no key before the '='");
    }
    struct config_entry entry = {.section = (uint32_t)parser->section};
    TRY(store(parser, key, &entry.key));
    for (char *at = file->text.at + entry.key; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    TRY(check_twice(parser, entry.section, entry.key));
    entry.value = (uint32_t)file->text.length;
    TRY(bytes_append_slice(&file->text,
                           trim(slice_of(line.at + delimiter + 1, line.length - delimiter - 1))));
    parser->open_entry = file->entry_count;
    parser->open_line = parser->line;
    return add_entry(parser, &entry);
}

static struct status add_to_value(struct parser *parser, struct slice line)
{
    TRY(bytes_append(&parser->file->text, "\n", 1));
    return bytes_append_slice(&parser->file->text, line);
}

/* The text between '[' and the last ']'; empty when the line is no header. */
static struct slice header_of(struct slice line)
{
    if (line.length == 0 || line.at[0] != '[') {
        return slice_of(NULL, 0);
    }
    size_t end = line.length;
    while (end > 1 && line.at[end - 1] != ']') {
        end--;
    }
    return end > 2 ? slice_of(line.at + 1, end - 2) : slice_of(NULL, 0);
}

static struct status parse_line(struct parser *parser, struct slice raw)
{
    struct slice line = trim(raw);
    bool is_open = parser->open_entry != NO_VALUE;
    if (line.length == 0) {
        return is_open ? add_to_value(parser, line) : status_ok();
    }
    if (line.at[0] == '#' || line.at[0] == ';') {
        return status_ok();
    }
    size_t indent = (size_t)(line.at - raw.at);
    if (is_open && indent > parser->indent) {
        return add_to_value(parser, line);
    }
    parser->indent = indent;
    struct slice header = header_of(line);
    if (header.length > 0) {
        return add_section(parser, header);
    }
    if (parser->file->section_count == 0) {
        return wrong(parser, parser->line, "text before the first [section]");
    }
    return add_option(parser, line);
}

struct status config_parse(struct config_file *file, struct slice text)
{
    struct parser parser = {.file = file, .open_entry = NO_VALUE};
    if (text.length > CONFIG_FILE_BYTES) {
        return status_make(STATUS_TOO_LARGE, "'%.150s' has %zu bytes; %d is the most", file->path,
                           text.length, CONFIG_FILE_BYTES);
    }
    if (memchr(text.length == 0 ? "" : text.at, '\0', text.length) != NULL) {
        return status_make(STATUS_INVALID, "'%.150s' holds a NUL byte: it is no text file", file->path);
    }
    /* Everything stored comes from a line of its own, section names twice. */
    bytes_init(&file->text, 2 * text.length + 64);
    TRY(bytes_reserve(&file->text, file->text.ceiling));
    TRY(bytes_append(&file->text, "", 1));
    while (text.length > 0) {
        const char *newline = memchr(text.at, '\n', text.length);
        size_t length = newline == NULL ? text.length : (size_t)(newline - text.at);
        parser.line++;
        struct status status = parse_line(&parser, slice_of(text.at, length));
        if (status.code == STATUS_TOO_LARGE) {
            return status_prefix(status, "'%.150s'", file->path);
        }
        TRY(status);
        size_t used = newline == NULL ? length : length + 1;
        text = slice_of(text.at + used, text.length - used);
    }
    return close_value(&parser);
}
