#include "worker/leases/leases_print.h"

#include <string.h>

#include "worker/leases/leases_printer.h"
#include "worker/leases/leases_text.h"

enum { TEXT_CEILING = 4 * 1024 * 1024 };

const char *const leases_form_names[] = {"table", "wide", "json", "jsonl", "csv", NULL};

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

struct status leases_printer_fill(struct leases_printer *printer, size_t column, size_t row, bool json)
{
    printer->cell.json = json;
    printer->cell.kind = LEASES_CELL_NONE;
    printer->cell.tone = LEASES_TONE_PLAIN;
    bytes_clear(&printer->cell.text);
    return printer->columns[column]->fill(printer->sheet->rows[row], &printer->cell);
}

struct status leases_printer_show(struct leases_printer *printer)
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

struct status leases_printer_write_line(struct leases_printer *printer)
{
    size_t length = printer->line.length;
    if (length > 0 && fwrite(printer->line.at, 1, length, printer->out) != length) {
        return status_make(STATUS_IO, "cannot write to standard output");
    }
    bytes_clear(&printer->line);
    return status_ok();
}

/* ---- For programs ---- */

/* Times are seconds in CSV as in JSON; everything else is as in tables. */
static struct status print_csv(struct leases_printer *printer)
{
    for (size_t c = 0; printer->style->headers && c < printer->column_count; c++) {
        TRY(bytes_append_text(&printer->line, c > 0 ? "," : ""));
        TRY(leases_text_csv(&printer->line, slice_of_text(printer->columns[c]->name)));
    }
    TRY(bytes_append_text(&printer->line, printer->style->headers ? "\r\n" : ""));
    TRY(leases_printer_write_line(printer));
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        for (size_t c = 0; c < printer->column_count; c++) {
            TRY(bytes_append_text(&printer->line, c > 0 ? "," : ""));
            TRY(leases_printer_fill(printer, c, r, true));
            if (printer->cell.kind == LEASES_CELL_RAW && strchr("[{", printer->cell.text.at[0]) != NULL) {
                TRY(leases_printer_fill(printer, c, r, false));
            }
            TRY(leases_printer_show(printer));
            TRY(leases_text_csv(&printer->line, bytes_slice(&printer->escaped)));
        }
        TRY(bytes_append_text(&printer->line, "\r\n"));
        TRY(leases_printer_write_line(printer));
    }
    return status_ok();
}

static struct status append_value(struct leases_printer *printer)
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

static struct status append_object(struct leases_printer *printer, size_t row)
{
    for (size_t c = 0; c < printer->column_count; c++) {
        TRY(bytes_append_format(&printer->line, "%s\"%s\":", c == 0 ? "{" : ",", printer->columns[c]->name));
        TRY(leases_printer_fill(printer, c, row, true));
        TRY(append_value(printer));
    }
    return bytes_append_text(&printer->line, "}");
}

static struct status print_json(struct leases_printer *printer)
{
    const struct leases_sheet *sheet = printer->sheet;
    TRY(bytes_append_format(&printer->line, "{%s%s\"%s\":[", sheet->head, sheet->head[0] != '\0' ? "," : "",
                            sheet->name));
    for (size_t r = 0; r < sheet->row_count; r++) {
        TRY(bytes_append_text(&printer->line, r > 0 ? ",\n" : "\n"));
        TRY(append_object(printer, r));
        TRY(leases_printer_write_line(printer));
    }
    TRY(bytes_append_text(&printer->line, "]}\n"));
    return leases_printer_write_line(printer);
}

static struct status print_jsonl(struct leases_printer *printer)
{
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        TRY(append_object(printer, r));
        TRY(bytes_append_text(&printer->line, "\n"));
        TRY(leases_printer_write_line(printer));
    }
    return status_ok();
}

static struct status print_form(struct leases_printer *printer)
{
    switch (printer->style->form) {
    case LEASES_FORM_JSON:
        return print_json(printer);
    case LEASES_FORM_JSONL:
        return print_jsonl(printer);
    case LEASES_FORM_CSV:
        return print_csv(printer);
    default:
        return leases_table_print(printer);
    }
}

static void open_printer(FILE *out, const struct leases_style *style, const struct leases_sheet *sheet,
                         struct leases_printer *ret_printer)
{
    *ret_printer = (struct leases_printer){.out = out, .style = style, .sheet = sheet};
    bytes_init(&ret_printer->cell.text, TEXT_CEILING);
    bytes_init(&ret_printer->escaped, TEXT_CEILING * 4);
    bytes_init(&ret_printer->line, TEXT_CEILING * 8);
    for (size_t c = 0; c < sheet->column_count && ret_printer->column_count < LEASES_PRINTER_COLUMNS; c++) {
        if (belongs(&sheet->columns[c], style->form)) {
            ret_printer->columns[ret_printer->column_count] = &sheet->columns[c];
            ret_printer->column_count++;
        }
    }
}

static void close_printer(struct leases_printer *printer)
{
    bytes_free(&printer->cell.text);
    bytes_free(&printer->escaped);
    bytes_free(&printer->line);
}

struct status leases_print(FILE *out, const struct leases_style *style, const struct leases_sheet *sheet)
{
    struct leases_printer printer;
    open_printer(out, style, sheet, &printer);
    struct status status = print_form(&printer);
    if (status_is_ok(&status) && fflush(out) != 0) {
        status = status_make(STATUS_IO, "cannot write to standard output");
    }
    close_printer(&printer);
    return status;
}

struct status leases_print_height(const struct leases_style *style, const struct leases_sheet *sheet,
                                  size_t *ret_lines)
{
    struct leases_printer printer;
    open_printer(NULL, style, sheet, &printer);
    struct status status = leases_table_height(&printer, ret_lines);
    close_printer(&printer);
    return status;
}
