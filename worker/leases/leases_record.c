#include "worker/leases/leases_record.h"

#include "worker/leases/leases_text.h"
#include "worker/leases/leases_wrap.h"

enum { VALUE_CEILING = 4 * 1024 * 1024 };

static struct status print_value(FILE *out, const struct leases_style *style, const char *name,
                                 struct slice escaped)
{
    size_t width = style->width > LEASES_RECORD_INDENT ? style->width - LEASES_RECORD_INDENT : 0;
    struct bytes lines;
    bytes_init(&lines, VALUE_CEILING * 2);
    struct status status = leases_wrap_append(&lines, escaped, LEASES_RECORD_INDENT, width);
    if (status_is_ok(&status)) {
        fprintf(out, "%-*s%.*s\n", LEASES_RECORD_INDENT, name, (int)lines.length,
                lines.at != NULL ? lines.at : "");
    }
    bytes_free(&lines);
    TRY(status);
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
