#include "aws/config_file.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws/config_parse.h"
#include "aws/small_file.h"

static struct status create(const char *path, struct config_file **ret_file)
{
    struct config_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return status_no_memory("a config file", sizeof(*file));
    }
    (void)snprintf(file->path, sizeof(file->path), "%s", path);
    *ret_file = file;
    return status_ok();
}

void config_file_free(struct config_file *file)
{
    if (file == NULL) {
        return;
    }
    bytes_wipe(&file->text);
    free(file->sections);
    free(file->entries);
    free(file);
}

struct status config_file_parse(struct slice text, const char *path, struct config_file **ret_file)
{
    struct config_file *file = NULL;
    TRY(create(path, &file));
    struct status status = config_parse(file, text);
    if (!status_is_ok(&status)) {
        config_file_free(file);
        return status;
    }
    *ret_file = file;
    return status_ok();
}

/* Like the CLI, which passes over a file it cannot read (a container whose user cannot see $HOME). */
static bool counts_as_missing(const struct status *status)
{
    return status->code == STATUS_NOT_FOUND || status->code == STATUS_DENIED ||
           status->code == STATUS_INVALID || status->code == STATUS_IO;
}

struct status config_file_load(const char *path, struct config_file **ret_file)
{
    struct bytes content;
    bytes_init(&content, CONFIG_FILE_BYTES);
    struct status status = small_file_read(path, &content);
    if (counts_as_missing(&status)) {
        struct config_file *file = NULL;
        struct status created = create(path, &file);
        if (status_is_ok(&created)) {
            (void)snprintf(file->problem, sizeof(file->problem), "%s",
                           status.code == STATUS_NOT_FOUND ? "does not exist" : "cannot be read");
            *ret_file = file;
        }
        status = created;
    } else if (status_is_ok(&status)) {
        status = config_file_parse(bytes_slice(&content), path, ret_file);
    }
    bytes_wipe(&content);
    return status;
}

const char *config_file_problem(const struct config_file *file)
{
    return file->problem[0] == '\0' ? NULL : file->problem;
}

const char *config_file_path(const struct config_file *file)
{
    return file->path;
}

static bool names(const struct config_file *file, const struct config_section *section,
                  enum config_section_kind kind, const char *name)
{
    if (kind == CONFIG_PLAIN) {
        return strcmp(file->text.at + section->header, name) == 0;
    }
    return section->kind == kind && strcmp(file->text.at + section->name, name) == 0;
}

/* The index of the last section of that name, or the count of sections. */
static size_t find_section(const struct config_file *file, enum config_section_kind kind, const char *name)
{
    for (size_t i = file->section_count; i > 0; i--) {
        if (names(file, &file->sections[i - 1], kind, name)) {
            return i - 1;
        }
    }
    return file->section_count;
}

static const char *find_entry(const struct config_file *file, size_t section, const char *key,
                              const char *subkey)
{
    /* From the end: of two nested lines with one key the last counts. */
    for (size_t i = file->entry_count; i > 0; i--) {
        const struct config_entry *entry = &file->entries[i - 1];
        if (entry->section == section && strcmp(file->text.at + entry->key, key) == 0 &&
            strcmp(file->text.at + entry->subkey, subkey) == 0) {
            return file->text.at + entry->value;
        }
    }
    return NULL;
}

static const char *look_up(const struct config_file *file, enum config_section_kind kind, const char *name,
                           const char *key, const char *subkey)
{
    size_t section = find_section(file, kind, name);
    if (section == file->section_count) {
        return NULL;
    }
    const char *value = find_entry(file, section, key, subkey);
    if (value == NULL && find_entry(file, section, key, "") == NULL) {
        /* configparser's "[DEFAULT]" speaks for every section. */
        value = find_entry(file, find_section(file, CONFIG_PLAIN, "DEFAULT"), key, subkey);
    }
    return value;
}

bool config_file_has(const struct config_file *file, enum config_section_kind kind, const char *name)
{
    return find_section(file, kind, name) < file->section_count;
}

const char *config_file_get(const struct config_file *file, enum config_section_kind kind, const char *name,
                            const char *key)
{
    return look_up(file, kind, name, key, "");
}

const char *config_file_get_nested(const struct config_file *file, enum config_section_kind kind,
                                   const char *name, const char *key, const char *subkey)
{
    return look_up(file, kind, name, key, subkey);
}
