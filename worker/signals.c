#include "worker/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/exit_code.h"

enum { STARTING_GRACE_MS = 1000, POLL_CEILING_MS = 60000 };

struct signals {
    /* Constant once the thread runs. */
    struct stop *stop;
    int64_t stop_timeout_ms;
    const struct clock *clock;
    int signal_descriptor;
    int wake_descriptor; /* written once: the thread is to end */
    struct thread thread;

    /* Any thread. */
    atomic_bool started;
    _Atomic int64_t requested_boot_ms; /* INT64_MAX before the first signal */
};

void signals_set_started(struct signals *signals)
{
    atomic_store(&signals->started, true);
}

int64_t signals_deadline_boot_ms(struct signals *signals)
{
    int64_t requested = atomic_load(&signals->requested_boot_ms);
    return requested == INT64_MAX ? INT64_MAX : requested + signals->stop_timeout_ms;
}

static void take_signal(struct signals *signals)
{
    struct signalfd_siginfo info;
    if (read(signals->signal_descriptor, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    const char *name = info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM";
    if (atomic_load(&signals->requested_boot_ms) != INT64_MAX) {
        log_write(LOG_WARN, "worker", "second signal: ending at once", log_text("signal", name));
        _exit(EXIT_CODE_SIGNAL + (int)info.ssi_signo);
    }
    atomic_store(&signals->requested_boot_ms, clock_boot_ms(signals->clock));
    if (atomic_load(&signals->started)) {
        log_write(LOG_INFO, "worker", "worker stopping", log_text("signal", name),
                  log_number("stop_timeout_ms", signals->stop_timeout_ms));
    }
    stop_request(signals->stop);
}

static void end_when_overdue(struct signals *signals)
{
    int64_t now = clock_boot_ms(signals->clock);
    if (!atomic_load(&signals->started)) {
        int64_t requested = atomic_load(&signals->requested_boot_ms);
        if (requested != INT64_MAX && now >= requested + STARTING_GRACE_MS) {
            _exit(EXIT_CODE_OK);
        }
    } else if (now >= signals_deadline_boot_ms(signals)) {
        log_write(LOG_ERROR, "worker", "stop timeout passed: ending with work undelivered",
                  log_number("stop_timeout_ms", signals->stop_timeout_ms));
        _exit(EXIT_CODE_UNDELIVERED);
    }
}

/* How long the thread may sleep before a deadline needs it. */
static int sleep_ms(struct signals *signals)
{
    int64_t requested = atomic_load(&signals->requested_boot_ms);
    if (requested == INT64_MAX) {
        return -1;
    }
    if (!atomic_load(&signals->started)) {
        return STARTING_GRACE_MS / 10;
    }
    int64_t left = signals_deadline_boot_ms(signals) - clock_boot_ms(signals->clock);
    if (left < 0) {
        return 0;
    }
    return (int)(left < POLL_CEILING_MS ? left + 1 : POLL_CEILING_MS);
}

static void *run(void *argument)
{
    struct signals *signals = argument;
    struct pollfd watched[] = {
        {.fd = signals->signal_descriptor, .events = POLLIN},
        {.fd = signals->wake_descriptor, .events = POLLIN},
    };
    while ((watched[1].revents & POLLIN) == 0) {
        watched[0].revents = 0;
        if (poll(watched, 2, sleep_ms(signals)) < 0 && errno != EINTR) {
            break;
        }
        if ((watched[0].revents & POLLIN) != 0) {
            take_signal(signals);
        }
        end_when_overdue(signals);
    }
    return NULL;
}

static struct status open_descriptors(struct signals *signals)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    int error = pthread_sigmask(SIG_BLOCK, &ending, NULL);
    if (error != 0) {
        return status_errno(error, "cannot block signals");
    }
    signals->signal_descriptor = signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals->signal_descriptor < 0) {
        return status_errno(errno, "cannot make a signal descriptor");
    }
    signals->wake_descriptor = eventfd(0, EFD_CLOEXEC);
    if (signals->wake_descriptor < 0) {
        return status_errno(errno, "cannot make an event descriptor");
    }
    return status_ok();
}

static struct status ignore_signal(int number)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(number, &ignore, NULL) != 0) {
        return status_errno(errno, "cannot ignore signal %d", number);
    }
    return status_ok();
}

struct status signals_start(struct stop *stop, int64_t stop_timeout_ms, const struct clock *clock,
                            struct signals **ret_signals)
{
    struct signals *signals = calloc(1, sizeof *signals);
    if (signals == NULL) {
        return status_no_memory("signals", sizeof *signals);
    }
    signals->stop = stop;
    signals->stop_timeout_ms = stop_timeout_ms;
    signals->clock = clock;
    signals->signal_descriptor = -1;
    signals->wake_descriptor = -1;
    atomic_init(&signals->started, false);
    atomic_init(&signals->requested_boot_ms, INT64_MAX);
    struct status status;
    TRY_GOTO(status, failed, ignore_signal(SIGPIPE));
    TRY_GOTO(status, failed, ignore_signal(SIGXFSZ));
    TRY_GOTO(status, failed, open_descriptors(signals));
    TRY_GOTO(status, failed, thread_start(&signals->thread, "signals", THREAD_STACK_SMALL, run, signals));
    *ret_signals = signals;
    return status;
failed:
    signals_destroy(signals);
    return status;
}

void signals_destroy(struct signals *signals)
{
    if (signals == NULL) {
        return;
    }
    if (signals->thread.started) {
        uint64_t one = 1;
        while (write(signals->wake_descriptor, &one, sizeof one) < 0 && errno == EINTR) {
        }
        thread_join(&signals->thread);
    }
    if (signals->signal_descriptor >= 0) {
        close(signals->signal_descriptor);
    }
    if (signals->wake_descriptor >= 0) {
        close(signals->wake_descriptor);
    }
    free(signals);
}
