/* LD_PRELOAD: the wall clock is off by SKEWED_CLOCK_SECONDS, the other clocks are right. For tests of a machine
 * whose time is wrong (tests/support/chaos). */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t skew_seconds(void)
{
    const char *text = secure_getenv("SKEWED_CLOCK_SECONDS");
    return text == NULL ? 0 : (time_t)strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, ret_time);
    if (result == 0 && clock == CLOCK_REALTIME) {
        ret_time->tv_sec += skew_seconds();
    }
    return result;
}

int gettimeofday(struct timeval *restrict ret_time, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    *ret_time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return result;
}

time_t time(time_t *ret_seconds)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret_seconds != NULL) {
        *ret_seconds = now.tv_sec;
    }
    return now.tv_sec;
}
