#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t real_boot_ms(void *context)
{
    (void)context;
    return read_ms(CLOCK_BOOTTIME);
}

static int64_t real_wall_ms(void *context)
{
    (void)context;
    return read_ms(CLOCK_REALTIME);
}

const struct clock *clock_real(void)
{
    static const struct clock real = {.boot_ms = real_boot_ms, .wall_ms = real_wall_ms};
    return &real;
}

static int64_t virtual_boot_ms(void *context)
{
    return ((struct clock_virtual *)context)->boot_ms;
}

static int64_t virtual_wall_ms(void *context)
{
    return ((struct clock_virtual *)context)->wall_ms;
}

void clock_virtual_init(struct clock_virtual *virtual_clock, int64_t boot_ms, int64_t wall_ms)
{
    *virtual_clock = (struct clock_virtual){
        .clock = {.boot_ms = virtual_boot_ms, .wall_ms = virtual_wall_ms, .context = virtual_clock},
        .boot_ms = boot_ms,
        .wall_ms = wall_ms,
    };
}

void clock_virtual_advance(struct clock_virtual *virtual_clock, int64_t ms)
{
    virtual_clock->boot_ms += ms;
    virtual_clock->wall_ms += ms;
}

void clock_format_iso(int64_t wall_ms, char text[CLOCK_ISO_BYTES])
{
    int64_t milliseconds = wall_ms % 1000;
    time_t seconds = (time_t)(wall_ms / 1000);
    if (milliseconds < 0) {
        milliseconds += 1000;
        seconds -= 1;
    }
    struct tm parts = {0};
    gmtime_r(&seconds, &parts);
    char date[32];
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, CLOCK_ISO_BYTES, "%.19s.%03dZ", date, (int)milliseconds);
}
