/* The file of a rewind: written before anything is changed, read by --undo. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/json.h"
#include "aws/timestamp.h"
#include "base/random.h"
#include "worker/leases/leases_file.h"
#include "worker/leases/leases_rewind.h"

enum { PATH_BYTES = 4096, SUFFIX_DIGITS = 4 };

static int compare_key(const void *key, const void *change)
{
    const struct leases_change *other = change;
    return strcmp(key, other->row->key);
}

static struct leases_change *find_change(const struct leases_changes *changes, const char *key)
{
    return changes->count == 0 ? NULL
                               : bsearch(key, changes->at, changes->count, sizeof *changes->at, compare_key);
}

/* Writing. */
struct undo_writer {
    FILE *out;
    const struct leases_changes *changes;
};

static struct status write_planned(void *context, const cJSON *item, enum leases_row_kind kind,
                                   const struct leases_row *row)
{
    const struct undo_writer *writer = context;
    if (kind != LEASES_ROW_LEASE) {
        return status_ok();
    }
    const struct leases_change *change = find_change(writer->changes, row->key);
    if (change == NULL || change->state != LEASES_CHANGE_PLANNED) {
        return status_ok();
    }
    return leases_file_write_row(writer->out, item);
}

static void make_path(const struct leases_request *request, const char *app, char ret_path[PATH_BYTES])
{
    char at[TIMESTAMP_BASIC_BYTES];
    timestamp_format_basic(clock_wall_ms(clock_real()), at);
    struct random random;
    random_init(&random, random_seed_from_system());
    char suffix[SUFFIX_DIGITS + 1];
    random_hex(&random, suffix, SUFFIX_DIGITS);
    snprintf(ret_path, PATH_BYTES, "%s/penstock-undo-%s-%s-%s.jsonl",
             request->undo_dir == NULL ? "." : request->undo_dir, app, at, suffix);
}

static struct status open_new(const char *path, FILE **ret_file)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return status_errno(
            errno,
            "cannot make the undo file '%.100s' (--undo-dir DIR puts it elsewhere); nothing was "
            "changed",
            path);
    }
    FILE *file = fdopen(descriptor, "w");
    if (file == NULL) {
        close(descriptor);
        return status_no_memory("the undo file", 0);
    }
    *ret_file = file;
    return status_ok();
}

struct status leases_rewind_write_undo(const struct leases_request *request,
                                       const struct leases_access *access,
                                       const struct leases_changes *changes)
{
    char path[PATH_BYTES];
    make_path(request, access->app, path);
    FILE *out = NULL;
    TRY(open_new(path, &out));
    struct leases_source source = leases_change_source(access);
    struct undo_writer writer = {out, changes};
    const struct leases_visitor visitor = {.context = &writer, .visit = write_planned};
    struct status status =
        leases_file_write_head(out, access->app, access->access.region, clock_wall_ms(source.clock));
    if (status_is_ok(&status)) {
        status = leases_read_each(&source, &visitor);
    }
    bool kept = fflush(out) == 0 && fsync(fileno(out)) == 0;
    int error = errno;
    kept = fclose(out) == 0 && kept;
    if (status_is_ok(&status) && !kept) {
        status = status_errno(error, "cannot write the undo file '%.100s'; nothing was changed", path);
    }
    if (status_is_ok(&status)) {
        fprintf(stderr, "undo file: %s\n", path);
    } else {
        (void)unlink(path);
    }
    return status;
}

/* Reading. */
struct undo_reader {
    const struct leases_list *list;
    struct leases_changes *changes;
    size_t capacity;
    size_t gone; /* rows of the file that the table no longer has */
};

static struct status grow(struct undo_reader *reader)
{
    if (reader->changes->count < reader->capacity) {
        return status_ok();
    }
    size_t capacity = reader->capacity == 0 ? 64 : reader->capacity * 2;
    struct leases_change *more = realloc(reader->changes->at, capacity * sizeof *more);
    if (more == NULL) {
        return status_no_memory("the rows of the undo file", capacity * sizeof *more);
    }
    reader->changes->at = more;
    reader->capacity = capacity;
    return status_ok();
}

static void plan(const struct leases_row *then, struct leases_change *change)
{
    const struct leases_row *now = change->row;
    if (leases_row_is_broken(now) || leases_row_is_broken(then) ||
        !leases_place_parse(then->checkpoint, &change->target)) {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "no lease row: %.200s",
                             leases_row_is_broken(now) ? now->defect : then->defect);
        return;
    }
    leases_place_format(&change->target, change->to);
    if (then->stream_arn[0] != '\0' && now->stream_arn[0] != '\0' &&
        strcmp(then->stream_arn, now->stream_arn) != 0) {
        leases_change_settle(change, LEASES_CHANGE_REFUSED, "the file has it for another stream");
    } else if (strcmp(then->checkpoint, now->checkpoint) == 0 && then->sub_sequence == now->sub_sequence) {
        leases_change_settle(change, LEASES_CHANGE_UNCHANGED, "it stands there");
    }
}

/* Takes `item` over. */
static struct status take_row(struct undo_reader *reader, cJSON *item)
{
    struct leases_pool pool = {0};
    struct leases_row then;
    struct status status = status_ok();
    if (leases_row_read(item, &pool, &then) != LEASES_ROW_LEASE) {
        cJSON_Delete(item); /* of no lease: left alone */
    } else {
        const struct leases_row *now = leases_list_find(reader->list, then.key);
        status = now == NULL ? status_ok() : grow(reader);
        if (now == NULL || !status_is_ok(&status)) {
            reader->gone += now == NULL ? 1 : 0;
            cJSON_Delete(item);
        } else {
            struct leases_change *change = &reader->changes->at[reader->changes->count];
            *change = (struct leases_change){.row = now, .item = item};
            plan(&then, change);
            reader->changes->count++;
        }
    }
    leases_pool_free(&pool);
    return status;
}

static struct status take_line(void *context, cJSON *item)
{
    return take_row(context, item);
}

static int compare_changes(const void *left, const void *right)
{
    const struct leases_change *a = left;
    const struct leases_change *b = right;
    return strcmp(a->row->key, b->row->key);
}

static struct status check_once(const struct leases_changes *changes)
{
    for (size_t i = 1; i < changes->count; i++) {
        if (changes->at[i].row == changes->at[i - 1].row) {
            return status_make(STATUS_INVALID, "the file has lease '%.100s' twice", changes->at[i].row->key);
        }
    }
    return status_ok();
}

struct status leases_rewind_plan_undo(const struct leases_request *request,
                                      const struct leases_access *access, const struct leases_list *list,
                                      struct leases_changes *ret_changes)
{
    struct leases_changes changes = {.count = 0};
    struct undo_reader reader = {.list = list, .changes = &changes};
    struct status status = leases_file_read(request->undo, access->app, take_line, &reader);
    if (status_is_ok(&status) && changes.count > 1) {
        qsort(changes.at, changes.count, sizeof *changes.at, compare_changes);
        status = check_once(&changes);
    }
    if (!status_is_ok(&status)) {
        leases_changes_free(&changes);
        return status;
    }
    if (reader.gone > 0) {
        fprintf(stderr, "%zu leases of the file are gone from the table and are not put back\n", reader.gone);
    }
    *ret_changes = changes;
    return status;
}
