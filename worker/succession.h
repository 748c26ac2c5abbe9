/* Follows the table's stream to its next one, which a table gets when its stream is switched off and on again
 * (lease/stream_succession.h says why one waits for the other). With --table alone: an ARN has no successor. */
#ifndef PENSTOCK_WORKER_SUCCESSION_H
#define PENSTOCK_WORKER_SUCCESSION_H

#include "lease/keeper.h"
#include "worker/access.h"
#include "worker/startup_rules.h"

/* At a start: from the table's latest stream to the one whose turn it is; `target` changes to an earlier stream
 * that is not drained yet. `drained` is the one that this process has drained, or empty. STATUS_STOPPED once
 * `cancel` is requested. */
struct status succession_choose(const struct access *access, const char *app, const char *drained,
                                struct stop *cancel, struct stream_target *target) MUST_USE;

/* All borrowed. */
struct succession {
    const struct access *access;
    const struct stream_target *target; /* the stream that is read */
    const char *app;
    const struct clock *clock;
    struct stop *cancel;
    bool follows; /* by --table */
    /* The caller's thread. */
    int64_t due_boot_ms; /* when to look next */
    bool newer; /* the table has a newer stream */
    bool switched_off; /* said so */
    uint32_t drained; /* looks in a row that found the old one drained */
};

/* Looks, when it is due, and says whether the next stream's turn has come. Seldom at first; every few seconds once
 * `counts` shows no unfinished lease or the table has a newer stream. Failures are logged, and tried again. */
bool succession_look(struct succession *succession, const struct lease_keeper_counts *counts);

#endif
