/* Forms the lines of a GetRecords page on standard input, for the tests' comparison with another writer:
 * line_form typed|plain object|text [INCLUDE [EXCLUDE]]; an empty list is none. */
#include <stdio.h>
#include <stdlib.h>

#include "shard/line.h"

enum { PAGE_CEILING = 64 * 1024 * 1024, WORKER_WALL_MS = 1700000000500 };

static struct status read_page(struct bytes *page)
{
    char piece[65536];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, stdin)) > 0) {
        TRY(bytes_append(page, piece, got));
    }
    return status_ok();
}

static struct status form_lines(const struct line_context *context, struct slice page, struct bytes *lines)
{
    struct decoder decoder;
    struct decode_record record;
    enum decode_result result;
    decode_begin(&decoder, page);
    while ((result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        if (record.defect != NULL) {
            return status_make(STATUS_CORRUPT, "%s", record.defect);
        }
        if (line_append(context, &record, WORKER_WALL_MS, lines) != STATUS_OK) {
            return status_make(STATUS_TOO_LARGE, "a line does not fit");
        }
    }
    size_t offset;
    return result == DECODE_END ? status_ok()
                                : status_make(STATUS_CORRUPT, "%s", decode_error(&decoder, &offset));
}

static struct status run(char **arguments, int count, struct projection **projection,
                         struct line_context *context, struct bytes *page, struct bytes *lines)
{
    struct line_options options = {.table = "t",
                                   .region = "r",
                                   .stream_label = "2026-11-23T10:00:00.000",
                                   .shard = "s",
                                   .old_image = true};
    const char *include = count > 3 && arguments[3][0] != '\0' ? arguments[3] : NULL;
    TRY(projection_create(include, count > 4 ? arguments[4] : NULL, projection));
    options.form = (struct line_form){
        .format = strcmp(arguments[1], "plain") == 0 ? LINE_PLAIN : LINE_TYPED,
        .images = strcmp(arguments[2], "text") == 0 ? LINE_TEXTS : LINE_OBJECTS,
        .projection = *projection,
    };
    TRY(line_context_init(context, &options));
    TRY(read_page(page));
    return form_lines(context, bytes_slice(page), lines);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        return 2;
    }
    struct projection *projection = NULL;
    struct line_context context = {.verbatim = true};
    struct bytes page;
    struct bytes lines;
    bytes_init(&page, PAGE_CEILING);
    bytes_init(&lines, 4 * (size_t)PAGE_CEILING);
    struct status status = run(arguments, count, &projection, &context, &page, &lines);
    if (status_is_ok(&status)) {
        fwrite(lines.at, 1, lines.length, stdout);
    } else {
        fprintf(stderr, "%s\n", status.reason);
    }
    bytes_free(&lines);
    bytes_free(&page);
    line_context_free(&context);
    projection_destroy(projection);
    return status_is_ok(&status) && fflush(stdout) == 0 ? 0 : 1;
}
