#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "aws/timestamp.h"
#include "shard/filter_walk.h"
#include "worker/filter/filter_source.h"

enum { FILE_CEILING = 512 * 1024 * 1024, PIECE_BYTES = 16 * 1024, ROOM_BYTES = 64 };

static struct status read_all(FILE *file, const char *path, struct bytes *content)
{
    while (!feof(file)) {
        char piece[PIECE_BYTES];
        size_t got = fread(piece, 1, sizeof piece, file);
        if (ferror(file)) {
            return status_errno(errno, "cannot read '%.150s'", path);
        }
        TRY(status_prefix(bytes_append(content, piece, got), "'%.150s'", path));
    }
    return status_ok();
}

static struct status read_file(const char *path, struct bytes *content)
{
    if (strcmp(path, "-") == 0) {
        return read_all(stdin, "standard input", content);
    }
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        struct status status = status_errno(errno, "cannot open '%.150s'", path);
        status.code = STATUS_IO; /* "not found" is said of things in AWS */
        return status;
    }
    struct status status = read_all(file, path, content);
    fclose(file);
    return status;
}

struct status filter_source_page(struct slice page, const struct filter_taker *taker, bool *ret_more)
{
    struct decoder decoder;
    struct decode_record record;
    enum decode_result result = DECODE_END;
    *ret_more = true;
    decode_begin(&decoder, page);
    while (*ret_more && (result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        *ret_more = taker->take(taker->context, &record);
    }
    if (result == DECODE_CORRUPT) {
        size_t offset;
        const char *error = decode_error(&decoder, &offset);
        return status_make(STATUS_CORRUPT, "no records at byte %zu: %s", offset, error);
    }
    return status_ok();
}

/* Appends a record; the AWS CLI writes the time of a change as text, and GetRecords has it as a number. */
static struct status append_record(struct bytes *page, struct slice record)
{
    struct slice change = filter_walk_find(record, slice_of_text("dynamodb"));
    struct slice created = filter_walk_find(change, slice_of_text("ApproximateCreationDateTime"));
    int64_t wall_ms;
    if (filter_walk_kind(created) != '"' || !timestamp_parse_iso(filter_walk_inside(created), &wall_ms)) {
        return bytes_append_slice(page, record);
    }
    size_t before = (size_t)(created.at - record.at);
    size_t behind = before + created.length;
    TRY(bytes_append(page, record.at, before));
    TRY(bytes_append_format(page, "%" PRId64 ".%03d", wall_ms / 1000, (int)(wall_ms % 1000)));
    return bytes_append(page, record.at + behind, record.length - behind);
}

/* A page of the records that a value is or holds. */
static struct status form_page(struct slice value, struct bytes *page)
{
    struct slice list =
        filter_walk_kind(value) == '[' ? value : filter_walk_find(value, slice_of_text("Records"));
    TRY(bytes_append_text(page, "{\"Records\":["));
    if (filter_walk_kind(list) != '[') {
        TRY(append_record(page, value));
    } else {
        struct filter_walk walk;
        struct slice record;
        filter_walk_begin(&walk, list);
        for (size_t count = 0; filter_walk_element(&walk, &record); count++) {
            TRY(bytes_append_text(page, count == 0 ? "" : ","));
            TRY(append_record(page, record));
        }
    }
    return bytes_append_text(page, "]}");
}

static struct status take_values(struct slice text, const struct filter_taker *taker, struct bytes *page,
                                 bool *ret_more)
{
    struct decode_cursor cursor = {.at = text.at, .end = text.at + text.length};
    *ret_more = true;
    while (*ret_more) {
        decode_cursor_space(&cursor);
        if (cursor.at == cursor.end) {
            return status_ok();
        }
        struct slice value;
        if (!decode_cursor_value(&cursor, &value)) {
            return status_make(STATUS_CORRUPT, "not JSON at byte %zu: %s", (size_t)(cursor.at - text.at),
                               cursor.error);
        }
        bytes_clear(page);
        TRY(form_page(value, page));
        TRY(filter_source_page(bytes_slice(page), taker, ret_more));
    }
    return status_ok();
}

struct status filter_source_file(const char *path, const struct filter_taker *taker, bool *ret_more)
{
    struct bytes content;
    struct bytes page;
    bytes_init(&content, FILE_CEILING);
    bytes_init(&page, FILE_CEILING + ROOM_BYTES);
    struct status status = read_file(path, &content);
    if (status_is_ok(&status) && content.length > 0) {
        status = status_prefix(take_values(bytes_slice(&content), taker, &page, ret_more), "'%.100s'", path);
    }
    bytes_free(&page);
    bytes_free(&content);
    return status;
}
