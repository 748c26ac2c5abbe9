#include "worker/leases/leases_file.h"

#include <errno.h>
#include <string.h>

#include "aws/json.h"
#include "base/clock.h"

enum {
    LINE_CEILING = 4 * 1024 * 1024,
    PIECE_BYTES = 16 * 1024
}; /* an item has 400 KB at most, its JSON a few times that */

static const char format_name[] = "penstock-leases-1";

static struct status check_written(bool written)
{
    return written ? status_ok() : status_errno(errno, "cannot write a lease row");
}

/* The tree's text without its last `cut` bytes, and what follows it. */
static struct status write_tree(FILE *out, const cJSON *tree, size_t cut, const char *end)
{
    char *text = tree == NULL ? NULL : cJSON_PrintUnformatted(tree);
    if (text == NULL) {
        return status_no_memory("a lease row", 0);
    }
    size_t length = strlen(text) - cut;
    struct status status = check_written(fwrite(text, 1, length, out) == length && fputs(end, out) >= 0);
    cJSON_free(text);
    return status;
}

/* NULL when memory ran out. The caller owns it. */
static cJSON *make_head(const char *app, const char *region, int64_t wall_ms)
{
    char at[CLOCK_ISO_BYTES];
    clock_format_iso(wall_ms, at);
    cJSON *head = cJSON_CreateObject();
    if (head != NULL && cJSON_AddStringToObject(head, "format", format_name) != NULL &&
        cJSON_AddStringToObject(head, "app", app) != NULL &&
        cJSON_AddStringToObject(head, "region", region) != NULL &&
        cJSON_AddStringToObject(head, "at", at) != NULL) {
        return head;
    }
    cJSON_Delete(head);
    return NULL;
}

struct status leases_file_write_head(FILE *out, const char *app, const char *region, int64_t wall_ms)
{
    cJSON *head = make_head(app, region, wall_ms);
    struct status status = write_tree(out, head, 0, "\n");
    cJSON_Delete(head);
    return status;
}

struct status leases_file_write_row(FILE *out, const cJSON *item)
{
    return write_tree(out, item, 0, "\n");
}

struct status leases_file_write_document_head(FILE *out, const char *app, const char *region, int64_t wall_ms)
{
    cJSON *head = make_head(app, region, wall_ms);
    struct status status = write_tree(out, head, 1, ",\"rows\":[");
    cJSON_Delete(head);
    return status;
}

struct status leases_file_write_document_row(FILE *out, const cJSON *item, bool first)
{
    TRY(check_written(fputs(first ? "\n" : ",\n", out) >= 0));
    return write_tree(out, item, 0, "");
}

struct status leases_file_write_document_end(FILE *out)
{
    return check_written(fputs("]}\n", out) >= 0);
}

static struct status check_head(const cJSON *head, const char *path, const char *app)
{
    if (!slice_equals_text(json_text(head, "format"), format_name)) {
        return status_make(
            STATUS_INVALID,
            "'%.100s' is no file of lease rows: it has to be one that 'leases rewind' or 'leases export' "
            "wrote",
            path);
    }
    struct slice of = json_text(head, "app");
    if (!slice_equals_text(of, app)) {
        return status_make(STATUS_INVALID, "'%.100s' is of the lease table '%.*s', not of '%s'", path,
                           (int)(of.length < 100 ? of.length : 100), of.at, app);
    }
    return status_ok();
}

/* The file being read. */
struct file_lines {
    const char *path;
    const char *app;
    size_t number;
    struct status (*take)(void *context, cJSON *item);
    void *context;
};

static struct status take_line(struct file_lines *lines, struct slice text)
{
    lines->number++;
    cJSON *tree = NULL;
    struct status status = json_parse(text, &tree);
    if (!status_is_ok(&status) && lines->number > 1) {
        status.code = STATUS_INVALID;
        return status_prefix(status, "'%.100s', line %zu", lines->path, lines->number);
    }
    if (lines->number > 1) {
        return lines->take(lines->context, tree);
    }
    status = check_head(tree, lines->path, lines->app);
    cJSON_Delete(tree);
    return status;
}

/* The next line without its end, or all that is left; empty at the end of the file. */
static struct status next_line(FILE *file, struct bytes *line)
{
    char piece[PIECE_BYTES];
    bool whole = false;
    bytes_clear(line);
    do {
        if (fgets(piece, sizeof piece, file) == NULL) {
            return ferror(file) ? status_errno(errno, "it cannot be read") : status_ok();
        }
        size_t length = strcspn(piece, "\n");
        whole = piece[length] == '\n';
        if (!whole && length + 1 < sizeof piece && !feof(file)) {
            return status_make(STATUS_INVALID, "a byte 0 stands in it");
        }
        TRY(bytes_append(line, piece, length));
    } while (!whole && !feof(file));
    return status_ok();
}

struct status leases_file_read(const char *path, const char *app,
                               struct status (*take)(void *context, cJSON *item), void *context)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return status_errno(errno, "cannot open '%.100s'", path);
    }
    struct file_lines lines = {.path = path, .app = app, .take = take, .context = context};
    struct bytes line;
    bytes_init(&line, LINE_CEILING);
    struct status status = status_ok();
    while (status_is_ok(&status) && !feof(file)) {
        status = next_line(file, &line);
        status = status_prefix(status, "'%.100s', line %zu", path, lines.number + 1);
        if (status_is_ok(&status) && line.length > 0) {
            status = take_line(&lines, bytes_slice(&line));
        }
    }
    if (status_is_ok(&status) && lines.number == 0) {
        status = check_head(NULL, path, app);
    }
    bytes_free(&line);
    (void)fclose(file);
    return status;
}
