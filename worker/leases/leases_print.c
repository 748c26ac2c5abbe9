#include "worker/leases/leases_print.h"

#include <string.h>

#include "worker/leases/leases_layout.h"
#include "worker/leases/leases_text.h"

enum { COLUMNS_CEILING = 48, TEXT_CEILING = 4 * 1024 * 1024 };

const char *const leases_form_names[] = {"table", "wide", "json", "jsonl", "csv", NULL};

/* What printing a sheet holds. */
struct printer {
    FILE *out;
    const struct leases_style *style;
    const struct leases_sheet *sheet;
    const struct leases_column *columns[COLUMNS_CEILING]; /* those of the form */
    size_t column_count;
    struct leases_layout_column layout[COLUMNS_CEILING];
    struct leases_cell cell;
    struct bytes escaped;
    struct bytes line;
};

static bool is_table(const struct leases_style *style)
{
    return style->form == LEASES_FORM_TABLE || style->form == LEASES_FORM_WIDE;
}

static bool belongs(const struct leases_column *column, enum leases_form form)
{
    switch (form) {
    case LEASES_FORM_TABLE:
        return (column->flags & (LEASES_COLUMN_WIDE | LEASES_COLUMN_DATA)) == 0;
    case LEASES_FORM_WIDE:
        return (column->flags & LEASES_COLUMN_DATA) == 0;
    default:
        return (column->flags & LEASES_COLUMN_TABLE) == 0;
    }
}

static struct status fill(struct printer *printer, size_t column, size_t row, bool json)
{
    printer->cell.json = json;
    printer->cell.kind = LEASES_CELL_NONE;
    printer->cell.tone = LEASES_TONE_PLAIN;
    bytes_clear(&printer->cell.text);
    return printer->columns[column]->fill(printer->sheet->rows[row], &printer->cell);
}

/* The filled cell as people see it, into printer->escaped. */
static struct status show(struct printer *printer)
{
    bytes_clear(&printer->escaped);
    switch (printer->cell.kind) {
    case LEASES_CELL_NONE:
        return bytes_append_text(&printer->escaped, is_table(printer->style) ? "-" : "");
    case LEASES_CELL_UNKNOWN:
        return bytes_append_text(&printer->escaped, "unknown");
    default:
        return leases_text_escape(&printer->escaped, bytes_slice(&printer->cell.text), printer->style->utf8);
    }
}

static struct status write_line(struct printer *printer)
{
    size_t length = printer->line.length;
    if (length > 0 && fwrite(printer->line.at, 1, length, printer->out) != length) {
        return status_make(STATUS_IO, "cannot write to standard output");
    }
    bytes_clear(&printer->line);
    return status_ok();
}

/* ---- Tables ---- */

static struct status measure(struct printer *printer)
{
    for (size_t c = 0; c < printer->column_count; c++) {
        struct leases_layout_column *layout = &printer->layout[c];
        layout->whole = (printer->columns[c]->flags & LEASES_COLUMN_WHOLE) != 0;
        layout->wanted = printer->style->headers ? strlen(printer->columns[c]->title) : 1;
        for (size_t r = 0; r < printer->sheet->row_count; r++) {
            TRY(fill(printer, c, r, false));
            TRY(show(printer));
            size_t width = leases_text_width(bytes_slice(&printer->escaped));
            layout->wanted = width > layout->wanted ? width : layout->wanted;
        }
    }
    size_t available = printer->style->form == LEASES_FORM_TABLE ? printer->style->width : 0;
    leases_layout_fit(printer->layout, printer->column_count, available);
    return status_ok();
}

static const char *colour_of(enum leases_tone tone)
{
    switch (tone) {
    case LEASES_TONE_GOOD:
        return "\x1b[32m";
    case LEASES_TONE_WARN:
        return "\x1b[33m";
    case LEASES_TONE_BAD:
        return "\x1b[31m";
    case LEASES_TONE_DIM:
        return "\x1b[2m";
    default:
        return NULL;
    }
}

static struct status append_blanks(struct bytes *line, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        TRY(bytes_append_text(line, " "));
    }
    return status_ok();
}

/* The cell in printer->escaped, cut and padded; no blanks end a line. */
static struct status append_cell(struct printer *printer, size_t column, enum leases_tone tone)
{
    size_t width = printer->layout[column].width;
    bool last = column + 1 == printer->column_count || printer->layout[column + 1].width == 0;
    bool right = (printer->columns[column]->flags & LEASES_COLUMN_RIGHT) != 0;
    size_t taken = leases_text_width(bytes_slice(&printer->escaped));
    size_t blanks = taken < width ? width - taken : 0;
    const char *colour = printer->style->colour ? colour_of(tone) : NULL;
    TRY(append_blanks(&printer->line, (column > 0 ? LEASES_LAYOUT_GAP : 0) + (right ? blanks : 0)));
    TRY(bytes_append_text(&printer->line, colour != NULL ? colour : ""));
    TRY(leases_text_fit(&printer->line, bytes_slice(&printer->escaped), width));
    TRY(bytes_append_text(&printer->line, colour != NULL ? "\x1b[0m" : ""));
    return append_blanks(&printer->line, right || last ? 0 : blanks);
}

static struct status print_titles(struct printer *printer)
{
    for (size_t c = 0; c < printer->column_count && printer->layout[c].width > 0; c++) {
        bytes_clear(&printer->escaped);
        TRY(bytes_append_text(&printer->escaped, printer->columns[c]->title));
        TRY(append_cell(printer, c, LEASES_TONE_PLAIN));
    }
    TRY(bytes_append_text(&printer->line, "\n"));
    return write_line(printer);
}

static struct status print_table(struct printer *printer)
{
    TRY(measure(printer));
    if (printer->style->headers) {
        TRY(print_titles(printer));
    }
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        for (size_t c = 0; c < printer->column_count && printer->layout[c].width > 0; c++) {
            TRY(fill(printer, c, r, false));
            TRY(show(printer));
            TRY(append_cell(printer, c, printer->cell.tone));
        }
        TRY(bytes_append_text(&printer->line, "\n"));
        TRY(write_line(printer));
    }
    return status_ok();
}

/* ---- For programs ---- */

/* Times are seconds in CSV as in JSON; everything else is as in tables. */
static struct status print_csv(struct printer *printer)
{
    for (size_t c = 0; printer->style->headers && c < printer->column_count; c++) {
        TRY(bytes_append_text(&printer->line, c > 0 ? "," : ""));
        TRY(leases_text_csv(&printer->line, slice_of_text(printer->columns[c]->name)));
    }
    TRY(bytes_append_text(&printer->line, printer->style->headers ? "\r\n" : ""));
    TRY(write_line(printer));
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        for (size_t c = 0; c < printer->column_count; c++) {
            TRY(bytes_append_text(&printer->line, c > 0 ? "," : ""));
            TRY(fill(printer, c, r, true));
            if (printer->cell.kind == LEASES_CELL_RAW && strchr("[{", printer->cell.text.at[0]) != NULL) {
                TRY(fill(printer, c, r, false));
            }
            TRY(show(printer));
            TRY(leases_text_csv(&printer->line, bytes_slice(&printer->escaped)));
        }
        TRY(bytes_append_text(&printer->line, "\r\n"));
        TRY(write_line(printer));
    }
    return status_ok();
}

static struct status append_value(struct printer *printer)
{
    switch (printer->cell.kind) {
    case LEASES_CELL_TEXT:
        return leases_text_json(&printer->line, bytes_slice(&printer->cell.text));
    case LEASES_CELL_RAW:
        return bytes_append_slice(&printer->line, bytes_slice(&printer->cell.text));
    default:
        return bytes_append_text(&printer->line, "null");
    }
}

static struct status append_object(struct printer *printer, size_t row)
{
    for (size_t c = 0; c < printer->column_count; c++) {
        TRY(bytes_append_format(&printer->line, "%s\"%s\":", c == 0 ? "{" : ",", printer->columns[c]->name));
        TRY(fill(printer, c, row, true));
        TRY(append_value(printer));
    }
    return bytes_append_text(&printer->line, "}");
}

static struct status print_json(struct printer *printer)
{
    const struct leases_sheet *sheet = printer->sheet;
    TRY(bytes_append_format(&printer->line, "{%s%s\"%s\":[", sheet->head, sheet->head[0] != '\0' ? "," : "",
                            sheet->name));
    for (size_t r = 0; r < sheet->row_count; r++) {
        TRY(bytes_append_text(&printer->line, r > 0 ? ",\n" : "\n"));
        TRY(append_object(printer, r));
        TRY(write_line(printer));
    }
    TRY(bytes_append_text(&printer->line, "]}\n"));
    return write_line(printer);
}

static struct status print_jsonl(struct printer *printer)
{
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        TRY(append_object(printer, r));
        TRY(bytes_append_text(&printer->line, "\n"));
        TRY(write_line(printer));
    }
    return status_ok();
}

static struct status print_form(struct printer *printer)
{
    switch (printer->style->form) {
    case LEASES_FORM_JSON:
        return print_json(printer);
    case LEASES_FORM_JSONL:
        return print_jsonl(printer);
    case LEASES_FORM_CSV:
        return print_csv(printer);
    default:
        return print_table(printer);
    }
}

struct status leases_print(FILE *out, const struct leases_style *style, const struct leases_sheet *sheet)
{
    struct printer printer = {.out = out, .style = style, .sheet = sheet};
    bytes_init(&printer.cell.text, TEXT_CEILING);
    bytes_init(&printer.escaped, TEXT_CEILING * 4);
    bytes_init(&printer.line, TEXT_CEILING * 8);
    for (size_t c = 0; c < sheet->column_count && printer.column_count < COLUMNS_CEILING; c++) {
        if (belongs(&sheet->columns[c], style->form)) {
            printer.columns[printer.column_count] = &sheet->columns[c];
            printer.column_count++;
        }
    }
    struct status status = print_form(&printer);
    if (status_is_ok(&status) && fflush(out) != 0) {
        status = status_make(STATUS_IO, "cannot write to standard output");
    }
    bytes_free(&printer.cell.text);
    bytes_free(&printer.escaped);
    bytes_free(&printer.line);
    return status;
}
