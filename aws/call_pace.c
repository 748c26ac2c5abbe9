#include "aws/call_pace.h"

#include <errno.h>
#include <time.h>

enum { TOKEN_SLICE_MS = 500 };

void call_pace_init(struct call_pace *pace, enum retry_mode mode, const struct clock *clock) NO_THREAD_CHECK
{
    pace->clock = clock;
    pace->adaptive = mode == RETRY_MODE_ADAPTIVE;
    mutex_init(&pace->lock);
    retry_adaptive_init(&pace->limiter, clock_boot_ms(clock));
}

void call_pace_destroy(struct call_pace *pace)
{
    mutex_destroy(&pace->lock);
}

static int64_t take_token(struct call_pace *pace)
{
    mutex_lock(&pace->lock);
    int64_t wait_ms = retry_adaptive_take(&pace->limiter, clock_boot_ms(pace->clock));
    mutex_unlock(&pace->lock);
    return wait_ms;
}

/* False when the call was stopped. */
static bool sleep_ms(const struct aws_call *call, int64_t ms)
{
    if (call->cancel != NULL) {
        return !stop_wait_ms(call->cancel, ms);
    }
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    return true;
}

enum call_wait call_pace_wait(struct call_pace *pace, const struct aws_call *call, int64_t until_boot_ms)
{
    int64_t wait_ms;
    while (pace->adaptive && (wait_ms = take_token(pace)) > 0 && !call->urgent) {
        wait_ms = wait_ms < TOKEN_SLICE_MS ? wait_ms : TOKEN_SLICE_MS;
        if (until_boot_ms > 0) {
            int64_t left_ms = until_boot_ms - clock_boot_ms(pace->clock);
            wait_ms = wait_ms < left_ms ? wait_ms : left_ms;
        }
        if (wait_ms <= 0) {
            return CALL_WAIT_TOO_LONG;
        }
        if (!sleep_ms(call, wait_ms)) {
            return CALL_WAIT_STOPPED;
        }
    }
    return CALL_WAIT_OVER;
}

void call_pace_reply(struct call_pace *pace, bool throttled)
{
    if (!pace->adaptive) {
        return;
    }
    mutex_lock(&pace->lock);
    retry_adaptive_reply(&pace->limiter, throttled, clock_boot_ms(pace->clock));
    mutex_unlock(&pace->lock);
}

double call_pace_rate(struct call_pace *pace)
{
    mutex_lock(&pace->lock);
    double rate = pace->adaptive && pace->limiter.enabled ? pace->limiter.bucket.rate : 0;
    mutex_unlock(&pace->lock);
    return rate;
}

enum call_wait call_pace_pause(const struct call_pace *pace, const struct aws_call *call, int64_t delay_ms)
{
    if (call->deadline_boot_ms > 0 && clock_boot_ms(pace->clock) + delay_ms >= call->deadline_boot_ms) {
        return CALL_WAIT_TOO_LONG;
    }
    return sleep_ms(call, delay_ms) ? CALL_WAIT_OVER : CALL_WAIT_STOPPED;
}
