#include "sink/landing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "sink/folder.h"

static const char hidden_suffix[] = ".writing";

static MUST_USE PRINTF_LIKE(3, 4) struct status make_path(char *target, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(target, size, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= size) {
        return status_make(STATUS_INVALID, "a path under '%.100s' is longer than %zu bytes", target,
                           size - 1);
    }
    return status_ok();
}

/* Left by a process that died: nobody holds its lock. Whoever is between making a file and locking it loses
 * it here at worst, sees that at its end and writes it anew. */
static void remove_if_dead(const char *folder, const char *name)
{
    char path[PATH_MAX];
    struct status status = make_path(path, sizeof path, "%s/%s", folder, name);
    int descriptor = status_is_ok(&status) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (descriptor < 0) {
        return;
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        (void)unlink(path);
    }
    close(descriptor);
}

static int is_hidden_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    size_t end = sizeof hidden_suffix - 1;
    return length > end && strcmp(entry->d_name + length - end, hidden_suffix) == 0;
}

static struct status remove_dead_files(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_hidden_file, NULL);
    if (count < 0) {
        return status_errno(errno, "cannot list the folder '%s'", folder);
    }
    for (int i = 0; i < count; i++) {
        remove_if_dead(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return status_ok();
}

void landing_clean_name(char *name)
{
    for (; *name != '\0'; name++) {
        bool plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
                     (*name >= '0' && *name <= '9') || *name == '.' || *name == '_' || *name == '-';
        *name = plain ? *name : '_';
    }
}

struct status landing_open(struct landing *landing, const char *directory, const char *table,
                           const char *worker_id, int64_t start_wall_ms)
{
    if (table[0] == '\0' || table[0] == '.' || strchr(table, '/') != NULL) {
        return status_make(STATUS_INVALID, "'%s' is no table name", table);
    }
    landing->files = 0;
    TRY(make_path(landing->root, sizeof landing->root, "%s/ddb/%s", directory, table));
    TRY(make_path(landing->writing, sizeof landing->writing, "%s/.penstock-writing", landing->root));
    TRY(make_path(landing->name, sizeof landing->name, "%s-%" PRId64, worker_id, start_wall_ms));
    landing_clean_name(landing->name);
    TRY(folder_make(landing->writing));
    TRY(folder_try(landing->writing));
    return remove_dead_files(landing->writing);
}

struct status landing_begin(struct landing *landing, struct landing_file *ret_file)
{
    struct landing_file file = {.descriptor = -1};
    TRY(make_path(file.name, sizeof file.name, "%s-%08" PRIu64, landing->name, landing->files++));
    TRY(make_path(file.hidden, sizeof file.hidden, "%s/%s%s", landing->writing, file.name, hidden_suffix));
    file.descriptor = open(file.hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file.descriptor < 0) {
        return status_errno(errno, "cannot make '%s'", file.hidden);
    }
    /* A file system without locks (some network ones) cannot lock for the one who looks for dead files
     * either. */
    if (flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        landing_abandon(&file);
        return status_make(STATUS_UNAVAILABLE, "another process removes '%s'", file.hidden);
    }
    *ret_file = file;
    return status_ok();
}

struct status landing_hour(int64_t wall_ms, char ret_hour[LANDING_HOUR_BYTES])
{
    struct tm utc;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (gmtime_r(&seconds, &utc) == NULL ||
        strftime(ret_hour, LANDING_HOUR_BYTES, "dt=%Y-%m-%d/HH=%H", &utc) == 0) {
        return status_make(STATUS_INTERNAL, "the time %" PRId64 " has no hour", wall_ms);
    }
    return status_ok();
}

static struct status place_file(struct landing *landing, const struct landing_file *file, int64_t wall_ms)
{
    char folder[PATH_MAX];
    char place[PATH_MAX];
    char hour[LANDING_HOUR_BYTES];
    TRY(landing_hour(wall_ms, hour));
    TRY(make_path(folder, sizeof folder, "%s/%s", landing->root, hour));
    TRY(make_path(place, sizeof place, "%s/%s.gz", folder, file->name));
    TRY(folder_make(folder));
    if (fsync(file->descriptor) != 0) {
        return status_errno(errno, "cannot sync '%s'", file->hidden);
    }
    if (rename(file->hidden, place) != 0) {
        return status_errno(errno, "cannot rename '%s' to '%s'", file->hidden, place);
    }
    struct status status = folder_sync(folder);
    if (!status_is_ok(&status)) {
        (void)unlink(place); /* it is written anew: two of it would be duplicates */
    }
    return status;
}

struct status landing_finish(struct landing *landing, struct landing_file *file, int64_t wall_ms)
{
    struct status status = place_file(landing, file, wall_ms);
    if (!status_is_ok(&status)) {
        landing_abandon(file);
        return status;
    }
    close(file->descriptor);
    file->descriptor = -1;
    return status_ok();
}

void landing_abandon(struct landing_file *file)
{
    if (file->descriptor >= 0) {
        (void)unlink(file->hidden);
        close(file->descriptor);
        file->descriptor = -1;
    }
}
