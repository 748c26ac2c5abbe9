/* Private to the files that print a sheet (leases_print.h). */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_PRINTER_H
#define PENSTOCK_WORKER_LEASES_LEASES_PRINTER_H

#include "worker/leases/leases_layout.h"
#include "worker/leases/leases_print.h"

enum { LEASES_PRINTER_COLUMNS = 48 };

/* What printing a sheet holds. */
struct leases_printer {
    FILE *out;
    const struct leases_style *style;
    const struct leases_sheet *sheet;
    const struct leases_column *columns[LEASES_PRINTER_COLUMNS]; /* those of the form */
    size_t column_count;
    struct leases_layout_column layout[LEASES_PRINTER_COLUMNS];
    bool below; /* some stand below their row: their width is 0 */
    bool blocks; /* the terminal is too narrow for the columns to be kept */
    size_t titles; /* width of the titles in a block */
    struct leases_cell cell;
    struct bytes escaped;
    struct bytes line;
};

/* leases_print.c */
/* The cell of a row, into printer->cell. */
struct status leases_printer_fill(struct leases_printer *printer, size_t column, size_t row, bool json)
    MUST_USE;
/* The filled cell as people see it, into printer->escaped. */
struct status leases_printer_show(struct leases_printer *printer) MUST_USE;
/* Sends printer->line off. */
struct status leases_printer_write_line(struct leases_printer *printer) MUST_USE;

/* leases_table.c */
struct status leases_table_print(struct leases_printer *printer) MUST_USE;
/* Lines of the tallest row. */
struct status leases_table_height(struct leases_printer *printer, size_t *ret_lines) MUST_USE;

#endif
