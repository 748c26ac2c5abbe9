/* What is wrong now, in words, worked out from a snapshot. Pure.
 *
 * Health is progress: the loops of this process turn. It does not depend on AWS, whose outage must not restart
 * a fleet. Readiness is whether an operator need look: not while starting or draining, nor with records lost
 * or a shard that stands still. */
#ifndef PENSTOCK_WORKER_ADMIN_PROBLEMS_H
#define PENSTOCK_WORKER_ADMIN_PROBLEMS_H

#include "worker/admin/snapshot.h"

enum { PROBLEMS_MOST = 24, PROBLEM_BYTES = 320 };

struct problem {
    bool grave; /* else a warning */
    char words[PROBLEM_BYTES];
};

struct problems {
    struct problem at[PROBLEMS_MOST]; /* what does not fit is left out */
    size_t count;
};

/* Loops that do not turn: /healthz fails with any. */
void problems_of_health(const struct admin_snapshot *snapshot, struct problems *problems);

/* /readyz fails with any. */
void problems_of_readiness(const struct admin_snapshot *snapshot, struct problems *problems);

/* Everything that is wrong, the grave first: of health, of readiness (save starting and draining), and what
 * will become so. */
void problems_find(const struct admin_snapshot *snapshot, struct problems *problems);

/* "45 s", "12 min", "3.5 h". */
enum { PROBLEM_TIME_BYTES = 24 };
const char *problem_time(int64_t ms, char text[PROBLEM_TIME_BYTES]);

/* Appends one. For the functions above. */
void problems_add(struct problems *problems, bool grave, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
