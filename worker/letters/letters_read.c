#include "worker/letters/letters_read.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { LETTER_CEILING = 64 * 1024 * 1024, NAME_BYTES = PATH_MAX + 32 };

struct status letters_open(const struct letters_request *request, struct letters_access *ret_access)
{
    struct letters_access access = {.place = {.folder = NULL}};
    if (request->place == NULL) {
        return status_make(STATUS_INVALID,
                           "which dead letters? give --dead-letter s3://BUCKET/PREFIX or file:DIR");
    }
    TRY(status_prefix(dead_letter_place_parse(request->place, &access.place), "--dead-letter"));
    if (access.place.kind == DEAD_LETTER_FIREHOSE) {
        return status_make(STATUS_INVALID,
                           "letters in a delivery stream cannot be listed: read them where '%s' delivers",
                           access.place.stream);
    }
    const struct settings settings = {.region = request->region,
                                      .profile = request->profile,
                                      .dead_letter = request->place,
                                      .large_records = request->large_records,
                                      .firehose = request->firehose};
    if (access.place.kind == DEAD_LETTER_S3 || request->execute) {
        TRY(access_open(&settings, clock_real(), &access.access));
    }
    *ret_access = access;
    return status_ok();
}

void letters_close(struct letters_access *access)
{
    access_close(&access->access);
}

/* Who is wanted, and who was found. */
struct reading {
    const struct letters_access *access;
    const struct letters_visit *visit;
    const struct option_words *wanted;
    bool *found; /* by the index of wanted */
    struct status status;
};

static bool is_wanted(struct reading *reading, const char *name)
{
    bool wanted = reading->wanted->count == 0;
    for (size_t i = 0; i < reading->wanted->count; i++) {
        if (strcmp(reading->wanted->at[i], name) == 0) {
            wanted = reading->found[i] = true;
        }
    }
    return wanted;
}

/* ---- A bucket ---- */

static struct status visit_object(struct reading *reading, const char *key, const char *name)
{
    const struct s3_object object = {reading->access->place.url.bucket, key, NULL};
    struct bytes text;
    TRY(s3_get_object(&reading->access->access.s3, &object, LETTER_CEILING, NULL, &text));
    struct status status = reading->visit->visit(reading->visit->context, name, bytes_slice(&text));
    bytes_free(&text);
    return status;
}

static bool visit_entry(void *context, const struct s3_entry *entry)
{
    struct reading *reading = context;
    size_t prefix = strlen(reading->access->place.url.prefix);
    const char *name = entry->key + (prefix == 0 ? 0 : prefix + 1);
    size_t length = strlen(name);
    bool is_letter = length > 5 && strcmp(name + length - 5, ".json") == 0;
    if (is_letter && is_wanted(reading, name)) {
        reading->status = visit_object(reading, entry->key, name);
    }
    return status_is_ok(&reading->status);
}

static struct status read_bucket(struct reading *reading)
{
    const struct s3_url *url = &reading->access->place.url;
    const struct s3_visit visit = {visit_entry, reading};
    char prefix[S3_PREFIX_BYTES + 1];
    (void)snprintf(prefix, sizeof prefix, "%s%s", url->prefix, url->prefix[0] == '\0' ? "" : "/");
    TRY(s3_list_objects(&reading->access->access.s3, url->bucket, prefix, NULL, &visit));
    return reading->status;
}

/* ---- A folder ---- */

static int is_letter_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return strncmp(entry->d_name, "dead-letters-", 13) == 0 && length > 19 &&
           strcmp(entry->d_name + length - 6, ".jsonl") == 0;
}

static struct status read_lines(struct reading *reading, const char *file_name, FILE *file)
{
    char name[NAME_BYTES];
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    struct status status = status_ok();
    for (size_t number = 1; status_is_ok(&status) && (length = getline(&line, &capacity, file)) > 0;
         number++) {
        (void)snprintf(name, sizeof name, "%s:%zu", file_name, number);
        if (length > 1 && is_wanted(reading, name)) {
            status = reading->visit->visit(reading->visit->context, name, slice_of(line, (size_t)length));
        }
    }
    free(line);
    return status;
}

static struct status read_file(struct reading *reading, const char *file_name)
{
    char path[PATH_MAX];
    const char *folder = reading->access->place.folder;
    if (snprintf(path, sizeof path, "%s/%s", folder, file_name) >= (int)sizeof path) {
        return status_make(STATUS_INVALID, "a path under '%.100s' is too long", folder);
    }
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return status_errno(errno, "cannot open '%s'", path);
    }
    struct status status = read_lines(reading, file_name, file);
    (void)fclose(file);
    return status;
}

static struct status read_folder(struct reading *reading)
{
    struct dirent **entries = NULL;
    const char *folder = reading->access->place.folder;
    int count = scandir(folder, &entries, is_letter_file, alphasort);
    if (count < 0) {
        return status_errno(errno, "cannot list the folder '%s'", folder);
    }
    struct status status = status_ok();
    for (int i = 0; i < count; i++) {
        if (status_is_ok(&status)) {
            status = read_file(reading, entries[i]->d_name);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

struct status letters_read(const struct letters_access *access, const struct letters_request *request,
                           const struct letters_visit *visit)
{
    struct reading reading = {
        .access = access, .visit = visit, .wanted = &request->letters, .status = status_ok()};
    reading.found = calloc(request->letters.count + 1, sizeof *reading.found);
    if (reading.found == NULL) {
        return status_no_memory("the names of letters", request->letters.count);
    }
    struct status status =
        access->place.kind == DEAD_LETTER_S3 ? read_bucket(&reading) : read_folder(&reading);
    for (size_t i = 0; i < request->letters.count && status_is_ok(&status); i++) {
        if (!reading.found[i]) {
            status = status_make(STATUS_NOT_FOUND, "there is no letter '%.150s'", request->letters.at[i]);
        }
    }
    free(reading.found);
    return status;
}
