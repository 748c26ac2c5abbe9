/* What the calls of a client wait for: a token of the adaptive retry mode before an attempt, and the pause between two.
 * One pace a client, as botocore has it; any thread may call. */
#ifndef PENSTOCK_AWS_CALL_PACE_H
#define PENSTOCK_AWS_CALL_PACE_H

#include "aws/client.h"
#include "aws/retry_adaptive.h"

struct call_pace {
    /* Constant after call_pace_init. */
    const struct clock *clock;
    bool adaptive;

    struct mutex lock;
    struct retry_adaptive limiter GUARDED_BY(lock);
};

enum call_wait {
    CALL_WAIT_OVER,
    CALL_WAIT_TOO_LONG, /* what was waited for would come too late */
    CALL_WAIT_STOPPED,
};

/* In another mode than the adaptive one nobody waits for tokens. */
void call_pace_init(struct call_pace *pace, enum retry_mode mode, const struct clock *clock);
void call_pace_destroy(struct call_pace *pace);

/* Takes a token, and waits until there is one, awake every half second since the rate can rise meanwhile.
 * CALL_WAIT_TOO_LONG: at `until_boot_ms` (0: never) there was none. An urgent call never waits. */
enum call_wait call_pace_wait(struct call_pace *pace, const struct aws_call *call, int64_t until_boot_ms)
    EXCLUDES(pace->lock) MUST_USE;

/* What became of an attempt: `throttled`, or anything else, no answer included. */
void call_pace_reply(struct call_pace *pace, bool throttled) EXCLUDES(pace->lock);

/* Requests a second that the adaptive mode allows by now; 0: as many as are wanted. */
double call_pace_rate(struct call_pace *pace) EXCLUDES(pace->lock) MUST_USE;

/* The pause before the next attempt. CALL_WAIT_TOO_LONG, without waiting, when the call's deadline would pass first. */
enum call_wait call_pace_pause(const struct call_pace *pace, const struct aws_call *call, int64_t delay_ms)
    MUST_USE;

#endif
