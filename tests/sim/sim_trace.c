/* What a run says: a line an event when traced, and what was violated. */
#include <stdarg.h>

#include "tests/sim/sim.h"

void sim_trace(const struct sim *sim, const char *who, const char *format, ...)
{
    if (!sim->options.trace) {
        return;
    }
    fprintf(stdout, "%10.3f %-16s ", (double)sim->now_ms / 1000, who);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stdout, format, arguments);
    va_end(arguments);
    fputc('\n', stdout);
}

void sim_violate(struct sim *sim, const char *what, const char *key, const char *who)
{
    if (sim->violation != NULL) {
        return;
    }
    sim->violation = what;
    snprintf(sim->detail, sizeof sim->detail, "%.70s by %.100s at %.3f s", key, who,
             (double)sim->now_ms / 1000);
    sim_trace(sim, who, "VIOLATION: %s: %s", what, key);
}
