/* Time as a table of functions, so that a simulation can stand in for the machine.
 *
 * Two times, both in milliseconds: `boot` never goes back and counts while the machine sleeps
 * (CLOCK_BOOTTIME), leases and deadlines use it; `wall` is UTC since 1970, for signatures and for what people
 * read. Any thread may call.
 */
#ifndef PENSTOCK_BASE_CLOCK_H
#define PENSTOCK_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*boot_ms)(void *context);
    int64_t (*wall_ms)(void *context);
    void *context;
};

/* The machine's clocks; the table is constant. */
const struct clock *clock_real(void);

/* A clock that moves only when told. It belongs to the thread that moves it. */
struct clock_virtual {
    struct clock clock;
    int64_t boot_ms;
    int64_t wall_ms;
};

void clock_virtual_init(struct clock_virtual *virtual_clock, int64_t boot_ms, int64_t wall_ms);

/* Moves both times on by `ms` (not negative). */
void clock_virtual_advance(struct clock_virtual *virtual_clock, int64_t ms);

static inline int64_t clock_boot_ms(const struct clock *clock)
{
    return clock->boot_ms(clock->context);
}

static inline int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock->context);
}

enum { CLOCK_ISO_BYTES = 25 }; /* "2026-11-23T10:00:00.000Z" and a NUL */

/* Writes `wall_ms` as ISO 8601 in UTC with milliseconds. */
void clock_format_iso(int64_t wall_ms, char text[CLOCK_ISO_BYTES]);

#endif
