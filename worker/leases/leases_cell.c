/* What the columns of a sheet put into their cells. */
#include <inttypes.h>

#include "base/clock.h"
#include "worker/leases/leases_print.h"
#include "worker/leases/leases_text.h"

struct status leases_cell_text(struct leases_cell *cell, const char *text)
{
    cell->kind = text[0] == '\0' ? LEASES_CELL_NONE : LEASES_CELL_TEXT;
    return bytes_append_text(&cell->text, text);
}

struct status leases_cell_number(struct leases_cell *cell, int64_t number)
{
    cell->kind = LEASES_CELL_RAW;
    return bytes_append_format(&cell->text, "%" PRId64, number);
}

struct status leases_cell_bool(struct leases_cell *cell, bool value)
{
    cell->kind = LEASES_CELL_RAW;
    if (cell->json) {
        return bytes_append_text(&cell->text, value ? "true" : "false");
    }
    return bytes_append_text(&cell->text, value ? "yes" : "no");
}

static struct status append_list(struct leases_cell *cell, const char *const *names, size_t count)
{
    TRY(bytes_append_text(&cell->text, "["));
    for (size_t i = 0; i < count; i++) {
        TRY(bytes_append_text(&cell->text, i == 0 ? "" : ","));
        TRY(leases_text_json(&cell->text, slice_of_text(names[i])));
    }
    return bytes_append_text(&cell->text, "]");
}

struct status leases_cell_names(struct leases_cell *cell, const char *const *names, size_t count)
{
    if (cell->json) {
        cell->kind = LEASES_CELL_RAW;
        return append_list(cell, names, count);
    }
    cell->kind = count == 0 ? LEASES_CELL_NONE : LEASES_CELL_TEXT;
    for (size_t i = 0; i < count; i++) {
        TRY(bytes_append_text(&cell->text, i == 0 ? "" : " "));
        TRY(bytes_append_text(&cell->text, names[i]));
    }
    return status_ok();
}

struct status leases_cell_ms(struct leases_cell *cell, int64_t ms)
{
    cell->kind = LEASES_CELL_RAW;
    if (cell->json) {
        return bytes_append_format(&cell->text, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    }
    char text[LEASES_TIME_BYTES];
    leases_text_time(ms, text);
    return bytes_append_text(&cell->text, text);
}

struct status leases_cell_wall(struct leases_cell *cell, int64_t wall_ms)
{
    if (wall_ms == 0) {
        cell->kind = LEASES_CELL_NONE;
        return status_ok();
    }
    char text[CLOCK_ISO_BYTES];
    clock_format_iso(wall_ms, text);
    return leases_cell_text(cell, text);
}
