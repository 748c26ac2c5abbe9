/* The table of a sheet, for people. */
#include <string.h>

#include "worker/leases/leases_printer.h"
#include "worker/leases/leases_text.h"
#include "worker/leases/leases_wrap.h"

static bool has(const struct leases_printer *printer, size_t column, unsigned flag)
{
    return (printer->columns[column]->flags & flag) != 0;
}

static bool is_below(const struct leases_printer *printer, size_t column)
{
    return printer->below && has(printer, column, LEASES_COLUMN_BELOW);
}

/* Prose that would be cut goes below its row, and the others are fitted without it. */
static void fit(struct leases_printer *printer, size_t available)
{
    size_t count = printer->column_count;
    printer->blocks = leases_layout_is_narrow(printer->layout, count, available);
    leases_layout_fit(printer->layout, count, available);
    printer->below = printer->blocks;
    for (size_t c = 0; c < count; c++) {
        bool cut = printer->layout[c].width < printer->layout[c].wanted;
        printer->below = printer->below || (cut && has(printer, c, LEASES_COLUMN_BELOW));
    }
    struct leases_layout_column beside[LEASES_PRINTER_COLUMNS];
    size_t beside_count = 0;
    for (size_t c = 0; printer->below && c < count; c++) {
        if (!is_below(printer, c)) {
            beside[beside_count++] = printer->layout[c];
        }
    }
    leases_layout_fit(beside, beside_count, available);
    beside_count = 0;
    for (size_t c = 0; printer->below && c < count; c++) {
        printer->layout[c].width = is_below(printer, c) ? 0 : beside[beside_count++].width;
    }
}

static struct status measure(struct leases_printer *printer)
{
    for (size_t c = 0; c < printer->column_count; c++) {
        struct leases_layout_column *layout = &printer->layout[c];
        layout->whole = has(printer, c, LEASES_COLUMN_WHOLE);
        layout->keep = has(printer, c, LEASES_COLUMN_KEEP);
        layout->wanted = printer->style->headers ? strlen(printer->columns[c]->title) : 1;
        if (c > 0 && layout->keep && printer->style->headers && layout->wanted > printer->titles) {
            printer->titles = layout->wanted;
        }
        for (size_t r = 0; r < printer->sheet->row_count; r++) {
            TRY(leases_printer_fill(printer, c, r, false));
            TRY(leases_printer_show(printer));
            size_t width = leases_text_width(bytes_slice(&printer->escaped));
            layout->wanted = width > layout->wanted ? width : layout->wanted;
        }
    }
    fit(printer, printer->style->form == LEASES_FORM_TABLE ? printer->style->width : 0);
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

static bool is_last(const struct leases_printer *printer, size_t column)
{
    for (size_t c = column + 1; c < printer->column_count; c++) {
        if (printer->layout[c].width > 0) {
            return false;
        }
    }
    return true;
}

/* The cell in printer->escaped, cut and padded; no blanks end a line. */
static struct status append_cell(struct leases_printer *printer, size_t column, enum leases_tone tone)
{
    size_t width = printer->layout[column].width;
    bool right = has(printer, column, LEASES_COLUMN_RIGHT);
    size_t taken = leases_text_width(bytes_slice(&printer->escaped));
    size_t blanks = taken < width ? width - taken : 0;
    const char *colour = printer->style->colour ? colour_of(tone) : NULL;
    TRY(append_blanks(&printer->line, (column > 0 ? LEASES_LAYOUT_GAP : 0) + (right ? blanks : 0)));
    TRY(bytes_append_text(&printer->line, colour != NULL ? colour : ""));
    TRY(leases_text_fit(&printer->line, bytes_slice(&printer->escaped), width));
    TRY(bytes_append_text(&printer->line, colour != NULL ? "\x1b[0m" : ""));
    return append_blanks(&printer->line, right || is_last(printer, column) ? 0 : blanks);
}

static struct status print_titles(struct leases_printer *printer)
{
    for (size_t c = 0; c < printer->column_count; c++) {
        if (printer->layout[c].width > 0) {
            bytes_clear(&printer->escaped);
            TRY(bytes_append_text(&printer->escaped, printer->columns[c]->title));
            TRY(append_cell(printer, c, LEASES_TONE_PLAIN));
        }
    }
    TRY(bytes_append_text(&printer->line, "\n"));
    return leases_printer_write_line(printer);
}

/* The cell in whole lines of its own, behind a title of `titles` columns (0: none). Below others an empty one is not
 * told. */
static struct status append_lines(struct leases_printer *printer, size_t column, size_t row, size_t titles)
{
    TRY(leases_printer_fill(printer, column, row, false));
    TRY(leases_printer_show(printer));
    if (column > 0 && slice_equals_text(bytes_slice(&printer->escaped), "-")) {
        return status_ok();
    }
    size_t indent = (column > 0 ? LEASES_LAYOUT_GAP : 0) + (titles > 0 ? titles + LEASES_LAYOUT_GAP : 0);
    const char *colour = printer->style->colour ? colour_of(printer->cell.tone) : NULL;
    TRY(bytes_append_format(&printer->line, "%*s", column > 0 ? LEASES_LAYOUT_GAP : 0, ""));
    if (titles > 0) {
        TRY(bytes_append_format(&printer->line, "%-*s", (int)(titles + LEASES_LAYOUT_GAP),
                                printer->columns[column]->title));
    }
    TRY(bytes_append_text(&printer->line, colour != NULL ? colour : ""));
    TRY(leases_wrap_append(&printer->line, bytes_slice(&printer->escaped), indent,
                           printer->style->width - indent));
    return bytes_append_text(&printer->line, colour != NULL ? "\x1b[0m\n" : "\n");
}

static struct status append_block(struct leases_printer *printer, size_t row)
{
    for (size_t c = 0; c < printer->column_count; c++) {
        if (c == 0 || has(printer, c, LEASES_COLUMN_KEEP)) {
            TRY(append_lines(printer, c, row, c == 0 ? 0 : printer->titles));
        }
    }
    return status_ok();
}

/* A row as the table has it, with what stands below it. */
static struct status append_row(struct leases_printer *printer, size_t row)
{
    if (printer->blocks) {
        TRY(append_block(printer, row));
    }
    for (size_t c = 0; !printer->blocks && c < printer->column_count; c++) {
        if (printer->layout[c].width > 0) {
            TRY(leases_printer_fill(printer, c, row, false));
            TRY(leases_printer_show(printer));
            TRY(append_cell(printer, c, printer->cell.tone));
        }
    }
    TRY(bytes_append_text(&printer->line, printer->blocks ? "" : "\n"));
    for (size_t c = 0; c < printer->column_count; c++) {
        if (is_below(printer, c)) {
            TRY(append_lines(printer, c, row, 0));
        }
    }
    return status_ok();
}

struct status leases_table_print(struct leases_printer *printer)
{
    TRY(measure(printer));
    if (printer->style->headers && !printer->blocks) {
        TRY(print_titles(printer));
    }
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        TRY(append_row(printer, r));
        TRY(leases_printer_write_line(printer));
    }
    return status_ok();
}

struct status leases_table_height(struct leases_printer *printer, size_t *ret_lines)
{
    size_t most = 1;
    TRY(measure(printer));
    for (size_t r = 0; r < printer->sheet->row_count; r++) {
        size_t lines = 0;
        TRY(append_row(printer, r));
        for (size_t i = 0; i < printer->line.length; i++) {
            lines += printer->line.at[i] == '\n' ? 1 : 0;
        }
        most = lines > most ? lines : most;
        bytes_clear(&printer->line);
    }
    *ret_lines = most;
    return status_ok();
}
