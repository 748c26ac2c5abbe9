/* One way of printing for every `penstock leases` command: a sheet of rows and columns as a table for people,
 * or as JSON, JSON lines or CSV for programs. Data goes to the stream given, nothing else does. One thread.
 *
 * A column's name in JSON and CSV is a promise to scripts; its title is for people. */
#ifndef PENSTOCK_WORKER_LEASES_LEASES_PRINT_H
#define PENSTOCK_WORKER_LEASES_LEASES_PRINT_H

#include <stdio.h>

#include "base/bytes.h"

enum leases_form {
    LEASES_FORM_TABLE, /* as wide as the terminal */
    LEASES_FORM_WIDE, /* all columns, whole */
    LEASES_FORM_JSON, /* one object */
    LEASES_FORM_JSONL, /* an object a row */
    LEASES_FORM_CSV /* RFC 4180, with a line of names */
};

/* "table", "wide", "json", "jsonl", "csv" in the order of the enum; ends with NULL. */
extern const char *const leases_form_names[];

struct leases_style {
    enum leases_form form;
    bool headers; /* --no-headers: false */
    bool colour;
    bool utf8; /* the terminal shows more than ASCII */
    size_t width; /* columns of the terminal; 0: not a terminal, lines may be of any length */
    size_t height; /* lines of the terminal; 0: not a terminal, or not known */
};

/* The style for `out`: a terminal's width (40 at least), colour on a terminal unless NO_COLOR is set or TERM
 * is dumb, UTF-8 by LC_ALL, LC_CTYPE or LANG. `environment` is environ's array. */
struct leases_style leases_style_of(FILE *out, enum leases_form form, bool headers, char *const *environment);

enum leases_tone { LEASES_TONE_PLAIN, LEASES_TONE_GOOD, LEASES_TONE_WARN, LEASES_TONE_BAD, LEASES_TONE_DIM };

enum leases_cell_kind {
    LEASES_CELL_NONE, /* "-" in tables, empty in CSV, null in JSON */
    LEASES_CELL_UNKNOWN, /* "unknown" in tables and CSV, null in JSON */
    LEASES_CELL_TEXT, /* foreign bytes: escaped by the printer */
    LEASES_CELL_RAW /* in JSON: a JSON value (number, true, list) as it stands */
};

/* Filled by a column; reused from cell to cell. */
struct leases_cell {
    bool json; /* given: the cell is for JSON */
    enum leases_cell_kind kind;
    enum leases_tone tone;
    struct bytes text;
};

enum {
    LEASES_COLUMN_WIDE = 1, /* not in the plain table */
    LEASES_COLUMN_DATA = 2, /* in JSON and CSV only */
    LEASES_COLUMN_RIGHT = 4, /* numbers: flush right in tables */
    LEASES_COLUMN_WHOLE = 8, /* never cut in tables */
    LEASES_COLUMN_TABLE = 16, /* in tables only: JSON has it in another form */
    /* What a row says nothing without; such columns come first. On a terminal too narrow for them each row becomes a
     * block: the first column on a line of its own, the other kept ones below it with their titles. */
    LEASES_COLUMN_KEEP = 32,
    LEASES_COLUMN_BELOW = 64 /* prose: never cut or left out, but told on lines below its row */
};

struct leases_column {
    const char *title; /* "OWNER" */
    const char *name; /* "owner" */
    unsigned flags;
    struct status (*fill)(const void *row, struct leases_cell *cell) MUST_USE;
};

struct leases_sheet {
    const struct leases_column *columns;
    size_t column_count;
    const void *const *rows; /* each is handed to the columns */
    size_t row_count;
    const char *name; /* of the list in the JSON object: "leases" */
    const char *head; /* further members of that object, made with leases_text_json(), or empty: "\"a\":1" */
};

/* STATUS_IO when `out` takes no more. */
struct status leases_print(FILE *out, const struct leases_style *style, const struct leases_sheet *sheet)
    MUST_USE;

/* How many lines of a table the tallest row takes. */
struct status leases_print_height(const struct leases_style *style, const struct leases_sheet *sheet,
                                  size_t *ret_lines) MUST_USE;

/* What fills are made of. */
struct status leases_cell_text(struct leases_cell *cell, const char *text) MUST_USE; /* empty: NONE */
struct status leases_cell_number(struct leases_cell *cell, int64_t number) MUST_USE;
struct status leases_cell_bool(struct leases_cell *cell, bool value) MUST_USE; /* yes, no; true, false */
struct status leases_cell_names(struct leases_cell *cell, const char *const *names, size_t count) MUST_USE;
/* A duration for people; in JSON (and CSV) seconds with three decimals. */
struct status leases_cell_ms(struct leases_cell *cell, int64_t ms) MUST_USE;
/* A point of UTC in ISO 8601; NONE for 0. */
struct status leases_cell_wall(struct leases_cell *cell, int64_t wall_ms) MUST_USE;

#endif
