#include "worker/leases/leases_layout.h"

static size_t least_of(const struct leases_layout_column *column)
{
    size_t least = column->keep ? LEASES_LAYOUT_LEGIBLE : LEASES_LAYOUT_LEAST;
    return column->whole || column->wanted < least ? column->wanted : least;
}

bool leases_layout_is_narrow(const struct leases_layout_column *columns, size_t count, size_t available)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (columns[i].keep) {
            used += least_of(&columns[i]) + (used > 0 ? LEASES_LAYOUT_GAP : 0);
        }
    }
    return available > 0 && used > available;
}

/* How many columns from the left fit when each is as narrow as it may be; one at least. */
static size_t count_fitting(const struct leases_layout_column *columns, size_t count, size_t available)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        used += least_of(&columns[i]) + (i > 0 ? LEASES_LAYOUT_GAP : 0);
        if (used > available) {
            return i > 0 ? i : 1;
        }
    }
    return count;
}

static struct leases_layout_column *widest_to_cut(struct leases_layout_column *columns, size_t count)
{
    struct leases_layout_column *widest = NULL;
    for (size_t i = 0; i < count; i++) {
        bool can = columns[i].width > least_of(&columns[i]);
        if (can && (widest == NULL || columns[i].width > widest->width)) {
            widest = &columns[i];
        }
    }
    return widest;
}

void leases_layout_fit(struct leases_layout_column *columns, size_t count, size_t available)
{
    size_t shown = available == 0 ? count : count_fitting(columns, count, available);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        columns[i].width = i < shown ? columns[i].wanted : 0;
        used += columns[i].width + (i > 0 && i < shown ? LEASES_LAYOUT_GAP : 0);
    }
    if (available == 0) {
        return;
    }
    struct leases_layout_column *widest = widest_to_cut(columns, shown);
    while (used > available && widest != NULL) {
        widest->width--;
        used--;
        widest = widest_to_cut(columns, shown);
    }
    if (used > available && shown > 0) {
        columns[0].width = available; /* a single column that may not be cut */
    }
}
