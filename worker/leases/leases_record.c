#include "worker/leases/leases_record.h"

#include "worker/leases/leases_text.h"

enum { VALUE_CEILING = 4 * 1024 * 1024 };

/* How many bytes of `text` take `width` columns at most; one character at least. */
static size_t piece_of(struct slice text, size_t width)
{
    size_t at = 0;
    while (at < text.length) {
        size_t length = 0;
        (void)leases_text_decode(slice_of(text.at + at, text.length - at), &length);
        if (at > 0 && leases_text_width(slice_of(text.at, at + length)) > width) {
            break;
        }
        at += length;
    }
    return at;
}

static struct status print_value(FILE *out, const struct leases_style *style, const char *name,
                                 struct slice escaped)
{
    size_t width = style->width > LEASES_RECORD_INDENT ? style->width - LEASES_RECORD_INDENT : 0;
    fprintf(out, "%-*s", LEASES_RECORD_INDENT, name);
    while (width > 0 && leases_text_width(escaped) > width) {
        size_t length = piece_of(escaped, width);
        fprintf(out, "%.*s\n%*s", (int)length, escaped.at, LEASES_RECORD_INDENT, "");
        escaped = slice_of(escaped.at + length, escaped.length - length);
    }
    fprintf(out, "%.*s\n", (int)escaped.length, escaped.at != NULL ? escaped.at : "");
    return ferror(out) ? status_make(STATUS_IO, "cannot write to standard output") : status_ok();
}

struct status leases_record_line(FILE *out, const struct leases_style *style, const char *name,
                                 const char *value)
{
    struct bytes escaped;
    bytes_init(&escaped, VALUE_CEILING);
    struct status status = leases_text_escape(&escaped, slice_of_text(value), style->utf8);
    if (status_is_ok(&status)) {
        status = print_value(out, style, name, bytes_slice(&escaped));
    }
    bytes_free(&escaped);
    return status;
}

static struct status print_cell(FILE *out, const struct leases_style *style,
                                const struct leases_column *column, const void *row, struct leases_cell *cell)
{
    cell->kind = LEASES_CELL_NONE;
    bytes_clear(&cell->text);
    TRY(column->fill(row, cell));
    if (cell->kind == LEASES_CELL_NONE) {
        return status_ok();
    }
    const char *value = "unknown";
    if (cell->kind != LEASES_CELL_UNKNOWN) {
        TRY(bytes_terminate(&cell->text, &value));
    }
    return leases_record_line(out, style, column->title, value);
}

struct status leases_record_print(FILE *out, const struct leases_style *style,
                                  const struct leases_column *columns, size_t count, const void *row)
{
    struct leases_cell cell = {.json = false};
    bytes_init(&cell.text, VALUE_CEILING);
    struct status status = status_ok();
    for (size_t i = 0; i < count && status_is_ok(&status); i++) {
        status = print_cell(out, style, &columns[i], row, &cell);
    }
    bytes_free(&cell.text);
    return status;
}
